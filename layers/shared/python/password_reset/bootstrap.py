"""The one place where implementations are picked, clients made, and the clock and the environment read.

A function builds the use case that it serves, once per execution environment and when it is first
called: nothing at import, nothing that another function needs.
"""

import os
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore.config import Config

import password_reset.collector  # noqa: F401 - of every function
from password_reset.audit import Audit, count, logger
from password_reset.clock import utc_now
from password_reset.pepper import Pepper
from password_reset.settings import Settings, SettingsError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient

    from password_reset.breaches import BreachCorpus
    from password_reset.channels.email import Mails, MailTransport
    from password_reset.channels.phone import PhoneChannel
    from password_reset.codes import Codes
    from password_reset.deliveries import Deliveries
    from password_reset.limits import Limit
    from password_reset.messages import Queue
    from password_reset.passwords import Passwords
    from password_reset.recipients import Recipients
    from password_reset.secret import Secret
    from password_reset.service.deliver_reset import DeliverReset
    from password_reset.service.notify_change import NotifyChange
    from password_reset.service.record_feedback import RecordFeedback
    from password_reset.service.request_reset import RequestReset
    from password_reset.service.reset_password import ResetPassword
    from password_reset.service.sender import Sender
    from password_reset.service.sign_in import SignIn
    from password_reset.service.verify_code import VerifyCode
    from password_reset.service.verify_token import VerifyToken
    from password_reset.sessions import Sessions
    from password_reset.suppressions import Suppressions
    from password_reset.tokens import Tokens
    from password_reset.users import Users

# What CloudTrail shows first; Powertools adds its version. botocore would put its own together twice a call, a tenth
# of a request's processor time.
USER_AGENT = "password-reset"
# Neither SES nor SNS has an idempotency key: a second try within a call could send twice.
# So the queue alone tries again.
SES_CONFIG = Config(
    connect_timeout=1,
    read_timeout=5,
    retries={"mode": "standard", "total_max_attempts": 1},
    user_agent=USER_AGENT,
)
# A caller waits: better a quick refusal than a slow one. In workers the queue is what tries again.
AWS_CONFIG = Config(
    connect_timeout=1,
    read_timeout=2,
    retries={"mode": "standard", "total_max_attempts": 2},
    tcp_keepalive=True,
    user_agent=USER_AGENT,
)


class Bootstrap:
    """The collaborators of the use cases, made when they are first asked for."""

    def __init__(
        self,
        environment: Mapping[str, str] = os.environ,
        *,
        clock: Callable[[], datetime] = utc_now,
        make_client: Callable[..., Any] | None = None,
    ) -> None:
        self._environment = environment
        self._clock = clock
        # Called as boto3's `client` is. boto3 itself would cost each cold start 20 ms, and is not needed.
        self._make_client: Callable[..., Any] = make_client or botocore.session.get_session().create_client

    @cached_property
    def settings(self) -> Settings:
        """The settings, validated; what is wrong with them is for the log, never for a caller."""
        try:
            return Settings.from_environment(self._environment)
        except SettingsError as error:
            logger.critical(str(error))
            raise

    @cached_property
    def audit(self) -> Audit:
        """The audit trail."""
        return Audit(pepper=lambda: self.pepper, clock=self._clock)

    @cached_property
    def pepper(self) -> Pepper:
        """The pepper."""
        return Pepper(self._secret(self.settings.pepper_secret))

    def _secret(self, name: str) -> "Secret":
        from password_reset.secret import Secret

        return Secret(self._secrets_manager, name, self._clock)

    @cached_property
    def _secrets_manager(self) -> "SecretsManagerClient":
        client: SecretsManagerClient = self._make_client("secretsmanager", config=AWS_CONFIG)
        return client

    @cached_property
    def _dynamodb(self) -> "DynamoDBClient":
        client: DynamoDBClient = self._make_client("dynamodb", config=AWS_CONFIG)
        return client

    @cached_property
    def queue(self) -> "Queue":
        """The queue from the request path to the workers."""
        from password_reset.messages import Queue

        client: SQSClient = self._make_client("sqs", config=AWS_CONFIG)
        return Queue(client, self.settings.queue_url)

    @cached_property
    def tokens(self) -> "Tokens":
        """The reset tokens."""
        from password_reset.tokens import Tokens

        settings = self.settings
        life = timedelta(seconds=settings.token_ttl_seconds)
        return Tokens(client=self._dynamodb, table=settings.reset_tokens_table, life=life)

    @cached_property
    def codes(self) -> "Codes":
        """The codes that people type."""
        from password_reset.codes import MAX_OPEN, MAX_WRONG_GUESSES, WRONG_GUESSES_WINDOW, Codes

        life = timedelta(seconds=self.settings.code_ttl_seconds)
        return Codes(
            client=self._dynamodb,
            table=self.settings.codes_table,
            pepper=self.pepper,
            life=life,
            wrong_guesses=self._limit("wrong guesses", MAX_WRONG_GUESSES, WRONG_GUESSES_WINDOW),
            open_codes=self._limit("open codes", MAX_OPEN, life),
        )

    @cached_property
    def users(self) -> "Users":
        """The accounts."""
        from password_reset.users import Users

        settings = self.settings
        return Users(
            client=self._dynamodb,
            table=settings.users_table,
            index=settings.users_index,
            attributes=settings.users_attributes,
        )

    @cached_property
    def deliveries(self) -> "Deliveries":
        """What became of each message."""
        from password_reset.deliveries import Deliveries

        return Deliveries(client=self._dynamodb, table=self.settings.deliveries_table)

    @cached_property
    def passwords(self) -> "Passwords":
        """The password policy and the hash."""
        from password_reset.passwords import Passwords

        settings = self.settings
        return Passwords(
            policy=settings.password_policy,
            cost=settings.bcrypt_cost,
            product_name=settings.product_name,
            breached=lambda password: self.breaches(password),  # noqa: PLW0108 - made when it is first asked
        )

    @cached_property
    def breaches(self) -> "BreachCorpus":
        """The breach corpus, asked where the policy says so."""
        from password_reset.breaches import BreachCorpus

        return BreachCorpus(unavailable=lambda: count("breach-check-unavailable"))

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
            forgot_url=settings.forgot_url,
        )

    @cached_property
    def transport(self) -> "MailTransport":
        """What carries the mails."""
        if self.settings.mail_transport == "smtp":
            from password_reset.channels.smtp import SmtpTransport

            settings = self.settings
            return SmtpTransport(
                host=_on(settings.smtp_host),
                port=settings.smtp_port,
                security=settings.smtp_security,
                credentials=self._secret(_on(settings.smtp_secret)),
            )
        from password_reset.channels.ses import SesTransport

        return SesTransport(self._make_client("sesv2", config=SES_CONFIG), self.settings.configuration_set)

    @cached_property
    def suppressions(self) -> "Suppressions":
        """The addresses that are not mailed."""
        from password_reset.suppressions import Suppressions

        return Suppressions(client=self._dynamodb, table=self.settings.suppressions_table, pepper=self.pepper)

    @cached_property
    def recipients(self) -> "Recipients":
        """Whom a request reaches."""
        from password_reset.recipients import Recipients

        return Recipients(client=self._dynamodb, users=self.users, suppressions=self.suppressions)

    @cached_property
    def phones(self) -> "dict[str, PhoneChannel]":
        """What carries messages to phones: the channels that are on."""
        settings = self.settings
        channels: dict[str, PhoneChannel] = {}
        if "sms" in settings.channels:
            from password_reset.channels.sms import SmsChannel

            client = self._make_client("sns", config=SES_CONFIG)
            channels["sms"] = SmsChannel(client, settings.sms_sender_id, settings.sms_countries)
        if "whatsapp" in settings.channels:
            from password_reset.channels.whatsapp import WhatsAppChannel

            channels["whatsapp"] = WhatsAppChannel(
                version=settings.whatsapp_version,
                phone_number_id=_on(settings.whatsapp_phone_number_id),
                kind=settings.whatsapp_type,
                template=settings.whatsapp_template,
                access_token=self._secret(_on(settings.whatsapp_secret)),
            )
        return channels

    @cached_property
    def sender(self) -> "Sender":
        """What makes links and codes, and hands messages over."""
        from password_reset.channels.phone import DAY, MESSAGES_A_DAY, PhoneMessages
        from password_reset.service.sender import Sender

        settings = self.settings
        return Sender(
            settings=settings,
            tokens=self.tokens,
            codes=self.codes,
            mails=self.mails,
            transport=self.transport,
            phone_messages=PhoneMessages(
                product=settings.product_name, host=settings.pages_host, default_locale=settings.default_locale
            ),
            phones=self.phones,
            per_phone=self._limit("phone", MESSAGES_A_DAY, DAY),
            clock=self._clock,
        )

    def _limit(self, purpose: str, limit: int, window: timedelta | None = None) -> "Limit":
        from password_reset.limits import Limit

        settings = self.settings
        return Limit(
            client=self._dynamodb,
            table=settings.limits_table,
            pepper=self.pepper,
            purpose=purpose,
            limit=limit,
            window=window or timedelta(seconds=settings.reset_limit_window_seconds),
        )

    @cached_property
    def sessions(self) -> "Sessions":
        """The sessions, where they are on."""
        from password_reset.sessions import Sessions
        from password_reset.signing_keys import SigningKeys

        settings = self.settings
        return Sessions(
            client=self._dynamodb,
            users=self.users,
            table=_on(settings.revoked_sessions_table),
            keys=SigningKeys(
                client=self._secrets_manager,
                secret=_on(settings.session_key_secret),
                clock=self._clock,
            ),
            audience=settings.frontend_url,
            life=timedelta(seconds=settings.session_ttl_seconds),
            clock=self._clock,
        )

    @cached_property
    def sign_in(self) -> "SignIn":
        """What functions/sign_in serves."""
        from password_reset.service.sign_in import SignIn
        from password_reset.sign_ins import SignIns

        table = _on(self.settings.sign_ins_table)
        _ = self.passwords.decoy  # made now, so that no caller waits for it
        return SignIn(
            users=self.users,
            passwords=self.passwords,
            sign_ins=SignIns(client=self._dynamodb, table=table, pepper=self.pepper),
            sessions=self.sessions,
            clock=self._clock,
        )

    @cached_property
    def request_reset(self) -> "RequestReset":
        """What functions/forgot serves."""
        from password_reset.service.request_reset import RequestReset

        settings = self.settings
        return RequestReset(
            settings=settings,
            per_source=self._limit("source", settings.reset_limit_per_source),
            per_identifier=self._limit("identifier", settings.reset_limit_per_identifier),
            queue=self.queue,
            clock=self._clock,
        )

    @cached_property
    def verify_token(self) -> "VerifyToken":
        """What functions/verify serves."""
        from password_reset.service.verify_token import VerifyToken

        return VerifyToken(tokens=self.tokens, users=self.users, clock=self._clock)

    @cached_property
    def verify_code(self) -> "VerifyCode":
        """What functions/verify_code serves."""
        from password_reset.service.verify_code import VerifyCode
        from password_reset.transactions import Transactions

        return VerifyCode(
            per_source=self._limit("code source", self.settings.reset_limit_per_source),
            codes=self.codes,
            tokens=self.tokens,
            users=self.users,
            transactions=Transactions(client=self._dynamodb),
            clock=self._clock,
        )

    @cached_property
    def reset_password(self) -> "ResetPassword":
        """What functions/reset serves."""
        from password_reset.service.reset_password import ResetPassword
        from password_reset.transactions import Transactions

        return ResetPassword(
            settings=self.settings,
            tokens=self.tokens,
            users=self.users,
            passwords=self.passwords,
            transactions=Transactions(client=self._dynamodb),
            queue=self.queue,
            clock=self._clock,
        )

    @cached_property
    def deliver_reset(self) -> "DeliverReset":
        """What functions/deliver does with reset-requested."""
        from password_reset.service.deliver_reset import DeliverReset

        return DeliverReset(
            settings=self.settings,
            audit=self.audit,
            recipients=self.recipients,
            codes=self.codes,
            deliveries=self.deliveries,
            sender=self.sender,
            clock=self._clock,
        )

    @cached_property
    def notify_change(self) -> "NotifyChange":
        """What functions/deliver does with password-changing."""
        from password_reset.events import Events
        from password_reset.service.notify_change import NotifyChange

        return NotifyChange(
            audit=self.audit,
            tokens=self.tokens,
            deliveries=self.deliveries,
            suppressions=self.suppressions,
            events=Events(self._make_client("events", config=AWS_CONFIG)),
            mails=self.mails,
            transport=self.transport,
            clock=self._clock,
        )

    @cached_property
    def record_feedback(self) -> "RecordFeedback":
        """What functions/feedback serves."""
        from password_reset.service.record_feedback import RecordFeedback

        return RecordFeedback(
            audit=self.audit,
            deliveries=self.deliveries,
            suppressions=self.suppressions,
            count=count,
            clock=self._clock,
        )


def _on(name: str | None) -> str:
    if name is None:
        message = "a setting that is needed here is not set"
        raise SettingsError(message)
    return name


@cache
def bootstrap() -> Bootstrap:
    """Return this execution environment's collaborators."""
    return Bootstrap()
