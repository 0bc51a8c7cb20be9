"""`password-reset COMMAND`: each command runs as its module does, with its variables as options."""

import importlib.util
import os
import sys
from typing import Any

import boto3
import pytest

from tools import __main__ as command_line
from tools import deployment

VARIABLES = {"STACK": "shop/Reset", "URL": "https://api.example.com"}


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What is run, instead of running it."""
    told: list[Any] = []

    def run(module: str, run_name: str) -> None:
        told.append((module, run_name, sys.argv[1:], {name: os.environ.get(name) for name in VARIABLES}))

    monkeypatch.setattr("runpy.run_module", run)
    monkeypatch.setattr(sys, "argv", sys.argv)
    for name in VARIABLES:
        monkeypatch.setenv(name, "")
    return told


def test_options_are_the_variables_and_the_rest_is_the_commands(ran: list[Any]) -> None:
    command_line.main(
        ["levers", "pause", "--stack", "shop/Reset", "silent", "--url=https://api.example.com", "--reset"]
    )
    assert ran == [("tools.levers", "__main__", ["pause", "silent", "--reset"], VARIABLES)]


@pytest.mark.parametrize("command", command_line.COMMANDS)
def test_every_command_is_a_module(command: str) -> None:
    assert importlib.util.find_spec(f"tools.{command.replace('-', '_')}")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [([], "usage: "), (["smok"], "usage: "), (["smoke", "--stack"], "--stack needs a value.")],
)
def test_what_makes_no_sense_is_told(arguments: list[str], told: str, ran: list[Any]) -> None:
    with pytest.raises(SystemExit) as refused:
        command_line.main(arguments)
    assert str(refused.value).startswith(told)
    assert ran == []


def test_a_package_without_its_extra_says_so(ran: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def run(module: str, run_name: str) -> None:
        raise ModuleNotFoundError(name={"tools.smoke": "httpx"}.get(module, "ours"))

    monkeypatch.setattr("runpy.run_module", run)
    with pytest.raises(SystemExit, match=r"httpx is missing: pip install 'password-reset-cdk\[tools\]'\."):
        command_line.main(["smoke"])
    with pytest.raises(ModuleNotFoundError):
        command_line.main(["doctor"])
    assert ran == []


OUTPUTS = {"CustomerApiUrl1A2B3C4D": "https://customer", "StaffApiUrl5E6F7A8B": "https://staff", "Queue": "https://sqs"}


@pytest.mark.parametrize(
    ("stack", "outputs", "url"),
    [
        ("password-reset-dev", {"ApiUrl": "https://dev", "Queue": "https://sqs"}, "https://dev"),
        ("shop/Staff", OUTPUTS, "https://staff"),
        ("shop", OUTPUTS, "Stack shop has 2 outputs of an ApiUrl: give the address as URL, or STACK=stack/construct."),
        ("shop", {}, "Stack shop has 0 outputs of an ApiUrl: give the address as URL, or STACK=stack/construct."),
    ],
)
def test_where_a_stacks_api_is_comes_from_its_outputs(
    stack: str, outputs: dict[str, str], url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def describe(StackName: str) -> Any:  # noqa: N803 - as botocore has it
        assert StackName == stack.partition("/")[0]
        return {"Stacks": [{"Outputs": [{"OutputKey": key, "OutputValue": value} for key, value in outputs.items()]}]}

    monkeypatch.setattr(boto3, "client", lambda _: type("Stacks", (), {"describe_stacks": staticmethod(describe)}))
    try:
        found = deployment.api_url(stack)
    except SystemExit as told:
        found = str(told)
    assert found == url
