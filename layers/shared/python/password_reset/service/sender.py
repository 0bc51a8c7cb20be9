"""A link or a code, made and handed over."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from password_reset.channels import Key, occasion_of
from password_reset.channels.words.catalogue import choose_language
from password_reset.delivery import suppressions
from password_reset.delivery.deliveries import Delivery
from password_reset.delivery.messages import ResetRequested
from password_reset.errors import Undeliverable
from password_reset.proofs.standing import Standing, way_of

if TYPE_CHECKING:
    from password_reset.accounts.directory import Account
    from password_reset.channels.email import Mails, MailTransport
    from password_reset.channels.phone import Phones
    from password_reset.proofs.codes import Codes
    from password_reset.proofs.reports import Reports
    from password_reset.proofs.tokens import Tokens
    from password_reset.settings import ServiceSettings


@dataclass(frozen=True)
class Known:
    """What is known of an account beside itself: whether its address is suppressed, and how it stands."""

    suppressed: bool
    standing: Standing


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Sender:
    """Makes the link or the code for an account, and hands the message over."""

    settings: "ServiceSettings"
    tokens: "Tokens"
    codes: "Codes"
    mails: "Mails"
    transport: "MailTransport"
    phones: "Phones"
    frozen_phones: "Phones"
    """The same, with the messages that a frozen account has a day."""
    reports: "Reports | None"
    clock: Callable[[], datetime]

    def send(
        self,
        request: ResetRequested,
        account: "Account",
        delivery: Delivery,
        known: Known,
        *,
        by_code: bool,
        tried_before: bool,
    ) -> str:
        """Return the provider's id of the message.

        Raises:
            Undeliverable: it will not get there by this channel.
        """
        language = choose_language(account.locale, request.locale, self.settings.default_locale)
        occasion = occasion_of(request, email=account.email, name=account.name, locales=(language,), now=self.clock())
        barred = self.is_barred(account, known.standing, delivery.channel)
        if delivery.channel == "email":
            suppressions.admit(account.email, suppressed=known.suppressed)
            if barred:
                until = datetime.fromtimestamp(known.standing.frozen_until, UTC)
                return self.transport.send(self.mails.locked(occasion, until), delivery.key)
            if account.provider is not None:
                mail = self.mails.elsewhere(occasion, self.settings.provider_name(account.provider))
                return self.transport.send(mail, delivery.key)
            style = self.settings.email_style if by_code else "link"
            mail = self.mails.reset(
                occasion,
                link=None if style == "code" else self._link(account, request, delivery, language),
                code=None if style == "link" else self._code(account, request, delivery, language),
            )
            return self.transport.send(mail, delivery.key)
        if barred:
            raise Undeliverable(reason="frozen")
        if not account.verified_phone:
            raise Undeliverable(reason="no_verified_phone")
        if not by_code:  # and a phone is sent no link
            raise Undeliverable(reason="no_code_left")
        phones = self.frozen_phones if known.standing.is_frozen(self.clock()) else self.phones
        phones.admit(account.user_id, self.clock(), counted=tried_before)
        code = self._code(account, request, delivery, language)
        message = self.phones.messages.reset(
            occasion, code, account.verified_phone if delivery.channel == "sms" else ""
        )
        return self.phones.channels[delivery.channel].send(account.verified_phone, message)

    def send_unknown(self, request: ResetRequested, delivery: Delivery, *, suppressed: bool) -> str:
        """Tell the address of a request that it has no account; return the provider's id of the message.

        Raises:
            Undeliverable: it will not get there.
        """
        suppressions.admit(request.email, suppressed=suppressed)
        language = choose_language(request.locale, self.settings.default_locale)
        occasion = occasion_of(request, email=request.email, name="", locales=(language,), now=self.clock())
        return self.transport.send(self.mails.unknown(occasion), delivery.key)

    def is_barred(self, account: "Account", standing: Standing, channel: str) -> bool:
        """Whether the account is frozen, and what this channel carries lifts that neither alone nor with a factor."""
        kinds, reports = self.settings.factors, self.reports
        return reports is not None and not reports.opens(channel, account, standing, kinds, self.clock())

    def _link(self, account: "Account", request: ResetRequested, delivery: Delivery, language: str) -> Key:
        now = self.clock()
        life = self.tokens.life_until(request.full_until, now)
        token = self.tokens.issue(
            account,
            delivery.channel,
            now,
            life,
            locale=self._kept(language),
            client=request.client,
            request=request.request_id,
        )
        return Key(self.settings.reset_link(token, language, request.client), life)

    def _code(self, account: "Account", request: ResetRequested, delivery: Delivery, language: str) -> Key:
        code = self.codes.issue(
            request.flow,
            account,
            delivery.channel,
            self.clock(),
            self._kept(language),
            client=request.client,
            carried_to=self._carried_to(account, delivery),
        )
        return Key(code, self.codes.life)

    def _carried_to(self, account: "Account", delivery: Delivery) -> str:
        by_phone = self.reports is not None and way_of(delivery.channel) == "phone"
        return self.reports.reach(account, "phone") if self.reports and by_phone else ""

    def language_of(self, request: ResetRequested) -> str:
        """Return the language that a code is kept with, as far as the request tells."""
        return self._kept(choose_language(request.locale, self.settings.default_locale))

    def _kept(self, language: str) -> str:
        return "" if language == self.settings.default_locale else language  # which goes without saying
