"""POST /auth/forgot-password: the same for everybody, and at most so often."""

import json
import re
from typing import Any

import pytest

from tests.wire import Fault, Wire, refusal, timeout
from tests.world import EMAIL, Answer, World

FORGOT = "/auth/forgot-password"
MESSAGE = "If an account exists for that address, password reset instructions have been sent."


def told(answer: Answer) -> tuple[int, dict[str, str], dict[str, object]]:
    """Everything in an answer that may not depend on the account."""
    varying = {"flow", "requestId"}
    body = {name: value for name, value in answer.json.items() if name not in varying}
    return answer.status, dict(answer.headers), body


def test_everybody_gets_the_same_answer(world: World) -> None:
    """Row 1: known, unknown, disabled and undeliverable accounts differ in no byte but the flow."""
    world.add_user("known@example.com")
    world.add_user("disabled@example.com", disabled=True)
    world.add_user("undeliverable@xn--zckzah.example")
    addresses = ["known@example.com", "unknown@example.com", "disabled@example.com", "undeliverable@xn--zckzah.example"]

    answers = [world.forgot(address) for address in addresses]

    status, headers, body = told(answers[0])
    assert (status, body) == (200, {"message": MESSAGE})
    assert headers["Content-Type"] == "application/json"
    assert [told(answer) for answer in answers] == [told(answers[0])] * 4
    flows = [answer.json["flow"] for answer in answers]
    assert len(set(flows)) == 4
    assert {len(flow) for flow in flows} == {22}
    assert len({len(answer.body) for answer in answers}) == 1


def traces(world: World, wire: Wire) -> list[list[tuple[str, dict[str, Any]]]]:
    """Return the AWS calls of ten requests, for a known and an unknown address by turns."""
    world.forgot("warm@example.com")
    found = []
    for number in range(5):
        world.add_user(f"user{number}@known.example", password=None)
        for kind in ("known", "other"):
            wire.calls.clear()
            assert world.forgot(f"user{number}@{kind}.example", f"10.0.0.{number}").status == 200
            found.append(list(wire.calls))
    return found


def test_the_work_is_the_same_for_everybody(world: World, wire: Wire) -> None:
    """Row 2: one sequence of AWS calls, none of them on an account. `make bench` measures what time they take."""
    limits = world.environment["LIMITS_TABLE"]
    shapes = [[(call, sorted(told), told.get("TableName")) for call, told in trace] for trace in traces(world, wire)]
    assert shapes == [shapes[0]] * 10
    assert [(operation, table) for operation, _, table in shapes[0]] == [
        ("dynamodb.UpdateItem", limits),
        ("dynamodb.UpdateItem", limits),
        ("sqs.SendMessage", None),
    ]


def test_a_look_up_would_be_seen(world: World, wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    """Row 2: the measure above tells a known address from another where the account is looked up."""
    send, directory = world.app.delivery.queue.send, world.app.accounts.directory

    def look_up(message: Any) -> None:
        directory.find(message.email, most=1)
        send(message)

    monkeypatch.setattr(world.app.delivery.queue, "send", look_up)
    asked = ["dynamodb.UpdateItem", "dynamodb.UpdateItem", "dynamodb.Query"]
    known, other = [*asked, "dynamodb.BatchGetItem", "sqs.SendMessage"], [*asked, "sqs.SendMessage"]
    assert [[call for call, _ in trace] for trace in traces(world, wire)] == [known, other] * 5


@pytest.mark.settings(RESET_LIMIT_PER_IDENTIFIER="0", RESET_LIMIT_PER_SOURCE="0")
def test_asking_changes_nothing_about_the_account(world: World) -> None:
    """Row 3: after 50 requests the old password and the session work, and the account is what it was."""
    world.add_user()
    before, session = world.user(), world.signed_in()
    assert {world.forgot().status for _ in range(50)} == {200}
    world.pump()
    assert len(world.mails()) == 50
    assert world.user() == before
    assert world.me(session).status == world.sign_in().status == 200


@pytest.mark.moto_too
def test_an_identifier_may_ask_three_times_an_hour_known_or_not(world: World) -> None:
    """Rows 1 and 4: the fourth is refused alike, until the first has left the window."""
    world.add_user("known@example.com")
    refusals = []
    for address in ("known@example.com", "unknown@example.com"):
        accepted = [world.forgot(spelling) for spelling in (address, address.upper(), f" {address} ")]
        assert [answer.status for answer in accepted] == [200] * 3
        refusals.append(world.forgot(address))
    assert told(refusals[0]) == told(refusals[1])
    status, headers, body = told(refusals[0])
    assert (status, headers["Retry-After"], body["code"]) == (429, "3600", "rate_limited")


@pytest.mark.moto_too
def test_the_window_slides_exactly(world: World) -> None:
    """Refusals are not counted, and each accepted request frees its place an hour later, to the second.

    When that is, is told in whole minutes: to the second it would tell when somebody asked.
    """
    for gap in (0, 600, 600):
        world.clock.advance(gap)
        assert world.forgot().status == 200
    for passed, wait in ((0, "2400"), (1, "2400"), (59, "2340"), (2339, "60")):
        world.clock.advance(passed)
        refused = world.forgot()
        assert (refused.status, refused.headers["Retry-After"]) == (429, wait)
    world.clock.advance(1)
    assert world.forgot().status == 200
    assert world.forgot().headers["Retry-After"] == "600"


@pytest.mark.moto_too
def test_a_source_may_ask_thirty_times_an_hour(world: World) -> None:
    """Row 4: the source is counted first, so its refusal costs the identifier nothing."""
    assert [world.forgot(f"user{n}@example.com").status for n in range(30)] == [200] * 30
    assert world.forgot("victim@example.com").status == 429
    assert [world.forgot("victim@example.com", source="198.51.100.1").status for _ in range(4)] == [200, 200, 200, 429]


def test_a_source_is_what_the_gateway_says(world: World) -> None:
    """Row 5: no header moves a request to another bucket."""
    headers = [{name: f"192.0.2.{n}"} for n in range(1, 11) for name in ("X-Forwarded-For", "X-Real-IP", "Forwarded")]
    statuses = [
        world.call(FORGOT, {"email": f"user{n}@example.com"}, spoofed).status for n, spoofed in enumerate(headers)
    ]
    assert statuses == [200] * 30
    assert world.forgot("last@example.com").status == 429


def test_an_ipv6_source_is_its_network(world: World) -> None:
    """A subscriber has a whole /64 to rotate in."""
    statuses = [world.forgot(f"user{n}@example.com", source=f"2001:db8::{n:x}").status for n in range(31)]
    assert statuses == [200] * 30 + [429]
    assert world.forgot("other@example.com", source="2001:db8:0:1::1").status == 200


@pytest.mark.settings(RESET_LIMIT_PER_IDENTIFIER="0", RESET_LIMIT_PER_SOURCE="0")
def test_a_limit_of_zero_is_off(world: World) -> None:
    assert {world.forgot().status for _ in range(40)} == {200}
    assert world.items("LIMITS_TABLE") == []


@pytest.mark.settings(RESET_LIMIT_PER_IDENTIFIER="1", RESET_LIMIT_WINDOW_SECONDS="10")
def test_limit_and_window_are_settings(world: World) -> None:
    assert [world.forgot().status, world.forgot().headers["Retry-After"]] == [200, "60"]
    world.clock.advance(10)
    assert world.forgot().status == 200


@pytest.mark.settings(RESET_LIMIT_PER_IDENTIFIER="100", RESET_LIMIT_PER_SOURCE="0")
@pytest.mark.engine
def test_the_largest_limit_counts_to_a_hundred(engine_world: World) -> None:
    assert [engine_world.forgot().status for _ in range(101)] == [200] * 100 + [429]


def test_the_limits_table_names_nobody(world: World) -> None:
    """Buckets are keyed pseudonyms, and native TTL clears them once their window has passed."""
    world.forgot()
    for item in world.items("LIMITS_TABLE"):
        assert EMAIL not in str(item)
        assert "203.0.113.7" not in str(item)
        assert len(item["bucket"]) == 64
        assert item["expires_at"] == int(world.clock().timestamp()) + 3601


FAULTS = {
    "throttled limits": ("dynamodb.UpdateItem", refusal("ThrottlingException")),
    "missing limits table": ("dynamodb.UpdateItem", refusal("ResourceNotFoundException")),
    "silent limits": ("dynamodb.UpdateItem", timeout),
    "failing queue": ("sqs.SendMessage", refusal("ServiceUnavailable", 503)),
    "silent queue": ("sqs.SendMessage", timeout),
    "missing pepper": ("secretsmanager.GetSecretValue", refusal("ResourceNotFoundException")),
}


@pytest.mark.parametrize(("operation", "fault"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_the_same_for_everybody(world: World, wire: Wire, operation: str, fault: Fault) -> None:
    """Rows 1 and 38: limits fail closed, and a caller learns nothing about the account or the fault."""
    world.add_user("known@example.com")
    with wire.always_failing(operation, fault):
        answers = [world.forgot(address) for address in ("known@example.com", "unknown@example.com")]
    assert told(answers[0]) == told(answers[1])
    status, headers, body = told(answers[0])
    assert (status, headers["Retry-After"], body["code"]) == (503, "5", "unavailable")
    assert "canary" not in answers[0].body
    assert world.queued() == []


def test_a_refused_mail_does_not_reach_the_caller(world: World, wire: Wire) -> None:
    """Row 1: the provider answers a worker, later."""
    world.add_user()
    with wire.always_failing("email.SendEmail", refusal("MessageRejected")):
        assert world.forgot().status == 200
        world.hasten()


@pytest.mark.parametrize(
    "address",
    ["demo@example.com", "DEMO@EXAMPLE.COM", "  demo@example.com ", "Demo@eXample.Com"],
)
def test_spellings_of_one_address_reach_its_account(world: World, address: str) -> None:
    """Row 8: and the mail goes to the address as it is stored."""
    world.add_user("Demo@Example.com")
    world.forgot(address)
    world.pump()
    assert [mail["to"] for mail in world.mails()] == [["Demo@example.com"]]


@pytest.mark.parametrize(
    ("stored", "submitted"),
    [
        ("mike@example.com", "mıke@example.com"),
        ("kelvin@example.com", "\u212aelvin@example.com"),
        ("susan@example.com", "ſuſan@example.com"),
        ("strasse@example.com", "straße@example.com"),
        ("demo@example.com", "demo＠example.com"),
        ("demo@kelvin.example", "demo@\u212aelvin.example"),
        ("demo@strasse.example", "demo@straße.example"),
        ("demo@example.com", "d\u0435mo@example.com"),
    ],
)
def test_a_lookalike_is_somebody_else(world: World, stored: str, submitted: str) -> None:
    """Row 8: folding beyond ASCII would mail one person's link for another's request."""
    world.add_user(stored)
    assert world.forgot(submitted).status in {200, 400}
    world.pump()
    assert world.mails() == []


def test_an_international_domain_is_one_in_both_spellings(world: World) -> None:
    world.add_user("demo@bücher.example")
    world.forgot("demo@xn--bcher-kva.example")
    world.pump()
    assert [mail["to"] for mail in world.mails()] == [["demo@xn--bcher-kva.example"]]


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.test"},
        {"X-Forwarded-Host": "evil.test"},
        {"Forwarded": "host=evil.test"},
        {"Origin": "https://evil.test"},
        {"Referer": "https://evil.test/"},
    ],
)
def test_no_header_reaches_the_link(world: World, headers: dict[str, str]) -> None:
    """Row 6: nor anything else in the mail (CVE-2023-39655)."""
    world.add_user()
    world.call(FORGOT, {"email": EMAIL}, headers)
    world.pump()
    (mail,) = world.mails()
    assert "http://127.0.0.1:8000/reset-password?lang=en#token=" in mail["text"]
    assert "evil" not in str(mail)


@pytest.mark.settings(CHANNELS="email")
def test_a_channel_that_is_not_enabled_is_refused_for_everybody(world: World) -> None:
    world.add_user("known@example.com")
    answers = [world.forgot(address, channel="sms") for address in ("known@example.com", "unknown@example.com")]
    assert told(answers[0]) == told(answers[1])
    assert (answers[0].status, answers[0].json["code"]) == (400, "invalid_request")
    assert answers[0].json["errors"] == [{"field": "channel", "code": "not_enabled", "message": "One of email."}]
    assert world.forgot("known@example.com", channel="email").status == 200
    assert [record["channel"] for record in world.audited("forgot-password")] == [None, None, "email"]


@pytest.mark.parametrize(
    ("locale", "language"),
    [
        ("de", "de"),
        ("de_AT", "de"),
        ("ar-EG-u-nu-latn", "ar"),
        ("en-GB", "en"),
        ("xx", "en"),
        ("zh-Hant-TW", "zh-Hant"),
        ("tlh-Piqd-US", "en"),
        ("", "en"),
        (None, "en"),
        ("e", "en"),
        ("<b>", "en"),
        ("../../etc/passwd", "en"),
        ("en\n\0", "en"),
        ("x" * 300, "en"),
        ("\ud83d\ude00", "en"),
    ],
)
def test_a_locale_is_a_hint(world: World, locale: str | None, language: str) -> None:
    """Whatever it is, it costs no mail; nothing of it but a tag goes on."""
    world.add_user()
    assert world.forgot(locale=locale).status == 200
    (queued,) = world.queued()
    assert re.fullmatch(r"[a-z0-9-]{0,35}", json.loads(queued.body)["locale"])
    world.pump()
    (mail,) = world.mails()
    assert mail["headers"]["Content-Language"] == language
