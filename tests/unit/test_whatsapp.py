"""WhatsApp over HTTP, against a server that takes only what Meta documents and answers its documented errors."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from local.graph import Graph
from password_reset.channels.phone import PhoneMessage
from password_reset.channels.whatsapp import GraphError, WhatsAppChannel
from password_reset.errors import Undeliverable
from tests.waiting import PATIENCE_SECONDS

MESSAGE = PhoneMessage(text="20471163 is your code.", code="20471163", language="de")
ACCESS_TOKEN = "EAAJB-made-up"
pytestmark = pytest.mark.enable_socket


class Meta(Graph):
    """The Graph API at a port."""

    url: str = ""
    seen: list[tuple[str, dict[str, str], Any]]
    location: str | None = None


@pytest.fixture
def meta() -> Iterator[Meta]:
    graph = Meta()
    graph.seen = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            graph.seen.append((self.path, dict(self.headers), json.loads(body)))
            status, answer = graph.answer(self.path, dict(self.headers), body)
            self.send_response(302 if graph.location else status)
            if graph.location:
                self.send_header("Location", graph.location)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def do_GET(self) -> None:
            graph.seen.append((self.path, dict(self.headers), None))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        graph.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield graph
        server.shutdown()
        thread.join(PATIENCE_SECONDS)


def channel(meta: Meta, **changes: Any) -> WhatsAppChannel:
    chosen: dict[str, Any] = {"kind": "template", "template": "reset_code", "access_token": lambda: ACCESS_TOKEN}
    return WhatsAppChannel(version="v23.0", phone_number_id="106540352242922", url=meta.url, **(chosen | changes))


def test_a_template_is_sent_as_documented(meta: Meta) -> None:
    message_id = channel(meta).send("+12015553931", MESSAGE)
    ((path, headers, body),) = meta.seen
    assert path == "/v23.0/106540352242922/messages"
    assert (headers["Authorization"], headers["Content-Type"]) == (f"Bearer {ACCESS_TOKEN}", "application/json")
    assert body == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "12015553931",
        "type": "template",
        "template": {
            "name": "reset_code",
            "language": {"code": "de"},
            "components": [
                {"type": "body", "parameters": [{"type": "text", "text": "20471163"}]},
                {
                    "type": "button",
                    "sub_type": "url",
                    "index": "0",
                    "parameters": [{"type": "text", "text": "20471163"}],
                },
            ],
        },
    }
    assert message_id == meta.sent[0]["id"]
    assert message_id.startswith("wamid.")


def test_text_is_sent_as_documented(meta: Meta) -> None:
    channel(meta, kind="text", template=None).send("+12015553931", MESSAGE)
    assert meta.seen[0][2] == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "12015553931",
        "type": "text",
        "text": {"preview_url": False, "body": "20471163 is your code."},
    }


@pytest.mark.parametrize("code", [190, 130429])
def test_an_error_is_known_by_its_number_alone(meta: Meta, code: int) -> None:
    meta.failures.append(code)
    with pytest.raises(GraphError) as refused:
        channel(meta).send("+12015553931", MESSAGE)
    assert refused.value.response == {"Error": {"Code": str(code)}}
    assert ACCESS_TOKEN not in repr(refused.value)
    assert refused.value.__cause__ is None


def test_a_number_without_whatsapp_is_undeliverable(meta: Meta) -> None:
    meta.failures.append(131026)
    with pytest.raises(Undeliverable) as refused:
        channel(meta).send("+12015553931", MESSAGE)
    assert refused.value.reason == "number_unreachable"


@pytest.mark.parametrize("changes", [{"access_token": str}, {"template": "No Such"}, {"template": None}])
def test_the_server_refuses_what_is_not_documented(meta: Meta, changes: dict[str, Any]) -> None:
    with pytest.raises(GraphError):
        channel(meta, **changes).send("+12015553931", MESSAGE)
    assert meta.sent == []


def test_a_redirect_is_not_shown_the_access_token(meta: Meta) -> None:
    meta.location = f"{meta.url}/elsewhere"
    with pytest.raises(GraphError) as refused:
        channel(meta).send("+12015553931", MESSAGE)
    assert refused.value.response == {"Error": {"Code": "302"}}
    assert len(meta.seen) == 1


def test_no_answer_is_an_error_of_the_network(meta: Meta) -> None:
    with pytest.raises(OSError, match="refused"):
        WhatsAppChannel(
            version="v23.0",
            phone_number_id="1",
            kind="text",
            template=None,
            access_token=lambda: ACCESS_TOKEN,
            url="http://127.0.0.1:9",
        ).send("+12015553931", MESSAGE)
