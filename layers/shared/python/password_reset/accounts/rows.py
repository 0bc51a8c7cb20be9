"""A row of ours for each account of a directory that can't compare what it writes over: rivals are kept apart by it.

Its generation is the account's version, which every token is bound to. An attempt claims the row together with its
token, and settles both once the password is written. One that dies in between has changed the password or not, and
nobody can tell: once its lease is over it counts as a change, so no link from before it works (the notice goes out).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from password_reset.aws.items import Beside, from_item, to_item
from password_reset.errors import Superseded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef, UniversalAttributeValueTypeDef

    type Condition = tuple[str, Mapping[str, int]]


class Noted(Protocol):
    """What else is written into an account's item: expressions, and the values that they name."""

    @property
    def assignments(self) -> "Sequence[str]":
        """What is set."""

    @property
    def removes(self) -> "Sequence[str]":
        """What is removed."""

    @property
    def conditions(self) -> "Sequence[str]":
        """What must hold."""

    @property
    def values(self) -> "Mapping[str, str | int]":
        """What the others name."""


@dataclass(frozen=True)
class Row:
    """What was read of it."""

    generation: int = 0
    claimed_by: str = ""
    claimed_until: int = 0

    def version(self, now: datetime) -> int:
        """Return the account's version: a claim whose lease is over counts as a change."""
        dead = bool(self.claimed_by) and self.claimed_until <= now.timestamp()
        return self.generation + dead

    def busy_for(self, now: datetime) -> int:
        """Return for how many seconds an attempt has it to itself; 0 where none has."""
        return max(0, self.claimed_until - int(now.timestamp())) if self.claimed_by else 0


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Rows:
    """The accounts table, as far as it is about this."""

    client: "DynamoDBClient"
    table: str
    clock: "Callable[[], datetime]"

    def read(self, user_ids: "Sequence[str]", beside: Beside | None = None) -> dict[str, Row]:
        """Read the rows of accounts, consistently, and what is beside them, in one call."""
        beside = beside or Beside(self.client)
        found = beside.read({self.table: [self._key(user_id) for user_id in user_ids]} if user_ids else {})
        items = map(from_item, found.get(self.table, ()))
        stored = {item["user_id"]: item for item in items}
        return {user_id: _row(stored.get(user_id, {})) for user_id in user_ids}

    def claiming(
        self, user_id: str, row: Row, attempt: str, until: int, *, also: "Condition"
    ) -> "TransactWriteItemTypeDef":
        """Return the write, for a transaction, that gives an attempt the row as it was read, unless another has it."""
        now = self.clock()
        also_there, values = also
        free = "claimed_by = :dead AND claimed_until <= :now" if row.claimed_by else "attribute_not_exists(claimed_by)"
        dead: dict[str, str | int] = {":dead": row.claimed_by, ":now": int(now.timestamp())} if row.claimed_by else {}
        return self._update(
            user_id,
            "SET generation = :generation, claimed_by = :attempt, claimed_until = :until",
            f"{_unchanged(row)} AND {free}{also_there and f' AND {also_there}'}",
            {
                ":was": row.generation,
                ":generation": row.version(now),
                ":attempt": attempt,
                ":until": until,
                **dead,
                **values,
            },
        )

    def settling(self, user_id: str, attempt: str, also: "Noted | None" = None) -> "TransactWriteItemTypeDef":
        """Return the write, for a transaction, that counts the version up and ends the attempt's claim.

        `also` is what is noted of the change in the same item.
        """
        sets = ["generation = generation + :one", *(also.assignments if also else ())]
        removes = ["claimed_by", "claimed_until", *(also.removes if also else ())]
        return self._update(
            user_id,
            f"SET {', '.join(sets)} REMOVE {', '.join(removes)}",
            " AND ".join(["claimed_by = :attempt", *(also.conditions if also else ())]),
            {":one": 1, ":attempt": attempt, **(also.values if also else {})},
        )

    def releasing(self, user_id: str, attempt: str) -> "TransactWriteItemTypeDef":
        """Return the write, for a transaction, that ends the attempt's claim: nothing was changed."""
        return self._update(user_id, "REMOVE claimed_by, claimed_until", "claimed_by = :attempt", {":attempt": attempt})

    def outdate(self, user_id: str, row: Row) -> None:
        """Count the version up.

        Raises:
            Superseded: it was counted up already, or an attempt is about to.
        """
        version = row.version(self.clock())
        write: Any = self._update(
            user_id,
            "SET generation = :generation REMOVE claimed_by, claimed_until",
            _unchanged(row),
            {":generation": version + 1, ":was": row.generation},
        )["Update"]
        try:
            self.client.update_item(**write)
        except self.client.exceptions.ConditionalCheckFailedException:
            raise Superseded from None

    def _update(
        self, user_id: str, change: str, condition: str, values: "Mapping[str, str | int]"
    ) -> "TransactWriteItemTypeDef":
        return {
            "Update": {
                "TableName": self.table,
                "Key": self._key(user_id),
                "UpdateExpression": change,
                "ConditionExpression": condition,
                "ExpressionAttributeValues": to_item(values),
            }
        }

    def _key(self, user_id: str) -> "dict[str, UniversalAttributeValueTypeDef]":
        return to_item({"user_id": user_id})


def _unchanged(row: Row) -> str:
    return "generation = :was" if row.generation else "(attribute_not_exists(generation) OR generation = :was)"


def _row(item: "Mapping[str, Any]") -> Row:
    return Row(
        generation=item.get("generation", 0),
        claimed_by=item.get("claimed_by", ""),
        claimed_until=item.get("claimed_until", 0),
    )
