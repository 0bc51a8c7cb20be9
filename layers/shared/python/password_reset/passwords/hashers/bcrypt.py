"""bcrypt, as its libraries, PHP, Laravel, Django and Spring write it.

It reads 72 bytes. Django's `bcrypt_sha256` hashes the hexadecimal SHA-256 of a password, and so reads all of it; it is
the one that Django accepts unless told otherwise.
"""

import hashlib
import re
from dataclasses import dataclass

import bcrypt

from password_reset.passwords.hashers import BCRYPT_BYTES, Form

# Salts that bcrypt takes, and no others: those are refused at once, which would tell their accounts. A cost of 15 is
# 2.5 s of a processor, and each one more is twice that: 31 would take two days.
_CORE = r"\$2(?P<letter>[aby])\$(?P<cost>0[4-9]|1[0-5])\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{31}"
_FORMS: dict[Form, re.Pattern[str]] = {
    "phc": re.compile(rf"(?P<core>{_CORE})"),
    "django": re.compile(rf"(?:bcrypt|(?P<sha256>bcrypt_sha256))\$(?P<core>{_CORE})"),
    "spring": re.compile(rf"\{{bcrypt\}}(?P<core>{_CORE})"),
}


@dataclass(frozen=True, kw_only=True)
class Bcrypt:
    """bcrypt of a cost, 10 to 14."""

    cost: int
    form: Form = "phc"

    def form_of(self, stored: str) -> Form | None:
        """Return the form of a stored bcrypt hash."""
        return next((form for form, pattern in _FORMS.items() if pattern.fullmatch(stored)), None)

    def verify(self, password: str, stored: str) -> bool:
        """Whether a password is the stored one: by its first 72 bytes, as every library that wrote such a hash does."""
        found = _read(stored)
        return found is not None and _matches(_read_of(password, found), found["core"])

    def cuts(self, password: str, stored: str) -> bool:
        """Whether the password is longer than what bcrypt reads, of the password itself."""
        found = _read(stored)
        return bool(found and not found.groupdict().get("sha256")) and len(password.encode()) > BCRYPT_BYTES

    def pad(self, password: str, stored: str, decoy: str) -> None:
        """Compare at c, c + 1 … C - 1: together with a comparison at c these are one at C."""
        found, core = _read(stored), _read(decoy)
        if found and core:
            start, end = core["core"][:4], core["core"][6:]
            for cost in range(int(found["cost"]), int(core["cost"])):
                _matches(_read_of(password, found), f"{start}{cost:02}{end}")

    def hash(self, password: str, replacing: str | None = None) -> str:
        """Return the hash: `$2b$`, or with the letter of the one that it replaces.

        The three letters are one algorithm, but PHP's `password_get_info` knows `$2y$` alone, and jBCrypt `$2a$`.
        """
        found = replacing and _FORMS[self.form].fullmatch(replacing)
        data = password.encode()
        core = bcrypt.hashpw(_sha256(data) if self.form == "django" else data, bcrypt.gensalt(self.cost)).decode()
        core = f"$2{found['letter']}{core[3:]}" if found else core
        return {"django": "bcrypt_sha256$", "spring": "{bcrypt}"}.get(self.form, "") + core

    def is_outdated(self, stored: str) -> bool:
        """Whether a stored hash costs less or more than the setting: either tells at sign-in whose it is."""
        found = _FORMS[self.form].fullmatch(stored)
        return found is not None and int(found["cost"]) != self.cost


def _read(stored: str) -> re.Match[str] | None:
    return next((found for pattern in _FORMS.values() if (found := pattern.fullmatch(stored))), None)


def _read_of(password: str, found: re.Match[str]) -> bytes:
    data = password.encode()
    return _sha256(data) if found.groupdict().get("sha256") else data[:BCRYPT_BYTES]


def _matches(data: bytes, core: str) -> bool:
    # bcrypt stops at NUL: no password with one is ever stored, and comparing one takes its time like any other.
    return bcrypt.checkpw(data.replace(b"\0", b""), core.encode()) and b"\0" not in data


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).hexdigest().encode()
