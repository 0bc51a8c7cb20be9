"""Three browser engines behind four verbs: open, fill, press, expect. Two of them are driven by the W3C's protocols.

Chromium by Playwright, as everywhere here; Firefox, as Debian has it, by WebDriver BiDi; WebKit by WebDriver and
WebKitGTK's own driver, on a display that nobody sees.
"""

import base64
import json
import os
import shutil
import socket
import struct
import subprocess
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

from local.ports import free_port, wait_until_served
from local.processes import ending
from tests.browser.states import OWN_HEADING
from tests.waiting import until

PATIENCE_SECONDS = 30
_STATE = "return JSON.stringify([document.querySelector('h1')?.textContent ?? '', document.readyState, location.href])"


class Engine(Protocol):
    """A browser with one window."""

    def open(self, url: str) -> None: ...

    def run(self, script: str) -> Any:
        """Run the body of a function in the page; return what it returns."""

    def fill(self, selector: str, text: str) -> None:
        """Type into a field as a keyboard does."""

    def press(self, selector: str) -> None: ...


def expect_heading(engine: Engine, text: str) -> None:
    """Wait for a state of the page by its heading."""
    own = f"return document.querySelector('{OWN_HEADING}')?.textContent === {json.dumps(text)}"
    wait_for(engine, own, f"no heading {text!r}")


def wait_for(engine: Engine, condition: str, otherwise: str) -> None:
    try:
        until(lambda: engine.run(condition), PATIENCE_SECONDS)
    except AssertionError:
        raise AssertionError(f"{otherwise}: {engine.run(_STATE)}") from None  # noqa: EM102, TRY003 - what is there


class Chromium:
    """By Playwright."""

    def __init__(self, page: Any) -> None:
        self._page = page

    def open(self, url: str) -> None:
        self._page.goto(url)

    def run(self, script: str) -> Any:
        return self._page.evaluate(f"() => {{ {script} }}")

    def fill(self, selector: str, text: str) -> None:
        self._page.locator(selector).press_sequentially(text)

    def press(self, selector: str) -> None:
        self._page.locator(selector).click()


class Firefox:
    """By WebDriver BiDi: JSON over a WebSocket (RFC 6455)."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS)
        key = base64.b64encode(os.urandom(16)).decode()
        self._socket.sendall(
            f"GET /session HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        self._stream = self._socket.makefile("rb")
        while self._stream.readline().strip():
            pass
        self._sent = 0
        self.call("session.new", capabilities={})
        self._context = self.call("browsingContext.getTree")["contexts"][0]["context"]

    def close(self) -> None:
        self._stream.close()
        self._socket.close()

    def call(self, method: str, **params: Any) -> Any:
        self._sent += 1
        self._send(json.dumps({"id": self._sent, "method": method, "params": params}).encode())
        while True:
            answer = json.loads(self._receive())
            if answer.get("id") == self._sent:
                assert answer["type"] == "success", answer
                return answer["result"]

    def _send(self, payload: bytes) -> None:
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))
        length = (
            struct.pack(">B", 0x80 | len(payload)) if len(payload) < 126 else b"\xfe" + struct.pack(">H", len(payload))
        )
        self._socket.sendall(b"\x81" + length + mask + masked)

    def _receive(self) -> bytes:
        message = b""
        while True:
            first, length = self._stream.read(2)
            if length >= 126:
                length = int.from_bytes(self._stream.read(2 if length == 126 else 8))
            message += self._stream.read(length)
            if first & 0x80:  # the last frame of its message
                return message

    def open(self, url: str) -> None:
        self.call("browsingContext.navigate", context=self._context, url=url, wait="complete")

    def run(self, script: str) -> Any:
        answer = self.call(
            "script.evaluate",
            expression=f"JSON.stringify((() => {{ {script} }})() ?? null)",
            target={"context": self._context},
            awaitPromise=False,
        )
        assert answer["type"] == "success", answer
        return json.loads(answer["result"]["value"])

    def fill(self, selector: str, text: str) -> None:
        self.press(selector)
        keys = [{"type": kind, "value": letter} for letter in text for kind in ("keyDown", "keyUp")]
        self._act({"type": "key", "id": "keyboard", "actions": keys})

    def press(self, selector: str) -> None:
        node = self.call(
            "browsingContext.locateNodes", context=self._context, locator={"type": "css", "value": selector}
        )["nodes"][0]
        self.run(f"document.querySelector({json.dumps(selector)}).scrollIntoView({{ block: 'center' }})")
        origin = {"type": "element", "element": {"sharedId": node["sharedId"]}}
        actions = [
            {"type": "pointerMove", "x": 0, "y": 0, "origin": origin},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        self._act({"type": "pointer", "id": "mouse", "actions": actions})

    def _act(self, source: dict[str, Any]) -> None:
        self.call("input.performActions", context=self._context, actions=[source])


@contextmanager
def firefox(folder: Path) -> Iterator[Engine]:
    (folder / "user.js").write_text('user_pref("intl.accept_languages", "en-GB");\n')
    command = ["firefox-esr", "--headless", "--no-remote", "--profile", str(folder), "--remote-debugging-port", "0"]
    environment = {**os.environ, "HOME": str(folder)}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    with ending(process):
        assert process.stderr
        said = next(line for line in process.stderr if "WebDriver BiDi listening on" in line)
        # What it says after that is read by nobody, and a full pipe would stop it.
        threading.Thread(target=process.stderr.read, daemon=True).start()
        with closing(Firefox(int(said.rpartition(":")[2]))) as engine:
            yield engine


class WebKit:
    """By WebDriver: JSON over HTTP."""

    def __init__(self, url: str) -> None:
        self._url = url
        session = self.call("POST", "/session", {"capabilities": {"alwaysMatch": {}}})
        self._url = f"{url}/session/{session['sessionId']}"

    def close(self) -> None:
        self.call("DELETE", "")

    def call(self, method: str, path: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._url + path, data=data, method=method)
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            return json.load(answer)["value"]

    def open(self, url: str) -> None:
        self.call("POST", "/url", {"url": url})

    def run(self, script: str) -> Any:
        return self.call("POST", "/execute/sync", {"script": script, "args": []})

    def fill(self, selector: str, text: str) -> None:
        self.call("POST", f"/element/{self._find(selector)}/value", {"text": text})

    def press(self, selector: str) -> None:
        self.call("POST", f"/element/{self._find(selector)}/click", {})

    def _find(self, selector: str) -> str:
        found = self.call("POST", "/element", {"using": "css selector", "value": selector})
        return str(next(iter(found.values())))


@contextmanager
def webkit(_: Path) -> Iterator[Engine]:
    reading, writing = os.pipe()
    port = free_port()
    display = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "800x700x16", "-nolisten", "tcp"],
        pass_fds=[writing],
        stderr=subprocess.DEVNULL,
    )
    with ending(display):
        os.close(writing)
        with os.fdopen(reading) as number:
            name = f":{number.readline().strip()}"
        environment = {**os.environ, "DISPLAY": name, "LIBGL_ALWAYS_SOFTWARE": "1", "LANGUAGE": "en"}
        driver = subprocess.Popen(["WebKitWebDriver", f"--port={port}"], env=environment)
        with ending(driver):
            wait_until_served(driver, port, PATIENCE_SECONDS)
            with closing(WebKit(f"http://127.0.0.1:{port}")) as engine:
                yield engine


type Start = Callable[[Path], Any]
ENGINES: dict[str, tuple[Start, tuple[str, ...]]] = {
    "firefox": (firefox, ("firefox-esr",)),
    "webkit": (webkit, ("WebKitWebDriver", "Xvfb")),
}
"""How to start each but Chromium, which is every browser test's, and the programs that it takes."""


def missing(name: str) -> list[str]:
    """Return the programs that this machine lacks for an engine."""
    return [program for program in ENGINES[name][1] if shutil.which(program) is None]
