"""Whoever's account was frozen by a dispute is told, and so are other systems."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from password_reset.errors import Superseded

if TYPE_CHECKING:
    from password_reset.accounts.directory import Directory
    from password_reset.delivery.changes import Changes
    from password_reset.delivery.events import Events
    from password_reset.delivery.messages import ChangeDisputing
    from password_reset.service.notices import Notices

EVENT: Final = "notify-dispute"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class NotifyDispute:
    """End what is open, and tell every verified channel and the bus: if the account was frozen by this attempt."""

    notices: "Notices"
    changes: "Changes"
    directory: "Directory"
    events: "Events"
    clock: Callable[[], datetime]

    def __call__(self, announced: "ChangeDisputing", until: datetime | None = None) -> None:
        """Announce the freeze, or drop the message of an attempt that froze nothing. `until` is how long we live.

        Raises:
            OutOfTime: no longer than the next message might take.
            DeliveryInProgress: another worker is at it.
            Unavailable: sessions could not be ended, or the event bus did not take the event.
        """
        with self.notices.attempt(EVENT, announced) as attempt:
            change = self.changes.read(announced, self.clock())
            if change.standing.disputed_by != announced.request_id:
                attempt.refuse("not_frozen")
                return
            account = change.account
            if account and (account.state == announced.state or account.version == change.standing.disputed_version):
                # The attempt died between the two writes that such a directory takes, of whatever it read last.
                with suppress(Superseded):
                    self.directory.outdate(account)
            self.changes.end_sessions(announced.user_id)
            self.events.change_disputed(announced.request_id, announced.user_id, announced.at, announced.frozen_until)
            attempt.leave_to_others()
        self.notices.tell(
            EVENT,
            announced,
            change,
            until,
            mail=lambda occasion: self.notices.mails.locked(occasion, announced.frozen_until),
            text=lambda occasion, _: self.notices.phones.messages.locked(occasion, announced.frozen_until),
        )
