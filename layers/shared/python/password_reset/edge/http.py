"""HTTP, at the gateway's edge: events in, answers out.

An endpoint is parse, one use case, answer. Whatever else happens in it, the caller gets a documented
answer that names no internal (ASVS 16.5.1, 16.5.4), and the audit trail gets its record.
"""

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.message import Message as Headers
from functools import wraps
from typing import TYPE_CHECKING, Any, Never, Protocol

from pydantic import BaseModel, ValidationError

from password_reset.audit import Attempt, Event
from password_reset.bootstrap import Bootstrap, bootstrap, prepare
from password_reset.devices import Browser, Device, browser_of, device_of
from password_reset.edge.api.model import build_models
from password_reset.edge.problems import MAX_BODY_BYTES, SECURITY_HEADERS, problem
from password_reset.errors import (
    Error,
    InvalidRequest,
    Issue,
    PayloadTooLarge,
    Unauthorized,
    Unavailable,
    UnsupportedMediaType,
    unchanged,
)
from password_reset.limits.windows import source_of

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

type GatewayEvent = Mapping[str, Any]
type GatewayResponse = dict[str, Any]


@dataclass(frozen=True)
class Request:
    """A request as the gateway reports it (REST API, Lambda proxy, payload 1.0)."""

    event: GatewayEvent
    viewer: str | None = None
    """The source as CloudFront tells it (`admitted`)."""

    def header(self, name: str) -> str:
        """Return a header's value, or an empty text."""
        headers: Mapping[str, str] = self.event.get("headers") or {}
        return next((value for key, value in headers.items() if key.lower() == name), "")

    def query(self, name: str) -> str | None:
        """Return a parameter of the query, if it is there."""
        parameters: Mapping[str, str] = self.event.get("queryStringParameters") or {}
        return parameters.get(name)

    @property
    def source(self) -> str:
        """The source address, counted as one: from the gateway, or CloudFront, for headers say what callers want."""
        return self.viewer or source_of(self.event["requestContext"]["identity"]["sourceIp"])

    @property
    def bearer_token(self) -> str:
        """The token of the Authorization header (RFC 6750), or an empty text."""
        scheme, _, token = self.header("authorization").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""

    @property
    def session(self) -> Mapping[str, str]:
        """What the authorizer says of the session: `userId`, `email`, `tokenId` and `expiresAt` (epoch seconds)."""
        session: Mapping[str, str] = self.event["requestContext"]["authorizer"]
        return session

    @property
    def principal(self) -> str:
        """The ARN of whoever signed the request with AWS credentials, as the gateway found it; or an empty text."""
        arn: str = self.event["requestContext"]["identity"].get("userArn") or ""
        return arn

    @property
    def device(self) -> Device:
        """The kind of device."""
        return device_of(self.header("user-agent"))

    @property
    def browser(self) -> Browser:
        """The browser."""
        return browser_of(self.header("user-agent"))

    def parse[Model: BaseModel](self, model: type[Model]) -> Model:
        """Return the body as the model.

        Raises:
            UnsupportedMediaType: it is not declared as JSON in UTF-8.
            PayloadTooLarge: it is over `MAX_BODY_BYTES`.
            InvalidRequest: it is not JSON, ambiguous, or not the model.
        """
        if not _is_json(self.header("content-type")):
            raise UnsupportedMediaType
        try:
            return model.model_validate(_read_json(self._body()))
        except ValidationError as error:
            raise InvalidRequest(*_issues(model, error)) from None

    def _body(self) -> bytes:
        body = self.event.get("body") or ""
        if self.event.get("isBase64Encoded"):
            try:
                raw = base64.b64decode(body, validate=True)
            except (binascii.Error, ValueError):
                _refuse("The body is not base64.")
        else:
            raw = body.encode("utf-8", "surrogatepass")  # refused below, as what it is
        if len(raw) > MAX_BODY_BYTES:
            raise PayloadTooLarge
        return raw


def admitted(request: Request, app: Bootstrap) -> Request:
    """Return the request with its source.

    Raises:
        Forbidden: it came past CloudFront, which is to be in front.
    """
    if app.settings.source == "gateway":
        return request
    from password_reset.edge import source  # noqa: PLC0415 - most deployments have no use for it

    return source.admitted(request, app)


class Endpoint(Protocol):
    """What a function does: parse the request, call one use case, return the answer."""

    def __call__(self, request: Request, app: Bootstrap, attempt: Attempt) -> BaseModel | None:
        """Answer, with None where there is nothing to say, or raise an `Error`."""


def endpoint(
    event_name: Event, *parts: Callable[[Bootstrap], object], guarded: bool = True, status: int = 200
) -> "Callable[[Endpoint], Callable[[GatewayEvent, LambdaContext], GatewayResponse]]":
    """Make an endpoint a Lambda handler, audited under this name.

    `parts` are what it needs of all that there is (`prepare`). What is `guarded` refuses blocked sources; the rest is
    behind the authorizer, which does, or gives nothing away.
    """
    read = (lambda app: app.levers(),) if guarded else ()
    prepare(lambda _: build_models(), *parts, *read)

    def decorate(serve: Endpoint) -> "Callable[[GatewayEvent, LambdaContext], GatewayResponse]":
        @wraps(serve)
        def handler(event: GatewayEvent, context: "LambdaContext") -> GatewayResponse:
            request = Request(event)
            cors: Mapping[str, str] = {}
            try:
                with unchanged():
                    app = bootstrap()
                cors = cors_headers(request.header("origin"), app.settings.allowed_origins)
                # Lambda's own id: clients can override the gateway's.
                with app.audit.attempt(event_name, context.aws_request_id) as attempt:
                    with unchanged():
                        request = admitted(request, app)
                        attempt.source = request.source
                        if guarded:
                            app.levers().admit(request.source)
                    answer = serve(request, app, attempt)
            except Error as error:
                return respond_with_problem(error, context.aws_request_id, cors)
            except Exception:  # noqa: BLE001 - the last resort: whatever it is, callers get a documented answer
                return respond_with_problem(Unavailable(), context.aws_request_id, cors)
            return respond(status, "application/json", answer, cors) if answer else respond_with_nothing(cors)

        return handler

    return decorate


def respond_with_problem(error: Error, request_id: str, headers: Mapping[str, str]) -> GatewayResponse:
    """Return the answer to a refusal: problem details (RFC 9457)."""
    answer = problem(error, request_id)
    if error.retry_after is not None:
        headers = {**headers, "Retry-After": str(error.retry_after)}
    if isinstance(error, Unauthorized):
        headers = {**headers, "WWW-Authenticate": "Bearer"}
    return respond(answer.status, "application/problem+json", answer, headers)


def respond_with_nothing(headers: Mapping[str, str]) -> GatewayResponse:
    """Return an answer without a body."""
    return {"statusCode": 204, "headers": {**SECURITY_HEADERS, **headers}, "body": "", "isBase64Encoded": False}


def cors_headers(origin: str, allowed: tuple[str, ...]) -> dict[str, str]:
    """Return the CORS headers of an answer: none unless the origin is one of the configured ones."""
    if origin not in allowed:
        return {}
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Expose-Headers": "Retry-After",
        "Vary": "Origin",
    }


def respond(
    status: int, media_type: str, answer: BaseModel, headers: Mapping[str, str], *, exclude_none: bool = True
) -> GatewayResponse:
    """Return an answer with the headers that every answer carries."""
    return {
        "statusCode": status,
        "headers": {"Content-Type": media_type, **SECURITY_HEADERS, **headers},
        "body": answer.model_dump_json(by_alias=True, exclude_none=exclude_none),
        "isBase64Encoded": False,
    }


def _is_json(content_type: str) -> bool:
    if not content_type.isascii():  # as no media type is, and the parser stops at half a surrogate pair
        return False
    headers = Headers()
    headers["Content-Type"] = content_type
    return headers.get_content_type() == "application/json" and (
        headers.get_content_charset("utf-8") in {"utf-8", "utf8"}
    )


def _read_json(raw: bytes) -> object:
    try:
        document: object = json.loads(raw.decode(), object_pairs_hook=_unambiguous, parse_constant=_refuse_constant)
        json.dumps(document, ensure_ascii=False).encode()  # no half of a surrogate pair, in a name or a value
    except (ValueError, RecursionError):  # not UTF-8, not JSON, a number or a nesting beyond reason
        _refuse("The body is not JSON in UTF-8.")
    return document


def _unambiguous(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):  # parsers differ in which one they take (CVE-2023-7028)
        _refuse("A member stands twice.")
    return members


def _refuse_constant(_: str) -> Never:
    _refuse("NaN and Infinity are not JSON.")


def _refuse(message: str) -> Never:
    raise InvalidRequest(Issue("", "malformed", message))


def _issues(model: type[BaseModel], error: ValidationError) -> list[Issue]:
    known = [field.alias for field in model.model_fields.values()]
    issues = []
    for fault in error.errors(include_url=False, include_input=False, include_context=False):
        match fault["type"]:
            case "missing":
                issues.append(Issue(str(fault["loc"][0]), "missing", "This member is required."))
            case "extra_forbidden":  # its name is not repeated: it may be anything
                issues.append(Issue("", "unknown_member", f"The members are: {', '.join(map(str, known))}."))
            case "model_type":
                issues.append(Issue("", "malformed", "The body must be a JSON object."))
            case "string_type" | "string_unicode":
                issues.append(Issue(str(fault["loc"][0]), "not_text", "This must be one text."))
            case _:
                issues.append(Issue(str(fault["loc"][0]), "malformed", "This is not of the right form."))
    return issues
