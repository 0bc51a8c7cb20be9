"""What `make users-check` finds of a table, a sample and an address: it only reads, and shows nobody's data."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from password_reset.accounts.identifiers import InvalidIdentifier
from tests.shapes import HASH, ID, SHAPES, Theirs
from tests.wire import Wire
from tests.world import EMAIL, World
from tools import users_check

pytestmark = pytest.mark.engine
EVERY = pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
READING = {"DescribeTable", "Scan", "Query", "GetItem", "GetSecretValue"}
BY_MAIL = SHAPES["index on the address itself"]


@pytest.fixture
def shape() -> Theirs:
    """Return the shape of tests that are about none in particular."""
    return BY_MAIL


@pytest.fixture
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    shape: Theirs = request.getfixturevalue("shape")
    marker = request.node.get_closest_marker("settings")
    path = str(shape.write(tmp_path / "users.json"))
    return shape.environment | {"USERS_TABLE_DEFINITION": path} | (marker.kwargs if marker else {})


def lines(world: World, email: str = "") -> list[str]:
    return list(users_check.check(world.app, email).lines())


def wrong(world: World, email: str = "") -> list[str]:
    return [line.removeprefix("WRONG: ") for line in lines(world, email) if line.startswith("WRONG: ")]


def put(world: World, shape: Theirs, **attributes: Any) -> None:
    """Write attributes over the account's; None removes one."""
    item = {name: value for name, value in (shape.account | attributes).items() if value is not None}
    world.dynamodb.put_item(TableName=world.environment["USERS_TABLE"], Item=item)


@EVERY
def test_a_table_that_fits_is_found_right(engine_world: World, shape: Theirs, wire: Wire, log: Any) -> None:
    """It reads and nothing else, mails nobody, logs nothing, and shows no hash, name or address."""
    found = lines(engine_world, EMAIL)
    assert found[-1] == "Nothing is wrong."
    others = len(shape.strangers) + len(shape.items) - 1
    assert f"Sample: {1 + others} items, 1 accounts, {others} other things." in found
    assert "Looked up 1 accounts by their addresses: 1 found." in found
    user_id = engine_world.app.accounts.directory.find(EMAIL, most=1)[0].user_id
    assert f"  Account {user_id}: a reset would be mailed; its password is bcrypt ($2b$), its version 0." in found
    assert {operation.partition(".")[2] for operation in wire.operations()} <= {*READING, "BatchGetItem"}
    assert not [canary for canary in (HASH, "Ada", EMAIL) if canary in "\n".join(found)]
    assert (log.getvalue(), engine_world.mails(), engine_world.queued()) == ("", [], [])


UNKNOWN = (
    "1 accounts have a password of a scheme that isn't known here: a reset writes over none of them, and answers 503. "
    "Have those people set a password where you do, or remove the attribute."
)
CASES: dict[str, tuple[dict[str, Any], str]] = {
    "status": (
        {"disabled": {"S": "ACTIVE"}},
        (
            "1 accounts have disabled (neither yes nor no). Say what its values mean: USERS_DISABLED_WHEN, "
            "USERS_PHONE_VERIFIED_WHEN or USERS_FEDERATED_WHEN."
        ),
    ),
    "version": (
        {"credentials_version": {"S": "1"}},
        (
            "1 accounts have credentials_version (S). Map another attribute (USERS_ATTRIBUTES), or correct these "
            "items: no reset reaches them."
        ),
    ),
    "disabled": (
        {"disabled": {"BOOL": True}},
        "All 1 accounts in the sample are disabled, so nobody gets a reset. Set USERS_DISABLED_WHEN.",
    ),
    "capitals": (
        {"email": {"S": "Demo@example.com"}},
        "1 accounts have email with capital letters, so no look-up finds them. Write the address in lower case there.",
    ),
    "no address": ({"email": None}, "1 accounts have no address that could be mailed (attribute email)."),
    "not an address": (
        {"email": {"S": "demo"}},
        "1 accounts have no address that could be mailed (attribute email).",
    ),
    "unknown scheme": ({"password_hash": {"S": "sha1$abc$0123456789"}}, UNKNOWN),
    "binary": ({"password_hash": {"B": b"\x01"}}, UNKNOWN),
}


@pytest.mark.parametrize(("attributes", "line"), CASES.values(), ids=CASES)
def test_what_would_go_wrong_is_told_with_what_mends_it(
    engine_world: World, shape: Theirs, attributes: dict[str, Any], line: str
) -> None:
    put(engine_world, shape, **attributes)
    assert wrong(engine_world) == [line]


@pytest.mark.settings(USERS_KEY='{"id": {"N": "{user_id}"}}')
def test_a_key_of_another_type_is_told(engine_world: World) -> None:
    assert wrong(engine_world) == [
        'The table\'s key has id of type S, not N. Set USERS_KEY, as in {"id": "{user_id}"}.'
    ]


@pytest.mark.settings(USERS_LOOKUP='{"index": "by_mail", "key": {"email": "{email_key}"}}')
def test_a_missing_index_is_told(engine_world: World) -> None:
    assert wrong(engine_world) == [
        "The table has no index by_mail: it has email-index. Set USERS_INDEX or USERS_LOOKUP to one by address."
    ]


@pytest.mark.settings(USERS_KEY='{"PK": "CUSTOMER#{user_id}", "SK": "PROFILE"}')
@pytest.mark.parametrize("shape", [SHAPES["one table for all"]], ids=["one table for all"])
def test_templates_that_fit_nothing_are_told_with_what_keys_look_like(engine_world: World, shape: Theirs) -> None:
    (line,) = wrong(engine_world)
    assert line.startswith(
        "Nothing in the sample is an account: no item's key fits PK = CUSTOMER#{user_id}, SK = PROFILE. Keys look like "
    )
    assert "PK = USER#…, SK = PROFILE" in line
    assert ID not in line


@pytest.mark.parametrize("shape", [SHAPES["an item of the address"]], ids=["an item of the address"])
def test_an_address_that_leads_nowhere_is_told(engine_world: World, shape: Theirs) -> None:
    pointer = {name: shape.items[1][name] for name in ("PK", "SK")}
    engine_world.dynamodb.delete_item(TableName=engine_world.environment["USERS_TABLE"], Key=pointer)
    assert wrong(engine_world, EMAIL) == [
        f"The address of {ID} doesn't lead to the account. Set USERS_LOOKUP.",
        "A reset requested for this address would mail nothing.",
    ]


def test_what_stops_one_address_is_told(engine_world: World, shape: Theirs) -> None:
    """Unknown, disabled, suppressed."""
    world, nothing = engine_world, ["A reset requested for this address would mail nothing."]
    assert wrong(world, "unknown@example.com") == nothing
    put(world, shape, id={"S": "another"}, email={"S": "other@example.com"}, disabled={"BOOL": True})
    assert wrong(world, "other@example.com") == nothing
    assert "  Account another: disabled: nothing would be mailed." in lines(world, "other@example.com")
    world.app.delivery.suppressions.add(EMAIL, "bounced", world.clock())
    assert wrong(world, EMAIL) == nothing
    with pytest.raises(InvalidIdentifier):
        lines(world, "nobody")


def test_it_asks_the_local_server(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Whose tables are in that process; something wrong is an exit code."""
    monkeypatch.delenv("ENV", raising=False)
    asked: list[str] = []

    def answer(url: str, timeout: float) -> BytesIO:
        asked.append(url)
        return BytesIO(b"Table users: about 1 items, key user_id.\nWRONG: all of it.\n1 things are wrong.")

    monkeypatch.setattr("urllib.request.urlopen", answer)
    with pytest.raises(SystemExit) as ended:
        users_check.main(["a@b.example"])
    assert ended.value.code == 1
    assert asked == ["http://127.0.0.1:8000/_local/users-check?email=a%40b.example"]
    assert capsys.readouterr().out.endswith("WRONG: all of it.\n1 things are wrong.\n")

    def nobody(url: str, timeout: float) -> BytesIO:
        raise ConnectionRefusedError

    monkeypatch.setattr("urllib.request.urlopen", nobody)
    with pytest.raises(SystemExit) as ended:
        users_check.main([])
    assert (
        ended.value.code
        == "Nothing answers at http://127.0.0.1:8000: start `make run`, or name a deployment, ENV=prod or STACK=name."
    )


@pytest.mark.parametrize("named", ["ENV", "STACK"])
def test_it_asks_the_deployment_that_is_named(
    named: str, world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("ENV", raising=False)
    monkeypatch.setenv(named, "prod")
    monkeypatch.setattr(users_check, "deployed", lambda: world.app)
    users_check.main([])
    assert capsys.readouterr().out.endswith("Nothing is wrong.\n")


@pytest.mark.parametrize(
    ("secret", "name"),
    [
        (None, "none"),
        pytest.param(HASH, "bcrypt ($2b$)", id="bcrypt"),  # its salt is another each time
        ("pbkdf2_sha256$870000$salt$hash", "pbkdf2_sha256"),
        ("{bcrypt}$2a$10$abc", "bcrypt"),
        ("{noop}hunter2", "noop"),
        ("scrypt:32768:8:1$salt$hash", "scrypt"),
        ("hunter2", "unnamed"),
        ("my$password", "unnamed"),
        ("$argon2id$v=19$m=1,t=1,p=1$c2FsdA$aGFzaA", "argon2id"),
        (b"x", "not text"),
    ],
)
def test_of_a_hash_nothing_but_its_scheme_is_told(secret: Any, name: str) -> None:
    assert users_check.scheme(secret) == name
