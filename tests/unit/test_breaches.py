"""The breach check: five hex digits leave, and nobody is kept out when no answer comes."""

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from password_reset import __version__
from password_reset.passwords.breaches import BreachCorpus
from tests.waiting import PATIENCE_SECONDS

BREACHED = "purple otters"
DIGEST = hashlib.sha1(BREACHED.encode()).hexdigest().upper()


@dataclass
class RangeService:
    """A stand-in that answers as the documented service does."""

    url: str = ""
    status: int = 200
    body: str = f"0018A45C4D1DEF81644B54AB7F969B88D65:1\r\n{DIGEST[5:]}:42\r\n{'F' * 35}:0"
    announced: int = 0
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    agents: set[str | None] = field(default_factory=set)


@pytest.fixture
def service(socket_enabled: None) -> Iterator[RangeService]:
    stand_in = RangeService()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            stand_in.asked.append((self.path, self.headers.get("Add-Padding")))
            stand_in.agents.add(self.headers.get("User-Agent"))
            self.send_response(stand_in.status)
            self.send_header("Content-Length", str(stand_in.announced or len(stand_in.body.encode())))
            self.end_headers()
            self.wfile.write(stand_in.body.encode())

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        stand_in.url = f"http://127.0.0.1:{server.server_port}/range/"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield stand_in
        server.shutdown()
        thread.join(PATIENCE_SECONDS)


def test_only_a_prefix_is_asked(service: RangeService) -> None:
    missed: list[str] = []
    corpus = BreachCorpus(url=service.url, unavailable=lambda: missed.append("counted"))
    assert corpus(BREACHED) is True
    assert corpus("another password") is False
    assert service.asked[0] == (f"/range/{DIGEST[:5]}", "true")
    assert all(len(path) == len("/range/") + 5 for path, _ in service.asked)
    assert service.agents == {f"password-reset/{__version__}"}
    assert missed == []


def test_padding_is_no_breach(service: RangeService) -> None:
    service.body = f"{DIGEST[5:]}:0"
    assert BreachCorpus(url=service.url, unavailable=lambda: None)(BREACHED) is False


@pytest.mark.parametrize(("status", "body"), [(503, ""), (429, ""), (200, "\u00ff")])
def test_no_answer_admits_and_is_counted(service: RangeService, status: int, body: str) -> None:
    missed: list[str] = []
    service.status, service.body = status, body
    assert BreachCorpus(url=service.url, unavailable=lambda: missed.append("counted"))(BREACHED) is False
    assert missed == ["counted"]


def test_a_truncated_answer_admits_and_is_counted(service: RangeService) -> None:
    missed: list[str] = []
    service.announced = 10_000
    assert BreachCorpus(url=service.url, unavailable=lambda: missed.append("counted"))(BREACHED) is False
    assert missed == ["counted"]


def test_nobody_there_admits_and_is_counted(socket_enabled: None) -> None:
    missed: list[str] = []
    corpus = BreachCorpus(url="http://127.0.0.1:1/range/", unavailable=lambda: missed.append("counted"))
    assert corpus(BREACHED) is False
    assert missed == ["counted"]
