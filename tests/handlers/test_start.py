"""What an execution environment keeps from its start, and from one request to the next."""

import collections
import functools
import gc
import json
import os
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from local import cloud
from password_reset.aws.client import Client, Patience
from password_reset.aws.collector import THRESHOLD
from password_reset.bootstrap import bootstrap
from tests.aws import made
from tests.waiting import PATIENCE_SECONDS
from tests.whole import sampled
from tests.world import World, gateway_event

ROOT = Path(__file__).parents[2]

# Imports every function where whatever makes something unique, or a client, ends the process.
SNAPSHOT = """
import pathlib, importlib, secrets, uuid, bcrypt, password_reset.aws.client

def early(*_, **__):
    raise SystemExit("made at import")

secrets.token_urlsafe = secrets.token_hex = secrets.token_bytes = secrets.randbelow = secrets.choice = early
uuid.uuid4 = bcrypt.gensalt = early
password_reset.aws.client.Client.__init__ = early
names = sorted(path.parent.name for path in pathlib.Path("functions").glob("*/handler.py"))
for name in names:
    importlib.import_module(f"functions.{name}.handler")
{then}
print(len(names))
"""
# Imports a function as Lambda does, in an account that only notes what it is asked, or answers nothing at all. Whatever
# makes something unique ends the process.
INITIALISED = """
import importlib, json, secrets, sys, types, uuid, bcrypt, password_reset.aws.client

def early(*_, **__):
    raise SystemExit("unique")

unique = {secrets: ("token_urlsafe", "token_hex", "token_bytes", "randbelow", "choice"), uuid: ("uuid4",)}
places = [(module, name, getattr(module, name)) for module, names in (unique | {bcrypt: ("gensalt",)}).items()
          for name in names]
for module, name, _ in places:
    setattr(module, name, early)
calls = []

def call(client, operation, **parameters):
    calls.append(operation)
    return ANSWERS[operation]

password_reset.aws.client.Client.call = call
ANSWERS = json.loads(sys.argv[2])
handler = importlib.import_module(f"functions.{sys.argv[1]}.handler").handler
print(json.dumps(calls))
calls.clear()
for place in places:
    setattr(*place)
if len(sys.argv) > 3:
    context = types.SimpleNamespace(aws_request_id="1", get_remaining_time_in_millis=lambda: 30_000)
    print(json.dumps([handler(json.loads(sys.argv[3]), context)["statusCode"], calls]))
"""
FUNCTIONS = sorted(path.parent.name for path in ROOT.glob("functions/*/handler.py"))
PEPPER = {"GetSecretValue": {"SecretString": "pepper" * 8}}
LEVERS: dict[str, Any] = {"GetItem": {}}
FORGOT = gateway_event("/auth/forgot-password", '{"email": "one@example.com"}')
READS = {
    "forgot": ["GetItem", "GetSecretValue"],
    "challenge": ["GetSecretValue"],
    "feedback": ["GetSecretValue"],
    "sign_out": ["GetSecretValue"],
    "me": ["GetSecretValue"],
}
"""What a function reads while it initialises, where that is not what most read: the levers and the pepper."""
FOLLOWED = (
    dict,
    list,
    tuple,
    set,
    frozenset,
    collections.deque,
    functools.partial,
    functools._lru_cache_wrapper,  # noqa: SLF001 - the type of a cached function has no other name
    types.FunctionType,
    types.MethodType,
    types.CellType,
)

OURS = ("password_reset", "functions", "aws_lambda_powertools")


@pytest.mark.parametrize(("then", "expected"), [("", ""), ("secrets.token_urlsafe()", "made at import\n")])
def test_nothing_unique_and_no_client_is_made_at_import(then: str, expected: str) -> None:
    """Rows 12, 56 and 57: outside of Lambda importing does nothing at all."""
    ended = subprocess.run(
        [sys.executable, "-c", SNAPSHOT.replace("{then}", then)],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )
    assert ended.stderr == expected
    assert ended.stdout == ("" if expected else f"{len(FUNCTIONS)}\n")


@pytest.mark.parametrize(
    ("imported", "is_lambda", "is_put_off"),
    [
        ("functions.forgot.handler", True, True),
        ("functions.deliver.handler", True, True),
        ("functions.forgot.handler", False, False),
        ("infra.pages", False, False),
        ("password_reset.sessions.sessions", True, False),
    ],
)
def test_the_collector_is_put_off_in_functions_alone(imported: str, *, is_lambda: bool, is_put_off: bool) -> None:
    """Not in a team's CDK app or service, which import modules of ours."""
    then = f"import gc, {imported}; print(gc.get_threshold()[0] == {THRESHOLD})"
    runtime = {"AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001"} if is_lambda else {}
    ended = subprocess.run(
        [sys.executable, "-c", then],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | runtime,
        timeout=PATIENCE_SECONDS,
    )
    assert ended.stdout.splitlines()[-1] == str(is_put_off)  # after what a function says of its missing settings


def initialised(
    function: str, answers: dict[str, Any], *event: dict[str, Any], **settings: str
) -> subprocess.CompletedProcess[str]:
    """Import a function as Lambda does, and call it with an event, if any."""
    everything = {"CHALLENGE": "altcha", "FACTORS": "totp", "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001"}
    environment = cloud.default_settings(8000) | everything | {"PATH": os.environ["PATH"], "BCRYPT_COST": "10"}
    names = {"AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    environment |= names | {"PYTHONPATH": ".:layers/shared/python"} | settings
    arguments = [function, json.dumps(answers), *map(json.dumps, event)]
    return subprocess.run(
        [sys.executable, "-c", INITIALISED, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={name: value for name, value in environment.items() if value},
        timeout=PATIENCE_SECONDS,
    )


@pytest.mark.parametrize(
    "function", sampled(sorted(path.parent.name for path in ROOT.glob("functions/*/handler.py")), 4)
)
def test_a_function_initialises_with_all_it_needs_and_nothing_unique(function: str) -> None:
    """Rows 56 and 57: the pepper and the levers are read, clients and use case made, while Lambda gives a whole
    processor; what is restored from one snapshot shares no secret with another.
    """
    ended = initialised(function, PEPPER | LEVERS)
    assert (ended.stdout, ended.stderr) == (json.dumps(READS.get(function, READS["forgot"])) + "\n", "")


def test_a_call_does_not_again_what_was_done_at_initialisation() -> None:
    queue: dict[str, Any] = {"UpdateItem": {"Attributes": {}}, "SendMessage": {}}
    ended = initialised("forgot", PEPPER | LEVERS | queue, FORGOT, POWERTOOLS_METRICS_DISABLED="true")
    made, (status, called) = map(json.loads, ended.stdout.splitlines()[:1] + ended.stdout.splitlines()[-1:])
    assert made == READS["forgot"]
    assert (status, called) == (200, ["UpdateItem", "UpdateItem", "SendMessage"])


@pytest.mark.parametrize(
    ("answers", "settings", "called"),
    [({}, {}, ["GetItem", "GetSecretValue"]), (PEPPER | LEVERS, {"PRODUCT_NAME": ""}, [])],
    ids=["AWS does not answer", "a setting is missing"],
)
def test_a_fault_at_initialisation_is_told_at_the_call(
    answers: dict[str, Any], settings: dict[str, str], called: list[str]
) -> None:
    """By the same answer as ever; the call tries itself."""
    ended = initialised("forgot", answers, FORGOT, POWERTOOLS_METRICS_DISABLED="true", **settings)
    assert ended.returncode == 0
    lines = ended.stdout.splitlines()
    assert lines[-1] == json.dumps([503, called])


def test_clients_are_made_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Row 56: the second request finds those of the first."""
    names: list[str] = []

    def watched(name: str, patience: Patience) -> Client:
        names.append(name)
        return made(name, patience)

    monkeypatch.setattr(world.app.clients, "_make", watched)
    world.forgot("one@example.com")
    first = list(names)
    world.forgot("two@example.com")
    assert sorted(first) == ["dynamodb", "secretsmanager", "sqs"]
    assert names == first


def kept(roots: list[object]) -> list[str]:
    """Return every text that is reachable from these without leaving our own code."""
    seen: set[int] = set()
    texts = []
    while roots:
        found = roots.pop()
        if id(found) in seen:
            continue
        seen.add(id(found))
        if isinstance(found, str):
            texts.append(found)
        elif isinstance(found, bytes):
            texts.append(found.decode("ascii", "replace"))
        elif isinstance(found, FOLLOWED) or type(found).__module__.partition(".")[0] in OURS:
            roots += gc.get_referents(found)
    return texts


def test_no_users_data_outlives_a_request(world: World) -> None:
    """Row 56: neither in a module, nor in a cache, nor in what bootstrap made."""
    world.add_user("zqcanary@example.com", name="Zqcanary")
    token = world.token("zqcanary@example.com")
    world.verify(token)
    world.reset(token, "zqcanary sings at noon")
    world.pump()
    roots = [vars(module) for name, module in list(sys.modules.items()) if name.partition(".")[0] in OURS]
    texts = kept([*roots, bootstrap()])
    assert world.environment["USERS_TABLE"] in texts
    assert [text for text in texts if "zqcanary" in text.casefold() or token in text] == []
    assert "zqcanary" in kept([*roots, {"leak": functools.partial(print, collections.deque([b"zqcanary"]))}])
