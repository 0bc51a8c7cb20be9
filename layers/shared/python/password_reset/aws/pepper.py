"""The pepper: the secret key under which identifiers and sources are counted and audited.

Without it nobody can tell from a table or a log whose address a bucket or a record is about.
Rotating it restarts those counts, voids the codes that are on their way, and forgets suppressed addresses and
failed sign-ins. It touches no password, link, session or known device.
"""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass

MIN_LENGTH = 32
"""Characters: below that a stolen table could be searched for the key itself."""


class PepperTooShort(ValueError):
    """The secret holds something that is no key."""


@dataclass(frozen=True)
class Pepper:
    """Keyed pseudonyms. `secret` reads the key, from its cache where that is fresh."""

    secret: Callable[[], str]

    def pseudonym(self, purpose: str, value: str) -> str:
        """Return HMAC-SHA256 of the value, in hex; one purpose's tell nothing about another's.

        Raises:
            PepperTooShort: the secret is under `MIN_LENGTH` characters.
        """
        key = self.secret()
        if len(key) < MIN_LENGTH:
            raise PepperTooShort
        return hmac.new(key.encode(), f"{purpose}\0{value}".encode(), hashlib.sha256).hexdigest()
