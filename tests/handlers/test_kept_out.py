"""Nobody is kept out: whoever uses an identifier's places up, its owner has something that works from any browser."""

from collections.abc import Callable
from typing import Any

import pytest

from local.graph import graph
from tests.handlers.test_forgot import told
from tests.handlers.test_phones import PHONE, texted_code
from tests.wire import Wire, refusal
from tests.world import EMAIL, World

STRANGER = "198.51.100.1"
PHONES = {"CHANNELS": "email,sms,whatsapp"}
WITH_PHONE: dict[str, Any] = {"phone": PHONE, "phoneVerified": True}


def live_links(world: World) -> list[str]:
    return [token for token in world.mailed_tokens() if world.verify(token).json["valid"]]


@pytest.mark.parametrize("members", [WITH_PHONE, {}], ids=["phone", "no phone"])
@pytest.mark.parametrize(
    ("settings", "channel"),
    [
        ({}, "email"),
        ({"EMAIL_STYLE": "code"}, "email"),
        ({"EMAIL_STYLE": "both"}, "email"),
        (PHONES, "sms"),
        (PHONES, "whatsapp"),
        ({**PHONES, "FALLBACK_CHANNEL": "sms", "EMAIL_STYLE": "code"}, "email"),
        ({**PHONES, "FALLBACK_CHANNEL": "email", "EMAIL_STYLE": "code"}, "sms"),
        ({"RESET_LIMIT_PER_IDENTIFIER": "1", "EMAIL_STYLE": "code"}, "email"),
    ],
    ids=str,
)
def test_the_last_place_is_a_mailed_link_that_lives_until_one_falls_free(
    world: World, settings: dict[str, str], channel: str, members: dict[str, Any]
) -> None:
    """Row 62: a stranger's three requests leave the owner a link, for as long as nobody can ask for another."""
    world.add_user(**members)
    limit = int(settings.get("RESET_LIMIT_PER_IDENTIFIER", "3"))
    for _ in range(limit):
        assert world.forgot(source=STRANGER, channel=channel).status == 200
        world.pump()
        world.clock.advance(60)
    assert world.forgot().status == 429
    last = world.mailed_tokens()[-1]
    world.clock.advance(3600 - limit * 60 - 1)
    assert world.forgot().status == 429
    assert world.verify(last).json["expiresAt"] == "2026-11-20T23:43:16Z"
    world.clock.advance(1)
    assert world.verify(last).json == {"valid": False}
    assert world.forgot().status == 200


@pytest.mark.parametrize(("settings", "channel"), [({"EMAIL_STYLE": "code"}, "email"), (PHONES, "sms")], ids=str)
def test_a_stranger_who_takes_every_place_keeps_nobody_out(
    world: World, settings: dict[str, str], channel: str
) -> None:
    """Row 62: whenever a place falls free the stranger takes it; whenever the owner is refused, a link works."""
    world.add_user(**WITH_PHONE)
    refused = 0
    for minute in range(0, 180, 7):
        while world.forgot(source=f"10.0.0.{minute}", channel=channel).status == 200:
            world.pump()
        refused += 1
        assert world.verify(world.mailed_tokens()[-1]).json["valid"], minute
        world.clock.advance(7 * 60)
    assert refused == 26


@pytest.mark.settings(**PHONES)
def test_the_last_places_link_resets(world: World) -> None:
    """Row 62: and it's the owner's, though a stranger has the flow."""
    world.add_user(**WITH_PHONE)
    for _ in range(3):
        flow = world.forgot(source=STRANGER, channel="sms").json["flow"]
    world.pump()
    world.clock.advance(50 * 60)
    assert world.verify_code(flow, "20471163").json["code"] == "invalid_code"
    assert world.reset(world.mailed_tokens()[-1]).status == 200


@pytest.mark.settings(**PHONES)
def test_where_no_mail_arrives_the_last_place_is_a_code(world: World) -> None:
    """Row 62: an owner whose address bounces has the phone alone."""
    world.add_user(**WITH_PHONE)
    world.app.delivery.suppressions.add(EMAIL, "bounced", world.clock())
    flows = [world.forgot(channel="sms").json["flow"] for _ in range(3)]
    world.pump()
    assert [message["channel"] for message in world.mails()] == ["sms"] * 3
    assert world.verify_code(flows[-1], texted_code(world.mails()[-1])).status == 200


@pytest.mark.parametrize(("waited", "mailed"), [(899, [1, 1, 1]), (900, [0, 0, 1]), (3599, [0, 0, 1]), (3600, [0] * 3)])
def test_a_late_link_of_the_last_place_is_still_of_use(world: World, waited: int, mailed: list[int]) -> None:
    """Row 62: while nobody can ask for another one."""
    world.add_user()
    for _ in range(3):
        assert world.forgot().status == 200
    world.clock.advance(waited)
    world.pump()
    assert len(world.mails()) == sum(mailed)
    assert len(live_links(world)) == sum(mailed)


@pytest.mark.settings(RESET_LIMIT_WINDOW_SECONDS="86400")
def test_no_link_lives_longer_than_an_hour(world: World) -> None:
    """Row 62: whatever the window."""
    world.add_user()
    for _ in range(3):
        world.forgot()
    world.pump()
    world.clock.advance(3599)
    assert len(live_links(world)) == 1
    world.clock.advance(1)
    assert live_links(world) == []


def test_the_mail_says_how_long_its_link_works(world: World) -> None:
    world.add_user()
    for _ in range(3):
        world.forgot()
        world.clock.advance(60)
    world.pump()
    assert [("15 minutes" in mail["text"], "57 minutes" in mail["text"]) for mail in world.mails()] == [
        (True, False),
        (True, False),
        (False, True),
    ]


def no_phone(world: World, _: Wire) -> None:
    world.add_user()


def unverified(world: World, _: Wire) -> None:
    world.add_user(phone=PHONE, phoneVerified=False)


def abroad(world: World, _: Wire) -> None:
    world.add_user(phone="+8613912345678", phoneVerified=True)


def no_number(world: World, wire: Wire) -> None:
    world.add_user(**WITH_PHONE)
    wire.fail("sns.Publish", refusal("InvalidParameter"))


def unreachable(world: World, _: Wire) -> None:
    world.add_user(**WITH_PHONE)
    graph.failures.append(131026)


@pytest.mark.settings(**PHONES, EMAIL_STYLE="code")
@pytest.mark.parametrize(
    ("channel", "begin", "reason"),
    [
        ("sms", no_phone, "no_verified_phone"),
        ("whatsapp", no_phone, "no_verified_phone"),
        ("sms", unverified, "no_verified_phone"),
        ("sms", abroad, "country_not_allowed"),
        ("sms", no_number, "number_refused"),
        ("whatsapp", unreachable, "number_unreachable"),
    ],
)
def test_what_no_phone_takes_becomes_a_mailed_link(
    world: World, wire: Wire, channel: str, begin: Callable[[World, Wire], None], reason: str
) -> None:
    """Rows 1 and 62: a link, for a code would belong to whoever asked; and the caller sees nothing of it."""
    begin(world, wire)
    known, unknown = (world.forgot(address, channel=channel) for address in (EMAIL, "unknown@example.com"))
    world.pump()
    assert told(known) == told(unknown)
    (mail,) = world.mails()
    assert (mail["channel"], mail["to"]) == ("email", [EMAIL])
    assert world.mailed_codes() == []
    refused, sent = (record for record in world.audited("deliver-reset") if record["userId"])
    assert (refused["channel"], refused["reason"]) == (channel, reason)
    assert (sent["channel"], sent["outcome"]) == ("email", "accepted")
    guesses = [world.verify_code(answer.json["flow"], "20471163") for answer in (known, unknown)]
    assert told(guesses[0]) == told(guesses[1])
    (token,) = live_links(world)
    assert world.reset(token).status == 200


@pytest.mark.parametrize(
    ("settings", "asked", "carried"),
    [
        ({}, "email", "email"),
        ({"EMAIL_STYLE": "code"}, "email", "email"),
        (PHONES, "sms", "sms"),
        (PHONES, "whatsapp", "whatsapp"),
        ({**PHONES, "RESET_LIMIT_PER_IDENTIFIER": "1"}, "sms", "email"),
        ({**PHONES, "SMS_COUNTRIES": "1"}, "sms", "email"),
        ({**PHONES, "FALLBACK_CHANNEL": "sms"}, "whatsapp", "sms"),
    ],
    ids=str,
)
def test_tokens_and_codes_record_the_channel_that_carried_them(
    world: World, settings: dict[str, str], asked: str, carried: str
) -> None:
    """Never the one that was asked for: factors and disputes rely on it."""
    world.add_user(**WITH_PHONE)
    if carried == "sms" != asked:
        graph.failures.append(131026)
    flow = world.forgot(channel=asked).json["flow"]
    world.pump()
    assert world.mails()[-1]["channel"] == carried
    codes = [code for code in world.items("CODES_TABLE") if code["user_id"] == world.user()["user_id"]]
    if not world.mailed_tokens():
        assert [code["channel"] for code in codes] == [carried]
        text = world.mails()[-1]["text"]
        (code,) = {word for word in text.replace("#", " ").split() if len(word) == 8 and word.isdigit()}
        assert world.verify_code(flow, code).status == 200
        assert world.audited("verify-reset-code")[-1]["channel"] == carried
    assert [token["channel"] for token in world.items("RESET_TOKENS_TABLE")] == [carried]
    sent = [delivery for delivery in world.items("DELIVERIES_TABLE") if delivery["state"] == "sent"]
    assert [delivery["channel"] for delivery in sent] == [carried]
