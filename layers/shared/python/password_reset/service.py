"""The use cases, in the order in which a person meets them. Read this first.

Somebody forgets a password: `RequestReset` counts the request and queues it, for known and unknown addresses
alike. `DeliverReset` looks the account up, away from whoever waits for an answer, and sends a link or a code.
`VerifyToken` tells a page whether to show its form; `VerifyCode` exchanges a typed code for a token.
`ResetPassword` uses the token up and writes the password, in one transaction. `NotifyChange` tells the
account's address; `RecordFeedback` notes what became of each mail. `SignIn` opens a session, which the next reset ends.
"""

import secrets
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from password_reset.channels import Key, Occasion
from password_reset.deliveries import Delivery
from password_reset.errors import (
    InvalidCode,
    InvalidCredentials,
    InvalidRequest,
    InvalidToken,
    Issue,
    OutcomeUnknown,
    RateLimited,
    Unavailable,
    Undeliverable,
    WeakPassword,
)
from password_reset.identifiers import email_key, is_deliverable
from password_reset.messages import PasswordChanging, ResetRequested
from password_reset.tokens import token_hash
from password_reset.transactions import Superseded

if TYPE_CHECKING:
    from password_reset.audit import Attempt, Audit
    from password_reset.channels.email import Mails, MailTransport
    from password_reset.channels.phone import PhoneChannel, PhoneMessages
    from password_reset.codes import Codes
    from password_reset.deliveries import Deliveries
    from password_reset.devices import Device
    from password_reset.events import Events
    from password_reset.feedback import MailEvent
    from password_reset.limits import Limit
    from password_reset.messages import Queue
    from password_reset.passwords import Passwords
    from password_reset.recipients import Recipients
    from password_reset.sessions import Sessions
    from password_reset.settings import ServiceSettings
    from password_reset.sign_ins import SignIns
    from password_reset.suppressions import Suppressions
    from password_reset.tokens import ResetToken, Tokens
    from password_reset.transactions import Transactions
    from password_reset.users import Account, Users

FLOW_BYTES = 16
NO_PHONE = "no_verified_phone"


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
        attempt.identifier = identifier
        enabled = next((known for known in self.settings.channels if known == channel), None)
        if enabled is None:
            allowed = f"One of {', '.join(self.settings.channels)}."
            raise InvalidRequest(Issue("channel", "not_enabled", allowed))
        attempt.channel = enabled
        now = self.clock()
        self.per_source.admit(source, now)
        self.per_identifier.admit(identifier, now)
        flow = secrets.token_urlsafe(FLOW_BYTES)
        self.queue.send(
            ResetRequested(
                request_id=attempt.request_id,
                flow=flow,
                email=identifier,
                locale=locale,
                channel=enabled,
                device=device,
                at=now,
            )
        )
        return flow


@dataclass(frozen=True, kw_only=True)
class DeliverReset:
    """Send each account under the identifier a link of its own, or the one a code, to what it has stored."""

    settings: "ServiceSettings"
    audit: "Audit"
    recipients: "Recipients"
    codes: "Codes"
    deliveries: "Deliveries"
    sender: "Sender"
    clock: Callable[[], datetime]

    def __call__(self, request: ResetRequested) -> None:
        """Deliver, or drop what is too old to be of use or for nobody.

        Raises:
            DeliveryInProgress: another worker is at it.
        """
        now = self.clock()
        if now >= request.at + timedelta(seconds=self.settings.token_ttl_seconds):
            self._drop(request, "request_expired")
            return
        by_code = bool(request.flow) and self.settings.may_send_code(request.channel)
        with self._attempt(request) as attempt:
            if by_code:  # whatever comes next, the flow can be guessed at like any other
                self.codes.prepare(request.flow, request.email, request.channel, now)
            accounts, suppressed = self.recipients.find(request.email, now)
            # A flow has one code, so accounts that share an identifier get links.
            by_code = by_code and len(accounts) == 1 and self.codes.may_issue(request.email, now)
            if accounts:
                attempt.leave_to_others()
            else:
                attempt.refuse("no_account")
        with ExitStack() as every_account:  # has its turn, whatever became of another's
            for account in accounts:
                every_account.callback(self._reach, request, account, by_code=by_code, suppressed=suppressed)

    def _reach(self, request: ResetRequested, account: "Account", *, by_code: bool, suppressed: bool) -> None:
        channels = [request.channel]
        fallback = self.settings.fallback_channel
        if by_code and fallback and fallback != request.channel and account.has(fallback):
            channels.append(fallback)
        for channel in channels:
            if self._deliver(request, account, channel, by_code=by_code, suppressed=suppressed):
                return

    def _deliver(
        self, request: ResetRequested, account: "Account", channel: str, *, by_code: bool, suppressed: bool
    ) -> bool:
        """Return whether no other channel is to be tried."""
        delivery = Delivery(request_id=request.request_id, user_id=account.user_id, channel=channel)
        with self._attempt(request) as attempt:
            attempt.user_id, attempt.channel = account.user_id, channel
            claim = self.deliveries.claim(delivery, self.clock())
            if claim.settled:
                attempt.refuse(f"already_{claim.settled}")
                return claim.settled == "sent"
            try:
                attempt.channel, message_id = self.sender.send(
                    request,
                    account,
                    delivery,
                    by_code=by_code,
                    suppressed=suppressed,
                    tried_before=claim.tried_before,
                )
            except Undeliverable as undeliverable:
                attempt.refuse(undeliverable.reason)
                self.deliveries.refuse(delivery, undeliverable.reason)
                return undeliverable.reason == NO_PHONE
            self.deliveries.complete(delivery, attempt.channel, message_id, self.clock())
            return True

    def _drop(self, request: ResetRequested, reason: str) -> None:
        with self._attempt(request) as attempt:
            attempt.refuse(reason)

    def _attempt(self, request: ResetRequested) -> "Attempt":
        attempt = self.audit.attempt("deliver-reset", request.request_id)
        attempt.identifier, attempt.channel = request.email, request.channel
        return attempt


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
class VerifyCode:
    """Exchange a code for a reset token, once."""

    per_source: "Limit"
    codes: "Codes"
    tokens: "Tokens"
    users: "Users"
    transactions: "Transactions"
    clock: Callable[[], datetime]

    def __call__(self, attempt: "Attempt", *, flow: str, code: str, source: str) -> tuple[str, datetime]:
        """Return a token of the code's account, and when it expires.

        Raises:
            RateLimited: the source has used up its window.
            InvalidCode: the code may not be used, for whatever reason.
            Unavailable: ask for a new code if this one is refused now.
        """
        now = self.clock()
        self.per_source.admit(source, now)
        found = self.codes.guess(flow, code, now)
        attempt.channel = found.channel
        account = self.users.get(found.user_id)
        if account is None or account.disabled or account.digest != found.account_digest:
            raise InvalidCode
        attempt.user_id = account.user_id
        token, issuance = self.tokens.issuance(account, found.channel, now)
        try:
            self.transactions.write(
                [self.codes.consumption(found, now), {"Put": issuance}],
                took_effect=lambda: self.tokens.find(token_hash(token)) is not None,
            )
        except Superseded:
            raise InvalidCode from None
        except OutcomeUnknown as error:  # of an exchange; no password is at stake
            raise Unavailable from error
        return token, now + self.tokens.life


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
            # What the comparison found is told ten times at the most, to however many ask at once.
            if not self.tokens.count_refusal(found):
                raise InvalidToken
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
            try:
                usable(self.tokens, self.users, hashed, self.clock(), attempt)
            except InvalidToken:
                # The write may have landed between the two reads, and be what changed the account.
                current = self.tokens.find(hashed)
                if current and current.used_by == attempt.request_id:
                    return True
                raise
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
    suppressions: "Suppressions"
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
            delivery = Delivery(request_id=change.request_id, user_id=change.user_id, channel="email")
            claim = self.deliveries.claim(delivery, now)
            if claim.settled:
                attempt.refuse(f"already_{claim.settled}")
                return
            occasion = Occasion(
                email=change.email,
                name=change.name,
                locales=(change.locale,),
                at=change.at,
                device=change.device,
                now=now,
            )
            try:
                self.suppressions.check(change.email, now)
                message_id = self.transport.send(self.mails.changed(occasion), delivery.key)
            except Undeliverable as undeliverable:
                attempt.refuse(undeliverable.reason)
                self.deliveries.refuse(delivery, undeliverable.reason)
                return
            self.deliveries.complete(delivery, "email", message_id, self.clock())


@dataclass(frozen=True, kw_only=True)
class RecordFeedback:
    """Note what became of a mail, and stop mailing an address that bounced for good or complained."""

    audit: "Audit"
    deliveries: "Deliveries"
    suppressions: "Suppressions"
    count: Callable[..., None]
    clock: Callable[[], datetime]

    def __call__(self, event: "MailEvent") -> None:
        """Serve an event; it may come more than once, and in any order."""
        key, outcome = event.delivery, event.outcome
        request_id, _, account = (key or event.id).partition("#")
        with self.audit.attempt("mail-feedback", request_id) as attempt:
            attempt.user_id, attempt.channel = account.rpartition("#")[0] or None, "email"
            for address in event.unwanted:
                attempt.identifier = email_key(address)
                self.suppressions.add(address, outcome, self.clock())
            if key:
                self.deliveries.report(key, outcome, event.time)
            if outcome != "delivered":
                attempt.refuse(outcome)
            self.count("mail-outcome", outcome=outcome)


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
        standing = self.sign_ins.begin(
            identifier,
            source,
            user_id=account.user_id if account else "",
            version=account.credentials_version if account else 0,
            now=self.clock(),
        )
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
