"""How the room of limits is put together."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from password_reset.aws.clients import Clients
    from password_reset.aws.pepper import Pepper
    from password_reset.limits.sign_ins import SignIns
    from password_reset.limits.windows import Limit
    from password_reset.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What is counted, and how much of it is too much."""

    settings: "Settings"
    clients: "Clients"
    pepper: "Pepper"

    @cached_property
    def per_source(self) -> "Limit":
        """Requests for a reset from one source."""
        return self.window("source", self.settings.reset_limit_per_source)

    @cached_property
    def per_identifier(self) -> "Limit":
        """Requests for a reset of one identifier."""
        return self.window("identifier", self.settings.reset_limit_per_identifier)

    @cached_property
    def guesses_per_source(self) -> "Limit":
        """Guesses at codes from one source."""
        return self.window("code source", self.settings.reset_limit_per_source)

    @cached_property
    def sign_ins(self) -> "SignIns":
        """Failed sign-ins."""
        from password_reset.limits.sign_ins import SignIns

        table = self.settings.needed("sign_ins_table")
        return SignIns(client=self.clients.dynamodb, table=table, pepper=self.pepper)

    def window(self, purpose: str, limit: int, window: timedelta | None = None) -> "Limit":
        """Return a sliding window; without one of its own it has the setting's length."""
        from password_reset.limits.windows import Limit

        return Limit(
            client=self.clients.dynamodb,
            table=self.settings.limits_table,
            pepper=self.pepper,
            purpose=purpose,
            limit=limit,
            window=window or timedelta(seconds=self.settings.reset_limit_window_seconds),
        )
