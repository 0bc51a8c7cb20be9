"""Whether a token may be used."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from password_reset.errors import InvalidToken
from password_reset.proofs.tokens import Held, token_hash

if TYPE_CHECKING:
    from password_reset.accounts.directory import Account, Directory
    from password_reset.audit import Attempt
    from password_reset.errors import Factor, Purpose
    from password_reset.levers import Levers
    from password_reset.proofs.own import Own
    from password_reset.proofs.tokens import ResetToken, Tokens


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Verified:
    """A token that may be used: until when, for whom, and who asked."""

    expires_at: datetime
    email: str
    client: str
    purpose: "Purpose"
    factors: "Sequence[Factor]"
    """The kinds of second factors of which one must be shown before the token is used."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class VerifyToken:
    """Tell whether a token may be used. This changes nothing, and no other step relies on it."""

    tokens: "Tokens"
    directory: "Directory"
    levers: "Callable[[], Levers]"
    own: "Own | None"
    clock: Callable[[], datetime]

    def __call__(self, attempt: "Attempt", token: str) -> Verified | None:
        """Return what a page may show of the token; None if it may not be used, for whatever reason."""
        try:
            found, account, held = usable(
                self.tokens,
                self.directory,
                token_hash(token),
                self.clock(),
                attempt,
                levers=self.levers(),
                own=self.own,
            )
        except InvalidToken as error:
            attempt.refuse(error.code, error.why)
            return None
        return Verified(
            expires_at=found.expires_at,
            email=account.email,
            client=found.client,
            purpose=found.purpose,
            factors=[] if found.is_proven(held) else held.kinds,
        )


def usable(
    tokens: "Tokens",
    directory: "Directory",
    hashed: str,
    now: datetime,
    attempt: "Attempt",
    *,
    levers: "Levers",
    own: "Own | None" = None,
) -> "tuple[ResetToken, Account, Held]":
    """Return a token, its account and what is ours of that, if the one may reset the other, read consistently.

    Raises:
        InvalidToken: it may not, for whatever reason; the audit is told which.
    """
    attempt.about(hashed)
    token = tokens.find(hashed)
    if token is None:
        raise InvalidToken(why="unknown")
    attempt.for_request = token.request_id or None
    if refusal := token.refusal(now):
        raise InvalidToken(why=refusal)
    if levers.void(token.created_at):
        raise InvalidToken(why="void")
    if own is None:
        account, held = directory.get(token.user_id), Held()
    else:
        account, held = own.read(directory, token, now)
    if account is None or not account.may_reset or account.state != token.account_digest:
        raise InvalidToken(why="superseded")
    if not held.opens:
        raise InvalidToken(why="frozen")
    attempt.user_id = account.user_id
    return token, account, held
