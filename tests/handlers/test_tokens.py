"""A token is good once, for a while, for one state of one account; of a bad one nobody learns why."""

import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from password_reset.aws.items import to_item
from tests.wire import Wire
from tests.world import EMAIL, NEW_PASSWORD, Answer, World


def stored_token(world: World, token: str) -> dict[str, Any]:
    hashed = hashlib.sha256(token.encode()).hexdigest()
    return next(item for item in world.items("RESET_TOKENS_TABLE") if item["token_hash"] == hashed)


def change_user(world: World, **attributes: object) -> None:
    """Write to the account as the team's own code would."""
    item = world.user() | attributes
    world.dynamodb.put_item(TableName=world.environment["USERS_TABLE"], Item=to_item(item))


def delete_user(world: World) -> None:
    key = to_item({"user_id": world.user()["user_id"]})
    world.dynamodb.delete_item(TableName=world.environment["USERS_TABLE"], Key=key)


def without_request_id(answer: Answer) -> tuple[int, dict[str, str], str]:
    body = answer.body.replace(answer.json.get("requestId", "\0"), "")
    return answer.status, dict(answer.headers), body


def used(world: World) -> str:
    token = world.token()
    assert world.reset(token).status == 200
    return token


def superseded(world: World) -> str:
    first, second = world.token(), world.token()
    assert world.reset(second, "yellow herons write loudly").status == 200
    return first


def expired(world: World) -> str:
    token = world.token()
    world.clock.advance(901)
    return token


BAD_TOKENS: dict[str, Callable[[World], str]] = {
    "used": used,
    "superseded": superseded,
    "expired": expired,
    "unknown": lambda _: "A" * 43,
    "malformed": lambda _: "no token at all",
    "empty": lambda _: "",
    "padded": lambda world: world.token() + "=",
    "NUL": lambda _: "\0",
    "long": lambda _: "A" * 8000,
}


def test_bad_tokens_are_indistinguishable(world: World) -> None:
    """Row 21: on verify and on reset, byte for byte but the request id."""
    world.add_user()
    tokens = {}
    for name, make in BAD_TOKENS.items():
        tokens[name] = make(world)
        world.clock.advance(3600)

    verified = {name: without_request_id(world.verify(token)) for name, token in tokens.items()}
    refused = {name: without_request_id(world.reset(token)) for name, token in tokens.items()}

    assert set(map(str, verified.values())) == {str(verified["unknown"])}
    assert set(map(str, refused.values())) == {str(refused["unknown"])}
    assert (verified["unknown"][0], verified["unknown"][2]) == (200, '{"valid":false}')
    answer = world.reset("A" * 43)
    assert (answer.status, answer.json["code"], answer.json["title"]) == (
        400,
        "invalid_token",
        "Invalid or expired reset token",
    )


@pytest.mark.parametrize(("seconds", "valid"), [(899, True), (899.999, True), (900, False), (901, False)])
@pytest.mark.moto_too
def test_expiry_is_compared_in_code(world: World, seconds: float, *, valid: bool) -> None:
    """Row 14: the item is still there, for TTL may be days late (CVE-2026-21622)."""
    world.add_user()
    token = world.token()
    world.clock.advance(seconds)
    assert stored_token(world, token)
    assert world.verify(token).json["valid"] is valid
    assert world.reset(token).status == (200 if valid else 400)


@pytest.mark.settings(TOKEN_TTL_SECONDS="60")
def test_a_tokens_life_is_a_setting(world: World) -> None:
    world.add_user()
    token = world.token()
    assert world.verify(token).json == {
        "valid": True,
        "expiresAt": "2026-11-20T22:44:16Z",
        "email": EMAIL,
        "purpose": "reset",
    }
    world.clock.advance(60)
    assert world.verify(token).json == {"valid": False}


def test_only_a_hash_is_stored(world: World) -> None:
    """Rows 12 and 13: 32 random bytes in the mail, their SHA-256 in the table, native TTL beside it."""
    world.add_user()
    token = world.token()
    item = stored_token(world, token)
    assert item == {
        "token_hash": hashlib.sha256(token.encode()).hexdigest(),
        "user_id": world.user()["user_id"],
        "account_digest": item["account_digest"],
        "created_at": int(world.clock().timestamp()),
        "expires_at": int(world.clock().timestamp()) + 900,
        "used": False,
        "refusals": 0,
        "channel": "email",
        "request_id": world.audited("forgot-password")[0]["requestId"],
    }


@pytest.mark.settings(RESET_LIMIT_PER_IDENTIFIER="0", RESET_LIMIT_PER_SOURCE="0")
def test_a_thousand_tokens_are_a_thousand(world: World) -> None:
    """Row 12: unique, and made when they are needed."""
    world.add_user()
    account = world.app.accounts.directory.get(world.user()["user_id"])
    assert account
    tokens = {world.app.proofs.tokens.issue(account, "email", world.clock()) for _ in range(1000)}
    assert len(tokens) == 1000
    assert {len(token) for token in tokens} == {43}


def test_verifying_uses_nothing_up(world: World) -> None:
    """Row 22: ask as often as you like, as mail scanners do."""
    world.add_user()
    token = world.token()
    before = world.items("RESET_TOKENS_TABLE")
    assert [world.verify(token).json["valid"] for _ in range(20)] == [True] * 20
    assert world.items("RESET_TOKENS_TABLE") == before


def test_a_reset_needs_no_verify_and_trusts_none(world: World) -> None:
    """Row 18: each step checks for itself."""
    world.add_user()
    token = world.token()
    assert world.verify(token).json["valid"]
    world.clock.advance(901)
    assert world.verify(token).json == {"valid": False}
    assert world.reset(token).status == 400
    assert world.reset(world.token()).status == 200


def test_a_token_is_looked_up_by_its_hash(world: World, wire: Wire) -> None:
    """Row 20: a look-up by SHA-256 tells by no time how near a guess was, and sends no token anywhere."""
    world.add_user()
    token = world.token()
    wire.calls.clear()
    world.verify(token)
    read = wire.sent("dynamodb.GetItem")[0]
    assert read["Key"] == {"token_hash": {"S": hashlib.sha256(token.encode()).hexdigest()}}
    assert token not in str(wire.calls)


@pytest.mark.settings(RESET_LIMIT_PER_IDENTIFIER="10")
@pytest.mark.moto_too
def test_the_link_in_any_mail_works_until_one_is_used(world: World) -> None:
    """Row 16: mails arrive out of order; all die together."""
    world.add_user()
    tokens = [world.token() for _ in range(3)]
    assert [world.verify(token).json["valid"] for token in tokens] == [True] * 3
    assert world.reset(tokens[1]).status == 200
    assert [world.verify(token).json["valid"] for token in tokens] == [False] * 3
    assert [world.reset(token).status for token in tokens] == [400] * 3


@pytest.mark.parametrize(
    "change",
    [
        {"email": "moved@example.com"},
        {"password_hash": "$2b$10$" + "x" * 53},
        {"password_hash": None},
        {"credentials_version": 7},
        {"disabled": True},
    ],
    ids=str,
)
def test_a_change_by_anyone_else_voids_the_token(world: World, change: dict[str, object]) -> None:
    """Row 17: the token is bound to the account's state."""
    world.add_user()
    token = world.token()
    item = world.user() | change
    world.dynamodb.put_item(TableName=world.environment["USERS_TABLE"], Item=to_item(item))
    assert world.verify(token).json == {"valid": False}
    assert world.reset(token).json["code"] == "invalid_token"


def test_a_deleted_account_stays_deleted(world: World) -> None:
    world.add_user()
    token = world.token()
    delete_user(world)
    assert world.reset(token).json["code"] == "invalid_token"
    assert world.items("USERS_TABLE") == []


@pytest.mark.parametrize(
    "change",
    [
        {"email": "moved@example.com"},
        {"password_hash": "$2b$10$" + "x" * 53},
        {"credentials_version": 7},
        {"disabled": True},
    ],
    ids=str,
)
@pytest.mark.moto_too
def test_a_change_between_read_and_write_wins(
    world: World, change: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The write is conditioned on the account as it was read: nothing of either half is written."""
    world.add_user()
    token = world.token()
    send = world.app.delivery.queue.send

    def meanwhile(*arguments: Any, **options: Any) -> None:
        send(*arguments, **options)
        change_user(world, **change)

    monkeypatch.setattr(world.app.delivery.queue, "send", meanwhile)
    before = world.user()

    assert world.reset(token).json["code"] == "invalid_token"

    (item,) = world.items("USERS_TABLE")
    assert item == before | change
    assert stored_token(world, token)["used"] is False


@pytest.mark.moto_too
def test_a_deletion_between_read_and_write_wins(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.add_user()
    token = world.token()
    monkeypatch.setattr(world.app.delivery.queue, "send", lambda *_, **__: delete_user(world))
    assert world.reset(token).json["code"] == "invalid_token"
    assert world.items("USERS_TABLE") == []


def test_a_used_token_is_kept_as_evidence_for_a_month(world: World) -> None:
    """The notice of the change comes later, and TTL must not have been first."""
    world.add_user()
    token = world.token()
    world.clock.advance(100)
    assert world.reset(token).status == 200
    item = stored_token(world, token)
    now = int(world.clock().timestamp())
    assert (item["used"], item["used_at"], item["expires_at"]) == (True, now, now + 30 * 86400)


def test_an_account_without_a_password_gets_its_first(world: World) -> None:
    world.add_user(password=None)
    token = world.token()
    assert world.reset(token).status == 200
    user = world.user()
    assert user["credentials_version"] == 1
    assert user["password_hash"].startswith("$2b$")


@pytest.mark.moto_too
def test_nothing_of_ours_goes_into_the_users_table_beyond_the_password(world: World) -> None:
    """The table is the team's: a reset writes its four attributes and keeps every other."""
    world.add_user(name="Demo", phone="+4915112345678", locale="en")
    before = world.user() | {"loyalty_points": 12}
    world.dynamodb.put_item(TableName=world.environment["USERS_TABLE"], Item=to_item(before))
    assert world.reset(world.token()).status == 200
    after = world.user()
    changed = {name for name in after | before if after.get(name) != before.get(name)}
    assert changed == {"password_hash", "password_changed_at", "credentials_version"}


STATES: dict[str, Any] = {
    "d7a82f4b744dd4d0962cc5199c6af1bbc25fe5dae72cdabc495d1b09f781a5e0": {  # pragma: allowlist secret - a digest
        "password_hash": {"S": "$2b$04$abcdefghijklmnopqrstuuPp7HPfoAs8I2dCQCQ/fW7zEJv8I8C8e"},
        "credentials_version": {"N": "4"},
    },
    "ea5e82ca2ed914df2ee3a443fe4339717300e6857962375713a85fdcd284e5ad": {},  # pragma: allowlist secret - a digest
}


@pytest.mark.parametrize(("digest", "stored"), STATES.items(), ids=["with a password", "without one"])
def test_a_token_of_the_version_before_still_works(world: World, digest: str, stored: dict[str, Any]) -> None:
    """The state that a token is bound to is digested as it always was."""
    item = {"user_id": {"S": "u1"}, "email": {"S": EMAIL}, "email_key": {"S": EMAIL}, **stored}
    world.dynamodb.put_item(TableName=world.environment["USERS_TABLE"], Item=item)
    token = {
        "token_hash": hashlib.sha256(b"x" * 43).hexdigest(),
        "user_id": "u1",
        "account_digest": digest,
        "created_at": int(world.clock().timestamp()),
        "expires_at": int(world.clock().timestamp()) + 900,
        "used": False,
        "refusals": 0,
        "channel": "email",
    }
    world.dynamodb.put_item(TableName=world.environment["RESET_TOKENS_TABLE"], Item=to_item(token))
    assert world.verify("x" * 43).json["valid"] is True
    assert world.reset("x" * 43).status == 200


def test_the_aws_calls_are_few(world: World, wire: Wire) -> None:
    """Two reads to verify; two reads, a message and a transaction to reset."""
    world.add_user()
    token = world.token()
    wire.calls.clear()
    world.verify(token)
    assert wire.operations() == ["dynamodb.GetItem", "dynamodb.BatchGetItem"]
    wire.calls.clear()
    world.reset(token, NEW_PASSWORD)
    assert wire.operations() == [
        "dynamodb.GetItem",
        "dynamodb.BatchGetItem",
        "sqs.SendMessage",
        "dynamodb.TransactWriteItems",
    ]
    assert all(parameters["ConsistentRead"] for parameters in wire.sent("dynamodb.GetItem"))
    for parameters in wire.sent("dynamodb.BatchGetItem"):
        assert all(asked["ConsistentRead"] for asked in parameters["RequestItems"].values())
