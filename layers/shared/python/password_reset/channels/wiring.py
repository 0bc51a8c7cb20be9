"""How the room of channels is put together."""

from dataclasses import dataclass, replace
from datetime import UTC
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import tzinfo

    from password_reset.aws.clients import Clients
    from password_reset.channels.brands import Brand, Look
    from password_reset.channels.email import Mails, MailTransport
    from password_reset.channels.phone import PhoneChannel, PhoneMessages
    from password_reset.settings import Settings


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Channels:
    """The ways to reach a person that are on."""

    settings: "Settings"
    clients: "Clients"

    @cached_property
    def brands(self) -> "dict[str, Brand]":
        """The brand of each client that has one, and the deployment's under no name."""
        from password_reset.channels.brands import read

        return {client: read(name) for client, name in self.settings.brands.items()}

    @cached_property
    def mails(self) -> "Mails":
        """What the mails say."""
        others = {client: self._mails(brand) for client, brand in self.brands.items() if client}
        return replace(self._mails(self.brands.get("")), branded=others)

    def _mails(self, brand: "Brand | None") -> "Mails":
        from password_reset.channels.email import Mails

        chosen = self._look(brand)
        return Mails(
            product=chosen.product,
            sender=self.settings.mail_from,
            support=chosen.support,
            brand_color=chosen.color,
            default_locale=chosen.default_locale,
            languages=chosen.languages,
            forgot_url=self.settings.forgot_url,
            company=chosen.company,
            zone=_zone(chosen.time_zone),
            brand=brand,
        )

    def _look(self, brand: "Brand | None") -> "Look":
        from password_reset.channels.brands import look

        return look(self.settings, brand)

    @cached_property
    def transport(self) -> "MailTransport":
        """What carries the mails."""
        settings = self.settings
        if settings.mail_transport == "smtp":
            from password_reset.channels.transports.smtp import SmtpTransport

            return SmtpTransport(
                host=settings.needed("smtp_host"),
                port=settings.smtp_port,
                security=settings.smtp_security,
                credentials=self.clients.secret(settings.needed("smtp_secret")),
            )
        from password_reset.channels.transports.ses import SesTransport

        # In a deployment of ours, which has such a set, and the permission to ask.
        leaves_a_reserve = settings.configuration_set is not None
        return SesTransport(self.clients.ses, settings.configuration_set, leaves_a_reserve=leaves_a_reserve)

    @cached_property
    def notices(self) -> "MailTransport":
        """What carries the notices of changes: SES drops mail to whoever complained, but not by this set."""
        if self.settings.mail_transport == "smtp":
            return self.transport
        from password_reset.channels.transports.ses import SesTransport

        return SesTransport(self.clients.ses, self.settings.notice_configuration_set or self.settings.configuration_set)

    @cached_property
    def phone_messages(self) -> "PhoneMessages":
        """What the messages to phones say."""
        others = {client: self._phone_messages(brand) for client, brand in self.brands.items() if client}
        return replace(self._phone_messages(self.brands.get("")), branded=others)

    def _phone_messages(self, brand: "Brand | None") -> "PhoneMessages":
        from password_reset.channels.phone import INDIA, PhoneMessages

        chosen = self._look(brand)
        return PhoneMessages(
            product=chosen.product,
            host=self.settings.pages_host,
            support=chosen.support,
            default_locale=chosen.default_locale,
            languages=chosen.languages,
            zone=_zone(chosen.time_zone),
            registered=INDIA if self.settings.sms_india else None,
            own=brand.locales if brand else None,
            retriever=self.settings.sms_android_hash,
        )

    @cached_property
    def phones(self) -> "dict[str, PhoneChannel]":
        """What carries messages to phones."""
        settings = self.settings
        channels: dict[str, PhoneChannel] = {}
        if "sms" in settings.channels:
            from password_reset.channels.sms import SmsChannel

            channels["sms"] = SmsChannel(self.clients.sns, settings.sms_sender_id, settings.sms_india)
        if "whatsapp" in settings.channels:
            from password_reset.channels.whatsapp import WhatsAppChannel

            channels["whatsapp"] = WhatsAppChannel(
                version=settings.whatsapp_version,
                phone_number_id=settings.needed("whatsapp_phone_number_id"),
                kind=settings.whatsapp_type,
                template=settings.whatsapp_template,
                notice_template=settings.whatsapp_notice_template,
                report_template=settings.whatsapp_report_template,
                locked_template=settings.whatsapp_locked_template,
                access_token=self.clients.secret(settings.needed("whatsapp_secret")),
            )
        if channels:
            from password_reset.channels.countries import ListedCountries

            return {name: ListedCountries(channel, settings.sms_countries) for name, channel in channels.items()}
        return channels


def _zone(name: str) -> "tzinfo":
    if name == "UTC":
        return UTC
    from zoneinfo import ZoneInfo

    return ZoneInfo(name)
