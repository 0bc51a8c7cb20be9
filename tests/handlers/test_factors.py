"""Second factors at reset: asked for, counted, shown once, and nothing where there are none."""

from typing import Any

import pytest

from local.gateway import Context, function
from password_reset.proofs.factors import code_digest
from tests.handlers.test_phones import PHONE, texted_code
from tests.wire import refusal
from tests.world import EMAIL, NEW_PASSWORD, PASSWORD, World

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # pragma: allowlist secret - of nobody
OTHER_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # pragma: allowlist secret - of the standard
CODES = ["k7wq-2m4t-x5ra-9bcd", "p3hz-6n8v-y2sf-4gjk"]
BOTH = pytest.mark.settings(FACTORS="totp,recovery_code")
UNLIMITED = pytest.mark.settings(FACTORS="totp,recovery_code", RESET_LIMIT_PER_IDENTIFIER="0")
WRONG = "000000"


def account(world: World, **members: Any) -> str:
    """Create the demo account with factors; return its id."""
    user_id = world.add_user()
    world.change_user(**(members or {"totpSecret": SECRET, "recoveryCodes": CODES}))
    return user_id


def without_request_id(answer: Any) -> str:
    return str(answer.body.replace(answer.json["requestId"], ""))


@BOTH
@pytest.mark.moto_too
def test_a_link_alone_is_not_enough(world: World) -> None:
    """Rows 35 and 66: the kinds are told to the token's holder, before any password is compared; a factor opens it."""
    account(world)
    token = world.token()
    verified = world.verify(token).json
    assert (verified["valid"], verified["factors"]) == (True, ["totp", "recovery_code"])
    for password in (NEW_PASSWORD, PASSWORD, "short"):
        answer = world.reset(token, password)
        assert answer.status == 400
        assert {name: value for name, value in answer.json.items() if name != "requestId"} == {
            "type": "urn:password-reset:problem:factor_required",
            "title": "Second factor required",
            "status": 400,
            "detail": "Prove this reset by another factor first: the link alone is not enough here.",
            "code": "factor_required",
            "factors": ["totp", "recovery_code"],
        }
    assert world.queued() == []
    shown = world.factor(token, "totp", world.one_time_password(SECRET))
    assert (shown.status, shown.json) == (200, {"verified": True})
    assert "factors" not in world.verify(token).json
    assert world.reset(token).status == 200
    assert world.sign_in(NEW_PASSWORD).status == 200
    assert {record["reason"] for record in world.audited("reset-password")} == {"factor_required", None}


@BOTH
def test_only_the_holder_of_a_token_is_told(world: World) -> None:
    """Row 66: a token that may not be used tells of no factors."""
    account(world)
    for token in ("x", "A" * 43):
        assert world.verify(token).json == {"valid": False}
        assert world.reset(token).json["code"] == "invalid_token"
        assert world.factor(token, "totp", WRONG).json["code"] == "invalid_token"


@BOTH
@pytest.mark.parametrize("seconds", [-30, 0, 30])
def test_a_clock_that_is_off_is_no_obstacle(world: World, seconds: int) -> None:
    """Row 66: by 30 seconds."""
    account(world)
    token = world.token()
    assert world.factor(token, "totp", world.one_time_password(SECRET, seconds)).status == 200


@BOTH
def test_every_failure_is_answered_alike(world: World) -> None:
    """Row 66: wrong, shown before, not the account's, not of this kind, or guessed at too often."""
    account(world, totpSecret=SECRET)
    world.add_user("other@example.com")
    first, second, third = world.token(), world.token(), world.token("other@example.com")
    password = world.one_time_password(SECRET)
    assert world.factor(first, "totp", password).status == 200
    answers = [
        world.factor(second, "totp", password),
        world.factor(second, "totp", WRONG),
        world.factor(second, "recovery_code", CODES[0]),
        world.factor(second, "totp", world.one_time_password(OTHER_SECRET)),
        world.factor(second, "totp", ""),
        world.factor(second, "totp", world.one_time_password(SECRET, 30)),  # the sixth guess, and right
        world.factor(third, "totp", WRONG),
        world.factor(third, "recovery_code", ""),
    ]
    assert {(answer.status, answer.json["code"]) for answer in answers} == {(400, "invalid_factor")}
    assert len({without_request_id(answer) for answer in answers}) == 1
    assert world.reset(second).json["code"] == "factor_required"


@BOTH
def test_two_tokens_are_not_proven_by_one_password(world: World) -> None:
    """Row 66: the step goes with the first."""
    account(world)
    first, second = world.token(), world.token()
    password = world.one_time_password(SECRET)
    assert [world.factor(token, "totp", password).status for token in (first, second)] == [200, 400]
    world.clock.advance(30)
    assert world.factor(second, "totp", world.one_time_password(SECRET)).status == 200


@BOTH
def test_a_lost_answer_is_asked_for_again(world: World) -> None:
    """A proven token stays so, and nothing more is compared or used up."""
    account(world)
    token = world.token()
    assert world.factor(token, "recovery_code", CODES[0]).status == 200
    assert world.factor(token, "recovery_code", CODES[0]).json == {"verified": True}
    assert world.factor(token, "totp", WRONG).json == {"verified": True}
    (item,) = world.items("ACCOUNTS_TABLE")
    assert len(item["recovery_codes"]) == 1


@BOTH
def test_a_recovery_code_is_good_once_and_its_use_is_told(world: World) -> None:
    """Row 67: whatever its letters and dashes look like; by mail, once, to the stored address."""
    user_id = account(world)
    first, second = world.token(), world.token()
    before = len(world.mails())
    assert world.factor(first, "recovery_code", CODES[0].upper().replace("-", " ")).status == 200
    assert world.factor(second, "recovery_code", CODES[0]).status == 400
    world.pump()
    (notice,) = world.mails()[before:]
    assert (notice["to"], notice["subject"]) == ([EMAIL], "A recovery code for your Example account was used")
    assert "on 20 November 2026 at 22:43 UTC from an iPhone" in notice["text"]
    assert CODES[0] not in str(world.mails()) + str(world.items("ACCOUNTS_TABLE"))
    (item,) = world.items("ACCOUNTS_TABLE")
    assert item["recovery_codes"] == {code_digest(user_id, CODES[1])}
    assert [record["outcome"] for record in world.audited("recovery-code-used")] == ["accepted"]
    assert world.reset(first).status == 200


@BOTH
def test_codes_are_replaced_as_a_set(world: World) -> None:
    """Row 67: none of the earlier ones is good."""
    account(world)
    world.change_user(recoveryCodes=["new1-new1-new1-new1"])
    token = world.token()
    assert [world.factor(token, "recovery_code", code).status for code in CODES] == [400, 400]
    assert world.factor(token, "recovery_code", "new1-new1-new1-new1").status == 200


@BOTH
def test_a_wrong_recovery_code_is_told_to_nobody(world: World) -> None:
    account(world)
    token, before = world.token(), len(world.mails())
    assert world.factor(token, "recovery_code", "xxxx-xxxx-xxxx-xxxx").status == 400
    world.pump()
    assert len(world.mails()) == before


@UNLIMITED
def test_twenty_guesses_a_day_at_an_account(world: World) -> None:
    """Row 66: whatever the token; then nothing is compared until a day is over."""
    account(world)
    for _ in range(4):
        token = world.token()
        assert {world.factor(token, "totp", WRONG).status for _ in range(5)} == {400}
    token = world.token()
    assert world.factor(token, "totp", world.one_time_password(SECRET)).status == 400
    assert world.factor(token, "recovery_code", CODES[0]).status == 400
    world.clock.advance(86401)
    assert world.factor(world.token(), "totp", world.one_time_password(SECRET)).status == 200


@UNLIMITED
def test_sixty_guesses_a_month_and_recovery_codes_beside(world: World) -> None:
    """Row 66: or a password that two steps admit would be guessed in years; recovery codes can't be guessed."""
    account(world)
    for _ in range(3):
        for _ in range(4):
            token = world.token()
            assert {world.factor(token, "totp", WRONG).status for _ in range(5)} == {400}
        world.clock.advance(86401)
    token = world.token()
    assert world.factor(token, "totp", world.one_time_password(SECRET)).status == 400
    assert world.factor(token, "recovery_code", CODES[0]).status == 200
    world.clock.advance(30 * 86400)
    assert world.factor(world.token(), "totp", world.one_time_password(SECRET)).status == 200


@BOTH
def test_a_proof_is_of_the_factors_that_there_are(world: World) -> None:
    """Row 66: replaced in between, the new one is asked for; removed, none is."""
    account(world)
    token = world.token()
    assert world.factor(token, "totp", world.one_time_password(SECRET)).status == 200
    world.change_user(totpSecret=OTHER_SECRET)
    assert world.reset(token).json["factors"] == ["totp", "recovery_code"]
    assert world.verify(token).json["factors"] == ["totp", "recovery_code"]
    assert world.factor(token, "totp", world.one_time_password(OTHER_SECRET)).status == 200
    world.change_user(totpSecret=None, recoveryCodes=None)
    assert "factors" not in world.verify(token).json
    assert world.reset(token).status == 200


@BOTH
def test_a_factor_enrolled_while_a_password_is_written_stops_it(world: World, wire: Any) -> None:
    """Row 66: the consuming transaction takes the factors as they were read."""
    world.add_user()
    token = world.token()
    wire.fail("dynamodb.TransactWriteItems", lambda: world.change_user(totpSecret=SECRET))
    assert world.reset(token).json["code"] == "invalid_token"
    assert world.sign_in(PASSWORD).status == 200
    assert world.reset(token).json["code"] == "factor_required"


@BOTH
def test_a_proven_token_is_a_token_as_any_other(world: World) -> None:
    """Row 66: proven and not used, it expires, and dies with the account's state."""
    account(world)
    first, second = world.token(), world.token()
    assert world.factor(first, "totp", world.one_time_password(SECRET)).status == 200
    world.clock.advance(30)
    assert world.factor(second, "totp", world.one_time_password(SECRET)).status == 200
    assert world.reset(first).status == 200
    assert world.reset(second).json["code"] == "invalid_token"
    assert world.factor(second, "totp", world.one_time_password(SECRET, 30)).json["code"] == "invalid_token"
    third = world.token()
    world.clock.advance(30)
    assert world.factor(third, "totp", world.one_time_password(SECRET)).status == 200
    world.clock.advance(3601)
    assert world.reset(third).json["code"] == "invalid_token"


CALLS = {
    "off": ["dynamodb.GetItem", "dynamodb.GetItem", "sqs.SendMessage", "dynamodb.TransactWriteItems"],
    "on": ["dynamodb.GetItem", "dynamodb.BatchGetItem", "sqs.SendMessage", "dynamodb.TransactWriteItems"],
}


@pytest.mark.parametrize(
    "factors", [pytest.param("off", marks=pytest.mark.settings(FREEZE_SECONDS="0")), pytest.param("on", marks=BOTH)]
)
def test_without_factors_there_is_no_call_and_no_byte_more(world: World, wire: Any, factors: str) -> None:
    """Row 66: verify makes two calls and reset four; with factors on, the second reads the account's beside it."""
    world.add_user()
    token = world.token()
    world.verify(token)
    wire.calls.clear()
    answer = world.verify(token)
    assert answer.json == {"valid": True, "expiresAt": "2026-11-20T22:58:16Z", "email": EMAIL, "purpose": "reset"}
    assert wire.operations() == CALLS[factors][:2]
    wire.calls.clear()
    answer = world.reset(token)
    assert (answer.status, answer.body) == (
        200,
        '{"message":"Your password has been reset. You can now sign in with your new password."}',
    )
    assert wire.operations() == CALLS[factors]


def test_where_factors_are_off_there_is_no_such_route(world: World) -> None:
    world.add_user()
    assert world.factor(world.token(), "totp", WRONG).status == 404
    with pytest.raises(ValueError, match="FACTORS is off"):
        world.change_user(totpSecret=SECRET)


@BOTH
def test_secrets_are_kept_encrypted_and_codes_hashed(world: World, log: Any, wire: Any) -> None:
    """Row 67: nothing that is shown stands in a table, a queue, a log or an audit record."""
    user_id = account(world)
    token = world.token()
    password = world.one_time_password(SECRET)
    world.factor(token, "totp", WRONG)
    world.factor(token, "recovery_code", CODES[0])
    stored = str(world.items("ACCOUNTS_TABLE") + world.items("RESET_TOKENS_TABLE") + world.items("LIMITS_TABLE"))
    queued = str([message.body for message in world.queued()])
    for secret in (SECRET, password, CODES[0], CODES[0].replace("-", "")):
        assert secret not in stored + queued + log.getvalue()
    (decrypted,) = wire.sent("kms.Decrypt")
    assert decrypted["EncryptionContext"] == {"user_id": user_id}


@BOTH
def test_a_missing_value_is_a_failure_like_any_other(world: World) -> None:
    """Row 66: told like a wrong one, after the token, and counted as no guess, for nothing is compared."""
    world.add_user()
    world.change_user(totpSecret=SECRET)
    token = world.token()
    assert world.factor("x", "totp").json["code"] == "invalid_token"
    for kind in ("totp", "recovery_code", "directory"):
        assert [world.factor(token, kind).json["code"] for _ in range(2)] == ["invalid_factor"] * 2
    wrong = world.factor(token, "totp", "0")
    missing = world.factor(token, "totp")
    told = [{name: value for name, value in answer.json.items() if name != "requestId"} for answer in (wrong, missing)]
    assert told[0] == told[1]
    assert world.factor(token, "totp", world.one_time_password(SECRET)).status == 200


@BOTH
@pytest.mark.parametrize(
    "body",
    [
        {"token": "x", "kind": "passkey", "value": "1"},
        {"token": "x"},
        {"token": "x", "kind": "totp", "value": 123456},
        {"token": "x", "kind": ["totp"], "value": "1"},
        {"token": "x", "kind": "totp", "value": "1", "more": "1"},
    ],
)
def test_a_body_is_what_it_must_be(world: World, body: object) -> None:
    """Rows 7 and 45: nothing is counted for what is no request."""
    assert world.call("/auth/verify-reset-factor", body).json["code"] == "invalid_request"


@pytest.mark.settings(FACTORS="totp")
def test_what_the_setting_leaves_out_is_no_factor(world: World) -> None:
    account(world)
    token = world.token()
    assert world.verify(token).json["factors"] == ["totp"]
    assert world.factor(token, "recovery_code", CODES[0]).json["code"] == "invalid_factor"
    assert world.factor(token, "totp", world.one_time_password(SECRET)).status == 200


@BOTH
@pytest.mark.parametrize("operation", ["kms.Decrypt", "dynamodb.TransactWriteItems", "dynamodb.UpdateItem"])
def test_a_fault_proves_nothing(world: World, wire: Any, operation: str) -> None:
    """Row 38: closed, and the next password opens it."""
    account(world)
    token = world.token()
    wire.fail(operation, *[refusal("InternalServerError", 500)] * 6)
    assert world.factor(token, "totp", world.one_time_password(SECRET)).status == 503
    assert world.reset(token).json["code"] == "factor_required"
    wire.reset()
    assert world.factor(token, "totp", world.one_time_password(SECRET, 30)).status == 200


@BOTH
def test_a_lost_answer_of_the_proof_is_a_proof(world: World, wire: Any) -> None:
    account(world)
    token = world.token()
    wire.lose_answer("dynamodb.TransactWriteItems", 2)
    assert world.factor(token, "totp", world.one_time_password(SECRET)).status == 200
    assert world.reset(token).status == 200


def texted(world: World) -> str:
    """Return the code of the latest message to a phone."""
    return texted_code(next(message for message in reversed(world.mails()) if message["channel"] != "email"))


PHONE_TOO = pytest.mark.settings(FACTORS="totp,phone", CHANNELS="email,sms")


@PHONE_TOO
@pytest.mark.moto_too
def test_a_mailed_link_is_proven_by_the_phone(world: World) -> None:
    """Row 66: a code to the verified phone, whose digest alone is kept; good once, for ten minutes."""
    world.add_user(phone=PHONE, phoneVerified=True)
    token = world.token()
    assert world.verify(token).json["factors"] == ["phone"]
    assert world.reset(token).json["factors"] == ["phone"]
    sent = world.factor(token, "phone")
    assert (sent.status, sent.json) == (200, {"sent": True})
    assert world.factor(token, "phone", "00000000").json["code"] == "invalid_factor"
    world.pump()
    code = texted(world)
    assert code not in str(world.items("RESET_TOKENS_TABLE"))
    assert [record["outcome"] for record in world.audited("factor-code")] == ["accepted"]
    assert world.factor(token, "phone", f"{code[:4]} {code[4:]}").json == {"verified": True}
    assert world.reset(token).status == 200


@PHONE_TOO
def test_the_channel_of_the_link_never_counts_twice(world: World) -> None:
    """Row 66: a code to the phone is proven by mail; a mailed link that stood in for the phone counts as mail."""
    world.add_user(phone=PHONE, phoneVerified=True)
    flow = world.forgot(channel="sms").json["flow"]
    world.pump()
    token = world.verify_code(flow, texted(world)).json["token"]
    assert world.verify(token).json["factors"] == ["phone"]
    assert world.mailed_codes() == []
    assert world.factor(token, "phone").json == {"sent": True}
    world.pump()
    assert world.factor(token, "phone", world.mailed_codes()[-1]).json == {"verified": True}
    assert world.reset(token).status == 200


@pytest.mark.settings(FACTORS="phone", CHANNELS="email,sms", SMS_COUNTRIES="1")
def test_a_link_that_stood_in_for_a_phone_counts_as_mail(world: World) -> None:
    """Row 66: what counts is what carried it. Where no phone is reached, nothing proves it."""
    world.add_user(phone=PHONE, phoneVerified=True)
    world.forgot(channel="sms")
    world.pump()
    token = world.mailed_tokens()[-1]
    assert world.verify(token).json["factors"] == ["phone"]
    before = len(world.mails())
    assert world.factor(token, "phone").json == {"sent": True}
    world.pump()
    assert len(world.mails()) == before
    assert [record["outcome"] for record in world.audited("factor-code")] == ["refused"]


@PHONE_TOO
def test_without_another_verified_channel_there_is_no_factor(world: World) -> None:
    """Row 66: such an account resets by its link, as before."""
    world.add_user(phone=PHONE, phoneVerified=False)
    token = world.token()
    assert "factors" not in world.verify(token).json
    assert world.factor(token, "phone").json["code"] == "invalid_factor"
    assert world.queued() == []
    assert world.reset(token).status == 200


@PHONE_TOO
def test_three_codes_a_token_and_the_newest_counts(world: World) -> None:
    """Row 66: a stranger who holds a link runs up no bill, and five guesses are all of them together."""
    world.add_user(phone=PHONE, phoneVerified=True)
    token = world.token()
    assert [world.factor(token, "phone").status for _ in range(4)] == [200, 200, 200, 400]
    world.pump()
    codes = [texted(world)]
    assert world.factor(token, "phone", f"{(int(codes[0]) + 1) % 10**8:08}").status == 400
    world.clock.advance(600)
    assert world.factor(token, "phone", codes[0]).json["code"] == "invalid_factor"


@PHONE_TOO
def test_a_code_of_another_token_proves_nothing(world: World) -> None:
    """Row 66: two links, one code."""
    world.add_user(phone=PHONE, phoneVerified=True)
    first, second = world.token(), world.token()
    world.factor(first, "phone")
    world.factor(second, "phone")
    world.pump()
    code = texted(world)  # of the second
    assert world.factor(first, "phone", code).status == 400
    assert world.factor(second, "phone", code).status == 200


@PHONE_TOO
def test_a_stranger_uses_no_codes_of_a_links_holder_up(world: World) -> None:
    """Rows 62 and 66: codes that anybody can request are counted apart, or their owner could not reset for a day."""
    world.add_user(phone=PHONE, phoneVerified=True)
    for _ in range(3):
        for _ in range(3):
            assert world.forgot(channel="sms", source="198.51.100.9").status == 200
        world.pump()
        world.clock.advance(3600)
    before = [message["channel"] for message in world.mails()].count("sms")
    token = world.token()
    for number in range(1, 7):  # and whoever has the mailbox runs up no bill
        assert world.factor(token, "phone").json == {"sent": True}
        world.pump()
        assert [message["channel"] for message in world.mails()].count("sms") == before + min(number, 5)
        token = world.token() if number == 3 else token
    assert (before, world.audited("factor-code")[-1]["reason"]) == (5, "phone_limit")


@PHONE_TOO
def test_a_request_for_a_code_that_comes_too_late_sends_nothing(world: World) -> None:
    world.add_user(phone=PHONE, phoneVerified=True)
    token = world.token()
    world.factor(token, "phone")
    world.change_user(password="another password entirely")
    world.pump()
    assert [record["reason"] for record in world.audited("factor-code")] == ["request_expired"]


READ = ["dynamodb.GetItem", "dynamodb.BatchGetItem"]
COUNTED = ["dynamodb.UpdateItem"] * 3
PROVEN = "dynamodb.TransactWriteItems"
ALL = pytest.mark.settings(FACTORS="totp,recovery_code,phone", CHANNELS="email,sms", RESET_LIMIT_PER_IDENTIFIER="0")


@ALL
def test_each_kind_makes_the_calls_that_the_docs_count(world: World, wire: Any) -> None:
    """Row 66: docs/operations.md has them, before and after."""
    world.add_user(phone=PHONE, phoneVerified=True)
    world.change_user(totpSecret=SECRET, recoveryCodes=CODES)

    def calls(kind: str, value: str | None = None, *, token: str = "") -> list[str]:
        token = token or world.token()
        wire.calls.clear()
        assert world.factor(token, kind, value).status == 200
        return list(wire.operations())

    def sent() -> list[str]:
        (message,) = world.queued()
        world.queued().clear()
        wire.calls.clear()
        record = {"messageId": "1", "body": message.body, "eventSource": "aws:sqs"}
        assert function("deliver")({"Records": [record]}, Context())["batchItemFailures"] == []
        return list(wire.operations())

    link = world.token()
    assert calls("totp", world.one_time_password(SECRET)) == [*READ, *COUNTED, "kms.Decrypt", PROVEN]
    assert calls("recovery_code", CODES[0]) == [*READ, *COUNTED[:2], "sqs.SendMessage", PROVEN]
    assert sent() == [READ[1], "dynamodb.PutItem", "email.SendEmail", "dynamodb.UpdateItem"]
    assert calls("phone", token=link) == [*READ, COUNTED[0], "sqs.SendMessage"]
    assert sent() == [READ[1], "dynamodb.PutItem", *COUNTED[:2], "sns.Publish", "dynamodb.UpdateItem"]
    assert calls("phone", texted(world), token=link) == [*READ, *COUNTED, PROVEN]
