"""An upgrade and its return, played: the last release is deployed, then this version, then the release again.

Requests are in flight all the while, and what one version sent, stored or queued, the next one goes on with. The last
release is the newest one before this version of which `tests/released/` keeps what it wrote, or else this version as it
was when that was kept: its tree is in Git's history.

It takes minutes, so `make deploy-test` runs it and `make test` does not.
"""

import io
import json
import re
import subprocess
import sys
import tarfile
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import bcrypt
import httpx
import pytest
import pytest_socket

from infra.packages import PYTHON
from local.emulator.account import ROOT, Emulator, emulator, environments
from password_reset import __version__
from tests.waiting import PATIENCE_SECONDS, until

STACK = "password-reset-dev"
RELEASED = ROOT / "tests" / "released"
BLOCK = {
    "notifyDelaySeconds": 29,
    "resetLimitPerIdentifier": 0,
    "resetLimitPerSource": 0,
    "sandboxRecipients": [],
    "emailStyle": "both",
}
ACCOUNTS = ("first@example.com", "second@example.com", "third@example.com")
OLD = "correct horse battery staple"
CALLERS = 3

type Answers = Counter[tuple[str, int, str]]
"""By path, status and code."""

pytestmark = [
    pytest.mark.enable_socket,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(sys.version_info[:2] != PYTHON, reason="Python 3.13 alone builds the layers"),
]


@dataclass
class Played:
    """What the story left: answers by deployment, outcomes by step, and mails."""

    in_flight: dict[str, Answers] = field(default_factory=dict)
    steps: dict[str, tuple[int, Any]] = field(default_factory=dict)
    notices: dict[str, int] = field(default_factory=dict)
    dead_letters: int = -1
    refused: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Service:
    """The deployed service, as people and the team's own application reach it."""

    account: Emulator
    outputs: dict[str, str]
    http: httpx.Client

    def post(self, path: str, **body: str) -> httpx.Response:
        return self.http.post(path, json=body)

    def add_account(self, address: str) -> None:
        password_hash = bcrypt.hashpw(OLD.encode(), bcrypt.gensalt(10)).decode()
        item = {"user_id": address, "email": address, "email_key": address, "password_hash": password_hash}
        values = {name: {"S": value} for name, value in item.items()}
        self.account.client("dynamodb").put_item(TableName=self.outputs["UsersTable"], Item=values)

    def token(self, address: str) -> str:
        """Return the token of the link that somebody requests and is mailed."""
        before = len(self.mails_to(address))
        assert self.post("/auth/forgot-password", email=address).status_code == 200
        (text, *_) = until(lambda: self.mails_to(address)[before:])
        (found,) = set(re.findall(r"#token=([\w-]{43})", text))
        return str(found)

    def mails_to(self, address: str) -> list[str]:
        return [mail["BodyText"] for mail in self.account.mails() if mail["To"] == [address]]

    def notices(self, address: str) -> int:
        return sum("was changed" in text for text in self.mails_to(address))

    def noticed(self, address: str, count: int) -> bool:
        return self.notices(address) >= count

    def reset(self, token: str, password: str) -> tuple[int, Any]:
        """Return what becomes of a token that is looked at, and then used."""
        valid = self.post("/auth/verify-reset-token", token=token).json()["valid"]
        return self.post("/auth/reset-password", token=token, newPassword=password).status_code, valid

    @contextmanager
    def in_use(self) -> Iterator[Answers]:
        """Have people call it until the block ends; tell what they were answered."""
        told: Answers = Counter()
        over = threading.Event()

        def call(caller: int) -> None:
            while not over.is_set():
                for path, body in (
                    ("/auth/forgot-password", {"email": f"nobody-{caller}@example.com"}),
                    ("/auth/verify-reset-token", {"token": "A" * 43}),
                    ("/auth/reset-password", {"token": "A" * 43, "newPassword": OLD}),
                ):
                    answer = self.post(path, **body)
                    told[path, answer.status_code, answer.json().get("code", "")] += 1

        with ThreadPoolExecutor(CALLERS) as callers:
            calls = [callers.submit(call, caller) for caller in range(CALLERS)]
            try:
                yield told
            finally:
                over.set()
            for ended in calls:
                ended.result(PATIENCE_SECONDS)


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree of the last release."""
    names = sorted(path.stem for path in RELEASED.glob("*.json"))
    last = next((name for name in reversed(names) if name != __version__), __version__)
    tree = tmp_path_factory.mktemp("release")
    added = git("log", "--diff-filter=A", "--format=%H", "--", f"tests/released/{last}.json").decode().split()
    assert added, "Git's history is needed: git fetch --unshallow"
    with tarfile.open(fileobj=io.BytesIO(git("archive", added[-1]))) as archive:
        archive.extractall(tree, filter="data")
    return tree


def git(*arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=True, timeout=60).stdout


@pytest.fixture(scope="module")
def played(release: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """Play it."""
    pytest_socket.enable_socket()
    folder = tmp_path_factory.mktemp("upgrade")
    blocks = folder / "environments.json"
    blocks.write_text(json.dumps(environments({"dev": BLOCK}, release)), "utf-8")
    versions = {"release": release, "this version": ROOT}

    def deploy(version: str) -> dict[str, str]:
        tree = versions[version]
        path = f"PYTHONPATH={tree}:{tree / 'layers' / 'shared' / 'python'}"
        return account.deploy(STACK, app=["env", path, sys.executable, "-m", "local.emulator.app", blocks])[STACK]

    with emulator(folder) as account:
        outputs, told = deploy("release"), Played()
        with httpx.Client(base_url=account.api(STACK), timeout=60, verify=account.trusted) as http:
            service = Service(account, outputs, http)
            for address in ACCOUNTS:
                service.add_account(address)
            first, second, third = ACCOUNTS
            sent_before = service.token(first)
            told.steps["by the release"] = service.reset(service.token(second), "seven lanterns by the river")
            with service.in_use() as told.in_flight["upgrade"]:
                deploy("this version")
            told.steps["sent before the upgrade"] = service.reset(sent_before, "purple otters read quietly")
            sent_between = service.token(third)
            with service.in_use() as told.in_flight["return"]:
                deploy("release")
            told.steps["sent before the return"] = service.reset(sent_between, "a lighthouse full of bread")
            told.steps["sent after the return"] = service.reset(service.token(first), "nine bicycles and a moth")
            changes = {first: 2, second: 1, third: 1}
            for address, count in changes.items():
                until(partial(service.noticed, address, count))
                told.notices[address] = service.notices(address)
            attributes = account.client("sqs").get_queue_attributes(
                QueueUrl=outputs["DeadLetters"], AttributeNames=["ApproximateNumberOfMessages"]
            )
            told.dead_letters = int(attributes["Attributes"]["ApproximateNumberOfMessages"])
        told.refused = [decision for decision in account.decisions() if not decision["allowed"]]
        yield told


def test_what_one_version_sent_the_next_one_takes(played: Played) -> None:
    assert played.steps == dict.fromkeys(
        ("by the release", "sent before the upgrade", "sent before the return", "sent after the return"), (200, True)
    )


@pytest.mark.parametrize("deployment", ["upgrade", "return"])
def test_no_request_in_flight_is_lost(deployment: str, played: Played) -> None:
    told = played.in_flight[deployment]
    assert {answer for answer in told if told[answer]} == {
        ("/auth/forgot-password", 200, ""),
        ("/auth/verify-reset-token", 200, ""),
        ("/auth/reset-password", 400, "invalid_token"),
    }
    assert told.total() > 10 * CALLERS


def test_every_message_is_worked_off_once(played: Played) -> None:
    assert played.notices == {ACCOUNTS[0]: 2, ACCOUNTS[1]: 1, ACCOUNTS[2]: 1}
    assert played.dead_letters == 0


def test_no_permission_is_lacking_in_either(played: Played) -> None:
    assert played.refused == []
