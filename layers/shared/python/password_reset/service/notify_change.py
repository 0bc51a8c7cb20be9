"""Whoever's password was changed is told."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from password_reset.accounts.identifiers import email_key
from password_reset.channels import Key
from password_reset.delivery.messages import PasswordChanging
from password_reset.proofs.reports import LIFE
from password_reset.proofs.tokens import EVIDENCE, LONGEST_LIFE, MAX_NOTICES

if TYPE_CHECKING:
    from email.message import EmailMessage

    from mypy_boto3_dynamodb.type_defs import PutTypeDef

    from password_reset.channels import Occasion
    from password_reset.channels.phone import PhoneMessage
    from password_reset.delivery.changes import Change, Changes
    from password_reset.delivery.events import Events
    from password_reset.proofs.reports import Reports
    from password_reset.proofs.tokens import Tokens
    from password_reset.service.notices import Notices
    from password_reset.settings import ServiceSettings

EVENT: Final = "notify-change"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class NotifyChange:
    """Tell the account, and other systems, that the password was changed: if it was, and by this attempt.

    By every verified channel that is on, as the account had them before the change: who holds the mailbox reads, and
    deletes, what comes there.
    """

    settings: "ServiceSettings"
    notices: "Notices"
    changes: "Changes"
    tokens: "Tokens"
    reports: "Reports | None"
    events: "Events"
    clock: Callable[[], datetime]

    def __call__(self, announced: PasswordChanging, until: datetime | None = None) -> None:
        """Announce the change, or drop the message of an attempt that changed nothing.

        `until` is how long the worker lives.

        Raises:
            OutOfTime: no longer than the next message might take.
            DeliveryInProgress: another worker is at it.
            Unavailable: the event bus did not take the event.
        """
        with self.notices.attempt(EVENT, announced) as attempt:
            now = self.clock()
            change = self.changes.read(announced, now)
            if change.token is None or not self.changes.happened(announced, change.token, now):
                # An unused token is cleaned up soon, a used one only when nobody can tell any more.
                gone = change.token is None and now >= announced.at + EVIDENCE
                attempt.refuse("evidence_expired" if gone else "not_changed")
                return
            if change.account and change.token.is_undone(change.account):  # it is announced all the same: it happened
                with self.notices.audit.attempt("change-undone", announced.request_id) as undone:
                    undone.user_id = announced.user_id
                    undone.refuse("change_undone")
            self.changes.end_sessions(announced.user_id)
            # The event may come twice and says so by its id; the messages must not, so they come after.
            self.events.password_changed(announced.request_id, announced.user_id, announced.at)
            attempt.leave_to_others()
        self.notices.tell(
            EVENT,
            announced,
            change,
            until,
            mail=lambda occasion: self._mail(announced, change, occasion),
            text=lambda occasion, channel: self._text(announced, change, occasion, channel),
        )

    def _mail(self, announced: PasswordChanging, change: "Change", occasion: "Occasion") -> "EmailMessage":
        report, reset = self._report(announced, change, "email"), self._link(announced, change)
        self.tokens.store(*(issuance for _, issuance in filter(None, (report, reset))))
        return self.notices.mails.changed(occasion, reset and reset[0], report and report[0], first=_is_first(change))

    def _text(
        self, announced: PasswordChanging, change: "Change", occasion: "Occasion", channel: str
    ) -> "PhoneMessage":
        report = self._report(announced, change, channel)
        if report:
            self.tokens.store(report[1])
        return self.notices.phones.messages.changed(occasion, report and report[0], first=_is_first(change))

    def _report(self, announced: PasswordChanging, change: "Change", channel: str) -> "tuple[Key, PutTypeDef] | None":
        """Return a link of the notice's own that disputes the change, wherever the account's address is by now."""
        now = self.clock()
        if self.reports is None or channel not in self.settings.report_channels():
            return None
        if change.token is None or change.account is None or not change.standing.may_dispute(channel, now):
            return None
        issued, issuance = self.reports.issuance(
            announced.user_id,
            email_key(announced.email),
            channel,
            change.token.proven,
            changed_at=announced.at,
            request=announced.request_id,
            now=now,
        )
        language = self.notices.mails.language(self.notices.occasion(announced))
        return Key(self.settings.report_link(issued, language), LIFE), issuance

    def _link(self, announced: PasswordChanging, change: "Change") -> "tuple[Key, PutTypeDef] | None":
        """Return a reset link of the notice's own, for whom the thief has left no place to request one.

        The change voided every link before it, the one of the window's last place too. This one lives until those
        places are free. It goes where a reset would go: to the address that the account still has, and to no other.
        """
        account, token, now = change.account, change.token, self.clock()
        if account is None or token is None or not account.may_reset or account.email != announced.email:
            return None
        if token.is_undone(account) or token.notices >= MAX_NOTICES:  # or notices in a circle
            return None
        if now >= announced.at + LONGEST_LIFE:
            return None
        window = timedelta(seconds=self.settings.reset_limit_window_seconds)
        life = self.tokens.life_until(announced.at + window, now)
        issued, issuance = self.tokens.issuance(
            account,
            "email",
            now,
            life,
            notices=token.notices + 1,
            locale=token.locale,
            client=token.client,
            request=announced.request_id,
        )
        language = self.notices.mails.language(self.notices.occasion(announced))
        return Key(self.settings.reset_link(issued, language, token.client), life), issuance


def _is_first(change: "Change") -> bool:
    """Whether there was no password before: an invitation is void once there is one."""
    return change.token is not None and change.token.purpose == "invitation"
