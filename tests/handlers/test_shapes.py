"""Users tables of every shape, by settings alone: the whole flow on a real engine, and what is refused."""

import json
from pathlib import Path
from typing import Any

import bcrypt
import jwt
import pytest

from local import accounts, bus
from local.definition import read
from password_reset.accounts.directory import Change
from password_reset.errors import Superseded
from tests.shapes import HASH, SHAPES, Theirs
from tests.whole import sampled
from tests.wire import Wire
from tests.work import counted
from tests.world import EMAIL, NEW_PASSWORD, PASSWORD, World

pytestmark = pytest.mark.engine
EVERY = pytest.mark.parametrize("shape", sampled(SHAPES.values(), 3), ids=SHAPES)


@pytest.fixture
def shape() -> Theirs:
    """Return the shape of tests that are about none in particular."""
    return SHAPES["one table for all"]


@pytest.fixture
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    shape: Theirs = request.getfixturevalue("shape")
    marker = request.node.get_closest_marker("settings")
    path = str(shape.write(tmp_path / "users.json"))
    return shape.environment | {"USERS_TABLE_DEFINITION": path} | (marker.kwargs if marker else {})


def key(world: World, shape: Theirs) -> dict[str, Any]:
    items = read(world.environment["USERS_TABLE_DEFINITION"]).items
    return {name: items[0][name] for name in shape.key}


def stored(world: World, shape: Theirs) -> dict[str, Any]:
    table = world.environment["USERS_TABLE"]
    return world.dynamodb.get_item(TableName=table, Key=key(world, shape), ConsistentRead=True)["Item"]


def store(world: World, item: dict[str, Any]) -> None:
    world.dynamodb.put_item(TableName=world.environment["USERS_TABLE"], Item=item)


def scan(world: World) -> list[dict[str, Any]]:
    return world.dynamodb.scan(TableName=world.environment["USERS_TABLE"])["Items"]


def at(item: dict[str, Any], path: tuple[str, ...]) -> Any:
    typed: Any = {"M": item}
    for name in path:
        typed = typed["M"][name]
    return typed


def leaves(typed: Any, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    """Return what is stored, by its place."""
    if "M" not in typed:
        return {path: typed}
    return {place: leaf for name, member in typed["M"].items() for place, leaf in leaves(member, (*path, name)).items()}


@EVERY
def test_the_whole_flow(engine_world: World, shape: Theirs, wire: Wire, log: Any) -> None:
    """From a request to a session; the password is where the team has it, and nothing else of theirs is touched.

    Row 46: no id that stands in tokens, sessions, deliveries, events or the audit is an address.
    """
    world, before = engine_world, scan(engine_world)
    session = world.signed_in()
    wire.calls.clear()
    token = world.token()
    assert len([call for call in wire.operations() if call.startswith("dynamodb.")]) <= 7
    assert world.verify(token).json["email"] == EMAIL
    wire.calls.clear()
    assert world.reset(token).status == 200
    assert wire.operations() == [
        "dynamodb.GetItem",
        "dynamodb.BatchGetItem",
        "sqs.SendMessage",
        "dynamodb.TransactWriteItems",
    ]
    after = stored(world, shape)
    assert bcrypt.checkpw(NEW_PASSWORD.encode(), at(after, shape.hash_at)["S"].encode())
    was = next(item for item in before if all(item[name] == after[name] for name in shape.key))
    changed = {path for path in leaves({"M": after}) if leaves({"M": after})[path] != leaves({"M": was}).get(path)}
    assert len(changed) == 3, "hash, time and version"
    assert shape.hash_at in changed
    assert leaves({"M": was}).keys() <= leaves({"M": after}).keys()
    assert [item for item in scan(world) if item != after] == [item for item in before if item != was]
    assert world.me(session).status == 401
    assert world.sign_in(PASSWORD).status == 401
    assert world.me(world.signed_in(NEW_PASSWORD)).status == 200
    assert world.verify(token).json == {"valid": False}
    world.pump()
    assert [mail["subject"] for mail in world.mails()][1:] == ["Your Example password was changed"]
    assert world.token() != token
    (change,) = world.audited("reset-password")
    assert (change["userId"] == shape.user_id) is (shape.user_id is not None)
    assert {kept["user_id"] for kept in world.items("RESET_TOKENS_TABLE")} == {change["userId"]}
    assert {kept["user_id"] for kept in world.items("DELIVERIES_TABLE")} == {change["userId"]}
    claims = jwt.decode(session, options={"verify_signature": False})
    assert claims["sub"] == change["userId"]
    kept = [world.items("RESET_TOKENS_TABLE"), world.items("DELIVERIES_TABLE"), claims, bus.events(), log.getvalue()]
    assert "demo@" not in json.dumps(kept, default=str)
    session = world.signed_in(NEW_PASSWORD)
    assert world.report(world.reports()[-1]).status == 200
    assert [world.me(session).status, world.sign_in(NEW_PASSWORD).status] == [401, 401]


@EVERY
def test_the_disabled_and_the_unknown_get_nothing(engine_world: World, shape: Theirs) -> None:
    world = engine_world
    session, token = world.signed_in(), world.token()  # which makes the hash dearer
    item = stored(world, shape)
    store(world, {**item, **shape.disabled})
    assert world.verify(token).json == {"valid": False}
    assert world.reset(token).json["code"] == "invalid_token"
    assert (world.me(session).status, world.sign_in().status) == (401, 401)
    world.forgot()
    world.forgot("unknown@example.com")
    world.pump()
    assert [mail["to"] for mail in world.mails()] == [[EMAIL]]
    store(world, item)
    assert world.reset(token).status == 200
    with counted() as known:
        world.sign_in("wrong password")
    with counted() as unknown:
        world.sign_in("wrong password", "unknown@example.com")
    assert known.total() == pytest.approx(unknown.total(), rel=0.1)


@EVERY
def test_whoever_writes_in_between_wins(engine_world: World, shape: Theirs, wire: Wire) -> None:
    """The consuming transaction compares what was read, wherever it is; a deleted account doesn't come back."""
    world = engine_world
    account = world.app.accounts.directory.find(EMAIL, most=1)[0]
    token = world.token()
    world.dynamodb.delete_item(TableName=world.environment["USERS_TABLE"], Key=key(world, shape))
    before = scan(world)
    assert world.reset(token).json["code"] == "invalid_token"
    with pytest.raises(Superseded):
        world.app.accounts.directory.change(
            account, Change(attempt="late", password_hash=HASH, history=[], at=world.clock())
        )
    assert world.app.accounts.directory.rehash(account, HASH) is None
    assert scan(world) == before


def told(log: Any) -> list[Any]:
    """Return what operators were told of malformed accounts."""
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    return [line["attributes"] for line in lines if line["message"] == "account malformed"]


def refused_everywhere(world: World) -> None:
    """Nothing is queued, issued, mailed or written."""
    before = scan(world)
    assert world.sign_in().json["code"] == "invalid_credentials"
    assert world.forgot().status == 200
    world.pump()
    assert (world.mails(), world.items("RESET_TOKENS_TABLE")) == ([], [])
    assert (world.queued(), world.queued("DEAD_LETTERS_URL"), scan(world)) == ([], [], before)


@pytest.mark.settings(USERS_ATTRIBUTES='{"disabled": "status"}')
@pytest.mark.parametrize("status", [{"S": "ACTIVE"}, {"S": "since 2026"}, {"N": "2"}, {"M": {}}, {"SS": ["x"]}])
def test_what_says_neither_yes_nor_no_disables_nobody_in_silence(
    engine_world: World, log: Any, status: dict[str, Any], shape: Theirs
) -> None:
    """Row 38: operators are told which attribute it is; USERS_DISABLED_WHEN says what it means."""
    store(engine_world, {**stored(engine_world, shape), "status": status})
    refused_everywhere(engine_world)
    assert told(log) == [{"status": "neither yes nor no"}] * 2


@pytest.mark.parametrize("shape", [SHAPES["what says blocked"]], ids=["what says blocked"])
@pytest.mark.parametrize("state", [{"M": {"code": {"S": "1"}}}, {"S": "1"}])
def test_a_condition_on_another_type_says_nothing(
    engine_world: World, log: Any, state: dict[str, Any], shape: Theirs
) -> None:
    store(engine_world, {**stored(engine_world, shape), "state": state})
    refused_everywhere(engine_world)
    assert told(log) == [{"state.code": "neither yes nor no" if "M" in state else "S at state"}] * 2


@pytest.mark.settings(USERS_KEY='{"id": "{user_id}"}')
@pytest.mark.parametrize("shape", [SHAPES["ids are numbers"], SHAPES["ids are bytes"]], ids=["numbers", "bytes"])
def test_an_id_of_another_type_mails_no_link(engine_world: World, log: Any, shape: Theirs) -> None:
    """Row 38: where the settings say that ids are texts, and they are none."""
    before = scan(engine_world)
    assert engine_world.forgot().status == 200
    engine_world.pump()
    assert (engine_world.mails(), engine_world.items("RESET_TOKENS_TABLE"), scan(engine_world)) == ([], [], before)
    assert told(log) == [{"id": shape.key["id"]}]


@pytest.mark.parametrize("shape", [SHAPES["nested"]], ids=["nested"])
@pytest.mark.parametrize("auth", [None, {"NULL": True}, {"M": {}}, {"M": {"password": {"NULL": True}}}])
def test_a_first_password_makes_the_maps_that_are_missing(
    engine_world: World, auth: dict[str, Any] | None, shape: Theirs
) -> None:
    """Whatever is there on the way to it; and if somebody makes them in between, nothing is written."""
    world = engine_world
    item = {name: value for name, value in stored(world, shape).items() if name != "auth"}
    store(world, item | ({"auth": auth} if auth else {}))
    token = world.token()
    account = world.app.accounts.directory.find(EMAIL, most=1)[0]
    assert world.reset(token).status == 200
    after = stored(world, shape)
    assert bcrypt.checkpw(NEW_PASSWORD.encode(), at(after, shape.hash_at)["S"].encode())
    assert at(after, ("auth", "version")) == {"N": "1"}
    late = Change(attempt="late", password_hash=HASH, history=[HASH], at=world.clock())
    store(world, item | {"auth": {"M": {"password": {"M": {"theirs": {"S": "kept"}}}}}})
    with pytest.raises(Superseded):
        world.app.accounts.directory.change(account, late)
    assert world.token() != token


@pytest.mark.parametrize("shape", [SHAPES["nested"]], ids=["nested"])
@pytest.mark.parametrize("auth", [{"S": "x"}, {"L": []}, {"M": {"password": {"S": HASH}}}])
def test_what_is_no_map_is_not_written_over(engine_world: World, log: Any, auth: dict[str, Any], shape: Theirs) -> None:
    store(engine_world, {**stored(engine_world, shape), "auth": auth})
    refused_everywhere(engine_world)
    assert told(log)


@EVERY
def test_local_accounts_have_the_shape_too(engine_world: World, shape: Theirs) -> None:
    """What `make run` and its endpoints create is an account to the service, and a deleted one's address is free."""
    world = engine_world
    user_id = world.add_user("new@example.com", name="Grace", phone="+4915112345678", phone_verified=True)
    found = world.app.accounts.directory.get(user_id)
    assert found
    assert (found.email, found.name, found.verified_phone) == ("new@example.com", "Grace", "+4915112345678")
    assert world.reset(world.token("new@example.com")).status == 200
    assert world.sign_in(NEW_PASSWORD, "new@example.com").status == 200
    accounts.change("new@example.com", accounts.Changes(email="newer@example.com", disabled=True))
    assert list(world.app.accounts.directory.find("newer@example.com", most=1)) == []
    accounts.change("newer@example.com", accounts.Changes(disabled=None, name=None))
    (found,) = world.app.accounts.directory.find("newer@example.com", most=1)
    assert (found.name, found.disabled) == ("", False)
    assert list(world.app.accounts.directory.find("new@example.com", most=1)) == []
    with pytest.raises(accounts.EmailTaken):
        accounts.create(accounts.NewAccount(email="newer@example.com"))
