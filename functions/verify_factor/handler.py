"""POST /auth/verify-reset-factor: a second factor shown, and the token proven by it."""

from password_reset.audit import Attempt
from password_reset.bootstrap import Bootstrap
from password_reset.edge.api.verify_factor import VerifyResetFactorAnswer, VerifyResetFactorRequest
from password_reset.edge.http import Request, endpoint


@endpoint("verify-reset-factor", lambda app: app.verify_factor)
def handler(request: Request, app: Bootstrap, attempt: Attempt) -> VerifyResetFactorAnswer:
    """Prove the token, or give the one answer to every other value."""
    body = request.parse(VerifyResetFactorRequest)
    value = body.value if "value" in body.model_fields_set else None
    verified = app.verify_factor(
        attempt,
        token=body.token,
        kind=body.kind,
        value=value,
        device=request.device,
        browser=request.browser,
    )
    return VerifyResetFactorAnswer(verified=True) if verified else VerifyResetFactorAnswer(sent=True)
