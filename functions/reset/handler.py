"""POST /auth/reset-password: a token used up and a password written, both or neither."""

from password_reset.audit import Attempt
from password_reset.bootstrap import Bootstrap
from password_reset.edge.api.reset import ResetPasswordAnswer, ResetPasswordRequest
from password_reset.edge.http import Request, endpoint


@endpoint("reset-password", lambda app: app.reset_password)
def handler(request: Request, app: Bootstrap, attempt: Attempt) -> ResetPasswordAnswer:
    """Set the password, and sign nobody in."""
    body = request.parse(ResetPasswordRequest)
    app.reset_password(
        attempt,
        token=body.token,
        new_password=body.new_password,
        device=request.device,
        browser=request.browser,
    )
    return ResetPasswordAnswer()
