"""A typed code becomes a token."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from password_reset.errors import InvalidCode, OutcomeUnknown, Superseded, Unavailable
from password_reset.proofs.tokens import token_hash

if TYPE_CHECKING:
    from password_reset.accounts.directory import Directory
    from password_reset.audit import Attempt
    from password_reset.aws.transactions import Transactions
    from password_reset.levers import Levers
    from password_reset.limits.windows import Limit
    from password_reset.proofs.codes import Codes
    from password_reset.proofs.tokens import Tokens


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Exchanged:
    """What a code was exchanged for, whose it is, and who asked."""

    token: str
    expires_at: datetime
    email: str
    client: str


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class VerifyCode:
    """Exchange a code for a reset token, once."""

    per_source: "Limit"
    codes: "Codes"
    tokens: "Tokens"
    directory: "Directory"
    transactions: "Transactions"
    levers: "Callable[[], Levers]"
    clock: Callable[[], datetime]

    def __call__(self, attempt: "Attempt", *, flow: str, code: str, source: str) -> Exchanged:
        """Return a token of the code's account, which expires with the code.

        Raises:
            RateLimited: the source has used up its window.
            InvalidCode: the code may not be used, for whatever reason.
            Unavailable: ask for a new code if this one is refused now.
        """
        now, levers = self.clock(), self.levers()
        self.per_source.at(levers.limit_per_source).admit(source, now)
        found = self.codes.guess(flow, code, now)
        attempt.channel, attempt.for_request = found.channel, found.request_id or None
        if levers.void(found.created_at):
            raise InvalidCode(why="void")
        account = self.directory.get(found.user_id)
        if account is None or not account.may_reset or account.state != found.account_digest:
            raise InvalidCode
        attempt.user_id = account.user_id
        life = min(self.tokens.life, found.life(now))
        token, issuance = self.tokens.issuance(
            account,
            found.channel,
            now,
            life,
            locale=found.locale,
            client=found.client,
            request=found.request_id,
            carried_to=found.carried_to,
        )
        attempt.about(token_hash(token))
        try:
            self.transactions.write(
                [self.codes.consumption(found, now), {"Put": issuance}],
                took_effect=lambda: self.tokens.find(token_hash(token)) is not None,
            )
        except Superseded:
            raise InvalidCode from None
        except OutcomeUnknown as error:  # of an exchange; no password is at stake
            raise Unavailable from error
        return Exchanged(token=token, expires_at=now + life, email=account.email, client=found.client)
