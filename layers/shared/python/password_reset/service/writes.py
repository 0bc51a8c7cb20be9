"""How a token is used up and a password written: together where the directory can, or one after the other.

One after the other, the token is claimed first (`claims.py`), for as long as an attempt can live, and given back only
where nothing was written for certain. So whatever dies, the link works again, or the password may have been changed and
the notice says so.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from password_reset.accounts.directory import Refused
from password_reset.audit import logger
from password_reset.aws.errors import ClientError, NoAnswerError
from password_reset.errors import (
    Error,
    InvalidToken,
    OutcomeUnknown,
    Superseded,
    Unavailable,
    Unchanged,
    WeakPassword,
    unchanged,
)
from password_reset.service.verify_token import usable

if TYPE_CHECKING:
    from password_reset.accounts.directory import Account, AtomicDirectory, Change, Directory
    from password_reset.audit import Attempt
    from password_reset.aws.transactions import Transactions
    from password_reset.levers import Levers
    from password_reset.proofs.own import Own
    from password_reset.proofs.reports import Settlement
    from password_reset.proofs.tokens import Held, ResetToken, Tokens
    from password_reset.service.claims import Claims


class Write(Protocol):
    """Uses the token up and writes the password, both or neither."""

    def __call__(
        self, attempt: "Attempt", token: "ResetToken", account: "Account", held: "Held", change: "Change"
    ) -> None:
        """Do so.

        Raises:
            InvalidToken: the token or the account is not what was read.
            WeakPassword: the directory's own policy refuses the password; the token stays usable.
            Unchanged: nothing was changed; the token stays usable.
            OutcomeUnknown: the password may have been changed.
        """


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Together:
    """One transaction."""

    tokens: "Tokens"
    directory: "AtomicDirectory"
    transactions: "Transactions"
    own: "Own | None"
    levers: "Callable[[], Levers]"
    clock: Callable[[], datetime]

    def __call__(
        self, attempt: "Attempt", token: "ResetToken", account: "Account", held: "Held", change: "Change"
    ) -> None:
        """Write both."""
        hashed = token.token_hash

        def took_effect() -> bool:
            current = self.tokens.find(hashed)
            if current and current.used_by == attempt.request_id:
                return True
            try:
                usable(
                    self.tokens,
                    self.directory,
                    hashed,
                    self.clock(),
                    attempt,
                    levers=self.levers(),
                    own=self.own,
                )
            except InvalidToken:
                # The write may have landed between the two reads, and be what changed the account.
                current = self.tokens.find(hashed)
                if current and current.used_by == attempt.request_id:
                    return True
                raise
            return False

        settled = self.own.settled(account, held, token, change.at) if self.own else None
        try:
            # A dispute counts the account's version up, so that of the two one finds the other done.
            self.transactions.write(
                [
                    self.tokens.consumption(token.replacing(account), attempt.request_id, change.at),
                    self.directory.change_item(account, change),
                    *([settled] if settled else []),
                ],
                took_effect=took_effect,
            )
        except Superseded:
            raise InvalidToken(why="superseded") from None


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Apart:
    """Claim the token, write the password, end sessions, use the token up."""

    tokens: "Tokens"
    directory: "Directory"
    claims: "Claims"
    own: "Own | None"

    def __call__(
        self, attempt: "Attempt", token: "ResetToken", account: "Account", held: "Held", change: "Change"
    ) -> None:
        """Write the one, then the other."""
        settlement = self.own.settlement(account, held, token, change.at) if self.own else None
        try:
            with unchanged():
                self.claims.claim(token, account, held, attempt.request_id, change.at)
        except Superseded:
            raise InvalidToken(why="superseded") from None
        try:
            self.directory.change(account, change)
        except OutcomeUnknown:
            raise  # a write that is on its way must not meet another attempt: the claim stands until the lease ends
        except Superseded:
            self._release(token, account, attempt.request_id)
            raise InvalidToken(why="superseded") from None
        except Refused as refused:
            self._release(token, account, attempt.request_id)
            raise WeakPassword(*refused.issues) from None
        except Unavailable as error:
            self._release(token, account, attempt.request_id)
            raise Unchanged from error
        try:
            self.directory.end_sessions(account.user_id)
        except Unavailable as error:  # the notice's worker ends them; until then, nobody is told that it is done
            raise OutcomeUnknown from error
        finally:
            self._settle(token, account, attempt.request_id, change.at, settlement)

    def _release(self, token: "ResetToken", account: "Account", attempt: str) -> None:
        try:
            self.claims.release(token, account, attempt)
        except (NoAnswerError, ClientError, Error) as error:  # the lease ends by itself
            logger.warning("claim not released", extra={"error": type(error).__name__})

    def _settle(
        self, token: "ResetToken", account: "Account", attempt: str, now: datetime, settlement: "Settlement | None"
    ) -> None:
        try:
            self.claims.settle(token, account, attempt, now, settlement)
        except Superseded:
            if settlement:  # disputed meanwhile: what stands there is not for this change to say
                logger.warning("change not noted")
                self._settle(token, account, attempt, now, None)
            else:
                logger.warning("token not settled")
        except (NoAnswerError, ClientError, Error) as error:  # the account's state differs: the token is void
            logger.warning("token not settled", extra={"error": type(error).__name__})
