"""A users table of somebody's own, from a file: its definition and its first items, and whether the settings fit it.

The file has what `aws dynamodb describe-table` prints (`Table`), or the parameters of `create-table`, and what
`aws dynamodb scan` prints (`Items`); without items the table is empty.
"""

import base64
import binascii
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from password_reset.accounts.shape import Key, Shape
from password_reset.settings import SettingsError

SETTING = "USERS_TABLE_DEFINITION"


@dataclass(frozen=True)
class Definition:
    """A table's keys and indexes, and items to begin with, as DynamoDB types them."""

    table: Mapping[str, Any]
    items: Sequence[Mapping[str, Any]]

    def request(self, name: str) -> dict[str, Any]:
        """Return the parameters that create it under a name."""
        indexes = [
            {part: index[part] for part in ("IndexName", "KeySchema", "Projection")}
            for index in self.table.get("GlobalSecondaryIndexes", [])
        ]
        return {
            "TableName": name,
            "KeySchema": self.table["KeySchema"],
            "AttributeDefinitions": self.table["AttributeDefinitions"],
            "BillingMode": "PAY_PER_REQUEST",
            **({"GlobalSecondaryIndexes": indexes} if indexes else {}),
        }


def read(path: str) -> Definition:
    """Read a definition.

    Raises:
        SettingsError: it is none.
    """
    try:
        document = json.loads(Path(path).read_text("utf-8"))
        found = document.get("Table", document)
        definition = Definition(found, [_item(item) for item in document.get("Items", [])])
        definition.request("users")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, binascii.Error) as error:
        why = error.strerror if isinstance(error, OSError) else f"{type(error).__name__}: {error}"
        message = f"{SETTING} cannot be {path!r}: {why}. Allowed: a JSON file with Table, as `aws dynamodb "
        message += "describe-table` prints it, and Items, as `aws dynamodb scan` does."
        raise SettingsError(message) from None
    return definition


def misfits(shape: Shape, table: Mapping[str, Any]) -> Iterator[str]:
    """Yield a line for each thing in which a described table is not what the settings say."""
    types = {definition["AttributeName"]: definition["AttributeType"] for definition in table["AttributeDefinitions"]}
    yield from _key_misfits("The table's key", "USERS_KEY", shape.key, table["KeySchema"], types)
    lookup = shape.lookup
    if lookup is None:
        return
    if lookup.index is None:
        yield from _key_misfits("The table's key", "USERS_LOOKUP", lookup.key, table["KeySchema"], types)
        return
    indexes = {index["IndexName"]: index for index in table.get("GlobalSecondaryIndexes") or ()}
    if lookup.index not in indexes:
        known = f"it has {', '.join(sorted(indexes))}" if indexes else "it has none"
        yield f"The table has no index {lookup.index}: {known}. Set USERS_INDEX or USERS_LOOKUP to one by address."
        return
    schema = indexes[lookup.index]["KeySchema"]
    yield from _key_misfits(f"The key of index {lookup.index}", "USERS_LOOKUP", lookup.key, schema, types, whole=False)


def _key_misfits(  # noqa: PLR0913 - a line about each
    what: str,
    setting: str,
    key: Key,
    schema: Sequence[Mapping[str, str]],
    types: Mapping[str, str],
    *,
    whole: bool = True,
) -> Iterator[str]:
    names = tuple(part["AttributeName"] for part in sorted(schema, key=lambda part: part["KeyType"] != "HASH"))
    wanted = names if whole else names[: max(1, len(key.names))]
    if key.names != wanted:
        yield f"{what} is {' and '.join(names)}, not {' and '.join(key.names)}. Set {setting}."
        return
    for name, template in key.templates.items():
        if types[name] != template.kind:
            example = json.dumps({name: {types[name]: template.text} if types[name] != "S" else template.text})
            yield f"{what} has {name} of type {types[name]}, not {template.kind}. Set {setting}, as in {example}."


def _item(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _typed(typed) for name, typed in item.items()}


def _typed(typed: Mapping[str, Any]) -> dict[str, Any]:
    [(kind, value)] = typed.items()
    match kind:
        case "B":
            return {kind: base64.b64decode(value, validate=True)}
        case "BS":
            return {kind: [base64.b64decode(member, validate=True) for member in value]}
        case "L":
            return {kind: [_typed(member) for member in value]}
        case "M":
            return {kind: _item(value)}
        case "S" | "N" | "BOOL" | "NULL" | "SS" | "NS":
            return {kind: value}
    message = f"{kind} is no type of DynamoDB's"
    raise ValueError(message)
