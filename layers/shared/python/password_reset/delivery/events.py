"""What other systems are told: `PasswordChanged` on the default EventBridge bus."""

import json
from datetime import datetime
from typing import TYPE_CHECKING

from password_reset.clock import rfc3339
from password_reset.delivery import SOURCE
from password_reset.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

PASSWORD_CHANGED = "PasswordChanged"  # noqa: S105 - an event's name


class Events:
    """The default event bus."""

    def __init__(self, client: "EventBridgeClient") -> None:
        self._client = client

    def password_changed(self, event_id: str, user_id: str, at: datetime) -> None:
        """Announce a change; the same `event_id` may come more than once.

        Raises:
            Unavailable: the bus did not take it.
        """
        detail = {"id": event_id, "userId": user_id, "changedAt": rfc3339(at)}
        answer = self._client.put_events(
            Entries=[{"Source": SOURCE, "DetailType": PASSWORD_CHANGED, "Detail": json.dumps(detail), "Time": at}]
        )
        if answer["FailedEntryCount"]:
            raise Unavailable
