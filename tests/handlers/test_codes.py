"""Codes: bound to their flow, guessed at most so often, and of a bad one nobody learns why."""

import hmac
import json
import re
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest

from infra.tables import TABLES
from local.worker import work_once
from password_reset.aws.items import to_item
from tests.wire import Wire, refusal, timeout
from tests.world import EMAIL, Answer, World

BY_CODE = pytest.mark.settings(EMAIL_STYLE="code")
OFTEN = pytest.mark.settings(EMAIL_STYLE="code", RESET_LIMIT_PER_IDENTIFIER="100", RESET_LIMIT_PER_SOURCE="0")


def another(code: str, step: int = 1) -> str:
    """Return a code that is wrong."""
    return f"{(int(code) + step) % 10**8:08}"


def without_request_id(answer: Answer) -> tuple[int, dict[str, str], str]:
    return answer.status, dict(answer.headers), answer.body.replace(answer.json.get("requestId", "\0"), "")


@BY_CODE
@pytest.mark.moto_too
def test_a_code_is_exchanged_for_a_token_once(world: World) -> None:
    world.add_user()
    flow, code = world.code()
    answer = world.verify_code(flow, code)
    assert (answer.status, answer.json.keys()) == (200, {"token", "expiresAt", "email"})
    assert (answer.json["expiresAt"], answer.json["email"]) == ("2026-11-20T22:53:16Z", EMAIL)
    token = answer.json["token"]
    assert world.verify(token).json == {
        "valid": True,
        "expiresAt": "2026-11-20T22:53:16Z",
        "email": EMAIL,
        "purpose": "reset",
    }
    assert world.verify_code(flow, code).json["code"] == "invalid_code"
    assert world.reset(token).status == 200


@pytest.mark.settings(EMAIL_STYLE="both")
def test_a_mail_opened_on_the_phone_is_finished_on_the_laptop(world: World) -> None:
    """With both, link and code each work; whichever resets voids the other."""
    world.add_user()
    flow, code = world.code()
    (linked,) = world.mailed_tokens()
    exchanged = world.verify_code(flow, code).json["token"]
    assert world.verify(linked).json["valid"]
    assert world.reset(exchanged).status == 200
    assert not world.verify(linked).json["valid"]


@pytest.mark.settings(EMAIL_STYLE="both")
def test_a_reset_by_the_link_voids_the_code(world: World) -> None:
    """Row 16: the exchange reads the account again."""
    world.add_user()
    flow, code = world.code()
    assert world.reset(world.mailed_tokens()[0]).status == 200
    assert world.verify_code(flow, code).json["code"] == "invalid_code"


def test_without_the_setting_there_is_no_code(world: World) -> None:
    world.add_user()
    world.token()
    assert world.items("CODES_TABLE") == []
    assert world.mailed_codes() == []


@BY_CODE
def test_a_code_alone_is_mailed(world: World) -> None:
    world.add_user()
    _, code = world.code()
    (mail,) = world.mails()
    assert "reset-password" not in mail["text"] + mail["html"]
    assert code not in mail["subject"] + str(mail["headers"])
    assert len(code) == 8
    assert world.items("RESET_TOKENS_TABLE") == []


def wrong(world: World) -> tuple[str, str]:
    flow, code = world.code()
    return flow, another(code)


def used(world: World) -> tuple[str, str]:
    flow, code = world.code()
    assert world.verify_code(flow, code).status == 200
    return flow, code


def expired(world: World) -> tuple[str, str]:
    flow, code = world.code()
    world.clock.advance(600)
    return flow, code


def exhausted(world: World) -> tuple[str, str]:
    flow, code = world.code()
    for step in range(1, 6):
        assert world.verify_code(flow, another(code, step)).status == 400
    return flow, code


def superseded(world: World) -> tuple[str, str]:
    flow, code = world.code()
    change_user(world, password_hash="$2b$10$" + "x" * 53)
    return flow, code


def of_another_flow(world: World) -> tuple[str, str]:
    flow, _ = world.code()
    _, code = world.code()
    return flow, code


def without_an_account(world: World) -> tuple[str, str]:
    flow: str = world.forgot("unknown@example.com").json["flow"]
    world.pump()
    return flow, "20471163"


BAD_CODES: dict[str, Callable[[World], tuple[str, str]]] = {
    "wrong": wrong,
    "used": used,
    "expired": expired,
    "exhausted": exhausted,
    "superseded": superseded,
    "another flow's": of_another_flow,
    "no account": without_an_account,
    "not yet sent": lambda world: (world.forgot().json["flow"], "20471163"),
    "unknown flow": lambda _: ("A" * 22, "20471163"),
    "empty": lambda world: (world.code()[0], ""),
    "spaced": lambda world: ((found := world.code())[0], f" {found[1]}"),
    "other digits": lambda world: (world.code()[0], "٢٠٤٧١١٦٣"),
    "NUL": lambda _: ("\0", "\0"),
    "long": lambda _: ("A" * 4000, "1" * 3000),
}


def change_user(world: World, **attributes: object) -> None:
    item = world.user() | attributes
    world.dynamodb.put_item(TableName=world.environment["USERS_TABLE"], Item=to_item(item))


@BY_CODE
def test_bad_codes_are_indistinguishable(world: World) -> None:
    """Row 21: one answer for every failure, byte for byte but the request id."""
    world.add_user()
    answers = {}
    for name, make in BAD_CODES.items():
        flow, code = make(world)
        answers[name] = without_request_id(world.verify_code(flow, code))
        world.clock.advance(86400)
    assert set(map(str, answers.values())) == {str(answers["wrong"])}
    refused = world.verify_code("A" * 22, "20471163")
    assert (refused.status, refused.json["code"], refused.json["title"]) == (
        400,
        "invalid_code",
        "Invalid or expired code",
    )


@BY_CODE
@pytest.mark.parametrize(("seconds", "status"), [(599, 200), (599.999, 200), (600, 400), (601, 400)])
@pytest.mark.moto_too
def test_expiry_is_compared_in_code(world: World, seconds: float, status: int) -> None:
    """Row 14: the item is still there, for TTL may be days late."""
    world.add_user()
    flow, code = world.code()
    world.clock.advance(seconds)
    assert world.verify_code(flow, code).status == status


@pytest.mark.parametrize(
    ("settings", "typed_at", "lives"),
    [
        ({"EMAIL_STYLE": "code"}, 0, 600),
        ({"EMAIL_STYLE": "code"}, 599, 1),
        ({"EMAIL_STYLE": "both"}, 300, 300),
        ({"CHANNELS": "email,sms"}, 590, 10),
        ({"EMAIL_STYLE": "code", "CODE_TTL_SECONDS": "3600"}, 3000, 600),
        ({"EMAIL_STYLE": "code", "CODE_TTL_SECONDS": "3600"}, 0, 900),
    ],
)
def test_a_token_that_was_got_by_a_code_lives_no_longer_than_it(
    world: World, settings: dict[str, str], typed_at: int, lives: int
) -> None:
    """Row 65: whenever it is typed; and no longer than any other token."""
    world.add_user(phone="+4915112345678", phoneVerified=True)
    by_phone = "CHANNELS" in settings
    flow = world.forgot(**({"channel": "sms"} if by_phone else {})).json["flow"]
    world.pump()
    (code,) = re.findall(r"^(\d{8})\b", world.mails()[-1]["text"], re.MULTILINE)
    world.clock.advance(typed_at)
    token = world.verify_code(flow, code).json["token"]
    world.clock.advance(lives - 1)
    assert world.verify(token).json["valid"]
    world.clock.advance(1)
    assert world.verify(token).json == {"valid": False}
    assert world.reset(token).json["code"] == "invalid_token"


@BY_CODE
@pytest.mark.moto_too
def test_a_flow_has_five_guesses(world: World) -> None:
    """Row 19: the fifth may be right; after five wrong ones the right one is refused."""
    world.add_user()
    flow, code = world.code()
    assert [world.verify_code(flow, another(code, step)).status for step in range(1, 5)] == [400] * 4
    assert world.verify_code(flow, code).status == 200
    flow, code = exhausted(world)
    assert world.verify_code(flow, code).status == 400


@BY_CODE
def test_sending_again_gives_nobody_more_guesses(world: World, wire: Wire) -> None:
    """Row 19: a worker that died before the mail sends another code for the guesses that are left (CVE-2021-29023)."""
    world.add_user()
    flow = world.forgot().json["flow"]
    wire.fail("email.SendEmail", timeout)
    work_once(world.sqs)
    for _ in range(5):
        assert world.verify_code(flow, "00000000").status == 400
    world.clock.advance(60)
    world.pump()
    assert world.verify_code(flow, world.mailed_codes()[-1]).status == 400


@OFTEN
def test_a_stranger_cannot_burn_the_owners_code(world: World) -> None:
    """Row 19: who has another flow can guess as much as they like; signing in is another door altogether."""
    world.add_user()
    before = world.user()
    flows = [world.code()[0] for _ in range(5)]
    flow, code = world.code()
    for stranger in flows:
        for step in range(1, 7):
            world.verify_code(stranger, another(code, step))
    assert world.verify_code(flow, code).status == 200
    assert world.user() == before
    assert world.sign_in().status == 200


@BY_CODE
def test_a_code_is_no_token_and_a_token_no_code(world: World) -> None:
    """Row 17: each is good for its own step alone."""
    world.add_user()
    flow, code = world.code()
    assert [world.reset(text).json["code"] for text in (code, flow)] == ["invalid_token"] * 2
    token = world.verify_code(flow, code).json["token"]
    flow, _ = world.code()
    assert world.verify_code(flow, token).json["code"] == "invalid_code"
    assert world.verify(token).json["valid"]


@BY_CODE
def test_codes_are_compared_in_constant_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Row 20: by HMACs of one length, whether the guess is right or wrong."""
    world.add_user()
    flow, code = world.code()
    compared: list[tuple[str, str]] = []
    compare = hmac.compare_digest

    def watched(stored: str, guessed: str) -> bool:
        compared.append((stored, guessed))
        return compare(stored, guessed)

    monkeypatch.setattr("password_reset.proofs.codes.hmac.compare_digest", watched)
    assert [world.verify_code(flow, guess).status for guess in (another(code), code)] == [400, 200]
    digests = [
        (stored, guessed) for stored, guessed in compared if stored == world.items("CODES_TABLE")[0]["code_digest"]
    ]
    assert [(stored == guessed, len(guessed)) for stored, guessed in digests] == [(False, 64), (True, 64)]


@OFTEN
def test_after_twenty_wrong_guesses_a_link_is_mailed(world: World) -> None:
    """Row 19: over all flows of the identifier, for a day; the answer to whoever asks is the same."""
    world.add_user()
    for count in range(20):
        if count % 5 == 0:
            flow, code = world.code()
        assert world.verify_code(flow, another(code)).status == 400
    answer = world.forgot()
    world.pump()
    assert len(world.mailed_codes()) == 4
    (token,) = world.mailed_tokens()
    assert world.verify(token).json["valid"]
    assert world.verify_code(answer.json["flow"], "20471163").json["code"] == "invalid_code"
    world.clock.advance(86400)
    world.code()
    assert len(world.mailed_codes()) == 5


@OFTEN
def test_wrong_guesses_past_the_twentieth_count_too(world: World) -> None:
    """Row 19: a place that falls free a day later does not admit a flow of guesses at the price of one."""
    world.add_user()
    for count in range(20):
        if count % 5 == 0:
            flow, code = world.code()
        assert world.verify_code(flow, another(code)).status == 400
        world.clock.advance(60)
    world.clock.advance(86400 - 19 * 60)  # two of them are a day old
    spare = [world.code() for _ in range(2)]
    for flow, code in spare:
        for step in range(1, 6):
            world.verify_code(flow, another(code, step))
    world.clock.advance(120)
    codes = len(world.mailed_codes())
    world.forgot()
    world.pump()
    assert len(world.mailed_codes()) == codes


@OFTEN
def test_wrong_guesses_on_one_identifier_are_not_anothers(world: World) -> None:
    world.add_user()
    world.add_user("other@example.com")
    for _ in range(4):
        exhausted(world)
    flow, code = world.code("other@example.com")
    assert world.verify_code(flow, code).status == 200


@OFTEN
def test_ten_codes_are_open_at_once(world: World) -> None:
    """What can be guessed is bounded, whatever the limit on requests."""
    world.add_user()
    for _ in range(12):
        world.forgot()
    world.pump()
    assert (len(world.mailed_codes()), len(world.mailed_tokens())) == (10, 2)


@pytest.mark.settings(EMAIL_STYLE="code", RESET_LIMIT_PER_SOURCE="3")
def test_a_source_may_guess_so_often(world: World) -> None:
    """Row 4: guessing has a limit of its own, told as such, and spends no guess of the flow."""
    world.add_user()
    flow, code = world.code()
    assert [world.verify_code("A" * 22, code).status for _ in range(4)] == [400, 400, 400, 429]
    refused = world.verify_code(flow, code)
    assert (refused.status, refused.json["code"], refused.headers["Retry-After"]) == (429, "rate_limited", "3600")
    assert world.verify_code(flow, code, source="198.51.100.1").status == 200


@BY_CODE
def test_a_decoy_has_the_shape_of_a_code(world: World) -> None:
    """Nobody who reads the table sees which flow has an account, or a code, or whose."""
    world.add_user()
    flow, code = world.code()
    world.forgot("unknown@example.com")
    world.pump()
    items = world.items("CODES_TABLE")
    assert [sorted((name, type(value), len(str(value))) for name, value in item.items()) for item in items] == [
        sorted((name, type(value), len(str(value))) for name, value in items[0].items())
    ] * 2
    assert not any(secret in str(items) for secret in (flow, code, EMAIL, "unknown"))
    assert {item["expires_at"] for item in items} == {int(world.clock().timestamp()) + 600}


@BY_CODE
def test_guessing_is_the_same_work_for_everybody(world: World, wire: Wire) -> None:
    """Row 2: a wrong guess at a decoy makes the calls that one at a code makes."""
    world.add_user()
    traces = []
    for address in (EMAIL, "unknown@example.com"):
        flow = world.forgot(address).json["flow"]
        world.pump()
        wire.calls.clear()
        world.verify_code(flow, "20471163")
        traces.append([(operation, call.get("TableName")) for operation, call in wire.calls])
    assert traces[0] == traces[1]
    assert [operation for operation, _ in traces[0]] == ["dynamodb.UpdateItem"] * 3


@BY_CODE
def test_accounts_that_share_an_identifier_get_links(world: World) -> None:
    """A flow has one code."""
    for address in ("Demo@example.com", "demo@example.com"):
        world.add_user(address)
    world.forgot()
    world.pump()
    assert len(world.mailed_tokens("Demo@example.com")) == len(world.mailed_tokens("demo@example.com")) == 1
    assert len(world.items("CODES_TABLE")) == 1


@BY_CODE
def test_a_message_of_the_version_before_is_answered_by_a_link(world: World) -> None:
    """It was queued without a flow, and waits in the queue while the new version is deployed."""
    world.add_user()
    world.forgot()
    (message,) = world.queued()
    body = {name: value for name, value in json.loads(message.body).items() if name != "flow"}
    world.sqs.purge_queue(QueueUrl=world.environment["QUEUE_URL"])
    world.sqs.send_message(QueueUrl=world.environment["QUEUE_URL"], MessageBody=json.dumps(body))
    world.pump()
    assert (len(world.mailed_tokens()), world.mailed_codes()) == (1, [])


@BY_CODE
def test_a_redelivery_leaves_the_code_that_was_sent(world: World) -> None:
    world.add_user()
    flow = world.forgot().json["flow"]
    (message,) = world.queued()
    world.sqs.send_message(QueueUrl=world.environment["QUEUE_URL"], MessageBody=message.body)
    world.pump()
    (code,) = world.mailed_codes()
    assert world.verify_code(flow, code).status == 200


@BY_CODE
@pytest.mark.parametrize("operation", ["UpdateItem", "GetItem", "TransactWriteItems"])
def test_a_fault_is_no_verdict(world: World, wire: Wire, operation: str) -> None:
    """Row 38: 503, and the code works once the fault is over, but for what was counted."""
    world.add_user()
    flow, code = world.code()
    with wire.always_failing(f"dynamodb.{operation}", refusal("ThrottlingException")):
        answer = world.verify_code(flow, code)
    assert (answer.status, answer.json["code"]) == (503, "unavailable")
    assert world.verify_code(flow, code).status == 200


@BY_CODE
def test_a_lost_answer_is_read_again(world: World, wire: Wire) -> None:
    """The exchange took effect: the token that was made is the one that is told."""
    world.add_user()
    flow, code = world.code()
    wire.lose_answer("dynamodb.TransactWriteItems")
    answer = world.verify_code(flow, code)
    assert answer.status == 200
    assert len(world.items("RESET_TOKENS_TABLE")) == 1
    assert world.reset(answer.json["token"]).status == 200


@BY_CODE
def test_an_unknown_outcome_says_nothing_of_passwords(world: World, wire: Wire) -> None:
    world.add_user()
    flow, code = world.code()
    with wire.always_failing("dynamodb.TransactWriteItems", timeout):
        answer = world.verify_code(flow, code)
    assert (answer.status, answer.json["code"], "password" in answer.json["detail"]) == (503, "unavailable", False)


@BY_CODE
def test_a_code_is_nowhere_but_in_the_mail(world: World, log: StringIO) -> None:
    """Row 23: not in tables, queue, log or audit trail; and what was typed wrongly isn't either."""
    world.add_user()
    answer = world.forgot()
    queued = str([message.body for message in world.queued()])
    world.pump()
    flow, (code,) = answer.json["flow"], world.mailed_codes()
    world.verify_code(flow, another(code))
    token = world.verify_code(flow, code).json["token"]
    places = queued + log.getvalue() + str([world.items(table.setting) for table in TABLES])
    assert not any(secret in places for secret in (code, another(code), token))
    assert flow not in log.getvalue()


@BY_CODE
def test_every_exchange_is_audited(world: World) -> None:
    """Row 46: accepted or refused, with its channel."""
    world.add_user()
    flow, code = world.code()
    world.verify_code(flow, another(code))
    world.verify_code(flow, code)
    assert [
        (record["outcome"], record["reason"], record["channel"], record["userId"])
        for record in world.audited("verify-reset-code")
    ] == [("refused", "invalid_code", None, None), ("accepted", None, "email", world.user()["user_id"])]


@pytest.mark.parametrize(
    "body", [{"flow": "A" * 22}, {"code": "1"}, {"flow": "x", "code": 20471163}, {"flow": ["x"], "code": "1"}, [], None]
)
def test_what_is_no_guess_is_refused(world: World, body: Any) -> None:
    """Row 7: both members, each one text."""
    answer = world.call("/auth/verify-reset-code", body)
    assert (answer.status, answer.json["code"]) == (400, "invalid_request")


@BY_CODE
def test_an_account_that_was_disabled_exchanges_no_code(world: World) -> None:
    world.add_user()
    flow, code = world.code()
    world.dynamodb.update_item(
        TableName=world.environment["USERS_TABLE"],
        Key=to_item({"user_id": world.user()["user_id"]}),
        UpdateExpression="SET disabled = :yes",
        ExpressionAttributeValues={":yes": {"BOOL": True}},
    )
    assert world.verify_code(flow, code).json["code"] == "invalid_code"
    assert world.items("RESET_TOKENS_TABLE") == []


@BY_CODE
@pytest.mark.moto_too
def test_a_code_that_is_sent_again_meanwhile_is_not_exchanged(world: World, wire: Wire) -> None:
    """Row 15: what is used up is the code that was compared."""
    world.add_user()
    flow, code = world.code()
    account = world.app.accounts.directory.get(world.user()["user_id"])
    assert account
    wire.fail(
        "dynamodb.TransactWriteItems",
        lambda: world.app.proofs.codes.issue(flow, account, "email", world.clock()) and None,
    )
    assert world.verify_code(flow, code).json["code"] == "invalid_code"
    assert world.items("RESET_TOKENS_TABLE") == []
