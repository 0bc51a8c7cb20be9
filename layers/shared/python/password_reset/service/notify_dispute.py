"""Whoever's account was frozen by a dispute is told, and so are other systems."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from password_reset.channels import occasion_of
from password_reset.delivery import suppressions
from password_reset.delivery.deliveries import Claim, Delivery
from password_reset.errors import Superseded, Undeliverable

if TYPE_CHECKING:
    from password_reset.accounts.directory import Directory
    from password_reset.audit import Attempt, Audit
    from password_reset.channels.email import Mails, MailTransport
    from password_reset.channels.phone import PhoneChannel, PhoneMessages
    from password_reset.delivery.changes import Change, Changes
    from password_reset.delivery.deliveries import Deliveries
    from password_reset.delivery.events import Events
    from password_reset.delivery.messages import ChangeDisputing
    from password_reset.limits.windows import Limit


@dataclass(frozen=True, kw_only=True)
class NotifyDispute:
    """End what is open, and tell every verified channel and the bus: if the account was frozen by this attempt."""

    audit: "Audit"
    changes: "Changes"
    directory: "Directory"
    deliveries: "Deliveries"
    events: "Events"
    mails: "Mails"
    transport: "MailTransport"
    phone_messages: "PhoneMessages"
    phones: "Mapping[str, PhoneChannel]"
    per_phone: "Limit"
    clock: Callable[[], datetime]

    def __call__(self, announced: "ChangeDisputing", until: datetime | None = None) -> None:
        """Announce the freeze, or drop the message of an attempt that froze nothing. `until` is how long we live.

        Raises:
            OutOfTime: no longer than the next message might take.
            DeliveryInProgress: another worker is at it.
            Unavailable: sessions could not be ended, or the event bus did not take the event.
        """
        with self._attempt(announced, "email") as attempt:
            change = self.changes.read(announced, self.clock())
            if change.standing.disputed_by != announced.request_id:
                attempt.refuse("not_frozen")
                return
            if change.account and change.account.state == announced.state:
                # The attempt died between the two writes that such a directory takes.
                with suppress(Superseded):
                    self.directory.outdate(change.account)
            self.changes.end_sessions(announced.user_id)
            self.events.change_disputed(announced.request_id, announced.user_id, announced.at, announced.frozen_until)
            attempt.leave_to_others()
        with ExitStack() as every_channel:  # has its turn, whatever became of another; the last comes first
            for channel in self.phones if announced.phone else ():
                every_channel.callback(self._tell, announced, change, channel, until)
            every_channel.callback(self._tell, announced, change, "email", until)

    def _tell(self, announced: "ChangeDisputing", change: "Change", channel: str, until: datetime | None) -> None:
        delivery = Delivery(request_id=announced.request_id, user_id=announced.user_id, channel=channel)
        occasion = occasion_of(
            announced, email=announced.email, name=announced.name, locales=(announced.locale,), now=self.clock()
        )

        def hand_over(claim: Claim) -> str:
            if channel == "email":
                suppression = change.suppression
                suppressions.admit(announced.email, suppressed=bool(suppression and suppression.silences_notices))
                return self.transport.send(self.mails.locked(occasion, announced.frozen_until), delivery.key)
            user = f"{channel} {announced.user_id}"
            if not self.per_phone.allows(user, self.clock(), counted=claim.tried_before):
                raise Undeliverable(reason="phone_limit")
            message = self.phone_messages.locked(occasion, announced.frozen_until)
            return self.phones[channel].send(announced.phone or "", message)

        with self._attempt(announced, channel) as attempt:
            self.deliveries.send(delivery, attempt, self.clock, until, hand_over)

    def _attempt(self, announced: "ChangeDisputing", channel: str) -> "Attempt":
        attempt = self.audit.attempt("notify-dispute", announced.request_id)
        attempt.user_id, attempt.channel = announced.user_id, channel
        return attempt
