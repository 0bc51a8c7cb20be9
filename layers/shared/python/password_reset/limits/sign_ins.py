"""Failed sign-ins: slower and slower for whoever guesses, and never a lock that keeps the owner out.

Five failures from one source for one identifier, then a wait that doubles from a second to a quarter of an
hour. A hundred failures a day for one identifier, from anywhere, or thirty identifiers an hour that failed from one
source, then only known devices are heard: whoever guesses from many sources, or at many accounts, is stopped, the
owner at their own devices is not. A known device shows a signed token (`sessions/known_devices.py`), whatever network
it is in, and waits for its own failures alone. Nothing sleeps; a caller is told when to come back.
Counts belong to a credentials version, so a changed password clears them at once. (ASVS 6.1.1, 6.3.1)
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from password_reset.aws.items import from_item, read_all, to_item
from password_reset.errors import RateLimited

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from password_reset.aws.pepper import Pepper

FREE_FAILURES = 5
FIRST_WAIT = timedelta(seconds=1)
LONGEST_WAIT = timedelta(minutes=15)
DAILY_FAILURES = 100
SPRAYED = 30
"""Identifiers that may fail from one source in an hour: whole companies share an address, and people mistype."""
SPRAYED_WAIT = timedelta(minutes=1)
"""Places fall free whenever somebody there signs in."""
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
TRUST = timedelta(days=90)
"""How long a device is known after it signed in."""


def wait_after(failures: int) -> timedelta:
    """Return how long to wait after that many failures in a row."""
    if failures < FREE_FAILURES:
        return timedelta()
    doubled: timedelta = FIRST_WAIT * 2 ** min(failures - FREE_FAILURES, 20)  # a larger power would overflow
    return min(doubled, LONGEST_WAIT)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What an attempt was counted for when it began: a pair, and of an unknown device a day and a source's hour."""

    pair: str
    identifier: str
    source: str
    member: str
    version: int
    is_known: bool


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SignIns:
    """The sign-ins table.

    An item is a pair of identifier and source, a known device, an identifier's day, or a source's hour, which holds
    the pseudonyms of the identifiers that failed from it.
    """

    client: "DynamoDBClient"
    table: str
    pepper: "Pepper"

    def begin(  # noqa: PLR0913 - who, whence and when
        self, identifier: str, source: str, *, user_id: str, version: int, now: datetime, device: str = ""
    ) -> Standing:
        """Count an attempt as failed, before its password is compared, so that rivals can't share one count.

        `user_id` is empty for an unknown identifier: the counts of accounts that share one are apart, as their
        versions are. `device` is the id of a device that the account knows, or empty.

        Raises:
            RateLimited: it is not this pair's turn yet, or only known devices are heard.
        """
        known_device = self.pepper.pseudonym("sign-in device", f"{user_id}\0{device}")
        pair = self.pair(identifier, user_id, source)
        standing = Standing(
            pair=known_device if device else pair,
            identifier=self.day(identifier, user_id, now),
            source=self.pepper.pseudonym("sign-in source", f"{source}\0{now.timestamp() // HOUR.total_seconds():.0f}"),
            member=self.member(identifier),
            version=version,
            is_known=bool(device),
        )
        items = self._read(standing.pair, standing.identifier)
        known, today = items.get(standing.pair, {}), items.get(standing.identifier, {})
        milliseconds = int(now.timestamp() * 1000)
        failures = known.get("failures", 0) if known.get("version") == version else 0
        blocked_until = known.get("blocked_until", 0) if failures else 0
        if milliseconds < blocked_until:
            raise RateLimited(retry_after=-(-(blocked_until - milliseconds) // 1000))
        if not device:
            if today.get("version") == version and today.get("failures", 0) >= DAILY_FAILURES:
                midnight = (now + DAY).replace(hour=0, minute=0, second=0, microsecond=0)
                raise RateLimited(retry_after=max(1, int((midnight - now).total_seconds())))
            self._count_source(standing, now)
        self._count(standing.pair, known, failures + 1, version, now)
        return standing

    def pair(self, identifier: str, user_id: str, source: str) -> str:
        """Return the bucket of an identifier's account and a source."""
        return self.pepper.pseudonym("sign-in pair", f"{identifier}\0{user_id}\0{source}")

    def day(self, identifier: str, user_id: str, at: datetime) -> str:
        """Return the bucket of an identifier's account and a day."""
        return self.pepper.pseudonym("sign-in day", f"{identifier}\0{user_id}\0{at.date()}")

    def member(self, identifier: str) -> str:
        """Return what a source's hour calls an identifier that failed from it."""
        return self.pepper.pseudonym("sign-in identifier", identifier)[:16]

    def fail(self, standing: Standing, now: datetime) -> None:
        """Count a failure of an unknown device for the identifier's day; the rest is counted already."""
        if standing.is_known:
            return
        values = {":one": 1, ":version": standing.version, ":expiry": int((now + 2 * DAY).timestamp())}
        key = to_item({"bucket": standing.identifier})
        try:
            self.client.update_item(
                TableName=self.table,
                Key=key,
                UpdateExpression="SET #version = :version, expires_at = :expiry ADD failures :one",
                ConditionExpression="attribute_not_exists(#version) OR #version = :version",
                ExpressionAttributeNames={"#version": "version"},
                ExpressionAttributeValues=to_item(values),
            )
        except self.client.exceptions.ConditionalCheckFailedException:  # the first after a changed password
            item = {"bucket": standing.identifier, "failures": 1, "version": standing.version}
            self.client.put_item(TableName=self.table, Item=to_item(item | {"expires_at": values[":expiry"]}))

    def succeed(self, standing: Standing, now: datetime) -> None:
        """Forget the pair's failures, and that the identifier failed from this source."""
        item = {"bucket": standing.pair, "version": standing.version, "expires_at": int((now + DAY).timestamp())}
        self.client.put_item(TableName=self.table, Item=to_item(item))
        if not standing.is_known:
            self.client.update_item(
                TableName=self.table,
                Key=to_item({"bucket": standing.source}),
                UpdateExpression="DELETE failed :member",
                ExpressionAttributeValues={":member": {"SS": [standing.member]}},
            )

    def _count_source(self, standing: Standing, now: datetime) -> None:
        # One write that checks and counts: of rivals no more than the places get through.
        try:
            self.client.update_item(
                TableName=self.table,
                Key=to_item({"bucket": standing.source}),
                UpdateExpression="SET expires_at = :expiry ADD failed :member",
                ConditionExpression="attribute_not_exists(failed) OR size(failed) < :most OR contains(failed, :it)",
                ExpressionAttributeValues={
                    **to_item({":expiry": int((now + DAY).timestamp()), ":most": SPRAYED, ":it": standing.member}),
                    ":member": {"SS": [standing.member]},
                },
            )
        except self.client.exceptions.ConditionalCheckFailedException:
            raise RateLimited(retry_after=int(SPRAYED_WAIT.total_seconds())) from None

    def _read(self, *buckets: str) -> dict[str, dict[str, Any]]:
        found = read_all(self.client, {self.table: [to_item({"bucket": bucket}) for bucket in buckets]})
        return {item["bucket"]: item for item in map(from_item, found[self.table])}

    def _count(self, pair: str, known: dict[str, Any], failures: int, version: int, now: datetime) -> None:
        wait = wait_after(failures)
        values = {
            ":failures": failures,
            ":version": version,
            ":blocked": int((now + wait).timestamp() * 1000) if wait else 0,
            ":expiry": max(known.get("expires_at", 0), int((now + DAY).timestamp())),
        }
        unchanged = []
        for name in ("failures", "version"):
            if name in known:
                unchanged.append(f"#{name} = :was_{name}")
                values[f":was_{name}"] = known[name]
            else:
                unchanged.append(f"attribute_not_exists(#{name})")
        try:
            self.client.update_item(
                TableName=self.table,
                Key=to_item({"bucket": pair}),
                UpdateExpression="SET #failures = :failures, #version = :version, blocked_until = :blocked, "
                "expires_at = :expiry",
                ConditionExpression=" AND ".join(unchanged),
                ExpressionAttributeNames={"#failures": "failures", "#version": "version"},
                ExpressionAttributeValues=to_item(values),
            )
        except self.client.exceptions.ConditionalCheckFailedException:
            raise RateLimited(retry_after=1) from None  # a rival attempt of the same pair came first
