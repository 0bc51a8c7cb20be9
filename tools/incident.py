"""`URL=http://127.0.0.1:8000 python -m tools.incident`: an incident on the local server, from alarm to end.

A flood, a replayed link, a takeover and a dispute, and what an operator does about each, with nothing but the commands
in `docs/operations.md`. The transcript is `docs/incident.md`; a test plays it again and compares.
"""

import json
import os
import re
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any, Protocol

OWNER = "owner@example.com"
OLD, STOLEN, NEW = "seven grey herons wade", "thief picked this one 9", "purple otters read quietly"
FORGOT, VERIFY, RESET, REPORT = (
    f"POST /auth/{name}" for name in ("forgot-password", "verify-reset-token", "reset-password", "report-change")
)
SIGN_IN, ME = "POST /auth/sign-in", "GET /auth/me"
LIMIT = 30
"""Requests that a source has in an hour."""
SHOWN = 3
"""Lines of a long answer that are shown of its beginning, and of its end."""
_TRIES = 200
_TIMEOUT_SECONDS = 30
_ID = re.compile(
    r"\b[0-9a-f]{8}-[0-9a-f-]{27}\b|\boperator-[0-9a-f]{16}\b|(?<=token=)[0-9a-f]{12}\b|(?<=Z )[0-9a-f]{13}\b"
)
_TIME = re.compile(r"\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")
_LINK = re.compile(r"#token=([\w-]{43})")
_REPORT = re.compile(r"/report-change\S*#token=([\w-]{43})")


class Place(Protocol):
    """Where it happens: a local server."""

    def call(self, method: str, path: str, body: object = None, session: str = "") -> tuple[int, Any]:
        """Return an answer's status and its JSON."""

    def settle(self) -> None:
        """Let the worker work for a moment."""


class NothingHappened(Exception):
    """What should have happened did not."""


@dataclass(frozen=True)
class Server:
    """A server at an address."""

    url: str

    def call(self, method: str, path: str, body: object = None, session: str = "") -> tuple[int, Any]:
        """Send a request."""
        request = urllib.request.Request(  # noqa: S310 - the operator's own
            self.url.rstrip("/") + path,
            None if body is None else json.dumps(body).encode(),
            {"Content-Type": "application/json", **({"Authorization": f"Bearer {session}"} if session else {})},
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310 - the same
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"null")

    def settle(self) -> None:
        """Wait a little."""
        time.sleep(0.05)


@dataclass
class Incident:
    """The story, as it is told while it happens. Ids and times are told in a form that is the same each time."""

    place: Place
    lines: list[str] = field(default_factory=list)
    _ids: dict[str, str] = field(default_factory=dict)
    _began: datetime | None = None

    def tell(self, text: str) -> None:
        """Say what happens."""
        self.lines += [text, ""]

    def ask(self, who: str, request: str, body: object = None, *, times: int = 1, session: str = "") -> Any:  # noqa: ANN401 - JSON
        """Let somebody send a request, and tell the answers; return the last one's JSON."""
        method, path = request.split()
        answers = [self.place.call(method, path, body, session) for _ in range(times)]
        self._tell_answers(who, request, answers)
        return answers[-1][1]

    def flood(self, addresses: Sequence[str]) -> None:
        """Let somebody request a reset for each of these addresses, and the worker have done with what was admitted."""
        method, path = FORGOT.split()
        answers = [self.place.call(method, path, {"email": email}) for email in addresses]
        self._tell_answers("attacker", FORGOT, answers)
        self._wait(lambda: self._audited("deliver-reset") >= LIMIT)
        self.later(1)

    def operate(self, tool: str, *arguments: str, first: int = SHOWN) -> None:
        """Let the operator give a command, and tell what it says: of a long answer, so many of its first lines."""
        status, answer = self.place.call("POST", f"/_local/{tool}", {"arguments": list(arguments)})
        told: str = answer["told"] if status == HTTPStatus.OK else answer["error"]
        lines = told.splitlines()
        if len(lines) > first + SHOWN:
            lines[first:-SHOWN] = [f"… {len(lines) - first - SHOWN} more lines …"]
        command = " ".join(["python -m", f"tools.{tool}", *arguments])
        self.lines += ["```console", *map(self._same, [f"$ {command}", *lines]), "```", ""]
        self.later(1)

    def mail(self, subject: str, number: int = 1) -> str:
        """Return the text of the owner's email of this number with this subject, once it is there, and tell that it is.

        Raises:
            NothingHappened: it never is.
        """

        def texts() -> list[str]:
            mails = self.place.call("GET", "/_local/outbox")[1]
            return [mail["text"] for mail in mails if mail["to"] == [OWNER] and mail["subject"] == subject]

        self._wait(lambda: len(texts()) >= number)
        self.lines += [f"*{OWNER} gets “{subject}”.*", ""]
        self.later(1)
        return texts()[number - 1]

    def later(self, seconds: int) -> None:
        """Let time pass. A second between any two things keeps them in their order."""
        self.place.call("POST", "/_local/clock", {"advanceSeconds": seconds})

    def _wait(self, happened: Callable[[], bool]) -> None:
        for _ in range(_TRIES):
            if happened():
                return
            self.place.settle()
        raise NothingHappened

    def _audited(self, event: str) -> int:
        return sum(record["event"] == event for record in self.place.call("GET", "/_local/audit")[1])

    def _tell_answers(self, who: str, request: str, answers: Sequence[tuple[int, Any]]) -> None:
        def shown(status: int, body: Any) -> str:  # noqa: ANN401 - JSON
            what = f"valid: {json.dumps(body['valid'])}" if "valid" in body else body.get("code", "")
            return f"{status} {what}".strip()

        counted = Counter(shown(*answer) for answer in answers)
        told = ", then ".join(text if count == 1 else f"{count} times {text}" for text, count in counted.items())
        self.lines += [f"    {who}: {request} → {told}", ""]
        self.later(1)

    def _same(self, text: str) -> str:
        """Return a text with its ids numbered, and its times as hours and minutes since the first."""

        def numbered(found: re.Match[str]) -> str:
            return self._ids.setdefault(found[0], f"id-{len(self._ids) + 1}")

        def since(found: re.Match[str]) -> str:
            moment = datetime.fromisoformat(found[0])
            self._began = self._began or moment
            minutes = int((moment - self._began).total_seconds() // 60)
            return f"+{minutes // 60}:{minutes % 60:02}"

        return _TIME.sub(since, _ID.sub(numbered, text))


def play(place: Place) -> str:
    """Let it happen, and return the transcript."""
    incident = Incident(place)
    place.call("POST", "/_local/users", {"email": OWNER, "password": OLD, "name": "Olga"})
    for act in (_flood, _replay, _takeover, _dispute):
        act(incident)
    return "\n".join([_HEAD, *incident.lines]).rstrip("\n") + "\n"


def _flood(it: Incident) -> None:
    it.tell("## A flood\n\nThe alarm `Flood` goes off: somebody requests resets for one address after another.")
    it.flood([f"guess{number}@example.com" for number in range(LIMIT)])
    it.flood([f"guess{number}@example.com" for number in range(LIMIT, LIMIT + 10)])
    it.tell("The limit for a source stops them after 30. What have they asked for?")
    it.operate("trace", "--source", "127.0.0.1", "--hours", "1", first=1)
    it.tell("One source, and no person behind it. The operator blocks it, which takes effect within a minute.")
    it.operate("levers", "block", "127.0.0.1")
    it.later(60)
    it.ask("attacker", FORGOT, {"email": OWNER})
    it.tell("If it came from everywhere, `pause silent` would stop all messages, and tell nobody so.")
    it.operate("levers", "pause", "silent")
    it.tell("The flood is over. Everything is left to the settings again, and it's on record who did what.")
    it.operate("levers", "clear")
    it.operate("levers", "history")
    it.later(3600)


def _replay(it: Incident) -> None:
    it.tell("## A replayed link\n\nOlga resets her password.")
    it.ask("owner", FORGOT, {"email": OWNER})
    token = _link(it.mail("Reset your Example password"))
    it.ask("owner", RESET, {"token": token, "newPassword": NEW})
    it.mail("Your Example password was changed")
    it.tell("Somebody has found the link in a log of hers, and tries it. The alarm `ReplayedTokens` goes off.")
    it.ask("attacker", RESET, {"token": token, "newPassword": STOLEN}, times=10)
    it.operate("trace", OWNER, "--hours", "1")
    it.tell("`why=used`: the link was used once, by its owner, and changed nothing since. There is nothing to undo.")
    it.later(3600)


def _takeover(it: Incident) -> None:
    it.tell("## A takeover\n\nA thief reads Olga's mailbox, resets her password and signs in.")
    it.ask("thief", FORGOT, {"email": OWNER})
    token = _link(it.mail("Reset your Example password", 2))
    it.ask("thief", RESET, {"token": token, "newPassword": STOLEN})
    notice = it.mail("Your Example password was changed", 2)
    session = it.ask("thief", SIGN_IN, {"email": OWNER, "password": STOLEN})["accessToken"]
    it.ask("thief", ME, session=session)
    it.tell("Olga reads the notice, and calls. The operator looks at what happened, and to which account.")
    it.operate("trace", OWNER, "--hours", "1")
    it.tell("Whatever opens the account is voided at once: the thief's session, and the link in the notice.")
    it.operate("levers", "void-account", OWNER)
    it.ask("thief", ME, session=session)
    it.ask("thief", VERIFY, {"token": _link(notice)})
    it.tell(
        "Olga takes her mailbox back, and proves who she is. The operator starts a reset that first puts a password in "
        "the place of the thief's that nobody knows. The operator sees no token, and chooses no password."
    )
    _, user = it.place.call("GET", f"/_local/users/{OWNER}")
    it.operate("start", "--user-id", user["user_id"], "--force")
    it.ask("thief", SIGN_IN, {"email": OWNER, "password": STOLEN})
    token = _link(it.mail("Choose a new Example password"))
    it.ask("owner", RESET, {"token": token, "newPassword": NEW})
    it.mail("Your Example password was changed", 3)
    it.ask("owner", SIGN_IN, {"email": OWNER, "password": NEW})
    it.tell("All of it stands in one timeline.")
    it.operate("trace", OWNER, "--hours", "1")
    it.later(3600)


def _dispute(it: Incident) -> None:
    it.tell("## A dispute\n\nThe thief is in the mailbox again, and resets the password.")
    it.ask("thief", FORGOT, {"email": OWNER})
    token = _link(it.mail("Reset your Example password", 3))
    it.ask("thief", RESET, {"token": token, "newPassword": STOLEN})
    notice = it.mail("Your Example password was changed", 4)
    session = it.ask("thief", SIGN_IN, {"email": OWNER, "password": STOLEN})["accessToken"]
    it.tell(
        "This time Olga needs nobody: she clicks “This wasn't me” in the notice, and types her address. That freezes "
        "her account. The alarm `DisputedChanges` goes off."
    )
    it.ask("owner", REPORT, {"token": _link(notice, _REPORT), "email": OWNER})
    it.mail("Your Example account is locked")
    it.ask("thief", ME, session=session)
    it.ask("thief", SIGN_IN, {"email": OWNER, "password": STOLEN})
    it.tell("The mailbox alone can't open it: who requests a reset gets an email without a link.")
    it.ask("thief", FORGOT, {"email": OWNER})
    it.mail("Your Example account is locked", 2)
    it.operate("trace", OWNER, "--hours", "1")
    it.tell(
        "Olga calls, proves who she is, and secures her mailbox for good. The operator opens the account, and at once "
        "replaces the thief's password by one that nobody knows."
    )
    it.operate("levers", "reopen", OWNER)
    _, user = it.place.call("GET", f"/_local/users/{OWNER}")
    it.operate("start", "--user-id", user["user_id"], "--force")
    it.ask("thief", SIGN_IN, {"email": OWNER, "password": STOLEN})
    token = _link(it.mail("Choose a new Example password", 2))
    it.ask("owner", RESET, {"token": token, "newPassword": NEW})
    it.ask("owner", SIGN_IN, {"email": OWNER, "password": NEW})


def _link(text: str, link: re.Pattern[str] = _LINK) -> str:
    found = link.search(text)
    if found is None:
        raise NothingHappened
    return found[1]


_HEAD = """# An incident, from the first alarm to the end

What an operator does about a flood, a replayed link, a takeover and a dispute, with [the commands](operations.md)
alone.

`URL=http://127.0.0.1:8000 python -m tools.incident` plays it on a local server (`make run`) and prints this page; a
test plays it again and compares. Ids are numbered, times are hours and minutes since the first one, and long answers
are shortened. On a stack, the commands take `ENV=prod`.
"""


def main() -> None:
    """Play it on the server that `URL` names, and print the transcript."""
    url = os.environ.get("URL")
    if not url:
        sys.exit("usage: URL=http://127.0.0.1:8000 python -m tools.incident")
    print(play(Server(url)), end="")


if __name__ == "__main__":
    main()
