"""Turnstile, against a stand-in that answers as Cloudflare documents siteverify, and strictly."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from password_reset.errors import InvalidChallenge, Unavailable
from password_reset.proofs.challenges import Solved
from password_reset.proofs.turnstile import Turnstile

NOW = datetime(2026, 11, 20, 22, 43, 16, tzinfo=UTC)
SECRET = "0x4AAAAAAA-the-widgets-secret-key"
SOURCE = "203.0.113.7"


@dataclass
class Siteverify:
    """Knows one secret and one token, which it takes once, of one visitor."""

    url: str = ""
    raw: bytes | None = None
    status: int = 200
    hostname: str = "www.example.com"
    action: str = "forgot-password"
    used: set[str] = field(default_factory=set)
    asked: list[dict[str, Any]] = field(default_factory=list)

    def answer(self, content_type: str, question: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(question)
        known = {"secret", "response", "remoteip", "idempotency_key"}
        if content_type != "application/json" or not {"secret", "response"} <= question.keys() <= known:
            return self.refuse("bad-request")
        if question["secret"] != SECRET:
            return self.refuse("invalid-input-secret")
        if question["response"] in self.used:
            return self.refuse("timeout-or-duplicate")
        if question["response"] != "token" or question.get("remoteip", SOURCE) != SOURCE:
            return self.refuse("invalid-input-response")
        self.used.add(question["response"])
        return {
            "success": True,
            "challenge_ts": "2026-11-20T22:43:10.000Z",
            "hostname": self.hostname,
            "error-codes": [],
            "action": self.action,
            "cdata": "",
        }

    def refuse(self, code: str) -> dict[str, Any]:
        return {"success": False, "error-codes": [code]}


@pytest.fixture
def siteverify(socket_enabled: None) -> Iterator[Siteverify]:
    stand_in = Siteverify()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answer = stand_in.answer(self.headers["Content-Type"], question)
            body = json.dumps(answer).encode() if stand_in.raw is None else stand_in.raw
            self.send_response(stand_in.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        stand_in.url = f"http://127.0.0.1:{server.server_port}/"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield stand_in
        server.shutdown()
        thread.join(timeout=60)


def turnstile(siteverify: Siteverify, secret: str = SECRET) -> Turnstile:
    hosts = frozenset({"www.example.com"})
    return Turnstile(site_key="0x4AAAAAAAexample", secret=lambda: secret, hosts=hosts, url=siteverify.url)


def test_a_page_is_told_what_to_render(siteverify: Siteverify) -> None:
    issued = turnstile(siteverify).issue(SOURCE, 1, NOW)
    assert issued == {"site_key": "0x4AAAAAAAexample", "action": "forgot-password"}
    assert siteverify.asked == []


def test_a_confirmed_token_is_solved_once(siteverify: Siteverify) -> None:
    challenges = turnstile(siteverify)
    # SHA-256 of "token".
    name = "3c469e9d6c5875d37a43f353d4f88e61fcf812c66eee3457465a40b0da4153e0"  # pragma: allowlist secret - a digest
    assert challenges.check("token", SOURCE, NOW) == Solved(
        name=name, difficulty=2, expires_at=NOW + timedelta(seconds=300)
    )
    assert siteverify.asked == [{"secret": SECRET, "response": "token", "remoteip": SOURCE}]
    with pytest.raises(InvalidChallenge):
        challenges.check("token", SOURCE, NOW)


def test_an_ipv6_source_is_no_address_to_send(siteverify: Siteverify) -> None:
    turnstile(siteverify).check("token", "2001:db8::/64", NOW)
    assert siteverify.asked == [{"secret": SECRET, "response": "token"}]


@pytest.mark.parametrize("token", ["another", "", "t" * 2048])
def test_an_unknown_token_is_none(siteverify: Siteverify, token: str) -> None:
    with pytest.raises(InvalidChallenge):
        turnstile(siteverify).check(token, SOURCE, NOW)


def test_a_long_token_is_not_even_sent(siteverify: Siteverify) -> None:
    with pytest.raises(InvalidChallenge):
        turnstile(siteverify).check("t" * 2049, SOURCE, NOW)
    assert siteverify.asked == []


@pytest.mark.parametrize("changes", [{"hostname": "evil.test"}, {"action": "login"}, {"action": ""}])
def test_another_page_or_form_is_none_of_ours(siteverify: Siteverify, changes: dict[str, str]) -> None:
    for name, value in changes.items():
        setattr(siteverify, name, value)
    with pytest.raises(InvalidChallenge):
        turnstile(siteverify).check("token", SOURCE, NOW)


def test_another_source_is_refused(siteverify: Siteverify) -> None:
    with pytest.raises(InvalidChallenge):
        turnstile(siteverify).check("token", "198.51.100.1", NOW)


def test_a_wrong_secret_is_our_fault(siteverify: Siteverify) -> None:
    with pytest.raises(Unavailable):
        turnstile(siteverify, "wrong").check("token", SOURCE, NOW)


@pytest.mark.parametrize(
    ("status", "raw"),
    [(500, b"{}"), (200, b""), (200, b"<html>"), (200, b"\xff"), (200, b"[]"), (200, b'"x"'), (302, b"")],
)
def test_no_answer_is_no_solution(siteverify: Siteverify, status: int, raw: bytes) -> None:
    """Closed on failure: a caller is told to come back."""
    siteverify.status, siteverify.raw = status, raw
    with pytest.raises(Unavailable):
        turnstile(siteverify).check("token", SOURCE, NOW)


@pytest.mark.parametrize("answer", [{}, {"success": "true"}, {"success": 1}, {"success": False, "error-codes": None}])
def test_success_is_said_in_so_many_words(siteverify: Siteverify, answer: dict[str, Any]) -> None:
    siteverify.raw = json.dumps(answer).encode()
    with pytest.raises(InvalidChallenge):
        turnstile(siteverify).check("token", SOURCE, NOW)


def test_nobody_there(siteverify: Siteverify) -> None:
    challenges = turnstile(siteverify)
    gone = Turnstile(site_key="k", secret=challenges.secret, hosts=challenges.hosts, url="http://127.0.0.1:9/")
    with pytest.raises(Unavailable):
        gone.check("token", SOURCE, NOW)
