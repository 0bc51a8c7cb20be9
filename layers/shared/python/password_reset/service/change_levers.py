"""An operator changes what is in force, and it stays on record who changed what."""

import json
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from password_reset.accounts.identifiers import email_key
from password_reset.aws.items import from_item, to_item
from password_reset.clock import rfc3339
from password_reset.errors import NotFound, Superseded
from password_reset.levers import CURRENT

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import PutTypeDef, TransactWriteItemTypeDef

    from password_reset.accounts.directory import Directory
    from password_reset.audit import Audit
    from password_reset.proofs.reports import Reports

MOST_ACCOUNTS = 100
_TRIES = 3


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ChangeLevers:
    """Writes the levers' item and the record of the change: both, or neither."""

    client: "DynamoDBClient"
    table: str
    directory: "Directory"
    reports: "Reports | None"
    audit: "Audit"
    clock: Callable[[], datetime]

    def current(self) -> dict[str, Any]:
        """Return the item as it is; what it does not name is left to the settings."""
        found = self.client.get_item(TableName=self.table, Key=to_item({"lever": CURRENT}), ConsistentRead=True)
        return {name: value for name, value in from_item(found.get("Item", {})).items() if name != "lever"}

    def blocked(self, always: "Iterable[str]") -> list[str]:
        """Return the sources that are blocked, those of the settings among them."""
        return sorted({*always, *self.current().get("blocked", ())})

    def history(self) -> list[dict[str, Any]]:
        """Return every change, the oldest first."""
        items: list[dict[str, Any]] = []
        where: Any = {}
        while True:
            page = self.client.scan(TableName=self.table, ConsistentRead=True, **where)
            items += map(from_item, page["Items"])
            if "LastEvaluatedKey" not in page:
                break
            where = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
        changes = sorted((item for item in items if item["lever"] != CURRENT), key=lambda item: item["lever"])
        return [item | {"changes": json.loads(item["changes"])} for item in changes]

    def __call__(self, change: "Callable[[Mapping[str, Any]], Mapping[str, Any]]", *, by: str) -> dict[str, Any]:
        """Put what `change` makes of the item over it, None removing a member; return the item as it is then.

        Raises:
            Superseded: others changed it at the same time, again and again.
        """
        for _ in range(_TRIES):
            before = self.current()
            changes = change(before)
            revision = self._revision()
            after = {name: value for name, value in {**before, **changes}.items() if value is not None}
            after["revision"] = revision
            put: PutTypeDef = {
                "TableName": self.table,
                "Item": to_item({"lever": CURRENT, **after}),
                "ConditionExpression": "attribute_not_exists(lever)",
            }
            if before:
                put["ConditionExpression"] = "revision = :was"
                put["ExpressionAttributeValues"] = to_item({":was": before["revision"]})
            try:
                self.client.transact_write_items(TransactItems=[{"Put": put}, self._record(revision, changes, by)])
            except self.client.exceptions.TransactionCanceledException:
                continue
            self._audit(revision)
            return after
        raise Superseded

    def void_account(self, address: str, *, by: str) -> list[str]:
        """Void the tokens, codes and sessions of the accounts of an address; return their ids.

        Raises:
            InvalidIdentifier: it is no address.
            Superseded: an account changed at the same time: try again.
        """
        accounts = self.directory.find(email_key(address), most=MOST_ACCOUNTS)
        for account in accounts:
            revision = self._revision()
            self.client.transact_write_items(
                TransactItems=[self._record(revision, {"void_account": account.user_id}, by)]
            )
            self.directory.outdate(account)
            self.directory.end_sessions(account.user_id)
            self._audit(revision, account.user_id)
        return [account.user_id for account in accounts]

    def note(self, changes: "Mapping[str, Any]", *, by: str) -> None:
        """Put on record what an operator did that no lever keeps."""
        self.client.transact_write_items(TransactItems=[self._record(self._revision(), changes, by)])

    def reopen(self, address: str, *, by: str) -> "dict[str, bool]":
        """End the freeze of the accounts of an address; return whether each, by its id, was frozen.

        Raises:
            InvalidIdentifier: it is no address.
            NotFound: nothing is ever frozen here.
        """
        if self.reports is None:
            raise NotFound
        reopened = {}
        for account in self.directory.find(email_key(address), most=MOST_ACCOUNTS):
            revision = self._revision()
            record = self._record(revision, {"reopen": account.user_id}, by)
            self.client.transact_write_items(TransactItems=[record])
            reopened[account.user_id] = self.reports.reopen(account.user_id, self.clock())
            self._audit(revision, account.user_id)
        return reopened

    def _revision(self) -> str:
        now = self.clock()
        # With microseconds, for changes are told in the order of these texts.
        return f"{rfc3339(now)} {now.microsecond:05x}{secrets.token_hex(4)}"

    def _record(self, revision: str, changes: "Mapping[str, Any]", by: str) -> "TransactWriteItemTypeDef":
        record = {"lever": revision, "by": by, "changes": json.dumps(changes, sort_keys=True)}
        return {"Put": {"TableName": self.table, "Item": to_item(record)}}

    def _audit(self, revision: str, user_id: str | None = None) -> None:
        with self.audit.attempt("levers", revision) as attempt:
            attempt.user_id = user_id
