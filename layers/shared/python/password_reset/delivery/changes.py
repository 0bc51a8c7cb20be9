"""What a notice goes by: the token, the account and the suppression of its address, read together and consistently."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from password_reset.aws.items import Beside
from password_reset.errors import DeliveryInProgress
from password_reset.proofs.standing import NO_STANDING, Standing

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from password_reset.accounts.directory import Account, Directory
    from password_reset.delivery.messages import (
        ChangeDisputing,
        FactorCodeRequested,
        PasswordChanging,
        RecoveryCodeUsed,
    )
    from password_reset.delivery.suppressions import Suppression, Suppressions
    from password_reset.proofs.reports import Reports
    from password_reset.proofs.tokens import ResetToken, Tokens


@dataclass(frozen=True, kw_only=True)
class Change:
    """What became of an announced change. `account` is what the account is by now."""

    token: "ResetToken | None"
    account: "Account | None"
    suppression: "Suppression | None"
    standing: Standing = NO_STANDING

    @property
    def is_silenced(self) -> bool:
        """Whether the address is suppressed for notices too: no complaint does that."""
        return self.suppression is not None and self.suppression.silences_notices


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Changes:
    """The directory and the reset-tokens and suppressions tables, read together."""

    client: "DynamoDBClient"
    tokens: "Tokens"
    directory: "Directory"
    suppressions: "Suppressions"
    reports: "Reports | None"

    def read(
        self, announced: "PasswordChanging | RecoveryCodeUsed | FactorCodeRequested | ChangeDisputing", now: datetime
    ) -> Change:
        """Return what became of the change.

        Raises:
            Unavailable: that could not be found out.
        """
        tokens, suppressions = self.tokens, self.suppressions
        keys = {
            tokens.table: [tokens.key(announced.token_hash)],
            suppressions.table: [suppressions.key(announced.email)],
        }
        beside = self.reports.beside(keys) if self.reports else Beside(self.client, keys)
        beside.about([announced.user_id])
        account = self.directory.get(announced.user_id, beside=beside)
        token, suppression = (beside.found[room.table] for room in (tokens, suppressions))
        return Change(
            token=tokens.token(token[0]) if token and "account_digest" in token[0] else None,  # or it is a report
            account=account,
            suppression=suppressions.in_force(suppression[0], now) if suppression else None,
            standing=self.reports.standings(beside).get(announced.user_id, NO_STANDING)
            if self.reports
            else NO_STANDING,
        )

    def happened(self, announced: "PasswordChanging", token: "ResetToken | None", now: datetime) -> bool:
        """Whether the announced change took effect, by what the token says, and by what the directory does.

        Raises:
            DeliveryInProgress: the attempt may be at it still.
            Unavailable: that could not be found out.
        """
        if token is None or token.used_by == announced.request_id or self.directory.traits.write == "atomic":
            return token is not None and token.used_by == announced.request_id
        claimed = token.claimed_by == announced.request_id
        if claimed and now.timestamp() < token.claimed_until:
            raise DeliveryInProgress
        landed = self.directory.landed(announced.user_id, token.account_digest, announced.request_id)
        # Where nobody can tell, a notice too many is better than silence.
        return claimed if landed is None else landed

    def end_sessions(self, user_id: str) -> None:
        """End the sessions that the directory keeps: who changed the password may not have come to it.

        Raises:
            Unavailable: it did not answer.
        """
        self.directory.end_sessions(user_id)
