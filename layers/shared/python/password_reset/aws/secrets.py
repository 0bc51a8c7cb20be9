"""A secret of Secrets Manager: read when it is needed, and again once what is cached is too old.

Powertools' cache would do the same, and bring boto3 with it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

CACHED = timedelta(minutes=5)
"""How long after a rotation the value before it may still be in use."""


@dataclass
class Secret:
    """A secret's current value, by calling it."""

    client: "SecretsManagerClient"
    name: str
    clock: Callable[[], datetime]
    _read: tuple[datetime, str] | None = field(default=None, init=False)

    def __call__(self) -> str:
        """Return the value."""
        now = self.clock()
        if self._read is None or now - self._read[0] >= CACHED:
            self._read = now, self._fetch()
        return self._read[1]

    def _fetch(self) -> str:
        return self.client.get_secret_value(SecretId=self.name)["SecretString"]


class PreviousSecret(Secret):
    """The value before the current one, as long as it's kept; empty where there is none."""

    def _fetch(self) -> str:
        try:
            found = self.client.get_secret_value(SecretId=self.name, VersionStage="AWSPREVIOUS")
        except self.client.exceptions.ResourceNotFoundException:
            return ""
        return found["SecretString"]
