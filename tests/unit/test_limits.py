"""What counts as one source, and what is counted when a limit changes."""

import random
from datetime import timedelta

import pytest

from password_reset.aws.pepper import Pepper, PepperTooShort
from password_reset.errors import RateLimited
from password_reset.limits.windows import Limit, source_of
from tests.world import World


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("::1", "::/64"),
        ("test-invoke-source-ip", "test-invoke-source-ip"),
    ],
)
def test_an_ipv6_source_is_its_network(address: str, source: str) -> None:
    assert source_of(address) == source


def test_pseudonyms_of_one_purpose_tell_nothing_about_anothers() -> None:
    pepper = Pepper(lambda: "k" * 32)
    assert pepper.pseudonym("a", "x") == pepper.pseudonym("a", "x")
    assert len({pepper.pseudonym("a", "x"), pepper.pseudonym("b", "x"), pepper.pseudonym("a", "y")}) == 3
    assert pepper.pseudonym("a", "x") != Pepper(lambda: "j" * 32).pseudonym("a", "x")


def test_a_key_that_is_none_is_refused() -> None:
    """An empty or placeholder secret must not silently key every bucket."""
    with pytest.raises(PepperTooShort):
        Pepper(lambda: "k" * 31).pseudonym("a", "x")


def admitted(limit: Limit, world: World) -> bool:
    try:
        limit.admit("somebody", world.clock())
    except RateLimited:
        return False
    return True


def test_a_limit_that_changes_keeps_what_was_counted(world: World) -> None:
    """Raised, lowered and raised again: nobody gets a fresh budget by it, whatever happened in between."""
    limit = world.app.limits.window("test", 6)
    assert [admitted(limit.at(3), world) for _ in range(4)] == [True, True, True, False]
    assert [admitted(limit.at(5), world) for _ in range(3)] == [True, True, False]
    assert [admitted(limit.at(2), world), admitted(limit, world), admitted(limit, world)] == [False, True, False]
    world.clock.advance(3600)
    assert [admitted(limit.at(2), world) for _ in range(3)] == [True, True, False]
    assert [admitted(limit, world) for _ in range(5)] == [True, True, True, True, False]


def test_any_course_of_limits_is_exact(world: World) -> None:
    """Against a plain list of what was admitted within the window."""
    chosen, setting = random.Random(7), world.app.limits.window("any course", 8)
    counted: list[float] = []
    for _ in range(300):
        places = chosen.randint(1, 8)
        now = world.clock().timestamp()
        recent = [time for time in counted if time > now - 3600]
        assert admitted(setting.at(places), world) == (len(recent) < places)
        if len(recent) < places:
            counted.append(now)
        world.clock.advance(chosen.choice([0, 1, 60, 600, 1200]))


def test_another_deployments_limits_are_the_same_counts(world: World) -> None:
    """With or without a day, and with another window: a deployment starts nobody's count anew."""
    hour = world.app.limits.window("deployed", 3)
    assert [admitted(hour, world) for _ in range(3)] == [True, True, True]
    assert not admitted(world.app.limits.window("deployed", 3, timedelta(hours=2)), world)
    assert not admitted(world.app.limits.window("deployed", 2), world)
    assert admitted(world.app.limits.window("deployed", 4), world)
