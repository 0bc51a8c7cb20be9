"""GET /auth/me: whose session the request carries, as the authorizer found it."""

from password_reset.audit import Attempt
from password_reset.bootstrap import Bootstrap
from password_reset.edge.api.me import MeAnswer
from password_reset.edge.http import Request, endpoint


@endpoint("me", guarded=False)
def handler(request: Request, app: Bootstrap, attempt: Attempt) -> MeAnswer:  # noqa: ARG001 - an endpoint's shape
    """Answer with the account of the session."""
    session = request.session
    attempt.user_id = session["userId"]
    return MeAnswer(user_id=session["userId"], email=session["email"])
