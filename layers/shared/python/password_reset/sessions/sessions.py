"""Sessions: signed tokens that die with the password, and where they are checked.

A token carries the account's credentials version. A reset makes the version grow, so every token from before
it is refused from then on, with no list to write. Signing out puts one token's id on a list until it expires.

Teams may import this module: `Sessions.verify` is all that a service of their own needs.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import jwt

from password_reset.accounts.users import Account
from password_reset.aws.items import read_all, to_item
from password_reset.errors import Unauthorized

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from password_reset.accounts.users import Users
    from password_reset.sessions.signing_keys import SigningKeys

ALGORITHM = "HS256"
ISSUER = "password-reset"
CLAIMS = ("sub", "iat", "exp", "jti", "cv", "iss", "aud")
MAX_LENGTH = 2048
"""Characters of a token; ours are under 500, and nothing longer is worth decoding."""


@dataclass(frozen=True, kw_only=True)
class Session:
    """A verified session. Times are UTC."""

    account: Account
    token_id: str
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class Sessions:
    """Issues, verifies and revokes sessions."""

    client: "DynamoDBClient"
    users: "Users"
    table: str
    keys: "SigningKeys"
    audience: str
    life: timedelta
    clock: Callable[[], datetime]

    def issue(self, account: Account) -> str:
        """Return a session token for the account as it was read, before its password was compared."""
        now = self.clock()
        key = self.keys.current()
        claims = {
            "sub": account.user_id,
            "iat": int(now.timestamp()),
            "exp": int((now + self.life).timestamp()),
            "jti": secrets.token_urlsafe(16),
            "cv": account.credentials_version,
            "iss": ISSUER,
            "aud": self.audience,
        }
        return jwt.encode(claims, key.secret, algorithm=ALGORITHM, headers={"kid": key.kid})

    def verify(self, token: str) -> Session:
        """Return the session that a token stands for, if it still stands.

        Raises:
            Unauthorized: it is none of ours, not valid now, signed out, or older than the password.
            Unavailable: that could not be found out.
        """
        claims = self._claims(token)
        now = self.clock().timestamp()
        if not claims["iat"] <= now < claims["exp"]:
            raise Unauthorized
        account, revoked = self._state(claims["sub"], claims["jti"])
        if revoked or account is None or account.disabled or account.credentials_version != claims["cv"]:
            raise Unauthorized
        expires_at = datetime.fromtimestamp(claims["exp"], UTC)
        return Session(account=account, token_id=claims["jti"], expires_at=expires_at)

    def revoke(self, token_id: str, expires_at: datetime) -> None:
        """End one session; TTL forgets it once its token has expired by itself."""
        item = {"jti": token_id, "expires_at": int(expires_at.timestamp())}
        self.client.put_item(TableName=self.table, Item=to_item(item))

    def _claims(self, token: str) -> dict[str, Any]:
        if len(token) > MAX_LENGTH:
            raise Unauthorized
        try:
            key = self.keys.find(jwt.get_unverified_header(token).get("kid"))
            if key is None:
                raise Unauthorized
            # One algorithm, whatever the header says: neither `none` nor another kind of key is ever tried.
            claims: dict[str, Any] = jwt.decode(
                token,
                key.secret,
                algorithms=[ALGORITHM],
                audience=self.audience,
                issuer=ISSUER,
                options={"require": list(CLAIMS), "verify_exp": False, "verify_iat": False, "verify_nbf": False},
            )
        except (jwt.InvalidTokenError, ValueError):
            raise Unauthorized from None
        numbers, texts = ("iat", "exp", "cv"), ("sub", "jti")
        if not all(type(claims[name]) is int for name in numbers) or not all(
            isinstance(claims[name], str) for name in texts
        ):
            raise Unauthorized
        return claims

    def _state(self, user_id: str, token_id: str) -> tuple[Account | None, bool]:
        keys = {self.users.table: [self.users.key(user_id)], self.table: [to_item({"jti": token_id})]}
        found = read_all(self.client, keys)
        accounts = [self.users.account(user_id, stored) for stored in found[self.users.table]]
        return next(iter(accounts), None), bool(found[self.table])
