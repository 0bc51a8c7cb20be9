"""Whom the counts of sign-ins keep out, and for how long."""

from datetime import timedelta

import pytest

from password_reset.errors import RateLimited
from password_reset.limits.sign_ins import DAILY_FAILURES, TRUST, SignIns
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


def begin(sign_ins: SignIns, world: World, source: str, version: int = 0) -> bool:
    """Whether an attempt is heard."""
    try:
        sign_ins.begin(EMAIL, source, user_id="id", version=version, now=world.clock())
    except RateLimited:
        return False
    return True


@pytest.mark.moto_too
def test_trust_ends(world: World, sign_ins: SignIns) -> None:
    """Row 19: a source that has signed in is heard on a day of failures, for 90 days."""
    clock = world.clock
    sign_ins.succeed(sign_ins.begin(EMAIL, HOME, user_id="id", version=0, now=clock()), clock())
    clock.advance((TRUST - timedelta(hours=1)).total_seconds())
    spend_the_day(sign_ins, world)
    assert (begin(sign_ins, world, HOME), begin(sign_ins, world, AWAY)) == (True, False)
    clock.advance(3600)
    assert not begin(sign_ins, world, HOME)


def test_a_failure_does_not_shorten_trust(world: World, sign_ins: SignIns) -> None:
    now = world.clock()
    sign_ins.succeed(sign_ins.begin(EMAIL, HOME, user_id="id", version=0, now=now), now)
    assert begin(sign_ins, world, HOME)
    (pair,) = world.items("SIGN_INS_TABLE")
    assert pair["expires_at"] == int((now + TRUST).timestamp())


def test_a_changed_password_starts_the_day_anew(world: World, sign_ins: SignIns) -> None:
    """Row 19: at once, and what fails then is counted from one."""
    spend_the_day(sign_ins, world)
    assert not begin(sign_ins, world, AWAY)
    standing = sign_ins.begin(EMAIL, AWAY, user_id="id", version=1, now=world.clock())
    sign_ins.fail(standing, world.clock())
    (day,) = [item for item in world.items("SIGN_INS_TABLE") if item["bucket"] == standing.identifier]
    assert (day["failures"], day["version"]) == (1, 1)
