"""`make run` as a newcomer meets it: over HTTP, with settings from the environment, ended by a signal."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from infra.routes import ROUTES
from local.gateway import Context, function
from password_reset.edge.problems import SECURITY_HEADERS
from tests.server import served
from tests.waiting import PATIENCE_SECONDS, until
from tests.world import EMAIL, NEW_PASSWORD, PASSWORD, TOKEN, Answer, World

pytestmark = pytest.mark.enable_socket


@dataclass(frozen=True)
class Server:
    """A running local server."""

    url: str

    def call(self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> Answer:
        data = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json"}, method=method)
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
                return Answer(answer.status, dict(answer.headers), answer.read().decode())
        except urllib.error.HTTPError as answer:
            with answer:
                return Answer(answer.code, dict(answer.headers), answer.read().decode())

    def post(self, path: str, **members: object) -> Answer:
        return self.call("POST", path, members)

    def mails(self, count: int) -> list[dict[str, Any]]:
        """Return the outbox once it holds that many messages."""

        def mails() -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = self.call("GET", "/_local/outbox").json
            return found if len(found) >= count else []

        return until(mails)


def start(**settings: str) -> Iterator[Server]:
    with served(**settings) as process:
        yield Server(process.url)
        assert process.end() == 0
        told = process.told()
        assert told.endswith("Stopped.\n"), told
        assert "Traceback" not in told
        assert TOKEN.search(told) is None


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    # What a shell says of real accounts is not for a local server.
    shell = {"AWS_PROFILE": "none", "AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_DEFAULT_REGION": "eu-central-1"}
    yield from start(ALLOWED_ORIGINS="https://www.example.com", RESET_LIMIT_PER_SOURCE="0", **shell)


@pytest.fixture(scope="module")
def engine_server(engine_url: str) -> Iterator[Server]:
    yield from start(AWS_ENDPOINT_URL_DYNAMODB=engine_url, RESET_LIMIT_PER_SOURCE="0", TOKEN_TTL_SECONDS="5")


def test_the_demo_account_gets_a_new_password(server: Server) -> None:
    server.call("DELETE", "/_local/outbox")
    assert server.post("/auth/forgot-password", email=EMAIL).status == 200
    (mail,) = server.mails(1)
    assert mail.keys() == {"id", "channel", "to", "from", "subject", "headers", "text", "html", "sentAt"}
    assert (mail["channel"], mail["to"], mail["headers"]["Auto-Submitted"]) == ("email", [EMAIL], "auto-generated")
    found = TOKEN.search(mail["text"])
    assert found
    assert server.post("/auth/verify-reset-token", token=found[1]).json["valid"] is True
    assert server.post("/auth/reset-password", token=found[1], newPassword=NEW_PASSWORD).status == 200
    assert server.post("/auth/verify-reset-token", token=found[1]).json == {"valid": False}
    assert [mail["subject"] for mail in server.mails(2)] == [
        "Reset your Example password",
        "Your Example password was changed",
    ]
    user = server.call("GET", f"/_local/users/{EMAIL}").json
    assert user["credentials_version"] == 1
    assert server.call("GET", f"/outbox/{mail['id']}").status == 200
    assert "<h1" in server.call("GET", f"/outbox/{mail['id']}/html").body
    assert mail["subject"] in server.call("GET", "/outbox").body
    tables = {name: server.call("GET", f"/_local/tables/{name}") for name in ("users", "reset-tokens", "limits")}
    assert all(table.json and found[1] not in table.body for table in tables.values())
    assert {record["event"] for record in server.call("GET", "/_local/audit").json} >= {
        "forgot-password",
        "notify-change",
    }


@pytest.mark.engine
def test_a_real_engine_and_settings_from_the_environment(engine_server: Server) -> None:
    engine_server.post("/_local/users", email="engine@example.com", password=PASSWORD)
    engine_server.post("/auth/forgot-password", email="engine@example.com")
    found = TOKEN.search(engine_server.mails(1)[-1]["text"])
    assert found
    assert engine_server.post("/auth/verify-reset-token", token=found[1]).json["valid"] is True
    assert until(lambda: engine_server.post("/auth/verify-reset-token", token=found[1]).json == {"valid": False})


def test_rivals_on_moto_are_one_at_a_time(server: Server) -> None:
    """The local server is as exact as an engine: moto alone would let two rivals pass one condition."""
    with ThreadPoolExecutor(20) as pool:
        statuses = list(
            pool.map(lambda _: server.post("/auth/forgot-password", email="rival@example.com").status, range(20))
        )
    assert sorted(statuses) == [200] * 3 + [429] * 17


def test_accounts_are_made_as_the_contract_says(server: Server) -> None:
    created = server.post(
        "/_local/users", email="New@example.com", name="New", phone="+4915112345678", phoneVerified=True
    )
    assert created.status == 201
    stored = server.call("GET", "/_local/users/New@example.com").json
    assert stored == {
        "user_id": created.json["userId"],
        "email": "New@example.com",
        "email_key": "new@example.com",
        "name": "New",
        "phone": "+4915112345678",
        "phone_verified": True,
    }
    assert server.post("/_local/users", email="New@example.com").status == 409
    assert server.post("/_local/users", email="new@example.com").status == 201
    assert server.post("/_local/users", email="none").status == 400
    assert server.post("/_local/users", email="x@example.com", admin=True).status == 400
    assert server.post("/_local/users", email="x@example.com", password="x" * 73).status == 400
    assert server.call("GET", "/_local/users/nobody@example.com").status == 404
    assert server.call("GET", "/_local/tables/secrets").status == 404


def test_the_policy_is_published(server: Server) -> None:
    answer = server.call("GET", "/auth/password-policy")
    assert (answer.status, answer.json) == (
        200,
        {
            "minLength": 8,
            "maxLength": None,
            "maxBytes": 72,
            "requireUppercase": False,
            "requireLowercase": False,
            "requireDigit": False,
            "requireSymbol": False,
            "history": 1,
            "breachCheck": False,
        },
    )


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/auth/forgot-password"),
        ("HEAD", "/auth/forgot-password"),
        ("PUT", "/auth/reset-password"),
        ("DELETE", "/auth/verify-reset-token"),
        ("PATCH", "/auth/reset-password"),
        ("POST", "/auth/password-policy"),
        ("POST", "/auth/forgot-password/"),
        ("POST", "/auth/admin/set-password"),
        ("GET", "/auth/reset-password?token=x"),
        ("POST", "/AUTH/forgot-password"),
        ("GET", "/auth"),
        ("POST", "/_local/outbox"),
    ],
)
def test_an_unknown_route_is_a_problem(server: Server, method: str, path: str) -> None:
    """Rows 22, 39 and 41: reading a link changes nothing, and no route sets a password for somebody."""
    answer = server.call(method, path)
    assert answer.status == 404
    assert answer.headers["Content-Type"] == "application/problem+json"
    if method != "HEAD":
        assert answer.json["code"] == "not_found"


def test_reading_a_live_link_consumes_nothing(server: Server) -> None:
    """Row 22: GET and HEAD of the page and of every route, with the token in the query as scanners pass it on."""
    server.post("/_local/users", email="scanned@example.com", password=PASSWORD)
    server.call("DELETE", "/_local/outbox")
    server.post("/auth/forgot-password", email="scanned@example.com")
    (token,) = TOKEN.findall(server.mails(1)[0]["text"])
    for path in ("/reset-password", *(route.path for route in ROUTES)):
        for method in ("GET", "HEAD"):
            assert server.call(method, f"{path}?token={token}").status in {200, 401, 404}
    assert server.post("/auth/verify-reset-token", token=token).json["valid"] is True
    assert {(route.method, route.path) for route in ROUTES if route.function and route.method != "POST"} == {
        ("GET", "/auth/challenge"),
        ("GET", "/auth/me"),
    }


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/auth/forgot-password", 200),
        ("POST", "/auth/reset-password", 400),
        ("GET", "/auth/password-policy", 200),
        ("GET", "/auth/nowhere", 404),
    ],
)
def test_every_answer_carries_the_security_headers(server: Server, method: str, path: str, status: int) -> None:
    """Row 42: errors and the gateway's own answers included."""
    body = {"email": "headers@example.com"} if path.endswith("forgot-password") else {"token": "x", "newPassword": "x"}
    answer = server.call(method, path, body if method == "POST" else None)
    assert answer.status == status
    assert SECURITY_HEADERS.items() <= answer.headers.items()
    assert SECURITY_HEADERS == {
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    }


def test_a_page_of_a_configured_origin_may_ask(server: Server) -> None:
    """Row 43: the preflight, as the gateway answers it."""
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    allowed = server.call("OPTIONS", "/auth/forgot-password", headers={"Origin": "https://www.example.com", **asked})
    assert (allowed.status, allowed.headers["Access-Control-Allow-Origin"]) == (204, "https://www.example.com")
    assert (allowed.headers["Access-Control-Allow-Headers"], allowed.headers["Vary"]) == (
        "Content-Type,Authorization",
        "Origin",
    )
    assert SECURITY_HEADERS.items() <= allowed.headers.items()
    refused = server.call("OPTIONS", "/auth/forgot-password", headers={"Origin": "https://evil.test", **asked})
    assert SECURITY_HEADERS.items() <= refused.headers.items()
    assert not [name for name in refused.headers if name.startswith("Access-Control")]
    assert server.call("OPTIONS", "/auth/nowhere", headers={"Origin": "https://www.example.com"}).status == 404


def test_bodies_that_are_not_text_are_refused(server: Server) -> None:
    """Row 44: as base64 from the gateway."""
    answer = server.call("POST", "/auth/forgot-password", b'{"email": "\xff\xfe"}')
    assert (answer.status, answer.json["code"]) == (400, "invalid_request")
    assert server.call("POST", "/auth/reset-password", b"x" * 1024 * 1024).status == 413
    assert server.call("POST", "/auth/reset-password", b"x" * (10 * 1024 * 1024 + 1)).status == 413


def test_the_description_can_be_browsed(server: Server) -> None:
    assert server.call("GET", "/openapi.json").json["openapi"] == "3.1.0"
    assert "/docs/viewer.js" in server.call("GET", "/docs").body
    for asset in ("viewer.js", "swagger-ui-bundle.js", "swagger-ui.css"):
        assert server.call("GET", f"/docs/{asset}").status == 200
    assert server.call("GET", "/docs/../local/cloud.py").status == 404


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"TOKEN_TTL_SECONDS": "soon"}, "TOKEN_TTL_SECONDS cannot be 'soon'. Allowed: whole seconds from 1 to 3600.\n"),
        (
            {"USERS_INDEX": "other"},
            "USERS_… settings describe a table of yours: name its definition, USERS_TABLE_DEFINITION=FILE.\n",
        ),
        (
            {"AWS_ENDPOINT_URL_DYNAMODB": "engine"},
            "DynamoDB at engine cannot be used: Invalid endpoint: engine\n",
        ),
        ({"PORT": "http"}, "PORT cannot be 'http'. Allowed: a whole number from 1 to 65535.\n"),
        (
            {"AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:1"},
            'DynamoDB at http://127.0.0.1:1 cannot be used: Could not connect to the endpoint URL: "http://127.0.0.1:1/"\n',
        ),
    ],
)
def test_what_keeps_it_from_starting_is_one_line(settings: dict[str, str], expected: str) -> None:
    environment = os.environ | {"PORT": "0" if "PORT" in settings else "18479"} | settings
    ended = subprocess.run(
        [sys.executable, "-m", "local"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )
    assert (ended.returncode, ended.stderr) == (1, expected)


def test_a_taken_port_is_one_line(server: Server) -> None:
    port = server.url.rpartition(":")[2]
    ended = subprocess.run(
        [sys.executable, "-m", "local"],
        env=os.environ | {"PORT": port},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )
    expected = f"Port {port} cannot be used: Address already in use. Choose another one: make run PORT=8001\n"
    assert (ended.returncode, ended.stderr) == (1, expected)


SAMPLES = {"forgot": 200, "verify": 200, "reset": 400, "deliver": None, "start_reset": 202, "start_by_event": None}


def test_one_handler_can_be_run_alone() -> None:
    """`make invoke` with a sample that is given."""
    ended = subprocess.run(
        [sys.executable, "-m", "local.invoke", "forgot", "local/events/forgot.json"],
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE_SECONDS,
    )
    assert json.loads(ended.stdout)["statusCode"] == SAMPLES["forgot"]


@pytest.mark.parametrize("name", SAMPLES)
def test_the_samples_are_served(world: World, name: str) -> None:
    world.add_user()
    event = json.loads(Path("local", "events", f"{name}.json").read_text("utf-8"))
    answer = function(name)(event, Context()) or {}
    assert answer.get("statusCode") == SAMPLES[name]
    assert answer.get("batchItemFailures", []) == []


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["forget"], "FUNCTION cannot be 'forget'. Allowed: one of authorizer, challenge, deliver, feedback, forgot, "),
        (["forgot", "none.json"], "EVENT cannot be 'none.json': [Errno 2] No such file or directory: 'none.json'. "),
    ],
)
def test_a_handler_that_is_none_is_one_line(arguments: list[str], expected: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "local.invoke", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith(expected)
