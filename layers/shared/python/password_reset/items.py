"""DynamoDB's typed items to and from plain values."""

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

if TYPE_CHECKING:
    from botocore.exceptions import ClientError
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, UniversalAttributeValueTypeDef

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


def _plain(value: Any) -> Any:  # noqa: ANN401 - an attribute may hold anything
    return int(value) if isinstance(value, Decimal) and value == value.to_integral_value() else value
