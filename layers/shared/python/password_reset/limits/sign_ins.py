"""Failed sign-ins: slower and slower for whoever guesses, and never a lock that keeps the owner out.

Five failures from one source for one identifier, then a wait that doubles from a second to a quarter of an
hour. A hundred failures a day for one identifier, from anywhere, then only sources that signed in within 90 days
are heard: an attacker with many sources is stopped, the owner at their own devices is not. Nothing sleeps; a
caller is told when to come back.
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
DAY = timedelta(days=1)
TRUST = timedelta(days=90)


def wait_after(failures: int) -> timedelta:
    """Return how long to wait after that many failures in a row."""
    if failures < FREE_FAILURES:
        return timedelta()
    doubled: timedelta = FIRST_WAIT * 2 ** min(failures - FREE_FAILURES, 20)  # a larger power would overflow
    return min(doubled, LONGEST_WAIT)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What is known of a pair of identifier and source when one of its attempts begins."""

    pair: str
    identifier: str
    version: int


@dataclass(frozen=True, kw_only=True)
class SignIns:
    """The sign-ins table. An item is a pair of identifier and source, or an identifier's day."""

    client: "DynamoDBClient"
    table: str
    pepper: "Pepper"

    def begin(self, identifier: str, source: str, *, user_id: str, version: int, now: datetime) -> Standing:
        """Count an attempt as failed, before its password is compared, so that rivals can't share one count.

        `user_id` is empty for an unknown identifier: the counts of accounts that share one are apart, as their
        versions are.

        Raises:
            RateLimited: it is not this pair's turn yet.
        """
        pair = self.pepper.pseudonym("sign-in pair", f"{identifier}\0{user_id}\0{source}")
        day = self.pepper.pseudonym("sign-in day", f"{identifier}\0{user_id}\0{now.date()}")
        items = self._read(pair, day)
        known, today = items.get(pair, {}), items.get(day, {})
        milliseconds = int(now.timestamp() * 1000)
        failures = known.get("failures", 0) if known.get("version") == version else 0
        blocked_until = known.get("blocked_until", 0) if failures else 0
        if milliseconds < blocked_until:
            raise RateLimited(retry_after=-(-(blocked_until - milliseconds) // 1000))
        trusted = known.get("succeeded_at", 0) > (now - TRUST).timestamp()
        spent = today.get("version") == version and today.get("failures", 0) >= DAILY_FAILURES
        if spent and not trusted:
            midnight = (now + DAY).replace(hour=0, minute=0, second=0, microsecond=0)
            raise RateLimited(retry_after=max(1, int((midnight - now).total_seconds())))
        self._count(pair, known, failures + 1, version, now)
        return Standing(pair=pair, identifier=day, version=version)

    def fail(self, standing: Standing, now: datetime) -> None:
        """Count a failure for the identifier's day; the pair's is counted already."""
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
        """Forget the pair's failures and remember its success."""
        item = {
            "bucket": standing.pair,
            "version": standing.version,
            "succeeded_at": int(now.timestamp()),
            "expires_at": int((now + TRUST).timestamp()),
        }
        self.client.put_item(TableName=self.table, Item=to_item(item))

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
