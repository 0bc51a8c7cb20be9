"""POST /auth/verify-reset-token: reads, and changes nothing."""

from password_reset.audit import Attempt
from password_reset.bootstrap import Bootstrap
from password_reset.edge.api.verify import VerifyResetTokenAnswer, VerifyResetTokenRequest
from password_reset.edge.http import Request, endpoint


@endpoint("verify-reset-token", lambda app: app.verify_token)
def handler(request: Request, app: Bootstrap, attempt: Attempt) -> VerifyResetTokenAnswer:
    """Tell whether the token may still be used, and no more."""
    body = request.parse(VerifyResetTokenRequest)
    found = app.verify_token(attempt, body.token)
    if found is None:
        return VerifyResetTokenAnswer(valid=False)
    return VerifyResetTokenAnswer(
        valid=True,
        expires_at=found.expires_at,
        email=found.email,
        purpose=found.purpose,
        factors=list(found.factors) or None,
        client=found.client or None,
    )
