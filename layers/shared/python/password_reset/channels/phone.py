"""Messages to a phone: one code, in the words of the catalogue.

Their last line binds the code to the pages' domain, so that browsers fill it in there and nowhere else
("Origin-bound one-time codes delivered via SMS", WICG).
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from password_reset.channels.words.catalogue import catalogue, choose_language, in_words

if TYPE_CHECKING:
    from password_reset.channels import Key, Occasion

MESSAGES_A_DAY = 5
"""Messages to the phone of one account in `DAY`; each costs money, and a stranger can ask for them."""
DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class PhoneMessage:
    """A message, complete, and what of it a template wants."""

    text: str
    code: str
    language: str


class PhoneChannel(Protocol):
    """What carries a message to a phone."""

    def send(self, phone: str, message: PhoneMessage) -> str:
        """Hand the message over for the E.164 number; return the provider's message id.

        Raises:
            Undeliverable: it will not get there.
        """


@dataclass(frozen=True, kw_only=True)
class PhoneMessages:
    """Renders messages in the product's name; `host` is the domain of the pages where codes are typed."""

    product: str
    host: str
    default_locale: str

    def reset(self, occasion: "Occasion", code: "Key") -> PhoneMessage:
        """Return the message that carries the code."""
        language = choose_language(*occasion.locales, self.default_locale)
        words: str = catalogue(language)["phone"]
        text = words.format(product=self.product, code=code.value, code_duration=in_words(code.life, language))
        return PhoneMessage(text=f"{text}\n\n@{self.host} #{code.value}", code=code.value, language=language)
