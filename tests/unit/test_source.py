"""The tool that tells under which pseudonym the audit records have a network address."""

import pytest

from tests.world import World
from tools import source


@pytest.mark.parametrize(
    ("asked_from", "typed"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8::1", "2001:db8:0:0:ffff::9"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
    ],
)
def test_it_is_the_one_of_the_records(
    world: World, asked_from: str, typed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """In every spelling, and for every address of an IPv6 network that is counted as one."""
    world.forgot(source=asked_from)
    (record,) = world.audited("forgot-password")
    capsys.readouterr()
    source.main([typed])
    assert capsys.readouterr().out == f"{record['source']}\n"


@pytest.mark.parametrize("arguments", [[], ["a", "b"], ["demo@example.com"], [""]])
def test_anything_else_is_no_address(arguments: list[str]) -> None:
    with pytest.raises(SystemExit, match="usage"):
        source.main(arguments)
