"""Notices: an account is told of what was done to it, by the ways that it had before."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from password_reset.channels import occasion_of
from password_reset.delivery import suppressions
from password_reset.delivery.deliveries import Claim, Delivery

if TYPE_CHECKING:
    from email.message import EmailMessage

    from password_reset.audit import Attempt, Audit, Event
    from password_reset.channels import Occasion
    from password_reset.channels.email import Mails, MailTransport
    from password_reset.channels.phone import PhoneMessage, Phones
    from password_reset.delivery.changes import Change
    from password_reset.delivery.deliveries import Deliveries
    from password_reset.delivery.messages import ChangeDisputing, PasswordChanging, RecoveryCodeUsed

    type Announced = PasswordChanging | ChangeDisputing


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Notices:
    """Sends a notice once by each channel. Nothing that a stranger does silences it: no complaint, no code sent."""

    audit: "Audit"
    deliveries: "Deliveries"
    mails: "Mails"
    transport: "MailTransport"
    phones: "Phones"
    clock: Callable[[], datetime]

    def attempt(self, event: "Event", announced: "Announced | RecoveryCodeUsed", channel: str = "email") -> "Attempt":
        """Return the attempt to tell somebody by a channel, for the audit."""
        attempt = self.audit.attempt(event, announced.request_id)
        attempt.user_id, attempt.channel = announced.user_id, channel
        return attempt

    def occasion(self, announced: "Announced | RecoveryCodeUsed") -> "Occasion":
        """Return the occasion of a notice."""
        return occasion_of(
            announced, email=announced.email, name=announced.name, locales=(announced.locale,), now=self.clock()
        )

    def tell(
        self,
        event: "Event",
        announced: "Announced",
        change: "Change",
        until: datetime | None,
        *,
        mail: "Callable[[Occasion], EmailMessage]",
        text: "Callable[[Occasion, str], PhoneMessage]",
    ) -> None:
        """Tell by every verified channel that is on. Each has its turn, whatever became of another.

        Raises:
            OutOfTime: no longer than the next message might take.
            DeliveryInProgress: another worker is at it.
        """

        def by_phone(channel: str) -> None:
            def hand_over(claim: Claim) -> str:
                user = f"{channel} {announced.user_id}"
                self.phones.admit(user, self.clock(), counted=claim.tried_before)
                message = text(self.occasion(announced), channel)
                return self.phones.channels[channel].send(announced.phone or "", message)

            delivery = Delivery(request_id=announced.request_id, user_id=announced.user_id, channel=channel)
            with self.attempt(event, announced, channel) as attempt:
                self.deliveries.send(delivery, attempt, self.clock, until, hand_over)

        def by_mail() -> None:
            with self.attempt(event, announced) as attempt:
                self.mail(attempt, announced, change, until, mail)

        with ExitStack() as every_channel:  # the last comes first
            for channel in self.phones.channels if announced.phone else ():
                every_channel.callback(by_phone, channel)
            every_channel.callback(by_mail)

    def mail(
        self,
        attempt: "Attempt",
        announced: "Announced | RecoveryCodeUsed",
        change: "Change",
        until: datetime | None,
        written: "Callable[[Occasion], EmailMessage]",
    ) -> None:
        """Tell by email alone.

        Raises:
            OutOfTime: no longer than the next message might take.
            DeliveryInProgress: another worker is at it.
        """
        delivery = Delivery(request_id=announced.request_id, user_id=announced.user_id, channel="email")

        def hand_over(_: Claim) -> str:
            suppressions.admit(announced.email, suppressed=change.is_silenced)
            return self.transport.send(written(self.occasion(announced)), delivery.key)

        self.deliveries.send(delivery, attempt, self.clock, until, hand_over)
