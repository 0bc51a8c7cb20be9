"""Mails: HTML and plain text of one content, complete with headers, for any transport to carry.

Nothing here comes from a request but a time and a kind of device. What comes from the account is escaped,
and its name is greeted only if it looks like one (CVE-2023-27474).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import make_msgid
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    DictLoader,
    Environment,
    FileSystemLoader,
    ModuleLoader,
    StrictUndefined,
    select_autoescape,
)

from password_reset.accounts.identifiers import mailable, read_mailbox
from password_reset.channels import Key
from password_reset.channels.colours import MAIL_COLOURS, edge_on, text_color_on
from password_reset.channels.headers import MAIL
from password_reset.channels.names import greetable
from password_reset.channels.words.catalogue import LANGUAGES, catalogue, choose_language, in_full, in_words

if TYPE_CHECKING:
    from password_reset.channels import Occasion
    from password_reset.channels.brands import Brand
    from password_reset.errors import Purpose

_SHOWN = (
    "subject",
    "heading",
    "greeting",
    "before",
    "account",
    "button",
    "link_text",
    "code_label",
    "after",
    "link_label",
    "automatic",
    "second",
)
type _Kind = Literal[
    "reset",
    "reset_by_code",
    "reset_by_both",
    "changed",
    "changed_with_link",
    "locked",
    "elsewhere",
    "unknown",
    "recovery_code_used",
    "started",
    "forced",
    "invitation",
]
_STARTED = {"started", "forced", "invitation"}
_LOGO = "logo"
_BRANDS = "brand.html.j2"
_TEMPLATES = Path(__file__).with_name("templates")
COMPILED = "compiled"
"""The folder beside the templates that a layer has them in, as Python: reading them takes 14 ms less."""


class MailTransport(Protocol):
    """What carries a mail to its one recipient."""

    def send(self, mail: EmailMessage, delivery: str) -> str:
        """Hand the mail over; return the provider's message id. Reports of it will name the delivery.

        Raises:
            Undeliverable: the provider will not carry it to this recipient.
        """


@dataclass(frozen=True, kw_only=True)
class Mails:
    """Renders mails in the product's name and colours. `forgot_url` is where a reset is requested.

    `company` stands at the foot, and `zone` is the one of the times. `brand` has words, colours and a template of its
    own; `branded` are the mails of the clients that have another brand.
    """

    product: str
    sender: str
    support: str
    brand_color: str
    default_locale: str
    forgot_url: str
    languages: Sequence[str] = LANGUAGES
    company: str = ""
    zone: tzinfo = UTC
    brand: "Brand | None" = None
    branded: "Mapping[str, Mails]" = field(default_factory=dict)

    def language(self, occasion: "Occasion") -> str:
        """Return the language of a mail on this occasion."""
        if other := self.branded.get(occasion.client):
            return other.language(occasion)
        return choose_language(*occasion.locales, self.default_locale, languages=self.languages)

    def reset(self, occasion: "Occasion", *, link: Key | None = None, code: Key | None = None) -> EmailMessage:
        """Return the mail that carries a link, a code or both."""
        kind: _Kind = "reset_by_both" if link and code else "reset_by_code" if code else "reset"
        return self._render(kind, occasion, link, code)

    def started(self, occasion: "Occasion", link: Key, *, purpose: "Purpose", forced: bool) -> EmailMessage:
        """Return the mail that carries the link of what an operator started."""
        kind: _Kind = "forced" if forced else "started" if purpose == "reset" else "invitation"
        return self._render(kind, occasion, link)

    def changed(
        self, occasion: "Occasion", link: Key | None = None, report: Key | None = None, *, first: bool = False
    ) -> EmailMessage:
        """Return the mail that tells of a changed password, and what to do if that was somebody else.

        Without a link of its own it leads to where a reset is requested. `report` is the link that disputes the change.
        `first`: there was no password before.
        """
        kind: _Kind = "changed_with_link" if link else "changed"
        return self._render(
            kind, occasion, link or Key(self._forgot(occasion), timedelta()), second=report, first=first
        )

    def locked(self, occasion: "Occasion", until: datetime) -> EmailMessage:
        """Return the mail that tells that an account is frozen, and until when."""
        return self._render("locked", occasion, None, until=until)

    def elsewhere(self, occasion: "Occasion", provider: str) -> EmailMessage:
        """Return the mail to an account that has no password here: where it signs in, as far as that has a name.

        There is no link in it: nothing here would let anybody in.
        """
        return self._render("elsewhere", occasion, None, provider=provider)

    def unknown(self, occasion: "Occasion") -> EmailMessage:
        """Return the mail to an address that has no account."""
        return self._render("unknown", occasion, None)

    def recovery_code_used(self, occasion: "Occasion") -> EmailMessage:
        """Return the mail that tells that a recovery code was used, and where to reset if that was somebody else."""
        return self._render("recovery_code_used", occasion, Key(self._forgot(occasion), timedelta()))

    def _links(self, words: Mapping[str, str]) -> dict[str, str]:
        file = self.brand.file if self.brand else None
        named = {words["terms"]: file.terms_url, words["privacy"]: file.privacy_url} if file else {}
        return {name: url for name, url in named.items() if url}

    def _forgot(self, occasion: "Occasion") -> str:
        return self.forgot_url.replace("{language}", self.language(occasion))

    def prepare(self) -> None:
        """Load the templates."""
        for name in ("mail.txt.j2", _BRANDS, "mail.html.j2"):
            templates(self.brand.template if self.brand else None).get_template(name)

    def _render(  # noqa: PLR0913 - what a mail may say
        self,
        kind: _Kind,
        occasion: "Occasion",
        link: Key | None,
        code: Key | None = None,
        *,
        second: Key | None = None,
        provider: str = "",
        until: datetime | None = None,
        first: bool = False,
    ) -> EmailMessage:
        if other := self.branded.get(occasion.client):
            return other._render(  # noqa: SLF001 - another of this class
                kind, occasion, link, code, second=second, provider=provider, until=until, first=first
            )
        language, own = self.language(occasion), self.brand.locales if self.brand else None
        words = catalogue(language, own)
        like = "changed" if kind.startswith("changed") or kind == "recovery_code_used" else "reset"
        content = {"second": ""} | words | words[like] | words[kind]
        if first:
            content |= words["set"]
        name, recipient = greetable(occasion.name), mailable(occasion.email)
        content["greeting"] = words["greeting" if name else "greeting_nameless"]
        device = words["devices"][occasion.device]
        if occasion.browser != "other":
            device = words["browser"].format(device=device, browser=occasion.browser)
        facts = {
            "product": self.product,
            "support": self.support,
            "forgot": self._forgot(occasion),
            "name": name,
            "account": occasion.email.strip(" "),
            "duration": in_words(link.life, language, own) if link else "",
            "code_duration": in_words(code.life, language, own) if code else "",
            "time": in_full(occasion.at.astimezone(self.zone), language, own),
            "device": device,
            "until": in_full(until.astimezone(self.zone), language, own) if until else "",
            "provider": provider or words["elsewhere"]["provider"],
        }
        colours = {
            scheme: vars(of)
            for scheme, of in (self.brand.colours(MAIL_COLOURS) if self.brand else MAIL_COLOURS).items()
        }
        logo = self.brand.mail_logo if self.brand else None
        shown = {key: _fill(content[key], facts) for key in _SHOWN} | {
            "language": language,
            "direction": words["direction"],
            "product": self.product,
            "company": self.company,
            "brand_color": self.brand_color,
            "on_brand_color": text_color_on(self.brand_color),
            "edge": edge_on(colours["light"]["surface"], self.brand_color),
            "edge_in_dark": edge_on(colours["dark"]["surface"], self.brand_color),
            **colours,
            "radius": 8 if self.brand is None or self.brand.file.radius is None else self.brand.file.radius,
            "logo": f"cid:{_LOGO}" if logo else "",
            "links": self._links(words),
            "notice": not kind.startswith("reset") and kind not in _STARTED,
            "link": link and link.value,
            "second_link": second and second.value,
            "code": code and code.value,
        }
        mail = EmailMessage(policy=MAIL)
        mail["Subject"] = shown["subject"]
        sender, address = read_mailbox(self.sender)
        mail["From"] = _address(address, (self.brand and self.brand.file.sender_name) or sender)
        mail["To"] = _address(recipient)
        mail["Reply-To"] = _address(self.support)
        mail["Date"] = occasion.now
        mail["Message-ID"] = make_msgid(domain=address.rpartition("@")[2])
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: asks for no automatic answer
        mail["X-Auto-Response-Suppress"] = "OOF, AutoReply, DR, RN, NRN"  # the same, to Exchange
        read = templates(self.brand.template if self.brand else None)
        mail.set_content(read.get_template("mail.txt.j2").render(shown))
        mail.add_alternative(read.get_template(_BRANDS).render(shown), subtype="html")
        if logo:
            html = mail.get_payload(1)
            html.add_related(logo, "image", "png", cid=f"<{_LOGO}>", disposition="inline")  # type: ignore[union-attr] # a part
        mail["Content-Language"] = language  # of the whole: what is set before is moved into the first part
        return mail


def _address(address: str, name: str = "") -> Address:
    local, _, domain = address.rpartition("@")
    return Address(name, local, domain)  # quoted where it must be


def _fill(words: str | list[str], facts: Mapping[str, str]) -> str | list[str]:
    if isinstance(words, str):
        return words.format_map(facts)
    return [text.format_map(facts) for text in words]


@cache
def templates(own: str | None = None) -> Environment:
    """Return the templates; a brand's own stands for the one that only extends ours."""
    brands = DictLoader({_BRANDS: own} if own else {})
    return environment(ChoiceLoader([brands, ModuleLoader(_TEMPLATES / COMPILED), FileSystemLoader(_TEMPLATES)]))


def environment(loader: BaseLoader) -> Environment:
    """Return what templates are read by, and compiled for a layer."""
    return Environment(
        loader=loader,
        autoescape=select_autoescape(["html.j2"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
