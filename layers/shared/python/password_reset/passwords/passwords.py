"""Passwords: what the policy refuses and why, and the one place where they are hashed.

bcrypt reads 72 bytes and stops at NUL, so anything that it would not read whole is refused, never
truncated (ASVS 6.2.8, CVE-2025-22228).
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec

import bcrypt

from password_reset.errors import Issue
from password_reset.passwords.policy import BCRYPT_BYTES, PasswordPolicy

FIELD = "newPassword"
_LOOKALIKES = str.maketrans("0134579@$", "oleastgas")
_MIN_WORD = 4
_MIN_REMAINDER = 4
_BCRYPT = re.compile(r"\$2[aby]\$(?P<cost>\d\d)\$[./A-Za-z0-9]{53}")


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
        """Whether a normalised password is the stored one, in the time of one comparison whatever is stored."""
        if len(password.encode()) > BCRYPT_BYTES or "\0" in password:
            return False
        if stored is None or not _BCRYPT.fullmatch(stored):
            _matches(password, self.decoy)
            return False
        return _matches(password, stored)

    @cached_property
    def decoy(self) -> str:
        """A hash of the configured cost that no account has: what is compared where there is nothing to."""
        return self.hash("")

    def is_outdated(self, stored: str) -> bool:
        """Whether a stored bcrypt hash costs less than the setting."""
        found = _BCRYPT.fullmatch(stored)
        return found is not None and int(found["cost"]) < self.cost

    def refusals(self, password: str, *, email: str, name: str) -> list[Issue]:
        """Return why the policy refuses a normalised password, by rules that cost no bcrypt comparison."""
        words = context_words(email, name, self.product_name)
        issues = [Issue(FIELD, code, text) for refused, code, text in self._rules(password, words) if refused]
        if not issues and self.policy.breach_check and self.breached(password):
            issues.append(Issue(FIELD, "breached", "This password is known from a data breach elsewhere."))
        return issues

    def _rules(self, password: str, words: Sequence[str]) -> Iterable[tuple[bool, str, str]]:
        policy, size = self.policy, len(password.encode())
        longest = policy.max_length or policy.max_bytes
        symbols = policy.symbols
        yield len(password) < policy.min_length, "too_short", f"Use at least {policy.min_length} characters."
        yield len(password) > longest, "too_long", f"Use at most {longest} characters."
        yield (
            len(password) <= longest and size > policy.max_bytes,
            "too_long",
            f"This is {size} bytes long, and {policy.max_bytes} are the most that can be protected.",
        )
        yield "\0" in password, "nul", "The NUL character cannot be part of a password."
        yield (
            policy.require_uppercase and not any(map(str.isupper, password)),
            "missing_upper",
            "Use at least one upper-case letter.",
        )
        yield (
            policy.require_lowercase and not any(map(str.islower, password)),
            "missing_lower",
            "Use at least one lower-case letter.",
        )
        yield (
            policy.require_digit and not any(map(str.isdecimal, password)),
            "missing_digit",
            "Use at least one digit.",
        )
        yield (
            policy.require_symbol and not any(map(symbols.__contains__ if symbols else _is_symbol, password)),
            "missing_symbol",
            f"Use at least one symbol{f' of {symbols}' if symbols else ''}.",
        )
        yield is_common(password), "common", "This password is among the first that anyone would try."
        yield (
            is_made_of(password, words),
            "context",
            "This password is made of your name, your address or ours: too easy to guess.",
        )

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


@cache
def _common_passwords() -> Sequence[str]:
    # The module alone, and only in a function that is given a password: all of zxcvbn takes three times as long.
    package = find_spec("zxcvbn")
    lists = package and PathFinder.find_spec("frequency_lists", package.submodule_search_locations)
    if not (lists and lists.loader):
        raise ModuleNotFoundError(name="zxcvbn.frequency_lists")
    module = module_from_spec(lists)
    lists.loader.exec_module(module)
    common: list[str] = module.FREQUENCY_LISTS["passwords"]  # making a set of it takes longer than looking for one
    return common


def is_common(password: str) -> bool:
    """Whether the password, whatever its case, is among zxcvbn's 30,000 most common ones."""
    return password.casefold() in _common_passwords()


def context_words(email: str, name: str, product_name: str) -> list[str]:
    """Return what an attacker knows of an account, folded, the longest first: whole texts and their words."""
    local, _, _ = email.rpartition("@")
    texts = [(text, *re.findall(r"\w+", text)) for text in (email, local, name, product_name)]
    words = {_fold(word) for text in texts for word in text if len(word) >= _MIN_WORD}
    return sorted(words, key=lambda word: (-len(word), word))


def is_made_of(password: str, words: Iterable[str]) -> bool:
    """Whether removing these folded words leaves next to nothing of the password."""
    remainder = folded = _fold(password)
    for word in words:
        remainder = remainder.replace(word, "")
    return remainder != folded and len(remainder) < _MIN_REMAINDER


def _fold(text: str) -> str:
    return Passwords.normalise(text).casefold().translate(_LOOKALIKES)


def _is_symbol(character: str) -> bool:
    return not character.isalnum() and not character.isspace()


def _matches(password: str, stored: str | None) -> bool:
    try:
        return stored is not None and bcrypt.checkpw(password.encode(), stored.encode())
    except ValueError:  # the team's earlier hashes may be of another kind
        return False
