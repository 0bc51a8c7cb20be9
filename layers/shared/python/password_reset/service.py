"""The use cases, in the order in which a person meets them. Read this first.

Somebody forgets a password: `RequestReset` counts the request and queues it, for known and unknown addresses
alike. `DeliverReset` looks the account up, away from whoever waits for an answer, and mails a token.
`VerifyToken` tells a page whether to show its form. `ResetPassword` uses the token up and writes the
password, in one transaction. `NotifyChange` tells the account's address. `SignIn` opens a session, which the
next reset ends.
"""

import secrets
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from password_reset.channels import Occasion
from password_reset.errors import InvalidCredentials, InvalidRequest, InvalidToken, Issue, WeakPassword
from password_reset.identifiers import email_key
from password_reset.messages import PasswordChanging, ResetRequested
from password_reset.tokens import token_hash
from password_reset.transactions import Superseded

if TYPE_CHECKING:
    from password_reset.audit import Attempt, Audit
    from password_reset.channels.email import Mails, MailTransport
    from password_reset.deliveries import Deliveries
    from password_reset.devices import Device
    from password_reset.events import Events
    from password_reset.limits import Limit
    from password_reset.messages import Queue
    from password_reset.passwords import Passwords
    from password_reset.sessions import Sessions
    from password_reset.settings import ServiceSettings
    from password_reset.sign_ins import SignIns
    from password_reset.tokens import ResetToken, Tokens
    from password_reset.transactions import Transactions
    from password_reset.users import Account, Users

FLOW_BYTES = 16


@dataclass(frozen=True, kw_only=True)
class RequestReset:
    """Take a request for a reset. No account is looked up here, so nothing here can tell whether there is one."""

    settings: "ServiceSettings"
    per_source: "Limit"
    per_identifier: "Limit"
    queue: "Queue"
    clock: Callable[[], datetime]

    def __call__(
        self, attempt: "Attempt", *, email: str, source: str, locale: str, channel: str, device: "Device"
    ) -> str:
        """Return the flow: what this request is called by whoever made it.

        Raises:
            InvalidRequest: the channel is not enabled.
            RateLimited: the source or the identifier has used up its window.
        """
        identifier = email_key(email)
        attempt.identifier, attempt.channel = identifier, channel
        if channel not in self.settings.channels:
            allowed = f"One of {', '.join(self.settings.channels)}."
            raise InvalidRequest(Issue("channel", "not_enabled", allowed))
        now = self.clock()
        self.per_source.admit(source, now)
        self.per_identifier.admit(identifier, now)
        self.queue.send(
            ResetRequested(
                request_id=attempt.request_id,
                email=identifier,
                locale=locale,
                channel=channel,
                device=device,
                at=now,
            )
        )
        return secrets.token_urlsafe(FLOW_BYTES)


@dataclass(frozen=True, kw_only=True)
class DeliverReset:
    """Send each account under the identifier a token of its own, to the address that it has stored."""

    settings: "ServiceSettings"
    audit: "Audit"
    users: "Users"
    tokens: "Tokens"
    deliveries: "Deliveries"
    mails: "Mails"
    transport: "MailTransport"
    clock: Callable[[], datetime]

    def __call__(self, request: ResetRequested) -> None:
        """Deliver, or drop what is too old to be of use or for nobody.

        Raises:
            DeliveryInProgress: another worker is at it.
        """
        life = timedelta(seconds=self.settings.token_ttl_seconds)
        if self.clock() >= request.at + life:
            self._drop(request, "request_expired")
            return
        accounts = self.users.reachable(request.email)
        if not accounts:
            self._drop(request, "no_account")
        with ExitStack() as every_account:  # has its turn, whatever became of another's
            for account in accounts:
                every_account.callback(self._send, request, account, life)

    def _send(self, request: ResetRequested, account: "Account", life: timedelta) -> None:
        with self._attempt(request) as attempt:
            attempt.user_id = account.user_id
            now = self.clock()
            if not self.deliveries.claim(request.request_id, account.user_id, request.channel, now):
                attempt.refuse("already_sent")
                return
            token = self.tokens.issue(account, request.channel, now)
            occasion = Occasion(
                email=account.email,
                name=account.name,
                locale=request.locale or account.locale,
                at=request.at,
                device=request.device,
                now=now,
            )
            message_id = self.transport.send(self.mails.reset(occasion, self.settings.reset_link(token), life))
            self.deliveries.complete(request.request_id, account.user_id, message_id, self.clock())

    def _drop(self, request: ResetRequested, reason: str) -> None:
        with self._attempt(request) as attempt:
            attempt.refuse(reason)

    def _attempt(self, request: ResetRequested) -> "Attempt":
        attempt = self.audit.attempt("deliver-reset", request.request_id)
        attempt.identifier, attempt.channel = request.email, request.channel
        return attempt


@dataclass(frozen=True, kw_only=True)
class VerifyToken:
    """Tell whether a token may be used. This changes nothing, and no other step relies on it."""

    tokens: "Tokens"
    users: "Users"
    clock: Callable[[], datetime]

    def __call__(self, attempt: "Attempt", token: str) -> datetime | None:
        """Return when the token expires; None if it may not be used, for whatever reason."""
        try:
            found, _ = usable(self.tokens, self.users, token_hash(token), self.clock(), attempt)
        except InvalidToken as error:
            attempt.refuse(error.code)
            return None
        return found.expires_at


@dataclass(frozen=True, kw_only=True)
class ResetPassword:
    """Use a token up and set the password, both or neither."""

    settings: "ServiceSettings"
    tokens: "Tokens"
    users: "Users"
    passwords: "Passwords"
    transactions: "Transactions"
    queue: "Queue"
    clock: Callable[[], datetime]

    def __call__(self, attempt: "Attempt", *, token: str, new_password: str, device: "Device") -> None:
        """Set the password of the token's account.

        Raises:
            InvalidToken: the token may not be used, for whatever reason.
            WeakPassword: the policy refuses the password; the token stays usable.
            Unavailable: nothing was changed; the token stays usable.
            OutcomeUnknown: the password may have been changed.
        """
        hashed, password = token_hash(token), self.passwords.normalise(new_password)
        found, account = usable(self.tokens, self.users, hashed, self.clock(), attempt)
        if issues := self.passwords.refusals(password, email=account.email, name=account.name):
            raise WeakPassword(*issues)
        if issues := self.passwords.reuse(password, account.password_hash, account.password_history):
            self.tokens.count_refusal(found)
            raise WeakPassword(*issues)
        password_hash = self.passwords.hash(password)

        # The notice first: it is read once this attempt is over, so no password changes silently, whatever dies here.
        now = self.clock()
        self.queue.send(
            PasswordChanging(
                request_id=attempt.request_id,
                user_id=account.user_id,
                email=account.email,
                name=account.name,
                locale=account.locale,
                token_hash=hashed,
                device=device,
                at=now,
            ),
            delay_seconds=self.settings.notify_delay_seconds,
        )

        def took_effect() -> bool:
            current = self.tokens.find(hashed)
            if current and current.used_by == attempt.request_id:
                return True
            usable(self.tokens, self.users, hashed, self.clock(), attempt)
            return False

        history = self.passwords.history(account.password_hash, account.password_history)
        try:
            self.transactions.write(
                [
                    self.tokens.consumption(found, attempt.request_id, now),
                    self.users.password_change(account, password_hash, history, now),
                ],
                took_effect=took_effect,
            )
        except Superseded:
            raise InvalidToken from None


@dataclass(frozen=True, kw_only=True)
class NotifyChange:
    """Tell the account's address, and other systems, that the password was changed: if it was, and by this attempt."""

    audit: "Audit"
    tokens: "Tokens"
    deliveries: "Deliveries"
    events: "Events"
    mails: "Mails"
    transport: "MailTransport"
    clock: Callable[[], datetime]

    def __call__(self, change: PasswordChanging) -> None:
        """Announce the change, or drop the message of an attempt that changed nothing.

        Raises:
            DeliveryInProgress: another worker is at it.
            Unavailable: the event bus did not take the event.
        """
        with self.audit.attempt("notify-change", change.request_id) as attempt:
            attempt.user_id, attempt.channel = change.user_id, "email"
            token = self.tokens.find(change.token_hash)
            if token is None or token.used_by != change.request_id:
                attempt.refuse("not_changed")
                return
            # The event may come twice and says so by its id; the mail must not, so it comes after.
            self.events.password_changed(change.request_id, change.user_id, change.at)
            now = self.clock()
            if not self.deliveries.claim(change.request_id, change.user_id, "email", now):
                attempt.refuse("already_sent")
                return
            occasion = Occasion(
                email=change.email,
                name=change.name,
                locale=change.locale,
                at=change.at,
                device=change.device,
                now=now,
            )
            message_id = self.transport.send(self.mails.changed(occasion))
            self.deliveries.complete(change.request_id, change.user_id, message_id, self.clock())


@dataclass(frozen=True, kw_only=True)
class SignIn:
    """Open a session, in the same work for known, unknown, disabled and passwordless accounts."""

    users: "Users"
    passwords: "Passwords"
    sign_ins: "SignIns"
    sessions: "Sessions"
    clock: Callable[[], datetime]

    def __call__(self, attempt: "Attempt", *, email: str, password: str, source: str) -> str:
        """Return a session token.

        Raises:
            RateLimited: this source, or the whole world, failed too often for this identifier.
            InvalidCredentials: address or password is wrong; nobody is told which.
        """
        attempt.identifier = identifier = email_key(email)
        normalised = self.passwords.normalise(password)
        account = self.users.signing_in(identifier, email.strip(" "))
        standing = self.sign_ins.begin(identifier, source, account.credentials_version if account else 0, self.clock())
        if not self.passwords.verify(normalised, account.password_hash if account else None) or account is None:
            self.sign_ins.fail(standing, self.clock())
            raise InvalidCredentials
        attempt.user_id = account.user_id
        self.sign_ins.succeed(standing, self.clock())
        if account.password_hash and self.passwords.is_outdated(account.password_hash):
            self.users.upgrade_hash(account, self.passwords.hash(normalised))
        return self.sessions.issue(account)


def usable(
    tokens: "Tokens", users: "Users", hashed: str, now: datetime, attempt: "Attempt"
) -> "tuple[ResetToken, Account]":
    """Return a token and its account if the one may reset the other, read consistently.

    Raises:
        InvalidToken: it may not, for whatever reason.
    """
    token = tokens.find(hashed)
    if token is None or not token.is_live(now):
        raise InvalidToken
    account = users.get(token.user_id)
    if account is None or account.disabled or account.digest != token.account_digest:
        raise InvalidToken
    attempt.user_id = account.user_id
    return token, account
