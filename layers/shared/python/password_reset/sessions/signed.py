"""Signed tokens of an account: good for a while, and only as long as its password is the one they were made under.

A token carries the account's credentials version, and a digest of its stored hash keyed by the signing key, so
that a password changed by anyone ends it, whether or not they count versions, and a leaked key alone
forges none.
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import jwt

from password_reset.accounts.directory import Account

if TYPE_CHECKING:
    from password_reset.sessions.signing_keys import SigningKey, SigningKeys

ALGORITHM = "HS256"
ISSUER = "password-reset"
CLAIMS = ("sub", "iat", "exp", "jti", "cv", "pd", "iss", "aud")
MAX_LENGTH = 2048
"""Characters of a token; ours are under 500, and nothing longer is worth decoding."""


@dataclass(frozen=True, kw_only=True)
class Claims:
    """What a token says that is ours and may be used now. Times are in epoch seconds."""

    user_id: str
    token_id: str
    issued_at: int
    expires_at: int
    version: int
    password: str
    key: "SigningKey"

    def hold_for(self, account: Account | None) -> bool:
        """Whether the account is the token's, enabled, and its password still that of then."""
        return (
            account is not None
            and not account.disabled
            and account.user_id == self.user_id
            and account.version == self.version
            and hmac.compare_digest(_digest(account, self.key).encode(), self.password.encode("utf-8", "replace"))
        )


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Signer:
    """Signs and reads one kind of token: its audience names the kind, and no other kind is taken for it."""

    keys: "SigningKeys"
    audience: str
    life: timedelta
    clock: Callable[[], datetime]

    def sign(self, account: Account, token_id: str) -> str:
        """Return a token for the account as it was read."""
        now, key = self.clock(), self.keys.current()
        claims = {
            "sub": account.user_id,
            "iat": int(now.timestamp()),
            "exp": int((now + self.life).timestamp()),
            "jti": token_id,
            "cv": account.version,
            "pd": _digest(account, key),
            "iss": ISSUER,
            "aud": self.audience,
        }
        return jwt.encode(claims, key.secret, algorithm=ALGORITHM, headers={"kid": key.kid})

    def read(self, token: str) -> Claims | None:
        """Return what a token says, if it is of this kind, signed by us and of now; the account is the other half."""
        if len(token) > MAX_LENGTH:
            return None
        try:
            key = self.keys.find(jwt.get_unverified_header(token).get("kid"))
            if key is None:
                return None
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
            return None
        if not _well_formed(claims) or not self._is_timely(claims, key):
            return None
        return Claims(
            user_id=claims["sub"],
            token_id=claims["jti"],
            issued_at=claims["iat"],
            expires_at=claims["exp"],
            version=claims["cv"],
            password=claims["pd"],
            key=key,
        )

    def _is_timely(self, claims: dict[str, Any], key: "SigningKey") -> bool:
        issued_at, expires_at = claims["iat"], claims["exp"]
        # Whoever has a key that was retired must not date tokens after it, nor give them a life that we give none.
        return (
            issued_at <= self.clock().timestamp() < expires_at
            and expires_at - issued_at <= self.life.total_seconds()
            and key.may_have_signed_at(issued_at)
        )


def _well_formed(claims: dict[str, Any]) -> bool:
    numbers, texts = ("iat", "exp", "cv"), ("sub", "jti", "pd")
    return all(type(claims[name]) is int for name in numbers) and all(type(claims[name]) is str for name in texts)


def _digest(account: Account, key: "SigningKey") -> str:
    return hmac.new(key.secret.encode(), f"stored hash\0{account.stored_secret}".encode(), "sha256").hexdigest()
