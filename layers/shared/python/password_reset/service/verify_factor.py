"""A second factor is shown, and the token is proven by it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from password_reset.delivery.messages import FactorCodeRequested, RecoveryCodeUsed
from password_reset.errors import InvalidFactor, OutcomeUnknown, RateLimited, Superseded, Unavailable
from password_reset.proofs.tokens import token_hash
from password_reset.service.verify_token import usable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from password_reset.accounts.directory import Account, Directory, VerifyingDirectory
    from password_reset.audit import Attempt
    from password_reset.aws.transactions import Transactions
    from password_reset.delivery.messages import Queue
    from password_reset.devices import Browser, Device
    from password_reset.levers import Levers
    from password_reset.limits.windows import Limit
    from password_reset.proofs.factors import Factors
    from password_reset.proofs.own import Own
    from password_reset.proofs.tokens import Held, ResetToken, Tokens
    from password_reset.settings import ServiceSettings


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class VerifyFactor:
    """Count a guess at a factor, then compare it; a right one proves the token, once."""

    settings: "ServiceSettings"
    tokens: "Tokens"
    directory: "Directory"
    verifier: "VerifyingDirectory | None"
    """The directory, where it has factors of its own."""
    own: "Own"
    factors: "Factors"
    a_day: "Limit"
    a_month: "Limit"
    transactions: "Transactions"
    queue: "Queue"
    levers: "Callable[[], Levers]"
    clock: Callable[[], datetime]

    def __call__(
        self,
        attempt: "Attempt",
        *,
        token: str,
        kind: str,
        value: str | None,
        device: "Device",
        browser: "Browser" = "other",
    ) -> bool:
        """Prove the token by a factor of its account; False where, for a phone without a value, a code is sent.

        Raises:
            InvalidToken: the token may not be used, for whatever reason.
            InvalidFactor: it is not proven, for whatever reason.
            Unavailable: it may be proven or not; a one-time password that is refused now is good no more.
        """
        hashed, now = token_hash(token), self.clock()
        found, account, held = usable(
            self.tokens, self.directory, hashed, now, attempt, levers=self.levers(), own=self.own
        )
        if held.kinds and found.is_proven(held):
            return True  # an answer was lost: nothing is compared or used up
        if value is None:
            if kind != "phone":  # nothing is compared, so nothing is counted
                raise InvalidFactor
            self._send(attempt, found, account, held, device, browser, now)
            return False
        self._count(found, account, kind, now)
        proof = self._proof(kind, value, found, account, held, now)
        if proof is None:
            raise InvalidFactor
        newer = self._is_newer(kind, value, found, account, held, now)
        if kind == "recovery_code":
            self._announce(attempt, found, account, device, browser, now)

        def took_effect() -> bool:
            current = self.tokens.find(hashed)
            return current is not None and current.proven_by == attempt.request_id

        try:
            self.transactions.write(
                [self.tokens.proof(found, held.version, attempt.request_id, now, newer=newer), proof],
                took_effect=took_effect,
            )
        except Superseded:  # shown to another token, or replaced, in between
            raise InvalidFactor from None
        except OutcomeUnknown as error:  # of a proof; no password is at stake
            raise Unavailable from error
        return True

    def _proof(  # noqa: PLR0917 - what was read
        self, kind: str, value: str, token: "ResetToken", account: "Account", held: "Held", now: datetime
    ) -> "TransactWriteItemTypeDef | None":
        if kind != "directory":
            return self.factors.prove(kind, value, token, account, held, now)
        right = self.verifier is not None and held.by_directory and self.verifier.verify_factor(account, value)
        return self.factors.unchanged(token.user_id, held) if right else None

    def _is_newer(  # noqa: PLR0917 - what was read
        self, kind: str, value: str, token: "ResetToken", account: "Account", held: "Held", now: datetime
    ) -> bool:
        """Whether what was shown is newer than a change that can be disputed still."""
        older = self.own.older(held, account, token, now)
        if older is None or kind not in older.kinds:
            return older is not None
        return kind == "recovery_code" and self.factors.prove(kind, value, token, account, older, now) is None

    def _send(  # noqa: PLR0917 - what the message says
        self,
        attempt: "Attempt",
        token: "ResetToken",
        account: "Account",
        held: "Held",
        device: "Device",
        browser: "Browser",
        now: datetime,
    ) -> None:
        if not held.other_channel or not self.tokens.count_sending(token, now):
            raise InvalidFactor
        self.queue.send(
            FactorCodeRequested(
                request_id=attempt.request_id,
                user_id=account.user_id,
                email=account.email,
                locale=token.locale or account.locale,
                token_hash=token.token_hash,
                device=device,
                browser=browser,
                client=token.client,
                at=now,
            )
        )

    def _count(self, token: "ResetToken", account: "Account", kind: str, now: datetime) -> None:
        # Before anything is compared, so that rivals can't share one count; nobody is told which was full.
        if not self.tokens.count_factor(token, now):
            raise InvalidFactor
        try:
            self.a_day.admit(account.user_id, now)
            if kind != "recovery_code":
                self.a_month.admit(account.user_id, now)
        except RateLimited:
            raise InvalidFactor from None

    def _announce(  # noqa: PLR0917 - what the notice says
        self,
        attempt: "Attempt",
        token: "ResetToken",
        account: "Account",
        device: "Device",
        browser: "Browser",
        now: datetime,
    ) -> None:
        """Queue the notice first: it is read once this attempt is over, so no code is used silently."""
        self.queue.send(
            RecoveryCodeUsed(
                request_id=attempt.request_id,
                user_id=account.user_id,
                email=account.email,
                name=account.name,
                locale=token.locale or account.locale,
                token_hash=token.token_hash,
                device=device,
                browser=browser,
                client=token.client,
                at=now,
            ),
            delay_seconds=self.settings.notify_delay_seconds,
        )
