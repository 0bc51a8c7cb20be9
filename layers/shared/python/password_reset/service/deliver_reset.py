"""What was asked for is sent, to whoever has an account."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from password_reset.audit import count
from password_reset.delivery.deliveries import Claim, Delivery
from password_reset.delivery.messages import ResetRequested
from password_reset.proofs.standing import NO_STANDING
from password_reset.service.sender import Known

if TYPE_CHECKING:
    from password_reset.accounts.directory import Account
    from password_reset.audit import Attempt, Audit
    from password_reset.delivery.deliveries import Deliveries
    from password_reset.delivery.recipients import Recipients
    from password_reset.levers import Levers
    from password_reset.proofs.codes import Codes
    from password_reset.proofs.tokens import Tokens
    from password_reset.service.sender import Sender
    from password_reset.settings import ServiceSettings


@dataclass(frozen=True)
class Way:
    """A channel to try, with a code or with a link."""

    channel: str
    by_code: bool


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class DeliverReset:
    """Send each account under the identifier a link of its own, or the one a code, to what it has stored.

    A code is worth nothing without the flow of whoever asked, which may be a stranger. So what no phone takes becomes a
    mailed link, and so does the request that took the last of an identifier's places: the owner has something that
    works from any browser, whoever used the places up.
    """

    settings: "ServiceSettings"
    audit: "Audit"
    recipients: "Recipients"
    codes: "Codes"
    tokens: "Tokens"
    deliveries: "Deliveries"
    sender: "Sender"
    levers: "Callable[[], Levers]"
    clock: Callable[[], datetime]

    def __call__(self, request: ResetRequested, until: datetime | None = None) -> None:
        """Deliver, or drop what is too old to be of use or for nobody. `until` is how long the worker lives.

        Raises:
            OutOfTime: no longer than the next message might take.
            DeliveryInProgress: another worker is at it.
        """
        now = self.clock()
        if now >= request.at + self.tokens.life_until(request.full_until, request.at):
            self._drop(request, "request_expired")
            return
        if self.levers().sends_nothing:  # what a flood queued before it was stopped, above all
            self._drop(request, "paused")
            return
        by_code = bool(request.flow) and self.settings.may_send_code(request.channel)
        with self._attempt(request) as attempt:
            if by_code:  # whatever comes next, the flow can be guessed at like any other
                language = self.sender.language_of(request)
                self.codes.prepare(
                    request.flow,
                    request.email,
                    request.channel,
                    now,
                    language,
                    client=request.client,
                    request=request.request_id,
                )
            accounts, suppressed, standings = self.recipients.find(
                request.email, now, request.spelling or request.email
            )
            count("account-lookup", outcome="found" if accounts else "none")
            # A flow has one code, so accounts that share an identifier get links.
            by_code = by_code and len(accounts) == 1 and accounts[0].may_reset
            by_code = by_code and self.codes.may_issue(request.email, now)
            if accounts:
                attempt.leave_to_others()
            else:
                attempt.refuse("no_account")
        with ExitStack() as every_account:  # has its turn, whatever became of another's
            for account in reversed(accounts):  # the last one put there has the first
                known = Known(suppressed, standings.get(account.user_id, NO_STANDING))
                every_account.callback(self._reach, request, account, until, known, by_code=by_code)
        if not accounts and self.settings.notify_unknown:
            self._tell_unknown(request, until, suppressed=suppressed)

    def _reach(
        self,
        request: ResetRequested,
        account: "Account",
        until: datetime | None,
        known: Known,
        *,
        by_code: bool,
    ) -> None:
        for way in self._ways(request, account, known, by_code=by_code):
            if self._deliver(request, account, way, until, known):
                return

    def _ways(self, request: ResetRequested, account: "Account", known: Known, *, by_code: bool) -> list[Way]:
        """Return what to try, in order, until something is sent."""
        switched_off = request.channel not in {"email", *self.settings.channels}  # since it was requested
        if switched_off or not account.may_reset:  # whom a link tells where they sign in
            return [Way("email", by_code=False)]
        wanted, fallback = request.channel, self.settings.fallback_channel
        ways = [Way(wanted, by_code)]
        if by_code and fallback not in {None, "email", wanted} and account.has(fallback):
            ways.append(Way(fallback, by_code=True))
        link = Way("email", by_code=False)
        phones = [way for way in ways if way.channel != "email"]
        # Of an account that email doesn't open, a mail would only tell that.
        if request.full_until and not self.sender.is_barred(account, known.standing, "email"):
            return [link, *phones]
        return [*ways, link] if wanted != "email" else ways

    def _deliver(
        self, request: ResetRequested, account: "Account", way: Way, until: datetime | None, known: Known
    ) -> bool:
        """Return whether it is sent."""
        delivery = Delivery(request_id=request.request_id, user_id=account.user_id, channel=way.channel)

        def hand_over(claim: Claim) -> str:
            return self.sender.send(
                request, account, delivery, known, by_code=way.by_code, tried_before=claim.tried_before
            )

        with self._attempt(request) as attempt:
            attempt.user_id, attempt.channel = account.user_id, way.channel
            return self.deliveries.send(delivery, attempt, self.clock, until, hand_over)

    def _tell_unknown(self, request: ResetRequested, until: datetime | None, *, suppressed: bool) -> None:
        """Tell an address that it has no account: by email alone, and a request once."""
        delivery = Delivery(request_id=request.request_id, user_id=request.request_id, channel="email")

        with self._attempt(request) as attempt:
            attempt.channel = delivery.channel
            self.deliveries.send(
                delivery,
                attempt,
                self.clock,
                until,
                lambda _: self.sender.send_unknown(request, delivery, suppressed=suppressed),
            )

    def _drop(self, request: ResetRequested, reason: str) -> None:
        with self._attempt(request) as attempt:
            attempt.refuse(reason)

    def _attempt(self, request: ResetRequested) -> "Attempt":
        attempt = self.audit.attempt("deliver-reset", request.request_id)
        attempt.identifier, attempt.channel = request.email, request.channel
        return attempt
