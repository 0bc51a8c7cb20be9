"""The API's description, OpenAPI 3.1, made from the routes and the models that the functions parse with."""

import json
import operator
import sys
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import models_json_schema

from infra.routes import ROUTES, Route
from password_reset import __version__
from password_reset.accounts import answers
from password_reset.audit import AuditRecord
from password_reset.edge.api.challenge import ChallengeAnswer
from password_reset.edge.api.forgot import ForgotPasswordAnswer, ForgotPasswordRequest
from password_reset.edge.api.me import MeAnswer
from password_reset.edge.api.problem import FieldProblem, Problem
from password_reset.edge.api.report_change import ReportChangeAnswer, ReportChangeRequest
from password_reset.edge.api.reset import ResetPasswordAnswer, ResetPasswordRequest
from password_reset.edge.api.sign_in import SignInAnswer, SignInRequest
from password_reset.edge.api.start import StartResetAnswer, StartResetRequest
from password_reset.edge.api.verify import VerifyResetTokenAnswer, VerifyResetTokenRequest
from password_reset.edge.api.verify_code import VerifyResetCodeAnswer, VerifyResetCodeRequest
from password_reset.edge.api.verify_factor import VerifyResetFactorAnswer, VerifyResetFactorRequest
from password_reset.edge.http import respond_with_problem
from password_reset.edge.problems import ANSWERS, SECURITY_HEADERS
from password_reset.errors import (
    ChallengeRequired,
    Error,
    FactorRequired,
    HasPassword,
    InvalidChallenge,
    InvalidCode,
    InvalidCredentials,
    InvalidFactor,
    InvalidRequest,
    InvalidToken,
    Issue,
    NoAccount,
    NotFound,
    OutcomeUnknown,
    PayloadTooLarge,
    RateLimited,
    Unauthorized,
    Unavailable,
    Unchanged,
    UnsupportedMediaType,
    WeakPassword,
)
from password_reset.passwords.policy import PRESETS, PasswordPolicy

DOCS = Path(__file__).parent.parent / "docs"
TOKEN = "3q2-7wX0R1yJ5T7mZb2WdAkq3v9cL8sPfGhUoEiNaMY"  # noqa: S105 - an example
FLOW = "kq3v9cX0R1yJ5T7mZb2WdA"
REQUEST_ID = "5f0c1d2e-7c3b-4a57-9a4e-2f6f0d4b8c11"
BODY_ERRORS = (
    InvalidRequest(Issue("email", "missing", "This member is required.")),
    PayloadTooLarge(),
    UnsupportedMediaType(),
)
FIELD_CODES = (
    *("missing", "unknown_member", "malformed", "not_text", "not_enabled", "unknown", "harder"),
    *("too_short", "too_long", "nul", "control_characters", "common", "repetitive", "context"),
    *("missing_upper", "missing_lower", "missing_digit", "missing_symbol", "same_as_current", "reused", "breached"),
)
"""What can be wrong with one field."""
TAGS = {
    "reset": "From a forgotten password to a new one.",
    "policy": "What a new password must be like.",
    "sessions": "Signing in and out, where the service keeps sessions.",
    "operators": "What back offices start for people, signed with AWS credentials.",
}
FLOODED = RateLimited(retry_after=1)
"""The gateway's own answer to too many requests at once, on every route."""


DIFFICULTY = {
    "name": "difficulty",
    "in": "query",
    "description": "1 takes half the work, and is enough unless the answer before had the code `harder` in its errors.",
    "schema": {"type": "integer", "enum": [1, 2], "default": 2},
}
ALTCHA = {
    "kind": "altcha",
    "parameters": {
        "algorithm": "PBKDF2/SHA-256",
        "cost": 5000,
        "data": {"difficulty": 2},
        "expiresAt": 1795821796,
        "keyLength": 32,
        "keyPrefix": "0f1e0f1e0f1e0f1e0f1e0f1e0f1e0f1e",
        "keySignature": "a5b4a5b4a5b4a5b4a5b4a5b4a5b4a5b4a5b4a5b4a5b4a5b4a5b4a5b4a5b4a5b4",
        "nonce": "2d3c2d3c2d3c2d3c2d3c2d3c2d3c2d3c",
        "salt": "4b5a4b5a4b5a4b5a4b5a4b5a4b5a4b5a",
    },
    "signature": "c3d2c3d2c3d2c3d2c3d2c3d2c3d2c3d2c3d2c3d2c3d2c3d2c3d2c3d2c3d2c3d2",
}
TURNSTILE = {"kind": "turnstile", "siteKey": "0x4AAAAAAAexamplekey", "action": "forgot-password"}


@dataclass(frozen=True, kw_only=True)
class Operation:
    """What a route takes and gives, beyond what `infra/routes.py` says of it."""

    summary: str
    description: str
    tag: str = "reset"
    request: BaseModel | None = None
    query: tuple[dict[str, Any], ...] = ()
    status: int = 200
    answers: tuple[BaseModel, ...] = ()
    errors: tuple[Error, ...] = ()


OPERATIONS = {
    "/auth/forgot-password": Operation(
        summary="Request a reset",
        description="The answer is the same whether or not there is an account.",
        request=ForgotPasswordRequest(email="demo@example.com", locale="en"),
        answers=(ForgotPasswordAnswer(flow=FLOW),),
        errors=(
            *BODY_ERRORS,
            ChallengeRequired(),
            InvalidChallenge(),
            RateLimited(retry_after=1800),
            Unchanged(),
        ),
    ),
    "/auth/challenge": Operation(
        summary="Get a challenge",
        description="Its solution opens requests where `challenge_required` was answered. It works once, for the "
        "source address that requested it. Available if challenges are on.",
        query=(DIFFICULTY,),
        answers=(ChallengeAnswer.model_validate(ALTCHA), ChallengeAnswer.model_validate(TURNSTILE)),
        errors=(
            InvalidRequest(Issue("difficulty", "malformed", "One of 1, 2.")),
            NotFound(),
            RateLimited(retry_after=1),
            Unavailable(),
        ),
    ),
    "/auth/verify-reset-token": Operation(
        summary="Check a token",
        description="Changes nothing. Unknown, used, expired, superseded and malformed tokens get the same answer.",
        request=VerifyResetTokenRequest(token=TOKEN),
        answers=(
            VerifyResetTokenAnswer.model_validate(
                {
                    "valid": True,
                    "expiresAt": "2026-11-20T22:58:16Z",
                    "email": "demo@example.com",
                    "purpose": "reset",
                }
            ),
            VerifyResetTokenAnswer(valid=False),
        ),
        errors=(*BODY_ERRORS, Unavailable()),
    ),
    "/auth/verify-reset-code": Operation(
        summary="Exchange a code for a token",
        description="Works once. Every guess counts. Wrong, used, expired and unknown codes get the same answer.",
        request=VerifyResetCodeRequest(flow=FLOW, code="20471163"),
        answers=(
            VerifyResetCodeAnswer.model_validate(
                {
                    "token": TOKEN,
                    "expiresAt": "2026-11-20T22:53:16Z",
                    "email": "demo@example.com",
                }
            ),
        ),
        errors=(*BODY_ERRORS, InvalidCode(), RateLimited(retry_after=1800), Unavailable()),
    ),
    "/auth/verify-reset-factor": Operation(
        summary="Show a second factor",
        description="Where verify-reset-token tells of `factors`, one of them comes before the password. "
        "Every guess counts. Whatever is wrong gets the same answer. Available if factors are on.",
        request=VerifyResetFactorRequest(token=TOKEN, kind="totp", value="492039"),
        answers=(VerifyResetFactorAnswer(),),
        errors=(*BODY_ERRORS, InvalidToken(), InvalidFactor(), NotFound(), Unavailable()),
    ),
    "/auth/reset-password": Operation(
        summary="Set a new password",
        description="Uses up the token. If the password is rejected, the token still works. Signs nobody in.",
        request=ResetPasswordRequest.model_validate({"token": TOKEN, "newPassword": "purple otters read quietly"}),
        answers=(ResetPasswordAnswer(),),
        errors=(
            *BODY_ERRORS,
            InvalidToken(),
            FactorRequired(["totp", "recovery_code"]),
            WeakPassword(Issue("newPassword", "too_short", "Use at least 8 characters.")),
            Unchanged(),
            OutcomeUnknown(),
        ),
    ),
    "/auth/report-change": Operation(
        summary="Report a change as somebody else's",
        description="Freezes the account: nobody signs in, sessions, tokens and codes are void, and the way that the "
        "change came doesn't reset the password for a while. Takes the token of a notice's link and the account's "
        "address; whatever is wrong gets the same answer. Repeating it changes nothing. Available if reports are on.",
        request=ReportChangeRequest(token=TOKEN, email="demo@example.com"),
        answers=(ReportChangeAnswer(),),
        errors=(*BODY_ERRORS, InvalidToken(), NotFound(), Unavailable()),
    ),
    "/auth/sign-in": Operation(
        summary="Sign in",
        description="Available if sessions are on.",
        tag="sessions",
        request=SignInRequest(email="demo@example.com", password="correct horse battery staple"),  # noqa: S106 - the same
        answers=(
            SignInAnswer(
                access_token="eyJhbGciOiJIUzI1NiIsImtpZCI6Ij…",  # noqa: S106 - an example
                expires_in=3600,
                device_token="eyJhbGciOiJIUzI1NiIsImtpZCI6Ij…",  # noqa: S106 - the same
            ),
        ),
        errors=(*BODY_ERRORS, InvalidCredentials(), NotFound(), RateLimited(retry_after=4), Unavailable()),
    ),
    "/auth/sign-out": Operation(
        summary="Sign out",
        description="Ends the session in the Authorization header, and no other. Available if sessions are on.",
        tag="sessions",
        errors=(Unauthorized(), NotFound(), Unavailable()),
    ),
    "/auth/me": Operation(
        summary="Get the account of a session",
        description="Available if sessions are on.",
        tag="sessions",
        answers=(MeAnswer(user_id="0b8f6a54-3f0e-4f6a-8c43-5d0d3d6f9b11", email="demo@example.com"),),
        errors=(Unauthorized(), NotFound(), Unavailable()),
    ),
    "/operator/resets": Operation(
        summary="Start a reset or an invitation",
        description="Emails the account a link: to a new password, or to its first one. Shows no token, and takes no "
        "password. Signed with AWS credentials (Signature Version 4) that may invoke it. Available if it is on.",
        tag="operators",
        status=202,
        request=StartResetRequest.model_validate(
            {"email": "demo@example.com", "purpose": "invitation", "lifetimeSeconds": 86400}
        ),
        answers=(StartResetAnswer(request_id=REQUEST_ID),),
        errors=(
            *BODY_ERRORS,
            Unauthorized(),
            NotFound(),
            NoAccount(),
            HasPassword(),
            RateLimited(retry_after=60),
            Unavailable(),
        ),
    ),
    "/auth/password-policy": Operation(
        summary="Get the password policy",
        description="The gateway answers this itself.",
        tag="policy",
        answers=(PRESETS["default"],),
        errors=(Unavailable(),),
    ),
}


def document() -> dict[str, Any]:
    """Return the description."""
    requests = {type(operation.request) for operation in OPERATIONS.values() if operation.request}
    answers = {type(answer) for operation in OPERATIONS.values() for answer in operation.answers} | {Problem}
    by_name = operator.attrgetter("__name__")
    _, definitions = models_json_schema(
        [
            *((model, "validation") for model in sorted(requests, key=by_name)),
            *((model, "serialization") for model in sorted(answers, key=by_name)),
        ],
        ref_template="#/components/schemas/{model}",
    )
    schemas: dict[str, Any] = definitions["$defs"]
    for model in requests:
        _leave_defaults_out(schemas[model.__name__])
    for name in schemas.keys() - {model.__name__ for model in requests}:
        _tell_what_is_sent(schemas[name], nulls=name == PasswordPolicy.__name__)
    schemas[Problem.__name__]["properties"]["code"]["enum"] = sorted({error.code for error in ANSWERS})
    schemas[FieldProblem.__name__]["properties"]["code"]["enum"] = sorted(FIELD_CODES)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Password reset",
            "version": __version__,
            "description": "Request a reset, check its token or code, and set a new password. "
            "Errors are problem details (RFC 9457); their `code` is stable.",
            "contact": {"name": "Support", "email": "support@example.com"},
            "license": {"name": "Apache License 2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "Wherever this is served"}],
        "security": [],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "paths": {route.path: {route.method.lower(): _operation(route)} for route in ROUTES},
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "session": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "aws": {
                    "type": "apiKey",
                    "name": "Authorization",
                    "in": "header",
                    "description": "Signature Version 4, service `execute-api`.",
                    "x-amazon-apigateway-authtype": "awsSigv4",
                },
            },
            "headers": {
                name: {"description": "On every response.", "schema": {"type": "string", "const": value}}
                for name, value in SECURITY_HEADERS.items()
            }
            | {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}},
        },
    }


def _operation(route: Route) -> dict[str, Any]:
    operation = OPERATIONS[route.path]
    described: dict[str, Any] = {
        "operationId": "start-reset" if route.operator else route.path.rpartition("/")[2],
        "summary": operation.summary,
        "description": operation.description,
        "tags": [operation.tag],
        "responses": {},
    }
    if operation.answers:
        success = _response("Success", "application/json", type(operation.answers[0]))
        success["content"]["application/json"]["examples"] = {
            str(number): {"value": _plain(answer)} for number, answer in enumerate(operation.answers, 1)
        }
        described["responses"][str(operation.status)] = success
    else:
        described["responses"]["204"] = {"description": "Success", "headers": _headers()}
    if route.authorized:
        described["security"] = [{"session": []}]
    if route.operator:
        described["security"] = [{"aws": []}]
    limited = any(isinstance(error, RateLimited) for error in operation.errors)
    for error in operation.errors if limited else (*operation.errors, FLOODED):
        answer = respond_with_problem(error, REQUEST_ID, {})
        problem = Problem.model_validate_json(answer["body"])
        response = described["responses"].setdefault(
            str(problem.status), _response(HTTPStatus(problem.status).phrase, "application/problem+json", Problem)
        )
        response["content"]["application/problem+json"]["examples"][_name(error)] = {"value": _plain(problem)}
        if error.retry_after is not None:
            response["headers"]["Retry-After"] = {"$ref": "#/components/headers/Retry-After"}
    if operation.query:
        described["parameters"] = list(operation.query)
    if operation.request:
        content = {
            "schema": {"$ref": f"#/components/schemas/{type(operation.request).__name__}"},
            "examples": {"1": {"value": operation.request.model_dump(by_alias=True, exclude_defaults=True)}},
        }
        described["requestBody"] = {"required": True, "content": {"application/json": content}}
    return described


def _leave_defaults_out(schema: dict[str, Any]) -> None:
    # Generators make a member with a default a required one.
    for member in schema["properties"].values():
        member.pop("default", None)


def _tell_what_is_sent(schema: dict[str, Any], *, nulls: bool) -> None:
    # A member of an answer is there, or it is left out: the policy alone tells what is null.
    members = schema.get("properties", {})
    optional = [name for name, member in members.items() if not nulls and member.get("default", "") is None]
    for name in optional:
        (kind,) = (kind for kind in members[name].pop("anyOf") if kind != {"type": "null"})
        members[name].update(kind)
    for member in members.values():
        member.pop("default", None)
    if members:
        schema["required"] = [name for name in members if name not in optional]


def _response(description: str, media_type: str, model: type[BaseModel]) -> dict[str, Any]:
    return {
        "description": description,
        "headers": _headers(),
        "content": {media_type: {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}, "examples": {}}},
    }


def _headers() -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in SECURITY_HEADERS}


def _name(error: Error) -> str:
    return "outcome_unknown" if isinstance(error, OutcomeUnknown) else error.code


def _plain(answer: BaseModel) -> Any:  # noqa: ANN401 - JSON
    # The policy tells members that are null, the other answers leave them out.
    return answer.model_dump(mode="json", by_alias=True, exclude_none=not isinstance(answer, PasswordPolicy))


def generated() -> dict[Path, str]:
    """Return the generated files and what they should hold."""
    audit = TypeAdapter(AuditRecord).json_schema(mode="serialization")
    return {
        DOCS / "openapi.json": json.dumps(document(), indent=2, ensure_ascii=False) + "\n",
        DOCS / "audit-record.schema.json": json.dumps(audit, indent=2) + "\n",
        DOCS / "directory-function.schema.json": json.dumps(answers.schema(), indent=2) + "\n",
    }


def main() -> None:
    """Write the files, or with `--check` end with an error if one is stale."""
    for path, text in generated().items():
        if "--check" in sys.argv[1:]:
            if not path.exists() or path.read_text("utf-8") != text:
                sys.exit(f"{path.relative_to(DOCS.parent)} is stale: run make openapi")
        else:
            path.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
