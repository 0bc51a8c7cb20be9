"""Items to and from DynamoDB's types: as boto3 does it, which the functions do without."""

from decimal import Decimal
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from hypothesis import given
from hypothesis import strategies as st

from password_reset.aws.items import canonical, from_item, to_item

FEW = 8  # leaves of a tree: to make large ones takes a second each, and shows no more
NUMBERS = st.integers(-(10**37), 10**37) | st.decimals(allow_nan=False, allow_infinity=False, places=6).map(
    lambda number: number.normalize()
).filter(lambda number: len(number.as_tuple().digits) <= 38)
OURS = st.recursive(st.text() | st.booleans() | st.integers(-(10**37), 10**37), st.lists, max_leaves=FEW)
ANYBODYS = st.recursive(
    st.text()
    | st.booleans()
    | st.none()
    | st.binary(min_size=1)
    | NUMBERS
    | st.sets(st.text(min_size=1), min_size=1)
    | st.sets(NUMBERS, min_size=1)
    | st.sets(st.binary(min_size=1), min_size=1),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(min_size=1), inner),
    max_leaves=FEW,
)


def written_by_boto3(values: dict[str, Any]) -> Any:
    """Return an item."""
    return {name: TypeSerializer().serialize(value) for name, value in values.items()}


@given(st.dictionaries(st.text(), OURS))
def test_what_is_written_is_what_boto3_would_write(values: dict[str, Any]) -> None:
    assert to_item(values) == written_by_boto3(values)


@given(st.dictionaries(st.text(), ANYBODYS))
def test_what_is_read_is_what_boto3_would_read(values: dict[str, Any]) -> None:
    """Of every type: the users table is the team's. (An int equals its Decimal, and boto3's binaries equal bytes.)"""
    item = written_by_boto3(values)
    assert from_item(item) == {name: TypeDeserializer().deserialize(item[name]) for name in item}


def test_whole_numbers_are_int() -> None:
    read = from_item({"list": {"L": [{"N": "5"}, {"N": "0.5"}]}, "set": {"NS": ["-3"]}})
    assert [type(number) for number in (*read["list"], *read["set"])] == [int, Decimal, int]


def test_nothing_is_written_for_none() -> None:
    assert to_item({"here": "", "not": None}) == {"here": {"S": ""}}


@pytest.mark.parametrize("value", [1.5, b"bytes", {"map": 1}, ["list", None]])
def test_what_is_none_of_ours_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="Nothing of ours is stored as"):
        to_item({"name": value})


STATES: list[Any] = [
    None,
    {"NULL": True},
    {"S": ""},
    {"S": "3"},
    {"N": "3"},
    {"S": "33"},
    {"B": b"3"},
    {"B": b""},
    {"SS": ["3"]},
    {"NS": ["3"]},
    {"BS": [b"3"]},
    {"L": []},
    {"L": [{"S": "3"}]},
    {"L": [{"B": b"3"}]},
    {"M": {}},
    {"M": {"3": {"S": "3"}}},
    {"M": {"3": {"B": b"3"}}},
    {"BOOL": True},
    {"BOOL": False},
]


def test_no_two_stored_values_have_one_text() -> None:
    """Row 16: a type is part of what is stored, in lists and maps too."""
    assert len({canonical(state) for state in STATES}) == len(STATES)


def test_what_comes_in_any_order_has_one_text() -> None:
    pairs: list[tuple[Any, Any]] = [
        ({"SS": ["1", "2"]}, {"SS": ["2", "1"]}),
        ({"NS": ["1", "2"]}, {"NS": ["2", "1"]}),
        ({"BS": [b"1", b"2"]}, {"BS": [b"2", b"1"]}),
        ({"M": {"a": {"S": "1"}, "b": {"N": "2"}}}, {"M": {"b": {"N": "2"}, "a": {"S": "1"}}}),
    ]
    assert [canonical(one) == canonical(other) for one, other in pairs] == [True] * 4
    assert canonical({"L": [{"S": "1"}, {"S": "2"}]}) != canonical({"L": [{"S": "2"}, {"S": "1"}]})
