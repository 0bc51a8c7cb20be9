"""`make smoke`: against the local server it finds nothing, against a server that is off in one thing it finds that."""

import io
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from functools import partial
from typing import Any

import httpx
import pytest

from tests.contract.test_local_server import Server, start
from tools.smoke import __main__ as main
from tools.smoke.checks import Smoke
from tools.smoke.places import place

OK = [
    "a preflight, `origin` in lower case",
    "a preflight of another origin",
    "the password policy",
    "an unknown path is 404",
    "a wrong method is 404",
    "another media type is 415",
    "a large body is 413",
    "no JSON is 400",
    "a wrong token is 400",
    "no session is 401",
    "an identifier's limit is 429, or wants a challenge",
    "the pages and their policy",
    "a whole reset, its notice and its event",
]

pytestmark = pytest.mark.enable_socket


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    yield from start(RESET_LIMIT_PER_SOURCE="0")


def table(monkeypatch: pytest.MonkeyPatch, url: str) -> tuple[dict[str, str], bool]:
    """Return the suite's outcomes by check, and whether it ended with an error."""
    for name in ("ENV", "ORIGIN", "PAGES", "IMAP", "TO"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("URL", url)
    failed, printed = False, io.StringIO()
    with redirect_stdout(printed):
        try:
            main.main()
        except SystemExit as ended:
            failed = ended.code == 1
    lines = [line for line in printed.getvalue().splitlines()[1:] if not line.startswith("          ")]
    return {line[10:]: line[:10].strip() for line in lines}, failed


def test_the_local_server_is_as_promised(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every check passes but the one that it is unable to, which is said."""
    outcomes, failed = table(monkeypatch, server.url)
    assert outcomes == {**dict.fromkeys(OK, "ok"), "a bounce is recorded": "not here"}
    assert not failed


@pytest.mark.nightly
def test_another_choice_of_settings_is_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without sessions, with a challenge in place of the refusal, and with a policy of four classes."""
    with contextmanager(start)(SESSIONS="false", CHALLENGE="altcha", PASSWORD_POLICY="classic") as server:
        outcomes, failed = table(monkeypatch, server.url)
    unable = {"no session is 401": "not here", "a bounce is recorded": "not here"}
    assert outcomes == {**dict.fromkeys(OK, "ok"), **unable}
    assert not failed


class Altered(httpx.HTTPTransport):
    """Answers of one path, altered on their way: a status, or headers."""

    def __init__(self, path: str, **change: Any) -> None:
        super().__init__()
        self._path, self._change = path, change

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Pass a request on."""
        answer = super().handle_request(request)
        if request.url.path.startswith(self._path):
            answer.status_code = self._change.get("status", answer.status_code)
            answer.headers.update(self._change.get("headers", {}))
        return answer


@pytest.mark.parametrize(
    ("path", "change", "check", "difference"),
    [
        ("/auth/nowhere", {"status": 403}, "an unknown path is 404", "status: 403, not 404"),
        (
            "/auth/nowhere",
            {"headers": {"Content-Type": "application/json"}},
            "an unknown path is 404",
            "type: 'application/json', not 'application/problem+json'",
        ),
        (
            "/auth/me",
            {"headers": {"WWW-Authenticate": "Basic"}},
            "no session is 401",
            "WWW-Authenticate: 'Basic', not 'Bearer'",
        ),
        (
            "/auth/password-policy",
            {"headers": {"Cache-Control": "max-age=60"}},
            "the password policy",
            "Cache-Control: 'max-age=60', not 'no-store'",
        ),
        (
            "/auth/reset-password",
            {"headers": {"Access-Control-Allow-Origin": "*"}},
            "a preflight of another origin",
            "CORS: {'access-control-allow-origin': '*'}, not {}",
        ),
        (
            "/auth/forgot-password",
            {"status": 200},
            "an identifier's limit is 429, or wants a challenge",
            "status: 200, not 429",
        ),
        (
            "/reset-password",
            {"headers": {"Referrer-Policy": "unsafe-url"}},
            "the pages and their policy",
            (
                "/reset-password headers: {'Cache-Control': 'no-store', 'Referrer-Policy': 'unsafe-url'}, "
                "not {'Cache-Control': 'no-store', 'Referrer-Policy': 'no-referrer'}"
            ),
        ),
    ],
)
def test_a_difference_is_found_and_told(
    path: str, change: dict[str, Any], check: str, difference: str, server: Server
) -> None:
    """What came, and what should have."""
    with httpx.Client(transport=Altered(path, **change)) as client:
        smoke = Smoke(url=server.url, pages=server.url, client=client, place=place(server.url, client, {}))
        assert difference in list(smoke.checks()[check]())


def test_an_address_alone_is_checked_as_far_as_it_goes(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without ENV nothing is made; what needs an account or an origin is said to be left out; the rest still counts."""
    hidden = Altered("/_local", status=404)
    monkeypatch.setattr(httpx, "Client", partial(httpx.Client, transport=hidden))
    outcomes, failed = table(monkeypatch, server.url)
    left_out = {
        "a preflight, `origin` in lower case",
        "the pages and their policy",
        "a whole reset, its notice and its event",
        "a bounce is recorded",
    }
    assert {name for name, outcome in outcomes.items() if outcome != "ok"} == left_out
    assert not failed


def test_one_difference_fails_the_suite(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """`make` ends with an error."""
    monkeypatch.setattr(httpx, "Client", partial(httpx.Client, transport=Altered("/auth/me", status=403)))
    outcomes, failed = table(monkeypatch, server.url)
    assert {name for name, outcome in outcomes.items() if outcome == "differs"} == {"no session is 401"}
    assert failed


def test_what_is_not_an_address_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line for the person who asked."""
    monkeypatch.setenv("URL", "example.com")
    with pytest.raises(SystemExit, match=r"^usage: make smoke URL=https://"):
        main.main()
