"""Whatever comes in, a documented answer goes out, and nothing behind it was asked."""

import base64
import json
from io import StringIO
from typing import Any

import pytest

from infra.routes import ROUTES
from local.gateway import Context, function
from password_reset.edge.problems import SECURITY_HEADERS
from tests.wire import Wire
from tests.world import EMAIL, World, gateway_event

PATHS = ["/auth/forgot-password", "/auth/verify-reset-token", "/auth/reset-password"]
VALID: dict[str, dict[str, Any]] = {
    "/auth/forgot-password": {"email": EMAIL},
    "/auth/verify-reset-token": {"token": "A" * 43},
    "/auth/reset-password": {"token": "A" * 43, "newPassword": "purple otters read quietly"},
}

# On these, kept frameworks answer 500 in places: bodies that are no object, members that are no text, lone surrogates.
MALFORMED = {
    "nothing": None,
    "empty": "",
    "no JSON": "{",
    "form": "email=demo%40example.com",
    "XML": "<email/>",
    "a list": '["demo@example.com"]',
    "a text": '"demo@example.com"',
    "a number": "1",
    "null": "null",
    "an empty object": "{}",
    "NaN": '{"email": NaN}',
    "an infinite number": '{"email": Infinity}',
    "a huge number": '{"email": ' + "9" * 8000 + "}",
    "deep lists": "[" * 8000,
    "deep objects": '{"a":' * 1600,
    "a byte order mark": "\ufeff{}",
    "control characters": '{"email": "a\nb"}',
    "a lone surrogate in the body": '{"email": "\ud800"}',
    "two documents": "{} {}",
    "a comment": "{} // comment",
    "a lone surrogate in a name": '{"\\ud800": "x"}',
    "a lone surrogate in a value": '{"email": "\\ud800@example.com", "token": "\\ud800", "newPassword": "\\ud800"}',
}
BAD_MEMBERS: dict[str, Any] = {
    "null": None,
    "a number": 1,
    "a truth": True,
    "a list": ["demo@example.com"],
    "a list of two": ["demo@example.com", "evil@example.com"],
    "an object": {"$ne": ""},
}


def assert_refused(answer: Any, wire: Wire, status: int = 400, code: str = "invalid_request") -> None:
    assert (answer.status, answer.json["code"]) == (status, code), answer
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert SECURITY_HEADERS.items() <= answer.headers.items()
    assert {"type", "title", "status", "detail", "code", "requestId"} <= answer.json.keys()
    # All that a cold start reads: the pepper, and what an operator set.
    assert [call for call in wire.calls if not _is_of_the_start(*call)] == []


def _is_of_the_start(operation: str, parameters: dict[str, Any]) -> bool:
    return operation.startswith("secretsmanager") or parameters.get("TableName", "").startswith("levers")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
def test_what_is_not_one_json_object_is_refused(world: World, wire: Wire, path: str, body: str | None) -> None:
    """Rows 7 and 44: and nothing behind the function was asked."""
    wire.calls.clear()
    assert_refused(world.call(path, body), wire)


@pytest.mark.parametrize(("path", "member"), [(path, member) for path in PATHS for member in VALID[path]])
@pytest.mark.parametrize("value", BAD_MEMBERS.values(), ids=BAD_MEMBERS)
def test_a_member_is_one_text(world: World, wire: Wire, path: str, member: str, value: object) -> None:
    """Row 7: arrays, objects and null send no mail (CVE-2023-7028)."""
    wire.calls.clear()
    answer = world.call(path, VALID[path] | {member: value})
    assert_refused(answer, wire)
    assert [issue["field"] for issue in answer.json["errors"]] == [member]


@pytest.mark.parametrize("path", PATHS)
def test_a_member_that_stands_twice_is_refused(world: World, wire: Wire, path: str) -> None:
    """Row 7: parsers differ in which of the two they take."""
    wire.calls.clear()
    body = json.dumps(VALID[path])[:-1] + ', "{0}": "x", "{0}": "y"}}'.format(next(iter(VALID[path])))
    assert_refused(world.call(path, body), wire)
    assert_refused(world.call(path, '{"a": {"b": 1, "b": 2}}'), wire)


@pytest.mark.parametrize("path", PATHS)
def test_an_unknown_member_is_refused(world: World, wire: Wire, path: str) -> None:
    """Row 45: and its name, which may be anything, is not repeated."""
    wire.calls.clear()
    answer = world.call(path, VALID[path] | {"canary": True})
    assert_refused(answer, wire)
    assert answer.json["errors"][0]["code"] == "unknown_member"
    assert "canary" not in answer.body


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("size", [8193, 1024 * 1024])
def test_a_large_body_is_refused_before_it_is_read(
    world: World, wire: Wire, path: str, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row 28: no hash is computed for a megabyte."""
    for name in ("hashpw", "checkpw"):
        monkeypatch.setattr(f"bcrypt.{name}", lambda *_: pytest.fail("a hash was computed"))
    wire.calls.clear()
    assert_refused(world.call(path, "x" * size), wire, 413, "payload_too_large")


def test_a_body_of_the_largest_size_is_read(world: World) -> None:
    body = json.dumps({"token": "x"})
    padded = body + " " * (8192 - len(body))
    assert world.call("/auth/verify-reset-token", padded).json == {"valid": False}


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-16",
        "application/json; charset=iso-8859-1",
        "application/jsonp",
        "application/json, text/plain",
        "application/json; charset=\ud800",
    ],
)
@pytest.mark.parametrize("path", PATHS)
def test_another_media_type_is_refused(world: World, wire: Wire, path: str, content_type: str) -> None:
    """Row 41: a form of another site can't send application/json without asking first."""
    wire.calls.clear()
    answer = world.call(path, VALID[path], {"Content-Type": content_type})
    assert_refused(answer, wire, 415, "unsupported_media_type")


@pytest.mark.parametrize("content_type", ["application/json", "Application/JSON", "application/json; charset=UTF-8"])
def test_json_may_be_spelled_so(world: World, content_type: str) -> None:
    answer = world.call("/auth/verify-reset-token", {"token": "x"}, {"Content-Type": content_type})
    assert answer.status == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (base64.b64encode(b'{"token": "x"}').decode(), 200),
        (base64.b64encode(b'{"token": "\xff"}').decode(), 400),
        (base64.b64encode(b"\x80" * 20).decode(), 400),
        ("not base64!", 400),
        ("ü", 400),
        (base64.b64encode(b" " * 8193).decode(), 413),
    ],
)
def test_a_body_may_come_as_base64(world: World, body: str, status: int) -> None:
    """Row 44: as the gateway sends what is not text."""
    event = gateway_event("/auth/verify-reset-token", body) | {"isBase64Encoded": True}
    assert function("verify")(event, Context())["statusCode"] == status


def broken(*_: object, **__: object) -> None:
    message = "canary"
    raise KeyError(message)


@pytest.mark.parametrize("function_name", ["forgot", "verify", "verify_code", "reset"])
def test_a_bug_is_a_documented_answer(
    world: World, function_name: str, monkeypatch: pytest.MonkeyPatch, log: StringIO
) -> None:
    """Row 44: the last resort; the fault is logged by its type and place, not with its text."""
    use_cases = ("request_reset", "verify_token", "verify_code", "reset_password")
    for name in use_cases:
        monkeypatch.setattr(world.app, name, broken)
    path = next(route.path for route in ROUTES if route.function == function_name)
    answer = world.call(path, VALID.get(path, {"flow": "A" * 22, "code": "20471163"}))
    assert (answer.status, answer.json["code"]) == (503, "unavailable")
    assert SECURITY_HEADERS.items() <= answer.headers.items()
    assert "canary" not in answer.body + log.getvalue()
    assert "KeyError" in log.getvalue()


@pytest.mark.parametrize(
    "address",
    [
        "",
        " ",
        "demo",
        "@",
        "demo@",
        "@example.com",
        "demo@@example.com",
        "demo@example@com",
        "demo@exam ple.com",
        "demo@-example.com",
        "demo@example..com",
        "demo@[127.0.0.1]",
        '"demo"@example.com',
        "demo <demo@example.com>",
        "demo@example.com\r\nBcc: evil@example.com",
        "demo@example.com\nevil@example.com",
        "demo@example.com,evil@example.com",
        "demo@example.com;evil@example.com",
        "demo\0@example.com",
        "demo@example.com\0",
        "\u200bdemo@example.com",
        "demo\u2028@example.com",
        "x" * 250 + "@example.com",
        "demo@" + "x" * 64 + ".com",
    ],
)
def test_what_is_not_one_address_is_refused(world: World, wire: Wire, address: str) -> None:
    """Row 9: no second recipient, no header (CVE-2009-1469)."""
    wire.calls.clear()
    answer = world.forgot(address)
    assert_refused(answer, wire)
    assert answer.json["errors"][0]["field"] == "email"


def test_an_encoded_line_break_is_just_another_address(world: World) -> None:
    """Row 9: `%0a` is decoded by nobody here."""
    world.add_user()
    assert world.forgot("demo%0abcc@example.com").status == 200
    world.pump()
    assert world.mails() == []


@pytest.mark.parametrize("locale", [1, True, ["de"], {"de": 1}])
def test_a_locale_that_is_no_text_is_refused(world: World, wire: Wire, locale: object) -> None:
    wire.calls.clear()
    assert_refused(world.forgot(locale=locale), wire)


@pytest.mark.settings(ALLOWED_ORIGINS="https://www.example.com,https://app.example.com")
@pytest.mark.parametrize("body", ['{"token": "x"}', "no JSON"])
def test_a_configured_origin_may_read_answers_and_problems(world: World, body: str) -> None:
    """Row 43: each of the configured ones, without credentials."""
    for origin in ("https://www.example.com", "https://app.example.com"):
        answer = world.call("/auth/verify-reset-token", body, {"Origin": origin})
        assert answer.headers["Access-Control-Allow-Origin"] == origin
        assert answer.headers["Vary"] == "Origin"
        assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.settings(ALLOWED_ORIGINS="https://www.example.com")
@pytest.mark.parametrize(
    "origin",
    [
        "",
        "null",
        "https://evil.test",
        "http://www.example.com",
        "https://www.example.com.evil.test",
        "https://WWW.example.com",
    ],
)
def test_no_other_origin_may(world: World, origin: str) -> None:
    """Row 43: evil and null origins get no CORS header at all."""
    answer = world.call("/auth/verify-reset-token", {"token": "x"}, {"Origin": origin})
    assert not {name for name in answer.headers if name.startswith("Access-Control") or name == "Vary"}


@pytest.mark.settings(FRONTEND_URL="ftp://example.com")
def test_a_misconfigured_function_answers_nobody(world: World, log: Any) -> None:
    """It starts with a log line that names the setting, and callers get the documented answer."""
    answer = world.call("/auth/verify-reset-token", {"token": "x"})
    assert (answer.status, answer.json["code"]) == (503, "unavailable")
    assert "FRONTEND_URL cannot be 'ftp://example.com'. Allowed: an https URL" in log.getvalue()
