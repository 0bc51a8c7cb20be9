"""Whoever's password was changed is told."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from password_reset.channels import Occasion
from password_reset.delivery.deliveries import Delivery
from password_reset.delivery.messages import PasswordChanging
from password_reset.errors import Undeliverable

if TYPE_CHECKING:
    from password_reset.audit import Audit
    from password_reset.channels.email import Mails, MailTransport
    from password_reset.delivery.deliveries import Deliveries
    from password_reset.delivery.events import Events
    from password_reset.delivery.suppressions import Suppressions
    from password_reset.proofs.tokens import Tokens


@dataclass(frozen=True, kw_only=True)
class NotifyChange:
    """Tell the account's address, and other systems, that the password was changed: if it was, and by this attempt."""

    audit: "Audit"
    tokens: "Tokens"
    deliveries: "Deliveries"
    suppressions: "Suppressions"
    events: "Events"
    mails: "Mails"
    transport: "MailTransport"
    clock: Callable[[], datetime]

    def __call__(self, change: PasswordChanging) -> None:
        """Announce the change, or drop the message of an attempt that changed nothing.

        Raises:
            DeliveryInProgress: another worker is at it.
            Unavailable: the event bus did not take the event.
        """
        with self.audit.attempt("notify-change", change.request_id) as attempt:
            attempt.user_id, attempt.channel = change.user_id, "email"
            token = self.tokens.find(change.token_hash)
            if token is None or token.used_by != change.request_id:
                attempt.refuse("not_changed")
                return
            # The event may come twice and says so by its id; the mail must not, so it comes after.
            self.events.password_changed(change.request_id, change.user_id, change.at)
            now = self.clock()
            delivery = Delivery(request_id=change.request_id, user_id=change.user_id, channel="email")
            claim = self.deliveries.claim(delivery, now)
            if claim.settled:
                attempt.refuse(f"already_{claim.settled}")
                return
            occasion = Occasion(
                email=change.email,
                name=change.name,
                locales=(change.locale,),
                at=change.at,
                device=change.device,
                now=now,
            )
            try:
                self.suppressions.check(change.email, now)
                message_id = self.transport.send(self.mails.changed(occasion), delivery.key)
            except Undeliverable as undeliverable:
                attempt.refuse(undeliverable.reason)
                self.deliveries.refuse(delivery, undeliverable.reason)
                return
            self.deliveries.complete(delivery, message_id, self.clock())
