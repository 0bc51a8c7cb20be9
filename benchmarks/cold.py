"""Cold starts: from the start of a function's process to its first answer, with everything that the answer takes.

Each function against an empty one, and against a floor that makes the same clients and does nothing with them. A
function also calls AWS: the engine and moto, over loopback and without TLS.
"""

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.runtime import api, install
from benchmarks.runtime.account import Account
from password_reset.aws.collector import THRESHOLD

CLIENTS = {
    "forgot": "dynamodb,secretsmanager,sqs",
    "verify": "dynamodb,secretsmanager",
    "verify_code": "dynamodb,secretsmanager",
    "reset": "dynamodb,secretsmanager,sqs",
    "reset_refused": "dynamodb,secretsmanager,sqs",
    "deliver": "dynamodb,secretsmanager,sesv2",
    "feedback": "dynamodb,secretsmanager",
    "sign_in": "dynamodb,secretsmanager",
    "sign_out": "dynamodb,secretsmanager",
    "me": "secretsmanager",
    "authorizer": "dynamodb,secretsmanager",
    "challenge": "secretsmanager",
}
"""The clients that each function needs; the pepper's is in all, for every audit record is keyed with it.

`reset_refused` is a reset without bcrypt: it makes ready for all of a reset, and refuses a common password."""


REFUSED = ("reset-password", "weak_password")
"""The one event that is to be refused, and why."""


@dataclass(frozen=True)
class Subject:
    """What is started: its code, its variables, the event that it gets, and whether an answer is a success."""

    code: Path
    variables: Mapping[str, str]
    event: Callable[[], dict[str, Any]]
    succeeded: Callable[[Any], bool]

    def check(self, answer: object) -> None:
        """End the run if the function did not do its work: failing is quicker.

        Raises:
            FunctionError: it did not.
        """
        if not self.succeeded(answer):
            message = f"{self.code.name}: {answer}"
            raise api.FunctionError(message)


def floor(function: str) -> str:
    """Return the name of a function's floor."""
    return f"floor: {CLIENTS[function]}"


def tuned(floor: str) -> str:
    """Return the name of a floor that puts the garbage collector off as the service does."""
    return f"{floor}, collector put off"


def functions(account: Account) -> dict[str, Subject]:
    """Return every function, on the layers."""
    variables = account.variables | {"PYTHONPATH": str(install.layers())}
    found = {}
    for name in CLIENTS:
        folder = name.removesuffix("_refused")
        code = install.code(install.FUNCTIONS / folder, folder)
        switched = {"CHALLENGE": "altcha"} if name == "challenge" else {}
        found[name] = Subject(code, variables | switched, getattr(account, name), _SUCCESSES.get(name, _answers(200)))
    return found


def compared(account: Account) -> dict[str, Subject]:
    """Return what the functions are compared with: empty, the floors, and the ordinary stack."""
    least = subject("floor", account)
    ordinary = replace(subject("ordinary", account), event=lambda: account.forgot() | {"path": "/auth/forgot-password"})
    stacks = {"ordinary": True, "ordinary, no bytecode": False}
    return {
        "empty": subject("empty", account),
        **{
            floor(name): replace(least, variables=account.variables | {"CLIENTS": clients})
            for name, clients in CLIENTS.items()
        },
        **{
            tuned(floor(name)): replace(
                least, variables=account.variables | {"CLIENTS": clients, "THRESHOLD": str(THRESHOLD)}
            )
            for name, clients in CLIENTS.items()
        },
        **{
            name: replace(
                ordinary, variables=account.variables | {"PYTHONPATH": str(install.ordinary(bytecode=is_compiled))}
            )
            for name, is_compiled in stacks.items()
        },
    }


def subject(name: str, account: Account) -> Subject:
    """Return one of `subjects/`, on Lambda's libraries alone."""
    return Subject(install.code(install.SUBJECTS / name, name), account.variables, account.me, _answers(200))


def measure(subjects: Mapping[str, Subject], rounds: int, log: Path) -> dict[str, list[float]]:
    """Start each subject once a round, in an order drawn anew; return the milliseconds to the first answer.

    Raises:
        FunctionError: one did not do its whole work.
    """
    log.unlink(missing_ok=True)
    python = install.runtime()
    taken: dict[str, list[float]] = {name: [] for name in subjects}
    for number in range(rounds + 1):
        for name in random.sample(list(subjects), len(subjects)):  # nosec B311
            started = subjects[name]
            event = started.event()
            with api.environment(python, started.code, started.variables, log) as environment:
                answer = environment.invoke(event)
            started.check(answer.body)
            if number:  # the first round fills the system's caches
                taken[name].append((answer.at - environment.started) * 1000)
    check_work(log)
    return taken


def check_work(log: Path) -> None:
    """Read the audit records of what was measured: failing is quicker, and so is having nothing to do.

    Raises:
        FunctionError: a function did not do its whole work.
    """
    lines = log.read_text("utf-8").splitlines()
    records = [json.loads(line)["audit"] for line in lines if '"audit":' in line]
    strange = [r for r in records if r["outcome"] != "accepted" and (r["event"], r["reason"]) != REFUSED]
    if strange or not records:
        raise api.FunctionError(strange)


def imports(started: Subject, log: Path) -> dict[str, float]:
    """Return the milliseconds that importing took by module, each without the modules that it imported itself."""
    log.unlink(missing_ok=True)
    variables = {**started.variables, "PYTHONPROFILEIMPORTTIME": "1"}
    with api.environment(install.runtime(), started.code, variables, log) as environment:
        environment.invoke(started.event())
    lines = [line.split("|") for line in log.read_text("utf-8").splitlines() if line.startswith("import time:")]
    return {name.strip(): int(own.removeprefix("import time:")) / 1000 for own, _, name in lines if "[us]" not in own}


def _answers(status: int) -> Callable[[Any], bool]:
    return lambda answer: answer["statusCode"] == status


_SUCCESSES: Mapping[str, Callable[[Any], bool]] = {
    "reset_refused": _answers(400),
    "sign_out": _answers(204),
    "deliver": lambda answer: answer == {"batchItemFailures": []},
    "feedback": lambda answer: answer is None,
    "authorizer": lambda answer: answer["policyDocument"]["Statement"][0]["Effect"] == "Allow",
}
