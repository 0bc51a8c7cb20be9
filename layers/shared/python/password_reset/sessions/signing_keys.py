"""The keys that sessions are signed with: the current one signs, the one before it still verifies what it signed.

A rotation therefore ends no session, and the retired key is worth nothing once the last one that it can have signed
has expired. A key goes by a name made of it, so nothing but the secret needs changing.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
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
    """A key and what tokens call it. `retired_at` is when another took its place, of one that no longer signs."""

    secret: str
    retired_at: datetime | None = None

    @property
    def kid(self) -> str:
        """The key's name, which tells nothing about it."""
        return hashlib.sha256(f"kid\0{self.secret}".encode()).hexdigest()[:16]

    def may_have_signed_at(self, epoch: int) -> bool:
        """Whether the key was in use then: one that was retired, until the last cache had heard of it."""
        return self.retired_at is None or epoch <= (self.retired_at + CACHED).timestamp()


@dataclass(frozen=True, kw_only=True)
class _Version:
    """A version of the secret: since when it has its stage, and when that was read."""

    key: SigningKey | None
    since: datetime
    read_at: datetime


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SigningKeys:
    """The secret's two latest versions, read from Secrets Manager."""

    client: "SecretsManagerClient"
    secret: str
    clock: Callable[[], datetime]
    _read: dict[Stage, "_Version"] = field(default_factory=dict)

    def current(self) -> SigningKey:
        """Return the key that signs.

        Raises:
            SigningKeyTooShort: the secret is under `MIN_LENGTH` characters.
        """
        key = self._stage("AWSCURRENT", CACHED).key
        if key is None:
            raise SigningKeyTooShort
        return key

    def find(self, kid: object) -> SigningKey | None:
        """Return the key of that name, if it is one of the two."""
        for max_age in (CACHED, REFRESHED):
            current = self._stage("AWSCURRENT", max_age)
            if current.key and current.key.kid == kid:
                return current.key
            previous = self._stage("AWSPREVIOUS", max_age)
            if previous.key and previous.key.kid == kid:
                return replace(previous.key, retired_at=current.since)
        return None

    def _stage(self, stage: Stage, max_age: timedelta) -> _Version:
        now, known = self.clock(), self._read.get(stage)
        if known and now - known.read_at < max_age:
            return known
        found = self._fetch(stage, now)
        if known and known.key == found.key:  # seen before, so it is at least as old
            found = replace(found, since=min(found.since, known.since))
        self._read[stage] = found
        return found

    def _fetch(self, stage: Stage, now: datetime) -> _Version:
        try:
            found = self.client.get_secret_value(SecretId=self.secret, VersionStage=stage)
        except self.client.exceptions.ResourceNotFoundException:
            if stage == "AWSCURRENT":
                raise
            return _Version(key=None, since=now, read_at=now)  # never rotated
        key = SigningKey(found["SecretString"])
        return _Version(
            key=key if len(key.secret) >= MIN_LENGTH else None,
            # A version is made when it takes its stage; no clock of ours may make that later than it was seen.
            since=min(found["CreatedDate"], now),
            read_at=now,
        )
