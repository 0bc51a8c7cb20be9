"""How the room of channels is put together."""

from dataclasses import dataclass
from datetime import UTC
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import tzinfo

    from password_reset.aws.clients import Clients
    from password_reset.channels.email import Mails, MailTransport
    from password_reset.channels.phone import PhoneChannel, PhoneMessages
    from password_reset.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Channels:
    """The ways to reach a person that are on."""

    settings: "Settings"
    clients: "Clients"

    @cached_property
    def zone(self) -> "tzinfo":
        """The zone of the times that messages tell."""
        if self.settings.time_zone == "UTC":
            return UTC
        from zoneinfo import ZoneInfo

        return ZoneInfo(self.settings.time_zone)

    @cached_property
    def mails(self) -> "Mails":
        """What the mails say."""
        from password_reset.channels.email import Mails

        settings = self.settings
        return Mails(
            product=settings.product_name,
            sender=settings.mail_from,
            support=settings.support_email,
            brand_color=settings.brand_color,
            default_locale=settings.default_locale,
            languages=settings.languages,
            forgot_url=settings.forgot_url,
            company=settings.company_line or "",
            zone=self.zone,
        )

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
        from password_reset.channels.phone import INDIA, PhoneMessages

        settings = self.settings
        return PhoneMessages(
            product=settings.product_name,
            host=settings.pages_host,
            support=settings.support_email,
            default_locale=settings.default_locale,
            languages=settings.languages,
            zone=self.zone,
            registered=INDIA if settings.sms_india else None,
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
