"""A table that other applications write to as well: what they store there, and what a reset makes of it."""

from typing import Any

import bcrypt
import pytest
from moto.secretsmanager.models import secretsmanager_backends

from local.worker import work_once
from password_reset.aws.items import to_item
from password_reset.sessions.signing_keys import CACHED
from tests.handlers.test_sessions import refused, signed
from tests.world import EMAIL, PASSWORD, World

HASH = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
OTHER = bcrypt.hashpw(b"another password entirely", bcrypt.gensalt(4)).decode()
# The same account twice, as an application may store it; each pair are two states.
CHANGES: dict[str, tuple[Any, Any]] = {
    "binary": ({"B": HASH.encode()}, {"B": OTHER.encode()}),
    "map": (
        {"M": {"kind": {"S": "pbkdf2"}, "value": {"S": "1"}}},
        {"M": {"kind": {"S": "pbkdf2"}, "value": {"S": "2"}}},
    ),
    "list": ({"L": [{"S": "sha"}, {"B": b"1"}]}, {"L": [{"S": "sha"}, {"B": b"2"}]}),
    "set": ({"SS": ["1", "2"]}, {"SS": ["1", "3"]}),
    "number": ({"N": "1"}, {"N": "2"}),
    "text to binary": ({"S": HASH}, {"B": HASH.encode()}),
    "number to text": ({"N": "1"}, {"S": "1"}),
    "null to binary": ({"NULL": True}, {"B": b"1"}),
    "null to absent": ({"NULL": True}, None),
}
VERSIONS: dict[str, Any] = {
    "text": {"S": "3"},
    "empty text": {"S": ""},
    "fraction": {"N": "1.5"},
    "negative": {"N": "-1"},
    "more than a whole number": {"N": "9" * 38},
    "truth": {"BOOL": True},
    "binary": {"B": b"3"},
    "list": {"L": [{"N": "3"}]},
    "map": {"M": {}},
}


def store(world: World, **attributes: Any) -> None:
    """Write attributes of the demo account as they are stored; None removes one."""
    table = world.environment["USERS_TABLE"]
    key = to_item({"user_id": world.user()["user_id"]})
    item = world.dynamodb.get_item(TableName=table, Key=key)["Item"] | attributes
    present = {name: value for name, value in item.items() if value is not None}
    world.dynamodb.put_item(TableName=table, Item=present)


def stored(world: World) -> dict[str, Any]:
    key = to_item({"user_id": world.user()["user_id"]})
    return world.dynamodb.get_item(TableName=world.environment["USERS_TABLE"], Key=key)["Item"]


@pytest.mark.parametrize(("before", "after"), CHANGES.values(), ids=CHANGES)
def test_a_hash_of_any_type_that_was_changed_elsewhere_voids_the_link(world: World, before: Any, after: Any) -> None:
    """Rows 16 and 68: what is compared is what is stored, its type included; what is no hash stays."""
    world.add_user()
    store(world, password_hash=before)
    token = world.token()
    assert world.verify(token).json["valid"] is True
    if before not in ({"S": HASH}, {"NULL": True}):
        answer = world.reset(token)
        assert (answer.status, answer.json["code"], stored(world)["password_hash"]) == (503, "unavailable", before)
    store(world, password_hash=after)
    assert world.verify(token).json == {"valid": False}
    assert world.reset(token).json["code"] == "invalid_token"
    assert (stored(world).get("password_hash")) == after


@pytest.mark.parametrize("version", [{"NULL": True}, {"N": "0"}, None], ids=["null", "zero", "absent"])
def test_a_version_that_was_never_counted_is_zero(world: World, version: Any) -> None:
    world.add_user()
    store(world, credentials_version=version)
    session, token = world.signed_in(), world.token()
    assert not refused(world, session)
    assert world.reset(token).status == 200
    assert world.user()["credentials_version"] == 1
    assert refused(world, session)


def test_absent_and_zero_are_one_version(world: World) -> None:
    """Whoever writes the zero down has changed nothing."""
    world.add_user()
    token = world.token()
    store(world, credentials_version={"N": "0"})
    assert world.reset(token).status == 200


@pytest.mark.parametrize("version", VERSIONS.values(), ids=VERSIONS)
def test_a_version_of_another_type_is_refused_at_one_place(world: World, version: Any, log: Any) -> None:
    """Row 38: nothing is queued or written, sign-in tells it from no account by nothing, and operators are told."""
    user_id = world.add_user()
    token, session = world.token(), world.signed_in()
    store(world, credentials_version=version)
    before = stored(world)
    assert world.reset(token).json["code"] == "invalid_token"
    assert world.verify(token).json == {"valid": False}
    assert world.queued() == []
    assert refused(world, session)
    known, unknown = world.sign_in(), world.sign_in(email="unknown@example.com")
    assert (known.status, known.json["code"]) == (401, "invalid_credentials")
    assert known.body.replace(known.json["requestId"], "") == unknown.body.replace(unknown.json["requestId"], "")
    assert world.forgot().status == 200
    world.pump()
    assert len(world.mails()) == 1
    assert (world.queued(), world.queued("DEAD_LETTERS_URL"), stored(world)) == ([], [], before)
    told = [line for line in log.getvalue().splitlines() if '"account malformed"' in line]
    assert told
    assert all(f'"userId":"{user_id}"' in line and '"credentials_version"' in line for line in told)


@pytest.mark.parametrize(
    "attributes",
    [
        {"email": {"N": "1"}},
        {"password_history": {"M": {}}},
        {"password_history": {"S": HASH}},
        {"password_history": {"N": "5"}},
    ],
    ids=["address", "history as a map", "history as a text", "history as a number"],
)
def test_what_else_a_reset_would_write_over_is_refused_there_too(world: World, attributes: Any) -> None:
    world.add_user()
    token = world.token()
    user_id = world.user()["user_id"]
    table = world.environment["USERS_TABLE"]
    item = stored(world) | attributes
    world.dynamodb.put_item(TableName=table, Item=item)
    assert world.reset(token).json["code"] == "invalid_token"
    assert world.queued() == []
    assert world.dynamodb.get_item(TableName=table, Key=to_item({"user_id": user_id}))["Item"] == item


def test_a_hash_that_another_application_changed_ends_sessions(world: World) -> None:
    """Row 70: whether or not it counts versions; a session carries a digest of the stored secret."""
    world.add_user()
    session = world.signed_in()
    store(world, password_hash={"S": HASH})
    assert refused(world, session)
    after = world.signed_in()
    assert not refused(world, after)
    store(world, password_hash={"B": HASH.encode()})
    assert refused(world, after)


def test_an_account_that_was_deleted_and_created_again_has_no_session(world: World) -> None:
    """Row 70: the same id, address, password and version are another account's."""
    world.add_user()
    session, token = world.signed_in(), world.token()
    user = world.user()
    world.dynamodb.delete_item(TableName=world.environment["USERS_TABLE"], Key=to_item({"user_id": user["user_id"]}))
    again = user | {"password_hash": bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()}
    world.dynamodb.put_item(TableName=world.environment["USERS_TABLE"], Item=to_item(again))
    assert refused(world, session)
    assert world.verify(token).json == {"valid": False}


@pytest.mark.settings(BCRYPT_COST="11")
def test_a_session_is_of_the_hash_after_our_own_upgrade(world: World) -> None:
    """Row 70: signing in re-hashes, and the session opened by it stands."""
    world.add_user()
    store(world, password_hash={"S": HASH})
    first = world.signed_in()
    assert not refused(world, first)
    assert world.user()["password_hash"].startswith("$2b$11$")
    second = world.signed_in()
    assert [refused(world, first), refused(world, second)] == [False, False]


def test_of_two_sign_ins_that_upgrade_at_once_both_sessions_stand(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row 70: the later one finds the hash upgraded, and takes that one."""
    world.add_user()
    store(world, password_hash={"S": HASH})
    directory, sessions = type(world.app.accounts.directory), []
    rehash = directory.rehash

    def late(*arguments: Any) -> Any:
        monkeypatch.setattr(directory, "rehash", rehash)
        sessions.append(world.sign_in(source="198.51.100.1").json["accessToken"])
        return rehash(*arguments)

    monkeypatch.setattr(directory, "rehash", late)
    sessions.append(world.signed_in())
    assert [refused(world, session) for session in sessions] == [False, False]


def test_a_stolen_key_alone_forges_no_session(world: World) -> None:
    """Row 70: the digest takes the stored hash, and one key's is not another's."""
    world.add_user()
    assert not refused(world, signed(world))
    assert refused(world, signed(world, pd="0" * 64))
    assert refused(world, signed(world, pd="ü" * 64))
    assert refused(world, signed(world, pd="\ud800"))
    assert refused(world, signed(world, pd=""))
    assert refused(world, signed(world, pd=None))


def test_a_new_pepper_ends_no_session(world: World) -> None:
    """Row 70: the digest's key is the signing key."""
    world.add_user()
    session = world.signed_in()
    secrets = world.session.client("secretsmanager")
    secrets.put_secret_value(SecretId=world.environment["PEPPER_SECRET"], SecretString="p" * 40)
    world.clock.advance(CACHED.total_seconds())
    assert not refused(world, session)


WHOLE, ALL_BUT_VERSION = ("password_hash", "credentials_version"), ("password_hash",)


@pytest.mark.parametrize("saved", [WHOLE, ALL_BUT_VERSION, ("credentials_version",)], ids=["whole", "hash", "version"])
def test_a_save_that_brings_the_old_password_back_raises_the_alarm(world: World, saved: tuple[str, ...]) -> None:
    """Row 38: the notice reads the account again; the change is announced, and operators are told that it is gone."""
    world.add_user()
    store(world, credentials_version={"N": "4"})
    before = stored(world)
    token = world.token()
    assert world.reset(token).status == 200
    store(world, **{name: before[name] for name in saved})
    world.pump()
    (undone,) = world.audited("change-undone")
    assert (undone["outcome"], undone["reason"], undone["userId"]) == (
        "refused",
        "change_undone",
        before["user_id"]["S"],
    )
    assert [mail["to"] for mail in world.mails()] == [[EMAIL], [EMAIL]]


def test_a_later_change_or_deletion_is_none_undone(world: World) -> None:
    """Signing in that re-hashes, another application's change and an account deleted since are no loss."""
    for number, change in enumerate(("nothing", "upgrade", "elsewhere", "address", "deleted")):
        email = f"user{number}@example.com"
        world.add_user(email)
        assert world.reset(world.token(email)).status == 200
        table, user = world.environment["USERS_TABLE"], world.user(email)
        changed: dict[str, dict[str, Any]] = {
            "upgrade": {"password_hash": HASH},
            "elsewhere": {"password_hash": OTHER, "credentials_version": 9},
            "address": {"email": f"new{number}@example.com"},
        }
        if change == "deleted":
            world.dynamodb.delete_item(TableName=table, Key=to_item({"user_id": user["user_id"]}))
        else:
            world.dynamodb.put_item(TableName=table, Item=to_item(user | changed.get(change, {})))
        world.pump()
    assert world.audited("change-undone") == []
    assert [record["outcome"] for record in world.audited("notify-change")] == ["accepted"] * 5


def test_the_notice_reads_token_and_account_in_one_call(world: World, wire: Any) -> None:
    """One consistent BatchGetItem, of the suppression too."""
    world.add_user()
    assert world.reset(world.token()).status == 200
    world.hasten()
    wire.calls.clear()
    work_once(world.sqs)
    (parameters,) = wire.sent("dynamodb.BatchGetItem")
    assert all(table["ConsistentRead"] for table in parameters["RequestItems"].values())
    assert {
        world.environment[f"{name}_TABLE"] for name in ("USERS", "RESET_TOKENS", "SUPPRESSIONS", "ACCOUNTS")
    } == set(parameters["RequestItems"])


def rotate(world: World, secret: str) -> None:
    """Give the signing key a new value, at the world's time; functions that run have heard of it."""
    name = world.environment["SESSION_KEY_SECRET"]
    world.session.client("secretsmanager").put_secret_value(SecretId=name, SecretString=secret)
    for version in secretsmanager_backends["123456789012"]["us-east-1"].secrets[name].versions.values():
        if version.get("secret_string") == secret:
            version["createdate"] = world.clock().timestamp()


SECOND = "second key, of forty characters and more"


def test_a_retired_key_stops_with_the_last_session_that_it_can_have_signed(world: World) -> None:
    """Row 70: what it signed stands to its end; nothing can be dated after the rotation, and nothing lives longer."""
    world.add_user()
    world.clock.advance(86400 * 30)
    now = int(world.clock().timestamp())
    session, last = world.signed_in(), now + int(CACHED.total_seconds())
    forged = {
        "the last": signed(world, iat=last, exp=last + 3600),
        "after it": signed(world, iat=last + 1, exp=last + 3600),
        "ten years": signed(world, exp=now + 315360000),
        "90 days on": signed(world, iat=now + 90 * 86400, exp=now + 90 * 86400 + 3600),
    }
    rotate(world, SECOND)
    world.clock.advance(CACHED.total_seconds() + 1)
    assert not refused(world, session)
    assert {name: refused(world, token) for name, token in forged.items()} == {
        "the last": False,
        "after it": True,
        "ten years": True,
        "90 days on": True,
    }
    world.clock.advance(3600)
    assert refused(world, forged["the last"])
    world.clock.advance(90 * 86400 - 3600 - CACHED.total_seconds())
    assert {name: refused(world, token) for name, token in forged.items()} == dict.fromkeys(forged, True)
    assert not refused(world, world.signed_in())


@pytest.mark.settings(SESSION_TTL_SECONDS="60")
@pytest.mark.parametrize(("seconds", "ended"), [(60, False), (61, True), (3600, True), (10**12, True)])
def test_a_session_longer_than_the_setting_is_refused(world: World, seconds: int, *, ended: bool) -> None:
    """Row 70: whoever signed it, the current key included."""
    world.add_user()
    now = int(world.clock().timestamp())
    assert refused(world, signed(world, exp=now + seconds)) is ended
