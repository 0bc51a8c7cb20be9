"""The keys that sessions are signed with: the current one signs, the one before it still verifies.

A rotation therefore ends no session. A key goes by a name made of it, so nothing but the secret needs changing.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

MIN_LENGTH = 32
"""Characters: RFC 7518, 3.2, asks for the size of the hash."""
CACHED = timedelta(minutes=5)
REFRESHED = timedelta(seconds=5)
"""How old a key may be when a name is unknown: after a rotation the cache is behind, and whoever makes up names
must not make us read the secret for each."""

type Stage = Literal["AWSCURRENT", "AWSPREVIOUS"]


class SigningKeyTooShort(ValueError):
    """The secret holds something that is no key."""


@dataclass(frozen=True)
class SigningKey:
    """A key and what tokens call it."""

    secret: str

    @property
    def kid(self) -> str:
        """The key's name, which tells nothing about it."""
        return hashlib.sha256(f"kid\0{self.secret}".encode()).hexdigest()[:16]


@dataclass(frozen=True, kw_only=True)
class SigningKeys:
    """The secret's two latest versions, read from Secrets Manager."""

    client: "SecretsManagerClient"
    secret: str
    clock: Callable[[], datetime]
    _read: dict[str, tuple[datetime, SigningKey | None]] = field(default_factory=dict)

    def current(self) -> SigningKey:
        """Return the key that signs.

        Raises:
            SigningKeyTooShort: the secret is under `MIN_LENGTH` characters.
        """
        key = self._stage("AWSCURRENT", CACHED)
        if key is None:
            raise SigningKeyTooShort
        return key

    def find(self, kid: object) -> SigningKey | None:
        """Return the key of that name, if it is one of the two."""
        stages: tuple[Stage, ...] = ("AWSCURRENT", "AWSPREVIOUS")
        keys = (self._stage(stage, max_age) for max_age in (CACHED, REFRESHED) for stage in stages)
        return next((key for key in keys if key and key.kid == kid), None)

    def _stage(self, stage: Stage, max_age: timedelta) -> SigningKey | None:
        now = self.clock()
        read_at, key = self._read.get(stage, (now - CACHED, None))
        if now - read_at < max_age:
            return key
        key = self._fetch(stage)
        self._read[stage] = (now, key)
        return key

    def _fetch(self, stage: Stage) -> SigningKey | None:
        try:
            found = self.client.get_secret_value(SecretId=self.secret, VersionStage=stage)
        except self.client.exceptions.ResourceNotFoundException:
            if stage == "AWSCURRENT":
                raise
            return None  # never rotated
        key = SigningKey(found["SecretString"])
        return key if len(key.secret) >= MIN_LENGTH else None
