"""What an operator started is sent, to the account's own address alone."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from password_reset.accounts.identifiers import email_key
from password_reset.channels import Key, occasion_of
from password_reset.channels.words.catalogue import choose_language
from password_reset.delivery import suppressions
from password_reset.delivery.deliveries import Delivery

if TYPE_CHECKING:
    from password_reset.accounts.directory import Account
    from password_reset.audit import Audit
    from password_reset.channels.email import Mails, MailTransport
    from password_reset.delivery.deliveries import Claim, Deliveries
    from password_reset.delivery.messages import ResetStarted
    from password_reset.delivery.recipients import Recipients
    from password_reset.levers import Levers
    from password_reset.proofs.tokens import Tokens
    from password_reset.settings import ServiceSettings


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class DeliverStarted:
    """Issue the token and mail its link: the operator never has it."""

    settings: "ServiceSettings"
    audit: "Audit"
    recipients: "Recipients"
    tokens: "Tokens"
    deliveries: "Deliveries"
    mails: "Mails"
    transport: "MailTransport"
    levers: "Callable[[], Levers]"
    clock: Callable[[], datetime]

    def __call__(self, started: "ResetStarted", until: datetime | None = None) -> None:
        """Deliver, or drop what no longer fits the account. `until` is how long the worker lives.

        Raises:
            OutOfTime: no longer than the message might take.
            DeliveryInProgress: another worker is at it.
        """
        delivery = Delivery(request_id=started.request_id, user_id=started.user_id, channel="email")
        with self.audit.attempt("deliver-reset", started.request_id) as attempt:
            attempt.user_id, attempt.channel = started.user_id, delivery.channel
            attempt.identifier = email_key(started.email)
            now = self.clock()
            if now >= started.at + started.life:
                attempt.refuse("request_expired")
                return
            if self.levers().sends_nothing:
                attempt.refuse("paused")
                return
            account, suppressed = self.recipients.get(started.user_id, started.email, now)
            if account is None or not account.may_reset:
                attempt.refuse("no_account")
                return
            if account.email != started.email:  # given to somebody else meanwhile, for all we know
                attempt.refuse("address_changed")
                return
            if started.purpose == "invitation" and account.has_password:
                attempt.refuse("has_password")
                return

            def hand_over(_: "Claim") -> str:
                return self._mail(started, account, delivery, suppressed=suppressed)

            self.deliveries.send(delivery, attempt, self.clock, until, hand_over)

    def _mail(self, started: "ResetStarted", account: "Account", delivery: Delivery, *, suppressed: bool) -> str:
        suppressions.admit(account.email, suppressed=suppressed)
        now, default = self.clock(), self.settings.default_locale
        language = choose_language(account.locale, started.locale, default)
        token = self.tokens.issue(
            account,
            delivery.channel,
            now,
            started.life,
            locale="" if language == default else language,
            request=started.request_id,
            purpose=started.purpose,
        )
        occasion = occasion_of(started, email=account.email, name=account.name, locales=(language,), now=now)
        link = Key(self.settings.reset_link(token, language), started.life)
        mail = self.mails.started(occasion, link, purpose=started.purpose, forced=started.forced)
        return self.transport.send(mail, delivery.key)
