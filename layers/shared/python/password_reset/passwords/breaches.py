"""Passwords known from breaches, asked by k-anonymity: five hex digits of a SHA-1 leave, nothing else.

Open on failure: whether a password was seen elsewhere is advice, and a third party's outage must keep
nobody out of their account. What could not be asked is counted.
Source: the range API of Have I Been Pwned, "Searching by range".
"""

import hashlib
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException

from password_reset import __version__

RANGE_URL = "https://api.pwnedpasswords.com/range/"
TIMEOUT_SECONDS = 2.0


@dataclass(frozen=True, kw_only=True)
class BreachCorpus:
    """A range service. `unavailable` is called for each question that got no answer."""

    unavailable: Callable[[], None]
    url: str = RANGE_URL

    def __call__(self, password: str) -> bool:
        """Whether the normalised password is in the corpus; False where that could not be asked."""
        digest = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()
        prefix, suffix = digest[:5], digest[5:]
        request = urllib.request.Request(  # noqa: S310 - the address is a constant
            self.url + prefix, headers={"Add-Padding": "true", "User-Agent": f"password-reset/{__version__}"}
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - the same
                lines = answer.read().decode("ascii").splitlines()
        except (OSError, ValueError, HTTPException):
            self.unavailable()
            return False
        counts = dict(line.partition(":")[::2] for line in lines)
        return counts.get(suffix, "0").strip() not in {"", "0"}  # padding has a count of 0
