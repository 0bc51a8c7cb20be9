"""What was asked for is sent, to whoever has an account."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from password_reset.delivery.deliveries import Delivery
from password_reset.delivery.messages import ResetRequested
from password_reset.errors import Undeliverable
from password_reset.service.sender import NO_PHONE

if TYPE_CHECKING:
    from password_reset.accounts.users import Account
    from password_reset.audit import Attempt, Audit
    from password_reset.delivery.deliveries import Deliveries
    from password_reset.delivery.recipients import Recipients
    from password_reset.proofs.codes import Codes
    from password_reset.service.sender import Sender
    from password_reset.settings import ServiceSettings


@dataclass(frozen=True, kw_only=True)
class DeliverReset:
    """Send each account under the identifier a link of its own, or the one a code, to what it has stored."""

    settings: "ServiceSettings"
    audit: "Audit"
    recipients: "Recipients"
    codes: "Codes"
    deliveries: "Deliveries"
    sender: "Sender"
    clock: Callable[[], datetime]

    def __call__(self, request: ResetRequested) -> None:
        """Deliver, or drop what is too old to be of use or for nobody.

        Raises:
            DeliveryInProgress: another worker is at it.
        """
        now = self.clock()
        if now >= request.at + timedelta(seconds=self.settings.token_ttl_seconds):
            self._drop(request, "request_expired")
            return
        by_code = bool(request.flow) and self.settings.may_send_code(request.channel)
        with self._attempt(request) as attempt:
            if by_code:  # whatever comes next, the flow can be guessed at like any other
                self.codes.prepare(request.flow, request.email, request.channel, now)
            accounts, suppressed = self.recipients.find(request.email, now)
            # A flow has one code, so accounts that share an identifier get links.
            by_code = by_code and len(accounts) == 1 and self.codes.may_issue(request.email, now)
            if accounts:
                attempt.leave_to_others()
            else:
                attempt.refuse("no_account")
        with ExitStack() as every_account:  # has its turn, whatever became of another's
            for account in accounts:
                every_account.callback(self._reach, request, account, by_code=by_code, suppressed=suppressed)

    def _reach(self, request: ResetRequested, account: "Account", *, by_code: bool, suppressed: bool) -> None:
        channels = [request.channel]
        fallback = self.settings.fallback_channel
        if by_code and fallback and fallback != request.channel and account.has(fallback):
            channels.append(fallback)
        for channel in channels:
            if self._deliver(request, account, channel, by_code=by_code, suppressed=suppressed):
                return

    def _deliver(
        self, request: ResetRequested, account: "Account", channel: str, *, by_code: bool, suppressed: bool
    ) -> bool:
        """Return whether no other channel is to be tried."""
        delivery = Delivery(request_id=request.request_id, user_id=account.user_id, channel=channel)
        with self._attempt(request) as attempt:
            attempt.user_id, attempt.channel = account.user_id, channel
            claim = self.deliveries.claim(delivery, self.clock())
            if claim.settled:
                attempt.refuse(f"already_{claim.settled}")
                return claim.settled == "sent"
            try:
                attempt.channel, message_id = self.sender.send(
                    request,
                    account,
                    delivery,
                    by_code=by_code,
                    suppressed=suppressed,
                    tried_before=claim.tried_before,
                )
            except Undeliverable as undeliverable:
                attempt.refuse(undeliverable.reason)
                self.deliveries.refuse(delivery, undeliverable.reason)
                return undeliverable.reason == NO_PHONE
            self.deliveries.complete(delivery, attempt.channel, message_id, self.clock())
            return True

    def _drop(self, request: ResetRequested, reason: str) -> None:
        with self._attempt(request) as attempt:
            attempt.refuse(reason)

    def _attempt(self, request: ResetRequested) -> "Attempt":
        attempt = self.audit.attempt("deliver-reset", request.request_id)
        attempt.identifier, attempt.channel = request.email, request.channel
        return attempt
