"""A link or a code, made and handed over."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from password_reset.accounts.identifiers import is_deliverable
from password_reset.channels import Key, Occasion
from password_reset.delivery.deliveries import Delivery
from password_reset.delivery.messages import ResetRequested
from password_reset.errors import RateLimited, Undeliverable

if TYPE_CHECKING:
    from password_reset.accounts.users import Account
    from password_reset.channels.email import Mails, MailTransport
    from password_reset.channels.phone import PhoneChannel, PhoneMessages
    from password_reset.limits.windows import Limit
    from password_reset.proofs.codes import Codes
    from password_reset.proofs.tokens import Tokens
    from password_reset.settings import ServiceSettings


NO_PHONE = "no_verified_phone"


@dataclass(frozen=True, kw_only=True)
class Sender:
    """Makes the link or the code for an account, and hands the message over."""

    settings: "ServiceSettings"
    tokens: "Tokens"
    codes: "Codes"
    mails: "Mails"
    transport: "MailTransport"
    phone_messages: "PhoneMessages"
    phones: "Mapping[str, PhoneChannel]"
    per_phone: "Limit"
    clock: Callable[[], datetime]

    def send(
        self,
        request: ResetRequested,
        account: "Account",
        delivery: Delivery,
        *,
        by_code: bool,
        suppressed: bool,
        tried_before: bool,
    ) -> tuple[str, str]:
        """Return the channel that the message went by, and the provider's id of it.

        Raises:
            Undeliverable: it will not get there by this channel.
        """
        if not account.has(delivery.channel):  # no more than for an account that there isn't
            raise Undeliverable(reason=NO_PHONE)
        occasion = Occasion(
            email=account.email,
            name=account.name,
            locales=(request.locale, account.locale),
            at=request.at,
            device=request.device,
            now=self.clock(),
        )
        by_phone = delivery.channel != "email" and by_code
        if by_phone and account.verified_phone and self._may_message(account, tried_before=tried_before):
            message = self.phone_messages.reset(occasion, self._code(account, request))
            return delivery.channel, self.phones[delivery.channel].send(account.verified_phone, message)
        if not is_deliverable(account.email):
            raise Undeliverable(reason="undeliverable")
        if suppressed:
            raise Undeliverable(reason="suppressed")
        style = self.settings.email_style if by_code and delivery.channel == "email" else "link"
        mail = self.mails.reset(
            occasion,
            link=None if style == "code" else self._link(account, delivery.channel),
            code=None if style == "link" else self._code(account, request),
        )
        return "email", self.transport.send(mail, delivery.key)

    def _may_message(self, account: "Account", *, tried_before: bool) -> bool:
        if tried_before:  # and counted then: a provider's outage uses up nobody's day
            return not self.per_phone.is_full(account.user_id, self.clock())
        try:
            self.per_phone.admit(account.user_id, self.clock())
        except RateLimited:
            return False
        return True

    def _link(self, account: "Account", channel: str) -> Key:
        token = self.tokens.issue(account, channel, self.clock())
        return Key(self.settings.reset_link(token), self.tokens.life)

    def _code(self, account: "Account", request: ResetRequested) -> Key:
        return Key(self.codes.issue(request.flow, account, request.channel, self.clock()), self.codes.life)
