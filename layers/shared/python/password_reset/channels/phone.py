"""Messages to a phone, in the words of the catalogue: one code, or the notice of a changed password.

A code's last line binds the code to the pages' domain, so that browsers fill it in there and nowhere else
("Origin-bound one-time codes delivered via SMS", WICG).
"""

from dataclasses import dataclass
from datetime import UTC, timedelta, tzinfo
from typing import TYPE_CHECKING, Protocol

from password_reset.channels.segments import in_gsm, is_gsm, segments, without_directions
from password_reset.channels.words.catalogue import catalogue, choose_language, in_full, in_words

if TYPE_CHECKING:
    from password_reset.channels import Key, Occasion

INDIA = "+91"
"""What its numbers begin with."""
MESSAGES_A_DAY = 5
"""Messages to the phone of one account in `DAY`; each costs money, and a stranger can ask for them."""
NOTICES_A_DAY = 5
"""Notices to the phone of one account in `DAY`: codes that a stranger requests use none of them up."""
DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class PhoneMessage:
    """A message, complete, and what of it a template wants; a notice has no code."""

    text: str
    language: str
    code: str | None = None


class PhoneChannel(Protocol):
    """What carries a message to a phone."""

    def send(self, phone: str, message: PhoneMessage) -> str:
        """Hand the message over for the E.164 number; return the provider's message id.

        Raises:
            Undeliverable: it will not get there.
        """


@dataclass(frozen=True, kw_only=True)
class PhoneMessages:
    """Renders messages in the product's name; `host` is the domain of the pages where codes are typed.

    `registered` begins the numbers that get the one text which is registered for them, that of the default language.
    """

    product: str
    host: str
    support: str
    default_locale: str
    zone: tzinfo = UTC
    registered: str | None = None

    def reset(self, occasion: "Occasion", code: "Key", phone: str = "") -> PhoneMessage:
        """Return the message that carries the code: the longest wording that costs what it may."""
        wanted = () if self.registered and phone.startswith(self.registered) else occasion.locales
        language = choose_language(*wanted, self.default_locale)
        words = catalogue(language)
        product = in_gsm(self.product) if is_gsm(words["phone"]) else self.product
        facts = {"product": product, "code": code.value, "code_duration": in_words(code.life, language)}
        text = ""
        for wording in (words["phone"], words["phone_short"], "{code} {product}"):
            text = without_directions(f"{wording.format_map(facts)}\n\n@{self.host} #{code.value}")
            if _is_affordable(text):
                break
        return PhoneMessage(text=text, code=code.value, language=language)

    def changed(self, occasion: "Occasion") -> PhoneMessage:
        """Return the notice of a changed password: no link, for a phone's owner learns to distrust those.

        It tells the time where that costs no more.
        """
        language = choose_language(*occasion.locales, self.default_locale)
        words = catalogue(language)
        facts = {"product": self.product, "time": in_full(occasion.at.astimezone(self.zone), language)}
        text = ""
        for wording in (words["phone_changed"], words["phone_changed_short"]):
            text = wording.format(**facts, support=self.support)
            text = without_directions(in_gsm(text) if is_gsm(wording) else text)
            if _is_affordable(text):
                break
        return PhoneMessage(text=text, language=language)


def _is_affordable(text: str) -> bool:
    """Whether it costs what it may: a segment in the GSM alphabet, two in any other, where one holds 70 characters."""
    return segments(text) <= (1 if is_gsm(text) else 2)
