"""Hashes of other libraries: their accounts reset and sign in, and their own library still lets them in."""

import json
from collections.abc import Callable
from typing import Any

import argon2
import bcrypt
import pytest
from django.conf import settings as django_settings
from django.contrib.auth import hashers as django
from werkzeug import security as werkzeug
from werkzeug.test import Client

from local.app import application
from password_reset.aws.items import to_item
from tests.cheap_hashers import make_others_cheap
from tests.handlers.test_sessions import refused
from tests.world import EMAIL, NEW_PASSWORD, PASSWORD, World

if not django_settings.configured:
    django_settings.configure()
# What people may have in the place of a hash, as it is stored.
UNRECOGNISED: dict[str, dict[str, Any]] = {
    "empty text": {"S": ""},
    "plain text": {"S": PASSWORD},
    "MD5": {"S": "5f4dcc3b5aa765d61d8327deb882cf99"},  # pragma: allowlist secret - of "password"
    "MD5 crypt": {"S": "$1$salt$qJH7.N4xYta3aEG/dfqo/0"},
    "Django without a usable password": {"S": "!QzX0kqk1zK1sZ2Yw3vXc5u8t7r6p5o4n3m2l1k0j"},
    "argon2i": {"S": "$argon2i$v=19$m=65536,t=3,p=4$c2FsdHNhbHRzYWx0$" + "A" * 43},
    "bcrypt in binary": {"B": bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4))},
    "map": {"M": {"algorithm": {"S": "bcrypt"}, "hash": {"S": "x"}}},
    "list": {"L": [{"S": "x"}]},
    "number": {"N": "1"},
    "true": {"BOOL": True},
    "bcrypt for two days": {"S": bcrypt.hashpw(b"x", bcrypt.gensalt(4)).decode().replace("$04$", "$31$")},
    "Argon2 with 4 TiB": {"S": "$argon2id$v=19$m=4294967295,t=1,p=1$c2FsdHNhbHRzYWx0$" + "A" * 43},
    "scrypt with 1 TiB": {"S": "scrypt:1073741824:8:1$salt$" + "00" * 64},
    "PBKDF2 for ten minutes": {"S": "pbkdf2_sha256$1000000000$salt$" + "A" * 43 + "="},
    "a megabyte less a little": {"S": "$2b$12$" + "a" * 300_000},
}


def store(world: World, password_hash: dict[str, Any]) -> None:
    """Write the hash of the demo account as it is stored."""
    world.dynamodb.update_item(
        TableName=world.environment["USERS_TABLE"],
        Key=to_item({"user_id": world.user()["user_id"]}),
        UpdateExpression="SET password_hash = :hash",
        ExpressionAttributeValues={":hash": password_hash},
    )


def stored(world: World) -> dict[str, Any]:
    key = to_item({"user_id": world.user()["user_id"]})
    return world.dynamodb.get_item(TableName=world.environment["USERS_TABLE"], Key=key)["Item"]


@pytest.mark.parametrize("secret", UNRECOGNISED.values(), ids=UNRECOGNISED)
def test_a_secret_that_is_not_recognised_is_never_written_over(world: World, secret: dict[str, Any], log: Any) -> None:
    """Row 68: 503 as for any fault, with nothing queued or written; audited, and counted for the alarm."""
    world.add_user()
    store(world, secret)
    token = world.token()
    before = stored(world)
    for password in (NEW_PASSWORD, "short"):
        answer = world.reset(token, password)
        assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
        assert {name: value for name, value in answer.json.items() if name != "requestId"} == {
            "type": "urn:password-reset:problem:unavailable",
            "title": "Unavailable",
            "status": 503,
            "detail": "The service cannot answer now; nothing was changed. Try again.",
            "outcome": "unchanged",
            "code": "unavailable",
        }
    assert (stored(world), world.queued()) == (before, [])
    assert world.verify(token).json["valid"] is True
    records = world.audited("reset-password")
    assert [(record["outcome"], record["reason"]) for record in records] == [("failed", "unrecognised_hash")] * 2
    assert "x" * 12 not in log.getvalue()
    assert world.sign_in().json["code"] == "invalid_credentials"


def test_an_unrecognised_secret_is_counted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Row 68: under the name that the alarm watches."""
    counted: list[str] = []
    monkeypatch.setattr("password_reset.service.reset_password.count", counted.append)
    world.add_user()
    store(world, {"S": ""})
    assert world.reset(world.token()).status == 503
    assert counted == ["unrecognised-hash"]


@pytest.mark.parametrize("absent", [{"NULL": True}, None], ids=["null", "absent"])
def test_no_password_yet_is_no_secret(world: World, absent: dict[str, Any] | None) -> None:
    world.add_user(password=None)
    if absent:
        store(world, absent)
    assert world.reset(world.token()).status == 200
    assert world.sign_in(NEW_PASSWORD).status == 200


def test_history_that_is_not_recognised_is_no_match(world: World) -> None:
    """It was the current hash once, or another application's; it hinders no reset."""
    world.add_user()
    history = {"L": [{"S": "$1$salt$qJH7.N4xYta3aEG/dfqo/0"}, {"B": b"x"}]}
    world.dynamodb.put_item(
        TableName=world.environment["USERS_TABLE"], Item={**stored(world), "password_history": history}
    )
    assert world.reset(world.token()).status == 200


def argon2_verifies(password: str, hashed: str) -> bool:
    try:
        return argon2.PasswordHasher().verify(hashed, password)
    except argon2.exceptions.VerifyMismatchError:
        return False


def php_verifies(password: str, hashed: str) -> bool:
    """Laravel's Hasher::check: PHP's password_get_info must call it bcrypt, by its first letters and its length."""
    return hashed.startswith("$2y$") and len(hashed) == 60 and bcrypt.checkpw(password.encode(), hashed.encode())


def spring_verifies(password: str, hashed: str) -> bool:
    """Spring's DelegatingPasswordEncoder: an encoder by the id in braces, and BCryptPasswordEncoder's pattern."""
    return hashed.startswith("{bcrypt}$2") and bcrypt.checkpw(
        password.encode(), hashed.removeprefix("{bcrypt}").encode()
    )


def written_by_php(letters: str) -> str:
    return bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode().replace("$2b$", letters)


LIBRARIES: dict[str, tuple[dict[str, str], Callable[[], str], Callable[[str, str], bool]]] = {
    "Django": (
        {"PASSWORD_HASH": "pbkdf2_sha256", "PASSWORD_HASH_FORMAT": "django"},
        lambda: django.make_password(PASSWORD),
        django.check_password,
    ),
    "Django, unless told": ({}, lambda: django.make_password(PASSWORD), django.check_password),
    "Django, moving to Argon2": (
        {"PASSWORD_HASH": "argon2id", "PASSWORD_HASH_FORMAT": "django"},
        lambda: django.make_password(PASSWORD),
        lambda password, hashed: hashed.startswith("argon2$argon2id$") and django.check_password(password, hashed),
    ),
    "argon2-cffi": ({"PASSWORD_HASH": "argon2id"}, lambda: argon2.PasswordHasher().hash(PASSWORD), argon2_verifies),
    "Werkzeug, unless told": (
        {},
        lambda: werkzeug.generate_password_hash(PASSWORD, "scrypt:1024:8:1"),
        lambda password, hashed: werkzeug.check_password_hash(hashed, password),
    ),
    "Laravel": ({}, lambda: written_by_php("$2y$"), php_verifies),
    "Spring": (
        {"PASSWORD_HASH_FORMAT": "spring"},
        lambda: "{bcrypt}" + written_by_php("$2a$"),
        spring_verifies,
    ),
    "Spring, unless told": ({}, lambda: "{bcrypt}" + written_by_php("$2a$"), spring_verifies),
}


@pytest.mark.parametrize(
    "library", [pytest.param(name, marks=pytest.mark.settings(**LIBRARIES[name][0])) for name in LIBRARIES]
)
def test_an_account_of_another_library_resets_and_stays_its_own(world: World, library: str) -> None:
    """Row 68: what that library wrote is compared, and it accepts what is written."""
    _, write, accepts = LIBRARIES[library]
    local = Client(application)
    created = local.post("/_local/users", data=json.dumps({"email": EMAIL, "passwordHash": write()}))
    assert created.status_code == 201
    session = world.signed_in()
    token = world.token()
    assert world.reset(token, PASSWORD).json["errors"][0]["code"] == "same_as_current"
    assert world.reset(token).status == 200
    hashed = world.user()["password_hash"]
    assert accepts(NEW_PASSWORD, hashed)
    assert not accepts(PASSWORD, hashed)
    assert refused(world, session)
    assert world.sign_in(NEW_PASSWORD).status == 200
    assert world.user()["password_hash"] == hashed
    assert world.sign_in(PASSWORD).status == 401


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    make_others_cheap(monkeypatch)


@pytest.mark.settings(PASSWORD_HASH="argon2id")
def test_a_setting_changes_the_scheme_of_an_account(world: World) -> None:
    """At the next reset, and not before: the same password in another scheme is the team's library's to write."""
    world.add_user()
    bcrypted = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    store(world, {"S": bcrypted})
    assert world.sign_in().status == 200
    assert world.user()["password_hash"] == bcrypted
    assert world.reset(world.token(), "q9zKvw7x" * 20).status == 200
    assert world.user()["password_hash"].startswith("$argon2id$v=19$")
    assert world.sign_in("q9zKvw7x" * 20).status == 200
    assert world.sign_in("q9zKvw7x" * 19 + "q9zKvw7y").status == 401


@pytest.mark.settings(PASSWORD_HASH="pbkdf2_sha256", PASSWORD_HASH_FORMAT="django")
@pytest.mark.parametrize(("iterations", "after"), [(1000, 2000), (1999, 2000), (2000, 2000), (2001, 2001)])
def test_fewer_iterations_are_renewed_at_sign_in_and_more_are_left(world: World, iterations: int, after: int) -> None:
    """Row 69: Django chose more, and would write them again at each of its own sign-ins."""
    world.add_user(password=None)
    store(world, {"S": django.PBKDF2PasswordHasher().encode(PASSWORD, "salt", iterations)})
    session = world.signed_in()
    assert world.user()["password_hash"].startswith(f"pbkdf2_sha256${after}$")
    assert not refused(world, session)
    assert django.check_password(PASSWORD, world.user()["password_hash"])


DECOMPOSED = "cafe\u0301 au lait noir"


def test_what_the_old_library_cut_or_did_not_normalise_signs_in(world: World) -> None:
    """Until a reset: a hash that we wrote is of a normalised password, read whole."""
    world.add_user(password=None)
    long = "q9zKvw7x" * 12
    store(world, {"S": bcrypt.hashpw(long.encode()[:72], bcrypt.gensalt(10)).decode()})
    assert [world.sign_in(password).status for password in (long, long[:72], long[:71])] == [200, 200, 401]
    store(world, {"S": bcrypt.hashpw(DECOMPOSED.encode(), bcrypt.gensalt(10)).decode()})
    assert world.sign_in(DECOMPOSED).status == 200
    assert world.reset(world.token(), long[:72]).status == 200
    assert [world.sign_in(password).status for password in (long[:72], long)] == [200, 401]


def test_a_hash_of_what_is_typed_is_not_written_anew(world: World) -> None:
    """At another cost either: ours would be of something else, which the old library would not accept."""
    world.add_user(password=None)
    for password, hashed in (("q" * 80, b"q" * 72), (DECOMPOSED, DECOMPOSED.encode())):
        before = bcrypt.hashpw(hashed, bcrypt.gensalt(4)).decode()
        store(world, {"S": before})
        assert world.sign_in(password).status == 200
        assert world.user()["password_hash"] == before
