"""A token is used up and a password written."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from password_reset.accounts.directory import Change
from password_reset.audit import count
from password_reset.delivery.messages import PasswordChanging
from password_reset.errors import FactorRequired, InvalidToken, UnrecognisedHash, WeakPassword, unchanged
from password_reset.proofs.tokens import token_hash
from password_reset.service.verify_token import usable

if TYPE_CHECKING:
    from password_reset.accounts.directory import Account, Directory
    from password_reset.audit import Attempt
    from password_reset.delivery.messages import Queue
    from password_reset.devices import Browser, Device
    from password_reset.levers import Levers
    from password_reset.passwords.passwords import Passwords
    from password_reset.proofs.own import Own
    from password_reset.proofs.tokens import Held, ResetToken, Tokens
    from password_reset.service.writes import Write
    from password_reset.settings import ServiceSettings


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ResetPassword:
    """Use a token up and set the password, both or neither."""

    settings: "ServiceSettings"
    tokens: "Tokens"
    directory: "Directory"
    own: "Own | None"
    passwords: "Passwords"
    write: "Write"
    queue: "Queue"
    levers: "Callable[[], Levers]"
    clock: Callable[[], datetime]

    def __call__(
        self,
        attempt: "Attempt",
        *,
        token: str,
        new_password: str,
        device: "Device",
        browser: "Browser" = "other",
    ) -> None:
        """Set the password of the token's account.

        Raises:
            InvalidToken: the token may not be used, for whatever reason.
            FactorRequired: the account has a second factor, and none was shown; the token stays usable.
            UnrecognisedHash: the account's secret is nothing that we know, and stays as it is.
            WeakPassword: the policy refuses the password; the token stays usable.
            Unchanged: nothing was changed; the token stays usable.
            OutcomeUnknown: the password may have been changed.
        """
        with unchanged():
            prepared = self._prepare(attempt, token, new_password, device, browser)
        self.write(attempt, *prepared)

    def _prepare(
        self, attempt: "Attempt", token: str, new_password: str, device: "Device", browser: "Browser"
    ) -> "tuple[ResetToken, Account, Held, Change]":
        """Do all that changes nothing, and announce what comes."""
        levers = self.levers()
        levers.take_resets()
        hashed, password = token_hash(token), self.passwords.normalise(new_password)
        found, account, held = usable(
            self.tokens, self.directory, hashed, self.clock(), attempt, levers=levers, own=self.own
        )
        if not found.is_proven(held):
            raise FactorRequired(held.kinds)
        self._check(found, account, password)
        itself = self.directory.traits.hashes_itself
        password_hash = "" if itself else self.passwords.hash(password, account.password_hash)

        # The notice first: it is read once this attempt is over, so no password changes silently, whatever dies here.
        now = self.clock()
        self.queue.send(
            PasswordChanging(
                request_id=attempt.request_id,
                user_id=account.user_id,
                email=account.email,
                name=account.name,
                phone=account.verified_phone,
                locale=found.locale or account.locale,
                token_hash=hashed,
                device=device,
                browser=browser,
                at=now,
            ),
            delay_seconds=self.settings.notify_delay_seconds,
        )

        change = Change(
            attempt=attempt.request_id,
            password_hash=password_hash,
            password=password if itself else "",
            history=self.passwords.history(account.password_hash, account.history),
            at=now,
            verifies_address=self.settings.verify_on_reset and found.channel == "email",
        )
        return found, account, held, change

    def _check(self, token: "ResetToken", account: "Account", password: str) -> None:
        if account.secret is not None and not self.passwords.recognises(account.password_hash):
            count("unrecognised-hash")
            raise UnrecognisedHash
        if issues := self.passwords.refusals(password, email=account.email, name=account.name):
            raise WeakPassword(*issues)
        if issues := self.passwords.reuse(password, account.password_hash, account.history):
            # What the comparison found is told ten times at the most, to however many ask at once.
            if not self.tokens.count_refusal(token):
                raise InvalidToken(why="refused")
            raise WeakPassword(*issues)
