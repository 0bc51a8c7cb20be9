"""A host that answers by a script, and writes down every byte that it is sent."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial

import trustme

from tests.waiting import PATIENCE_SECONDS

CLOSE = b""
"""Instead of an answer: the connection is closed."""
NEVER = None
"""Instead of an answer: nothing."""


def answer(status: int = 200, body: bytes = b"{}", **headers: str) -> bytes:
    """Return an HTTP response; the names of headers have underscores for hyphens."""
    lines = [f"HTTP/1.1 {status} Told", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass
class Host:
    """What it was sent, connection by connection; what is left to answer."""

    url: str
    script: list[bytes | None] = field(default_factory=list)
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    open: list[socket.socket] = field(default_factory=list)

    def hang_up(self) -> None:
        """End every connection."""
        while self.open:
            with suppress(OSError):
                self.open.pop().shutdown(socket.SHUT_RDWR)

    def told(self) -> list[tuple[bytes, list[bytes], bytes]]:
        """Return each request's first line, sorted headers and body, and forget them."""
        told = []
        for request in self.requests:
            head, _, body = request.partition(b"\r\n\r\n")
            first, *headers = head.split(b"\r\n")
            told.append((first, sorted(headers, key=bytes.lower), body))
        self.requests.clear()
        return told


@contextmanager
def scripted(certificate: trustme.LeafCert | None = None) -> Iterator[Host]:
    """Serve until the block ends, by TLS with a certificate."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    if certificate:
        certificate.configure_cert(context)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        scheme = "https" if certificate else "http"
        host = Host(f"{scheme}://localhost:{listening.getsockname()[1]}")
        secured = partial(context.wrap_socket, server_side=True) if certificate else _as_it_is
        threading.Thread(target=_serve, args=(listening, host, secured), daemon=True).start()
        yield host
        host.hang_up()
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)


def _as_it_is(connection: socket.socket) -> socket.socket:
    return connection


def _serve(listening: socket.socket, host: Host, secured: Callable[[socket.socket], socket.socket]) -> None:
    with suppress(OSError):
        while True:
            connection, _ = listening.accept()
            host.connections += 1
            host.open.append(connection)
            threading.Thread(target=_converse, args=(connection, host, secured), daemon=True).start()


def _converse(plain: socket.socket, host: Host, secured: Callable[[socket.socket], socket.socket]) -> None:
    plain.settimeout(PATIENCE_SECONDS)
    with suppress(OSError), plain, secured(plain) as connection:
        while request := _read(connection):
            host.requests.append(request)
            told = host.script.pop(0)
            if told is CLOSE:
                return
            if told is not NEVER:
                connection.sendall(told)


def _read(connection: socket.socket) -> bytes:
    found = b""
    while b"\r\n\r\n" not in found:
        more = connection.recv(1 << 16)
        if not more:
            return b""
        found += more
    head, _, body = found.partition(b"\r\n\r\n")
    length = next(
        (int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")), 0
    )
    while len(body) < length:
        body += connection.recv(1 << 16)
    return head + b"\r\n\r\n" + body
