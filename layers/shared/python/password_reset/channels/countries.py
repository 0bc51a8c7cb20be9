"""Which country a phone number belongs to: a calling code is shared by up to 25, and some of those cost a fortune.

`countries.json` has the countries of each calling code in ISO 3166's letters, each with a pattern of its numbers' first
digits, in the order in which they are tried; the code's main country comes last. Made from the metadata of
`phonenumbers` 9.0.42 (libphonenumber), which at run time would be megabytes for one question.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from password_reset.errors import Undeliverable

if TYPE_CHECKING:
    from password_reset.channels.phone import PhoneChannel, PhoneMessage

_FILE = Path(__file__).parent / "countries.json"
_LONGEST_CODE = 3


def country_of(phone: str) -> str | None:
    """Return the country of an E.164 number; None where it is no country's, as toll-free and satellite numbers are."""
    digits, codes = phone.removeprefix("+"), _codes()
    for length in range(1, _LONGEST_CODE + 1):
        if found := codes.get(digits[:length]):
            return next((country for country, first in found.items() if re.match(first, digits[length:])), None)
    return None


def listed(setting: str) -> str | None:
    """Return the country that a setting names: by its letters, or by a calling code whose main country it is."""
    if found := _codes().get(setting):
        return list(found)[-1]
    return setting if any(setting in countries for countries in _codes().values()) else None


@dataclass(frozen=True)
class ListedCountries:
    """A channel that reaches the numbers of some countries alone: others' are a way to run up a bill."""

    channel: "PhoneChannel"
    countries: Iterable[str]

    def send(self, phone: str, message: "PhoneMessage") -> str:
        """Hand the message over.

        Raises:
            Undeliverable: the country is not listed, or the channel does not reach the number.
        """
        if country_of(phone) not in set(map(listed, self.countries)):
            raise Undeliverable(reason="country_not_allowed")
        return self.channel.send(phone, message)


@cache
def _codes() -> Mapping[str, Mapping[str, str]]:
    codes: dict[str, dict[str, str]] = json.loads(_FILE.read_text("utf-8"))
    return codes
