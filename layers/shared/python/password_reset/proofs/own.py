"""What is ours of an account, whatever directory it is in: one item, read with the account and settled with a reset."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from password_reset.aws.items import Beside, from_item, to_item
from password_reset.proofs.standing import Way, standing_of, way_of
from password_reset.proofs.tokens import Held

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from password_reset.accounts.directory import Account, Directory
    from password_reset.proofs.factors import Factors
    from password_reset.proofs.reports import Reports
    from password_reset.proofs.tokens import ResetToken


@dataclass(frozen=True, kw_only=True)
class Own:
    """The accounts table: second factors and disputes, each where it is on."""

    client: "DynamoDBClient"
    table: str
    factors: "Factors | None"
    reports: "Reports | None"

    def read(self, directory: "Directory", token: "ResetToken") -> "tuple[Account | None, Held]":
        """Read an account and what is ours of it, in one call where the account is in DynamoDB.

        Raises:
            Unavailable: they could not be read.
        """
        beside = Beside(self.client, {self.table: [to_item({"user_id": token.user_id})]})
        account = directory.get(token.user_id, beside=beside)
        item = next(map(from_item, beside.found[self.table]), {})
        held = Held(standing=standing_of(item)) if self.reports else Held()
        if self.factors is None:
            return account, held
        return account, replace(
            self.factors.held(item),
            other_channel=self.factors.other_channel(token, account) if account else "",
            by_directory="directory" in self.factors.kinds and account is not None and account.has_factor,
            standing=held.standing,
        )

    def settled(self, account: "Account", held: Held, way: Way, now: datetime) -> "TransactWriteItemTypeDef | None":
        """Return the write, for a transaction, by which a change proven in this way settles disputes.

        Where there are none, the condition alone that the factors are of the version that was read; None where there is
        nothing to compare.
        """
        settlement = self.reports.settlement(account, held.standing, way, now) if self.reports else None
        if settlement is None:
            return self.factors.unchanged(account.user_id, held) if self.factors else None
        update, values = settlement
        condition, compared = self.factors.of_version(held) if self.factors else ("", {})
        write: TransactWriteItemTypeDef = {
            "Update": {
                "TableName": self.table,
                "Key": to_item({"user_id": account.user_id}),
                "UpdateExpression": update,
                "ExpressionAttributeValues": to_item({**values, **compared}),
            }
        }
        if condition:
            write["Update"]["ConditionExpression"] = condition
        return write


def way_shown(token: "ResetToken", held: Held) -> Way:
    """Return the way that a token's use is proven in."""
    return "factor" if held.kinds and token.proven_by else way_of(token.channel)
