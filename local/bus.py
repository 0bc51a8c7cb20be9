"""What was put on the event bus, as its subscribers get it: an archive of everything, in moto."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from moto.events.models import events_backends

from local.outbox import ACCOUNT
from password_reset.clock import rfc3339

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

_ARCHIVE = "everything"


def keep(client: "EventBridgeClient") -> None:
    """Start keeping events, unless they are kept already."""
    if _ARCHIVE not in events_backends[ACCOUNT]["us-east-1"].archives:
        bus = client.describe_event_bus()["Arn"]
        client.create_archive(ArchiveName=_ARCHIVE, EventSourceArn=bus)


def events() -> list[dict[str, Any]]:
    """Return the events so far, the oldest first."""
    return [_shown(event) for event in list(_kept())]


def clear() -> None:
    """Forget them."""
    _kept().clear()


def _kept() -> list[Any]:
    kept: list[Any] = events_backends[ACCOUNT]["us-east-1"].archives[_ARCHIVE].events
    return kept


def _shown(event: dict[str, Any]) -> dict[str, Any]:
    shown = {name: value for name, value in event.items() if name != "ingestion-time"}  # the archive's own
    return {**shown, "time": rfc3339(datetime.fromtimestamp(event["time"], UTC))}
