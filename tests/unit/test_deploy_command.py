"""`make deploy`: the doctor first, protection last, and a look at what was deployed."""

from typing import Any

import httpx
import pytest

from infra.config import Config
from tests.infra.conftest import ENVIRONMENTS
from tools import deploy, doctor
from tools.smoke.__main__ import ADVICE, advice
from tools.smoke.checks import Smoke
from tools.smoke.places import Unseen

CDK = ["--no-notices", "deploy", "--require-approval", "never"]


class Programs:
    """Notes what would be run; `fails` is the number of the one that fails."""

    def __init__(self, fails: int = -1) -> None:
        self.ran: list[list[str]] = []
        self.environments: list[dict[str, str]] = []
        self.fails = fails

    def run(self, command: list[str], env: dict[str, str], **_: object) -> Any:
        self.ran.append(command[1:])
        self.environments.append(env)
        return type("Ended", (), {"returncode": 3 if len(self.ran) - 1 == self.fails else 0})


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch) -> Programs:
    found = Programs()
    monkeypatch.setattr("tools.deploy.subprocess.run", found.run)
    monkeypatch.delenv("SMOKE", raising=False)
    monkeypatch.delenv("IMAP", raising=False)
    return found


def environment(monkeypatch: pytest.MonkeyPatch, name: str, *, there: bool) -> None:
    """Have an environment whose stack is there from the start, or after the first deployment."""
    stack = {"Outputs": [{"OutputKey": "ApiUrl", "OutputValue": "https://api.example.com/"}]}
    config = Config.load(ENVIRONMENTS, name)
    stacks = iter([stack if there else None, stack] if config.protect_data else [stack])
    monkeypatch.setattr(doctor, "main", lambda: config)
    monkeypatch.setattr(doctor, "stack", lambda *_: next(stacks))


def arguments(programs: Programs) -> list[list[str]]:
    return [[word for word in command if not word.startswith("/")] for command in programs.ran]


def test_a_first_deployment_of_protected_data_is_protected_once_it_is_there(
    programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment(monkeypatch, "prod", there=False)
    deploy.main(["--require-approval", "never"])
    start, *end = CDK
    assert arguments(programs) == [
        ["--context", "env=prod", start, "deploy", "--context", "unprotected=true", *end[1:]],
        ["--context", "env=prod", *CDK],
        ["-m", "tools.smoke"],
    ]
    assert (programs.environments[-1]["URL"], programs.environments[-1]["ENV"]) == ("https://api.example.com/", "")


@pytest.mark.parametrize("name", ["prod", "dev"])
def test_every_other_deployment_is_one(name: str, programs: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    environment(monkeypatch, name, there=True)
    deploy.main(["--require-approval", "never"])
    assert arguments(programs) == [["--context", f"env={name}", *CDK], ["-m", "tools.smoke"]]


def test_what_is_not_protected_needs_no_second_step(programs: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    environment(monkeypatch, "dev", there=False)
    deploy.main([])
    assert len([command for command in programs.ran if "deploy" in command]) == 1


def test_one_that_fails_ends_there(programs: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    environment(monkeypatch, "prod", there=False)
    programs.fails = 0
    with pytest.raises(SystemExit) as ended:
        deploy.main([])
    assert (ended.value.code, len(programs.ran)) == (3, 1)


def test_the_smoke_test_can_be_left_out(programs: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    environment(monkeypatch, "dev", there=True)
    monkeypatch.setenv("SMOKE", "no")
    deploy.main([])
    assert len(programs.ran) == 1


def test_every_check_has_its_advice() -> None:
    with httpx.Client() as client:
        names = Smoke(url="https://api.example.com", pages="", client=client, place=Unseen(""), to="").checks()
    assert {advice(name) for name in names} == set(ADVICE.values())
