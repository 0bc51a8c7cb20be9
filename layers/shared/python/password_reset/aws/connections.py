"""HTTP connections to one host, kept open from call to call."""

import os
import select
import socket
import ssl
from collections.abc import Mapping
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import NamedTuple
from urllib.parse import urlsplit

from password_reset.aws.errors import NoAnswerError, NotSentError


class Request(NamedTuple):
    """What is sent to the host."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class Response(NamedTuple):
    """What it answers; the names of headers are in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes


_OK = 200


class Connections:
    """Connections to a URL's host, each used by one thread at a time. Times are seconds."""

    def __init__(self, url: str, connect: float, read: float) -> None:
        self.url = url
        self._scheme, self.host = urlsplit(url)[:2]
        if self._scheme not in {"https", "http"} or not self.host:
            raise ValueError(url)
        self._connect, self._read = connect, read
        self.idle: list[HTTPConnection] = []

    def send(self, request: Request) -> Response:
        """Return the answer.

        Raises:
            NotSentError: there is no connection.
            NoAnswerError: it broke, or took too long.
        """
        connection = self._taken()
        try:
            connection.request(request.method, request.path, request.body or None, dict(request.headers))
            with connection.getresponse() as answer:
                # A head that is cut off looks like a whole one: no service of AWS's answers without a length.
                if answer.status < _OK or (answer.length is None and not answer.chunked):
                    raise HTTPException  # noqa: TRY301 - as http.client raises it for the other half of them
                headers = {name.lower(): value for name, value in answer.getheaders()}
                response = Response(answer.status, headers, answer.read())
        except BaseException as error:
            connection.close()
            if isinstance(error, OSError | HTTPException):
                raise NoAnswerError from error
            raise
        self.idle.append(connection)  # closed, where the host wants it
        return response

    def _taken(self) -> HTTPConnection:
        while self.idle:
            connection = self.idle.pop()
            # With nothing asked there is nothing to read but the end.
            if connection.sock and not _is_readable(connection.sock):
                return connection
            connection.close()
        return self._opened()

    def _opened(self) -> HTTPConnection:
        if self._scheme == "https":
            connection: HTTPConnection = HTTPSConnection(self.host, timeout=self._connect, context=trust())
        else:
            connection = HTTPConnection(self.host, timeout=self._connect)
        try:
            connection.connect()
        except OSError as error:
            connection.close()
            raise NotSentError from error
        connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        connection.sock.settimeout(self._read)
        return connection


@cache
def trust() -> ssl.SSLContext:
    """Return the authorities that this machine trusts, or `AWS_CA_BUNDLE`; to read them takes 20 ms or more."""
    return ssl.create_default_context(cafile=os.environ.get("AWS_CA_BUNDLE"))


def _is_readable(idle: socket.socket) -> bool:
    waiting = select.poll()
    waiting.register(idle, select.POLLIN)
    return bool(waiting.poll(0))
