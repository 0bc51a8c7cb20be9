"""Hashers: what a team's own library wrote is recognised and compared, and what is written here, that library accepts.

A stored hash says itself what it costs to compare, and whoever writes a table says it for us. So each hasher bounds
what it is willing to compute, to about three seconds and 256 MiB: what asks for more is as one that nobody recognises.
"""

import base64
from collections.abc import Mapping
from typing import Literal, Protocol

type Algorithm = Literal["bcrypt", "argon2id", "scrypt", "pbkdf2_sha256"]
type Form = Literal["phc", "django", "spring", "werkzeug"]
"""How algorithm, parameters, salt and digest are written: `phc` is what the libraries of an algorithm write."""

FORMS: Mapping[Algorithm, tuple[Form, ...]] = {
    "bcrypt": ("phc", "django", "spring"),
    "argon2id": ("phc", "django", "spring"),
    "scrypt": ("phc", "django", "spring", "werkzeug"),
    "pbkdf2_sha256": ("phc", "django", "spring", "werkzeug"),
}
DEFAULT: tuple[Algorithm, Form] = ("bcrypt", "phc")
BCRYPT_BYTES = 72
"""What bcrypt reads of a password; more must be refused, for it would be ignored."""
WHOLE_BYTES = 1024
"""What is taken of a password where the algorithm reads all of it."""
LONGEST = 512
"""Characters of a stored hash, the most that any library writes."""
DIGEST_BYTES = range(16, 65)

# The id that Spring's DelegatingPasswordEncoder puts before a hash: of an algorithm, old and new.
SPRING = r"\{%s(?:@SpringSecurity_v5_8)?\}"


class Hasher(Protocol):
    """One algorithm, written in one form and read in all."""

    def form_of(self, stored: str) -> Form | None:
        """Return the form of a stored hash; None where it is none of this algorithm's, or past what is computed."""

    def verify(self, password: str, stored: str) -> bool:
        """Whether a password is the stored one, in whatever form, as the library that wrote it compares."""

    def cuts(self, password: str, stored: str) -> bool:
        """Whether a comparison with that hash leaves out the end of the password."""

    def pad(self, password: str, stored: str, decoy: str) -> None:
        """Work for as long as a comparison with a cheaper stored hash falls short of one with the decoy."""

    def hash(self, password: str, replacing: str | None = None) -> str:
        """Return the hash of a password, with a salt of its own. `replacing` is the hash whose place it takes."""

    def is_outdated(self, stored: str) -> bool:
        """Whether a stored hash of the form that is written has other parameters than are to be written."""


def reads_whole(algorithm: Algorithm, form: Form) -> bool:
    """Whether all of a password counts: plain bcrypt alone reads 72 bytes of it."""
    return algorithm != "bcrypt" or form == "django"


def make_hasher(algorithm: Algorithm, *, form: Form, cost: int) -> Hasher:
    """Return the hasher of an algorithm. `cost` is bcrypt's."""
    match algorithm:
        case "bcrypt":
            from password_reset.passwords.hashers.bcrypt import Bcrypt

            return Bcrypt(form=form, cost=cost)
        case "argon2id":
            from password_reset.passwords.hashers.argon2id import Argon2id

            return Argon2id(form=form)
        case "scrypt":
            from password_reset.passwords.hashers.scrypt import Scrypt

            return Scrypt(form=form)
        case "pbkdf2_sha256":
            from password_reset.passwords.hashers.pbkdf2 import Pbkdf2

            return Pbkdf2(form=form)


def read_base64(text: str) -> bytes:
    """Return the bytes of base64, with or without its padding, `.` read as `+` as passlib writes it.

    Raises:
        ValueError: it is none.
    """
    bare = text.rstrip("=").replace(".", "+")
    return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)


def write_base64(data: bytes) -> str:
    """Return base64 without padding."""
    return base64.b64encode(data).decode().rstrip("=")
