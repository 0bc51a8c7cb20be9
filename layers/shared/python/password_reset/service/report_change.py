"""A changed password is disputed: "this wasn't me"."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from password_reset.accounts.directory import AtomicDirectory, outdate
from password_reset.accounts.identifiers import email_key
from password_reset.delivery.messages import ChangeDisputing
from password_reset.errors import InvalidToken, OutcomeUnknown, Superseded, Unavailable
from password_reset.proofs.reports import report_hash
from password_reset.proofs.standing import NO_STANDING

if TYPE_CHECKING:
    from password_reset.accounts.directory import Account, Directory
    from password_reset.audit import Attempt
    from password_reset.aws.transactions import Transactions
    from password_reset.delivery.messages import Queue
    from password_reset.devices import Browser, Device
    from password_reset.levers import Levers
    from password_reset.proofs.reports import Report, Reports
    from password_reset.proofs.standing import Standing
    from password_reset.settings import ServiceSettings

_TRIES = 3


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ReportChange:
    """Freeze the account, and void its tokens, codes and sessions, once for a link and its address.

    No account is looked up by the address that is typed, so nothing here tells who has one. Whoever repeats it is
    answered the same, and nothing is done twice: a replay would void what the owner is sent meanwhile.
    """

    settings: "ServiceSettings"
    reports: "Reports"
    directory: "Directory"
    transactions: "Transactions"
    queue: "Queue"
    levers: "Callable[[], Levers]"
    clock: Callable[[], datetime]

    def __call__(
        self, attempt: "Attempt", *, token: str, email: str, source: str, device: "Device", browser: "Browser" = "other"
    ) -> bool:
        """Freeze the account of the link; where it is frozen already, change nothing. False where that is over.

        Raises:
            InvalidToken: the link is not good, with this address, for whatever reason.
            Unavailable: it may be frozen or not; asking again tells.
        """
        now = self.clock()
        report = self._good(attempt, token, email_key(email), source, now)
        announced = False
        for _ in range(_TRIES):
            account, standing = self._read(report)
            if report.is_overruled(standing):
                raise InvalidToken(why="superseded")
            attempt.user_id = account.user_id
            if standing.is_frozen(now):
                self._complete(account, standing)
                attempt.refuse("already_frozen")  # for the record: the caller is answered as at first
                return True
            if standing.dispute == report.token_hash and standing.frozen_until:  # which ended by itself
                attempt.refuse("used")
                return False
            if standing.disputed_at >= report.changed_at:
                raise InvalidToken(why="used")
            if not announced:
                # First: it is read once this attempt is over, so no account is frozen silently.
                self._announce(attempt, report, account, device, browser, now)
                announced = True
            try:
                self._freeze(attempt, report, account, standing, now)
            except Superseded:
                continue  # somebody disputed, or changed the password, in between
            return True
        raise Unavailable

    def _good(self, attempt: "Attempt", token: str, identifier: str, source: str, now: datetime) -> "Report":
        hashed = report_hash(token)
        attempt.about(hashed)
        report = self.reports.find(hashed)
        if report is None:
            raise InvalidToken(why="unknown")
        attempt.for_request, attempt.channel = report.request_id, report.channel
        if refusal := report.refusal(now):
            raise InvalidToken(why=refusal)
        if self.levers().void(report.created_at):
            raise InvalidToken(why="void")
        if report.refuses(token, source, now):
            raise InvalidToken(why="refused")
        if not report.is_of(token, identifier):
            self.reports.count_wrong(report, token, source, now)
            raise InvalidToken(why="wrong_address")
        return report

    def _read(self, report: "Report") -> "tuple[Account, Standing]":
        beside = self.reports.beside()
        beside.about([report.user_id])
        account = self.directory.get(report.user_id, beside=beside)
        if account is None:
            raise InvalidToken(why="superseded")
        return account, self.reports.standings(beside).get(report.user_id, NO_STANDING)

    def _announce(  # noqa: PLR0917 - what the message says
        self,
        attempt: "Attempt",
        report: "Report",
        account: "Account",
        device: "Device",
        browser: "Browser",
        now: datetime,
    ) -> None:
        self.queue.send(
            ChangeDisputing(
                request_id=attempt.request_id,
                user_id=account.user_id,
                email=account.email,
                name=account.name,
                phone=account.verified_phone,
                locale=account.locale,
                token_hash=report.token_hash,
                state=account.state,
                frozen_until=self.reports.frozen_until(now),
                device=device,
                browser=browser,
                at=now,
            ),
            delay_seconds=self.settings.notify_delay_seconds,
        )

    def _freeze(
        self, attempt: "Attempt", report: "Report", account: "Account", standing: "Standing", now: datetime
    ) -> None:
        directory = self.directory
        together = isinstance(directory, AtomicDirectory)
        version = None if together else account.version
        writes = [self.reports.freezing(report, standing, attempt.request_id, now, version=version)]
        if isinstance(directory, AtomicDirectory):
            writes.append(directory.outdate_item(account))

        def took_effect() -> bool:
            return self._read(report)[1].disputed_by == attempt.request_id

        try:
            self.transactions.write(writes, took_effect=took_effect)
        except OutcomeUnknown as error:  # of a freeze; no password is at stake
            raise Unavailable from error
        if not together:
            try:
                outdate(directory, account)
            except Superseded as error:
                raise Unavailable from error
            directory.end_sessions(account.user_id)

    def _complete(self, account: "Account", standing: "Standing") -> None:
        """Do what an attempt that froze the account may have died before, where that takes further steps."""
        if isinstance(self.directory, AtomicDirectory):
            return
        if account.version == standing.disputed_version:
            with suppress(Superseded):  # so somebody else has
                self.directory.outdate(account)
        self.directory.end_sessions(account.user_id)
