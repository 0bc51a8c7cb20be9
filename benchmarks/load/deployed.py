"""The deployed stack under load and death, in two minutes: `make load DEPLOYED=1`.

People ask for resets through the gateway and use the links that they are mailed, while functions' processes are killed
at random. The gateway answers for the dead, the queue delivers again, and in the end the books add up: nobody asked in
vain, every change was made once, and each was told of.
"""

import json
import os
import random
import re
import secrets
import signal
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import bcrypt
import httpx

from local.emulator.account import Emulator, emulator, environments
from password_reset.edge.api.reset import ResetPasswordAnswer

STACK = "password-reset-dev"
LOAD_SECONDS, DRAIN_SECONDS = 40, 80
PEOPLE = 6
DEATHS_A_SECOND = 0.4
"""No more: a process takes seconds to start, layers and all, and is to die at work, not before it."""
VISIBILITY_SECONDS = 15
"""Instead of minutes: five tries outlast the lease of a delivery whose worker died."""
SETTINGS = {"resetLimitPerIdentifier": 0, "resetLimitPerSource": 0, "bcryptCost": 10, "notifyDelaySeconds": 29}
FIRST = "correct horse battery staple"
DONE = ResetPasswordAnswer().message
"""The gateway has a `message` of its own where a function died."""


@dataclass
class Person:
    """Somebody with an account, who forgets the password again and again."""

    name: str
    api: httpx.Client
    table: str
    password: str = FIRST
    accepted: int = 0
    changes: int = 0
    answers: Counter[str] = field(default_factory=Counter)

    @property
    def address(self) -> str:
        """Where mail arrives."""
        return f"{self.name}@example.com"

    def create(self, account: Emulator) -> None:
        """Have an account."""
        hashed = bcrypt.hashpw(FIRST.encode(), bcrypt.gensalt(4)).decode()
        stored = {"user_id": self.name, "email_key": self.address, "email": self.address, "password_hash": hashed}
        item = {name: {"S": value} for name, value in stored.items()}
        account.client("dynamodb").put_item(TableName=self.table, Item=item)

    def live(self, account: Emulator, until: float) -> None:
        """Forget and reset until a time; what has begun is brought to its end."""
        seen = 0
        while time.monotonic() < until:
            if "flow" not in self._post("forgot-password", {"email": self.address}):
                time.sleep(0.2)  # the gateway answers for the dead
                continue
            self.accepted += 1
            while time.monotonic() < until:
                tokens = links(account.mails(), self.address)
                if len(tokens) > seen:
                    self._reset(tokens[-1])
                    seen = len(tokens)
                    break
                time.sleep(0.5)

    def _reset(self, token: str) -> None:
        """Choose a password, and ask again with the same until it is known what became of it."""
        new = f"purple otters read quietly {self.changes} {secrets.token_hex(4)}"
        for attempt in range(20):
            answer = self._post("reset-password", {"token": token, "newPassword": new})
            # A token that is void now was used by the try before, whose answer was lost.
            if answer.get("message") == DONE or (answer.get("code") == "invalid_token" and attempt):
                self.password = new
                self.changes += 1
                return
            if answer.get("code") == "invalid_token":
                return
            time.sleep(0.2)

    def _post(self, what: str, body: dict[str, str]) -> dict[str, Any]:
        answer = self.api.post(f"/auth/{what}", json=body)
        self.answers[f"{what} {answer.status_code}"] += 1
        try:
            parsed: dict[str, Any] = answer.json()
        except ValueError:
            parsed = {"code": "no JSON"}
        return parsed


def links(mails: list[dict[str, Any]], address: str) -> list[str]:
    """Return the tokens that an address was mailed, the oldest first."""
    texts = [mail["BodyText"] for mail in mails if mail["To"] == [address]]
    return [token for text in texts for token in re.findall(r"#token=([\w-]{43})", text)]


@contextmanager
def deaths(account: Emulator) -> Iterator[list[int]]:
    """Kill processes of functions at random; yields the ids of the dead."""
    dead: list[int] = []
    done = threading.Event()

    def kill() -> None:
        while not done.wait(random.expovariate(DEATHS_A_SECOND)):
            if alive := workers(account.pid):
                victim = secrets.choice(alive)
                os.kill(victim, signal.SIGKILL)
                dead.append(victim)

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield dead
    finally:
        done.set()
        thread.join()


def workers(pid: int) -> list[int]:
    """Return the processes that run functions: children of the emulator alone."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    found = {int(child) for task in children.parent.parent.glob("*/children") for child in task.read_text().split()}
    return [child for child in found if b"_worker.py" in _command(child)]


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def faults(
    people: list[Person], mails: list[dict[str, Any]], users: dict[str, dict[str, Any]], dead: Counter[str]
) -> list[str]:
    """Return what does not add up: `users` are the stored accounts, `dead` the letters by address or account."""
    found = []
    told: dict[str, list[str]] = defaultdict(list)
    for mail in mails:
        told[mail["To"][0]].append(mail["Subject"])
    for person in people:
        stored, subjects = users[person.name], Counter(told[person.address])
        version = int(stored.get("credentials_version", {"N": "0"})["N"])
        if version != person.changes:
            found.append(f"{person.name}: {person.changes} changes, version {version}")
        if not bcrypt.checkpw(person.password.encode(), stored["password_hash"]["S"].encode()):
            found.append(f"{person.name}: the password is another")
        resets = sum(count for subject, count in subjects.items() if subject.startswith("Reset "))
        notices = sum(count for subject, count in subjects.items() if subject.endswith("was changed"))
        if resets + dead[person.address] < person.accepted:
            found.append(f"{person.name}: {person.accepted} requests, {resets} mails, {dead[person.address]} dead")
        if notices + dead[person.name] < person.changes:
            found.append(f"{person.name}: {person.changes} changes, {notices} notices, {dead[person.name]} dead")
    return found


def settled(account: Emulator, queue: str) -> bool:
    """Whether nothing is queued, delayed or being worked on."""
    names = [f"ApproximateNumberOfMessages{state}" for state in ("", "NotVisible", "Delayed")]
    counts = account.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
    return sum(map(int, counts.values())) == 0


def letters(account: Emulator, queue: str) -> Counter[str]:
    """Return how many dead letters there are for whom: an address asked for a reset, an account was changed."""
    found: dict[str, str] = {}
    while messages := account.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            body = json.loads(message["Body"])
            found[message["MessageId"]] = str(body.get("email") or body.get("userId"))
    return Counter(found.values())


def run(folder: Path) -> tuple[dict[str, Any], list[str]]:
    """Deploy, load and drain; return the report, and what does not add up."""
    blocks = folder / "environments.json"
    blocks.write_text(json.dumps(environments({"dev": SETTINGS})), "utf-8")
    with emulator(folder) as account:
        outputs = account.deploy(STACK, app=[sys.executable, "-m", "local.emulator.app", blocks])[STACK]
        sqs, queue = account.client("sqs"), outputs["Queue"]
        sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": str(VISIBILITY_SECONDS)})
        with httpx.Client(base_url=account.api(STACK), verify=account.trusted, timeout=60) as api:
            people = [Person(f"person-{number}", api, outputs["UsersTable"]) for number in range(PEOPLE)]
            for person in people:
                person.create(account)
            start = time.monotonic()
            with deaths(account) as dead, ThreadPoolExecutor(PEOPLE) as pool:
                for ended in [pool.submit(person.live, account, start + LOAD_SECONDS) for person in people]:
                    ended.result()
            while not settled(account, queue) and time.monotonic() < start + LOAD_SECONDS + DRAIN_SECONDS:
                time.sleep(1)
            seconds = time.monotonic() - start
        scanned = account.client("dynamodb").scan(TableName=outputs["UsersTable"])["Items"]
        mails, buried = account.mails(), letters(account, outputs["DeadLetters"])
        found = faults(people, mails, {item["user_id"]["S"]: item for item in scanned}, buried)
        found += [] if sum(person.changes for person in people) else ["nobody changed a password"]
        found += [] if settled(account, queue) else ["the queue is not empty"]
    report = {
        "seconds": round(seconds),
        "killed": len(dead),
        "answers": dict(sorted(sum((person.answers for person in people), Counter()).items())),
        "requests accepted": sum(person.accepted for person in people),
        "passwords changed": sum(person.changes for person in people),
        "mails": dict(Counter(mail["Subject"] for mail in mails)),
        "dead letters": buried.total(),
    }
    return report, found


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        told, wrong = run(Path(temporary))
    print(json.dumps(told, indent=2))
    sys.exit("\n".join(wrong) or None)
