"""Reports, "this wasn't me": what a notice's link does, to whom, and what thieves, scanners and readers can't."""

import json
from typing import Any

import pytest

from local import bus
from local.gateway import Context, function
from password_reset.aws.items import to_item
from password_reset.proofs.reports import report_hash
from tests.handlers.test_factors import SECRET
from tests.handlers.test_levers import OPERATOR, pull
from tests.handlers.test_notices import write
from tests.handlers.test_phones import PHONE, ask, sent, texted_code
from tests.wire import Wire, timeout
from tests.world import EMAIL, NEW_PASSWORD, Answer, World
from tools.commands import CommandError
from tools.levers import run

DAY = 86400
FREEZE = 3 * DAY
LOCKED = "Your Example account is locked"
THIEFS = "the thief's own words"
BY_PHONE = pytest.mark.settings(CHANNELS="email,sms", RESET_LIMIT_PER_IDENTIFIER="0", RESET_LIMIT_PER_SOURCE="0")
UNLIMITED = pytest.mark.settings(RESET_LIMIT_PER_IDENTIFIER="0", RESET_LIMIT_PER_SOURCE="0")


def change(world: World, password: str = THIEFS) -> str | None:
    """Reset by a mailed link; return the token by which the mailed notice disputes that, if it brings one."""
    before = len(world.reports())
    world.clock.advance(1)
    assert world.reset(world.token(), password).status == 200
    world.pump()
    return next(iter(world.reports()[before:]), None)


def disputed(world: World, password: str = THIEFS) -> str:
    """Reset by a mailed link, and dispute that by the mailed notice; return the notice's token."""
    token = change(world, password)
    assert token
    assert world.report(token).status == 200
    world.pump()
    return token


def change_by_phone(world: World, password: str = NEW_PASSWORD) -> Answer:
    """Reset by a code to the phone."""
    world.clock.advance(1)
    flow = ask(world, "sms")
    exchanged = world.verify_code(flow, texted_code(sent(world, "sms")[-1]))
    assert exchanged.status == 200, exchanged
    answer = world.reset(exchanged.json["token"], password)
    world.pump()
    return answer


def owner(world: World) -> None:
    world.add_user(phone=PHONE, phoneVerified=True)


def standing(world: World) -> dict[str, Any]:
    return next(iter(world.items("ACCOUNTS_TABLE")), {})


def why(world: World, event: str = "report-change") -> str | None:
    said: str | None = world.audited(event)[-1]["why"]
    return said


def without_request_id(answer: Answer) -> str:
    return answer.body.replace(answer.json["requestId"], "")


@pytest.mark.moto_too
def test_a_dispute_freezes_the_account_and_ends_all_that_is_open(world: World) -> None:
    """Row 64: three days nobody signs in, the mailbox resets nothing, and all of it is told; then it may again."""
    user_id = world.add_user()
    token = change(world)
    session, link, code = world.signed_in(THIEFS), world.token(), world.mailed_tokens()[-1]
    assert token
    answer = world.report(f"{token}", " DEMO@Example.COM ")
    assert (answer.status, answer.json) == (
        200,
        {"message": "Your account is locked. Its sessions have ended, and nobody can sign in for now."},
    )
    assert world.user()["credentials_version"] == 2
    assert world.me(session).status == 401
    assert [world.verify(old).json for old in (link, code)] == [{"valid": False}] * 2
    assert world.sign_in(THIEFS).json["code"] == "invalid_credentials"
    assert why(world, "sign-in") == "frozen"
    at = world.clock()
    world.pump()
    notice = world.mails()[-1]
    assert (notice["to"], notice["subject"]) == ([EMAIL], LOCKED)
    assert "The lock ends on 23 November 2026 at 22:43 UTC." in notice["text"]
    event = bus.events()[-1]
    assert (event["source"], event["detail-type"]) == ("password-reset", "PasswordChangeDisputed")
    assert event["detail"] == {
        "id": world.audited("report-change")[-1]["requestId"],
        "userId": user_id,
        "disputedAt": "2026-11-20T22:43:17Z",
        "frozenUntil": "2026-11-23T22:43:17Z",
    }
    assert [record["outcome"] for record in world.audited("notify-dispute")] == ["accepted"]
    mailed = len(world.mailed_tokens())
    assert world.forgot().status == 200
    world.pump()
    assert (len(world.mailed_tokens()), world.mails()[-1]["subject"]) == (mailed, LOCKED)
    world.clock.advance(FREEZE - (world.clock() - at).total_seconds() - 1)
    assert world.sign_in(THIEFS).status == 401
    world.clock.advance(1)
    assert world.sign_in(THIEFS).status == 200
    assert world.reset(world.token()).status == 200
    world.pump()
    assert world.mails()[-1]["subject"] == "Your Example password was changed"
    assert world.reports()[-1] != token


@UNLIMITED
def test_every_failure_is_answered_alike_and_changes_nothing(world: World) -> None:
    """Rows 21 and 64: unknown, malformed, of another purpose, with another address, expired, void, of nobody."""
    world.add_user()
    world.add_user("other@example.com")
    token, link = change(world), world.token()
    assert token
    tried = [
        (token, "other@example.com", "wrong_address"),
        (token, "nobody@example.com", "wrong_address"),
        (token[:-1], EMAIL, "unknown"),
        (token.swapcase(), EMAIL, "unknown"),
        (link, EMAIL, "unknown"),
        ("", EMAIL, "unknown"),
        ("x" * 4000, EMAIL, "unknown"),
        ("\0", EMAIL, "unknown"),
    ]
    answers = []
    for guess, email, reason in tried:
        answers.append(world.report(guess, email))
        assert why(world) == reason
    pull(world, "void-all")
    answers.append(world.report(token))
    assert why(world) == "void"
    pull(world, "clear")
    late = change(world, "other words entirely")
    assert late
    world.clock.advance(7 * DAY)
    answers.append(world.report(late))
    assert why(world) == "expired"
    assert {answer.status for answer in answers} == {400}
    assert {answer.json["code"] for answer in answers} == {"invalid_token"}
    assert len({without_request_id(answer) for answer in answers}) == 1
    assert (standing(world), world.queued()) == ({}, [])
    assert world.user()["credentials_version"] == 2
    # And a report is no reset token.
    assert world.verify(token).json == {"valid": False}
    assert world.reset(token).json["code"] == "invalid_token"


def test_the_work_does_not_depend_on_whose_address_is_typed(world: World, wire: Wire) -> None:
    """Rows 2 and 64: nothing is looked up by it; and a dispute's calls are counted."""
    world.add_user()
    world.add_user("other@example.com")
    token = change(world)
    assert token
    calls: dict[tuple[str, str], list[str]] = {}
    for guess in ("A" * 43, token):
        for email in ("other@example.com", "nobody@example.com", EMAIL):
            wire.calls.clear()
            world.report(guess, email)
            calls[guess[:1] if guess[:2] == "AA" else "token", email] = wire.operations()
    assert calls == {
        ("A", "other@example.com"): ["dynamodb.GetItem"],
        ("A", "nobody@example.com"): ["dynamodb.GetItem"],
        ("A", EMAIL): ["dynamodb.GetItem"],
        ("token", "other@example.com"): ["dynamodb.GetItem", "dynamodb.UpdateItem"],
        ("token", "nobody@example.com"): ["dynamodb.GetItem", "dynamodb.UpdateItem"],
        ("token", EMAIL): [
            "dynamodb.GetItem",
            "dynamodb.BatchGetItem",
            "sqs.SendMessage",
            "dynamodb.TransactWriteItems",
        ],
    }


def test_whoever_tries_addresses_has_ten_a_day_and_leaves_the_owner_theirs(world: World) -> None:
    """Row 64: a phone's message tells no address; and who reads the mailbox can't kill the link by wrong ones."""
    world.add_user()
    token = change(world)
    assert token
    for number in range(10):
        source = ("2001:db8::1", "2001:db8::2")[number % 2]  # which are one source
        assert (world.report(token, f"user{number}@example.com", source).status, why(world)) == (400, "wrong_address")
    for email in (EMAIL, "user10@example.com"):
        assert (world.report(token, email, "2001:db8::3").status, why(world)) == (400, "refused")
    assert standing(world) == {}
    world.clock.advance(DAY)
    assert (world.report(token, "user10@example.com", "2001:db8::1").status, why(world)) == (400, "wrong_address")
    (item,) = (item for item in world.items("RESET_TOKENS_TABLE") if "wrong_from" in item)
    assert len(item["wrong_from"]) == 11
    assert world.report(token, EMAIL, "2001:db8:0:1::").status == 200


def test_wrong_addresses_fill_no_item(world: World) -> None:
    """Row 64: of four hundred the later half is kept, and the owner's source has its own."""
    world.add_user()
    token = change(world)
    assert token
    reports = world.app.proofs.reports
    assert reports
    hashed, kept = report_hash(token), []
    for many in (399, 400):
        world.dynamodb.update_item(
            TableName=world.environment["RESET_TOKENS_TABLE"],
            Key=to_item({"token_hash": hashed}),
            UpdateExpression="SET wrong_from = :many",
            ExpressionAttributeValues=to_item({":many": ["0.aaaaaaaaaaaa"] * many}),
        )
        assert world.report(token, "other@example.com").status == 400
        found = reports.find(hashed)
        assert found
        kept.append(len(found.wrong))
    assert kept == [400, 201]
    assert world.report(token).status == 200


@UNLIMITED
def test_a_thief_who_changes_the_password_again_does_not_kill_the_link(world: World) -> None:
    """Row 64: nor the address; for seven days, whoever used the address's requests up."""
    world.add_user()
    token = change(world)
    for number in range(3):
        change(world, f"the thief's other words {number}")
    write(world, email="thief@example.com", email_key="thief@example.com")
    world.clock.advance(7 * DAY - 10)
    assert token
    assert world.report(token).status == 200
    assert world.sign_in("the thief's other words 2", "thief@example.com").status == 401


def test_it_works_while_requests_are_used_up(world: World) -> None:
    """Rows 62 and 64: no budget of a stranger's is in its way, and no pause."""
    world.add_user()
    for _ in range(3):
        world.forgot(source="198.51.100.1")
    world.pump()
    assert world.reset(world.mailed_tokens()[0], THIEFS).status == 200
    world.pump()
    assert world.forgot().status == 429
    pull(world, "pause refuse --reset")
    assert world.report(world.reports()[-1]).status == 200
    world.pump()
    assert world.mails()[-1]["subject"] == LOCKED


def test_a_replay_voids_nothing_that_came_since(world: World) -> None:
    """Row 64: repeated it's answered the same; the link of another channel too, and neither does it again."""
    world.add_user()
    token = disputed(world)
    before = (standing(world), world.user(), len(world.mails()))
    world.clock.advance(60)
    again = world.report(token)
    assert (again.status, again.json["message"][:23]) == (200, "Your account is locked.")
    assert world.audited("report-change")[-1]["reason"] == "already_frozen"
    world.pump()
    assert (standing(world), world.user(), len(world.mails())) == before
    world.clock.advance(FREEZE)
    ended = world.report(token)
    assert (ended.status, ended.json) == (
        200,
        {"message": "This change was reported, and your account was locked. The lock has ended."},
    )
    assert world.audited("report-change")[-1]["reason"] == "used"
    assert (standing(world), world.user(), len(world.mails())) == before
    assert world.sign_in(THIEFS).status == 200


@UNLIMITED
def test_one_dispute_spends_the_links_of_all_earlier_changes(world: World) -> None:
    """Row 64: whoever collected links can't freeze the account for one of them after the other."""
    world.add_user()
    earlier, latest = change(world), change(world, "the thief's second words")
    assert earlier
    assert latest
    assert world.report(latest).status == 200
    world.clock.advance(FREEZE)
    assert [world.report(token).status for token in (earlier, latest)] == [400, 200]
    assert why(world) is None
    assert world.sign_in("the thief's second words").status == 200


@BY_PHONE
def test_each_channels_notice_has_a_link_of_its_own(world: World) -> None:
    """Row 64: the phone's disputes what the mailbox's thief did; then the phone opens, and the mailbox doesn't."""
    owner(world)
    mailed = change(world)
    (texted,) = world.reports("sms")
    assert mailed != texted
    assert sent(world, "sms")[-1]["text"] == (
        "Your Example password was changed. Not you? Lock your account: "
        f"http://127.0.0.1:8000/report-change?lang=en#token={texted}"
    )
    assert world.report(texted).status == 200
    world.pump()
    assert sent(world, "sms")[-1]["text"] == (
        "Your Example account is locked until 23 November 2026 at 22:43 UTC: a password change was reported as not "
        "yours. Help: support@example.com"
    )
    world.forgot()
    world.pump()
    assert [mail["subject"] for mail in sent(world, "email")][-2:] == [LOCKED, LOCKED]
    assert change_by_phone(world).status == 200
    assert world.sign_in(NEW_PASSWORD).status == 200
    assert "frozen_until" not in standing(world)
    # It was the phone that disputed, so nobody is overruled.
    assert [len(world.reports(channel)) for channel in ("email", "sms")] == [2, 2]


@BY_PHONE
def test_a_later_change_by_another_channel_overrules(world: World) -> None:
    """Row 64: the owner is back by phone, and the thief's link to the mailbox is dead."""
    owner(world)
    token = change(world)
    assert token
    assert change_by_phone(world).status == 200
    assert (world.report(token).status, why(world)) == (400, "superseded")
    assert world.sign_in(NEW_PASSWORD).status == 200


@BY_PHONE
def test_a_mailboxs_reader_disputes_the_owners_change_once(world: World) -> None:
    """Row 64: the phone overrules it at once, and for thirty days the mailbox's notices bring no such link."""
    owner(world)
    assert change_by_phone(world).status == 200
    (token,) = world.reports()
    assert world.report(token).status == 200
    world.pump()
    assert change_by_phone(world, "purple otters read again").status == 200
    assert world.sign_in("purple otters read again").status == 200
    assert world.report(token).status == 400
    assert len(world.reports()) == 1
    assert "forgot-password" in [mail for mail in world.mails() if mail["channel"] == "email"][-1]["text"]
    world.clock.advance(30 * DAY - 3)
    assert change_by_phone(world, "purple otters read more").status == 200
    assert (len(world.reports()), len(world.reports("sms"))) == (1, 3)
    world.clock.advance(3)
    assert change_by_phone(world, "purple otters read on").status == 200
    assert len(world.reports()) == 2


@BY_PHONE
def test_where_the_phone_is_in_other_hands_the_mailbox_opens(world: World) -> None:
    """Row 64: changed and disputed by phone alone; requests for it become a mailed link."""
    owner(world)
    assert change_by_phone(world, THIEFS).status == 200
    (texted,) = world.reports("sms")
    assert world.report(texted).status == 200
    world.pump()
    texts = len(sent(world, "sms"))
    ask(world, "sms")
    assert len(sent(world, "sms")) == texts
    assert world.audited("deliver-reset")[-2]["reason"] == "frozen"
    assert world.reset(world.mailed_tokens()[-1]).status == 200
    assert world.sign_in(NEW_PASSWORD).status == 200


@pytest.mark.settings(FACTORS="totp", RESET_LIMIT_PER_IDENTIFIER="0")
def test_a_factor_opens_and_overrules(world: World) -> None:
    """Rows 64 and 66: the mailbox alone does not, which had to show one anyway."""
    world.add_user()
    world.change_user(totpSecret=SECRET)
    token = world.token()
    assert world.factor(token, "totp", world.one_time_password(SECRET)).status == 200
    assert world.reset(token, THIEFS).status == 200
    world.pump()
    assert world.report(world.reports()[-1]).status == 200
    world.clock.advance(60)
    world.pump()
    token = world.token()
    assert world.reset(token).json["code"] == "factor_required"
    assert world.factor(token, "totp", world.one_time_password(SECRET)).status == 200
    assert world.reset(token).status == 200
    assert world.sign_in(NEW_PASSWORD).status == 200
    world.pump()
    assert len(world.reports()) == 1


@UNLIMITED
def test_a_link_that_was_mailed_before_the_freeze_was_known_does_not_open(world: World) -> None:
    """Row 64: the reset itself refuses, whatever is sent."""
    world.add_user()
    disputed(world)
    until = standing(world)["frozen_until"]

    def put(frozen_until: int) -> None:
        world.dynamodb.update_item(
            TableName=world.environment["ACCOUNTS_TABLE"],
            Key=to_item({"user_id": world.user()["user_id"]}),
            UpdateExpression="SET frozen_until = :until",
            ExpressionAttributeValues=to_item({":until": frozen_until}),
        )

    put(0)  # as a worker has it that reads a moment before the freeze, and mails after it
    token = world.token()
    put(until)
    assert world.verify(token).json == {"valid": False}
    assert (world.reset(token).json["code"], why(world, "reset-password")) == ("invalid_token", "frozen")
    world.clock.advance(FREEZE)
    assert world.sign_in(THIEFS).status == 200


@UNLIMITED
def test_an_operator_opens(world: World) -> None:
    """Row 64: on record, with every earlier link dead, and none by that channel for thirty days."""
    user_id = world.add_user()
    token = disputed(world)
    world.clock.advance(60)
    assert run(world.app, ["reopen", EMAIL], OPERATOR) == (
        f"{user_id} is open again; links of earlier notices no longer dispute."
    )
    (recorded,) = world.items("LEVERS_TABLE")
    assert (recorded["by"], json.loads(recorded["changes"])) == (OPERATOR, {"reopen": user_id})
    assert world.sign_in(THIEFS).status == 200
    assert (world.report(token).status, why(world)) == (400, "superseded")
    assert change(world, NEW_PASSWORD) is None
    assert "was not frozen" in run(world.app, ["reopen", EMAIL], OPERATOR)
    assert run(world.app, ["reopen", "nobody@example.com"], OPERATOR) == "No account has this address."
    with pytest.raises(CommandError, match="is no email address"):
        run(world.app, ["reopen", "nobody"], OPERATOR)


def test_an_attempt_that_froze_nothing_is_not_announced(world: World, wire: Wire) -> None:
    """Row 64: what was queued before the write is decided after it."""
    world.add_user()
    token = change(world)
    assert token
    wire.fail("dynamodb.TransactWriteItems", *[timeout] * 3)
    mailed = len(world.mails())
    assert world.report(token).status == 503
    world.pump()
    assert world.audited("notify-dispute")[-1]["reason"] == "not_frozen"
    assert (len(world.mails()), standing(world)) == (mailed, {})
    wire.lose_answer("dynamodb.TransactWriteItems")
    assert world.report(token).status == 200
    world.pump()
    assert world.mails()[-1]["subject"] == LOCKED
    assert world.user()["credentials_version"] == 2


def test_a_redelivered_announcement_is_sent_once(world: World) -> None:
    world.add_user()
    token = change(world)
    assert token
    assert world.report(token).status == 200
    (message,) = world.queued()
    world.pump()
    mailed = len(world.mails())
    again = {"messageId": "again", "body": message.body, "eventSource": "aws:sqs"}
    assert function("deliver")({"Records": [again]}, Context())["batchItemFailures"] == []
    assert len(world.mails()) == mailed


def calls_of_a_reset(world: World, wire: Wire) -> list[str]:
    """Verify a link and reset by it; return the calls to the tables."""
    world.add_user()
    token = world.token()
    wire.calls.clear()
    assert world.verify(token).json["valid"]
    assert world.reset(token).status == 200
    return [operation for operation in wire.operations() if operation.startswith("dynamodb")]


@pytest.mark.settings(FREEZE_SECONDS="0")
def test_switched_off_it_costs_nothing(world: World, wire: Wire) -> None:
    """No link, no route, and the calls of before: accounts are read alone, and a notice is one item."""
    assert calls_of_a_reset(world, wire) == [
        *("dynamodb.GetItem", "dynamodb.GetItem"),
        *("dynamodb.GetItem", "dynamodb.GetItem", "dynamodb.TransactWriteItems"),
    ]
    assert len(wire.sent("dynamodb.TransactWriteItems")[0]["TransactItems"]) == 2
    world.pump()
    assert world.reports() == []
    assert "This wasn’t me – reset my password" in world.mails()[-1]["text"]
    assert world.report("A" * 43).json["code"] == "not_found"
    with pytest.raises(CommandError, match="no account is ever frozen"):
        run(world.app, ["reopen", EMAIL], OPERATOR)


def test_what_it_costs(world: World, wire: Wire) -> None:
    """A reset makes the calls that it made before; its transaction has one item more only where something is noted."""
    assert calls_of_a_reset(world, wire) == [
        *("dynamodb.GetItem", "dynamodb.BatchGetItem"),
        *("dynamodb.GetItem", "dynamodb.BatchGetItem", "dynamodb.TransactWriteItems"),
    ]
    assert len(wire.sent("dynamodb.TransactWriteItems")[0]["TransactItems"]) == 2
    assert standing(world) == {}


@pytest.mark.settings(CHANNELS="email,whatsapp", WHATSAPP_REPORT_TEMPLATE="password_changed_report")
def test_whatsapp_has_a_button(world: World) -> None:
    """Its template's address ends in the token; the templates of notices without links are as they were."""
    owner(world)
    change(world)
    told = sent(world, "whatsapp")[-1]["text"]
    token, _, template = told.partition(" ")
    assert template == "(password_changed_report, en)"
    assert world.report(token).status == 200
    world.pump()
    assert sent(world, "whatsapp")[-1]["text"] == "(account_locked, en)"


@pytest.mark.settings(CHANNELS="email,whatsapp")
def test_whatsapp_without_a_template_of_its_own_brings_no_link(world: World) -> None:
    owner(world)
    change(world)
    assert sent(world, "whatsapp")[-1]["text"] == "(password_changed, en)"
    assert len([item for item in world.items("RESET_TOKENS_TABLE") if "proven" in item]) == 1
