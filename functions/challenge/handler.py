"""GET /auth/challenge: work for a browser, where an identifier's requests are used up."""

from password_reset.audit import Attempt
from password_reset.bootstrap import Bootstrap
from password_reset.edge.api.challenge import ChallengeAnswer
from password_reset.edge.http import Request, endpoint


@endpoint("challenge", lambda app: app.issue_challenge, guarded=False)
def handler(request: Request, app: Bootstrap, attempt: Attempt) -> ChallengeAnswer:  # noqa: ARG001 - an endpoint's form
    """Issue one, for the source that asks."""
    issued = app.issue_challenge(source=request.source, difficulty=request.query("difficulty"))
    return ChallengeAnswer.model_validate({"kind": app.settings.challenge, **issued})
