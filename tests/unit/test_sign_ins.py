"""Whom the counts of sign-ins keep out, and for how long."""

from operator import itemgetter

import pytest

from password_reset.errors import RateLimited
from password_reset.limits.sign_ins import DAILY_FAILURES, SPRAYED, SignIns
from tests.world import EMAIL, World

HOME, AWAY = "198.51.100.1", "192.0.2.1"


@pytest.fixture
def sign_ins(world: World) -> SignIns:
    return world.app.sign_in.sign_ins


def spend_the_day(sign_ins: SignIns, world: World, version: int = 0) -> None:
    """Fail as often as a day takes, from a source for each."""
    for number in range(DAILY_FAILURES):
        standing = sign_ins.begin(EMAIL, f"203.0.113.{number}", user_id="id", version=version, now=world.clock())
        sign_ins.fail(standing, world.clock())


def spray(sign_ins: SignIns, world: World, source: str, *, first: int = 0) -> None:
    """Fail at as many identifiers as an hour takes from one source."""
    for number in range(first, first + SPRAYED):
        standing = sign_ins.begin(f"user{number}@example.com", source, user_id="", version=0, now=world.clock())
        sign_ins.fail(standing, world.clock())


def wait(
    sign_ins: SignIns, world: World, source: str, *, email: str = EMAIL, version: int = 0, device: str = ""
) -> int:
    """Return how long an attempt has to wait; 0 is that it is heard."""
    try:
        sign_ins.begin(email, source, user_id="id", version=version, now=world.clock(), device=device)
    except RateLimited as refused:
        return refused.retry_after or 0
    return 0


def test_a_known_device_is_heard_on_a_day_of_failures_from_any_network(world: World, sign_ins: SignIns) -> None:
    """Row 69: it is known by its token; the address that its owner used before says nothing."""
    sign_ins.succeed(sign_ins.begin(EMAIL, HOME, user_id="id", version=0, now=world.clock()), world.clock())
    spend_the_day(sign_ins, world)
    assert [wait(sign_ins, world, source) for source in (HOME, AWAY)] == [4604, 4604]  # until midnight, UTC
    assert [wait(sign_ins, world, source, device="phone") for source in (HOME, AWAY)] == [0, 0]


def test_a_sprayed_source_refuses_unknown_devices_alone(world: World, sign_ins: SignIns) -> None:
    """Row 69: for every identifier that has not failed there, until the hour is over; other sources don't notice."""
    spray(sign_ins, world, HOME)
    refused = [wait(sign_ins, world, HOME), wait(sign_ins, world, HOME, email="unknown@example.com")]
    assert refused == [60, 60]
    assert wait(sign_ins, world, HOME, device="phone") == 0
    assert wait(sign_ins, world, HOME, email="user0@example.com") == 0  # one that is counted already
    assert wait(sign_ins, world, AWAY) == 0
    world.clock.advance(3600 - 43 * 60 - 16 - 1)
    assert wait(sign_ins, world, HOME) == 60
    world.clock.advance(1)
    assert wait(sign_ins, world, HOME) == 0


def test_whoever_signs_in_after_a_failure_is_no_guesser(world: World, sign_ins: SignIns) -> None:
    """Row 69: a company's people mistype all day, and then don't."""
    now = world.clock()
    for number in range(10 * SPRAYED):
        begun = [sign_ins.begin(f"user{number}@example.com", HOME, user_id="", version=0, now=now) for _ in range(2)]
        sign_ins.fail(begun[0], now)
        sign_ins.succeed(begun[1], now)
    assert wait(sign_ins, world, HOME) == 0


def test_refusals_take_no_place(world: World, sign_ins: SignIns) -> None:
    """Who is refused at a sprayed source has not been counted, neither there nor for the day."""
    spray(sign_ins, world, HOME)
    before = sorted(world.items("SIGN_INS_TABLE"), key=itemgetter("bucket"))
    for number in range(5):
        assert wait(sign_ins, world, HOME, email=f"other{number}@example.com") == 60
    assert sorted(world.items("SIGN_INS_TABLE"), key=itemgetter("bucket")) == before


def test_a_known_device_waits_for_its_own_failures(world: World, sign_ins: SignIns) -> None:
    """Row 69: a stolen token guesses no faster from a thousand sources, and keeps nobody else out."""
    heard = [wait(sign_ins, world, f"203.0.113.{number}", device="stolen") for number in range(7)]
    assert heard == [0, 0, 0, 0, 0, 1, 1]
    assert [wait(sign_ins, world, AWAY, device=device) for device in ("phone", "")] == [0, 0]


def test_a_changed_password_starts_the_day_anew(world: World, sign_ins: SignIns) -> None:
    """Row 19: at once, and what fails then is counted from one."""
    spend_the_day(sign_ins, world)
    assert wait(sign_ins, world, AWAY) > 0
    standing = sign_ins.begin(EMAIL, AWAY, user_id="id", version=1, now=world.clock())
    sign_ins.fail(standing, world.clock())
    (day,) = [item for item in world.items("SIGN_INS_TABLE") if item["bucket"] == standing.identifier]
    assert (day["failures"], day["version"]) == (1, 1)
