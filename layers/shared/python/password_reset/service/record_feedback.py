"""What became of a mail."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from password_reset.audit import Audit
    from password_reset.delivery.deliveries import Deliveries
    from password_reset.delivery.feedback import MailEvent
    from password_reset.delivery.suppressions import Suppressions


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class RecordFeedback:
    """Note what became of a mail, and stop mailing its address if that bounced for good or complained."""

    audit: "Audit"
    deliveries: "Deliveries"
    suppressions: "Suppressions"
    count: Callable[..., None]
    clock: Callable[[], datetime]

    def __call__(self, event: "MailEvent") -> None:
        """Serve an event; it may come more than once, and in any order."""
        key, outcome = event.delivery, event.outcome
        request_id, _, account = (key or event.id).partition("#")
        with self.audit.attempt("mail-feedback", request_id) as attempt:
            attempt.user_id, attempt.channel = account.rpartition("#")[0] or None, "email"
            if event.is_of_another_mail:
                attempt.refuse("not_its_recipient")
                return
            for address in event.unwanted:
                attempt.identifier = address
                self.suppressions.add(address, outcome, self.clock())
            if key:
                self.deliveries.report(key, outcome, event.time)
            if outcome != "delivered":
                attempt.refuse(outcome)
            self.count("mail-outcome", outcome=outcome)
