"""Whoever's password was changed is told: by every channel, whatever a stranger or the mailbox's thief does."""

import json
import re
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
    "Your Example password was changed. Not you? Lock your account: http://127.0.0.1:8000/report-change?lang=en#token="
)
CODE_TEXT = re.compile(r"#\d{8}$")
PHONES = {"CHANNELS": "email,sms,whatsapp"}
WITH_PHONE: dict[str, Any] = {"phone": PHONE, "phoneVerified": True}


def notices(world: World) -> dict[str, dict[str, Any]]:
    """Return the latest notice of each channel."""
    return {
        message["channel"]: message
        for message in world.mails()
        if message["subject"] == CHANGED or (message["channel"] != "email" and not CODE_TEXT.search(message["text"]))
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
    world: World, settings: dict[str, str], members: dict[str, Any], told: set[str]
) -> None:
    """Rows 37 and 63: once each, in words that carry no secret."""
    world.add_user(**members)
    token = change(world)
    sent = notices(world)
    assert sent.keys() == told
    assert len(world.mails()) == 1 + len(told)
    assert not any(token in str(message) or NEW_PASSWORD in str(message) for message in sent.values())
    if "sms" in told:
        assert (sent["sms"]["to"], sent["sms"]["text"]) == ([PHONE], TEXT + world.reports("sms")[0])
    if "whatsapp" in told:
        assert (sent["whatsapp"]["to"], sent["whatsapp"]["text"]) == ([PHONE], "(password_changed, en)")


@pytest.mark.settings(**PHONES, WHATSAPP_TYPE="text")
def test_a_redelivered_notice_is_sent_once(world: World) -> None:
    """Row 63: by each channel."""
    world.add_user(**WITH_PHONE)
    assert world.reset(world.token()).status == 200
    (message,) = world.queued()
    world.pump()
    assert notices(world)["whatsapp"]["text"] == TEXT + world.reports("whatsapp")[0]
    again = {"messageId": "again", "body": message.body, "eventSource": "aws:sqs"}
    assert function("deliver")({"Records": [again]}, Context())["batchItemFailures"] == []
    assert len(world.mails()) == 4
    assert [record["reason"] for record in world.audited("notify-change")] == [None] * 3 + ["already_sent"] * 3


def test_a_notice_by_mail_alone_takes_six_calls(world: World, wire: Wire) -> None:
    world.add_user(**WITH_PHONE)
    assert world.reset(world.token()).status == 200
    world.hasten()
    wire.calls.clear()
    work_once(world.sqs)
    assert [operation for operation in wire.operations() if not operation.startswith("sqs.")] == [
        "dynamodb.BatchGetItem",
        "events.PutEvents",
        "dynamodb.PutItem",
        "dynamodb.TransactWriteItems",
        "email.SendEmail",
        "dynamodb.UpdateItem",
    ]


@pytest.mark.settings(
    **PHONES, CONFIGURATION_SET="resets", NOTICE_CONFIGURATION_SET="notices", RESET_LIMIT_PER_IDENTIFIER="10"
)
def test_no_complaint_silences_a_notice(world: World, wire: Wire) -> None:
    """Row 63: one click on "spam" by whoever holds the mailbox; resets are not mailed there, notices are."""
    world.add_user(**WITH_PHONE)
    token = world.token()
    report(world, wire, "complaint")
    assert world.reset(token).status == 200
    world.pump()
    assert notices(world).keys() == {"email", "sms", "whatsapp"}
    assert [call["ConfigurationSetName"] for call in wire.sent("email.SendEmail")] == ["resets", "notices"]
    world.forgot()
    world.pump()
    assert world.audited("deliver-reset")[-1]["reason"] == "suppressed"


@pytest.mark.settings(CHANNELS="email,sms")
def test_where_the_mailbox_is_gone_the_phone_is_told(world: World, wire: Wire) -> None:
    """Row 63: a bounce for good stops the mail, and nothing else."""
    world.add_user(**WITH_PHONE)
    token = world.token()
    report(world, wire, "bounce")
    assert world.reset(token).status == 200
    world.pump()
    assert notices(world).keys() == {"sms"}
    assert [record["reason"] for record in world.audited("notify-change")] == ["suppressed", None]


@pytest.mark.settings(CHANNELS="email,sms", RESET_LIMIT_PER_IDENTIFIER="10")
def test_a_strangers_codes_use_up_no_notice(world: World) -> None:
    """Row 63: five messages a day to a phone, and five notices beside them."""
    world.add_user(**WITH_PHONE)
    for _ in range(6):
        world.forgot(channel="sms", source="198.51.100.1")
    world.pump()
    assert [message["channel"] for message in world.mails()].count("sms") == 5
    for number in range(6):
        token = world.token() if number == 0 else notices_link(world) or world.token()
        assert world.reset(token, f"purple otters read {number}").status == 200
        world.pump()
    reasons = [record["reason"] for record in world.audited("notify-change") if record["channel"] == "sms"]
    assert reasons == [None] * 5 + ["phone_limit"]


@pytest.mark.settings(CHANNELS="email,sms")
def test_the_notice_goes_to_the_channels_from_before(world: World) -> None:
    """Row 63: a thief who moves address and phone in the meantime is not the one who is told, and gets no link."""
    world.add_user(**WITH_PHONE)
    assert world.reset(world.token()).status == 200
    write(world, email="thief@example.com", phone="+4915199999999")
    world.pump()
    sent = notices(world)
    assert (sent["email"]["to"], sent["sms"]["to"]) == ([EMAIL], [PHONE])
    assert notices_link(world) is None
    assert "http://127.0.0.1:8000/forgot-password" in sent["email"]["text"]


@pytest.mark.settings(CHANNELS="email,sms")
@pytest.mark.parametrize(("broken", "kept"), [("email.SendEmail", "sms"), ("sns.Publish", "email")])
def test_one_channels_fault_keeps_nothing_from_another(world: World, wire: Wire, broken: str, kept: str) -> None:
    """Row 63: and what failed is tried again alone."""
    world.add_user(**WITH_PHONE)
    assert world.reset(world.token()).status == 200
    wire.fail(broken, refusal("InternalFailure", 500))
    world.hasten()
    work_once(world.sqs)
    assert notices(world).keys() == {kept}
    world.clock.advance(LEASE.total_seconds())
    world.pump()
    assert notices(world).keys() == {"email", "sms"}
    assert len(world.mails()) == 3


@pytest.mark.parametrize("waited", [2 * 86400, 18 * 86400, EVIDENCE.total_seconds() - 1])
def test_a_notice_that_waited_among_the_dead_letters_is_sent(world: World, waited: float) -> None:
    """Row 63: the evidence outlives queue and dead letters together; the link is one that leads somewhere by then."""
    world.add_user()
    assert world.reset(world.token()).status == 200
    world.clock.advance(waited)
    for item in world.items("RESET_TOKENS_TABLE"):
        assert item["expires_at"] > world.clock().timestamp()
    world.pump()
    assert notices(world).keys() == {"email"}
    assert notices_link(world) is None


def test_what_nobody_can_tell_any_more_is_not_called_unchanged(world: World) -> None:
    """Row 63: nothing is dropped in silence."""
    world.add_user()
    assert world.reset(world.token()).status == 200
    world.clock.advance(EVIDENCE.total_seconds())
    for item in world.items("RESET_TOKENS_TABLE"):
        world.dynamodb.delete_item(
            TableName=world.environment["RESET_TOKENS_TABLE"], Key=to_item({"token_hash": item["token_hash"]})
        )
    world.pump()
    assert world.audited("notify-change")[-1]["reason"] == "evidence_expired"


def test_the_notices_link_needs_no_place(world: World) -> None:
    """Row 62: whoever reset the password used the places up, and the change voided every link before it."""
    world.add_user()
    for _ in range(3):
        assert world.forgot(source="198.51.100.1").status == 200
    world.pump()
    assert world.reset(world.mailed_tokens()[0], "the thief's own password").status == 200
    world.pump()
    assert world.forgot().status == 429
    token = notices_link(world)
    assert token
    world.clock.advance(3599)
    assert world.verify(token).json["valid"]
    assert world.reset(token).status == 200
    assert world.user()["credentials_version"] == 2


def test_the_notices_link_ends_when_places_are_free(world: World) -> None:
    """Row 62: and says so; from then on a reset can be requested."""
    world.add_user()
    change(world)
    token = notices_link(world)
    assert token
    text = " ".join(world.mails()[-1]["text"].split())
    assert "This link can be used once and expires in 1 hour." in text
    assert "After that, request a reset at http://127.0.0.1:8000/forgot-password?lang=en." in text
    world.clock.advance(3600)
    assert world.verify(token).json == {"valid": False}
    assert world.forgot().status == 200


@pytest.mark.parametrize("attributes", [{"disabled": True}, {"email": "Demo@example.com"}, {"password_hash": "before"}])
def test_the_notices_link_goes_to_an_account_that_is_as_it_was_left(world: World, attributes: dict[str, Any]) -> None:
    """Row 8: enabled, with the address that is told, and changed: otherwise the notice leads to where one requests."""
    world.add_user()
    before = world.user()
    assert world.reset(world.token()).status == 200
    if attributes.get("password_hash") == "before":  # an older copy of the account was written over it
        world.dynamodb.put_item(TableName=world.environment["USERS_TABLE"], Item=to_item(before))
    else:
        write(world, **attributes)
    world.pump()
    assert notices(world)["email"]["to"] == [EMAIL]
    assert notices_link(world) is None


def test_notices_are_no_free_mail(world: World) -> None:
    """Row 4: links of notices lead from change to change a few times, not for ever."""
    world.add_user()
    change(world, "purple otters read")
    for number in range(MAX_NOTICES):
        token = notices_link(world)
        assert token
        assert world.reset(token, f"purple otters read {number}").status == 200
        world.pump()
    assert notices_link(world) is None
    assert len(world.mails()) == 2 + MAX_NOTICES


def test_the_notice_of_the_version_before_is_sent(world: World) -> None:
    """It was queued without a phone, and waits in the queue while the new version is deployed."""
    world.add_user()
    assert world.reset(world.token()).status == 200
    (message,) = world.queued()
    assert json.loads(message.body).keys() == {
        *("type", "requestId", "userId", "email", "name", "locale", "tokenHash", "device", "at")
    }
    world.pump()
    assert notices(world).keys() == {"email"}
