"""Whoever's recovery code was used is told."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from password_reset.channels import occasion_of
from password_reset.delivery import suppressions
from password_reset.delivery.deliveries import Delivery
from password_reset.delivery.messages import RecoveryCodeUsed

if TYPE_CHECKING:
    from password_reset.audit import Attempt, Audit
    from password_reset.channels.email import Mails, MailTransport
    from password_reset.delivery.changes import Change, Changes
    from password_reset.delivery.deliveries import Deliveries


@dataclass(frozen=True, kw_only=True)
class NotifyRecoveryCode:
    """Tell the account's address that a recovery code was used: if it was, and by this attempt."""

    audit: "Audit"
    changes: "Changes"
    deliveries: "Deliveries"
    mails: "Mails"
    transport: "MailTransport"
    clock: Callable[[], datetime]

    def __call__(self, announced: RecoveryCodeUsed, until: datetime | None = None) -> None:
        """Send the notice, or drop the message of an attempt that used nothing. `until` is how long the worker lives.

        Raises:
            OutOfTime: no longer than the next message might take.
            DeliveryInProgress: another worker is at it.
            Unavailable: what became of the attempt could not be found out.
        """
        delivery = Delivery(request_id=announced.request_id, user_id=announced.user_id, channel="email")
        with self._attempt(announced) as attempt:
            change = self.changes.read(announced, self.clock())
            if change.token is None or change.token.proven_by != announced.request_id:
                attempt.refuse("not_used")
                return
            self.deliveries.send(
                delivery, attempt, self.clock, until, lambda _: self._mail(announced, change, delivery)
            )

    def _mail(self, announced: RecoveryCodeUsed, change: "Change", delivery: Delivery) -> str:
        suppression = change.suppression
        suppressions.admit(announced.email, suppressed=suppression is not None and suppression.silences_notices)
        occasion = occasion_of(
            announced, email=announced.email, name=announced.name, locales=(announced.locale,), now=self.clock()
        )
        return self.transport.send(self.mails.recovery_code_used(occasion), delivery.key)

    def _attempt(self, announced: RecoveryCodeUsed) -> "Attempt":
        attempt = self.audit.attempt("recovery-code-used", announced.request_id)
        attempt.user_id, attempt.channel = announced.user_id, "email"
        return attempt
