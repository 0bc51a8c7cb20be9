"""A mail's headers on the wire: the very text comes out again, in lines of at most 76 characters.

The standard library folds headers so that spaces double and encoded words touch (RFC 2047, sections 2 and 5), so
those that carry a name or a product's are folded here. Bodies are in 7 bits: a relay that rewrites them breaks DKIM.
"""

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from email.headerregistry import (
    HeaderRegistry,
    UniqueAddressHeader,
    UniqueSingleAddressHeader,
    UniqueUnstructuredHeader,
)
from email.policy import SMTP, Policy
from typing import Any

LINE = 76
"""Characters of a line with encoded words, and of an encoded body (RFC 2047, section 2; RFC 2045, 6.7 and 6.8)."""
_WORD = 75
_AFFIXES = len("=?utf-8?q?" + "?=")
_SAFE = re.compile(rb"[A-Za-z0-9!*+/-]")  # in a phrase too (RFC 2047, section 5)
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_PLAIN = re.compile(r"[!-~]+(?: [!-~]+)*")


class _Text(UniqueUnstructuredHeader):
    """A text, encoded whole where it is not plain ASCII."""

    name: str

    @classmethod
    def parse(cls, value: str, kwds: dict[str, Any]) -> None:
        """Take the text as it is: what looks like an encoded word in it is none."""
        super().parse(value, kwds)
        kwds["decoded"] = value

    def fold(self, *, policy: Policy) -> str:  # noqa: ARG002 - as the library calls it
        text, start = str(self), f"{self.name}:"
        if _PLAIN.fullmatch(text) and "=?" not in text and all(len(word) < LINE - len(start) for word in text.split()):
            return _lines(start, text.split())
        return _lines(start, encoded_words(text, LINE - len(start) - 1))


class _Mailboxes:
    """Names and addresses; an address is never broken, whatever its length."""

    name: str

    def fold(self, *, policy: Policy) -> str:  # noqa: ARG002 - the same
        start = f"{self.name}:"
        parts: list[str] = []
        for mailbox in self.addresses:  # type: ignore[attr-defined] # of the library's class beside this one
            shown, address = mailbox.display_name, mailbox.addr_spec
            if shown:
                parts += _phrase(shown, LINE - len(start) - 1)
                address = f"<{address}>"
            parts.append(f"{address},")
        parts[-1] = parts[-1].removesuffix(",")
        return _lines(start, parts)


class _From(_Mailboxes, UniqueSingleAddressHeader):
    """Who sends."""


class _To(_Mailboxes, UniqueAddressHeader):
    """Who is written to, or answers."""


def _registry() -> HeaderRegistry:
    registry = HeaderRegistry()
    for names, header in ((("subject",), _Text), (("from",), _From), (("to", "reply-to"), _To)):
        for name in names:
            registry.map_to_type(name, header)  # type: ignore[arg-type] # it mixes the base class in itself
    return registry


MAIL = SMTP.clone(header_factory=_registry(), max_line_length=LINE, cte_type="7bit")
"""The policy of every mail that is sent."""


def encoded_words(text: str, first: int = _WORD) -> Iterator[str]:
    """Yield a text's encoded words, whole characters in each, of at most 75 characters; the first may be held shorter.

    Whatever decodes them leaves out what stands between, and has the very text.
    """
    quoted, based = sum(len(_quoted(character)) for character in text), 4 * len(text.encode()) // 3
    size, letter, encode = (_quoted_size, "q", _quoted) if quoted <= based else (_based_size, "b", _based)
    held, room = "", first - _AFFIXES
    for character in text:
        if held and size(held + character) > room:
            yield f"=?utf-8?{letter}?{encode(held)}?="
            held, room = "", _WORD - _AFFIXES
        held += character
    yield f"=?utf-8?{letter}?{encode(held)}?="


def _phrase(name: str, first: int) -> list[str]:
    if "=?" not in name and len(name) < first:
        if _ATOMS.fullmatch(name):
            return name.split(" ")
        if name.isascii():
            escaped = re.sub(r'(["\\])', r"\\\1", name)
            return [f'"{escaped}"']
    return list(encoded_words(name, first))


def _lines(start: str, parts: Iterable[str]) -> str:
    lines = [start]
    for part in parts:
        if len(lines[-1]) + 1 + len(part) > LINE and lines[-1] != start:
            lines.append("")
        lines[-1] += f" {part}"
    return "\r\n".join(lines) + "\r\n"


def _quoted(text: str) -> str:
    octets = (bytes([octet]) for octet in text.encode())
    return "".join(
        "_" if octet == b" " else octet.decode() if _SAFE.fullmatch(octet) else f"={octet.hex().upper()}"
        for octet in octets
    )


def _quoted_size(text: str) -> int:
    return len(_quoted(text))


def _based(text: str) -> str:
    return b64encode(text.encode()).decode()


def _based_size(text: str) -> int:
    return (len(text.encode()) + 2) // 3 * 4
