"""PBKDF2 with HMAC-SHA-256, as passlib, Django, Spring and Werkzeug write it; read with SHA-1 and SHA-512 too."""

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from typing import NamedTuple

from password_reset.passwords.hashers import DIGEST_BYTES, Form, read_base64, write_base64

_ITERATIONS = 600_000
"""OWASP's figure for HMAC-SHA-256."""
_MAX_WORK = 5_000_000
"""Iterations times the digest's blocks in the key."""
_SPRING = {"@SpringSecurity_v5_8": ("sha256", 310_000, 16), "": ("sha1", 185_000, 8)}
"""Digest, iterations and bytes of salt: not in the hash, but Spring's defaults of each version."""
_SPRING_KEY_BYTES = 32
_BLOCK_BYTES = {"sha1": 20, "sha256": 32, "sha512": 64}
_TEXT_SALT: tuple[Form, ...] = ("django", "werkzeug")
"""The forms whose salt is text that is hashed as it is."""
_DIGEST = r"(?P<digest>sha1|sha256|sha512)"
_ROUNDS = r"(?P<iterations>[1-9]\d{0,9})"
_FORMS: dict[Form, re.Pattern[str]] = {
    "phc": re.compile(
        rf"\$pbkdf2(?:-(?P<digest>sha256|sha512))?\${_ROUNDS}\$(?P<salt>[A-Za-z0-9./]+)\$(?P<key>[A-Za-z0-9./]+)"
    ),
    "django": re.compile(rf"pbkdf2_{_DIGEST}\${_ROUNDS}\$(?P<salt>[^$]+)\$(?P<key>[A-Za-z0-9+/]+={{0,2}})"),
    "spring": re.compile(r"\{pbkdf2(?P<version>@SpringSecurity_v5_8)?\}(?P<both>[0-9a-f]+)"),
    "werkzeug": re.compile(rf"pbkdf2:{_DIGEST}:{_ROUNDS}\$(?P<salt>[^$]+)\$(?P<key>[0-9a-f]+)"),
}


class _Stored(NamedTuple):
    form: Form
    digest: str
    iterations: int
    salt: bytes
    key: bytes


@dataclass(frozen=True, kw_only=True)
class Pbkdf2:
    """PBKDF2-HMAC-SHA-256; as many iterations as OWASP recommends, or, for Spring, as Spring counts on."""

    form: Form = "phc"

    def form_of(self, stored: str) -> Form | None:
        """Return the form of a stored PBKDF2 hash."""
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
        """Derive with the iterations that the stored hash has less than the decoy."""
        found, full = _read(stored), _read(decoy)
        if found and full and found.iterations < full.iterations:
            _derive(password, full._replace(iterations=full.iterations - found.iterations))

    def hash(self, password: str, replacing: str | None = None) -> str:  # noqa: ARG002 - one spelling is all there is
        """Return the hash in its form."""
        raw, text = secrets.token_bytes(16), secrets.token_hex(16)
        salt = text.encode() if self.form in _TEXT_SALT else raw
        key = _derive(password, _Stored(self.form, "sha256", self._iterations, salt, bytes(32)))
        match self.form:
            case "django":
                return f"pbkdf2_sha256${_ITERATIONS}${text}${base64.b64encode(key).decode()}"
            case "spring":
                return f"{{pbkdf2@SpringSecurity_v5_8}}{(raw + key).hex()}"
            case "werkzeug":
                return f"pbkdf2:sha256:{_ITERATIONS}${text}${key.hex()}"
            case _:
                salted, digest = (write_base64(data).replace("+", ".") for data in (raw, key))
                return f"$pbkdf2-sha256${_ITERATIONS}${salted}${digest}"

    def is_outdated(self, stored: str) -> bool:
        """Whether a stored hash has fewer iterations than are written now. More were somebody's choice."""
        found = _read(stored)
        return (
            found is not None
            and (found.form, found.digest) == (self.form, "sha256")
            and found.iterations < self._iterations
        )

    @property
    def _iterations(self) -> int:
        return _SPRING["@SpringSecurity_v5_8"][1] if self.form == "spring" else _ITERATIONS


def _read(stored: str) -> _Stored | None:
    for form, pattern in _FORMS.items():
        if found := pattern.fullmatch(stored):
            return _bounded(form, found.groupdict(default=""))
    return None


def _bounded(form: Form, part: dict[str, str]) -> _Stored | None:
    try:
        if form == "spring":
            digest, iterations, size = _SPRING[part["version"]]
            both = bytes.fromhex(part["both"])
            salt, key = both[:size], both[size:]
            if len(key) != _SPRING_KEY_BYTES:
                return None
        else:
            digest, iterations = part["digest"] or "sha1", int(part["iterations"])
            salt = part["salt"].encode() if form in _TEXT_SALT else read_base64(part["salt"])
            key = bytes.fromhex(part["key"]) if form == "werkzeug" else read_base64(part["key"])
    except ValueError:
        return None
    work = iterations * -(-len(key) // _BLOCK_BYTES[digest])
    return _Stored(form, digest, iterations, salt, key) if len(key) in DIGEST_BYTES and work <= _MAX_WORK else None


def _derive(password: str, stored: _Stored) -> bytes:
    size = len(stored.key)
    return hashlib.pbkdf2_hmac(stored.digest, password.encode(), stored.salt, stored.iterations, dklen=size)
