"""The one table of how each refusal is answered, and what every answer carries.

Plain data, without AWS: the functions answer with it, and the deployed gateway for what reaches none of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from password_reset.edge.api.problem import FieldProblem, Problem
from password_reset.errors import (
    ChallengeRequired,
    Error,
    FactorRequired,
    Forbidden,
    HasPassword,
    InvalidChallenge,
    InvalidCode,
    InvalidCredentials,
    InvalidFactor,
    InvalidRequest,
    InvalidToken,
    NoAccount,
    NotFound,
    OutcomeUnknown,
    PayloadTooLarge,
    RateLimited,
    StartedTooOften,
    Unauthorized,
    Unavailable,
    Unchanged,
    UnrecognisedHash,
    UnsupportedMediaType,
    WeakPassword,
)

MAX_BODY_BYTES = 8 * 1024
SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}


@dataclass(frozen=True)
class Answer:
    """How a refusal is answered."""

    status: int
    title: str
    detail: str
    outcome: Literal["unchanged"] | None = None


_UNCHANGED = Answer(
    503, "Unavailable", "The service cannot answer now; nothing was changed. Try again.", outcome="unchanged"
)

ANSWERS: Mapping[type[Error], Answer] = {
    InvalidRequest: Answer(400, "Invalid request", "The request is not what this endpoint takes."),
    ChallengeRequired: Answer(
        400, "Challenge required", "There were too many requests for this address. Solve a challenge and try again."
    ),
    InvalidChallenge: Answer(
        400, "Invalid or expired challenge", "The challenge was not solved, or no longer counts. Solve a new one."
    ),
    InvalidToken: Answer(
        400,
        "Invalid or expired reset token",
        "This link is no longer valid. Ask for a new one and use the latest mail.",
    ),
    FactorRequired: Answer(
        400, "Second factor required", "Prove this reset by another factor first: the link alone is not enough here."
    ),
    InvalidFactor: Answer(
        400, "Invalid second factor", "This was not accepted. Wait for the next code, or use another way."
    ),
    InvalidCode: Answer(
        400,
        "Invalid or expired code",
        "This code is not valid. Check it against the latest message, or ask for a new one.",
    ),
    WeakPassword: Answer(400, "Password refused", "Choose another password; this one does not meet the policy."),
    InvalidCredentials: Answer(401, "Sign-in refused", "Address or password is wrong."),
    Unauthorized: Answer(401, "Not signed in", "Sign in and try again."),
    Forbidden: Answer(403, "Forbidden", "Use the address of the pages: this one is closed."),
    NotFound: Answer(404, "Not found", "There is nothing at this address for this method."),
    NoAccount: Answer(404, "No such account", "No account that can reset its password here has this address or id."),
    HasPassword: Answer(409, "Password already set", "This account has a password. Start a reset instead."),
    PayloadTooLarge: Answer(413, "Body too large", f"A body may have {MAX_BODY_BYTES} bytes."),
    UnsupportedMediaType: Answer(415, "Unsupported media type", "Send JSON in UTF-8, as application/json."),
    RateLimited: Answer(429, "Too many requests", "Too many requests. Try again later."),
    Unavailable: Answer(503, "Unavailable", "The service cannot answer now. Try again."),
    Unchanged: _UNCHANGED,
    StartedTooOften: Answer(
        503, "Too many messages", "This account got as many messages as one may within an hour. Try again later."
    ),
    UnrecognisedHash: _UNCHANGED,  # why is for operators alone
    OutcomeUnknown: Answer(
        503,
        "Outcome unknown",
        "The password may have been changed. Try signing in with the new one; if that fails, try again.",
    ),
}


def problem(error: Error, request_id: str) -> Problem:
    """Return the problem details (RFC 9457) that a refusal is answered with."""
    answer = ANSWERS[type(error)]
    return Problem(
        type=f"urn:password-reset:problem:{error.code}",
        title=answer.title,
        status=answer.status,
        detail=answer.detail,
        code=error.code,
        errors=[FieldProblem(field=i.field, code=i.code, message=i.message) for i in error.issues] or None,
        factors=error.factors if isinstance(error, FactorRequired) else None,
        outcome=answer.outcome,
        request_id=request_id,
    )
