"""Everything that a use case can refuse, as one small tree; `problems.py` says how each is answered."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar, Literal


@dataclass(frozen=True)
class Issue:
    """What is wrong with one field: `code` is for programs and stable, `message` is for people."""

    field: str
    code: str
    message: str


class Error(Exception):
    """A refusal or a fault that callers are told about. `code` is stable."""

    code: ClassVar[str] = "error"
    audited_as: ClassVar[str | None] = None
    """What the audit record has instead of the code, where callers are not to be told."""

    def __init__(self, *issues: Issue, retry_after: int | None = None, why: str | None = None) -> None:
        super().__init__(self.code)
        self.issues = issues
        self.why = why
        """What callers aren't told, for the audit alone: a stable word."""
        self.retry_after = retry_after
        """Whole seconds after which trying again makes sense, where that is known."""


class InvalidRequest(Error):
    """The request is not what the endpoint takes."""

    code = "invalid_request"


class PayloadTooLarge(Error):
    """The body is over the size that any request needs."""

    code = "payload_too_large"


class UnsupportedMediaType(Error):
    """The body is not declared as JSON in UTF-8."""

    code = "unsupported_media_type"


class NotFound(Error):
    """No such route, or another method on it."""

    code = "not_found"


class Forbidden(Error):
    """It came past CloudFront, which is to be in front of the API."""

    code = "forbidden"


class NoAccount(Error):
    """Nobody has this address or id whom a new password would let in. Operators alone are told."""

    code = "no_account"


class HasPassword(Error):
    """An invitation is for an account without a password, and this one has one. Operators alone are told."""

    code = "has_password"


class RateLimited(Error):
    """The requester, or somebody for the same identifier, asked too often; `flooded` where far too often."""

    code = "rate_limited"

    def __init__(self, *, retry_after: int, flooded: bool = False, why: str | None = None) -> None:
        super().__init__(retry_after=retry_after, why=why)
        self.flooded = flooded


class ChallengeRequired(Error):
    """The identifier's requests are used up; a solved challenge opens a budget of its own."""

    code = "challenge_required"


class InvalidChallenge(Error):
    """Unknown, used, expired, for another source, too easy or not solved: nobody is told which."""

    code = "invalid_challenge"


class InvalidToken(Error):
    """Unknown, used, expired, superseded or malformed: nobody is told which."""

    code = "invalid_token"


type Factor = Literal["totp", "recovery_code", "phone", "directory"]
"""A kind of second factor; `directory` is one that the team's own store verifies."""


type Purpose = Literal["reset", "invitation"]
"""What a token is for: another password, or the first one."""


class FactorRequired(Error):
    """The account has second factors, of which one must be shown first; only the token's holder is told which."""

    code = "factor_required"

    def __init__(self, factors: Sequence[Factor]) -> None:
        super().__init__()
        self.factors = list(factors)


class InvalidFactor(Error):
    """Wrong, shown before, guessed at too often or not the account's: nobody is told which."""

    code = "invalid_factor"


class InvalidCode(Error):
    """Wrong, used, expired, guessed at too often or never sent: nobody is told which."""

    code = "invalid_code"


class InvalidCredentials(Error):
    """No enabled account has this address and this password: nobody is told which is wrong."""

    code = "invalid_credentials"


class Unauthorized(Error):
    """There is no session, or none that still stands."""

    code = "unauthorized"


class WeakPassword(Error):
    """The password policy refuses the new password; the issues say why."""

    code = "weak_password"


class Unavailable(Error):
    """Something that the service needs is out of reach. What the request was for may be done or not."""

    code = "unavailable"

    def __init__(self, retry_after: int = 5, *, why: str | None = None) -> None:
        super().__init__(retry_after=retry_after, why=why)


class Unchanged(Unavailable):
    """The same, and nothing of what the request was for is done, for certain."""


class StartedTooOften(Unavailable):
    """Operators have had as many messages sent to the account as one takes in an hour."""

    audited_as = "rate_limited"


class UnrecognisedHash(Unchanged):
    """The stored secret is no hash that we know: writing over it could lock its owner out of the team's own sign-in."""

    audited_as = "unrecognised_hash"


class OutcomeUnknown(Unavailable):
    """The write was sent and its answer lost: the password may have been changed."""


class Undeliverable(Error):
    """This message will not reach this recipient by this channel, now or later; `reason` is a stable code."""

    code = "undeliverable"

    def __init__(self, *, reason: str) -> None:
        super().__init__()
        self.reason = reason


class DeliveryInProgress(Error):
    """Another worker holds this message's delivery: its turn is later."""

    code = "delivery_in_progress"


class Superseded(Error):
    """A condition no longer holds: somebody else wrote first."""

    code = "superseded"


@contextmanager
def unchanged() -> Iterator[None]:
    """Tell callers of any fault in this block, which only prepares a change, that nothing was changed.

    Raises:
        Unchanged: there was a fault. Refusals and unknown outcomes leave the block as they are.
    """
    try:
        yield
    except (Unchanged, OutcomeUnknown):
        raise
    except Unavailable as error:
        raise Unchanged(error.retry_after or 0, why=error.why) from error
    except Error:
        raise
    except Exception as error:
        raise Unchanged from error
