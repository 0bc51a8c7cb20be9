"""Tokens and passwords are where they belong and nowhere else."""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO

import pytest
from jsonschema import Draft202012Validator
from pydantic import TypeAdapter

from infra.tables import TABLES
from local.gateway import Context, function
from local.worker import work_once
from password_reset.audit import AuditRecord
from tests.waiting import PATIENCE_SECONDS
from tests.wire import Wire, refusal, timeout
from tests.world import EMAIL, NEW_PASSWORD, PASSWORD, World

UNUSED = "refused otters read quietly"


@pytest.fixture
def everything_logged() -> Iterator[StringIO]:
    """What all loggers write once the root logger is at DEBUG."""
    lines = StringIO()
    handler, root = logging.StreamHandler(lines), logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield lines
    root.setLevel(before)
    root.removeHandler(handler)


def test_no_secret_is_anywhere(
    world: World,
    wire: Wire,
    log: StringIO,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Rows 13 and 23: not in tables, queues, logs, metrics, events, or another account's mail."""
    monkeypatch.setenv("POWERTOOLS_METRICS_DISABLED", "false")
    world.add_user()
    world.add_user("other@example.com")
    world.token("other@example.com")
    token = world.token()
    world.verify(token)
    world.call("/auth/reset-password", {"token": token, "newPassword": "short", "canary": UNUSED})
    world.call("/auth/reset-password", f'{{"token": "{token}", "newPassword": "{UNUSED}"')
    world.reset(token, PASSWORD)
    wire.fail("dynamodb.TransactWriteItems", *[refusal("InternalServerError", 500)] * 2, timeout)
    world.reset(token, UNUSED)
    world.reset(token)
    queued = [message.body for message in world.queued()]
    world.pump()
    world.reset(token)

    places = {
        **{table.name: str(world.items(table.setting)) for table in TABLES},
        "queue": str(queued),
        "log": log.getvalue(),
        "console": capsys.readouterr().out,
        "audit": str(world.audited("reset-password")),
        "events": str(wire.sent("events.PutEvents")),
        "messages": str(wire.sent("sqs.SendMessage")),
        "other account's mail": str([mail for mail in world.mails() if mail["to"] != [EMAIL]]),
        "notice": str([mail for mail in world.mails() if "was changed" in mail["subject"]]),
    }
    assert all(places[name] for name in ("queue", "log", "console", "audit", "events", "messages"))
    secrets = {"token": token, "old password": PASSWORD, "new password": NEW_PASSWORD, "refused password": UNUSED}
    found = {(place, name) for place, text in places.items() for name, secret in secrets.items() if secret in text}
    assert found == set()
    assert {mail["to"][0] for mail in world.mails() if token in str(mail)} == {EMAIL}


@pytest.mark.settings(EMAIL_STYLE="both")
def test_no_secret_is_logged_at_debug(world: World, everything_logged: StringIO, log: StringIO) -> None:
    """Row 71: whoever turns every logger to DEBUG reads no request or response of AWS, which hold all of these."""
    world.add_user()
    flow, code = world.code()
    token = world.mailed_tokens()[-1]
    world.verify(token)
    world.verify_code(flow, code)
    session = world.signed_in()
    world.me(session)
    world.reset(token, "short")
    world.reset(token)
    world.pump()
    vault = world.session.client("secretsmanager")
    names = ("PEPPER_SECRET", "SESSION_KEY_SECRET")
    secrets = {name: vault.get_secret_value(SecretId=world.environment[name])["SecretString"] for name in names}
    secrets |= {"token": token, "code": code, "session": session, "old": PASSWORD, "new": NEW_PASSWORD}
    secrets |= {"hash": world.user()["password_hash"]}
    logged = everything_logged.getvalue() + log.getvalue()
    assert everything_logged.getvalue()
    assert "reset-password" in logged
    assert [name for name, secret in secrets.items() if secret in logged] == []


@pytest.mark.parametrize(
    "name", ["botocore.endpoint", "urllib3.connectionpool", "boto3", "aws_lambda_powertools.event"]
)
def test_no_variable_makes_libraries_talk(name: str) -> None:
    """Row 71: what Lambda and Powertools read of the environment, Powertools' logging of events included."""
    talk = {"AWS_LAMBDA_LOG_LEVEL": "DEBUG", "POWERTOOLS_LOG_LEVEL": "DEBUG", "LOG_LEVEL": "DEBUG"}
    talk |= {"POWERTOOLS_DEBUG": "true", "POWERTOOLS_DEV": "true", "POWERTOOLS_LOGGER_LOG_EVENT": "true"}
    command = (
        "import logging; logging.basicConfig(level=logging.DEBUG); import password_reset.audit;"
        f"logging.getLogger({name!r}).info('canary')"
    )
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": "layers/shared/python", **talk}
    ended = subprocess.run(
        [sys.executable, "-c", command],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE_SECONDS,
    )
    assert "canary" not in ended.stdout + ended.stderr


def test_no_mail_carries_a_password(world: World) -> None:
    """Row 11: neither the old one, nor one that was refused, nor the new one."""
    world.add_user(name="Demo")
    token = world.token()
    assert world.reset(token, PASSWORD).status == 400
    assert world.reset(token).status == 200
    world.pump()
    mails = str(world.mails())
    assert len(world.mails()) == 2
    assert [password for password in (PASSWORD, NEW_PASSWORD) if password in mails] == []


@pytest.mark.settings(EMAIL_STYLE="both")
def test_the_pepper_is_elsewhere(world: World) -> None:
    """Row 31: a stolen table holds no key to search it with."""
    world.add_user()
    world.verify_code(*world.code())
    world.signed_in()
    secrets = world.session.client("secretsmanager")
    names = ("PEPPER_SECRET", "SESSION_KEY_SECRET")
    keys = [secrets.get_secret_value(SecretId=world.environment[name])["SecretString"] for name in names]
    stored = str([world.items(table.setting) for table in TABLES])
    assert [len(key) >= 32 for key in keys] == [True, True]
    assert [key for key in keys if key in stored] == []


def test_no_identifier_is_logged(world: World, wire: Wire, log: StringIO) -> None:
    """Row 46: identifiers and sources are keyed pseudonyms, the same ones in every record."""
    world.add_user(name="Nomen Nescio")
    world.reset(world.token())
    world.pump()
    with wire.always_failing("sqs.SendMessage", refusal("ServiceUnavailable", 503)):
        world.forgot()
    for private in (EMAIL, "203.0.113.7", "Nomen", "canary", "iPhone)"):
        assert private not in log.getvalue()
    forgot, deliver = world.audited("forgot-password")[0], world.audited("deliver-reset")[0]
    assert forgot["identifier"] == deliver["identifier"]
    assert len(forgot["identifier"]) == len(forgot["source"]) == 64
    assert forgot["requestId"] == deliver["requestId"]
    assert deliver["userId"] == world.user()["user_id"]


def test_every_attempt_and_refusal_is_recorded_in_one_form(world: World, wire: Wire, log: StringIO) -> None:
    """Row 46: one schema, UTC, one record an attempt."""
    world.add_user()
    token = world.token()
    world.call("/auth/forgot-password", "no JSON")
    world.call("/auth/forgot-password", {"email": EMAIL}, {"Content-Type": "text/plain"})
    world.verify("x")
    world.reset("x")
    world.reset(token, "short")
    wire.fail("dynamodb.GetItem", refusal("ThrottlingException"))
    world.reset(token)
    world.forgot()
    world.forgot()
    world.forgot()
    world.reset(token)
    world.pump()

    records = [line["audit"] for line in map(json.loads, log.getvalue().splitlines()) if "audit" in line]
    assert [(record["event"], record["outcome"], record["reason"]) for record in records] == [
        ("forgot-password", "accepted", None),
        ("deliver-reset", "accepted", None),
        ("forgot-password", "refused", "invalid_request"),
        ("forgot-password", "refused", "unsupported_media_type"),
        ("verify-reset-token", "refused", "invalid_token"),
        ("reset-password", "refused", "invalid_token"),
        ("reset-password", "refused", "weak_password"),
        ("reset-password", "failed", "unavailable"),
        ("forgot-password", "accepted", None),
        ("forgot-password", "accepted", None),
        ("forgot-password", "refused", "rate_limited"),
        ("reset-password", "accepted", None),
        ("deliver-reset", "accepted", None),
        ("deliver-reset", "accepted", None),
        ("notify-change", "accepted", None),
    ]
    validator = Draft202012Validator(TypeAdapter(AuditRecord).json_schema(mode="serialization"))
    for record in records:
        validator.validate(record)
        assert record["time"] == "2026-11-20T22:43:16Z"
    faults = [record["fault"] for record in records if record["outcome"] == "failed"]
    assert ["ThrottlingException" in fault for fault in faults] == [True]


def test_line_breaks_and_control_characters_are_inert(world: World, log: StringIO) -> None:
    """Row 46: a record is one line, whatever was sent (CWE-117)."""
    hostile = 'x"\r\n{"audit": "forged"}\x1b[2J\u2028'
    world.call("/auth/forgot-password", {"email": hostile, "locale": hostile, "channel": hostile})
    world.call(
        "/auth/verify-reset-token", {"token": hostile}, {"User-Agent": hostile, "Origin": hostile}, source=hostile
    )
    lines = log.getvalue().splitlines()
    assert len(lines) == 2
    assert all("forged" not in line and "\x1b" not in line and json.loads(line)["audit"] for line in lines)


def test_an_id_from_elsewhere_splits_no_record(world: World, log: StringIO) -> None:
    """Row 46: CWE-117, U+2028 and U+0085 end a line for some readers."""
    world.add_user()
    world.forgot()
    body = json.loads(world.queued().pop().body) | {"requestId": "x\u2028y\u0085z", "email": "nobody@example.com"}
    record = {"messageId": "1", "body": json.dumps(body), "eventSource": "aws:sqs"}
    log.truncate(0)
    log.seek(0)
    function("deliver")({"Records": [record]}, Context())
    (line,) = log.getvalue().splitlines()
    assert json.loads(line)["audit"]["requestId"] == "x\u2028y\u0085z"


def unreachable(*_: object, **__: object) -> None:
    raise TimeoutError


def test_attempts_are_counted_as_metrics(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Embedded metric format, by event and outcome, naming nobody."""
    monkeypatch.setenv("POWERTOOLS_METRICS_DISABLED", "false")
    world.verify("x")
    world.sqs.send_message(QueueUrl=world.environment["QUEUE_URL"], MessageBody="poison")
    work_once(world.sqs)
    monkeypatch.setattr("urllib.request.urlopen", unreachable)
    world.app.passwords.breached("x")
    metric, *others = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    names = [other["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Name"] for other in others]
    assert names == ["message-failed", "breach-check-unavailable"]
    (directive,) = metric["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "PasswordReset"
    assert directive["Metrics"] == [{"Name": "verify-reset-token", "Unit": "Count"}]
    assert directive["Dimensions"] == [["outcome"]]
    assert metric["outcome"] == "refused"
