"""The gate in front of routes that need a session: an API Gateway REQUEST authorizer.

A session that does not stand is denied by a policy, which callers get as 401. An outage is raised: the gateway then
lets nobody through and answers 503, and the function's errors and the API's faults are counted, which alarms watch.
"""

from typing import TYPE_CHECKING, Any

from password_reset.audit import describe, logger
from password_reset.bootstrap import bootstrap, prepare
from password_reset.edge.http import GatewayEvent, Request, admitted
from password_reset.errors import Forbidden, RateLimited, Unauthorized, Unavailable

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

prepare(lambda app: app.sessions, lambda app: app.levers())


def authorize(event: GatewayEvent, context: "LambdaContext") -> dict[str, Any]:
    """Return an IAM policy: allow the API, with whose session it is, or deny the request.

    Raises:
        Unavailable: whether the session stands could not be found out.
    """
    try:
        request = Request(event)
        _, token = request.source, request.bearer_token
    except (AttributeError, KeyError, TypeError, ValueError):  # an event that no gateway sends
        return _policy("Deny", event["methodArn"], "nobody", {})
    try:
        app = bootstrap()
        with app.audit.attempt("authorize", context.aws_request_id) as attempt:
            source = attempt.source = admitted(request, app).source
            app.levers().admit(source)
            session = app.sessions.verify(token)
            attempt.user_id = session.account.user_id
    except (Unauthorized, RateLimited, Forbidden):
        return _policy("Deny", event["methodArn"], "nobody", {})
    except Exception as error:  # noqa: BLE001 - whatever it is, nobody is let through
        logger.error("authorizer failed", extra={"fault": describe(error)})
        # Another exception than that: Lambda logs its text, and texts of others quote parameters, tokens among them.
        raise Unavailable from None
    told = {
        "userId": session.account.user_id,
        "email": session.account.email,
        "tokenId": session.token_id,
        "expiresAt": str(int(session.expires_at.timestamp())),
    }
    # For the whole stage: a session is no matter of routes, and a team's cache would deny the next route.
    stage = "/".join(event["methodArn"].split("/")[:2])
    return _policy("Allow", f"{stage}/*", session.account.user_id, told)


def _policy(effect: str, resource: str, principal: str, context: dict[str, str]) -> dict[str, Any]:
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource}
    return {
        "principalId": principal,
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": context,
    }
