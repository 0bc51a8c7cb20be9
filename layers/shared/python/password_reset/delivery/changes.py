"""What a notice goes by: the token, the account and the suppression of its address, read together and consistently."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from password_reset.aws.items import Beside

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from password_reset.accounts.directory import Account, Directory
    from password_reset.delivery.messages import PasswordChanging, RecoveryCodeUsed
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
    """The directory and the reset-tokens and suppressions tables, read together."""

    client: "DynamoDBClient"
    tokens: "Tokens"
    directory: "Directory"
    suppressions: "Suppressions"

    def read(self, announced: "PasswordChanging | RecoveryCodeUsed", now: datetime) -> Change:
        """Return what became of the change.

        Raises:
            Unavailable: that could not be found out.
        """
        tokens, suppressions = self.tokens, self.suppressions
        beside = Beside(
            self.client,
            {
                tokens.table: [tokens.key(announced.token_hash)],
                suppressions.table: [suppressions.key(announced.email)],
            },
        )
        account = self.directory.get(announced.user_id, beside=beside)
        token, suppression = (beside.found[room.table] for room in (tokens, suppressions))
        return Change(
            token=tokens.token(token[0]) if token else None,
            account=account,
            suppression=suppressions.in_force(suppression[0], now) if suppression else None,
        )
