"""A code by the account's other channel, for a token that the first one carried."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from password_reset.channels import Key, occasion_of
from password_reset.delivery import suppressions
from password_reset.delivery.deliveries import Claim, Delivery
from password_reset.delivery.messages import FactorCodeRequested
from password_reset.proofs.factors import PHONE_CODE_LIFE

if TYPE_CHECKING:
    from password_reset.accounts.directory import Account
    from password_reset.audit import Attempt, Audit
    from password_reset.channels.email import Mails, MailTransport
    from password_reset.channels.phone import Phones
    from password_reset.delivery.changes import Change, Changes
    from password_reset.delivery.deliveries import Deliveries
    from password_reset.proofs.factors import Factors
    from password_reset.proofs.tokens import ResetToken, Tokens


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SendFactorCode:
    """Make a code, keep its digest with the token, and send it by a channel that did not carry the token."""

    audit: "Audit"
    changes: "Changes"
    tokens: "Tokens"
    factors: "Factors"
    deliveries: "Deliveries"
    mails: "Mails"
    transport: "MailTransport"
    phones: "Phones"
    clock: Callable[[], datetime]

    def __call__(self, request: FactorCodeRequested, until: datetime | None = None) -> None:
        """Send the code, or drop a request that is of no use by now. `until` is how long the worker lives.

        Raises:
            OutOfTime: no longer than the next message might take.
            DeliveryInProgress: another worker is at it.
            Unavailable: what the request is about could not be read.
        """
        with self.audit.attempt("factor-code", request.request_id) as attempt:
            attempt.user_id = request.user_id
            change, now = self.changes.read(request, self.clock()), self.clock()
            token, account = change.token, change.account
            if token is None or account is None or token.refusal(now) or account.state != token.account_digest:
                attempt.refuse("request_expired")
                return
            self._deliver(attempt, request, change, token, account, until)

    def _deliver(  # noqa: PLR0917 - what was read
        self,
        attempt: "Attempt",
        request: FactorCodeRequested,
        change: "Change",
        token: "ResetToken",
        account: "Account",
        until: datetime | None,
    ) -> None:
        channel = self.factors.other_channel(token, account)
        attempt.channel = channel or None
        if not channel:
            attempt.refuse("no_verified_phone")
            return
        delivery = Delivery(request_id=request.request_id, user_id=account.user_id, channel=channel)

        def hand_over(claim: Claim) -> str:
            return self._send(request, change, token, account, delivery, tried_before=claim.tried_before)

        self.deliveries.send(delivery, attempt, self.clock, until, hand_over)

    def _send(
        self,
        request: FactorCodeRequested,
        change: "Change",
        token: "ResetToken",
        account: "Account",
        delivery: Delivery,
        *,
        tried_before: bool,
    ) -> str:
        now = self.clock()
        occasion = occasion_of(request, email=account.email, name=account.name, locales=(request.locale,), now=now)
        by_mail = delivery.channel == "email"
        if by_mail:
            suppressions.admit(account.email, suppressed=change.suppression is not None)
        else:
            self.phones.admit(account.user_id, now, counted=tried_before)
        phone = account.verified_phone or ""
        code, digest = self.factors.new_phone_code(token, account.email if by_mail else phone)
        self.tokens.keep_code(token, digest, now + PHONE_CODE_LIFE, now)
        key = Key(code, PHONE_CODE_LIFE)
        if by_mail:
            return self.transport.send(self.mails.reset(occasion, code=key), delivery.key)
        message = self.phones.messages.reset(occasion, key, phone if delivery.channel == "sms" else "")
        return self.phones.channels[delivery.channel].send(phone, message)
