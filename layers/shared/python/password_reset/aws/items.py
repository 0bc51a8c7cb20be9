"""DynamoDB's typed items to and from plain values."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from password_reset.errors import Unavailable

if TYPE_CHECKING:
    from botocore.exceptions import ClientError
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, UniversalAttributeValueTypeDef

    type Key = Mapping[str, Any]

_READS = 2
MAX_READ = 100
"""Keys of one batch, by DynamoDB's quota."""


def to_item(values: Mapping[str, Any]) -> "dict[str, UniversalAttributeValueTypeDef]":
    """Return the values as DynamoDB takes them; members that are None are left out."""
    return {name: typed(value) for name, value in values.items() if value is not None}


def from_item(item: "Mapping[str, AttributeValueTypeDef]") -> dict[str, Any]:
    """Return the item's plain values; whole numbers are int."""
    return {name: _plain(value) for name, value in item.items()}


def canonical(value: "AttributeValueTypeDef | None") -> str:
    """Return one text for one stored value, its type included: no two values have the same. None is absence."""
    return json.dumps(value and _ordered(value), sort_keys=True)


def refused_by(error: "ClientError") -> dict[str, Any]:
    """Return the item that made a condition fail, of a write that asks for it (`ALL_OLD`)."""
    response: dict[str, Any] = {**error.response}
    return from_item(response["Item"])


def read_all(
    client: "DynamoDBClient", keys: "Mapping[str, Sequence[Key]]", only: "Mapping[str, Sequence[str]] | None" = None
) -> "dict[str, list[Key]]":
    """Read items by their keys, of several tables at once and consistently; return those that there are, by table.

    Of a table in `only`, these attributes are read.

    Raises:
        Unavailable: keys were left unread twice, and one of them may be the one that matters.
    """
    wanted: Any = {table: {"Keys": list(of_table), "ConsistentRead": True} for table, of_table in keys.items()}
    for table, names in (only or {}).items():
        places = {f"#name{number}": name for number, name in enumerate(names)}
        wanted[table] |= {"ProjectionExpression": ", ".join(places), "ExpressionAttributeNames": places}
    found: dict[str, list[Key]] = {table: [] for table in keys}
    for _ in range(_READS):
        answer = client.batch_get_item(RequestItems=wanted)
        for table, items in answer["Responses"].items():
            found[table] += items
        wanted = answer.get("UnprocessedKeys") or {}
        if not wanted:
            return found
    raise Unavailable


class Beside:
    """Items of our own tables that are read together with an account: in the same call, where that is in DynamoDB."""

    def __init__(
        self,
        client: "DynamoDBClient",
        keys: "Mapping[str, Sequence[Key]] | None" = None,
        *,
        of_each: "Callable[[str], Mapping[str, Sequence[Key]]] | None" = None,
    ) -> None:
        """`of_each` says what is to be read of each account, by its id: only the directory knows which there are."""
        self._client = client
        self._keys = {table: list(of_table) for table, of_table in (keys or {}).items()}
        self._of_each = of_each
        self.found: Mapping[str, Sequence[Any]] = {table: [] for table in self._keys}
        """What there was, by table, once it is read."""

    @property
    def room(self) -> int:
        """How many accounts can be read along with these."""
        return MAX_READ - sum(map(len, self._keys.values()))

    def about(self, user_ids: "Iterable[str]") -> None:
        """Read along what there is of these accounts, in the one read that is to come."""
        for table, keys in self._wanted(user_ids).items():
            self._keys.setdefault(table, []).extend(keys)

    def read_about(self, user_ids: "Iterable[str]") -> None:
        """Read what there is of these accounts, where there were too many for one read.

        Raises:
            Unavailable: keys were left unread.
        """
        if wanted := self._wanted(user_ids):
            self.found = {**self.found, **read_all(self._client, wanted)}

    def _wanted(self, user_ids: "Iterable[str]") -> "dict[str, list[Key]]":
        wanted: dict[str, list[Key]] = {}
        for user_id in user_ids if self._of_each else ():
            for table, keys in self._of_each(user_id).items() if self._of_each else ():
                wanted.setdefault(table, []).extend(keys)
        return wanted

    def read(
        self, more: "Mapping[str, Sequence[Key]]", only: "Mapping[str, Sequence[str]] | None" = None
    ) -> "dict[str, list[Key]]":
        """Read these and more, consistently; return what there was of all, by table: of `only`, these attributes.

        Raises:
            Unavailable: keys were left unread.
        """
        found = read_all(self._client, {**self._keys, **more}, only)
        self.found = found
        return found


def typed(value: object) -> "AttributeValueTypeDef":
    """Return a value as DynamoDB takes it."""
    match value:
        case bool():  # before int, which it is as well
            return {"BOOL": value}
        case int():
            return {"N": str(value)}
        case str():
            return {"S": value}
        case list():
            return {"L": [typed(member) for member in value]}
        case _:
            message = f"Nothing of ours is stored as {type(value).__name__}."
            raise TypeError(message)


def _plain(typed: "AttributeValueTypeDef") -> Any:  # noqa: ANN401 - an attribute may hold anything
    [(kind, value)] = typed.items()
    return _READERS[kind](value) if kind in _READERS else value


def _ordered(typed: "AttributeValueTypeDef") -> list[Any]:
    kind: str
    value: Any
    [(kind, value)] = typed.items()
    match kind:
        case "B":
            return [kind, value.hex()]
        case "BS":
            return [kind, sorted(member.hex() for member in value)]
        case "SS" | "NS":  # which come in any order
            return [kind, sorted(value)]
        case "L":
            return [kind, list(map(_ordered, value))]
        case "M":
            return [kind, {name: _ordered(member) for name, member in value.items()}]
    return [kind, value]


def _number(text: str) -> int | Decimal:
    number = Decimal(text)
    return int(number) if number == number.to_integral_value() else number


# S, B and BOOL are what they hold.
_READERS: Mapping[str, Callable[[Any], Any]] = {
    "N": _number,
    "NS": lambda numbers: set(map(_number, numbers)),
    "SS": set,
    "BS": set,
    "L": lambda members: list(map(_plain, members)),
    "M": from_item,
    "NULL": lambda _: None,
}
