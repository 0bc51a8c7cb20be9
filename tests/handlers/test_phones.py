"""Codes by SMS and WhatsApp: to the stored, verified phone and no other, and what happens where that fails."""

import re
from typing import Any

import pytest

from local.graph import graph
from local.worker import work_once
from password_reset.delivery.deliveries import LEASE
from tests.handlers.test_forgot import told
from tests.wire import Wire, refusal
from tests.world import EMAIL, World

PHONE = "+4915112345678"
ALL = {"CHANNELS": "email,sms,whatsapp"}
ON = pytest.mark.settings(**ALL)


def ask(world: World, channel: str, email: str = EMAIL, **members: Any) -> str:
    """Ask for a code by a channel and return the flow."""
    answer = world.forgot(email, channel=channel, **members)
    assert answer.status == 200
    world.pump()
    flow: str = answer.json["flow"]
    return flow


def sent(world: World, channel: str) -> list[dict[str, Any]]:
    return [message for message in world.mails() if message["channel"] == channel]


def texted_code(message: dict[str, Any]) -> str:
    (code,) = set(re.findall(r"\b\d{8}\b", message["text"]))
    return str(code)


def has_phone(world: World, **members: Any) -> None:
    world.add_user(**{"phone": PHONE, "phoneVerified": True, **members})


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
def test_a_channel_that_was_switched_off_meanwhile_becomes_a_mailed_link(world: World, channel: str) -> None:
    """What was queued before the deployment is answered all the same, and is no dead letter."""
    has_phone(world)
    assert world.forgot().status == 200
    world.requeue({"channel": channel})
    world.pump()
    assert [message["channel"] for message in world.mails()] == ["email"]
    assert world.verify(world.mailed_tokens()[-1]).json["valid"]


@ON
def test_an_sms_carries_a_code_bound_to_the_pages_domain(world: World, wire: Wire) -> None:
    has_phone(world)
    flow = ask(world, "sms")
    (message,) = sent(world, "sms")
    code = texted_code(message)
    assert (message["to"], message["channel"]) == ([PHONE], "sms")
    assert message["text"] == (
        f"{code} is your Example password reset code. It expires in 10 minutes. "
        f"Don't share it with anyone.\n\n@127.0.0.1 #{code}"
    )
    (call,) = wire.sent("sns.Publish")
    assert call["MessageAttributes"] == {"AWS.SNS.SMS.SMSType": {"DataType": "String", "StringValue": "Transactional"}}
    assert sent(world, "email") == []
    exchanged = world.verify_code(flow, code)
    assert exchanged.status == 200
    assert world.reset(exchanged.json["token"]).status == 200


@pytest.mark.settings(**ALL, SMS_SENDER_ID="Example")
def test_the_sender_id_is_a_setting(world: World, wire: Wire) -> None:
    has_phone(world)
    ask(world, "sms")
    (call,) = wire.sent("sns.Publish")
    assert call["MessageAttributes"]["AWS.SNS.SMS.SenderID"] == {"DataType": "String", "StringValue": "Example"}


@pytest.mark.settings(
    **ALL,
    SMS_COUNTRIES="49,91",
    SMS_INDIA_ENTITY_ID="1101000000000000001",
    SMS_INDIA_TEMPLATE_ID="1107000000000000002",
)
@pytest.mark.parametrize(
    ("phone", "attributes", "words"),
    [
        (
            "+919876543210",
            {"AWS.MM.SMS.EntityId": "1101000000000000001", "AWS.MM.SMS.TemplateId": "1107000000000000002"},
            "is your Example password reset code",
        ),
        (PHONE, {}, "ist Ihr Code für ein neues Passwort bei Example"),
    ],
)
def test_india_is_told_entity_and_template(
    moto_world: World, wire: Wire, phone: str, attributes: dict[str, str], words: str
) -> None:
    """And gets the text that is registered there, whatever the account's language."""
    has_phone(moto_world, phone=phone, locale="de")
    ask(moto_world, "sms")
    (call,) = wire.sent("sns.Publish")
    assert {name: value["StringValue"] for name, value in call["MessageAttributes"].items()} == {
        "AWS.SNS.SMS.SMSType": "Transactional",
        **attributes,
    }
    assert words in call["Message"]


@ON
def test_whatsapp_sends_the_template_with_its_code_twice(world: World) -> None:
    """As the body's parameter and the button's; the stand-in refuses every other shape."""
    has_phone(world)
    flow = ask(world, "whatsapp", locale="de")
    (message,) = sent(world, "whatsapp")
    code = texted_code(message)
    assert message["to"] == [PHONE]
    assert message["text"] == f"{code} (reset_code, de)"
    assert world.verify_code(flow, code).status == 200


@pytest.mark.settings(**ALL, WHATSAPP_TYPE="text", DEFAULT_LOCALE="fr")
def test_whatsapp_sends_text_where_set(world: World) -> None:
    has_phone(world)
    ask(world, "whatsapp")
    (message,) = sent(world, "whatsapp")
    assert message["text"].startswith(f"{texted_code(message)} est votre code Example")


@ON
@pytest.mark.parametrize("language", ["de", "ja", "fa"])
def test_every_language_keeps_the_last_line(world: World, language: str) -> None:
    has_phone(world, locale=language)
    ask(world, "sms")
    (message,) = sent(world, "sms")
    assert message["text"].splitlines()[-1] == f"@127.0.0.1 #{texted_code(message)}"
    assert "{" not in message["text"]


@ON
@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
@pytest.mark.parametrize(
    "members",
    [
        {"phone": PHONE, "phoneVerified": False},
        {"phone": PHONE},
        {"phoneVerified": True},
        {"phone": "0151 12345678", "phoneVerified": True},
        {"phone": "+49151123456789012", "phoneVerified": True},
    ],
    ids=str,
)
def test_a_channel_that_the_account_lacks_shows_in_no_answer(
    world: World, channel: str, members: dict[str, Any]
) -> None:
    """Row 1: a link is mailed; the answer and what guessing meets are the same."""
    world.add_user(**members)
    answers = [world.forgot(address, channel=channel) for address in (EMAIL, "unknown@example.com")]
    world.pump()
    assert told(answers[0]) == told(answers[1])
    assert [message["channel"] for message in world.mails()] == ["email"]
    assert world.audited("deliver-reset")[0]["reason"] == "no_verified_phone"
    known, unknown = (world.verify_code(answer.json["flow"], "20471163") for answer in answers)
    assert known.body.replace(known.json["requestId"], "") == unknown.body.replace(unknown.json["requestId"], "")
    assert len(world.items("CODES_TABLE")) == 2


@ON
@pytest.mark.parametrize("member", ["phone", "to", "phoneNumber"])
def test_a_submitted_phone_is_refused(world: World, member: str) -> None:
    """Row 8: the stored one alone is used."""
    answer = world.forgot(channel="sms", **{member: "+491719999999"})
    assert (answer.status, answer.json["code"]) == (400, "invalid_request")


@pytest.mark.settings(CHANNELS="email,sms", SMS_COUNTRIES="1,43")
def test_a_country_that_is_not_allowed_gets_no_sms(world: World, wire: Wire) -> None:
    has_phone(world)
    has_phone(world, email="allowed@example.com", phone="+12015553931")
    ask(world, "sms")
    ask(world, "sms", "allowed@example.com")
    assert sorted(message["to"] for message in world.mails()) == [["+12015553931"], [EMAIL]]
    assert [record["reason"] for record in world.audited("deliver-reset")] == ["country_not_allowed", None, None]


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
@pytest.mark.parametrize(
    ("settings", "phone", "reached"),
    [
        ({**ALL, "SMS_COUNTRIES": "1"}, "+18765550123", False),
        ({**ALL, "SMS_COUNTRIES": "US,CA"}, "+18095550123", False),
        ({**ALL, "SMS_COUNTRIES": "1"}, "+14165550123", False),
        ({**ALL, "SMS_COUNTRIES": "1"}, "+12015553931", True),
        ({**ALL, "SMS_COUNTRIES": "CA"}, "+14165550123", True),
        ({**ALL, "SMS_COUNTRIES": "JM"}, "+18765550123", True),
        ({**ALL, "SMS_COUNTRIES": "7"}, "+77012345678", False),
        ({**ALL, "SMS_COUNTRIES": "44"}, "+447781123456", False),
    ],
)
def test_a_country_is_not_its_calling_code(
    world: World, settings: dict[str, str], channel: str, phone: str, *, reached: bool
) -> None:
    """What shares a code with a listed country may cost twenty times as much; by WhatsApp as by SMS."""
    assert settings["SMS_COUNTRIES"]
    has_phone(world, phone=phone)
    ask(world, channel)
    assert [message["channel"] for message in world.mails()] == ([channel] if reached else ["email"])


@pytest.mark.settings(**ALL, RESET_LIMIT_PER_IDENTIFIER="10")
@pytest.mark.moto_too
def test_five_messages_a_day_then_a_mailed_link(world: World) -> None:
    """Of both kinds together; a stranger cannot make somebody's phone ring all day."""
    has_phone(world)
    for channel in ("sms", "whatsapp", "sms", "whatsapp", "sms", "sms"):
        ask(world, channel)
    assert [message["channel"] for message in world.mails()].count("email") == 1
    assert len(world.mails()) == 6
    (token,) = world.mailed_tokens()
    assert world.verify(token).json["valid"]
    assert [delivery["channel"] for delivery in world.items("DELIVERIES_TABLE")].count("email") == 1
    world.clock.advance(86400)
    ask(world, "sms")
    assert len(world.mails()) == 7
    assert len(sent(world, "email")) == 1


@pytest.mark.settings(**ALL, RESET_LIMIT_PER_IDENTIFIER="10")
def test_after_twenty_wrong_guesses_phones_get_no_code(world: World) -> None:
    """Row 19: whoever asks is answered by a mailed link alone."""
    has_phone(world)
    for _ in range(4):
        flow = ask(world, "sms")
        for _ in range(5):
            world.verify_code(flow, "00000000")
    ask(world, "sms")
    assert (len(sent(world, "sms")), len(sent(world, "email"))) == (4, 1)


@ON
def test_a_rate_limit_is_tried_again(world: World) -> None:
    """130429: the message goes back to the queue, and out once the provider takes it."""
    has_phone(world)
    graph.failures.append(130429)
    flow = world.forgot(channel="whatsapp").json["flow"]
    work_once(world.sqs)
    assert world.mails() == []
    assert "GraphError(130429)" in world.audited("deliver-reset")[-1]["fault"]
    world.clock.advance(LEASE.total_seconds())
    world.pump()
    (message,) = sent(world, "whatsapp")
    assert world.verify_code(flow, texted_code(message)).status == 200


@pytest.mark.settings(**ALL, RESET_LIMIT_PER_IDENTIFIER="10")
def test_an_outage_uses_up_nobodys_day(world: World) -> None:
    """One request counts once, however often the provider has to be asked for it."""
    has_phone(world)
    graph.failures.extend([130429] * 4)
    world.forgot(channel="whatsapp")
    for _ in range(4):
        work_once(world.sqs)
        world.hasten()
        world.clock.advance(LEASE.total_seconds())
    assert world.mails() == []
    for _ in range(2):
        ask(world, "whatsapp")
    assert [message["channel"] for message in world.mails()] == ["whatsapp"] * 3


@ON
def test_an_expired_access_token_is_told_by_its_number(world: World) -> None:
    """190: nothing is sent, and the operator reads why; the token is in no record."""
    has_phone(world)
    graph.failures.append(190)
    world.forgot(channel="whatsapp")
    work_once(world.sqs)
    record = world.audited("deliver-reset")[-1]
    assert (record["outcome"], "GraphError(190)" in record["fault"]) == ("failed", True)


@pytest.mark.settings(**ALL, FALLBACK_CHANNEL="sms")
def test_an_unreachable_number_falls_back(world: World) -> None:
    """131026: the other channel carries a code for the same flow; both are on record."""
    has_phone(world)
    graph.failures.append(131026)
    flow = ask(world, "whatsapp")
    (message,) = world.mails()
    assert message["channel"] == "sms"
    assert world.verify_code(flow, texted_code(message)).status == 200
    assert sorted(
        (delivery["channel"], delivery["state"], delivery.get("reason")) for delivery in world.items("DELIVERIES_TABLE")
    ) == [("sms", "sent", None), ("whatsapp", "refused", "number_unreachable")]


@ON
def test_an_unreachable_number_is_not_tried_again(world: World) -> None:
    has_phone(world)
    graph.failures.append(131026)
    ask(world, "whatsapp")
    assert [message["channel"] for message in world.mails()] == ["email"]
    assert world.queued() == []
    assert world.audited("deliver-reset")[0]["reason"] == "number_unreachable"


@ON
def test_a_number_that_sns_refuses_is_not_tried_again(world: World, wire: Wire) -> None:
    has_phone(world)
    wire.fail("sns.Publish", refusal("InvalidParameter"))
    ask(world, "sms")
    assert world.queued() == []
    assert world.audited("deliver-reset")[0]["reason"] == "number_refused"


@ON
def test_a_throttle_of_sns_is_tried_again(world: World, wire: Wire) -> None:
    has_phone(world)
    wire.fail("sns.Publish", refusal("Throttled", 429))
    world.forgot(channel="sms")
    work_once(world.sqs)
    assert len(world.queued()) == 1
    world.clock.advance(LEASE.total_seconds())
    world.pump()
    assert len(sent(world, "sms")) == 1


@pytest.mark.settings(CHANNELS="email,sms")
def test_one_that_is_off_is_refused_for_everybody(world: World) -> None:
    has_phone(world)
    answers = [world.forgot(address, channel="whatsapp") for address in (EMAIL, "unknown@example.com")]
    assert told(answers[0]) == told(answers[1])
    assert answers[0].json["errors"] == [{"field": "channel", "code": "not_enabled", "message": "One of email, sms."}]
