"""Time: where it enters, and the one way in which it is written."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)


def rfc3339(time: datetime) -> str:
    """Return a UTC time to the second, as in `2026-11-20T22:43:16Z`."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
