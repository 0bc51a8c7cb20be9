"""How the room of limits is put together."""

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from password_reset.aws.clients import Clients
    from password_reset.aws.pepper import Pepper
    from password_reset.limits.sign_ins import SignIns
    from password_reset.limits.windows import Limit
    from password_reset.settings import Settings


SOLVED_AN_HOUR = 3
SOLVED_A_DAY = 6
MAILS_OF_A_FLOOD = 30
"""Messages to one identifier within a day, from anywhere, after which a challenge is twice as hard."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
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
        """Requests for a reset of one identifier: the day, and the floods, count where there is a way past them."""
        limit = self.window("identifier", self.settings.reset_limit_per_identifier)
        if self.settings.challenge == "off":
            return limit
        return replace(limit, daily=self.settings.reset_limit_per_identifier_day, tally=MAILS_OF_A_FLOOD)

    @cached_property
    def solved(self) -> "Limit":
        """Requests for a reset of one identifier from one source, with a solved challenge each."""
        return replace(self.window("solved", SOLVED_AN_HOUR, timedelta(hours=1)), daily=SOLVED_A_DAY)

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
