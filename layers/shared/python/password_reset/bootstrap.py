"""The one place where the rooms are composed into use cases, and where the clock and the environment enter.

Each room wires its own (`wiring.py`). A function builds the use case that it serves, once per execution environment:
nothing that another function needs. In Lambda that is while it initialises (`prepare`), elsewhere when it is first
called: importing does nothing there.
"""

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import password_reset.aws.collector  # noqa: F401 - of every function
from password_reset.audit import Audit, count, logger
from password_reset.aws.client import Client
from password_reset.aws.clients import Clients
from password_reset.aws.pepper import Pepper
from password_reset.clock import utc_now
from password_reset.errors import NotFound
from password_reset.settings import Settings, SettingsError

if TYPE_CHECKING:
    from password_reset.accounts.wiring import Accounts
    from password_reset.aws.secrets import Secret
    from password_reset.channels.phone import Phones
    from password_reset.channels.wiring import Channels
    from password_reset.delivery.wiring import Delivery
    from password_reset.levers import LeversItem
    from password_reset.limits.wiring import Limits
    from password_reset.passwords.passwords import Passwords
    from password_reset.proofs.wiring import Proofs
    from password_reset.service.change_levers import ChangeLevers
    from password_reset.service.claims import Claims
    from password_reset.service.deliver_reset import DeliverReset
    from password_reset.service.deliver_started import DeliverStarted
    from password_reset.service.issue_challenge import IssueChallenge
    from password_reset.service.notices import Notices
    from password_reset.service.notify_change import NotifyChange
    from password_reset.service.notify_dispute import NotifyDispute
    from password_reset.service.notify_recovery_code import NotifyRecoveryCode
    from password_reset.service.record_feedback import RecordFeedback
    from password_reset.service.report_change import ReportChange
    from password_reset.service.request_reset import RequestReset
    from password_reset.service.reset_password import ResetPassword
    from password_reset.service.send_factor_code import SendFactorCode
    from password_reset.service.sender import Sender
    from password_reset.service.sign_in import SignIn
    from password_reset.service.solutions import Solutions
    from password_reset.service.start_reset import StartReset
    from password_reset.service.verify_code import VerifyCode
    from password_reset.service.verify_factor import VerifyFactor
    from password_reset.service.verify_token import VerifyToken
    from password_reset.service.writes import Write
    from password_reset.sessions.sessions import Sessions


class Bootstrap:
    """The rooms and the use cases, made when they are first needed."""

    def __init__(
        self,
        environment: Mapping[str, str] = os.environ,
        *,
        clock: Callable[[], datetime] = utc_now,
        make_client: Callable[..., Any] = Client,
    ) -> None:
        self._environment = environment
        self._clock = clock
        self.clients = Clients(clock, make_client)

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
        return Audit(pepper=lambda: self.pepper, clock=self._clock, reveals_sources=self._reveals_sources)

    @cached_property
    def levers(self) -> "LeversItem":
        """What operators changed since the deployment."""
        from password_reset.levers import Levers, LeversItem

        settings = self.settings
        base = Levers(
            paused=settings.paused,
            tokens_not_before=settings.tokens_not_before,
            blocked=settings.blocked_sources,
        )
        table = settings.levers_table
        return LeversItem(client=self.clients.dynamodb, table=table, base=base, clock=self._clock)

    @cached_property
    def change_levers(self) -> "ChangeLevers":
        """What an operator does with them."""
        from password_reset.service.change_levers import ChangeLevers

        return ChangeLevers(
            client=self.clients.dynamodb,
            table=self.settings.levers_table,
            directory=self.accounts.directory,
            reports=self.proofs.reports,
            audit=self.audit,
            clock=self._clock,
        )

    def _reveals_sources(self, now: datetime) -> bool:
        # By what is known: for an audit record nothing is read.
        levers = self.__dict__.get("levers")
        return bool(levers and levers.known and levers.known.reveals_sources(now))

    @cached_property
    def pepper(self) -> Pepper:
        """The pepper."""
        return Pepper(self.clients.secret(self.settings.pepper_secret))

    @cached_property
    def origin_secrets(self) -> "tuple[Secret, Secret]":
        """What CloudFront proves itself by: the current secret, or during a rotation the one before it."""
        name = self.settings.needed("origin_secret")
        return self.clients.secret(name), self.clients.previous_secret(name)

    @cached_property
    def accounts(self) -> "Accounts":
        """The team's directory."""
        from password_reset.accounts.wiring import Accounts

        return Accounts(settings=self.settings, clients=self.clients, pepper=lambda: self.pepper, clock=self._clock)

    @cached_property
    def passwords(self) -> "Passwords":
        """The password policy and the hash."""
        from password_reset.passwords.wiring import passwords

        return passwords(self.settings, count)

    @cached_property
    def limits(self) -> "Limits":
        """What is counted."""
        from password_reset.limits.wiring import Limits

        return Limits(settings=self.settings, clients=self.clients, pepper=self.pepper)

    @cached_property
    def proofs(self) -> "Proofs":
        """What proves that somebody may choose a new password."""
        from password_reset.proofs.wiring import Proofs

        return Proofs(settings=self.settings, clients=self.clients, limits=lambda: self.limits)

    @cached_property
    def sessions(self) -> "Sessions":
        """The sessions, where they are on."""
        from password_reset.sessions.wiring import sessions

        directory = self.accounts.directory
        return sessions(self.settings, self.clients, directory, self._clock, self.levers, lambda: self.proofs.reports)

    @cached_property
    def delivery(self) -> "Delivery":
        """What is on its way."""
        from password_reset.delivery.wiring import Delivery

        return Delivery(
            settings=self.settings,
            clients=self.clients,
            pepper=lambda: self.pepper,
            accounts=lambda: self.accounts,
            proofs=lambda: self.proofs,
        )

    @cached_property
    def channels(self) -> "Channels":
        """The ways to reach a person."""
        from password_reset.channels.wiring import Channels

        return Channels(settings=self.settings, clients=self.clients)

    @cached_property
    def request_reset(self) -> "RequestReset":
        """What functions/forgot serves."""
        from password_reset.service.request_reset import RequestReset

        return RequestReset(
            settings=self.settings,
            per_source=self.limits.per_source,
            per_identifier=self.limits.per_identifier,
            solutions=self._solutions,
            queue=self.delivery.queue,
            levers=self.levers,
            clock=self._clock,
        )

    @cached_property
    def _solutions(self) -> "Solutions | None":
        if self.settings.challenge == "off" or self.proofs.challenges is None:
            return None
        from password_reset.service.solutions import Solutions

        return Solutions(
            challenges=self.proofs.challenges,
            used=self.proofs.used_challenges,
            per_identifier=self.limits.per_identifier,
            per_pair=self.limits.solved,
        )

    @cached_property
    def issue_challenge(self) -> "IssueChallenge":
        """What functions/challenge serves."""
        from password_reset.service.issue_challenge import IssueChallenge

        return IssueChallenge(challenges=self.proofs.challenges, clock=self._clock)

    @cached_property
    def verify_token(self) -> "VerifyToken":
        """What functions/verify serves."""
        from password_reset.service.verify_token import VerifyToken

        return VerifyToken(
            tokens=self.proofs.tokens,
            directory=self.accounts.directory,
            own=self.proofs.own,
            levers=self.levers,
            clock=self._clock,
        )

    @cached_property
    def verify_factor(self) -> "VerifyFactor":
        """What functions/verify_factor serves, where factors are on."""
        from password_reset.aws.transactions import Transactions
        from password_reset.proofs.factors import DAY, GUESSES_A_DAY, GUESSES_A_MONTH, MONTH
        from password_reset.service.verify_factor import VerifyFactor

        if self.proofs.factors is None or self.proofs.own is None:
            raise NotFound
        return VerifyFactor(
            settings=self.settings,
            tokens=self.proofs.tokens,
            directory=self.accounts.directory,
            verifier=self.accounts.verifier,
            own=self.proofs.own,
            factors=self.proofs.factors,
            a_day=self.limits.window("factor day", GUESSES_A_DAY, DAY),
            a_month=self.limits.window("factor month", GUESSES_A_MONTH, MONTH),
            transactions=Transactions(client=self.clients.dynamodb),
            queue=self.delivery.queue,
            levers=self.levers,
            clock=self._clock,
        )

    @cached_property
    def verify_code(self) -> "VerifyCode":
        """What functions/verify_code serves."""
        from password_reset.aws.transactions import Transactions
        from password_reset.service.verify_code import VerifyCode

        return VerifyCode(
            per_source=self.limits.guesses_per_source,
            codes=self.proofs.codes,
            tokens=self.proofs.tokens,
            directory=self.accounts.directory,
            transactions=Transactions(client=self.clients.dynamodb),
            levers=self.levers,
            clock=self._clock,
        )

    @cached_property
    def reset_password(self) -> "ResetPassword":
        """What functions/reset serves."""
        from password_reset.service.reset_password import ResetPassword

        return ResetPassword(
            settings=self.settings,
            tokens=self.proofs.tokens,
            directory=self.accounts.directory,
            own=self.proofs.own,
            passwords=self.passwords,
            write=self._write,
            queue=self.delivery.queue,
            levers=self.levers,
            clock=self._clock,
        )

    @cached_property
    def _write(self) -> "Write":
        from password_reset.accounts.directory import AtomicDirectory

        directory = self.accounts.directory
        if isinstance(directory, AtomicDirectory):
            from password_reset.aws.transactions import Transactions
            from password_reset.service.writes import Together

            return Together(
                tokens=self.proofs.tokens,
                directory=directory,
                transactions=Transactions(client=self.clients.dynamodb),
                own=self.proofs.own,
                levers=self.levers,
                clock=self._clock,
            )
        from password_reset.service.writes import Apart

        return Apart(tokens=self.proofs.tokens, directory=directory, claims=self._claims, own=self.proofs.own)

    @property
    def _claims(self) -> "Claims":
        from password_reset.service.claims import RowClaims, TokenClaims

        tokens, own = self.proofs.tokens, self.proofs.own
        if (blind := self.accounts.blind) is None:
            return TokenClaims(tokens=tokens, directory=self.accounts.directory, own=own)
        from password_reset.aws.transactions import Transactions

        transactions = Transactions(client=self.clients.dynamodb)
        return RowClaims(tokens=tokens, directory=blind, transactions=transactions, own=own)

    @cached_property
    def report_change(self) -> "ReportChange":
        """What functions/report_change serves, where reports are on."""
        from password_reset.aws.transactions import Transactions
        from password_reset.service.report_change import ReportChange

        if self.proofs.reports is None:
            raise NotFound
        return ReportChange(
            settings=self.settings,
            reports=self.proofs.reports,
            directory=self.accounts.directory,
            transactions=Transactions(client=self.clients.dynamodb),
            queue=self.delivery.queue,
            levers=self.levers,
            clock=self._clock,
        )

    @cached_property
    def sign_in(self) -> "SignIn":
        """What functions/sign_in serves."""
        from password_reset.service.sign_in import SignIn
        from password_reset.sessions.wiring import known_devices

        _ = self.passwords.decoy  # made now, so that no caller waits for it
        return SignIn(
            directory=self.accounts.directory,
            passwords=self.passwords,
            sign_ins=self.limits.sign_ins,
            sessions=self.sessions,
            devices=known_devices(self.sessions),
            reports=self.proofs.reports,
            clock=self._clock,
        )

    @cached_property
    def deliver_reset(self) -> "DeliverReset":
        """What functions/deliver does with reset-requested."""
        from password_reset.service.deliver_reset import DeliverReset

        return DeliverReset(
            settings=self.settings,
            audit=self.audit,
            recipients=self.delivery.recipients,
            codes=self.proofs.codes,
            tokens=self.proofs.tokens,
            deliveries=self.delivery.deliveries,
            sender=self._sender,
            levers=self.levers,
            clock=self._clock,
        )

    @cached_property
    def start_reset(self) -> "StartReset":
        """What functions/start_reset and functions/start_by_event serve."""
        from password_reset.service.start_reset import STARTED_AN_HOUR, StartReset

        return StartReset(
            settings=self.settings,
            directory=self.accounts.directory,
            per_account=self.limits.window("started", STARTED_AN_HOUR, timedelta(hours=1)),
            queue=self.delivery.queue,
            levers=self.levers,
            clock=self._clock,
        )

    @cached_property
    def deliver_started(self) -> "DeliverStarted":
        """What functions/deliver does with reset-started."""
        from password_reset.service.deliver_started import DeliverStarted

        return DeliverStarted(
            settings=self.settings,
            audit=self.audit,
            recipients=self.delivery.recipients,
            tokens=self.proofs.tokens,
            deliveries=self.delivery.deliveries,
            mails=self.channels.mails,
            transport=self.channels.transport,
            levers=self.levers,
            clock=self._clock,
        )

    @cached_property
    def _sender(self) -> "Sender":
        from password_reset.channels.phone import FROZEN_CODES_A_DAY, MESSAGES_A_DAY
        from password_reset.service.sender import Sender

        return Sender(
            settings=self.settings,
            tokens=self.proofs.tokens,
            codes=self.proofs.codes,
            mails=self.channels.mails,
            transport=self.channels.transport,
            phones=self._phones("phone", MESSAGES_A_DAY),
            frozen_phones=self._phones("frozen phone", FROZEN_CODES_A_DAY),
            reports=self.proofs.reports,
            clock=self._clock,
        )

    def _phones(self, purpose: str, most: int) -> "Phones":
        from password_reset.channels.phone import DAY, Phones

        return Phones(
            channels=self.channels.phones,
            messages=self.channels.phone_messages,
            a_day=self.limits.window(purpose, most, DAY),
        )

    @cached_property
    def _notices(self) -> "Notices":
        from password_reset.channels.phone import NOTICES_A_DAY
        from password_reset.service.notices import Notices

        return Notices(
            audit=self.audit,
            deliveries=self.delivery.deliveries,
            mails=self.channels.mails,
            transport=self.channels.notices,
            phones=self._phones("phone notice", NOTICES_A_DAY),
            clock=self._clock,
        )

    @cached_property
    def notify_change(self) -> "NotifyChange":
        """What functions/deliver does with password-changing."""
        from password_reset.service.notify_change import NotifyChange

        return NotifyChange(
            settings=self.settings,
            notices=self._notices,
            changes=self.delivery.changes,
            tokens=self.proofs.tokens,
            reports=self.proofs.reports,
            events=self.delivery.events,
            clock=self._clock,
        )

    @cached_property
    def notify_dispute(self) -> "NotifyDispute":
        """What functions/deliver does with change-disputing."""
        from password_reset.service.notify_dispute import NotifyDispute

        return NotifyDispute(
            notices=self._notices,
            changes=self.delivery.changes,
            directory=self.accounts.directory,
            events=self.delivery.events,
            clock=self._clock,
        )

    @cached_property
    def send_factor_code(self) -> "SendFactorCode":
        """What functions/deliver does with factor-code-requested."""
        from password_reset.channels.phone import FACTOR_CODES_A_DAY
        from password_reset.service.send_factor_code import SendFactorCode

        if self.proofs.factors is None:
            raise NotFound
        return SendFactorCode(
            audit=self.audit,
            changes=self.delivery.changes,
            tokens=self.proofs.tokens,
            factors=self.proofs.factors,
            deliveries=self.delivery.deliveries,
            mails=self.channels.mails,
            transport=self.channels.transport,
            phones=self._phones("phone factor", FACTOR_CODES_A_DAY),
            clock=self._clock,
        )

    @cached_property
    def notify_recovery_code(self) -> "NotifyRecoveryCode":
        """What functions/deliver does with recovery-code-used."""
        from password_reset.service.notify_recovery_code import NotifyRecoveryCode

        return NotifyRecoveryCode(notices=self._notices, changes=self.delivery.changes, clock=self._clock)

    @cached_property
    def record_feedback(self) -> "RecordFeedback":
        """What functions/feedback serves."""
        from password_reset.service.record_feedback import RecordFeedback

        return RecordFeedback(
            audit=self.audit,
            deliveries=self.delivery.deliveries,
            suppressions=self.delivery.suppressions,
            count=count,
            clock=self._clock,
        )


@cache
def bootstrap() -> Bootstrap:
    """Return this execution environment's collaborators."""
    return Bootstrap()


def prepare(*parts: Callable[[Bootstrap], object]) -> None:
    """Make parts of this environment's collaborators while Lambda initialises it, and read what every call needs.

    Lambda gives a whole processor until then, and memory's share of one afterwards. Whatever fails is left to the
    call, which does it again and tells of it. Nothing here is unique or about a person: environments may be restored
    from one snapshot.
    """
    if "AWS_LAMBDA_RUNTIME_API" in os.environ:
        app = bootstrap()
        with suppress(Exception):
            for part in parts:
                part(app)
            app.pepper.secret()
