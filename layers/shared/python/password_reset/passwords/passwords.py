"""Passwords: what the policy refuses and why, and the one place where they are hashed.

bcrypt reads 72 bytes and stops at NUL, so anything that it would not read whole is refused, never
truncated (ASVS 6.2.8, CVE-2025-22228).
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import bcrypt

from password_reset.errors import Issue
from password_reset.passwords.context import context_words
from password_reset.passwords.policy import BCRYPT_BYTES, PasswordPolicy
from password_reset.passwords.rules import rules

FIELD = "newPassword"
# Costs and salts that bcrypt takes, and no others: those are refused at once, which would tell their accounts.
_BCRYPT = re.compile(r"\$2[aby]\$(?P<cost>0[4-9]|[12][0-9]|3[01])\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{31}")


@dataclass(kw_only=True)
class Passwords:
    """The policy in force and the hash. `breached` tells whether a password is in a breach corpus."""

    policy: PasswordPolicy
    cost: int
    product_name: str
    breached: Callable[[str], bool]

    @staticmethod
    def normalise(password: str) -> str:
        """Return the password in NFC: typed on another keyboard it is the same (NIST SP 800-63B-4, 3.1.1.2)."""
        return unicodedata.normalize("NFC", password)

    def hash(self, password: str) -> str:
        """Return the bcrypt hash (`$2b$`, its own salt) of a normalised password that the policy admits."""
        return bcrypt.hashpw(password.encode(), bcrypt.gensalt(self.cost)).decode()

    def verify(self, password: str, stored: str | None) -> bool:
        """Whether a normalised password is the stored one, in the time of one comparison at the configured cost.

        A cheaper hash of cost c is padded exactly: comparisons at c, c + 1 … C - 1 and its own at c make one at C.
        A dearer one takes its own time, until the next sign-in hashes it anew.
        """
        if len(password.encode()) > BCRYPT_BYTES or "\0" in password:
            return False
        found = stored and _BCRYPT.fullmatch(stored)
        if not found:
            _matches(password, self.decoy)
            return False
        matches = _matches(password, stored)
        for cost in range(int(found["cost"]), self.cost):
            _matches(password, f"{self.decoy[:4]}{cost:02}{self.decoy[6:]}")
        return matches

    @cached_property
    def decoy(self) -> str:
        """A hash of the configured cost that no account has: what is compared where there is nothing to."""
        return self.hash("")

    def is_outdated(self, stored: str) -> bool:
        """Whether a stored bcrypt hash costs less or more than the setting: either tells at sign-in whose it is."""
        found = _BCRYPT.fullmatch(stored)
        return found is not None and int(found["cost"]) != self.cost

    def refusals(self, password: str, *, email: str, name: str) -> list[Issue]:
        """Return why the policy refuses a normalised password, by rules that cost no bcrypt comparison."""
        words = context_words(email, name, self.product_name)
        issues = [Issue(FIELD, code, text) for refused, code, text in rules(self.policy, password, words) if refused]
        if not issues and self.policy.breach_check and self.breached(password):
            issues.append(Issue(FIELD, "breached", "This password is known from a data breach elsewhere."))
        return issues

    def reuse(self, password: str, current: str | None, history: Sequence[str]) -> list[Issue]:
        """Return whether a normalised password is one of the last ones: a bcrypt comparison for each."""
        if self.policy.history and _matches(password, current):
            return [Issue(FIELD, "same_as_current", "This is your current password. Choose another one.")]
        if any(_matches(password, earlier) for earlier in history[: max(0, self.policy.history - 1)]):
            return [Issue(FIELD, "reused", "You have used this password before. Choose another one.")]
        return []

    def history(self, current: str | None, history: Sequence[str]) -> list[str]:
        """Return the hashes to remember once `current` is replaced, the latest first."""
        known = [current, *history] if current else list(history)
        return known[: max(0, self.policy.history - 1)]


def _matches(password: str, stored: str | None) -> bool:
    try:
        return stored is not None and bcrypt.checkpw(password.encode(), stored.encode())
    except ValueError:  # the team's earlier hashes may be of another kind
        return False
