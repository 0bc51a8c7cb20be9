"""Whoever's password was changed is told: by every channel, whatever a stranger or the mailbox's thief does."""

import json
from typing import Any

import pytest

from local.gateway import Context, function
from local.worker import work_once
from password_reset.aws.items import to_item
from password_reset.delivery.deliveries import LEASE
from password_reset.proofs.tokens import EVIDENCE, MAX_NOTICES
from tests.handlers.test_feedback import report
from tests.handlers.test_phones import PHONE
from tests.wire import Wire, refusal
from tests.world import EMAIL, NEW_PASSWORD, TOKEN, World

CHANGED = "Your Example password was changed"
TEXT = (
    "Your Example password was changed on 20 November 2026 at 22:43 UTC. If it wasn't you, contact support@example.com."
)
PHONES = {"CHANNELS": "email,sms,whatsapp"}
WITH_PHONE: dict[str, Any] = {"phone": PHONE, "phoneVerified": True}


def notices(world: World) -> dict[str, dict[str, Any]]:
    """Return the latest notice of each channel."""
    return {
        message["channel"]: message
        for message in world.mails()
        if message["subject"] == CHANGED or (message["channel"] != "email" and "#" not in message["text"])
    }


def change(world: World, password: str = NEW_PASSWORD) -> str:
    """Reset by a mailed link, and return it."""
    token = world.token()
    assert world.reset(token, password).status == 200
    world.pump()
    return token


def notices_link(world: World) -> str | None:
    """Return the token of the latest notice."""
    (text,) = [mail["text"] for mail in world.mails() if mail["subject"] == CHANGED][-1:]
    found = TOKEN.search(text)
    return found[1] if found else None


def write(world: World, **attributes: object) -> None:
    """Write to the account as the team's own code would."""
    item = world.user() | attributes
    world.dynamodb.put_item(TableName=world.environment["USERS_TABLE"], Item=to_item(item))


@pytest.mark.parametrize(
    ("settings", "members", "told"),
    [
        ({}, WITH_PHONE, {"email"}),
        ({"CHANNELS": "email,sms"}, WITH_PHONE, {"email", "sms"}),
        ({"CHANNELS": "email,whatsapp"}, WITH_PHONE, {"email", "whatsapp"}),
        (PHONES, WITH_PHONE, {"email", "sms", "whatsapp"}),
        (PHONES, {}, {"email"}),
        (PHONES, {"phone": PHONE, "phoneVerified": False}, {"email"}),
        ({"CHANNELS": "email,sms", "SMS_COUNTRIES": "1"}, WITH_PHONE, {"email"}),
    ],
    ids=range(7),
)
def test_every_verified_channel_that_is_on_is_told(
    moto_world: World, settings: dict[str, str], members: dict[str, Any], told: set[str]
) -> None:
    """Rows 37 and 63: once each, in words that carry no secret."""
    moto_world.add_user(**members)
    token = change(moto_world)
    sent = notices(moto_world)
    assert sent.keys() == told
    assert len(moto_world.mails()) == 1 + len(told)
    assert not any(token in str(message) or NEW_PASSWORD in str(message) for message in sent.values())
    if "sms" in told:
        assert (sent["sms"]["to"], sent["sms"]["text"]) == ([PHONE], TEXT)
    if "whatsapp" in told:
        assert (sent["whatsapp"]["to"], sent["whatsapp"]["text"]) == ([PHONE], "(password_changed, en)")


@pytest.mark.settings(**PHONES, WHATSAPP_TYPE="text")
def test_a_redelivered_notice_is_sent_once(moto_world: World) -> None:
    """Row 63: by each channel."""
    moto_world.add_user(**WITH_PHONE)
    assert moto_world.reset(moto_world.token()).status == 200
    (message,) = moto_world.queued()
    moto_world.pump()
    assert notices(moto_world)["whatsapp"]["text"] == TEXT
    again = {"messageId": "again", "body": message.body, "eventSource": "aws:sqs"}
    assert function("deliver")({"Records": [again]}, Context())["batchItemFailures"] == []
    assert len(moto_world.mails()) == 4
    assert [record["reason"] for record in moto_world.audited("notify-change")] == [None] * 3 + ["already_sent"] * 3


def test_a_notice_by_mail_alone_takes_six_calls(moto_world: World, wire: Wire) -> None:
    moto_world.add_user(**WITH_PHONE)
    assert moto_world.reset(moto_world.token()).status == 200
    moto_world.hasten()
    wire.calls.clear()
    work_once(moto_world.sqs)
    assert [operation for operation in wire.operations() if not operation.startswith("sqs.")] == [
        "dynamodb.BatchGetItem",
        "events.PutEvents",
        "dynamodb.PutItem",
        "dynamodb.PutItem",
        "email.SendEmail",
        "dynamodb.UpdateItem",
    ]


@pytest.mark.settings(
    **PHONES, CONFIGURATION_SET="resets", NOTICE_CONFIGURATION_SET="notices", RESET_LIMIT_PER_IDENTIFIER="10"
)
def test_no_complaint_silences_a_notice(moto_world: World, wire: Wire) -> None:
    """Row 63: one click on "spam" by whoever holds the mailbox; resets are not mailed there, notices are."""
    moto_world.add_user(**WITH_PHONE)
    token = moto_world.token()
    report(moto_world, wire, "complaint")
    assert moto_world.reset(token).status == 200
    moto_world.pump()
    assert notices(moto_world).keys() == {"email", "sms", "whatsapp"}
    assert [call["ConfigurationSetName"] for call in wire.sent("email.SendEmail")] == ["resets", "notices"]
    moto_world.forgot()
    moto_world.pump()
    assert moto_world.audited("deliver-reset")[-1]["reason"] == "suppressed"


@pytest.mark.settings(CHANNELS="email,sms")
def test_where_the_mailbox_is_gone_the_phone_is_told(moto_world: World, wire: Wire) -> None:
    """Row 63: a bounce for good stops the mail, and nothing else."""
    moto_world.add_user(**WITH_PHONE)
    token = moto_world.token()
    report(moto_world, wire, "bounce")
    assert moto_world.reset(token).status == 200
    moto_world.pump()
    assert notices(moto_world).keys() == {"sms"}
    assert [record["reason"] for record in moto_world.audited("notify-change")] == ["suppressed", None]


@pytest.mark.settings(CHANNELS="email,sms", RESET_LIMIT_PER_IDENTIFIER="10")
def test_a_strangers_codes_use_up_no_notice(moto_world: World) -> None:
    """Row 63: five messages a day to a phone, and five notices beside them."""
    moto_world.add_user(**WITH_PHONE)
    for _ in range(6):
        moto_world.forgot(channel="sms", source="198.51.100.1")
    moto_world.pump()
    assert [message["channel"] for message in moto_world.mails()].count("sms") == 5
    for number in range(6):
        token = moto_world.token() if number == 0 else notices_link(moto_world) or moto_world.token()
        assert moto_world.reset(token, f"purple otters read {number}").status == 200
        moto_world.pump()
    reasons = [record["reason"] for record in moto_world.audited("notify-change") if record["channel"] == "sms"]
    assert reasons == [None] * 5 + ["phone_limit"]


@pytest.mark.settings(CHANNELS="email,sms")
def test_the_notice_goes_to_the_channels_from_before(moto_world: World) -> None:
    """Row 63: a thief who moves address and phone in the meantime is not the one who is told, and gets no link."""
    moto_world.add_user(**WITH_PHONE)
    assert moto_world.reset(moto_world.token()).status == 200
    write(moto_world, email="thief@example.com", phone="+4915199999999")
    moto_world.pump()
    sent = notices(moto_world)
    assert (sent["email"]["to"], sent["sms"]["to"]) == ([EMAIL], [PHONE])
    assert notices_link(moto_world) is None
    assert "http://127.0.0.1:8000/forgot-password" in sent["email"]["text"]


@pytest.mark.settings(CHANNELS="email,sms")
@pytest.mark.parametrize(("broken", "kept"), [("email.SendEmail", "sms"), ("sns.Publish", "email")])
def test_one_channels_fault_keeps_nothing_from_another(moto_world: World, wire: Wire, broken: str, kept: str) -> None:
    """Row 63: and what failed is tried again alone."""
    moto_world.add_user(**WITH_PHONE)
    assert moto_world.reset(moto_world.token()).status == 200
    wire.fail(broken, refusal("InternalFailure", 500))
    moto_world.hasten()
    work_once(moto_world.sqs)
    assert notices(moto_world).keys() == {kept}
    moto_world.clock.advance(LEASE.total_seconds())
    moto_world.pump()
    assert notices(moto_world).keys() == {"email", "sms"}
    assert len(moto_world.mails()) == 3


@pytest.mark.parametrize("waited", [2 * 86400, 18 * 86400, EVIDENCE.total_seconds() - 1])
def test_a_notice_that_waited_among_the_dead_letters_is_sent(moto_world: World, waited: float) -> None:
    """Row 63: the evidence outlives queue and dead letters together; the link is one that leads somewhere by then."""
    moto_world.add_user()
    assert moto_world.reset(moto_world.token()).status == 200
    moto_world.clock.advance(waited)
    for item in moto_world.items("RESET_TOKENS_TABLE"):
        assert item["expires_at"] > moto_world.clock().timestamp()
    moto_world.pump()
    assert notices(moto_world).keys() == {"email"}
    assert notices_link(moto_world) is None


def test_what_nobody_can_tell_any_more_is_not_called_unchanged(moto_world: World) -> None:
    """Row 63: nothing is dropped in silence."""
    moto_world.add_user()
    assert moto_world.reset(moto_world.token()).status == 200
    moto_world.clock.advance(EVIDENCE.total_seconds())
    for item in moto_world.items("RESET_TOKENS_TABLE"):
        moto_world.dynamodb.delete_item(
            TableName=moto_world.environment["RESET_TOKENS_TABLE"], Key=to_item({"token_hash": item["token_hash"]})
        )
    moto_world.pump()
    assert moto_world.audited("notify-change")[-1]["reason"] == "evidence_expired"


def test_the_notices_link_needs_no_place(moto_world: World) -> None:
    """Row 62: whoever reset the password used the places up, and the change voided every link before it."""
    moto_world.add_user()
    for _ in range(3):
        assert moto_world.forgot(source="198.51.100.1").status == 200
    moto_world.pump()
    assert moto_world.reset(moto_world.mailed_tokens()[0], "the thief's own password").status == 200
    moto_world.pump()
    assert moto_world.forgot().status == 429
    token = notices_link(moto_world)
    assert token
    moto_world.clock.advance(3599)
    assert moto_world.verify(token).json["valid"]
    assert moto_world.reset(token).status == 200
    assert moto_world.user()["credentials_version"] == 2


def test_the_notices_link_ends_when_places_are_free(moto_world: World) -> None:
    """Row 62: and says so; from then on a reset can be requested."""
    moto_world.add_user()
    change(moto_world)
    token = notices_link(moto_world)
    assert token
    text = " ".join(moto_world.mails()[-1]["text"].split())
    assert "This link can be used once and expires in 1 hour." in text
    assert "After that, request a reset at http://127.0.0.1:8000/forgot-password?lang=en." in text
    moto_world.clock.advance(3600)
    assert moto_world.verify(token).json == {"valid": False}
    assert moto_world.forgot().status == 200


@pytest.mark.parametrize("attributes", [{"disabled": True}, {"email": "Demo@example.com"}, {"password_hash": "before"}])
def test_the_notices_link_goes_to_an_account_that_is_as_it_was_left(
    moto_world: World, attributes: dict[str, Any]
) -> None:
    """Row 8: enabled, with the address that is told, and changed: otherwise the notice leads to where one requests."""
    moto_world.add_user()
    before = moto_world.user()
    assert moto_world.reset(moto_world.token()).status == 200
    if attributes.get("password_hash") == "before":  # an older copy of the account was written over it
        moto_world.dynamodb.put_item(TableName=moto_world.environment["USERS_TABLE"], Item=to_item(before))
    else:
        write(moto_world, **attributes)
    moto_world.pump()
    assert notices(moto_world)["email"]["to"] == [EMAIL]
    assert notices_link(moto_world) is None


def test_notices_are_no_free_mail(moto_world: World) -> None:
    """Row 4: links of notices lead from change to change a few times, not for ever."""
    moto_world.add_user()
    change(moto_world, "purple otters read")
    for number in range(MAX_NOTICES):
        token = notices_link(moto_world)
        assert token
        assert moto_world.reset(token, f"purple otters read {number}").status == 200
        moto_world.pump()
    assert notices_link(moto_world) is None
    assert len(moto_world.mails()) == 2 + MAX_NOTICES


def test_the_notice_of_the_version_before_is_sent(moto_world: World) -> None:
    """It was queued without a phone, and waits in the queue while the new version is deployed."""
    moto_world.add_user()
    assert moto_world.reset(moto_world.token()).status == 200
    (message,) = moto_world.queued()
    assert json.loads(message.body).keys() == {
        *("type", "requestId", "userId", "email", "name", "locale", "tokenHash", "device", "at")
    }
    moto_world.pump()
    assert notices(moto_world).keys() == {"email"}
