"""What is ours of an account, whatever directory it is in: one item, read with the account and settled with a reset."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from password_reset.aws.items import Beside, from_item, to_item
from password_reset.proofs.standing import standing_of
from password_reset.proofs.tokens import Held

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from password_reset.accounts.directory import Account, Directory
    from password_reset.proofs.factors import Factors
    from password_reset.proofs.reports import Reports, Settlement
    from password_reset.proofs.tokens import ResetToken


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Own:
    """The accounts table: second factors and disputes, each where it is on."""

    client: "DynamoDBClient"
    table: str
    factors: "Factors | None"
    reports: "Reports | None"

    def read(self, directory: "Directory", token: "ResetToken", now: datetime) -> "tuple[Account | None, Held]":
        """Read an account and what is ours of it, in one call where the account is in DynamoDB.

        None where the token was sent to a phone that is no longer the account's.

        Raises:
            Unavailable: they could not be read.
        """
        beside = Beside(self.client, {self.table: [to_item({"user_id": token.user_id})]})
        account = directory.get(token.user_id, beside=beside)
        item = next(map(from_item, beside.found[self.table]), {})
        held = self.factors.held(item) if self.factors else Held()
        if account is None or (self.reports and self.reports.is_elsewhere(token, account)):
            return None, held
        if self.factors:
            held = replace(
                held,
                other_channel=self.factors.other_channel(token, account),
                by_directory="directory" in self.factors.kinds and account.has_factor,
            )
        if self.reports is None:
            return account, held
        return account, self.reports.narrowed(replace(held, standing=standing_of(item)), account, token, now)

    def older(self, held: Held, account: "Account", token: "ResetToken", now: datetime) -> Held | None:
        """Return what is held and no newer than a change that can be disputed still; None where there is none."""
        return self.reports.older(held, account, token, now) if self.reports else None

    def settlement(self, account: "Account", held: Held, token: "ResetToken", now: datetime) -> "Settlement | None":
        """Return what is noted of a change by this token; None where nothing has to be."""
        return self.reports.settlement(account, held, token, now) if self.reports else None

    def settled(
        self, account: "Account", held: Held, token: "ResetToken", now: datetime
    ) -> "TransactWriteItemTypeDef | None":
        """Return the write, for a transaction, that notes a change by this token, over the factors that were read.

        Where nothing is noted, the condition alone; None where there is nothing to compare.
        """
        settlement = self.settlement(account, held, token, now)
        if settlement is None:
            return self.factors.unchanged(account.user_id, held) if self.factors else None
        condition, compared = self.factors.of_version(held) if self.factors else ("", {})
        return self.noting(account.user_id, settlement, [condition] if condition else [], compared)

    def noting(
        self,
        user_id: str,
        settlement: "Settlement",
        conditions: "Sequence[str]" = (),
        values: "Mapping[str, str | int] | None" = None,
    ) -> "TransactWriteItemTypeDef":
        """Return the write, for a transaction, that notes a change, under further conditions with their values."""
        removes = f" REMOVE {', '.join(settlement.removes)}" if settlement.removes else ""
        return {
            "Update": {
                "TableName": self.table,
                "Key": to_item({"user_id": user_id}),
                "UpdateExpression": f"SET {', '.join(settlement.assignments)}{removes}",
                "ConditionExpression": " AND ".join([*settlement.conditions, *conditions]),
                "ExpressionAttributeValues": to_item({**settlement.values, **(values or {})}),
            }
        }
