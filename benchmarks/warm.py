"""Warm requests: processor time of a function's process for each, beside that of a Django worker for the same request.

botocore's whole serialisation and signing included, and so is the runtime client, as Django's server is; what others
do meanwhile, the engine, moto, the gateway, is not. Django runs in one synchronous worker of gunicorn.
"""

import http.client
import os
import random
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from benchmarks.cold import Subject, check_work, functions, subject
from benchmarks.runtime import api, install
from benchmarks.runtime.account import Account
from local.ports import free_port

BATCH = 20
"""Requests of a sample, for functions that hash nothing."""
SETTLING_SECONDS = 0.02
"""How long a process may tidy up after its last answer."""
HASHING = ("bcrypt", "reset", "sign_in")
ACCOUNTS = 2000
TOKEN = "abcdefghijklmnopqrstuvwxyzABCDEF"  # noqa: S105 - what a form of Django's sends back
_PATIENCE_SECONDS = 30


@dataclass(frozen=True)
class Served:
    """A process that is warm, what makes a request ready, and what makes the process serve it."""

    pid: int
    prepare: Callable[[], Any]
    serve: Callable[[Any], None]

    def milliseconds(self, requests: int) -> float:
        """Make requests; return the milliseconds of processor that the process used for each."""
        ready = [self.prepare() for _ in range(requests)]
        before = api.cpu_seconds(self.pid)
        for request in ready:
            self.serve(request)
        time.sleep(SETTLING_SECONDS)
        return (api.cpu_seconds(self.pid) - before) * 1000 / requests


def measure(account: Account, rounds: int, folder: Path) -> dict[str, list[float]]:
    """Let every process answer in turns, in an order drawn anew; return its milliseconds of processor a request.

    Raises:
        FunctionError: one did not do its whole work.
    """
    log = folder / "warm.log"
    with ExitStack() as processes:
        served = {
            name: processes.enter_context(_function(started, log)) for name, started in _subjects(account).items()
        }
        served |= processes.enter_context(_django(folder))
        used: dict[str, list[float]] = {name: [] for name in served}
        for number in range(rounds + 1):
            for name in random.sample(list(served), len(served)):  # nosec B311
                milliseconds = served[name].milliseconds(1 if name in HASHING else BATCH)
                if number:  # the first round warms up
                    used[name].append(milliseconds)
    check_work(log)
    return used


def _subjects(account: Account) -> dict[str, Subject]:
    by_name = functions(account)
    del by_name["reset_refused"]
    bcrypt = subject("bcrypt", account)
    return {
        **by_name,
        "forgot, unknown address": replace(by_name["forgot"], event=account.forgot_unknown),
        "notice": replace(by_name["deliver"], event=account.notice),
        "empty": subject("empty", account),
        "bcrypt": replace(bcrypt, variables=by_name["reset"].variables),
    }


@contextmanager
def _function(started: Subject, log: Path) -> Iterator[Served]:
    with api.environment(install.runtime(), started.code, started.variables, log) as environment:
        yield Served(environment.pid, started.event, lambda event: started.check(environment.invoke(event).body))


@contextmanager
def _django(folder: Path) -> Iterator[dict[str, Served]]:
    """Start Django; yield its one worker, asked for addresses that it knows and for others."""
    python, port = install.django(), free_port()
    database = folder / "django.sqlite3"
    database.unlink(missing_ok=True)
    environment = {
        "DATABASE": str(database),
        "ACCOUNTS": str(ACCOUNTS),
        "HOME": str(folder),
        "PATH": os.environ["PATH"],
    }
    project = install.SUBJECTS / "django"
    subprocess.run([python, "project.py"], cwd=project, env=environment, check=True)  # noqa: S603 - ours
    serve: list[str | Path] = [
        python,
        "-m",
        "gunicorn",
        "--workers",
        "1",
        "--bind",
        f"127.0.0.1:{port}",
        "project:application",
    ]
    with (folder / "django.log").open("wb") as log:
        process = subprocess.Popen(serve, cwd=project, env=environment, stdout=log, stderr=log)  # noqa: S603 - ours
    try:
        worker = _worker(process.pid)
        yield {
            "Django, known address": Served(worker, partial(_form, "user"), partial(_post, port)),
            "Django, unknown address": Served(worker, partial(_form, "nobody"), partial(_post, port)),
        }
    finally:
        process.terminate()
        process.wait()


def _worker(pid: int) -> int:
    """Return the one worker of a server that is starting."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        time.sleep(0.1)
        if children := Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            time.sleep(1)  # until it serves
            return int(children[0])
    raise TimeoutError


def _form(kind: str) -> str:
    email = f"{kind}{random.randrange(ACCOUNTS):06}@example.com"  # nosec B311
    return urlencode({"csrfmiddlewaretoken": TOKEN, "email": email})


def _post(port: int, form: str) -> None:
    """Ask from an address of one's own: each source has a limit."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": f"csrftoken={TOKEN}",
        "X-Source": str(ip_address(random.getrandbits(32))),  # nosec B311
    }
    connection.request("POST", "/accounts/password/reset/", form, headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    if answer.headers["Location"] != "/accounts/password/reset/done/":
        message = f"Django: {answer.status}"
        raise api.FunctionError(message)
