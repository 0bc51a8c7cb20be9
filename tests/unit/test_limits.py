"""What counts as one source."""

import pytest

from password_reset.aws.pepper import Pepper, PepperTooShort
from password_reset.limits.windows import source_of


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
