"""Accounts behind a function of the team's own, in whatever they are kept: one JSON document there, one back.

The function is invoked synchronously and once: what it does with a document is its own, and a second try of ours could
do it twice. What it answers is believed as far as it is well formed and about what was asked; a directory that
answers garbage, late, too much or about somebody else is out of reach, and nothing of its answer is shown or logged.
"""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pydantic import ValidationError

from password_reset.accounts.answers import (
    Changed,
    ChangePassword,
    Ended,
    EndSessions,
    FactorVerified,
    Find,
    Found,
    Get,
    Got,
    Landed,
    Outdate,
    Outdated,
    StoredAccount,
    TookEffect,
    VerifyFactor,
)
from password_reset.accounts.directory import Account, Change, Refused, Traits, spelled_first
from password_reset.accounts.shape import NOBODY
from password_reset.aws.items import Beside
from password_reset.errors import Issue, OutcomeUnknown, Superseded, Unavailable

if TYPE_CHECKING:
    from pydantic import BaseModel

MAX_ANSWER_BYTES = 64 * 1024
DEADLINE = timedelta(seconds=4)
"""What a change has: less than we wait for its answer."""
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_ID = re.compile(r"[^\x00-\x20#@\x7f-\x9f\ud800-\udfff]{1,128}")
_TRAITS = Traits(write="conditional", knows_changes=True, rehashes=False, keeps_history=False)


class Unanswered(Exception):
    """The function did not answer, or with nothing that can be used: whether it did what it was asked is unknown."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class FunctionDirectory:
    """The accounts behind a function.

    `invoke` sends it a document, and raises `Unavailable` where that did not reach it, `Unanswered` where it may have.
    """

    invoke: Callable[[bytes], bytes]
    clock: Callable[[], datetime]
    traits: Traits = _TRAITS

    def find(
        self, identifier: str, *, spelling: str = "", most: int, evenly: bool = False, beside: Beside | None = None
    ) -> Sequence[Account]:
        """Return the enabled accounts under an identifier; it is the function's to work evenly until it answers."""
        found = self._read(Find(identifier=identifier), Found).accounts
        accounts = [_account(stored) for stored in found or [_nobody(spelling or identifier)]]
        if len({account.user_id for account in accounts}) < len(accounts):
            raise Unavailable
        enabled = [account for account in accounts if not account.disabled and account.is_addressed(identifier)]
        chosen = spelled_first(enabled, spelling)[:most]
        if beside is not None and (evenly or (found and chosen)):
            beside.about([account.user_id for account in chosen] or [NOBODY])
            beside.read({})
        return chosen if found else []

    def get(self, user_id: str, *, beside: Beside | None = None) -> Account | None:
        """Return an account, if it is the one that was asked for."""
        if beside is not None:
            beside.read({})
        if not _ID.fullmatch(user_id):
            return None
        stored = self._read(Get(user_id=user_id), Got).account
        if stored is not None and stored.user_id != user_id:
            raise Unavailable
        return None if stored is None else _account(stored)

    def change(self, account: Account, change: Change) -> None:
        """Have a hash written over the state that was read."""
        request = ChangePassword(
            user_id=account.user_id,
            state=str(account.handle),
            change_id=change.attempt,
            password_hash=change.password_hash,
            changed_at=change.at,
            deadline=self.clock() + DEADLINE,
            verifies_address=change.verifies_address,
        )
        try:
            answer = self._ask(request, Changed)
        except Unanswered as error:
            if self._landed(request):
                return
            raise OutcomeUnknown from error  # it may be on its way still
        if answer.result == "superseded":
            raise Superseded
        if answer.result == "refused":
            raise Refused(*(Issue("newPassword", reason.code, reason.message) for reason in answer.reasons))

    def landed(self, user_id: str, state: str, attempt: str) -> bool | None:  # noqa: ARG002 - the port's
        """Return what the function says of that change."""
        return self._read(Landed(user_id=user_id, change_id=attempt), TookEffect).landed

    def rehash(self, account: Account, password_hash: str) -> Account | None:  # noqa: ARG002 - the port's
        """Write nothing: parameters of hashes are for the team's own sign-in to renew."""
        return self.get(account.user_id)

    def outdate(self, account: Account) -> None:
        """Have the version counted up over the state that was read."""
        request = Outdate(user_id=account.user_id, state=str(account.handle))
        if self._read(request, Outdated).result == "superseded":
            raise Superseded

    def end_sessions(self, user_id: str) -> None:
        """Have the account's sessions ended."""
        self._read(EndSessions(user_id=user_id), Ended)

    def verify_factor(self, account: Account, value: str) -> bool:
        """Return what the function says of a value; where its answer is lost, the next value opens."""
        request = VerifyFactor(user_id=account.user_id, state=str(account.handle), value=value)
        return self._read(request, FactorVerified).verified

    def _landed(self, request: ChangePassword) -> bool | None:
        try:
            return self.landed(request.user_id, "", request.change_id)
        except Unavailable:
            return None

    def _read[Answer: BaseModel](self, request: "BaseModel", kind: type[Answer]) -> Answer:
        try:
            return self._ask(request, kind)
        except Unanswered as error:  # what may be asked again
            raise Unavailable from error

    def _ask[Answer: BaseModel](self, request: "BaseModel", kind: type[Answer]) -> Answer:
        body = self.invoke(request.model_dump_json(by_alias=True).encode())
        if len(body) > MAX_ANSWER_BYTES:
            raise Unanswered
        try:
            return kind.model_validate_json(body)
        except ValidationError:
            # Neither what was wrong with it nor what it was: it may quote addresses and hashes.
            raise Unanswered from None


def _nobody(email: str) -> StoredAccount:
    return StoredAccount.model_construct(user_id=NOBODY, email=email, state=NOBODY, version=0, password_hash=NOBODY)


def _account(stored: StoredAccount) -> Account:
    digest = hashlib.sha256(f"{stored.user_id}\n{stored.state}".encode()).hexdigest()
    return Account(
        user_id=stored.user_id,
        email=stored.email,
        name=stored.name,
        locale=stored.locale,
        verified_phone=stored.phone if stored.phone and _E164.fullmatch(stored.phone) else None,
        disabled=stored.disabled,
        provider=stored.provider,
        version=stored.version,
        secret=stored.password_hash,
        history=[],
        stored_secret=digest if stored.password_hash is None else stored.password_hash,
        state=digest,
        handle=stored.state,
        has_factor=stored.factor,
        factor_since=stored.factor_since,
    )
