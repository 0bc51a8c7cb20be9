"""POST /operator/resets: a reset or an invitation for somebody else, by whoever signs with AWS credentials."""

from password_reset.audit import Attempt
from password_reset.bootstrap import Bootstrap
from password_reset.edge.api.start import StartResetAnswer, StartResetRequest
from password_reset.edge.http import Request, endpoint
from password_reset.errors import NotFound


@endpoint("start-reset", lambda app: app.start_reset, status=202)
def handler(request: Request, app: Bootstrap, attempt: Attempt) -> StartResetAnswer:
    """Start it, and show no token."""
    attempt.operator = request.principal or None
    if not request.principal:  # which the gateway lets nobody without credentials come to
        raise NotFound
    body = request.parse(StartResetRequest)
    app.start_reset(attempt, **body.model_dump() | {"locale": body.locale or ""})
    return StartResetAnswer(request_id=attempt.request_id)
