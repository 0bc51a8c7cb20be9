"""Mails: HTML and plain text of one content, complete with headers, for any transport to carry.

Nothing here comes from a request but a time and a kind of device. What comes from the account is escaped,
and its name is greeted only if it looks like one (CVE-2023-27474).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import make_msgid, parseaddr
from functools import cache
from typing import TYPE_CHECKING, Literal, Protocol

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from password_reset.accounts.identifiers import mailable
from password_reset.channels import Key
from password_reset.channels.words.catalogue import catalogue, choose_language, in_full, in_words

if TYPE_CHECKING:
    from password_reset.channels import Occasion

_GREETABLE = re.compile(r"(?=.*[^\W\d_])(?:[^\W\d_]|[ '-]){1,40}")
_SHOWN = ("subject", "heading", "greeting", "before", "button", "code_label", "after", "link_label", "automatic")
type _Kind = Literal["reset", "reset_by_code", "reset_by_both", "changed", "changed_with_link"]
_LIGHT = 0.179
"""The relative luminance at which black and white text are as legible (WCAG 2.2, contrast ratio)."""


class MailTransport(Protocol):
    """What carries a mail to its one recipient."""

    def send(self, mail: EmailMessage, delivery: str) -> str:
        """Hand the mail over; return the provider's message id. Reports of it will name the delivery.

        Raises:
            Undeliverable: the provider will not carry it to this recipient.
        """


@dataclass(frozen=True, kw_only=True)
class Mails:
    """Renders mails in the product's name and colours. `forgot_url` is where a reset is asked for."""

    product: str
    sender: str
    support: str
    brand_color: str
    default_locale: str
    forgot_url: str

    def reset(self, occasion: "Occasion", *, link: Key | None = None, code: Key | None = None) -> EmailMessage:
        """Return the mail that carries a link, a code or both."""
        kind: _Kind = "reset_by_both" if link and code else "reset_by_code" if code else "reset"
        return self._render(kind, occasion, link, code)

    def changed(self, occasion: "Occasion", link: Key | None = None) -> EmailMessage:
        """Return the mail that tells of a changed password, and what to do if that was somebody else.

        Without a link of its own it leads to where a reset is requested.
        """
        kind: _Kind = "changed_with_link" if link else "changed"
        return self._render(kind, occasion, link or Key(self.forgot_url, timedelta()))

    def _render(
        self,
        kind: _Kind,
        occasion: "Occasion",
        link: Key | None,
        code: Key | None = None,
    ) -> EmailMessage:
        language = choose_language(*occasion.locales, self.default_locale)
        words = catalogue(language)
        content = words | words["reset" if kind.startswith("reset") else "changed"] | words[kind]
        named = _GREETABLE.fullmatch(occasion.name)
        content["greeting"] = words["greeting" if named else "greeting_nameless"]
        facts = {
            "product": self.product,
            "support": self.support,
            "forgot": self.forgot_url,
            "name": occasion.name,
            "duration": in_words(link.life, language) if link else "",
            "code_duration": in_words(code.life, language) if code else "",
            "time": in_full(occasion.at, language),
            "device": words["devices"][occasion.device],
        }
        shown = {key: _fill(content[key], facts) for key in _SHOWN} | {
            "language": language,
            "direction": words["direction"],
            "product": self.product,
            "brand_color": self.brand_color,
            "on_brand_color": text_color_on(self.brand_color),
            "link": link and link.value,
            "code": code and code.value,
        }
        mail = EmailMessage(policy=SMTP)
        mail["Subject"] = shown["subject"]
        name, address = parseaddr(self.sender)
        mail["From"] = Address(name, addr_spec=address)
        local, _, domain = mailable(occasion.email).rpartition("@")
        mail["To"] = Address(username=local, domain=domain)  # quoted where it must be
        mail["Reply-To"] = self.support
        mail["Date"] = occasion.now
        mail["Message-ID"] = make_msgid(domain=address.rpartition("@")[2])
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: asks for no automatic answer
        mail.set_content(_templates().get_template("mail.txt.j2").render(shown))
        mail.add_alternative(_templates().get_template("mail.html.j2").render(shown), subtype="html")
        return mail


def text_color_on(background: str) -> str:
    """Return the more legible of black and white on a colour given as `#rrggbb`."""
    channels = [int(background[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]  # noqa: PLR2004 - sRGB
    luminance = sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    return "#000000" if luminance > _LIGHT else "#ffffff"


def _fill(words: str | list[str], facts: Mapping[str, str]) -> str | list[str]:
    if isinstance(words, str):
        return words.format_map(facts)
    return [text.format_map(facts) for text in words]


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("password_reset.channels"),
        autoescape=select_autoescape(["html.j2"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
