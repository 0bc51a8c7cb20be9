"""DynamoDB's typed items to and from plain values."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from password_reset.errors import Unavailable

if TYPE_CHECKING:
    from botocore.exceptions import ClientError
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, UniversalAttributeValueTypeDef

    type Key = Mapping[str, Any]

_READS = 2
MAX_READ = 100
"""Keys of one batch, by DynamoDB's quota."""
_serialize = TypeSerializer().serialize
_deserialize = TypeDeserializer().deserialize


def to_item(values: Mapping[str, Any]) -> "dict[str, UniversalAttributeValueTypeDef]":
    """Return the values as DynamoDB takes them; members that are None are left out."""
    return {name: _serialize(value) for name, value in values.items() if value is not None}


def from_item(item: "Mapping[str, AttributeValueTypeDef]") -> dict[str, Any]:
    """Return the item's plain values; whole numbers are int."""
    return {name: _plain(_deserialize(value)) for name, value in item.items()}


def refused_by(error: "ClientError") -> dict[str, Any]:
    """Return the item that made a condition fail, of a write that asks for it (`ALL_OLD`)."""
    response: dict[str, Any] = {**error.response}
    return from_item(response["Item"])


def read_all(client: "DynamoDBClient", keys: "Mapping[str, Sequence[Key]]") -> "dict[str, list[Key]]":
    """Read items by their keys, of several tables at once and consistently; return those that there are, by table.

    Raises:
        Unavailable: keys were left unread twice, and one of them may be the one that matters.
    """
    wanted: Any = {table: {"Keys": list(of_table), "ConsistentRead": True} for table, of_table in keys.items()}
    found: dict[str, list[Key]] = {table: [] for table in keys}
    for _ in range(_READS):
        answer = client.batch_get_item(RequestItems=wanted)
        for table, items in answer["Responses"].items():
            found[table] += items
        wanted = answer.get("UnprocessedKeys") or {}
        if not wanted:
            return found
    raise Unavailable


def _plain(value: Any) -> Any:  # noqa: ANN401 - an attribute may hold anything
    return int(value) if isinstance(value, Decimal) and value == value.to_integral_value() else value
