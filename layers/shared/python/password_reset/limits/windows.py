"""Sliding-window limits: at most `limit` accepted requests in any window, exactly, under concurrency too.

An item keeps the last N accepted times. One conditional write shifts them and appends the new one if
the oldest has left the window, so two rivals can't both take the last place (OWASP API4:2023, ASVS 6.3.1).
A refusal writes nothing, so that nobody is kept out by somebody else's refused attempts. When to come back is told in
whole minutes: to the second it would tell when somebody asked.
"""

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from password_reset.aws.items import from_item, refused_by, to_item
from password_reset.errors import RateLimited

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from password_reset.aws.pepper import Pepper

_ANY_TIME = 2**53
_MINUTE = 60
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


@dataclass(frozen=True, kw_only=True)
class Limit:
    """One kind of limit: `purpose` names what is counted; a `limit` of 0 is off."""

    client: "DynamoDBClient"
    table: str
    pepper: "Pepper"
    purpose: str
    limit: int
    window: timedelta

    def is_full(self, value: str, now: datetime) -> bool:
        """Whether the window has no place left; nothing is counted."""
        milliseconds, window = self._span(now)
        key = to_item({"bucket": self._bucket(value, window)})
        found = self.client.get_item(TableName=self.table, Key=key, ConsistentRead=True)
        return "Item" in found and from_item(found["Item"])["h0"] > milliseconds - window

    def admit(self, value: str, now: datetime) -> datetime | None:
        """Count one request of this value; where it took the last place, return when one falls free.

        Raises:
            RateLimited: the window is full; `retry_after` tells the minute by which its oldest request leaves it.
        """
        milliseconds, window = self._span(now)
        oldest = self._write(value, now, cutoff=milliseconds - window)
        if oldest <= milliseconds - window:
            return None
        return datetime.fromtimestamp(-(-(oldest + window) // 1000), UTC)

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
        self._write(value, now, cutoff=_ANY_TIME)

    def _write(self, value: str, now: datetime, *, cutoff: int) -> int:
        """Return the oldest of the times that are kept from here on; 0 where there are fewer than `limit`."""
        if self.limit == 0:
            return 0
        milliseconds, window = self._span(now)
        shifted = [f"h{i} = if_not_exists(h{i + 1}, :never)" for i in range(self.limit - 1)]
        values = {":now": milliseconds, ":cutoff": cutoff, ":expiry": (milliseconds + window) // 1000 + 1}
        if shifted:
            values[":never"] = 0
        try:
            written = self.client.update_item(
                TableName=self.table,
                Key=to_item({"bucket": self._bucket(value, window)}),
                UpdateExpression=f"SET {', '.join([*shifted, f'h{self.limit - 1} = :now'])}, expires_at = :expiry",
                ConditionExpression="attribute_not_exists(h0) OR h0 <= :cutoff",
                ExpressionAttributeValues=to_item(values),
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self.client.exceptions.ConditionalCheckFailedException as refused:
            left = refused_by(refused)["h0"] + window - milliseconds
            raise RateLimited(retry_after=max(1, -(-left // (1000 * _MINUTE))) * _MINUTE) from None
        oldest: int = from_item(written["Attributes"])["h0"]
        return oldest

    def _span(self, now: datetime) -> tuple[int, int]:
        return int(now.timestamp() * 1000), int(self.window.total_seconds() * 1000)

    def _bucket(self, value: str, window: int) -> str:
        # The limit and window are part of the bucket's name: history kept under others has another layout.
        return self.pepper.pseudonym(f"limit {self.purpose} {self.limit}/{window}", value)
