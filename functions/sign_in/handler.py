"""POST /auth/sign-in: a session for an address and its password."""

from password_reset.audit import Attempt
from password_reset.bootstrap import Bootstrap
from password_reset.edge.api.sign_in import SignInAnswer, SignInRequest
from password_reset.edge.http import Request, endpoint


@endpoint("sign-in", lambda app: (app.sessions, app.limits.sign_ins, app.passwords))
def handler(request: Request, app: Bootstrap, attempt: Attempt) -> SignInAnswer:
    """Answer the same for every failure."""
    body = request.parse(SignInRequest)
    session, device = app.sign_in(
        attempt, email=body.email, password=body.password, source=request.source, device_token=body.device_token
    )
    return SignInAnswer(access_token=session, expires_in=app.settings.session_ttl_seconds, device_token=device)
