"""Hashes, proven by the other side: what others write is verified, what is written others accept."""

import base64
import hashlib
from collections.abc import Callable

import argon2
import bcrypt
import pytest
from django.conf import settings as django_settings
from django.contrib.auth import hashers as django
from passlib import hash as passlib
from werkzeug import security as werkzeug

from password_reset.passwords.hashers import FORMS, Form, Hasher, reads_whole
from password_reset.passwords.hashers.argon2id import Argon2id
from password_reset.passwords.hashers.bcrypt import Bcrypt
from password_reset.passwords.hashers.pbkdf2 import Pbkdf2
from password_reset.passwords.hashers.scrypt import Scrypt
from password_reset.passwords.passwords import Passwords
from password_reset.passwords.policy import PRESETS
from tests.cheap_hashers import make_others_cheap

if not django_settings.configured:
    django_settings.configure()

BCRYPTED = bcrypt.hashpw(b"x", b"$2b$04$abcdefghijklmnopqrstuu").decode()  # the same for each worker
KEY = "aGFzaC1vZi0zMi1ieXRlcy0xMjM0NTY3ODkwMTIzNDU"  # pragma: allowlist secret - 32 bytes of text
PASSWORD = "pürple otters 読む quietly"
BCRYPT, ARGON2ID, SCRYPT, PBKDF2 = Bcrypt(cost=10), Argon2id(), Scrypt(), Pbkdf2()
HASHERS: tuple[Hasher, ...] = (BCRYPT, ARGON2ID, SCRYPT, PBKDF2)


def laravel(password: str) -> str:
    """PHP's password_hash, as Laravel calls it, writes $2y$ where others write $2b$."""
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode().replace("$2b$", "$2y$")


def spring_pbkdf2(password: str, salt: bytes = b"0123456789abcdef") -> str:
    """Pbkdf2PasswordEncoder.defaultsForSpringSecurity_v5_8, behind its id."""
    key = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, 310_000)
    return f"{{pbkdf2@SpringSecurity_v5_8}}{(salt + key).hex()}"


def argon2id(parameters: str) -> str:
    return f"$argon2id$v=19${parameters}$c2FsdHNhbHQ${KEY}"


def spring_old_pbkdf2(password: str) -> str:
    """Pbkdf2PasswordEncoder's defaults before version 5.8, behind the old id."""
    key = hashlib.pbkdf2_hmac("sha1", password.encode(), b"saltsalt", 185_000, dklen=32)
    return f"{{pbkdf2}}{(b'saltsalt' + key).hex()}"


def spring_scrypt(password: str) -> str:
    """SCryptPasswordEncoder.defaultsForSpringSecurity_v4_1, behind the old id."""
    salt = b"s" * 64
    key = hashlib.scrypt(password.encode(), salt=salt, n=16384, r=8, p=1, dklen=32)
    return f"{{scrypt}}$e0801${base64.b64encode(salt).decode()}${base64.b64encode(key).decode()}"


def of_django(hasher: type[django.BasePasswordHasher], **cheap: int) -> Callable[[str], str]:
    cheaper = type(hasher.__name__, (hasher,), cheap)()
    return lambda password: str(cheaper.encode(password, cheaper.salt()))


ARGON2_CFFI = argon2.PasswordHasher(memory_cost=1024)

OTHERS: list[tuple[str, Hasher, Form, Callable[[str], str]]] = [
    ("bcrypt", BCRYPT, "phc", lambda password: bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode()),
    ("Laravel", BCRYPT, "phc", laravel),
    ("Spring bcrypt", BCRYPT, "spring", lambda password: f"{{bcrypt}}{laravel(password).replace('$2y$', '$2a$')}"),
    ("Django bcrypt", BCRYPT, "django", of_django(django.BCryptPasswordHasher, rounds=4)),
    ("Django bcrypt_sha256", BCRYPT, "django", of_django(django.BCryptSHA256PasswordHasher, rounds=4)),
    ("argon2-cffi", ARGON2ID, "phc", ARGON2_CFFI.hash),
    ("Django argon2", ARGON2ID, "django", of_django(django.Argon2PasswordHasher, memory_cost=1024)),
    ("Spring argon2", ARGON2ID, "spring", lambda password: f"{{argon2}}{ARGON2_CFFI.hash(password)}"),
    ("passlib scrypt", SCRYPT, "phc", passlib.scrypt.using(rounds=5).hash),
    ("Django scrypt", SCRYPT, "django", of_django(django.ScryptPasswordHasher, work_factor=1024)),
    (
        "Werkzeug scrypt",
        SCRYPT,
        "werkzeug",
        lambda password: werkzeug.generate_password_hash(password, "scrypt:1024:8:1"),
    ),
    ("passlib pbkdf2_sha256", PBKDF2, "phc", passlib.pbkdf2_sha256.hash),
    ("passlib pbkdf2_sha512", PBKDF2, "phc", passlib.pbkdf2_sha512.hash),
    ("passlib pbkdf2_sha1", PBKDF2, "phc", passlib.pbkdf2_sha1.hash),
    ("Django pbkdf2_sha256", PBKDF2, "django", of_django(django.PBKDF2PasswordHasher, iterations=1000)),
    ("Django pbkdf2_sha1", PBKDF2, "django", of_django(django.PBKDF2SHA1PasswordHasher, iterations=1000)),
    (
        "Werkzeug pbkdf2",
        PBKDF2,
        "werkzeug",
        lambda password: werkzeug.generate_password_hash(password, "pbkdf2:sha256:1000"),
    ),
    ("Spring pbkdf2", PBKDF2, "spring", spring_pbkdf2),
    ("Spring pbkdf2 before 5.8", PBKDF2, "spring", spring_old_pbkdf2),
    ("Spring scrypt before 5.8", SCRYPT, "spring", spring_scrypt),
]


@pytest.mark.parametrize(("hasher", "form", "write"), [row[1:] for row in OTHERS], ids=[row[0] for row in OTHERS])
def test_what_others_write_is_verified(hasher: Hasher, form: Form, write: Callable[[str], str]) -> None:
    """Row 68: recognised by one hasher alone, in one form."""
    stored = write(PASSWORD)
    assert [other.form_of(stored) for other in HASHERS if other is not hasher] == [None] * 3
    assert hasher.form_of(stored) == form
    assert hasher.verify(PASSWORD, stored)
    assert not hasher.verify(PASSWORD + "!", stored)


def passlib_verifies(name: str) -> Callable[[str, str], bool]:
    return lambda password, stored: bool(getattr(passlib, name).verify(password, stored))


def argon2_verifies(password: str, stored: str) -> bool:
    try:
        return argon2.PasswordHasher().verify(stored, password)
    except argon2.exceptions.VerifyMismatchError:
        return False


def bcrypt_verifies(password: str, stored: str) -> bool:
    return bcrypt.checkpw(password.encode(), stored.removeprefix("{bcrypt}").encode())


def spring_argon2_verifies(password: str, stored: str) -> bool:
    return argon2_verifies(password, stored.removeprefix("{argon2@SpringSecurity_v5_8}"))


def spring_scrypt_verifies(password: str, stored: str) -> bool:
    """As SCryptPasswordEncoder reads it: parameters in one hexadecimal number, base64 with padding."""
    _, parameters, salt, key = stored.removeprefix("{scrypt@SpringSecurity_v5_8}").split("$")
    number, raw = int(parameters, 16), base64.b64decode(key, validate=True)
    n, r, p = 2 ** (number >> 16), number >> 8 & 0xFF, number & 0xFF
    salted = base64.b64decode(salt, validate=True)
    return hashlib.scrypt(password.encode(), salt=salted, n=n, r=r, p=p, dklen=len(raw), maxmem=2**28) == raw


def spring_pbkdf2_verifies(password: str, stored: str) -> bool:
    salt = bytes.fromhex(stored.removeprefix("{pbkdf2@SpringSecurity_v5_8}"))[:16]
    return spring_pbkdf2(password, salt) == stored


ACCEPTED: list[tuple[Hasher, Callable[[str, str], bool]]] = [
    (Bcrypt(cost=10), bcrypt_verifies),
    (Bcrypt(cost=10, form="spring"), bcrypt_verifies),
    (Bcrypt(cost=10, form="django"), django.check_password),
    (Argon2id(), argon2_verifies),
    (Argon2id(form="spring"), spring_argon2_verifies),
    (Argon2id(form="django"), django.check_password),
    (Scrypt(), passlib_verifies("scrypt")),
    (Scrypt(form="spring"), spring_scrypt_verifies),
    (Scrypt(form="django"), django.check_password),
    (Scrypt(form="werkzeug"), lambda password, stored: werkzeug.check_password_hash(stored, password)),
    (Pbkdf2(), passlib_verifies("pbkdf2_sha256")),
    (Pbkdf2(form="spring"), spring_pbkdf2_verifies),
    (Pbkdf2(form="django"), django.check_password),
    (Pbkdf2(form="werkzeug"), lambda password, stored: werkzeug.check_password_hash(stored, password)),
]


def test_what_is_written_costs_what_is_recommended() -> None:
    """Row 31: by OWASP and RFC 9106, and where a library allows less, what that writes."""
    begun: dict[str, Hasher] = {
        "$2b$10$": Bcrypt(cost=10),
        "$argon2id$v=19$m=65536,t=3,p=4$": Argon2id(),
        "$scrypt$ln=17,r=8,p=1$": Scrypt(),
        "$pbkdf2-sha256$600000$": Pbkdf2(),
        "scrypt$16384$": Scrypt(form="django"),
        "{scrypt@SpringSecurity_v5_8}$100801$": Scrypt(form="spring"),
    }
    assert [begin for begin, hasher in begun.items() if not hasher.hash("x").startswith(begin)] == []


@pytest.mark.parametrize(("hasher", "accepts"), ACCEPTED)
def test_what_is_written_others_accept(
    hasher: Hasher, accepts: Callable[[str, str], bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_others_cheap(monkeypatch)
    stored = hasher.hash(PASSWORD)
    assert accepts(PASSWORD, stored)
    assert not accepts(PASSWORD + "!", stored)
    assert hasher.form_of(stored) == hasher.form  # type: ignore[attr-defined]
    assert not hasher.is_outdated(stored)


@pytest.mark.parametrize(
    "stored",
    [
        *("", "x", "!", "plain text", "5f4d", "{noop}secret", "{MD5}x", "$1$salt$x"),
        *("$6$salt$x", "unsalted_md5$$x", "sha1$salt$x", "{pbkdf2}00", "{bcrypt@SpringSecurity_v5_8}" + BCRYPTED),
        *("$2b$12$short", "$2b$99$" + "a" * 53, "$2x$12$" + "a" * 53, " " + BCRYPTED, BCRYPTED + "\n", BCRYPTED[:-1]),
        *("$argon2i$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$" + KEY, "argon2$argon2i$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$" + KEY),
        *("$argon2id$v=19$m=8,t=1,p=2$c2FsdHNhbHQ$" + KEY, "$argon2id$v=19$m=8,t=1,p=1$c2FsdA$" + KEY),
        *("scrypt$3$salt$8$1$" + KEY, "scrypt:0:8:1$salt$" + "00" * 32, "scrypt:16384:8:0$s$" + "00" * 32),
        *("$scrypt$ln=1,r=8,p=1$c2Fs=dA$" + KEY, "$scrypt$ln=1,r=8,p=1$c2FsdA$aGFzaA"),
        *(
            "$pbkdf2-md5$1$c2FsdA$" + KEY,
            "pbkdf2_sha256$0$salt$" + KEY,
            "pbkdf2_sha256$1$salt$a",
            "pbkdf2_sha256$1$$" + KEY,
        ),
        *(
            "pbkdf2:sha256:1$salt$0",
            "pbkdf2:sha256:1$salt$" + "00" * 4,
            "{pbkdf2}" + "00" * 39,
            "$pbkdf2-sha1$1$c2FsdA$" + KEY,
        ),
    ],
)
def test_what_is_not_recognised_matches_nothing(stored: str) -> None:
    """Row 68: no error either, whatever a table holds."""
    assert [hasher.form_of(stored) for hasher in HASHERS] == [None] * 4
    assert [hasher.verify(PASSWORD, stored) for hasher in HASHERS] == [False] * 4


@pytest.mark.parametrize(
    ("least", "most"),
    [
        (BCRYPTED.replace("$04$", "$15$"), BCRYPTED.replace("$04$", "$16$")),
        (BCRYPTED.replace("$04$", "$15$"), BCRYPTED.replace("$04$", "$31$")),
        (argon2id("m=262144,t=4,p=16"), argon2id("m=262145,t=4,p=16")),
        (argon2id("m=262144,t=4,p=16"), argon2id("m=262144,t=5,p=16")),
        (argon2id("m=262144,t=4,p=16"), argon2id("m=262144,t=4,p=17")),
        (argon2id("m=65536,t=3,p=4"), argon2id("m=8388608,t=1,p=4")),
        (argon2id("m=65536,t=3,p=4"), argon2id("m=4294967295,t=4294967295,p=1")),
        (argon2id("m=8,t=131072,p=1"), argon2id("m=8,t=131073,p=1")),
        ("$scrypt$ln=18,r=8,p=2$c2FsdA$" + KEY, "$scrypt$ln=19,r=8,p=1$c2FsdA$" + KEY),
        ("$scrypt$ln=18,r=8,p=2$c2FsdA$" + KEY, "$scrypt$ln=18,r=8,p=3$c2FsdA$" + KEY),
        ("$scrypt$ln=16,r=32,p=1$c2FsdA$" + KEY, "$scrypt$ln=30,r=8,p=1$c2FsdA$" + KEY),
        ("scrypt$262144$salt$8$2$" + KEY, "scrypt$1073741824$salt$8$1$" + KEY),
        ("scrypt:262144:8:2$salt$" + "00" * 64, "scrypt:1073741824:8:1$salt$" + "00" * 64),
        ("{scrypt}$e0801$c2FsdA==$" + KEY, "{scrypt}$ff0801$c2FsdA==$" + KEY),
        ("$pbkdf2-sha256$5000000$c2FsdA$" + KEY, "$pbkdf2-sha256$5000001$c2FsdA$" + KEY),
        ("pbkdf2_sha256$5000000$salt$" + KEY, "pbkdf2_sha256$1000000000$salt$" + KEY),
        ("pbkdf2:sha1:2500000$salt$" + "00" * 32, "pbkdf2:sha1:2500001$salt$" + "00" * 32),
        ("pbkdf2:sha256:2500000$salt$" + "00" * 64, "pbkdf2:sha256:2500000$salt$" + "00" * 65),
        ("pbkdf2_sha256$1$" + "s" * 430 + "$" + KEY, "pbkdf2_sha256$1$" + "s" * 1000 + "$" + KEY),
    ],
)
def test_what_would_take_too_long_is_not_recognised(least: str, most: str) -> None:
    """Row 68: neither memory nor time of a function is for whoever writes a table to use up."""
    passwords = Passwords(policy=PRESETS["default"], cost=10, product_name="Example", breached=lambda _: False)
    assert passwords.recognises(least)
    assert not passwords.recognises(most)
    assert passwords.reuse("x", most, [most] * 4) == []
    assert not passwords.verify("x", most)


@pytest.mark.parametrize("digits", [20, 5000, 100_000])
def test_numbers_without_end_are_not_recognised(digits: int) -> None:
    """Row 68: not even read."""
    for before, after in (
        ("$2b$", "$" + "a" * 53),
        ("$argon2id$v=19$m=", ",t=1,p=1$c2FsdHNhbHQ$" + KEY),
        ("scrypt$", "$salt$8$1$" + KEY),
        ("$scrypt$ln=", ",r=8,p=1$c2FsdA$" + KEY),
        ("pbkdf2_sha256$", "$salt$" + KEY),
    ):
        assert [hasher.form_of(before + "9" * digits + after) for hasher in HASHERS] == [None] * 4


def test_all_of_a_password_counts_but_for_plain_bcrypt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Row 27: Django's form of bcrypt hashes a hash of all of it."""
    make_others_cheap(monkeypatch)
    long = "q9zKvw7x" * 20
    for hasher in (Bcrypt(cost=10, form="django"), ARGON2ID, SCRYPT, PBKDF2):
        stored = hasher.hash(long)
        assert hasher.verify(long, stored)
        assert not hasher.verify(long[:-1] + "y", stored)
        assert not hasher.verify(long[:72], stored)
        assert not hasher.cuts(long, stored)
    assert [reads_whole("bcrypt", form) for form in FORMS["bcrypt"]] == [False, True, False]
    assert [reads_whole(algorithm, "phc") for algorithm in FORMS] == [False, True, True, True]


def test_bcrypt_compares_what_its_libraries_compare() -> None:
    """They cut at 72 bytes, PHP still does; NUL is no password's."""
    stored = laravel("q" * 72)
    assert BCRYPT.verify("q" * 100, stored)
    assert BCRYPT.cuts("q" * 73, stored)
    assert not BCRYPT.cuts("q" * 72, stored)
    assert not BCRYPT.verify("q" * 71, stored)
    assert not BCRYPT.verify("q" * 10 + "\0" + "q" * 62, stored)


@pytest.mark.parametrize(
    ("replaced", "letter"), [(None, "b"), ("$2a$", "a"), ("$2b$", "b"), ("$2y$", "y"), ("not a hash", "b")]
)
def test_the_letter_of_a_bcrypt_hash_stays(replaced: str | None, letter: str) -> None:
    """PHP's `password_get_info`, which Laravel asks, knows `$2y$` alone."""
    replacing = (
        replaced and replaced.ljust(7, "x") if replaced == "not a hash" else replaced and replaced + BCRYPTED[4:]
    )
    stored = BCRYPT.hash(PASSWORD, replacing)
    assert stored.startswith(f"$2{letter}$10$")
    assert BCRYPT.verify(PASSWORD, stored)
    assert bcrypt.checkpw(PASSWORD.encode(), stored.encode())


@pytest.mark.parametrize(
    ("hasher", "stored"),
    [
        (BCRYPT, BCRYPTED),
        (ARGON2ID, argon2id("m=65536,t=1,p=4")),
        (SCRYPT, "$scrypt$ln=4,r=8,p=1$c2FsdA$" + KEY),
        (PBKDF2, "$pbkdf2-sha256$1000$c2FsdA$" + KEY),
    ],
)
def test_cheaper_hashes_are_outdated(hasher: Hasher, stored: str) -> None:
    """In the form that is written alone: a hash in another is another library's to renew."""
    assert hasher.is_outdated(stored)
    assert not hasher.is_outdated(f"{{bcrypt}}{stored}")


@pytest.mark.parametrize(
    ("hasher", "stored", "outdated"),
    [
        (BCRYPT, BCRYPTED.replace("$04$", "$11$"), True),
        (ARGON2ID, argon2id("m=131072,t=3,p=4"), False),
        (SCRYPT, "$scrypt$ln=18,r=8,p=1$c2FsdA$" + KEY, False),
        (PBKDF2, "$pbkdf2-sha256$1000000$c2FsdA$" + KEY, False),
        (PBKDF2, "$pbkdf2-sha512$1000$c2FsdA$" + KEY, False),
    ],
)
def test_dearer_hashes_are_outdated_where_the_cost_is_a_setting(hasher: Hasher, stored: str, *, outdated: bool) -> None:
    """Where it isn't, it was the team's choice, and its library would write it again."""
    assert hasher.is_outdated(stored) is outdated


def test_a_cheaper_pbkdf2_is_padded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Row 69: to the iterations of an unknown account."""
    derive, iterations = hashlib.pbkdf2_hmac, []

    def watched(digest: str, password: bytes, salt: bytes, rounds: int, dklen: int) -> bytes:
        iterations.append(rounds)
        return derive(digest, password, salt, 1, dklen)

    monkeypatch.setattr(hashlib, "pbkdf2_hmac", watched)
    passwords = Passwords(
        policy=PRESETS["default"],
        cost=10,
        product_name="Example",
        breached=lambda _: False,
        algorithm="pbkdf2_sha256",
        form="django",
    )
    assert passwords.decoy.startswith("pbkdf2_sha256$600000$")
    for stored in (None, f"pbkdf2_sha256$260000$salt${KEY}", f"pbkdf2_sha256$600000$salt${KEY}"):
        iterations.clear()
        assert not passwords.verify("wrong", stored)
        assert sum(iterations) == 600_000
