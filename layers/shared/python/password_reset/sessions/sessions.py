"""Sessions: signed tokens that die with the password, and where they are checked.

A token carries the account's credentials version and a digest of its stored hash. A reset makes the version grow,
and anyone's change of the password changes the hash, so every token from before it is refused from then on, with
no list to write. Signing out puts one token's id on a list until it expires.

Teams may import this module: `Sessions.verify` is all that a service of their own needs.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from password_reset.accounts.directory import Account
from password_reset.aws.items import Beside, to_item
from password_reset.errors import Unauthorized
from password_reset.levers import Levers
from password_reset.sessions.signed import ALGORITHM, MAX_LENGTH, Signer

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from password_reset.accounts.directory import Directory
    from password_reset.proofs.reports import Reports
    from password_reset.sessions.signing_keys import SigningKeys

__all__ = ["ALGORITHM", "MAX_LENGTH", "Session", "Sessions"]


@dataclass(frozen=True, kw_only=True)
class Session:
    """A verified session. Times are UTC."""

    account: Account
    token_id: str
    expires_at: datetime


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Sessions:
    """Issues, verifies and revokes sessions."""

    client: "DynamoDBClient"
    directory: "Directory"
    table: str
    keys: "SigningKeys"
    audience: str
    life: timedelta
    clock: Callable[[], datetime]
    levers: "Callable[[], Levers]" = Levers
    reports: "Callable[[], Reports | None]" = lambda: None

    @cached_property
    def signer(self) -> Signer:
        """What signs and reads sessions' tokens."""
        return Signer(keys=self.keys, audience=self.audience, life=self.life, clock=self.clock)

    def issue(self, account: Account) -> str:
        """Return a session token for the account as it was when its password was compared."""
        return self.signer.sign(account, secrets.token_urlsafe(16))

    def verify(self, token: str) -> Session:
        """Return the session that a token stands for, if it still stands.

        Raises:
            Unauthorized: it is none of ours, not valid now, signed out, or older than the password.
            Unavailable: that could not be found out.
        """
        claims = self.signer.read(token)
        if claims is None or self.levers().void(claims.issued_at):
            raise Unauthorized
        account, gone = self._state(claims.user_id, claims.token_id)
        if gone or account is None or not claims.hold_for(account):
            raise Unauthorized
        expires_at = datetime.fromtimestamp(claims.expires_at, UTC)
        return Session(account=account, token_id=claims.token_id, expires_at=expires_at)

    def revoke(self, token_id: str, expires_at: datetime) -> None:
        """End one session; TTL forgets it once its token has expired by itself."""
        item = {"jti": token_id, "expires_at": int(expires_at.timestamp())}
        self.client.put_item(TableName=self.table, Item=to_item(item))

    def _state(self, user_id: str, token_id: str) -> tuple[Account | None, bool]:
        """Return the account, and whether the session was signed out or the account is frozen: all in one read."""
        keys = {self.table: [to_item({"jti": token_id})]}
        reports = self.reports()
        beside = reports.beside(keys) if reports else Beside(self.client, keys)
        beside.about([user_id])
        account = self.directory.get(user_id, beside=beside)
        frozen = reports and reports.is_frozen(user_id, beside, self.clock())
        return account, bool(beside.found[self.table] or frozen)
