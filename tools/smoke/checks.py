"""What is checked, in order. A check yields a line for each difference from what the service promises."""

import json
import re
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus

import httpx

from password_reset.edge.problems import MAX_BODY_BYTES, SECURITY_HEADERS, problem
from password_reset.errors import (
    ChallengeRequired,
    Error,
    InvalidRequest,
    InvalidToken,
    NotFound,
    PayloadTooLarge,
    RateLimited,
    Unauthorized,
    UnsupportedMediaType,
)
from password_reset.passwords.policy import PRESETS
from tools.smoke.places import SIMULATOR, Place, Unable

FORGOT, VERIFY, RESET = "/auth/forgot-password", "/auth/verify-reset-token", "/auth/reset-password"
OLD, NEW = "correct horse battery staple", "Otters7read!Quietly"
"""A new one that every preset of the policy admits."""
PATIENCE_SECONDS = 180
POLICY = "Content-Security-Policy"


@dataclass
class Smoke:
    """The suite at one address, `url`; `pages` is where the hosted pages are, `to` whom it mails; each or empty."""

    url: str
    pages: str
    client: httpx.Client
    place: Place
    to: str = ""
    run: str = field(default_factory=lambda: uuid.uuid4().hex[:8])

    def checks(self) -> dict[str, Callable[[], Iterator[str]]]:
        """Return the checks by what they are of."""
        refusals: dict[str, tuple[str, str, Mapping[str, str], bytes, Error]] = {
            "an unknown path is 404": ("POST", "/auth/nowhere", JSON, b"{}", NotFound()),
            "a wrong method is 404": ("GET", FORGOT, {}, b"", NotFound()),
            "another media type is 415": (
                "POST",
                FORGOT,
                {"Content-Type": "text/plain"},
                b"{}",
                UnsupportedMediaType(),
            ),
            "a large body is 413": ("POST", RESET, JSON, b" " * (MAX_BODY_BYTES + 1), PayloadTooLarge()),
            "no JSON is 400": ("POST", VERIFY, JSON, b"{", InvalidRequest()),
            "a wrong token is 400": ("POST", RESET, JSON, WRONG_TOKEN, InvalidToken()),
        }
        return {
            "a preflight, `origin` in lower case": self.preflight,
            "a preflight of another origin": self.foreign_preflight,
            "the password policy": self.policy,
            **{name: partial(self.refusal, *refusal) for name, refusal in refusals.items()},
            "no session is 401": self.no_session,
            "an identifier's limit is 429, or wants a challenge": self.limit,
            "the pages and their policy": self.hosted_pages,
            "a whole reset, its notice and its event": self.reset,
            "a bounce is recorded": self.bounce,
        }

    def preflight(self) -> Iterator[str]:
        """The gateway lets the configured origin call, over HTTP/2 where there is TLS."""
        if not self.place.origin:
            raise Unable(self.place.name, "no origin to come from: set ORIGIN")
        answer = self._preflight(self.place.origin)
        yield from differs("status", answer.status_code, 204)
        yield from differs(
            "HTTP version", answer.http_version, "HTTP/2" if self.url.startswith("https") else "HTTP/1.1"
        )
        yield from differs("body", answer.content, b"")
        yield from self._secured(answer)
        yield from differs(
            "CORS",
            cors(answer),
            {
                "access-control-allow-origin": self.place.origin,
                "access-control-allow-headers": "Content-Type,Authorization",
                "access-control-allow-methods": "POST,OPTIONS",
                "access-control-max-age": "86400",
            },
        )
        yield from differs("Vary", answer.headers.get("vary"), "Origin")

    def foreign_preflight(self) -> Iterator[str]:
        """It tells another origin nothing."""
        answer = self._preflight("https://evil.example")
        yield from differs("CORS", cors(answer), {})
        yield from self._secured(answer)

    def policy(self) -> Iterator[str]:
        """The policy in force, complete."""
        answer = self.client.get(f"{self.url}/auth/password-policy", headers={"origin": self.place.origin})
        yield from differs("status", answer.status_code, 200)
        yield from differs("members", sorted(answer.json()), POLICY_MEMBERS)
        yield from differs("CORS", cors(answer).get("access-control-allow-origin", ""), self.place.origin)
        yield from self._secured(answer)

    def refusal(self, method: str, path: str, headers: Mapping[str, str], body: bytes, error: Error) -> Iterator[str]:
        """A refusal, byte for byte but for the request's id."""
        yield from self._refused(self.client.request(method, f"{self.url}{path}", headers=headers, content=body), error)

    def no_session(self) -> Iterator[str]:
        """Nobody is told of an account without a session, where there are any."""
        answer = self.client.get(f"{self.url}/auth/me")
        if answer.status_code == HTTPStatus.NOT_FOUND and not list(self._refused(answer, NotFound())):
            raise Unable(self.place.name, "sessions are off")
        yield from self._refused(answer, Unauthorized())

    def limit(self) -> Iterator[str]:
        """The fourth request of an hour for one address, which nobody has."""
        challenged = self.client.get(f"{self.url}/auth/challenge").status_code == HTTPStatus.OK
        address = f"smoke-{self.run}@limits.example.com"
        answers = [self.client.post(f"{self.url}{FORGOT}", json={"email": address}) for _ in range(4)]
        yield from differs("statuses", [answer.status_code for answer in answers[:3]], [200, 200, 200])
        wait = int(answers[3].headers.get("retry-after", 0))
        yield from self._refused(answers[3], ChallengeRequired() if challenged else RateLimited(retry_after=wait))

    def hosted_pages(self) -> Iterator[str]:
        """Each page, with headers that let it load its own and nothing else."""
        if not self.pages:
            raise Unable(self.place.name, "no pages there: set PAGES")
        for path in ("/forgot-password", "/reset-password"):
            answer = self.client.get(f"{self.pages}{path}")
            yield from differs(path, answer.status_code, 200)
            yield from differs(f"{path} type", answer.headers.get("content-type", "").partition(";")[0], "text/html")
            policy = answer.headers.get(POLICY, "")
            needed = ("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "trusted-types 'none'")
            yield from differs(f"{path} policy", [part for part in needed if part not in policy], [])
            held = {name: answer.headers.get(name) for name in ("Cache-Control", "Referrer-Policy")}
            yield from differs(f"{path} headers", held, {name: SECURITY_HEADERS[name] for name in held})

    def reset(self) -> Iterator[str]:
        """From a forgotten password to the notice of the change."""
        address = self.to or f"smoke-{self.run}@example.com"
        user_id = self.place.add_account(address, OLD)
        yield from differs("forgot", self._post(FORGOT, email=address).status_code, 200)
        (mail, *_) = self._mailed(address, 1)
        found = re.search(r"[#?&]token=([\w-]{43})", mail)
        if not found:
            yield f"the mail has no link: {mail[:200]!r}"
            return
        token = found[1]
        yield from differs("verify", self._post(VERIFY, token=token).json().get("valid"), expected=True)
        weak = self._post(RESET, token=token, newPassword="password")
        yield from differs("a weak password", weak.json().get("code"), "weak_password")
        yield from differs("reset", self._post(RESET, token=token, newPassword=NEW).status_code, 200)
        yield from self._refused(self._post(RESET, token=token, newPassword=NEW), InvalidToken())
        (_, notice, *_) = self._mailed(address, 2)
        yield from differs("the notice has no link to reset", token in notice, expected=False)
        yield from differs("events", until(lambda: self.place.change_events(user_id), "the event"), 1)

    def bounce(self) -> Iterator[str]:
        """Amazon SES's own address for it, whose bounce comes back and is kept."""
        self.place.bounced("")
        user_id = self.place.add_account(SIMULATOR, OLD)
        yield from differs("forgot", self._post(FORGOT, email=SIMULATOR).status_code, 200)
        until(lambda: self.place.bounced(user_id), "the bounce")

    def _post(self, path: str, **body: str) -> httpx.Response:
        return self.client.post(f"{self.url}{path}", json=body)

    def _preflight(self, origin: str) -> httpx.Response:
        headers = {"origin": origin, "access-control-request-method": "POST"}
        return self.client.options(f"{self.url}{RESET}", headers=headers)

    def _mailed(self, address: str, count: int) -> list[str]:
        found: list[str] = []

        def look() -> bool:
            found[:] = self.place.mails(address)
            return len(found) >= count

        until(look, f"mail {count} to {address}")
        return found

    def _refused(self, answer: httpx.Response, error: Error) -> Iterator[str]:
        told = problem(error, re.sub(r'.*"requestId":\s*"([^"]*)".*', r"\1", answer.text))
        expected = told.model_dump(by_alias=True, exclude_none=True)
        got = json.loads(answer.text) if answer.text.startswith("{") else answer.text
        if isinstance(error, InvalidRequest) and isinstance(got, dict):
            got.pop("errors", None)
        yield from differs("body", got, expected)
        yield from differs("status", answer.status_code, told.status)
        yield from differs("type", answer.headers.get("content-type"), "application/problem+json")
        if isinstance(error, Unauthorized):
            yield from differs("WWW-Authenticate", answer.headers.get("www-authenticate"), "Bearer")
        yield from self._secured(answer)

    @staticmethod
    def _secured(answer: httpx.Response) -> Iterator[str]:
        for name, value in SECURITY_HEADERS.items():
            got = answer.headers.get(name)
            # What the deployed gateway says itself ends in `;`.
            if got not in ({value, f"{value};"} if name == POLICY else {value}):
                yield f"{name}: {got!r}, not {value!r}"


JSON = {"Content-Type": "application/json"}
WRONG_TOKEN = json.dumps({"token": "A" * 43, "newPassword": NEW}).encode()
POLICY_MEMBERS = sorted(json.loads(PRESETS["default"].model_dump_json(by_alias=True)))


def differs(what: str, got: object, expected: object) -> Iterator[str]:
    """Yield a line if two things are not the same."""
    if got != expected:
        yield f"{what}: {got!r}, not {expected!r}"


def cors(answer: httpx.Response) -> dict[str, str]:
    """Return an answer's CORS headers; which others a page may read says nothing on a preflight."""
    headers = {name: value for name, value in answer.headers.items() if name.startswith("access-control-")}
    headers.pop("access-control-expose-headers", None)
    return headers


def until[Found](look: Callable[[], Found], what: str) -> Found:
    """Return what is looked for once it is there.

    Raises:
        TimeoutError: it did not come.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := look()):
        if time.monotonic() > deadline:
            raise TimeoutError(what)
        time.sleep(0.5)
    return found
