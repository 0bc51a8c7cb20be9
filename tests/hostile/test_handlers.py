"""Whatever is sent: documented answers, never a fault, and nothing told to the log that was told in confidence."""

import json
import secrets
from io import StringIO
from typing import Any

import pytest
from hypothesis import given, note
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import TypeAdapter

from infra.routes import Route
from local import outbox
from local.gateway import Context, function, invoke
from local.openapi import document
from password_reset.audit import AuditRecord
from password_reset.delivery.messages import parse
from password_reset.edge.problems import SECURITY_HEADERS
from tests.handlers.test_feedback import sample
from tests.hostile.events import (
    CANARY,
    HANDLED,
    LIVE_CODE,
    LIVE_FLOW,
    LIVE_REPORT,
    LIVE_SESSION,
    LIVE_TOKEN,
    gateway_events,
    impossible_events,
    messages,
    reports,
)
from tests.world import EMAIL, World

DESCRIPTION = document()
AUDIT = Draft202012Validator(TypeAdapter(AuditRecord).json_schema(mode="serialization"))
UNLIMITED = pytest.mark.settings(
    RESET_LIMIT_PER_IDENTIFIER="0",
    RESET_LIMIT_PER_SOURCE="0",
    EMAIL_STYLE="both",
    CHANNELS="email,sms",
    ALLOWED_ORIGINS="http://localhost:8000",
)
pytestmark = UNLIMITED


@pytest.fixture
def hostile_world(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """A deployment with one account, whose metrics are written."""
    monkeypatch.setenv("POWERTOOLS_METRICS_DISABLED", "false")
    world.add_user()
    return world


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


def with_live(world: World, event: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return the event with secrets that work in the places that it has for them, and those to be told to nobody."""
    app, now, text = world.app, world.clock(), json.dumps(event)
    account = app.accounts.directory.get(world.user()["user_id"])
    assert account
    live = {}
    if LIVE_TOKEN in text:
        live[LIVE_TOKEN] = app.proofs.tokens.issue(account, "email", now)
    if LIVE_REPORT in text and app.proofs.reports:
        live[LIVE_REPORT], issuance = app.proofs.reports.issuance(
            account.user_id, EMAIL, "email", "email", changed_at=now, request="r", now=now
        )
        app.proofs.tokens.store(issuance)
    if LIVE_SESSION in text:
        live[LIVE_SESSION] = app.sessions.issue(account)
    if LIVE_FLOW in text or LIVE_CODE in text:
        live[LIVE_FLOW] = secrets.token_urlsafe(16)
        app.proofs.codes.prepare(live[LIVE_FLOW], EMAIL, "email", now)
        live[LIVE_CODE] = app.proofs.codes.issue(live[LIVE_FLOW], account, "email", now)
    for place, secret in live.items():
        text = text.replace(place, secret)
    changed: dict[str, Any] = json.loads(text)
    return changed, [*live.values(), EMAIL]


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
        note(ascii(event))
        event, told = with_live(hostile_world, event)
        listener.forget()
        answer = invoke(route, event, {})
        records = listener.records(*told)
        assert_documented(route, answer)
        assert [record for record in records if record["outcome"] == "failed"] == []
        assert len(records) == 1 + (route.authorized and answer["statusCode"] != 401)
        hostile_world.queued().clear()

    check()


def test_handlers_survive_what_no_gateway_sends(hostile_world: World, listener: Listener) -> None:
    """Row 44: the last resort is a documented answer too, and as silent."""

    @given(data=st.data(), name=st.sampled_from(["authorizer", *sorted(HANDLED)]))
    def check(data: st.DataObject, name: str) -> None:
        route = HANDLED.get(name, HANDLED["me"])
        event, told = with_live(hostile_world, data.draw(impossible_events(route)))
        event["methodArn"] = f"arn:aws:execute-api:us-east-1:123456789012:api/stage/{route.method}{route.path}"
        listener.forget()
        answer = function(name)(event, Context())
        listener.records(*told)
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


def test_a_report_is_noted_or_refused(hostile_world: World, listener: Listener) -> None:
    """Row 23: what is none of Amazon SES's is refused as a bad value, whose text repeats nothing of it."""
    tag = "cmVxdWVzdCN1c2VyI2VtYWls"
    samples = [sample(kind, to=f"{CANARY}@example.com", tag=tag) for kind in ("bounce", "complaint", "delivery")]

    @given(event=st.sampled_from(samples).flatmap(reports))
    def check(event: dict[str, Any]) -> None:
        note(ascii(event))
        listener.forget()
        refusal = ""
        try:
            function("feedback")(event, Context())
        except ValueError as error:  # Lambda tries again, then keeps it
            refusal = str(error)
        assert CANARY not in refusal
        listener.records()

    check()
