"""Levers: what an operator changes within a minute and without a deployment, as one item that every function reads.

It is read again once what is known is 50 seconds old, so a warm request makes no call more. If it cannot be read, what
was known last holds; who knows nothing yet, at a cold start, answers 503: a service that was paused must not start by
itself. What a lever leaves alone, the settings say.
"""

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from password_reset.audit import describe, logger
from password_reset.aws.errors import ClientError, NoAnswerError
from password_reset.aws.items import from_item, to_item
from password_reset.errors import RateLimited, Unavailable, Unchanged

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

type Paused = Literal["off", "silent", "refuse", "silent+reset", "refuse+reset"]

CURRENT = "current"
"""The key of the item in force; all others are the changes that led to it."""
CACHED = timedelta(seconds=50)
"""With a request's own time, a change takes effect within a minute."""
MAX_BLOCKED = 200
BLOCKED_SECONDS = 3600
"""What a blocked source is told to wait; it is blocked until somebody lifts it."""
PAUSED_SECONDS = 300


@dataclass(frozen=True, kw_only=True)
class Levers:
    """What is in force. `None` as a limit leaves it to the settings."""

    paused: Paused = "off"
    tokens_not_before: datetime | None = None
    blocked: "Sequence[str]" = ()
    limit_per_identifier: int | None = None
    limit_per_source: int | None = None
    clear_sources_until: datetime | None = None
    revision: str = ""

    @property
    def is_silent(self) -> bool:
        """Whether requests are answered as ever, and nothing is sent."""
        return self.paused.startswith("silent")

    @property
    def sends_nothing(self) -> bool:
        """Whether no reset is sent, those included that were queued before."""
        return self.paused != "off"

    def take_requests(self) -> None:
        """Refuse requests while they are paused.

        Raises:
            Unchanged: they are.
        """
        if self.paused.startswith("refuse"):
            raise Unchanged(PAUSED_SECONDS, why="paused")

    def take_resets(self) -> None:
        """Refuse new passwords while they are paused as well.

        Raises:
            Unchanged: they are.
        """
        if self.paused.endswith("+reset"):
            raise Unchanged(PAUSED_SECONDS, why="paused")

    def admit(self, source: str) -> None:
        """Refuse a blocked source.

        Raises:
            RateLimited: it is, or its network.
        """
        if self.blocked and any(_contains(network, source) for network in self.blocked):
            raise RateLimited(retry_after=BLOCKED_SECONDS, why="blocked")

    def void(self, issued_at: int) -> bool:
        """Whether what was issued then, in whole epoch seconds, no longer counts."""
        return self.tokens_not_before is not None and issued_at < self.tokens_not_before.timestamp()

    def reveals_sources(self, now: datetime) -> bool:
        """Whether the audit has source addresses in the clear."""
        return self.clear_sources_until is not None and now < self.clear_sources_until


@dataclass(kw_only=True)
class LeversItem:
    """The levers as this process knows them. `base` is what the settings say."""

    client: "DynamoDBClient"
    table: str
    base: Levers
    clock: Callable[[], datetime]
    known: Levers | None = field(default=None, init=False)
    _read_at: datetime | None = field(default=None, init=False)

    def __call__(self) -> Levers:
        """Return what is in force.

        Raises:
            Unavailable: it cannot be read, and nothing is known from before.
        """
        now = self.clock()
        if self.known is None or self._read_at is None or now - self._read_at >= CACHED:
            self.known = self._read()
            self._read_at = now
        return self.known

    def _read(self) -> Levers:
        try:
            key = to_item({"lever": CURRENT})
            found = self.client.get_item(TableName=self.table, Key=key, ConsistentRead=True)
        except (ClientError, NoAnswerError) as error:
            if self.known is None:
                raise Unavailable from error
            logger.warning("levers unreadable: the last known hold", extra={"fault": describe(error)})
            return self.known
        levers = over(self.base, from_item(found["Item"])) if "Item" in found else self.base
        if self.known is not None and levers.revision != self.known.revision:
            logger.warning("levers changed", extra={"revision": levers.revision, "paused": levers.paused})
        return levers


def over(base: Levers, item: "Mapping[str, Any]") -> Levers:
    """Return what is in force by the settings and an item over them.

    Of two times before which nothing counts, the later holds: neither can bring back what the other voids.
    """
    times = [time for time in (base.tokens_not_before, _time(item.get("tokens_not_before"))) if time]
    return Levers(
        paused=item.get("paused") or base.paused,
        tokens_not_before=max(times, default=None),
        blocked=(*base.blocked, *item.get("blocked", ())),
        limit_per_identifier=item.get("limit_per_identifier"),
        limit_per_source=item.get("limit_per_source"),
        clear_sources_until=_time(item.get("clear_sources_until")),
        revision=item.get("revision", ""),
    )


def network(text: str) -> str:
    """Return a source address or network as it is compared.

    Raises:
        ValueError: it is neither.
    """
    return str(ipaddress.ip_network(text, strict=False))


def _contains(network: str, source: str) -> bool:
    try:
        blocked, asking = ipaddress.ip_network(network), ipaddress.ip_network(source)
    except ValueError:  # the gateway's test console reports a word
        return False
    if isinstance(blocked, ipaddress.IPv4Network) and isinstance(asking, ipaddress.IPv4Network):
        return asking.subnet_of(blocked)
    if isinstance(blocked, ipaddress.IPv6Network) and isinstance(asking, ipaddress.IPv6Network):
        return asking.overlaps(blocked)  # a source is a whole /64
    return False


def _time(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
