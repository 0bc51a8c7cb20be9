"""What an account had when its password was changed: what is newer lifts no freeze, and overrules no dispute.

Whoever changes somebody's password signs in with it, and adds a phone or a factor of their own before its owner reads
the notice. So each change notes how the account could be reached and what could be shown, by digests: of address and
phone under the pepper, of a secret of one-time passwords as it is stored (random, so it needs none), of recovery codes
one by one. For as long as a change can be disputed, what was there at the first of a run counts, for a thief changes
the password once more.
"""

import hashlib
import json
from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any

from password_reset.proofs.standing import Way

_CODE_DIGITS = 16


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Stood:
    """What stood before a change; what there was none of is empty. `at` is the change's time, in milliseconds."""

    at: int
    way: Way
    """How the change was proven."""
    email: str = ""
    phone: str = ""
    totp: str = ""
    codes: Collection[str] = ()

    def text(self) -> str:
        """Return it as it is kept."""
        return json.dumps({name: value for name, value in asdict(self).items() if value})

    def has_secret(self, stored: str) -> bool:
        """Whether this secret of one-time passwords, as it is stored, was there."""
        return bool(stored) and secret_digest(stored) == self.totp

    def of_codes(self, digests: Collection[str]) -> frozenset[str]:
        """Return those of these recovery codes, by their stored digests, that were there."""
        return frozenset(digest for digest in digests if digest[:_CODE_DIGITS] in self.codes)


def stood_of(text: str) -> Stood | None:
    """Return what was kept; None where nothing was, or a later version kept it otherwise."""
    if not text:
        return None
    kept: dict[str, Any] = json.loads(text)
    return Stood(**{name: kept[name] for name in Stood.__dataclass_fields__ if name in kept})


def secret_digest(stored: str) -> str:
    """Return what is kept of a stored secret of one-time passwords; empty where there is none."""
    return hashlib.sha256(stored.encode()).hexdigest() if stored else ""


def code_digests(stored: Collection[str]) -> list[str]:
    """Return what is kept of stored recovery codes: 64 bits of each digest are as many as a code has to have."""
    return sorted(digest[:_CODE_DIGITS] for digest in stored)
