"""Operators stop, slow down, void and block, within a minute and without a deployment."""

import json
from collections import Counter
from typing import Any

import boto3
import pytest

from local import audit
from password_reset.errors import Superseded
from tests.wire import Wire, refusal, timeout
from tests.world import EMAIL, NEW_PASSWORD, World
from tools import firewall
from tools.commands import CommandError
from tools.levers import run

OPERATOR = "arn:aws:iam::123456789012:user/ada"
SOURCE = "203.0.113.7"


def pull(world: World, command: str) -> str:
    """Give a command, and let the time pass within which it takes effect."""
    told = run(world.app, command.split(), OPERATOR)
    world.clock.advance(60)
    return told


def outcomes(world: World, event: str) -> list[tuple[str, str | None, str | None]]:
    return [(record["outcome"], record["reason"], record["why"]) for record in world.audited(event)]


def test_a_silent_pause_answers_as_ever_and_sends_nothing(world: World) -> None:
    """Row 73: known and unknown alike; what was queued before is dropped; reset goes on."""
    world.add_user()
    token = world.token()
    assert world.forgot().status == 200
    pull(world, "pause silent")
    answers = [world.forgot(email) for email in (EMAIL, "nobody@example.com")]
    assert [(answer.status, sorted(answer.json)) for answer in answers] == [(200, ["flow", "message"])] * 2
    assert len(world.queued()) == 1
    world.pump()
    assert [mail["to"] for mail in world.mails()] == [[EMAIL]]
    assert outcomes(world, "deliver-reset")[-1] == ("refused", "paused", None)
    assert outcomes(world, "forgot-password")[-1] == ("refused", "paused", None)
    assert world.reset(token).status == 200
    world.pump()
    assert world.mails()[-1]["subject"] == "Your Example password was changed"
    pull(world, "resume")
    assert world.forgot("other@example.com").status == 200
    assert len(world.queued()) == 1


@pytest.mark.parametrize(("command", "resets"), [("pause refuse", 200), ("pause refuse --reset", 503)])
def test_a_refusing_pause_says_so(world: World, command: str, resets: int) -> None:
    """Row 73: 503 with a time to wait, before anything is counted."""
    world.add_user()
    token = world.token()
    pull(world, command)
    before = world.items("LIMITS_TABLE")
    answer = world.forgot()
    assert (answer.status, answer.json["code"], answer.headers["Retry-After"]) == (503, "unavailable", "300")
    assert answer.json["outcome"] == "unchanged"
    assert world.items("LIMITS_TABLE") == before
    assert outcomes(world, "forgot-password")[-1] == ("failed", "unavailable", "paused")
    assert world.verify(token).json["valid"] is True
    assert world.reset(token).status == resets
    pull(world, "clear")
    assert world.forgot().status == 200


def test_silent_with_resets_paused(world: World) -> None:
    """Row 73: nobody is told that a password was set which was not; the token stays usable."""
    world.add_user()
    token = world.token()
    pull(world, "pause silent --reset")
    refused = world.reset(token)
    assert [world.forgot().status, refused.status, refused.json["outcome"]] == [200, 503, "unchanged"]
    pull(world, "resume")
    assert world.reset(token).status == 200


@pytest.mark.settings(PAUSED="refuse+reset")
def test_a_pause_is_a_setting_too_which_an_operator_lifts(world: World) -> None:
    assert world.forgot().status == 503
    pull(world, "resume")
    assert world.forgot().status == 200


@pytest.mark.settings(EMAIL_STYLE="both")
def test_all_tokens_codes_and_sessions_are_void(world: World) -> None:
    """Row 73: those issued before; what is issued from then on is good."""
    world.add_user()
    session, (flow, code), token = world.signed_in(), world.code(), world.mailed_tokens()[-1]
    world.clock.advance(0.5)
    pull(world, "void-all")
    assert world.verify(token).json == {"valid": False}
    assert world.reset(token).json["code"] == "invalid_token"
    assert world.verify_code(flow, code).json["code"] == "invalid_code"
    assert world.me(session).status == 401
    assert [why for _, _, why in outcomes(world, "reset-password")] == ["void"]
    assert [why for _, _, why in outcomes(world, "verify-reset-code")] == ["void"]
    assert world.me(world.signed_in()).status == 200
    flow, code = world.code()
    exchanged = world.verify_code(flow, code).json["token"]
    assert world.reset(exchanged).status == 200


@pytest.mark.settings(TOKENS_NOT_BEFORE="2026-11-20T22:43:16Z", RESET_LIMIT_PER_IDENTIFIER="0")
def test_the_setting_and_the_command_void_together(world: World) -> None:
    """The later of both times holds: a restored item can't bring back what a deployment voided."""
    world.add_user()
    token = world.token()
    assert world.verify(token).json["valid"] is True
    pull(world, "void-all --before 2026-11-20T22:43:15Z")
    assert world.verify(token).json["valid"] is True
    pull(world, "void-all")
    assert world.verify(token).json == {"valid": False}
    pull(world, "void-all --before 2026-11-20T22:43:15Z")
    assert world.verify(token).json == {"valid": False}


def test_one_accounts_are_void_at_once(world: World) -> None:
    """Row 73: without a wait, for they are bound to the account; others are not touched."""
    user_id = world.add_user()
    world.add_user("other@example.com")
    session, token, others = world.signed_in(), world.token(), world.token("other@example.com")
    assert run(world.app, ["void-account", "DEMO@example.com"], OPERATOR) == (
        f"Void at once: tokens, codes and sessions of {user_id}."
    )
    assert world.verify(token).json == {"valid": False}
    assert world.me(session).status == 401
    assert world.verify(others).json["valid"] is True
    assert outcomes(world, "verify-reset-token")[0] == ("refused", "invalid_token", "superseded")
    assert run(world.app, ["void-account", "nobody@example.com"], OPERATOR) == "No account has this address."
    assert world.sign_in().status == 200


@pytest.mark.parametrize(
    ("blocked", "source", "is_blocked"),
    [
        ("203.0.113.7", SOURCE, True),
        ("203.0.113.0/24", SOURCE, True),
        ("203.0.113.8", SOURCE, False),
        ("2001:db8::/48", "2001:db8::7", True),
        ("2001:db8::7", "2001:db8::8", True),  # a source is its /64
        ("2001:db8:1::/48", "2001:db8::7", False),
        ("::/0", SOURCE, False),
        ("0.0.0.0/0", "test-invoke-source-ip", False),
    ],
)
def test_a_source_is_blocked(world: World, blocked: str, source: str, *, is_blocked: bool) -> None:
    """Row 73: at every endpoint that does something for it, and nothing is counted."""
    pull(world, f"block {blocked}")
    answer = world.forgot(source=source)
    assert answer.status == (429 if is_blocked else 200)
    if is_blocked:
        assert (answer.json["code"], answer.headers["Retry-After"]) == ("rate_limited", "3600")
        assert world.items("LIMITS_TABLE") == []
        assert world.verify_code("f" * 22, "12345678", source).status == 429
        assert world.sign_in(source=source).status == 429
        assert outcomes(world, "forgot-password") == [("refused", "rate_limited", "blocked")]
        pull(world, f"unblock {blocked}")
        assert world.forgot(source=source).status == 200


@pytest.mark.settings(BLOCKED_SOURCES="203.0.113.0/24,198.51.100.1")
def test_sources_are_blocked_by_a_setting_too(world: World) -> None:
    assert [world.forgot(source=source).status for source in (SOURCE, "198.51.100.1", "198.51.100.2")] == [
        429,
        429,
        200,
    ]


def test_a_blocked_source_has_no_session(world: World) -> None:
    world.add_user()
    session = world.signed_in()
    pull(world, f"block {SOURCE}")
    assert world.me(session).status == 401


def test_limits_change_and_counts_are_kept(world: World) -> None:
    """Row 73: an attacker gets no fresh budget by a raised or lowered limit."""
    assert [world.forgot().status for _ in range(4)] == [200, 200, 200, 429]
    pull(world, "limit identifier 4")
    assert [world.forgot().status for _ in range(2)] == [200, 429]
    pull(world, "limit identifier 2")
    assert world.forgot().status == 429
    pull(world, "limit identifier default")
    assert world.forgot().status == 429
    pull(world, "limit source 4")
    assert world.forgot("other@example.com").status == 429
    told = pull(world, "limit identifier 0")
    assert told.splitlines()[0] == (
        "0 turns this limit off: nothing limits these requests any more. To refuse requests instead, use `pause`."
    )
    assert world.forgot(source="198.51.100.1").status == 200


def test_sources_are_revealed_for_a_while(world: World) -> None:
    """Break-glass: announced in the history, and off by itself."""
    world.forgot()
    pull(world, "reveal-sources 1")
    world.forgot()
    world.clock.advance(3600)
    world.forgot()
    assert [record["sourceAddress"] for record in world.audited("forgot-password")] == [None, SOURCE, None]
    assert world.app.change_levers.history()[-1]["by"] == OPERATOR


def test_a_warm_request_makes_no_call_more(world: World, wire: Wire) -> None:
    """One read of one item at a cold start, and one every fifty seconds."""
    world.forgot()
    read = [call for call in wire.calls if call[0] == "dynamodb.GetItem"]
    assert [parameters["TableName"] for _, parameters in read] == [world.environment["LEVERS_TABLE"]]
    wire.calls.clear()
    world.clock.advance(49)
    world.forgot()
    assert wire.operations() == ["dynamodb.UpdateItem"] * 2 + ["sqs.SendMessage"]
    wire.calls.clear()
    world.clock.advance(1)
    world.forgot()
    assert Counter(wire.operations())["dynamodb.GetItem"] == 1


@pytest.mark.parametrize("fault", [refusal("ThrottlingException"), timeout], ids=["throttled", "timed out"])
def test_what_was_known_holds_while_it_cannot_be_read(world: World, wire: Wire, fault: Any) -> None:
    """A pause outlives an outage of its table; who knows nothing yet answers 503, and takes nothing."""
    with wire.always_failing("dynamodb.GetItem", fault):
        answer = world.forgot()
        assert (answer.status, answer.json["code"], answer.json["outcome"]) == (503, "unavailable", "unchanged")
    assert world.queued() == []
    pull(world, "pause refuse")
    assert world.forgot().status == 503
    with wire.always_failing("dynamodb.GetItem", fault):
        world.clock.advance(3600)
        assert world.forgot().status == 503
        assert outcomes(world, "forgot-password")[-1] == ("failed", "unavailable", "paused")
    pull(world, "resume")
    assert world.forgot().status == 200


def test_every_change_is_on_record(world: World) -> None:
    """Row 73: who, when and what, in one write with the change."""
    world.add_user()
    for command in ("block 198.51.100.0/24", "pause silent", "void-account demo@example.com", "clear"):
        pull(world, command)
    history = world.app.change_levers.history()
    assert [(change["by"], change["lever"][:20]) for change in history] == [
        (OPERATOR, "2026-11-20T22:43:16Z"),
        (OPERATOR, "2026-11-20T22:44:16Z"),
        (OPERATOR, "2026-11-20T22:45:16Z"),
        (OPERATOR, "2026-11-20T22:46:16Z"),
    ]
    assert [change["changes"] for change in history] == [
        {"blocked": ["198.51.100.0/24"]},
        {"paused": "silent"},
        {"void_account": world.user()["user_id"]},
        {"blocked": None, "paused": None},
    ]
    assert run(world.app, ["history"], OPERATOR).count("\n") == 3
    assert sorted(json.loads(run(world.app, ["show"], OPERATOR))) == ["revision"]
    assert [record["outcome"] for record in audit.records() if record["event"] == "levers"] == ["accepted"] * 4


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("void-all --before 2027-01-01T00:00:00Z", "must be past"),
        ("void-all --before 2026-01-01T00:00:00", "needs a zone"),
        ("void-all --before yesterday", "is no time"),
        ("block example.com", "is no address or network"),
        ("limit identifier 101", "from 0 (off) to 100"),
        ("limit identifier many", "from 0 (off) to 100"),
        ("limit account 1", "invalid choice: 'account'"),
        ("reveal-sources 25", "invalid choice: 25"),
        ("pause loudly", "invalid choice: 'loudly'"),
        ("void-account nobody", "is no email address"),
        ("stop", "invalid choice: 'stop'"),
    ],
)
def test_what_cannot_be_meant_is_told(world: World, command: str, told: str) -> None:
    with pytest.raises(CommandError, match=told.replace("(", r"\(").replace(")", r"\)")):
        run(world.app, command.split(), OPERATOR)
    assert world.items("LEVERS_TABLE") == []


def test_two_hundred_sources_are_the_most(world: World) -> None:
    world.app.change_levers(lambda _: {"blocked": [f"10.0.{i}.0/24" for i in range(200)]}, by=OPERATOR)
    with pytest.raises(CommandError, match="200 sources are blocked"):
        run(world.app, ["block", "10.1.0.0/24"], OPERATOR)


def test_two_operators_at_once_lose_nothing(world: World) -> None:
    """A change is made over what is there; who was overtaken makes it again over what the other left."""
    rivals = iter([{"paused": "silent"}, {}])

    def block(item: Any) -> dict[str, Any]:
        if rival := next(rivals, None):
            world.app.change_levers(lambda _: rival, by="arn:aws:iam::123456789012:user/bob")
        return {"blocked": sorted({*item.get("blocked", ()), SOURCE})}

    after = world.app.change_levers(block, by=OPERATOR)
    assert (after["paused"], after["blocked"]) == ("silent", [SOURCE])

    def overtaken(_: Any) -> dict[str, Any]:
        world.app.change_levers(lambda _: {}, by=OPERATOR)
        return {}

    with pytest.raises(Superseded):
        world.app.change_levers(overtaken, by=OPERATOR)


def test_why_a_token_was_refused_is_in_the_audit_alone(world: World) -> None:
    """Callers hear one answer; records say why, and which token it was by the first characters of its hash."""
    world.add_user()
    token = world.token()
    world.reset("A" * 43)
    world.reset(token, NEW_PASSWORD)
    answers = [world.reset(token), world.reset("A" * 43)]
    assert answers[0].json["detail"] == answers[1].json["detail"]
    records = world.audited("reset-password")
    assert [record["why"] for record in records] == ["unknown", None, "used", "unknown"]
    (stored,) = world.items("RESET_TOKENS_TABLE")
    assert records[1]["token"] == records[2]["token"] == stored["token_hash"][:12]
    assert records[0]["token"] not in {None, records[1]["token"]}
    world.clock.advance(3600)
    late = world.token()
    world.clock.advance(900)
    world.verify(late)
    assert world.audited("verify-reset-token")[-1]["why"] == "expired"


def test_changes_of_one_second_are_told_in_their_order(world: World) -> None:
    """Row 73: who paused, and who ended it, must not be told the other way round."""
    for places in range(8):
        run(world.app, ["limit", "source", str(places)], OPERATOR)
        world.clock.advance(0.001)
    told = [change["changes"]["limit_per_source"] for change in world.app.change_levers.history()]
    assert told == list(range(8))


def test_the_firewall_blocks_the_same_sources(world: World) -> None:
    """Row 73: where there is one, each network is in the list of its kind, and what is unblocked is in none."""
    client, place = boto3.client("wafv2", region_name="us-east-1"), {"Scope": "REGIONAL"}
    sets = []
    for version in ("IPV4", "IPV6"):
        made = client.create_ip_set(Name=version, IPAddressVersion=version, Addresses=[], **place)["Summary"]
        sets.append(f"{made['Name']}|{made['Id']}|REGIONAL")

    def lists() -> list[list[str]]:
        found = [client.get_ip_set(Name=one.split("|")[0], Id=one.split("|")[1], **place) for one in sets]
        return [answer["IPSet"]["Addresses"] for answer in found]

    for command, expected in (
        ("block 198.51.100.0/24", [["192.0.2.1/32", "198.51.100.0/24"], []]),
        ("block 2001:db8::/48", [["192.0.2.1/32", "198.51.100.0/24"], ["2001:db8::/48"]]),
        ("unblock 198.51.100.0/24", [["192.0.2.1/32"], ["2001:db8::/48"]]),
        ("clear", [["192.0.2.1/32"], []]),
    ):
        run(world.app, command.split(), OPERATOR)
        blocked = world.app.change_levers.blocked(["192.0.2.1/32"])
        assert firewall.block(sets, blocked, lambda _: client) == 2
        assert lists() == expected
    assert firewall.block([], ["192.0.2.1/32"]) == 0
