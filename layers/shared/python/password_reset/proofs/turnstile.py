"""Cloudflare Turnstile, by its documented API ("Validate the token", siteverify).

A token lives 300 seconds, has at most 2,048 characters and is good once. Cloudflare tells by an HTTPS call, which only
a request that carries a token makes. Closed on failure: who can't be checked is told to come back.
"""

import hashlib
import json
import urllib.request
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.client import HTTPException
from typing import TYPE_CHECKING, Any

from password_reset import __version__
from password_reset.errors import InvalidChallenge, Unavailable
from password_reset.proofs.challenges import HARD, Difficulty, Solved

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SITEVERIFY_URL = "https://challenges.cloudflare.com/turnstile/v0/siteverify"
ACTION = "forgot-password"
"""What a widget must be rendered for: a token of another form of the same site is not taken."""
LIFE = timedelta(seconds=300)
MAX_LENGTH = 2048
TIMEOUT_SECONDS = 5.0
_OUR_FAULTS = {"missing-input-secret", "invalid-input-secret", "bad-request", "internal-error"}


@dataclass(frozen=True, kw_only=True)
class Turnstile:
    """Challenges of a Turnstile widget: `hosts` are the pages that may show it; `secret` reads its secret key."""

    site_key: str
    secret: "Callable[[], str]"
    hosts: frozenset[str]
    url: str = SITEVERIFY_URL

    def issue(self, source: str, difficulty: Difficulty, now: datetime) -> "Mapping[str, Any]":  # noqa: ARG002 - the port's
        """Return what a page renders the widget with; how hard it is, Cloudflare decides."""
        return {"site_key": self.site_key, "action": ACTION}

    def check(self, solution: str, source: str, now: datetime) -> Solved:
        """Return what was solved.

        Raises:
            InvalidChallenge: Cloudflare does not confirm it, or confirms it for another page, form or source.
            Unavailable: Cloudflare cannot be asked, or does not know this deployment.
        """
        if len(solution) > MAX_LENGTH:
            raise InvalidChallenge
        question = {"secret": self.secret(), "response": solution}
        if "/" not in source:  # an IPv6 source is its network, which is no address
            question["remoteip"] = source
        answer = self._ask(question)
        if answer.get("success") is not True:
            if _OUR_FAULTS.intersection(map(str, answer.get("error-codes") or ())):
                raise Unavailable
            raise InvalidChallenge
        if answer.get("action") != ACTION or answer.get("hostname") not in self.hosts:
            raise InvalidChallenge
        name = hashlib.sha256(solution.encode("utf-8", "surrogatepass")).hexdigest()
        return Solved(name=name, difficulty=HARD, expires_at=now + LIFE)

    def _ask(self, question: dict[str, str]) -> dict[str, Any]:
        request = urllib.request.Request(  # noqa: S310 - the address is a constant
            self.url,
            json.dumps(question).encode(),
            {"Content-Type": "application/json", "User-Agent": f"password-reset/{__version__}"},
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:  # noqa: S310 - the same
                answer = json.loads(response.read())
        except (OSError, ValueError, HTTPException):
            raise Unavailable from None
        if not isinstance(answer, dict):
            raise Unavailable
        return answer
