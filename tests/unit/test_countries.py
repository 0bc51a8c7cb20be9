"""A number's country, not its calling code, says whether it is texted."""

import pytest

from password_reset.channels.countries import country_of, listed


@pytest.mark.parametrize(
    ("phone", "country"),
    [
        ("+12015553931", "US"),
        ("+14165550123", "CA"),
        ("+18765550123", "JM"),
        ("+16585550123", "JM"),
        ("+18095550123", "DO"),
        ("+17875550123", "PR"),
        ("+12465550123", "BB"),
        ("+18005550123", None),
        ("+19005550123", None),
        ("+79123456789", "RU"),
        ("+77012345678", "KZ"),
        ("+447400123456", "GB"),
        ("+447781123456", "GG"),
        ("+447797712345", "JE"),
        ("+447624123456", "IM"),
        ("+390669812345", "VA"),
        ("+393123456789", "IT"),
        ("+4915112345678", "DE"),
        ("+35818123456", "AX"),
        ("+61891641234", "CX"),
        ("+870773111632", None),
        ("+88213123456", None),
        ("+2999", "GL"),
        ("+0", None),
        ("", None),
    ],
)
def test_the_country_of_a_number(phone: str, country: str | None) -> None:
    """One of the many that share a calling code, or none."""
    assert country_of(phone) == country


@pytest.mark.parametrize(
    ("setting", "country"),
    [("1", "US"), ("7", "RU"), ("44", "GB"), ("49", "DE"), ("JM", "JM"), ("CA", "CA"), ("XX", None), ("800", None)],
)
def test_a_calling_code_is_its_main_country_alone(setting: str, country: str | None) -> None:
    assert listed(setting) == country
