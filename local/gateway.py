"""API Gateway on one machine: HTTP requests to Lambda events, by the routes that the stack deploys."""

import base64
import importlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from werkzeug.wrappers import Request, Response

from infra.routes import Route, routes
from password_reset.bootstrap import bootstrap
from password_reset.edge.http import GatewayResponse, cors_headers, respond, respond_with_problem
from password_reset.edge.problems import SECURITY_HEADERS
from password_reset.errors import NotFound, PayloadTooLarge, Unauthorized, Unavailable

MAX_PAYLOAD_BYTES = 10 * 1024 * 1024
"""API Gateway's own limit."""
OPERATOR = "arn:aws:iam::123456789012:user/local"
"""Who signs here."""


@dataclass(frozen=True)
class Context:
    """What of Lambda's context the functions read."""

    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    function_name: str = "local"
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:local"
    memory_limit_in_mb: int = 1769

    def get_remaining_time_in_millis(self) -> int:
        """Return what a fresh invocation has."""
        return 29_000


@cache
def function(name: str) -> Callable[[dict[str, Any], Context], Any]:
    """Return the handler of functions/`name`."""
    handler: Callable[[dict[str, Any], Context], Any] = importlib.import_module(f"functions.{name}.handler").handler
    return handler


def serve(request: Request) -> Response:
    """Answer a request as the gateway would: by a function, or itself."""
    origin = request.headers.get("Origin", "")
    settings = bootstrap().settings
    cors = cors_headers(origin, settings.allowed_origins)
    existing = routes(
        sessions=settings.sessions,
        challenge=settings.challenge != "off",
        factors=bool(settings.factors),
        reports=bool(settings.freeze_seconds),
    )
    # Operators' routes are not among them: nobody signs with AWS credentials here (`start`).
    methods = {route.method: route for route in existing if route.path == request.path}
    route = methods.get(request.method)
    if request.method == "OPTIONS" and methods and settings.allowed_origins:
        return preflight(cors, [*methods, "OPTIONS"])
    if route is None:
        answer = respond_with_problem(NotFound(), str(uuid.uuid4()), cors)
    elif (request.content_length or 0) > MAX_PAYLOAD_BYTES:
        answer = respond_with_problem(PayloadTooLarge(), str(uuid.uuid4()), cors)
    elif route.function is None:
        answer = respond(200, "application/json", settings.password_policy, cors, exclude_none=False)
    else:
        answer = invoke(route, event(request), cors)
    return http_response(answer)


def start(request: Request) -> Response:
    """Answer an operator's request as the gateway would if it were signed."""
    settings = bootstrap().settings
    route = next((route for route in routes(sessions=False, operator=settings.operator_api) if route.operator), None)
    if route is None:
        return http_response(respond_with_problem(NotFound(), str(uuid.uuid4()), {}))
    return http_response(invoke(route, event(request), {}))


def invoke(route: Route, proxied: dict[str, Any], cors: dict[str, str]) -> GatewayResponse:
    """Run a route's function, behind the authorizer where the route needs a session, signed where it is operators'."""
    assert route.function is not None  # noqa: S101 - the gateway's own routes run none
    if route.operator:
        proxied["requestContext"]["identity"]["userArn"] = OPERATOR
    if route.authorized:
        arn = f"arn:aws:execute-api:us-east-1:123456789012:local/{route.method}{route.path}"
        try:
            policy = function("authorizer")({**proxied, "type": "REQUEST", "methodArn": arn}, Context())
        except Unavailable as outage:  # AUTHORIZER_FAILURE, which the gateway answers as the functions do
            return respond_with_problem(outage, str(uuid.uuid4()), cors)
        if policy["policyDocument"]["Statement"][0]["Effect"] != "Allow":
            return respond_with_problem(Unauthorized(), str(uuid.uuid4()), cors)
        proxied["requestContext"]["authorizer"] = policy["context"]
    answer: GatewayResponse = function(route.function)(proxied, Context())
    return answer


def preflight(cors: dict[str, str], methods: list[str]) -> Response:
    """Answer whether a page of another origin may send its request."""
    if cors:
        cors = cors | {
            "Access-Control-Allow-Methods": ",".join(methods),
            "Access-Control-Allow-Headers": "Content-Type,Authorization",
            "Access-Control-Max-Age": "86400",
        }
    response = Response(status=204, headers=SECURITY_HEADERS | cors)
    del response.headers["Content-Type"]
    return response


def event(request: Request) -> dict[str, Any]:
    """Return the request as a REST API's Lambda proxy event (payload 1.0)."""
    raw = request.get_data()
    try:
        body, is_base64 = raw.decode(), False
    except UnicodeDecodeError:
        body, is_base64 = base64.b64encode(raw).decode(), True
    return {
        "resource": request.path,
        "path": request.path,
        "httpMethod": request.method,
        "headers": dict(request.headers),
        "multiValueHeaders": {name: request.headers.getlist(name) for name in request.headers.keys()},  # noqa: SIM118
        "queryStringParameters": request.args.to_dict() or None,
        "requestContext": {
            "requestId": str(uuid.uuid4()),
            "identity": {"sourceIp": request.remote_addr or "127.0.0.1"},
        },
        "body": body or None,
        "isBase64Encoded": is_base64,
    }


def http_response(answer: GatewayResponse) -> Response:
    """Return a function's answer as HTTP."""
    return Response(answer["body"], answer["statusCode"], answer["headers"])
