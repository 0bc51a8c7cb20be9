"""Shapes of users tables: what can't be right is refused with a line that says why; keys go there and back."""

import json
from pathlib import Path
from typing import Any

import pytest

from infra.config import Config
from local.definition import misfits
from password_reset.accounts.attributes import UserAttributes
from password_reset.accounts.seal import Seal
from password_reset.accounts.shape import Condition, Key, Template, WrongType, path, read_shape, resolve
from password_reset.aws.pepper import Pepper
from password_reset.settings import Settings, SettingsError
from tests.unit.test_settings import VALID

BLOCK = json.loads(Path("cdk.json").read_text("utf-8"))["context"]["environments"]["dev"]
LOOKUP = {"index": "i", "key": {"mail": "{email_key}"}}
# In cdk.json, as environment variables, and why.
UNUSABLE: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "no place": (
        {"key": {"PK": "USER"}},
        {"USERS_KEY": {"PK": "USER"}},
        "the key has no place: every account would be one item",
    ),
    "a place that nothing fills": (
        {
            "key": {"PK": "T#{tenant}", "SK": "{user_id}"},
            "lookup": {"key": {"PK": "{email_key}"}, "holds": {"o": "{user_id}"}},
        },
        {
            "USERS_KEY": {"PK": "T#{tenant}", "SK": "{user_id}"},
            "USERS_LOOKUP": {"key": {"PK": "{email_key}"}, "holds": {"o": "{user_id}"}},
        },
        "the look-up's item holds no tenant, which the key needs",
    ),
    "braces": (
        {"key": {"PK": "USER#{User}"}},
        {"USERS_KEY": {"PK": "USER#{User}"}},
        "PK has 'USER#{User}', where places are written as in {user_id}",
    ),
    "two places in a row": (
        {"key": {"PK": "{tenant}{user_id}"}},
        {"USERS_KEY": {"PK": "{tenant}{user_id}"}},
        "PK has '{tenant}{user_id}', and nobody could tell one place from the next",
    ),
    "a number with a text": (
        {"key": {"id": {"N": "U{user_id}"}}},
        {"USERS_KEY": {"id": {"N": "U{user_id}"}}},
        "id is of type N and must be one place, as in {user_id}",
    ),
    "an address as a number": (
        {"key": {"id": {"N": "{email_key}"}}},
        {"USERS_KEY": {"id": {"N": "{email_key}"}}},
        "id is a number, and no address is one",
    ),
    "another type": (
        {"key": {"id": {"BOOL": "{user_id}"}}},
        {"USERS_KEY": {"id": {"BOOL": "{user_id}"}}},
        "id must be a text, or an object with one of S, N and B and a text",
    ),
    "three attributes": (
        {"key": {"a": "{user_id}", "b": "b", "c": "c"}},
        {"USERS_KEY": {"a": "{user_id}", "b": "b", "c": "c"}},
        "a key is an object with one attribute or two, the partition key first",
    ),
    "a look-up by something else": (
        {"lookup": {"index": "i", "key": {"name": "{name}"}}},
        {"USERS_LOOKUP": {"index": "i", "key": {"name": "{name}"}}},
        "the key of a look-up is made of {email_key}, the partition key at least, and of nothing else",
    ),
    "a look-up of neither kind": (
        {"lookup": {"index": "i"}},
        {"USERS_LOOKUP": {"index": "i"}},
        "a look-up is an object with index and key, or with key and holds",
    ),
    "a condition without values": (
        {"disabledWhen": {"attribute": "status"}},
        {"USERS_DISABLED_WHEN": {"attribute": "status"}},
        "a condition is an object with attribute, and one of values, otherThan and present: true",
    ),
    "values that are objects": (
        {"federatedWhen": {"attribute": "idp", "values": [{}]}},
        {"USERS_FEDERATED_WHEN": {"attribute": "idp", "values": [{}]}},
        "values are texts, whole numbers, true, false or null",
    ),
    "a password over the key": (
        {"key": "id", "attributes": {"password_hash": "id"}},
        {"USERS_ATTRIBUTES": {"user_id": "id", "password_hash": "id"}},
        "password_hash would be written over id",
    ),
    "a password over a map of the version": (
        {"attributes": {"password_hash": "auth", "credentials_version": "auth.version"}},
        {"USERS_ATTRIBUTES": {"password_hash": "auth", "credentials_version": "auth.version"}},
        "credentials_version would be written over password_hash",
    ),
    "a password in a list": (
        {"attributes": {"password_hash": "auth[0].hash"}},
        {"USERS_ATTRIBUTES": {"password_hash": "auth[0].hash"}},
        "password_hash would be written into a list",
    ),
}


@pytest.mark.parametrize("case", UNUSABLE.values(), ids=UNUSABLE)
def test_what_cannot_be_right_stops_synth_and_start_with_a_line(
    case: tuple[dict[str, Any], dict[str, Any], str],
) -> None:
    block, variables, why = case
    with pytest.raises(SettingsError) as refused:
        Config.load({"dev": BLOCK | {"usersTable": {"tableName": "customers", **block}}}, "dev")
    (line,) = str(refused.value).splitlines()[1:]
    assert line.startswith("usersTable cannot be ")
    assert f": {why}. Allowed: an object with tableName, key, index or lookup, attributes, " in line
    with pytest.raises(SettingsError) as refused:
        Settings.from_environment(VALID | {name: json.dumps(value) for name, value in variables.items()})
    (line,) = str(refused.value).splitlines()
    assert line.startswith("USERS_")
    assert f": {why}. Allowed: a JSON object" in line


@pytest.mark.parametrize("text", ["", ".", "a.", ".a", "a..b", "a[b]", "[0]", "a[0]b", "a]", "a\\"])
def test_a_path_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="USERS_ATTRIBUTES"):
        Settings.from_environment(VALID | {"USERS_ATTRIBUTES": json.dumps({"email": text})})


def test_paths_name_what_is_within() -> None:
    item: Any = {"a": {"M": {"b.c": {"L": [{"S": "x"}, {"M": {"d": {"N": "1"}}}]}}}, "n": {"NULL": True}}
    assert path("a.b\\.c[1].d") == ("a", "b.c", 1, "d")
    assert resolve(item, path("a.b\\.c[1].d")) == {"N": "1"}
    assert resolve(item, path("a.b\\.c[2].d")) is None
    assert resolve(item, path("n.a")) is None
    assert resolve(item, path("z")) is None
    with pytest.raises(WrongType) as refused:
        resolve(item, path("a.b\\.c.d"))
    assert (refused.value.attribute, refused.value.found) == ("a.b.c", "L")


KEYS: list[tuple[Any, dict[str, str], Any]] = [
    ({"id": "{user_id}"}, {"user_id": "7"}, {"id": {"S": "7"}}),
    ({"id": {"N": "{user_id}"}}, {"user_id": "7"}, {"id": {"N": "7"}}),
    ({"id": {"B": "{user_id}"}}, {"user_id": "AP8"}, {"id": {"B": b"\0\xff"}}),
    ({"id": {"B": "{email_key}"}}, {"email_key": "a@b.c"}, {"id": {"B": b"a@b.c"}}),
    ({"P": "U#{user_id}", "S": "U#{user_id}"}, {"user_id": "a#b"}, {"P": {"S": "U#a#b"}, "S": {"S": "U#a#b"}}),
    (
        {"P": "T#{tenant}", "S": {"N": "{user_id}"}},
        {"tenant": "x", "user_id": "-1"},
        {"P": {"S": "T#x"}, "S": {"N": "-1"}},
    ),
    ({"P": "{a}#{b}#"}, {"a": "1\n", "b": "2#3"}, {"P": {"S": "1\n#2#3#"}}),
]


@pytest.mark.parametrize(("templates", "values", "typed"), KEYS)
def test_a_key_goes_there_and_back(templates: Any, values: dict[str, str], typed: Any) -> None:
    key = Key.read(templates)
    assert key.fill(values) == typed
    assert key.read_from(typed) == values


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("N", "x"),
        ("N", "01"),
        ("N", "1.5"),
        ("N", ""),
        ("N", "1" * 39),
        ("B", "x"),
        ("B", ""),
        ("B", "é"),
        ("S", ""),
        ("S", "é" * 513),
        ("S", "\ud800"),
    ],
)
def test_what_is_no_key_fills_none(kind: str, text: str) -> None:
    """A made-up id finds nobody, and no request fails by it."""
    assert Template(kind, "{user_id}").fill({"user_id": text}) is None


def test_an_item_of_another_kind_is_none_and_a_type_that_is_wrong_is_told() -> None:
    key = Key.read({"P": "U#{user_id}", "S": "PROFILE"})
    assert key.read_from({"P": {"S": "U#1"}, "S": {"S": "ORDER"}}) is None
    assert key.read_from({"P": {"S": "X#1"}, "S": {"S": "PROFILE"}}) is None
    assert key.read_from({"P": {"S": "U#1"}}) is None
    assert Key.read({"P": "{user_id}", "S": "{user_id}"}).read_from({"P": {"S": "1"}, "S": {"S": "2"}}) is None
    with pytest.raises(WrongType) as refused:
        key.read_from({"P": {"N": "1"}, "S": {"S": "PROFILE"}})
    assert (refused.value.attribute, refused.value.found) == ("P", "N")


@pytest.mark.parametrize(
    ("condition", "answers"),
    [
        ({"attribute": "a", "values": ["x", 1]}, {"x": True, "y": False, 1: True, 2: False, None: False, b"x": None}),
        ({"attribute": "a", "otherThan": ["x"]}, {"x": False, "y": True, None: True, 1: None}),
        ({"attribute": "a", "otherThan": ["x", None]}, {"x": False, None: False}),
        ({"attribute": "a", "present": True}, {"x": True, 0: True, None: False}),
    ],
)
def test_conditions_say_yes_no_or_nothing(condition: Any, answers: dict[Any, bool | None]) -> None:
    found = Condition.read(condition)
    assert {value: found.holds(value) for value in answers} == answers


def test_true_is_no_number() -> None:
    one, yes = (Condition.read({"attribute": "a", "values": [value]}) for value in (1, True))
    assert [one.holds(value) for value in (1, True)] == [True, None]
    assert [yes.holds(value) for value in (1, True)] == [None, True]


def table(keys: dict[str, str], **indexes: dict[str, str]) -> dict[str, Any]:
    def schema(names: dict[str, str]) -> list[dict[str, str]]:
        return [{"AttributeName": n, "KeyType": k} for n, k in zip(names, ("HASH", "RANGE"), strict=False)]

    kinds = keys | {name: kind for index in indexes.values() for name, kind in index.items()}
    return {
        "KeySchema": schema(keys),
        "AttributeDefinitions": [{"AttributeName": n, "AttributeType": k} for n, k in kinds.items()],
        "GlobalSecondaryIndexes": [{"IndexName": n, "KeySchema": schema(k)} for n, k in indexes.items()],
    }


MISFITS: list[tuple[dict[str, Any], dict[str, Any], list[str]]] = [
    ({}, table({"user_id": "S"}, by_email={"email_key": "S"}), []),
    (
        {},
        table({"id": "N"}, by_mail={"mail": "S"}),
        [
            "The table's key is id, not user_id. Set USERS_KEY.",
            "The table has no index by_email: it has by_mail. Set USERS_INDEX or USERS_LOOKUP to one by address.",
        ],
    ),
    (
        {"key": {"id": "{user_id}"}, "lookup": LOOKUP},
        table({"id": "N"}, i={"mail": "S"}),
        ['The table\'s key has id of type N, not S. Set USERS_KEY, as in {"id": {"N": "{user_id}"}}.'],
    ),
    (
        {"key": {"PK": "{user_id}"}, "lookup": LOOKUP},
        table({"PK": "S", "SK": "S"}, i={"mail": "S", "kind": "S"}),
        ["The table's key is PK and SK, not PK. Set USERS_KEY."],
    ),
    (
        {"key": {"id": {"N": "{user_id}"}}, "lookup": {"index": "i", "key": {"mail": {"B": "{email_key}"}}}},
        table({"id": "N"}, i={"mail": "S"}),
        ['The key of index i has mail of type S, not B. Set USERS_LOOKUP, as in {"mail": "{email_key}"}.'],
    ),
    ({"key": {"email": "{email_key}"}}, table({"email": "S"}), []),
]


@pytest.mark.parametrize(("settings", "described", "lines"), MISFITS)
def test_what_a_table_is_and_the_settings_do_not_say_is_told(
    settings: dict[str, Any], described: dict[str, Any], lines: list[str]
) -> None:
    shape = read_shape(attributes=UserAttributes(), index="by_email", **settings)
    assert list(misfits(shape, described)) == lines


def seal(pepper: str = "p" * 64) -> Seal:
    return Seal(pepper=lambda: Pepper(lambda: pepper))


@pytest.mark.parametrize("text", ["a@b.c", "é@example.com", "x" * 254, "acme\x007"])
def test_a_sealed_id_opens_for_the_pepper_alone(text: str) -> None:
    """Row 46: the same account has the same id; nobody else reads it, or makes one up."""
    sealed = seal().close(text)
    assert sealed == seal().close(text)
    assert seal().open(sealed) == text
    assert seal("q" * 64).open(sealed) is None
    assert text not in sealed
    assert {seal().open(sealed[:place] + "-_"[sealed[place] == "-"] + sealed[place + 1 :]) for place in range(64)} == {
        None
    }


def test_a_sealed_id_does_not_tell_how_long_an_address_is() -> None:
    assert {len(seal().close("x" * length)) for length in range(1, 33)} == {64}
    assert seal().close("a@b.c")[:22] != seal().close("a@b.d")[:22]


@pytest.mark.parametrize("made_up", ["", "x", "é", "A" * 22, "A" * 64, "A" * 65, "=", "\0"])
def test_what_is_no_sealed_id_opens_nothing(made_up: str) -> None:
    assert seal().open(made_up) is None
