"""Known devices: heard while strangers guess, by a token that opens nothing."""

from typing import Any

import jwt
import pytest

from password_reset.aws.items import to_item
from password_reset.limits import sign_ins
from password_reset.limits.sign_ins import SPRAYED, TRUST
from password_reset.sessions.sessions import MAX_LENGTH
from password_reset.sessions.signing_keys import CACHED
from tests.handlers.test_own_table import HASH, SECOND, rotate, store
from tests.handlers.test_sessions import refused
from tests.wire import Wire
from tests.world import EMAIL, NEW_PASSWORD, PASSWORD, World

COMPANY = "198.51.100.1"


def device_of(world: World, password: str = PASSWORD, email: str = EMAIL, **members: Any) -> str:
    """Sign in, from elsewhere, and return the device's token."""
    answer = world.sign_in(password, email, source="192.0.2.1", **members)
    assert answer.status == 200, answer
    token: str = answer.json["deviceToken"]
    return token


@pytest.fixture(autouse=True)
def few_places(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give a source two places, where the thirty are not the point."""
    if "engine_world" not in request.fixturenames:
        monkeypatch.setattr(sign_ins, "SPRAYED", 2)


def spray(world: World, count: int = 2) -> list[int]:
    """Guess one password of many identifiers from one source."""
    return [world.sign_in("password", f"user{n}@example.com", COMPANY).status for n in range(count)]


def is_known(world: World, token: Any, password: str = PASSWORD, email: str = EMAIL) -> bool:
    """Whether a sprayed source lets an attempt with the token through."""
    answer = world.sign_in(password, email, COMPANY, deviceToken=token)
    if answer.status == 200:
        return True
    assert (answer.status, answer.json["code"], answer.headers["Retry-After"]) == (429, "rate_limited", "60")
    return False


def claims_of(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


@pytest.mark.engine
def test_spraying_is_refused_and_owners_are_not(engine_world: World) -> None:
    """Row 69: of 100 identifiers from one source 30 are compared; the owner's device is heard, and others elsewhere."""
    engine_world.add_user()
    token = device_of(engine_world)
    assert spray(engine_world, 100) == [401] * SPRAYED + [429] * 70
    assert not is_known(engine_world, "")
    assert is_known(engine_world, token)
    assert engine_world.sign_in(source="192.0.2.9").status == 200
    engine_world.clock.advance(3600)
    assert is_known(engine_world, "")


@pytest.mark.engine
def test_a_hundred_failures_a_day_leave_known_devices(engine_world: World) -> None:
    """Rows 19 and 69: guesses from many sources stop, the owner's device is heard in any network; a reset opens all."""
    world = engine_world
    world.add_user()
    token = device_of(world)
    statuses = [world.sign_in("wrong password", source=f"203.0.113.{n}").status for n in range(101)]
    assert statuses == [401] * 100 + [429]
    stranger = world.sign_in(source="192.0.2.1")  # from which the owner has signed in before
    assert (stranger.status, int(stranger.headers["Retry-After"])) == (429, 4604)
    assert [world.sign_in(source=f"198.51.100.{n}", deviceToken=token).status for n in range(3)] == [200] * 3
    assert world.reset(world.token()).status == 200
    assert world.sign_in(NEW_PASSWORD, source="192.0.2.1").status == 200


def test_what_a_device_token_says(world: World) -> None:
    """The account, the device, the version and a digest of the hash, for 90 days; each sign-in renews it."""
    user_id = world.add_user()
    first = device_of(world)
    now = int(world.clock().timestamp())
    claims = claims_of(first)
    assert claims == {
        "sub": user_id,
        "iat": now,
        "exp": now + 90 * 86400,
        "jti": claims["jti"],
        "cv": 0,
        "pd": claims["pd"],
        "iss": "password-reset",
        "aud": "http://127.0.0.1:8000 device",
    }
    world.clock.advance(60)
    renewed = claims_of(device_of(world, deviceToken=first))
    assert (renewed["jti"], renewed["exp"]) == (claims["jti"], claims["exp"] + 60)
    assert claims_of(device_of(world))["jti"] != claims["jti"]


def test_a_device_token_is_no_session_and_a_session_none(world: World) -> None:
    """Rows 17 and 69: each is good for its own purpose alone."""
    world.add_user()
    token, session = device_of(world), world.signed_in()
    assert refused(world, token)
    assert world.reset(token).json["code"] == "invalid_token"
    spray(world)
    assert not is_known(world, session)


def test_whose_token_it_is_and_for_how_long(world: World) -> None:
    """Row 69: of its account alone, for 90 days, as it was signed; anything else is as none, and no 400."""
    world.add_user()
    world.add_user("other@example.com")
    token, others = device_of(world), device_of(world, email="other@example.com")
    header, payload, signature = token.split(".")
    key = world.app.sessions.keys.current()
    forged = {
        "another account's": others,
        "unsigned": f"{header}.{payload}.",
        "tampered": f"{header}.{payload[:-4]}AAAA.{signature}",
        "longer": jwt.encode(claims_of(token) | {"exp": 2**33}, key.secret, "HS256", {"kid": key.kid}),
        "another key's": jwt.encode(claims_of(token), "k" * 64, "HS256", {"kid": key.kid}),
        "oversized": token + "A" * MAX_LENGTH,
        "no token": "device",
        "none": "",
        "not ASCII": "ü.ü.ü",
    }
    spray(world)
    assert {name: is_known(world, other) for name, other in forged.items()} == dict.fromkeys(forged, False)
    assert is_known(world, token)
    world.clock.advance(TRUST.total_seconds() - 1)
    spray(world)
    assert is_known(world, token)
    world.clock.advance(1)
    assert not is_known(world, token)


def reset(world: World) -> str:
    assert world.reset(world.token()).status == 200
    return NEW_PASSWORD


def change_elsewhere(world: World) -> str:
    store(world, password_hash={"S": HASH})
    return PASSWORD


def create_again(world: World) -> str:
    user = world.user() | {"password_hash": HASH}
    world.dynamodb.delete_item(TableName=world.environment["USERS_TABLE"], Key=to_item({"user_id": user["user_id"]}))
    world.dynamodb.put_item(TableName=world.environment["USERS_TABLE"], Item=to_item(user))
    return PASSWORD


@pytest.mark.parametrize("change", [reset, change_elsewhere, create_again])
def test_a_device_is_known_by_one_password(world: World, change: Any) -> None:
    """Row 69: whoever knew the old one may have made a thousand devices; none helps to guess at the new one."""
    world.add_user()
    token = device_of(world)
    password = change(world)
    spray(world)
    assert not is_known(world, token, password)


@pytest.mark.settings(BCRYPT_COST="11")
def test_a_device_stays_known_after_our_own_upgrade(world: World) -> None:
    world.add_user()
    store(world, password_hash={"S": HASH})
    token = device_of(world)
    spray(world)
    assert is_known(world, token)


def test_a_rotated_key_leaves_devices_known_and_a_second_rotation_none(world: World) -> None:
    """Rows 69 and 70: the retired key still vouches for what it signed, for nothing that is dated later."""
    world.add_user()
    world.clock.advance(30 * 86400)
    key, token = world.app.sessions.keys.current(), device_of(world)
    world.clock.advance(86400)
    rotate(world, SECOND)
    world.clock.advance(CACHED.total_seconds() + 1)
    spray(world)
    dated = claims_of(token) | {"iat": int(world.clock().timestamp())}
    assert not is_known(world, jwt.encode(dated, key.secret, "HS256", {"kid": key.kid}))
    assert is_known(world, token)
    renewed = device_of(world, deviceToken=token)
    assert claims_of(renewed)["jti"] == claims_of(token)["jti"]
    rotate(world, "third key, of forty characters and more!")
    world.clock.advance(CACHED.total_seconds() + 1)
    spray(world)
    assert not is_known(world, token)
    assert is_known(world, renewed)


def test_a_stolen_token_guesses_no_faster_from_many_sources(world: World) -> None:
    """Row 69: it has one count wherever it is shown, and the owner's other devices have theirs."""
    world.add_user()
    stolen, own = device_of(world), device_of(world)
    guesses = [world.sign_in(f"guess number {n}", source=f"203.0.113.{n}", deviceToken=stolen).status for n in range(8)]
    assert guesses == [401] * 5 + [429] * 3
    assert world.sign_in(deviceToken=own).status == 200
    assert world.sign_in(source="192.0.2.77").status == 200


@pytest.mark.parametrize("value", [None, 1, True, [], {}, ["token"]])
def test_a_device_token_of_another_type_is_refused(world: World, value: Any) -> None:
    world.add_user()
    answer = world.sign_in(deviceToken=value)
    assert (answer.status, answer.json["code"]) == (400, "invalid_request")


def test_the_calls_of_signing_in(world: World, wire: Wire) -> None:
    """Six where it is refused, two more where an unknown device succeeds; a known device has no place to give back."""
    world.add_user()
    token = device_of(world)
    reads, update, put = ["dynamodb.Query", *["dynamodb.BatchGetItem"] * 2], "dynamodb.UpdateItem", "dynamodb.PutItem"
    calls = {
        "unknown, wrong": (("wrong password", {}), [*reads, update, update, update]),
        "unknown, right": ((PASSWORD, {}), [*reads, update, update, put, update]),
        "known, wrong": (("wrong password", {"deviceToken": token}), [*reads, update]),
        "known, right": ((PASSWORD, {"deviceToken": token}), [*reads, update, put]),
    }
    made = {}
    for name, ((password, members), _) in calls.items():
        wire.calls.clear()
        world.sign_in(password, **members)
        made[name] = wire.operations()
    assert made == {name: expected for name, (_, expected) in calls.items()}


def test_a_device_token_costs_known_and_unknown_addresses_the_same(world: World, wire: Wire) -> None:
    """Row 2: one that is shown for an unknown address, or for another account, is read like any other."""
    world.add_user()
    world.add_user("other@example.com")
    token = device_of(world)
    traces = []
    for email in ("unknown@example.com", "other@example.com"):
        wire.calls.clear()
        world.sign_in("wrong password", email, deviceToken=token)
        traces.append(wire.operations())
    assert traces[0] == traces[1]
    assert len(traces[0]) == 6


def test_no_device_token_is_stored_or_logged(world: World, log: Any) -> None:
    """Row 23: tables have pseudonyms of devices."""
    world.add_user()
    token = device_of(world, deviceToken=device_of(world))
    stored = str(world.items("SIGN_INS_TABLE")) + log.getvalue()
    assert token not in stored
    assert claims_of(token)["jti"] not in stored
