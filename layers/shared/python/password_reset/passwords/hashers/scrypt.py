"""scrypt, as passlib, Django, Spring and Werkzeug write it; the work is OpenSSL's."""

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from typing import NamedTuple

from password_reset.passwords.hashers import DIGEST_BYTES, SPRING, Form, read_base64, write_base64

# OWASP's first choice, of 128 MiB; Django gives OpenSSL 32 MiB at the most, and itself writes these; so does Spring.
_PARAMETERS = {"django": (14, 8, 5), "spring": (16, 8, 1)}
_OURS = (17, 8, 1)
_TEXT_SALT: tuple[Form, ...] = ("django", "werkzeug")
"""The forms whose salt is text that is hashed as it is, and whose key has 64 bytes."""
_MAX_MEMORY = 2**28
"""Bytes."""
_MAX_WORK = 2**22
"""N times r times p: four times what is written."""
_BASE64 = "[A-Za-z0-9+/.]+={0,2}"
_FORMS: dict[Form, re.Pattern[str]] = {
    "phc": re.compile(
        rf"\$scrypt\$ln=(?P<ln>\d\d?),r=(?P<r>\d\d?),p=(?P<p>\d\d?)\$(?P<salt>{_BASE64})\$(?P<key>{_BASE64})"
    ),
    "django": re.compile(
        rf"scrypt\$(?P<n>\d{{1,10}})\$(?P<salt>[^$]+)\$(?P<r>\d\d?)\$(?P<p>\d\d?)\$(?P<key>{_BASE64})"
    ),
    "spring": re.compile(
        rf"{SPRING % 'scrypt'}\$(?P<ln>[0-9a-f]{{1,2}})(?P<r>[0-9a-f]{{2}})(?P<p>[0-9a-f]{{2}})"
        rf"\$(?P<salt>{_BASE64})\$(?P<key>{_BASE64})"
    ),
    "werkzeug": re.compile(r"scrypt:(?P<n>\d{1,10}):(?P<r>\d\d?):(?P<p>\d\d?)\$(?P<salt>[^$]+)\$(?P<key>[0-9a-f]+)"),
}


class _Stored(NamedTuple):
    form: Form
    n: int
    r: int
    p: int
    salt: bytes
    key: bytes


@dataclass(frozen=True, kw_only=True)
class Scrypt:
    """scrypt with N of 2^17, r of 8 and p of 1, or what Django and Spring write in their forms."""

    form: Form = "phc"

    def form_of(self, stored: str) -> Form | None:
        """Return the form of a stored scrypt hash."""
        found = _read(stored)
        return found and found.form

    def verify(self, password: str, stored: str) -> bool:
        """Whether a password is the stored one."""
        found = _read(stored)
        return found is not None and hmac.compare_digest(_derive(password, found), found.key)

    def cuts(self, password: str, stored: str) -> bool:  # noqa: ARG002 - whatever they are
        """Never: it reads all of a password."""
        return False

    def pad(self, password: str, stored: str, decoy: str) -> None:
        """Work off nothing: memory and time don't add up to one another."""

    def hash(self, password: str, replacing: str | None = None) -> str:  # noqa: ARG002 - one spelling is all there is
        """Return the hash in its form."""
        ln, r, p = self._parameters
        text, raw = secrets.token_hex(16), secrets.token_bytes(16)
        salt, size = (text.encode(), 64) if self.form in _TEXT_SALT else (raw, 32)
        key = _derive(password, _Stored(self.form, 2**ln, r, p, salt, bytes(size)))
        padded = base64.b64encode(key).decode()
        match self.form:
            case "django":
                return f"scrypt${2**ln}${text}${r}${p}${padded}"
            case "spring":
                return f"{{scrypt@SpringSecurity_v5_8}}${ln:x}{r:02x}{p:02x}${base64.b64encode(raw).decode()}${padded}"
            case "werkzeug":
                return f"scrypt:{2**ln}:{r}:{p}${text}${key.hex()}"
            case _:
                return f"$scrypt$ln={ln},r={r},p={p}${write_base64(raw)}${write_base64(key)}"

    def is_outdated(self, stored: str) -> bool:
        """Whether a stored hash takes less work than is written now. What takes more was somebody's choice."""
        found, (ln, r, p) = _read(stored), self._parameters
        return found is not None and found.form == self.form and found.n * found.r * found.p < 2**ln * r * p

    @property
    def _parameters(self) -> tuple[int, int, int]:
        return _PARAMETERS.get(self.form, _OURS)


def _read(stored: str) -> _Stored | None:
    for form, pattern in _FORMS.items():
        if found := pattern.fullmatch(stored):
            part = found.groupdict()
            base = 16 if form == "spring" else 10
            n = int(part["n"]) if "n" in part else 2 ** min(int(part["ln"], base), 32)
            r, p = int(part["r"], base), int(part["p"], base)
            try:
                salt = part["salt"].encode() if form in _TEXT_SALT else read_base64(part["salt"])
                key = bytes.fromhex(part["key"]) if form == "werkzeug" else read_base64(part["key"])
            except ValueError:
                return None
            possible = n > 1 and not n & (n - 1) and r * p > 0 and len(key) in DIGEST_BYTES
            bounded = 128 * n * r <= _MAX_MEMORY and n * r * p <= _MAX_WORK
            return _Stored(form, n, r, p, salt, key) if possible and bounded else None
    return None


def _derive(password: str, stored: _Stored) -> bytes:
    _, n, r, p, salt, key = stored
    # OpenSSL counts what it needs beside the table of N.
    memory = _MAX_MEMORY + 2**20
    return hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p, dklen=len(key), maxmem=memory)
