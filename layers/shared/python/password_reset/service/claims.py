"""Who may write a password now, where writing it and using the token up are two steps.

`TokenClaims` is for a directory that compares what it writes over: a claim of the token keeps an open answer from
meeting another attempt. `RowClaims` is for one that compares nothing: token and account are claimed in one
transaction, and an attempt that dies with them leaves no link that works.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from password_reset.errors import Error, OutcomeUnknown, Superseded, Unavailable
from password_reset.proofs.tokens import LEASE

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from password_reset.accounts.directory import Account, BlindDirectory, Directory
    from password_reset.aws.transactions import Transactions
    from password_reset.proofs.own import Own
    from password_reset.proofs.reports import Settlement
    from password_reset.proofs.tokens import Held, ResetToken, Tokens


class Claims(Protocol):
    """What an attempt has to itself."""

    def claim(self, token: "ResetToken", account: "Account", held: "Held", attempt: str, now: datetime) -> None:
        """Take it, for `LEASE`.

        Raises:
            Superseded: the token, the account or its factors are not what was read.
            Unavailable: another attempt has it.
        """

    def release(self, token: "ResetToken", account: "Account", attempt: str) -> None:
        """Give it back: nothing was written, and never will be."""

    def settle(
        self, token: "ResetToken", account: "Account", attempt: str, now: datetime, settlement: "Settlement | None"
    ) -> None:
        """Use the token up: the password was written. And note it where the account stands.

        Raises:
            Superseded: that stands otherwise than it was read, or the attempt has them no longer; nothing was written.
        """


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class TokenClaims:
    """The token alone."""

    tokens: "Tokens"
    directory: "Directory"
    own: "Own | None"

    def claim(self, token: "ResetToken", account: "Account", held: "Held", attempt: str, now: datetime) -> None:  # noqa: ARG002 - the directory compares the account
        """Claim the token."""
        self.tokens.claim(token, attempt, now)
        # Of a dispute nothing is read again: it counts the version up until it finds this change done, or this fails.
        if self.own and self.own.factors and self.own.read(self.directory, token, now)[1].version != held.version:
            self.tokens.release(token, attempt)  # it was proven by factors that the account no longer has
            raise Superseded

    def release(self, token: "ResetToken", account: "Account", attempt: str) -> None:  # noqa: ARG002 - the same
        """Release the token."""
        self.tokens.release(token, attempt)

    def settle(
        self, token: "ResetToken", account: "Account", attempt: str, now: datetime, settlement: "Settlement | None"
    ) -> None:
        """Use the token up."""
        noted = self.own.noting(account.user_id, settlement) if self.own and settlement else None
        self.tokens.settle(token.replacing(account), attempt, now, noted)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class RowClaims:
    """The token and our row of the account."""

    tokens: "Tokens"
    directory: "BlindDirectory"
    transactions: "Transactions"
    own: "Own | None"

    def claim(self, token: "ResetToken", account: "Account", held: "Held", attempt: str, now: datetime) -> None:
        """Claim both, with the factors as they were read."""
        until = int((now + LEASE).timestamp())
        factors = self.own.factors if self.own else None
        also = factors.of_version(held) if factors else ("", {})

        def took_effect() -> bool:
            current = self.tokens.find(token.token_hash)
            return current is not None and current.claimed_by == attempt

        try:
            self.transactions.write(
                [
                    self.tokens.claiming(token, attempt, now),
                    self.directory.claiming(account, attempt, until, also=also),
                ],
                took_effect=took_effect,
            )
        except Superseded:
            left = self.directory.busy_for(account)
            raise (Unavailable(retry_after=left) if left else Superseded()) from None
        except OutcomeUnknown as error:  # of a claim: no password is at stake
            with suppress(Error):
                self.release(token, account, attempt)
            raise Unavailable from error

    def release(self, token: "ResetToken", account: "Account", attempt: str) -> None:
        """Release both."""
        self._end(token, attempt, self.tokens.releasing(token, attempt), self.directory.releasing(account, attempt))

    def settle(
        self, token: "ResetToken", account: "Account", attempt: str, now: datetime, settlement: "Settlement | None"
    ) -> None:
        """Use the token up, and count the account's version up."""
        used = self.tokens.settling(token.replacing(account), attempt, now)
        self._end(token, attempt, used, self.directory.settling(account, attempt, settlement))

    def _end(self, token: "ResetToken", attempt: str, *writes: "TransactWriteItemTypeDef") -> None:
        def took_effect() -> bool:
            current = self.tokens.find(token.token_hash)
            return current is None or current.used or current.claimed_by != attempt

        self.transactions.write(writes, took_effect=took_effect)
