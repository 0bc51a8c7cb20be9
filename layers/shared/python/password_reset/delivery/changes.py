"""What a notice goes by: the token, the account and the suppression of its address, read together and consistently."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from password_reset.aws.items import read_all

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from password_reset.accounts.users import Account, Users
    from password_reset.delivery.messages import PasswordChanging
    from password_reset.delivery.suppressions import Suppression, Suppressions
    from password_reset.proofs.tokens import ResetToken, Tokens


@dataclass(frozen=True, kw_only=True)
class Change:
    """What became of an announced change. `account` is what the account is by now."""

    token: "ResetToken | None"
    account: "Account | None"
    suppression: "Suppression | None"


@dataclass(frozen=True, kw_only=True)
class Changes:
    """The reset-tokens, users and suppressions tables, read together."""

    client: "DynamoDBClient"
    tokens: "Tokens"
    users: "Users"
    suppressions: "Suppressions"

    def read(self, announced: "PasswordChanging", now: datetime) -> Change:
        """Return what became of the change.

        Raises:
            Unavailable: the tables left a key unread.
        """
        tokens, users, suppressions = self.tokens, self.users, self.suppressions
        found = read_all(
            self.client,
            {
                tokens.table: [tokens.key(announced.token_hash)],
                users.table: [users.key(announced.user_id)],
                suppressions.table: [suppressions.key(announced.email)],
            },
        )
        token, account, suppression = (found[room.table] for room in (tokens, users, suppressions))
        return Change(
            token=tokens.token(token[0]) if token else None,
            account=users.account(announced.user_id, account[0]) if account else None,
            suppression=suppressions.in_force(suppression[0], now) if suppression else None,
        )
