"""Whatever comes in: a documented answer, no fault, and nothing of it in a log."""

import json
import secrets
from collections.abc import Iterator, Mapping
from io import StringIO
from pathlib import Path
from traceback import format_exception
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject, SearchStrategy
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from infra.routes import ROUTES
from local import outbox
from local.gateway import Context, function, invoke
from local.openapi import document
from password_reset.feedback import UnreadableEvent
from password_reset.messages import parse
from password_reset.problems import SECURITY_HEADERS
from tests.fuzz.events import CANARY, addresses, changed, gateway_events, texts
from tests.world import EMAIL, NEW_PASSWORD, PASSWORD, World

UNLIMITED = pytest.mark.settings(
    RESET_LIMIT_PER_IDENTIFIER="0", RESET_LIMIT_PER_SOURCE="0", EMAIL_STYLE="both", CHANNELS="email,sms"
)
DESCRIPTION = document()
FUNCTIONS = [route for route in ROUTES if route.function]
SAMPLES = Path(__file__).parents[1] / "events"

LIVE = "live-"
MEMBERS: dict[str, SearchStrategy[str]] = {
    "email": st.just(EMAIL) | addresses,
    "password": st.just(PASSWORD) | texts,
    "locale": st.sampled_from(["en", "de", "xx"]) | texts,
    "channel": st.sampled_from(["email", "sms", "whatsapp"]) | texts,
    "token": st.just(f"{LIVE}token") | st.from_regex(r"\A[A-Za-z0-9_-]{37}\Z").map(f"{CANARY}{{}}".format),
    "newPassword": st.just(NEW_PASSWORD) | texts,
    "flow": st.just(f"{LIVE}flow") | st.from_regex(r"\A[A-Za-z0-9_-]{16}\Z").map(f"{CANARY}{{}}".format),
    "code": st.just(f"{LIVE}code") | st.from_regex(r"\A[0-9]{8}\Z") | texts,
}

pytestmark = UNLIMITED


@pytest.fixture
def quiet(moto_world: World, log: StringIO, capsys: pytest.CaptureFixture[str], monkeypatch: Any) -> Iterator[World]:
    """A world with an account, whose logs and metrics are searched once everything was sent."""
    monkeypatch.setenv("POWERTOOLS_METRICS_DISABLED", "false")
    moto_world.add_user()
    yield moto_world
    told = log.getvalue() + capsys.readouterr().out
    assert moto_world.environment["PEPPER_SECRET"] not in told
    for secret in (CANARY, "Traceback", PASSWORD, NEW_PASSWORD):
        assert secret not in told
    assert all(json.loads(line) for line in log.getvalue().splitlines())


def assert_documented(path: str, method: str, answer: Mapping[str, Any]) -> None:
    """The status, headers and body are described, and the status is no fault."""
    status, headers, body = answer["statusCode"], answer["headers"], answer["body"]
    assert status < 500
    described = DESCRIPTION["paths"][path][method.lower()]["responses"][str(status)]
    assert SECURITY_HEADERS.items() <= headers.items()
    assert described.get("headers", {}).keys() - {"Retry-After"} <= headers.keys()
    if status == 204:
        assert body == ""
        return
    schema = described["content"][headers["Content-Type"]]["schema"]
    Draft202012Validator({**schema, "components": DESCRIPTION["components"]}).validate(json.loads(body))


@pytest.mark.parametrize("route", FUNCTIONS, ids=lambda route: route.function)
@given(data=st.data())
def test_every_request_gets_a_documented_answer(quiet: World, route: Any, data: DataObject) -> None:
    """Rows 7, 23, 28, 41, 42, 44 and 45: strangers make no fault, and what they send is logged nowhere."""
    request = DESCRIPTION["paths"][route.path][route.method.lower()].get("requestBody", {"content": {}})
    model = next((content["schema"]["$ref"].rpartition("/")[2] for content in request["content"].values()), None)
    members = DESCRIPTION["components"]["schemas"][model]["properties"] if model else {}
    event = data.draw(gateway_events({name: MEMBERS[name] for name in members}, st.just(f"Bearer {LIVE}session")))
    assert_documented(route.path, route.method, invoke(route, with_live_secrets(quiet, event), {}))


def with_live_secrets(world: World, event: dict[str, Any]) -> dict[str, Any]:
    """Put what is good for one use where an event says `LIVE`."""
    text, now, app = json.dumps(event), world.clock(), world.app
    if LIVE not in text:
        return event
    account = app.users.get(world.user()["user_id"])
    assert account
    flow = secrets.token_urlsafe(16)
    app.codes.prepare(flow, EMAIL, "email", now)
    live = {
        "token": app.tokens.issue(account, "email", now),
        "flow": flow,
        "code": app.codes.issue(flow, account, "email", now),
        "session": app.sessions.issue(account),
    }
    for name, secret in live.items():
        text = text.replace(LIVE + name, secret)
    with_secrets: dict[str, Any] = json.loads(text)
    return with_secrets


@given(data=st.data())
def test_the_authorizer_always_answers_with_a_policy(quiet: World, data: DataObject) -> None:
    """Rows 17 and 38: what is no session of ours is denied."""
    bearer = data.draw(texts | st.from_regex(r"\Aey[A-Za-z0-9_-]+\.ey[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\Z"))
    event = data.draw(gateway_events({}, st.just(f"Bearer {CANARY}{bearer}")))
    arn = "arn:aws:execute-api:us-east-1:123456789012:api/stage/GET/auth/me"
    policy = function("authorizer")({**event, "methodArn": arn}, Context())
    assert policy["policyDocument"]["Statement"] == [
        {"Action": "execute-api:Invoke", "Effect": "Deny", "Resource": arn}
    ]


@given(data=st.data())
def test_bad_messages_go_back_alone(quiet: World, data: DataObject) -> None:
    """Row 54: what cannot be read is told to the queue, and what lies beside it is mailed all the same."""
    quiet.forgot()
    good = quiet.queued().pop().body
    outbox.clear()
    sample = json.loads(good) | {"email": f"{CANARY}@example.com"}
    bad = data.draw(st.lists(changed(sample).map(json.dumps) | texts, max_size=4))
    bodies = [*bad, good]
    records = [{"messageId": str(i), "body": body, "eventSource": "aws:sqs"} for i, body in enumerate(bodies)]
    failures = function("deliver")({"Records": records}, Context())["batchItemFailures"]
    failed = {int(failure["itemIdentifier"]) for failure in failures}
    assert {number for number, body in enumerate(bad) if not is_readable(body)} <= failed
    assert len(bad) not in failed
    assert [mail["to"] for mail in quiet.mails()] == [[EMAIL]]


def is_readable(body: str) -> bool:
    try:
        parse(body)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("kind", ["bounce", "complaint", "delivery"])
@given(data=st.data())
def test_a_report_is_noted_or_refused_as_what_it_is(quiet: World, kind: str, data: DataObject) -> None:
    """Row 23: and a refusal, which Lambda logs, quotes nothing."""
    sample = json.loads((SAMPLES / f"ses-{kind}.json").read_text("utf-8"))
    event, told = {**sample, "detail": data.draw(changed(sample["detail"]))}, ""
    try:
        function("feedback")(event, Context())
    except UnreadableEvent as refusal:
        told = "".join(format_exception(refusal))
    assert CANARY not in told
