"""The local server as the person at its console sees it: accounts, mails, and a process to start and stop."""

import json
import re
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.cheap import checkpw
from tests.server import served
from tests.waiting import PATIENCE_SECONDS, until

LINK = re.compile(r"http://\S+/reset-password(?:\?lang=[\w-]+)?#token=[\w-]{43}")
REPORT = re.compile(r"http://\S+/report-change(?:\?lang=[\w-]+)?#token=[\w-]{43}")
CHEAPLY = """
from local.__main__ import main
from tests.cheap import make_bcrypt_cheap

make_bcrypt_cheap()
main()
"""
CODE = re.compile(r"\b[0-9]{8}\b")


@dataclass(frozen=True)
class Site:
    """A running server."""

    url: str

    def call(self, path: str, body: object = None) -> Any:
        request = urllib.request.Request(self.url + path, data=None if body is None else json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            return json.load(answer)

    def create_account(self, password: str | None = "an old and tired password", **members: object) -> str:
        """Create an account; return its address."""
        email = f"{uuid.uuid4().hex[:12]}@example.com"
        self.call("/_local/users", {"email": email, "password": password, **members})
        return email

    def mailed_links(self, email: str) -> list[str]:
        """Return the links sent to an address, the oldest first."""
        return [
            found[0]
            for mail in self.call("/_local/outbox")
            if mail["to"] == [email] and (found := LINK.search(mail["text"]))
        ]

    def report_links(self, email: str) -> list[str]:
        """Return the links by which the notices to an address can be disputed, the oldest first."""
        texts = [mail["text"] for mail in self.call("/_local/outbox") if mail["to"] == [email]]
        return [found[0] for text in texts if (found := REPORT.search(text))]

    def mailed_link(self, email: str) -> str:
        """Return the first link sent to an address, once it is there."""
        return until(lambda: self.mailed_links(email))[0]

    def sent_code(self, to: str, number: int = 1) -> str:
        """Return the code of the message of this number to an address or phone, once it is there."""

        def texts() -> list[str]:
            found = [message["text"] for message in self.call("/_local/outbox") if message["to"] == [to]]
            return found if len(found) >= number else []

        code: str = CODE.findall(until(texts)[number - 1])[0]
        return code

    def link_for(self, email: str) -> str:
        """Ask for a link and return it."""
        self.call_api("/auth/forgot-password", {"email": email})
        return self.mailed_link(email)

    def call_api(self, path: str, body: object) -> Any:
        request = urllib.request.Request(
            self.url + path, data=json.dumps(body).encode(), headers={"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            return json.load(answer)

    def has_password(self, email: str, password: str) -> bool:
        """Whether this is the account's password, by the stored hash."""
        stored: str = self.call(f"/_local/users/{email}")["password_hash"]
        return checkpw(password.encode(), stored.encode())


@contextmanager
def running_site(**settings: str) -> Iterator[Site]:
    """Serve with these settings, at a free port."""
    with served("-c", CHEAPLY, **{"RESET_LIMIT_PER_SOURCE": "0", **settings}) as process:
        yield Site(process.url)
