"""Whatever is sent: documented answers, never a fault, and nothing told to the log that was told in confidence."""

import json
from io import StringIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from infra.routes import Route
from local import outbox
from local.gateway import Context, function, invoke
from local.openapi import document
from password_reset.audit import AuditRecord
from password_reset.messages import parse
from password_reset.problems import SECURITY_HEADERS
from tests.handlers.test_feedback import sample
from tests.hostile.events import (
    CANARY,
    HANDLED,
    LIVE_CODE,
    LIVE_FLOW,
    LIVE_SESSION,
    LIVE_TOKEN,
    gateway_events,
    impossible_events,
    messages,
    reports,
)
from tests.world import EMAIL, World

DESCRIPTION = document()
AUDIT = Draft202012Validator(AuditRecord.model_json_schema(mode="serialization"))
UNLIMITED = pytest.mark.settings(
    RESET_LIMIT_PER_IDENTIFIER="0",
    RESET_LIMIT_PER_SOURCE="0",
    EMAIL_STYLE="both",
    CHANNELS="email,sms",
    ALLOWED_ORIGINS="http://localhost:8000",
)
pytestmark = UNLIMITED


@pytest.fixture
def hostile_world(moto_world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """A deployment with one account, whose metrics are written and whose hashing is quick."""
    monkeypatch.setenv("POWERTOOLS_METRICS_DISABLED", "false")
    moto_world.app.passwords.cost = 4  # of bcrypt, for speed: no setting goes that low
    moto_world.add_user()
    return moto_world


class Listener:
    """What one call wrote: log lines, audit records and metrics."""

    def __init__(self, log: StringIO, console: pytest.CaptureFixture[str]) -> None:
        self._log, self._console = log, console
        self.forget()

    def forget(self) -> None:
        self._log.seek(0)
        self._log.truncate()
        self._console.readouterr()

    def records(self, *secrets: str) -> list[dict[str, Any]]:
        """Return the audit records, none of which, nor any other line, may hold a secret or a traceback."""
        log, console = self._log.getvalue(), "".join(self._console.readouterr())
        for secret in (CANARY, "Traceback", *secrets):
            assert secret not in log + console
        lines = [json.loads(line) for line in log.splitlines()]
        assert not any("exception" in line for line in lines)
        records = [line["audit"] for line in lines if "audit" in line]
        for record in records:
            AUDIT.validate(record)
        return records


@pytest.fixture
def listener(hostile_world: World, log: StringIO, capsys: pytest.CaptureFixture[str]) -> Listener:
    return Listener(log, capsys)


def live_secrets(world: World) -> dict[str, str]:
    """Return a token, a flow with its code, and a session, all of which work."""
    app, now = world.app, world.clock()
    account = app.users.get(world.user()["user_id"])
    assert account
    flow = f"flow{len(world.items('CODES_TABLE')):018}"
    app.codes.prepare(flow, EMAIL, "email", now)
    return {
        LIVE_TOKEN: app.tokens.issue(account, "email", now),
        LIVE_FLOW: flow,
        LIVE_CODE: app.codes.issue(flow, account, "email", now),
        LIVE_SESSION: app.sessions.issue(account),
    }


def with_live(event: dict[str, Any], live: dict[str, str]) -> dict[str, Any]:
    """Return the event with live secrets in the places that it has for them, where its body is plain text."""
    text = json.dumps(event)
    for place, secret in live.items():
        text = text.replace(place, secret)
    changed: dict[str, Any] = json.loads(text)
    return changed


def assert_documented(route: Route, answer: dict[str, Any], *, faults: bool = False) -> None:
    """The status, headers and body are what `docs/openapi.json` says of the route."""
    responses = DESCRIPTION["paths"][route.path][route.method.lower()]["responses"]
    status = answer["statusCode"]
    assert str(status) in responses, answer
    assert status < 500 or (faults and status == 503), answer
    described, headers = responses[str(status)], answer["headers"]
    assert SECURITY_HEADERS.items() <= headers.items()
    assert set(described["headers"]) - {"Retry-After"} == set(SECURITY_HEADERS)
    assert headers.get("Access-Control-Allow-Origin") in {None, "http://localhost:8000"}
    assert answer["isBase64Encoded"] is False
    assert CANARY not in json.dumps(answer)
    if status == 204:
        assert answer["body"] == ""
        return
    ((media_type, content),) = described["content"].items()
    assert headers["Content-Type"] == media_type
    schema = {**content["schema"], "components": DESCRIPTION["components"]}
    Draft202012Validator(schema).validate(json.loads(answer["body"]))


@pytest.mark.parametrize("name", sorted(HANDLED))
def test_a_handler_answers_whatever_a_caller_sends(hostile_world: World, listener: Listener, name: str) -> None:
    """Rows 7, 23, 28, 42, 43, 44 and 45: a documented answer, no fault, one record, and no secret in it."""
    route = HANDLED[name]

    @given(event=gateway_events(route))
    def check(event: dict[str, Any]) -> None:
        live = live_secrets(hostile_world)
        listener.forget()
        answer = invoke(route, with_live(event, live), {})
        records = listener.records(live[LIVE_TOKEN], live[LIVE_SESSION], EMAIL)
        assert_documented(route, answer)
        assert [record["outcome"] for record in records if record["outcome"] == "failed"] == []
        assert len(records) == 1 + (route.authorized and answer["statusCode"] != 401)
        hostile_world.queued().clear()

    check()


@pytest.mark.parametrize("name", ["authorizer", *sorted(HANDLED)])
def test_a_handler_survives_what_no_gateway_sends(hostile_world: World, listener: Listener, name: str) -> None:
    """Row 44: the last resort is a documented answer too, and as silent."""
    route = HANDLED.get(name, HANDLED["me"])

    @given(event=impossible_events(route))
    def check(event: dict[str, Any]) -> None:
        live = live_secrets(hostile_world)
        listener.forget()
        answer = function(name)(
            with_live(event, live) | {"methodArn": "arn:aws:execute-api:x:1:api/s/GET/me"}, Context()
        )
        listener.records(live[LIVE_TOKEN], live[LIVE_SESSION], EMAIL)
        if name == "authorizer":
            (statement,) = answer["policyDocument"]["Statement"]
            assert statement["Effect"] in {"Allow", "Deny"}
        else:
            assert_documented(route, answer, faults=True)
        hostile_world.queued().clear()

    check()


def test_a_good_message_is_served_beside_any_other(hostile_world: World, listener: Listener) -> None:
    """Rows 23 and 54: what is none of ours goes back to the queue alone, and mails nobody."""
    hostile_world.forgot()
    good = json.loads(hostile_world.queued()[0].body)
    numbers = iter(range(10**9))

    @given(hostile=st.lists(messages(good), min_size=1, max_size=4), place=st.integers(0, 4))
    def check(hostile: list[str], place: int) -> None:
        served = json.dumps(good | {"requestId": f"good-{next(numbers)}", "flow": f"flow-{next(numbers)}"})
        bodies = [*hostile[:place], served, *hostile[place:]]
        outbox.clear()
        listener.forget()
        records = [{"messageId": str(n), "body": body, "eventSource": "aws:sqs"} for n, body in enumerate(bodies)]
        failed = {
            f["itemIdentifier"] for f in function("deliver")({"Records": records}, Context())["batchItemFailures"]
        }
        listener.records(EMAIL)
        assert str(bodies.index(served)) not in failed
        assert [mail["to"] for mail in outbox.messages()] == [[EMAIL]]
        for number, body in enumerate(bodies):
            assert is_ours(body) or str(number) in failed

    check()


def is_ours(body: str) -> bool:
    try:
        parse(body)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("kind", ["bounce", "complaint", "delivery"])
def test_a_report_is_noted_or_refused(hostile_world: World, listener: Listener, kind: str) -> None:
    """Row 23: what is none of Amazon SES's is refused as a bad value, whose text repeats nothing of it."""

    @given(event=reports(sample(kind, to=f"{CANARY}@example.com", tag="cmVxdWVzdCN1c2VyI2VtYWls")))
    def check(event: dict[str, Any]) -> None:
        listener.forget()
        try:
            function("feedback")(event, Context())
        except ValueError as error:  # Lambda tries again, then keeps it
            assert CANARY not in str(error)
        listener.records()

    check()
