"""An operator, or another system, starts a reset or an invitation for somebody: never the password (ASVS 6.4.6)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from password_reset.accounts.identifiers import email_key, is_deliverable
from password_reset.channels.words.catalogue import readable
from password_reset.delivery.messages import ResetStarted
from password_reset.delivery.recipients import MAX_ACCOUNTS
from password_reset.errors import (
    HasPassword,
    InvalidRequest,
    Issue,
    NoAccount,
    RateLimited,
    StartedTooOften,
    Unavailable,
)
from password_reset.levers import PAUSED_SECONDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from password_reset.accounts.directory import Account, Directory
    from password_reset.audit import Attempt
    from password_reset.delivery.messages import Queue
    from password_reset.errors import Purpose
    from password_reset.levers import Levers
    from password_reset.limits.windows import Limit
    from password_reset.settings import ServiceSettings

INVITATION_SECONDS = 86_400
LONGEST_INVITATION_SECONDS = 604_800
STARTED_AN_HOUR = 10
"""Messages that operators have sent to one account in an hour: a loop somewhere must not fill a mailbox."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class StartReset:
    """Queue the message for each account. Whoever starts it is told whether there is one, and is shown no token."""

    settings: "ServiceSettings"
    directory: "Directory"
    per_account: "Limit"
    queue: "Queue"
    levers: "Callable[[], Levers]"
    clock: Callable[[], datetime]

    def __call__(
        self,
        attempt: "Attempt",
        *,
        email: str = "",
        user_id: str = "",
        purpose: "Purpose" = "reset",
        lifetime_seconds: int = 0,
        locale: str = "",
        force: "Callable[[str], None] | None" = None,
    ) -> None:
        """Start it.

        `force` takes an account's password away, by its id: once its message can't be refused any more, or somebody is
        shut out, and not told.

        Raises:
            InvalidRequest: not exactly one of address and id, or a lifetime that is too long, or none.
            NoAccount: there is none that can be mailed, and that a new password would let in.
            HasPassword: an invitation is for accounts without one.
            StartedTooOften: too many were started for this account, for each of them where there are several.
            Unavailable: messages are paused.
        """
        if bool(email) == bool(user_id):
            raise InvalidRequest(Issue("email", "malformed", "Give either email or userId."))
        life = self._life(purpose, lifetime_seconds)
        if email:
            attempt.identifier = email_key(email)
        if self.levers().sends_nothing:
            raise Unavailable(PAUSED_SECONDS, why="paused")
        accounts = self._accounts(email, user_id)
        if purpose == "invitation":
            accounts = [account for account in accounts if not account.has_password]
            if not accounts:
                raise HasPassword
        now = self.clock()
        for account in self._admitted(accounts, now):
            attempt.user_id, attempt.identifier, attempt.channel = account.user_id, email_key(account.email), "email"
            if force:
                force(account.user_id)
            self.queue.send(
                ResetStarted(
                    request_id=attempt.request_id,
                    user_id=account.user_id,
                    email=account.email,
                    locale=readable(locale),
                    device="other",
                    at=now,
                    purpose=purpose,
                    lifetime_seconds=int(life.total_seconds()),
                    forced=force is not None,
                )
            )

    def _accounts(self, email: str, user_id: str) -> "Sequence[Account]":
        if email:
            found = self.directory.find(email_key(email), spelling=email.strip(" "), most=MAX_ACCOUNTS)
        else:
            account = self.directory.get(user_id)
            found = [account] if account else []
        accounts = [account for account in found if account.may_reset and is_deliverable(account.email)]
        if not accounts:
            raise NoAccount
        return accounts

    def _admitted(self, accounts: "Sequence[Account]", now: datetime) -> "Sequence[Account]":
        """Count a message for each account; return those that may have it, for none costs another its own."""
        admitted, waits = [], []
        for account in accounts:
            try:
                self.per_account.admit(account.user_id, now)
            except RateLimited as error:
                waits.append(error.retry_after or 0)
            else:
                admitted.append(account)
        if not admitted:
            raise StartedTooOften(min(waits))
        return admitted

    def _life(self, purpose: "Purpose", wanted: int) -> timedelta:
        usual, longest = {
            "reset": (self.settings.token_ttl_seconds, self.settings.token_ttl_seconds),
            "invitation": (INVITATION_SECONDS, LONGEST_INVITATION_SECONDS),
        }[purpose]
        if wanted > longest:
            raise InvalidRequest(Issue("lifetimeSeconds", "too_long", f"At most {longest}."))
        if wanted < 0:
            raise InvalidRequest(Issue("lifetimeSeconds", "malformed", "At least 1."))
        return timedelta(seconds=wanted or usual)
