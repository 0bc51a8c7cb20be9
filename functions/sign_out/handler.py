"""POST /auth/sign-out: ends the one session that the request carries."""

from datetime import UTC, datetime

from password_reset.audit import Attempt
from password_reset.bootstrap import Bootstrap
from password_reset.edge.http import Request, endpoint


@endpoint("sign-out", lambda app: app.sessions, guarded=False)
def handler(request: Request, app: Bootstrap, attempt: Attempt) -> None:
    """Put the session's id on the list that the authorizer reads."""
    session = request.session
    attempt.user_id = session["userId"]
    app.sessions.revoke(session["tokenId"], datetime.fromtimestamp(int(session["expiresAt"]), UTC))
