"""Mail through an SMTP server, of any provider, over TLS whose certificate is verified.

The password is sent to nobody before that: without STARTTLS there is no login. What the server refuses for now
(4xx) is raised, and tried again by the queue; a recipient that it refuses for good is not.
"""

import json
import smtplib
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any, Literal, override

from password_reset.errors import Undeliverable

TIMEOUT_SECONDS = 5.0
"""For each answer of the server."""
LONGEST_SECONDS = 8.0
"""For all of them together: a worker has a batch to get through."""
_PERMANENT = 500


class _Hurried(smtplib.SMTP):
    """A session that is over in `LONGEST_SECONDS`, however many answers are slow."""

    def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - as smtplib's
        self._deadline = time.monotonic() + LONGEST_SECONDS
        super().__init__(*arguments, **named)

    @override
    def getreply(self) -> tuple[int, bytes]:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        if self.sock:
            self.sock.settimeout(min(left, TIMEOUT_SECONDS))
        return super().getreply()


class _HurriedTls(_Hurried, smtplib.SMTP_SSL):
    """The same, in TLS from the first byte."""


@dataclass(frozen=True, kw_only=True)
class SmtpTransport:
    """One server. `credentials` reads JSON with `username` and `password`, from its cache where that is fresh."""

    host: str
    port: int
    security: Literal["starttls", "tls"]
    credentials: Callable[[], str]

    def send(self, mail: EmailMessage, delivery: str) -> str:  # noqa: ARG002 - SMTP has no reports to tell it in
        """Hand the mail over for its one recipient; return its Message-ID.

        Raises:
            Undeliverable: the server refuses the recipient for good.
            OSError: anything else that went wrong, `smtplib.SMTPException` among it.
        """
        login = json.loads(self.credentials())
        server = self._connect()
        try:
            server.login(login["username"], login["password"])
            server.send_message(mail)
        except smtplib.SMTPRecipientsRefused as refused:
            ((code, _),) = refused.recipients.values()
            if code >= _PERMANENT:
                raise Undeliverable(reason="recipient_refused") from None
            raise
        finally:
            # What the server says to that changes nothing about the mail that it took or refused.
            with suppress(smtplib.SMTPException, OSError):
                server.quit()
            server.close()
        return str(mail["Message-ID"])

    def _connect(self) -> smtplib.SMTP:
        context = ssl.create_default_context()  # verifies certificate and host name
        if self.security == "tls":
            return _HurriedTls(self.host, self.port, timeout=TIMEOUT_SECONDS, context=context)
        server = _Hurried(self.host, self.port, timeout=TIMEOUT_SECONDS)
        try:
            server.starttls(context=context)
        except BaseException:
            server.close()
            raise
        return server
