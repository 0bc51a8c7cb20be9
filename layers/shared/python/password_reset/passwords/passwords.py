"""Passwords: what the policy refuses and why, and the one place where they are hashed and compared.

What an algorithm would not read whole is refused, never truncated (ASVS 6.2.8, CVE-2025-22228): bcrypt reads 72 bytes
and stops at NUL. A stored hash of any scheme that we know is compared as the library that wrote it compares.
"""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from password_reset.errors import Issue
from password_reset.passwords.context import context_words
from password_reset.passwords.hashers import DEFAULT, FORMS, LONGEST, Algorithm, Form, Hasher, make_hasher
from password_reset.passwords.policy import PasswordPolicy
from password_reset.passwords.rules import rules

FIELD = "newPassword"


@dataclass(kw_only=True)
class Passwords:
    """The policy in force and the hash. `breached` tells whether a password is in a breach corpus."""

    policy: PasswordPolicy
    cost: int
    product_name: str
    breached: Callable[[str], bool]
    algorithm: Algorithm = DEFAULT[0]
    form: Form = DEFAULT[1]

    @staticmethod
    def normalise(password: str) -> str:
        """Return the password in NFC: typed on another keyboard it is the same (NIST SP 800-63B-4, 3.1.1.2)."""
        return unicodedata.normalize("NFC", password)

    def hash(self, password: str, replacing: str | None = None) -> str:
        """Return the hash, with a salt of its own, of a normalised password that the policy admits.

        `replacing` is the stored hash whose place it takes: the same library is to accept it. So where no scheme was
        chosen, an account keeps its own.
        """
        own = self._hasher(replacing) if replacing and (self.algorithm, self.form) == DEFAULT else None
        return (own or self._writer).hash(password, replacing)

    def recognises(self, stored: str | None) -> bool:
        """Whether a stored secret is a hash that can be compared; one that isn't must not be written over."""
        return stored is not None and self._hasher(stored) is not None

    def verify(self, typed: str, stored: str | None) -> bool:
        """Whether a password, as it is typed, is the stored one, in the time of one comparison as hashes are written.

        We write hashes of normalised passwords, read whole; other libraries, of what is typed, and bcrypt's cut it.

        What a cheaper hash of the same algorithm leaves of that time is padded, exactly where it can be. A dearer one,
        and one of another algorithm, takes its own time.
        """
        # Both are compared in every case: two cost twice, whoever's password it may be.
        return any([self._compare(form, stored) for form in dict.fromkeys((self.normalise(typed), typed))])  # noqa: C419 - all

    def cuts(self, password: str, stored: str) -> bool:
        """Whether comparing leaves out the end of the password: no hash that we wrote is of such a one."""
        hasher = self._hasher(stored)
        return hasher is not None and hasher.cuts(password, stored)

    @cached_property
    def decoy(self) -> str:
        """A hash as they are written that no account has: what is compared where there is nothing to."""
        return self.hash("")

    def is_outdated(self, password: str, stored: str) -> bool:
        """Whether the stored hash of a password is to be written anew: the same algorithm and form, at another cost.

        Not where it is of what was typed, or was cut, for what we write is of a normalised password, read whole.
        """
        whole = password == self.normalise(password) and not self._writer.cuts(password, stored)
        return whole and self._writer.is_outdated(stored)

    def refusals(self, password: str, *, email: str, name: str) -> list[Issue]:
        """Return why the policy refuses a normalised password, by rules that cost no comparison."""
        words = context_words(email, name, self.product_name)
        issues = [Issue(FIELD, code, text) for refused, code, text in rules(self.policy, password, words) if refused]
        if not issues and self.policy.breach_check and self.breached(password):
            issues.append(Issue(FIELD, "breached", "This password is known from a data breach elsewhere."))
        return issues

    def reuse(self, password: str, current: str | None, history: Sequence[str]) -> list[Issue]:
        """Return whether a normalised password is one of the last ones: a comparison for each."""
        if self.policy.history and self._is(password, current):
            return [Issue(FIELD, "same_as_current", "This is your current password. Choose another one.")]
        if any(self._is(password, earlier) for earlier in history[: max(0, self.policy.history - 1)]):
            return [Issue(FIELD, "reused", "You have used this password before. Choose another one.")]
        return []

    def history(self, current: str | None, history: Sequence[str]) -> list[str]:
        """Return the hashes to remember once `current` is replaced, the latest first."""
        known = [current, *history] if current else list(history)
        return known[: max(0, self.policy.history - 1)]

    @property
    def _writer(self) -> Hasher:
        return make_hasher(self.algorithm, form=self.form, cost=self.cost)

    def _hasher(self, stored: str) -> Hasher | None:
        """Return the hasher of a stored hash, in its form."""
        if len(stored) > LONGEST:
            return None
        # That which writes comes first: where it recognises what is stored, no other is loaded.
        for algorithm in dict.fromkeys((self.algorithm, *FORMS)):
            if form := make_hasher(algorithm, form=self.form, cost=self.cost).form_of(stored):
                return make_hasher(algorithm, form=form, cost=self.cost)
        return None

    def _compare(self, password: str, stored: str | None) -> bool:
        for compared in (stored, self.decoy):
            if compared and (hasher := self._hasher(compared)):
                matches = hasher.verify(password, compared)
                if type(hasher) is type(self._writer):
                    hasher.pad(password, compared, self.decoy)
                return matches and compared is stored
        return False

    def _is(self, password: str, stored: str | None) -> bool:
        hasher = self._hasher(stored) if stored else None
        return hasher is not None and stored is not None and hasher.verify(password, stored)
