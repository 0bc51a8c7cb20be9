"""The one canonical form of an email address: two spellings are one account's, or they are not.

Of what stands before the @, ASCII alone is folded. Folding Unicode would let `ı`, the Kelvin sign or `ſ` stand for
the letter of somebody else's address (CVE-2019-19844). A domain is folded as the DNS has it, beyond ASCII too, but no
character in it becomes an ASCII one.
"""

import re
import unicodedata

MAX_LENGTH = 254
"""Characters of an address, the most that SMTP carries (RFC 5321, erratum 1690)."""

_DOTS = "\u3002\uff61"  # which IDNA takes for full stops
_ASCII_UPPER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
# The HTML standard's "valid email address", and printable characters beyond ASCII (RFC 6531): one
# address, with no comment, quote, comma, space or line break in which a second one could hide.
# Said by what is not in it: a range up to the last of Unicode takes 2 ms of each start to compile.
_LOCAL = re.compile(r"[^\x00-\x20\x7f\"(),:;<>@\[\\\]]+")
_DOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*")


class InvalidIdentifier(ValueError):
    """The text is not one email address."""

    def __init__(self) -> None:
        super().__init__("not one email address")


def mailable(address: str) -> str:
    """Return the address as mail programs take it: trimmed, its domain as a lower-case A-label.

    Raises:
        InvalidIdentifier: the text is not one email address.
    """
    local, at, domain = address.strip(" ").partition("@")
    domain = domain.translate(_ASCII_UPPER) if domain.isascii() else _a_label(domain)
    trimmed = local + at + domain
    well_formed = _LOCAL.fullmatch(local) and local.isprintable() and _DOMAIN.fullmatch(domain)
    if len(trimmed) > MAX_LENGTH or not well_formed:
        raise InvalidIdentifier
    return trimmed


def _a_label(domain: str) -> str:
    import idna  # noqa: PLC0415 - few domains need it, and every function starts with this module

    # A dot of another script, a full-width letter, the Kelvin sign: what reads as ASCII once it is mapped is somebody
    # else's domain, or could be. A letter at a time, for a sigma is the same wherever it stands.
    if any(map(_becomes_ascii, domain)):
        raise InvalidIdentifier
    folded = "".join(map(str.lower, unicodedata.normalize("NFC", domain)))
    try:
        return idna.encode(unicodedata.normalize("NFC", folded)).decode()
    except idna.IDNAError:
        raise InvalidIdentifier from None


def _becomes_ascii(character: str) -> bool:
    mapped = unicodedata.normalize("NFKC", character).lower()
    return not character.isascii() and (mapped in _DOTS or any(map(str.isascii, mapped)))


def is_deliverable(address: str) -> bool:
    """Whether mail can be sent there: beyond ASCII, providers know domains alone (no SMTPUTF8 in SES)."""
    try:
        return mailable(address).isascii()
    except InvalidIdentifier:
        return False


def email_key(address: str) -> str:
    """Return the form under which accounts are looked up and requests are counted.

    Raises:
        InvalidIdentifier: the text is not one email address.
    """
    return mailable(address).translate(_ASCII_UPPER)


_PHRASE = re.compile(r'[^"\\<>,;:@\[\]]+')
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')


def read_mailbox(text: str) -> tuple[str, str]:
    """Return the name (or nothing) and the address of `Example <no-reply@example.com>`.

    A name with any of `,;:@[]<>"` stands in quotes: without them it could be two mailboxes, or a group.

    Raises:
        InvalidIdentifier: the text is not one mailbox.
    """
    before, bracket, after = text.strip(" ").rpartition("<")
    if not bracket:
        return "", mailable(text)
    address, end, rest = after.partition(">")
    before = before.strip(" ")
    quoted = _QUOTED.fullmatch(before)
    if end != ">" or rest or not (quoted or not before or _PHRASE.fullmatch(before)):
        raise InvalidIdentifier
    return (re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else before), mailable(address)


def write_mailbox(name: str, address: str) -> str:
    """Return a mailbox that `read_mailbox` reads as this very name and address."""
    if not name:
        return address
    plain = _PHRASE.fullmatch(name) and name == name.strip(" ")
    escaped = re.sub(r'(["\\])', r"\\\1", name)
    return f"{name} <{address}>" if plain else f'"{escaped}" <{address}>'
