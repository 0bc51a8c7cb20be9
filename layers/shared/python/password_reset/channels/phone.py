"""Messages to a phone, in the words of the catalogue: one code, or the notice of a changed password.

A code's last line binds the code to the pages' domain, so that browsers fill it in there and nowhere else
("Origin-bound one-time codes delivered via SMS", WICG).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from password_reset.channels.segments import in_gsm, is_gsm, segments, without_directions
from password_reset.channels.words.catalogue import LANGUAGES, catalogue, choose_language, in_full, in_words
from password_reset.errors import Undeliverable

if TYPE_CHECKING:
    from password_reset.channels import Key, Occasion
    from password_reset.limits.windows import Limit

INDIA = "+91"
"""What its numbers begin with."""
MESSAGES_A_DAY = 5
"""Messages to the phone of one account in `DAY`; each costs money, and a stranger can ask for them."""
FACTOR_CODES_A_DAY = 5
"""Codes to the phone of one account in `DAY` that prove a link: strangers, who have none, use none of them up."""
FROZEN_CODES_A_DAY = 20
"""Codes to the phone of a frozen account in `DAY`, apart from the others: no mailed link stands in for them."""
NOTICES_A_DAY = 5
"""Notices to the phone of one account in `DAY`: codes that a stranger requests use none of them up."""
DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class PhoneMessage:
    """A message, complete, and what of it a template wants: a code, or a notice's link by its token."""

    text: str
    language: str
    code: str | None = None
    kind: Literal["code", "changed", "locked"] = "code"
    link: str | None = None


class PhoneChannel(Protocol):
    """What carries a message to a phone."""

    def send(self, phone: str, message: PhoneMessage) -> str:
        """Hand the message over for the E.164 number; return the provider's message id.

        Raises:
            Undeliverable: it will not get there.
        """


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PhoneMessages:
    """Renders messages in the product's name; `host` is the domain of the pages where codes are typed.

    `registered` begins the numbers that get the one text which is registered for them, that of the default language.
    `own` has a brand's words, and `branded` the messages of the clients that have another brand.
    """

    product: str
    host: str
    support: str
    default_locale: str
    zone: tzinfo = UTC
    registered: str | None = None
    languages: Sequence[str] = LANGUAGES
    retriever: str | None = None
    """The hash of a team's Android app, which is handed the message that has it (SMS Retriever API)."""
    own: Path | None = None
    branded: "Mapping[str, PhoneMessages]" = field(default_factory=dict)

    def reset(self, occasion: "Occasion", code: "Key", phone: str = "") -> PhoneMessage:
        """Return the message that carries the code: the longest wording that costs what it may."""
        if other := self.branded.get(occasion.client):
            return other.reset(occasion, code, phone)
        wanted = () if self.registered and phone.startswith(self.registered) else occasion.locales
        language = choose_language(*wanted, self.default_locale, languages=self.languages)
        words = catalogue(language, self.own)
        facts = {"product": self.product, "code": code.value, "code_duration": in_words(code.life, language, self.own)}
        if is_gsm(words["phone"]):
            facts = {name: in_gsm(fact) for name, fact in facts.items()}
        app = f"{self.retriever}\n" if self.retriever else ""
        text = ""
        for wording in (words["phone"], words["phone_short"], "{code} {product}"):
            text = without_directions(f"{wording.format_map(facts)}\n\n{app}@{self.host} #{code.value}")
            if _is_affordable(text):
                break
        return PhoneMessage(text=text, code=code.value, language=language)

    def changed(self, occasion: "Occasion", report: "Key | None" = None, *, first: bool = False) -> PhoneMessage:
        """Return the notice of a changed password, with the link that disputes it, or whom to tell.

        Without a link it tells the time where that costs no more. `first`: there was no password before.
        """
        wording = "phone_set" if first else "phone_changed"
        if report:
            language, text = self._told(occasion, (f"{wording}_report",), link=report.value)
            return PhoneMessage(text=text, language=language, kind="changed", link=report.value)
        language, text = self._told(occasion, (wording, f"{wording}_short"), time=occasion.at)
        return PhoneMessage(text=text, language=language, kind="changed")

    def locked(self, occasion: "Occasion", until: datetime) -> PhoneMessage:
        """Return the message that tells that an account is frozen, and until when where that costs no more."""
        language, text = self._told(occasion, ("phone_locked", "phone_locked_short"), time=until)
        return PhoneMessage(text=text, language=language, kind="locked")

    def _told(
        self, occasion: "Occasion", wordings: Sequence[str], *, time: datetime | None = None, link: str = ""
    ) -> tuple[str, str]:
        """Return the language, and the longest of these wordings that costs what it may, or the last one."""
        if other := self.branded.get(occasion.client):
            return other._told(occasion, wordings, time=time, link=link)  # noqa: SLF001 - another of this class
        language = choose_language(*occasion.locales, self.default_locale, languages=self.languages)
        words = catalogue(language, self.own)
        told = in_full(time.astimezone(self.zone), language, self.own) if time else ""
        text = ""
        for wording in (words[name] for name in wordings):
            text = wording.format(product=self.product, support=self.support, time=told, link=link)
            text = without_directions(in_gsm(text) if is_gsm(wording) else text)
            if _is_affordable(text):
                break
        return language, text


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Phones:
    """The channels to phones that are on, what is said by them, and how much of it in `DAY`."""

    channels: Mapping[str, PhoneChannel]
    messages: PhoneMessages
    a_day: "Limit"

    def admit(self, user: str, now: datetime, *, counted: bool) -> None:
        """Count a message to somebody's phone, unless it was `counted` at an earlier try: an outage uses up nothing.

        Raises:
            Undeliverable: the day has no place left.
        """
        if not self.a_day.allows(user, now, counted=counted):
            raise Undeliverable(reason="phone_limit")


def _is_affordable(text: str) -> bool:
    """Whether it costs what it may: a segment in the GSM alphabet, two in any other, where one holds 70 characters."""
    return segments(text) <= (1 if is_gsm(text) else 2)
