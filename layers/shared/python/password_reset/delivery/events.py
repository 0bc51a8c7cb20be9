"""What other systems are told on the default EventBridge bus: `PasswordChanged`, `PasswordChangeDisputed`."""

import json
from datetime import datetime
from typing import TYPE_CHECKING

from password_reset.clock import rfc3339
from password_reset.delivery import SOURCE
from password_reset.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

PASSWORD_CHANGED = "PasswordChanged"  # noqa: S105 - an event's name
CHANGE_DISPUTED = "PasswordChangeDisputed"


class Events:
    """The default event bus."""

    def __init__(self, client: "EventBridgeClient") -> None:
        self._client = client

    def password_changed(self, event_id: str, user_id: str, at: datetime) -> None:
        """Announce a change; the same `event_id` may come more than once.

        Raises:
            Unavailable: the bus did not take it.
        """
        self._put(PASSWORD_CHANGED, {"id": event_id, "userId": user_id, "changedAt": rfc3339(at)}, at)

    def change_disputed(self, event_id: str, user_id: str, at: datetime, frozen_until: datetime) -> None:
        """Announce that an account is frozen; the same `event_id` may come more than once.

        Raises:
            Unavailable: the bus did not take it.
        """
        until = rfc3339(frozen_until)
        self._put(
            CHANGE_DISPUTED,
            {"id": event_id, "userId": user_id, "disputedAt": rfc3339(at), "frozenUntil": until},
            at,
        )

    def _put(self, kind: str, detail: dict[str, str], at: datetime) -> None:
        answer = self._client.put_events(
            Entries=[{"Source": SOURCE, "DetailType": kind, "Detail": json.dumps(detail), "Time": at}]
        )
        if answer["FailedEntryCount"]:
            raise Unavailable
