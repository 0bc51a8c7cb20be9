"""What lifts a freeze, and overrules a dispute: what stood before the change, never what was added since."""

import json

import pytest

from local import accounts
from password_reset.aws.items import to_item
from password_reset.proofs.factors import new_code
from tests.handlers.test_factors import SECRET
from tests.handlers.test_levers import OPERATOR
from tests.handlers.test_notices import write
from tests.handlers.test_phones import PHONE, ask, sent, texted_code
from tests.handlers.test_reports import BY_PHONE, DAY, FREEZE, LOCKED, THIEFS, change, change_by_phone, standing, why
from tests.world import EMAIL, NEW_PASSWORD, World
from tools.levers import run

OTHER_PHONE = "+4915112345679"
OTHER_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # pragma: allowlist secret
CODES = [new_code() for _ in range(4)]
UNLIMITED = {"RESET_LIMIT_PER_IDENTIFIER": "0", "RESET_LIMIT_PER_SOURCE": "0"}
FACTORS = pytest.mark.settings(FACTORS="totp,recovery_code", **UNLIMITED)
ALL = pytest.mark.settings(CHANNELS="email,sms", FACTORS="totp,recovery_code,phone", **UNLIMITED)


def report(world: World, token: str | None) -> int:
    assert token
    status = world.report(token).status
    world.clock.advance(60)
    world.pump()
    return status


def mailed(world: World) -> str:
    """Request a link; return the subject of what is mailed."""
    assert world.forgot().status == 200
    world.pump()
    subject: str = sent(world, "email")[-1]["subject"]
    return subject


def is_locked(world: World) -> bool:
    """Whether a request by phone and one by email both lead to nothing that opens."""
    before = len(sent(world, "sms")), len(world.mailed_tokens())
    ask(world, "sms")
    subject = mailed(world)
    return (subject, before) == (LOCKED, (len(sent(world, "sms")), len(world.mailed_tokens())))


@BY_PHONE
def test_a_phone_that_the_thief_added_does_not_open(world: World) -> None:
    """Row 64: an operator does."""
    world.add_user()
    token = change(world)
    world.change_user(phone=OTHER_PHONE, phoneVerified=True)
    assert report(world, token) == 200
    assert is_locked(world)
    assert [record["reason"] for record in world.audited("deliver-reset")][-3:] == ["frozen", None, None]
    assert "is open again" in run(world.app, ["reopen", EMAIL], OPERATOR)
    assert change_by_phone(world).status == 200


@BY_PHONE
def test_a_phone_that_was_changed_opens_once_it_is_changed_back(world: World) -> None:
    """Row 64: the thief's in its place does not."""
    world.add_user(phone=PHONE, phoneVerified=True)
    token = change(world)
    world.change_user(phone=OTHER_PHONE)
    assert report(world, token) == 200
    assert is_locked(world)
    world.change_user(phone=PHONE)
    assert change_by_phone(world).status == 200
    assert world.sign_in(NEW_PASSWORD).status == 200


@BY_PHONE
def test_a_code_is_of_the_phone_that_got_it(world: World) -> None:
    """Row 64: whoever has it sent to their own, and puts the owner's back, has a code for nothing."""
    world.add_user(phone=PHONE, phoneVerified=True)
    world.change_user(phone=OTHER_PHONE)
    code = texted_code(sent(world, "sms")[-1]) if (flow := ask(world, "sms")) else ""
    token = world.verify_code(flow, code).json["token"]
    world.change_user(phone=PHONE)
    assert world.verify(token).json == {"valid": False}
    assert (world.reset(token).json["code"], why(world, "reset-password")) == ("invalid_token", "superseded")
    world.change_user(phone=OTHER_PHONE)
    assert world.reset(token).status == 200


@BY_PHONE
def test_a_change_by_a_newer_phone_overrules_nothing(world: World) -> None:
    """Row 64: the first link disputes still, and so does the second; neither lets that phone open."""
    for which in (0, 1):
        email = f"number{which}@example.com"
        user_id = world.add_user(email)
        assert world.reset(world.token(email), THIEFS).status == 200
        world.pump()
        world.change_user(email, phone=OTHER_PHONE, phoneVerified=True)
        world.clock.advance(60)
        flow = ask(world, "sms", email)
        token = world.verify_code(flow, texted_code(sent(world, "sms")[-1])).json["token"]
        assert world.reset(token, "the thief's second words").status == 200
        world.pump()
        (item,) = (item for item in world.items("ACCOUNTS_TABLE") if item["user_id"] == user_id)
        assert "changed_by_phone" not in item
        assert world.report(world.reports()[which - 2], email).status == 200
        texts = len(sent(world, "sms"))
        world.clock.advance(60)
        world.pump()
        texts = len(sent(world, "sms"))
        ask(world, "sms", email)
        assert len(sent(world, "sms")) == texts
        assert sent(world, "email")[-1]["subject"] == LOCKED


@BY_PHONE
def test_a_thief_who_changes_the_password_once_more_makes_nothing_older(world: World) -> None:
    """Row 64: by the last notice's link too, what counts is what stood before the first change of the run."""
    world.add_user()
    change(world)
    world.change_user(phone=OTHER_PHONE, phoneVerified=True)
    world.clock.advance(DAY)
    token = change(world, "the thief's second words")
    assert report(world, token) == 200
    assert is_locked(world)
    world.clock.advance(7 * DAY)  # since the first: a run is over once none of it can be disputed
    token = change(world, "the thief's third words")
    assert report(world, token) == 200
    assert change_by_phone(world).status == 200


@pytest.mark.settings(CHANNELS="email,sms", **UNLIMITED)
def test_an_address_that_the_thief_put_there_does_not_open(world: World) -> None:
    """Row 64: where the phone is barred, for its SIM is in other hands, email opens: the one of before."""
    world.add_user(phone=PHONE, phoneVerified=True)
    assert change_by_phone(world, THIEFS).status == 200
    write(world, email="thief@example.com", email_key="thief@example.com")
    assert world.report(world.reports("sms")[-1]).status == 200
    world.clock.advance(60)
    world.pump()
    assert world.forgot("thief@example.com").status == 200
    world.pump()
    assert sent(world, "email")[-1]["subject"] == LOCKED
    accounts.change("thief@example.com", accounts.Changes(email=EMAIL))
    assert world.reset(world.token()).status == 200


@FACTORS
def test_a_factor_that_the_thief_added_does_not_open(world: World) -> None:
    """Rows 64 and 66: no link is sent for it."""
    world.add_user()
    token = change(world)
    world.change_user(totpSecret=OTHER_SECRET)
    assert report(world, token) == 200
    assert mailed(world) == LOCKED


@FACTORS
def test_a_factor_that_the_thief_added_is_not_taken_beside_an_older_one(world: World) -> None:
    """Rows 64 and 66: nor offered."""
    world.add_user()
    world.change_user(recoveryCodes=CODES)
    link = world.token()
    assert world.factor(link, "recovery_code", CODES[0]).status == 200
    assert world.reset(link, THIEFS).status == 200
    world.pump()
    world.change_user(totpSecret=OTHER_SECRET)
    assert report(world, world.reports()[-1]) == 200
    link = world.token()
    assert world.verify(link).json["factors"] == ["recovery_code"]
    assert world.reset(link).json["factors"] == ["recovery_code"]
    assert world.factor(link, "totp", world.one_time_password(OTHER_SECRET)).json["code"] == "invalid_factor"
    assert world.factor(link, "recovery_code", CODES[1]).status == 200
    assert world.reset(link).status == 200
    assert world.sign_in(NEW_PASSWORD).status == 200


@FACTORS
def test_what_was_taken_away_and_put_back_is_new(world: World) -> None:
    """Rows 64 and 67: the same secret, and codes made anew; what stayed opens, less the codes that were used up."""
    world.add_user()
    world.change_user(totpSecret=SECRET, recoveryCodes=CODES)
    link = world.token()
    assert world.factor(link, "recovery_code", CODES[0]).status == 200
    assert world.reset(link, THIEFS).status == 200
    world.pump()
    world.change_user(totpSecret=None)
    world.change_user(totpSecret=SECRET)
    assert report(world, world.reports()[-1]) == 200
    link = world.token()
    assert world.verify(link).json["factors"] == ["recovery_code"]
    world.change_user(recoveryCodes=[*CODES[2:], "abcd-efgh-ijkl-mnop"])
    for code in (CODES[0], CODES[1], "abcd-efgh-ijkl-mnop"):
        assert world.factor(link, "recovery_code", code).json["code"] == "invalid_factor"
    world.change_user(recoveryCodes=["abcd-efgh-ijkl-mnop"])
    assert (world.verify(link).json, mailed(world)) == ({"valid": False}, LOCKED)
    world.change_user(recoveryCodes=CODES[2:])
    link = world.token()
    assert world.factor(link, "recovery_code", CODES[2]).status == 200
    assert world.reset(link).status == 200


@FACTORS
def test_a_change_by_a_newer_factor_overrules_nothing(world: World) -> None:
    """Rows 64 and 66: it's as if the link alone had proven it."""
    world.add_user()
    first = change(world)
    world.change_user(totpSecret=OTHER_SECRET)
    world.clock.advance(60)
    link = world.token()
    assert world.factor(link, "totp", world.one_time_password(OTHER_SECRET)).status == 200
    assert world.reset(link, "the thief's second words").status == 200
    world.pump()
    assert "changed_by_factor" not in standing(world)
    assert report(world, first) == 200
    assert mailed(world) == LOCKED


@ALL
def test_where_another_way_opens_factors_are_required_as_ever(world: World) -> None:
    """Rows 64 and 66: a dispute is no way past a factor, however new: whoever has the phone needs it too."""
    world.add_user(phone=PHONE, phoneVerified=True)
    link = world.token()
    assert world.factor(link, "phone").status == 200
    world.pump()
    assert world.factor(link, "phone", texted_code(sent(world, "sms")[-1])).status == 200
    assert world.reset(link, THIEFS).status == 200
    world.pump()
    world.change_user(totpSecret=SECRET)
    assert report(world, world.reports()[-1]) == 200
    flow = ask(world, "sms")
    token = world.verify_code(flow, texted_code(sent(world, "sms")[-1])).json["token"]
    assert world.reset(token).json["factors"] == ["totp", "phone"]
    assert world.factor(token, "totp", world.one_time_password(SECRET)).status == 200
    assert world.reset(token).status == 200
    assert world.sign_in(NEW_PASSWORD).status == 200


@ALL
def test_a_code_for_a_link_is_of_the_phone_that_got_it(world: World) -> None:
    """Rows 64 and 66: where a newer phone got it, or takes the older one's place, it proves nothing."""
    world.add_user(phone=PHONE, phoneVerified=True)
    link = world.token()
    assert world.factor(link, "phone").status == 200
    world.pump()
    code = texted_code(sent(world, "sms")[-1])
    world.change_user(phone=OTHER_PHONE)
    assert world.factor(link, "phone", code).json["code"] == "invalid_factor"
    world.change_user(phone=PHONE)
    assert world.factor(link, "phone", code).status == 200


@ALL
def test_a_freeze_of_a_version_that_noted_nothing_is_opened_by_an_operator_alone(world: World) -> None:
    """Row 64: what stood before the change, nobody knows; a link of before the freeze opens in no case."""
    world.add_user(phone=PHONE, phoneVerified=True)
    world.change_user(totpSecret=SECRET)
    link = world.token()
    assert world.factor(link, "totp", world.one_time_password(SECRET)).status == 200
    assert world.reset(link, THIEFS).status == 200
    world.pump()
    account = to_item({"user_id": world.user()["user_id"]})
    table = world.environment["ACCOUNTS_TABLE"]
    assert json.loads(standing(world)["stood"])["way"] == "factor"
    world.dynamodb.update_item(TableName=table, Key=account, UpdateExpression="REMOVE stood")
    assert report(world, world.reports()[-1]) == 200
    assert is_locked(world)
    world.clock.advance(FREEZE)
    link = world.token()
    assert world.factor(link, "totp", world.one_time_password(SECRET)).status == 200
    assert world.reset(link).status == 200


@BY_PHONE
def test_strangers_use_up_no_code_of_a_frozen_account(world: World) -> None:
    """Rows 62 and 64: those of before the freeze are counted apart, and afterwards there are four times as many."""
    world.add_user(phone=PHONE, phoneVerified=True)
    token = change(world)
    for _ in range(6):
        world.forgot(channel="sms")
    world.pump()
    assert len(sent(world, "sms")) == 6
    assert report(world, token) == 200
    texts = len(sent(world, "sms"))
    for _ in range(2):  # for no more than ten codes of an identifier are open
        world.clock.advance(600)
        for _ in range(9):
            world.forgot(channel="sms")
        world.pump()
    assert len(sent(world, "sms")) == texts + 18
    assert change_by_phone(world).status == 200


@pytest.mark.settings(CHANNELS="email,sms", RESET_LIMIT_PER_SOURCE="0")
def test_the_last_place_of_an_hour_is_no_mail_that_says_no(world: World) -> None:
    """Rows 62 and 64: who requests by phone is sent the code, for a mailed link would open nothing."""
    world.add_user(phone=PHONE, phoneVerified=True)
    assert report(world, change(world)) == 200
    world.clock.advance(3600)
    for _ in range(2):
        assert mailed(world) == LOCKED
    assert change_by_phone(world).status == 200
    assert world.forgot().status == 429
