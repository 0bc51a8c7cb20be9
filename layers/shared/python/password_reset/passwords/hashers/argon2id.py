"""Argon2id, as its libraries, Django, PHP and Spring write it; the work is argon2-cffi's."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from password_reset.passwords.hashers import DIGEST_BYTES, SPRING, Form, read_base64

if TYPE_CHECKING:
    from argon2 import PasswordHasher

_MAX_MEMORY = 2**18
"""KiB: what libsodium calls moderate. The functions have 1769 MB."""
_MAX_WORK = 2**20
"""KiB times passes."""
_MAX_LANES = 16
_SALT_BYTES = range(8, 65)
_CORE = (
    r"(?P<core>\$argon2id\$v=19\$m=(?P<memory>[1-9]\d{0,6}),t=(?P<passes>[1-9]\d{0,6}),p=(?P<lanes>[1-9]\d?)"
    r"\$(?P<salt>[A-Za-z0-9+/]+)\$(?P<digest>[A-Za-z0-9+/]+))"
)
_FORMS: dict[Form, re.Pattern[str]] = {
    "phc": re.compile(_CORE),
    "django": re.compile(rf"argon2{_CORE}"),
    "spring": re.compile(rf"{SPRING % 'argon2'}{_CORE}"),
}
_BEFORE = {"django": "argon2", "spring": "{argon2@SpringSecurity_v5_8}"}


@dataclass(frozen=True, kw_only=True)
class Argon2id:
    """Argon2id with the parameters of RFC 9106 for little memory: 64 MiB, 3 passes, 4 lanes."""

    form: Form = "phc"

    def form_of(self, stored: str) -> Form | None:
        """Return the form of a stored Argon2id hash."""
        return next((form for form, pattern in _FORMS.items() if _computable(pattern.fullmatch(stored))), None)

    def verify(self, password: str, stored: str) -> bool:
        """Whether a password is the stored one."""
        from argon2.exceptions import VerificationError

        found = next((found for pattern in _FORMS.values() if (found := pattern.fullmatch(stored))), None)
        try:
            return found is not None and _computable(found) and self._library.verify(found["core"], password)
        except VerificationError:
            return False

    def cuts(self, password: str, stored: str) -> bool:  # noqa: ARG002 - whatever they are
        """Never: it reads all of a password."""
        return False

    def pad(self, password: str, stored: str, decoy: str) -> None:
        """Work off nothing: memory and passes don't add up to one another."""

    def hash(self, password: str, replacing: str | None = None) -> str:  # noqa: ARG002 - one spelling is all there is
        """Return the hash in its form."""
        return _BEFORE.get(self.form, "") + self._library.hash(password)

    def is_outdated(self, stored: str) -> bool:
        """Whether a stored hash takes less work than is written now. What takes more was somebody's choice."""
        found = _FORMS[self.form].fullmatch(stored)
        return found is not None and _work(found) < self._library.memory_cost * self._library.time_cost

    @property
    def _library(self) -> "PasswordHasher":
        from argon2 import PasswordHasher, profiles

        return PasswordHasher.from_parameters(profiles.RFC_9106_LOW_MEMORY)


def _work(found: re.Match[str]) -> int:
    return int(found["memory"]) * int(found["passes"])


def _computable(found: re.Match[str] | None) -> bool:
    if found is None:
        return False
    memory, lanes = int(found["memory"]), int(found["lanes"])
    if not (8 * lanes <= memory <= _MAX_MEMORY and lanes <= _MAX_LANES and _work(found) <= _MAX_WORK):
        return False
    try:
        return len(read_base64(found["salt"])) in _SALT_BYTES and len(read_base64(found["digest"])) in DIGEST_BYTES
    except ValueError:
        return False
