"""POST /auth/verify-reset-code: a typed code exchanged, once, for a reset token."""

from password_reset.audit import Attempt
from password_reset.bootstrap import Bootstrap
from password_reset.edge.api.verify_code import VerifyResetCodeAnswer, VerifyResetCodeRequest
from password_reset.edge.http import Request, endpoint


@endpoint("verify-reset-code", lambda app: app.verify_code)
def handler(request: Request, app: Bootstrap, attempt: Attempt) -> VerifyResetCodeAnswer:
    """Return a token, or the one answer to every other code."""
    body = request.parse(VerifyResetCodeRequest)
    found = app.verify_code(attempt, flow=body.flow, code=body.code, source=request.source)
    return VerifyResetCodeAnswer(
        token=found.token, expires_at=found.expires_at, email=found.email, client=found.client or None
    )
