"""Mails that say what is: where an account signs in that has no password here, and that an address has no account."""

import re
from typing import Any

import pytest

from password_reset.accounts.directory import Change
from password_reset.aws.items import to_item
from password_reset.delivery.messages import ResetRequested, parse
from password_reset.errors import Superseded
from tests.world import EMAIL, TOKEN, World

THERE = "There’s no password to reset here: you sign in to this account with"
NOBODY = "couldn’t find an active one"
PROVIDERS = pytest.mark.settings(
    USERS_FEDERATED_WHEN='{"attribute": "idp", "values": ["google", "0oa1", true]}',
    FEDERATED_PROVIDERS="google=Google, okta=Acme Sign-On",
    EMAIL_STYLE="both",
)


def write(world: World, **attributes: Any) -> None:
    item = world.user() | attributes
    world.dynamodb.put_item(TableName=world.environment["USERS_TABLE"], Item=to_item(item))


def mailed(world: World) -> dict[str, Any]:
    (mail,) = world.mails()
    return mail


@PROVIDERS
@pytest.mark.parametrize(
    ("idp", "named"),
    [
        ("google", "with Google."),
        ("0oa1", "with another service, such as your organization’s sign-in."),
        (True, "with another service, such as your organization’s sign-in."),
    ],
)
def test_an_account_that_signs_in_elsewhere_is_told_where(world: World, idp: Any, named: str) -> None:
    """By email, with no link and no code, whatever was requested; no token is issued."""
    world.add_user()
    write(world, idp=idp)
    flow = world.forgot().json["flow"]
    world.pump()
    mail = mailed(world)
    assert (mail["to"], mail["subject"]) == ([EMAIL], "Signing in to Example")
    assert f"{THERE} {named.partition(' ')[2]}" in mail["text"]
    assert "http" not in mail["text"]
    assert "<a " not in mail["html"]
    assert world.mailed_codes() == world.mailed_tokens() == []
    assert world.items("RESET_TOKENS_TABLE") == []
    assert world.verify_code(flow, "00000000").json["code"] == "invalid_code"
    (record,) = world.audited("deliver-reset")
    assert (record["outcome"], record["userId"], record["channel"]) == ("accepted", world.user()["user_id"], "email")


@PROVIDERS
@pytest.mark.parametrize(("idp", "links"), [("local", 1), (None, 1), (7, 0)])
def test_whoever_signs_in_here_gets_a_link(world: World, idp: Any, links: int) -> None:
    """A value of another type says nothing: it is refused."""
    world.add_user()
    write(world, **({} if idp is None else {"idp": idp}))
    world.forgot()
    world.pump()
    assert len([mail for mail in world.mails() if TOKEN.search(mail["text"])]) == links
    assert len(world.mails()) == links


@pytest.mark.settings(FEDERATED_PROVIDERS="okta=Acme Sign-On")
@pytest.mark.parametrize(("federated", "named"), [(True, "another service"), ("okta", "Acme Sign-On")])
def test_in_the_table_made_here_an_attribute_says_it(world: World, federated: Any, named: str) -> None:
    world.add_user(federated=True)
    write(world, federated=federated)
    world.forgot()
    world.pump()
    assert f"{THERE} {named}" in mailed(world)["text"]


@pytest.mark.settings(CHANNELS="email,sms")
def test_a_phone_is_sent_no_code_of_it(world: World) -> None:
    world.add_user(federated=True, phone="+4915112345678", phone_verified=True)
    world.forgot(channel="sms")
    world.pump()
    assert mailed(world)["channel"] == "email"


@pytest.mark.settings(EMAIL_STYLE="both")
def test_what_was_sent_before_is_worth_nothing(world: World) -> None:
    """A link, a code, and the transaction itself."""
    world.add_user()
    flow, code = world.code()
    token = world.mailed_tokens()[-1]
    directory = world.app.accounts.directory
    account = directory.find(EMAIL, most=1)[0]
    write(world, federated=True)
    assert world.verify(token).json == {"valid": False}
    assert world.reset(token).json["code"] == "invalid_token"
    assert world.verify_code(flow, code).json["code"] == "invalid_code"
    with pytest.raises(Superseded):
        directory.change(account, Change(attempt="late", password_hash="x", history=[], at=world.clock()))


@pytest.mark.parametrize("language", ["en", "ja", "fa"])
@pytest.mark.settings(NOTIFY_UNKNOWN="true")
def test_both_are_said_in_every_language(world: World, language: str) -> None:
    world.add_user(federated=True, locale=language, name="Ada")
    world.forgot()
    world.forgot("unknown@example.com", locale=language)
    world.pump()
    for mail in world.mails():
        assert mail["headers"]["Content-Language"] == language
        assert "{" not in mail["text"] + mail["subject"]
        assert "Example" in mail["text"]
        assert "http" not in mail["text"]
    assert len({mail["subject"] for mail in world.mails()}) == 2


@pytest.mark.settings(NOTIFY_UNKNOWN="true")
def test_an_address_without_an_account_is_told_if_that_is_on(world: World) -> None:
    """Once a request, within its limits, never where it is suppressed; the record stays that there is none."""
    for _ in range(4):
        world.forgot("Unknown@example.com")
    world.pump()
    assert [mail["to"] for mail in world.mails()] == [["unknown@example.com"]] * 3
    mail = world.mails()[0]
    assert mail["subject"] == "No Example account for this address"
    assert NOBODY in mail["text"]
    assert "Address: unknown@example.com" in mail["text"]
    assert world.items("RESET_TOKENS_TABLE") == []
    reasons = [record["reason"] for record in world.audited("deliver-reset")]
    assert (reasons.count("no_account"), reasons.count(None)) == (3, 3)
    world.app.delivery.suppressions.add("other@example.com", "bounced", world.clock())
    world.forgot("other@example.com")
    world.pump()
    assert len(world.mails()) == 3
    assert world.audited("deliver-reset")[-1]["reason"] == "suppressed"


def test_an_address_without_an_account_is_told_nothing_by_default(world: World) -> None:
    world.forgot("unknown@example.com")
    world.pump()
    assert world.mails() == []


@pytest.mark.settings(NOTIFY_UNKNOWN="true")
def test_a_redelivered_request_tells_it_once(world: World) -> None:
    world.forgot("unknown@example.com")
    (message,) = world.queued()
    request = parse(message.body)
    assert isinstance(request, ResetRequested)
    world.app.deliver_reset(request)
    world.app.deliver_reset(request)
    assert len(world.mails()) == 1


@pytest.mark.settings(VERIFY_ON_RESET="true", EMAIL_STYLE="both")
@pytest.mark.parametrize("by", ["link", "code"])
def test_a_reset_by_mail_marks_the_address_as_verified(world: World, by: str) -> None:
    world.add_user()
    flow, code = world.code()
    token = world.mailed_tokens()[-1] if by == "link" else world.verify_code(flow, code).json["token"]
    assert world.reset(token).status == 200
    assert world.user()["email_verified"] is True


@pytest.mark.settings(VERIFY_ON_RESET="true", CHANNELS="email,sms")
def test_a_reset_by_phone_verifies_no_address(world: World) -> None:
    world.add_user(phone="+4915112345678", phone_verified=True)
    flow = world.forgot(channel="sms").json["flow"]
    world.pump()
    found = re.search(r"\d{8}", mailed(world)["text"])
    assert found
    assert world.reset(world.verify_code(flow, found[0]).json["token"]).status == 200
    assert "email_verified" not in world.user()


def test_nothing_is_verified_by_default(world: World) -> None:
    world.add_user()
    assert world.reset(world.token()).status == 200
    assert "email_verified" not in world.user()
