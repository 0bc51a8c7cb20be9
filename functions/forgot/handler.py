"""POST /auth/forgot-password: counted and queued, for known and unknown addresses alike."""

from password_reset.audit import Attempt
from password_reset.bootstrap import Bootstrap
from password_reset.edge.api.forgot import ForgotPasswordAnswer, ForgotPasswordRequest
from password_reset.edge.http import Request, endpoint


@endpoint("forgot-password", lambda app: app.request_reset)
def handler(request: Request, app: Bootstrap, attempt: Attempt) -> ForgotPasswordAnswer:
    """Answer the same for everybody."""
    body = request.parse(ForgotPasswordRequest)
    flow = app.request_reset(
        attempt,
        email=body.email,
        source=request.source,
        locale=body.locale or "",
        channel=body.channel,
        device=request.device,
        browser=request.browser,
        client=body.client,
        challenge=body.challenge,
    )
    return ForgotPasswordAnswer(flow=flow)
