"""Sliding-window limits: at most `limit` accepted requests in any window, exactly, under concurrency too.

An item keeps the last accepted times, the latest first. One conditional write shifts them and puts the new one before
them if the one that a window's last place would push out has left it, so two rivals can't both take that place (OWASP
API4:2023, ASVS 6.3.1). A limit that is raised or lowered reads the same times: nobody gets a fresh budget by it.
A refusal writes nothing, so that nobody is kept out by somebody else's refused attempts. When to come back is told in
whole minutes: to the second it would tell when somebody asked.
"""

import ipaddress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from password_reset.aws.items import from_item, refused_by, to_item
from password_reset.errors import RateLimited

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import UniversalAttributeValueTypeDef

    from password_reset.aws.pepper import Pepper

_MINUTE = 60
_DAY = timedelta(days=1)
MAX_LIMIT = 100
"""Attributes an item keeps; the update expression stays under DynamoDB's 4 KB."""


def source_of(address: str) -> str:
    """Return what a network address is counted as: an IPv6 subscriber has a whole /64 to rotate in."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address  # the gateway's test console reports a word
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped:
            return str(ip.ipv4_mapped)
        return str(ipaddress.ip_network((int(ip), 64), strict=False))
    return str(ip)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Limit:
    """One kind of limit: `purpose` names what is counted; a `limit` of 0 is off.

    `daily` is a second limit, over a day, in the same item. Of the latest `tally` requests, admitted or beyond the
    limit, an item keeps the times as well, so that it tells when an identifier is flooded. Times are kept for `kept`
    places at least: a limit that is lowered for a while must not forget them.
    """

    client: "DynamoDBClient"
    table: str
    pepper: "Pepper"
    purpose: str
    limit: int
    window: timedelta
    daily: int = 0
    tally: int = 0
    kept: int = 0

    def at(self, limit: int | None) -> "Limit":
        """Return this limit with another number of places, over the same times; None is no other."""
        return self if limit is None else replace(self, limit=limit, kept=max(self.kept, self.limit, limit))

    def is_full(self, value: str, now: datetime) -> bool:
        """Whether the window has no place left; nothing is counted."""
        found = self.client.get_item(TableName=self.table, Key=self._key(value), ConsistentRead=True)
        return "Item" in found and bool(self._full_until(from_item(found["Item"]), now))

    def admit(self, value: str, now: datetime) -> datetime | None:
        """Count one request of this value; where it took the last place, return when one falls free.

        Raises:
            RateLimited: the window is full; `retry_after` tells the minute by which its oldest request leaves it.
        """
        if not self._spans:
            return None
        cutoffs = {f":cutoff{name}": _milliseconds(now - span) for name, _, span in self._spans}
        free = [f"(attribute_not_exists({name}) OR {name} <= :cutoff{name})" for name, _, _ in self._spans]
        written = self._write(value, now, ("h", self._kept), ("m", self.tally), values=cutoffs, condition=free)
        until = self._full_until(written, now)
        return datetime.fromtimestamp(-(-until // 1000), UTC) if until else None

    def admit_beyond(self, value: str, now: datetime, *, though_flooded: bool) -> None:
        """Count one request of this value that the limit is not about, where only a flooded one's is refused.

        Raises:
            RateLimited: the value is flooded: `tally` requests were counted within a day.
        """
        calm = [] if though_flooded else [f"(attribute_not_exists(m{self.tally}) OR m{self.tally} <= :cutoff)"]
        values = {":cutoff": _milliseconds(now - _DAY)} if calm else {}
        self._write(value, now, ("m", self.tally), values=values, condition=calm)

    def allows(self, value: str, now: datetime, *, counted: bool) -> bool:
        """Whether there may be one more, which is counted unless it was `counted` before, at an earlier try."""
        if counted:
            return not self.is_full(value, now)
        try:
            self.admit(value, now)
        except RateLimited:
            return False
        return True

    def record(self, value: str, now: datetime) -> None:
        """Count what happened, whether or not the window has a place left: the item keeps the latest."""
        if self._spans:
            self._write(value, now, ("h", self._kept))

    def bucket(self, value: str) -> str:
        """Return the pseudonym under which a value is counted."""
        return self.pepper.pseudonym(f"limit {self.purpose}", value)

    @property
    def _kept(self) -> int:
        return max(self.limit, self.daily, self.kept)

    @property
    def _spans(self) -> list[tuple[str, int, timedelta]]:
        """What must have left a window, and which, before there is a place in it."""
        limits = ((self.limit, self.window), (self.daily, _DAY))
        return [(f"h{places}", places, span) for places, span in limits if places]

    def _write(
        self,
        value: str,
        now: datetime,
        *lists: tuple[str, int],
        values: "Mapping[str, int] | None" = None,
        condition: "Sequence[str]" = (),
    ) -> dict[str, Any]:
        """Put the time before each list, and return the item as it is then."""
        longest = max(span for span, there in self._lives if there)
        shifted = [f"{name}{i}=if_not_exists({name}{i - 1},:n)" for name, length in lists for i in range(2, length + 1)]
        latest = [f"{name}1=:now" for name, length in lists if length]
        every = {":now": _milliseconds(now), ":expiry": _milliseconds(now + longest) // 1000 + 1, **(values or {})}
        if shifted:
            every[":n"] = 0
        conditions: dict[str, Any] = {"ConditionExpression": " AND ".join(condition)} if condition else {}
        try:
            written = self.client.update_item(
                TableName=self.table,
                Key=self._key(value),
                UpdateExpression=f"SET {','.join([*latest, *shifted])},expires_at=:expiry",
                **conditions,
                ExpressionAttributeValues=to_item(every),
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self.client.exceptions.ConditionalCheckFailedException as refused:
            item = refused_by(refused)
            left = self._full_until(item, now) - _milliseconds(now)
            flooded = bool(self.tally) and item.get(f"m{self.tally}", 0) > _milliseconds(now - _DAY)
            raise RateLimited(retry_after=max(1, -(-left // (1000 * _MINUTE))) * _MINUTE, flooded=flooded) from None
        return from_item(written["Attributes"])

    @property
    def _lives(self) -> list[tuple[timedelta, int]]:
        return [(self.window, self.limit), (_DAY, self.daily), (_DAY, self.tally)]

    def _full_until(self, item: "Mapping[str, Any]", now: datetime) -> int:
        """Return when each window of an item has a place, in milliseconds; 0 where that is now."""
        full = [
            item.get(name, 0) + _whole(span)
            for name, _, span in self._spans
            if item.get(name, 0) > _milliseconds(now - span)
        ]
        return max(full, default=0)

    def _key(self, value: str) -> "dict[str, UniversalAttributeValueTypeDef]":
        return to_item({"bucket": self.bucket(value)})


def _milliseconds(time: datetime) -> int:
    return int(time.timestamp() * 1000)


def _whole(span: timedelta) -> int:
    return int(span.total_seconds() * 1000)
