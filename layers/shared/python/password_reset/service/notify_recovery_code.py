"""Whoever's recovery code was used is told."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from password_reset.delivery.messages import RecoveryCodeUsed

if TYPE_CHECKING:
    from password_reset.delivery.changes import Changes
    from password_reset.service.notices import Notices


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class NotifyRecoveryCode:
    """Tell the account's address that a recovery code was used: if it was, and by this attempt."""

    notices: "Notices"
    changes: "Changes"
    clock: Callable[[], datetime]

    def __call__(self, announced: RecoveryCodeUsed, until: datetime | None = None) -> None:
        """Send the notice, or drop the message of an attempt that used nothing. `until` is how long the worker lives.

        Raises:
            OutOfTime: no longer than the next message might take.
            DeliveryInProgress: another worker is at it.
            Unavailable: what became of the attempt could not be found out.
        """
        with self.notices.attempt("recovery-code-used", announced) as attempt:
            change = self.changes.read(announced, self.clock())
            if change.token is None or change.token.proven_by != announced.request_id:
                attempt.refuse("not_used")
                return
            self.notices.mail(attempt, announced, change, until, self.notices.mails.recovery_code_used)
