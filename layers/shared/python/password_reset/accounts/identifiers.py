"""The one canonical form of an email address: two spellings are one account's, or they are not.

ASCII alone is folded. Folding Unicode would let `ı`, the Kelvin sign or `ſ` stand for the
letter of somebody else's address (CVE-2019-19844).
"""

import re

MAX_LENGTH = 254
"""Characters of an address, the most that SMTP carries (RFC 5321, erratum 1690)."""

_ASCII_UPPER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
# The HTML standard's "valid email address", and printable characters beyond ASCII (RFC 6531): one
# address, with no comment, quote, comma, space or line break in which a second one could hide.
_LOCAL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~\x80-\U0010ffff-]+")
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
    domain = domain.translate(_ASCII_UPPER)
    if not domain.isascii():
        import idna  # noqa: PLC0415 - few domains need it, and every function starts with this module

        try:
            domain = idna.encode(domain).decode()
        except idna.IDNAError:
            raise InvalidIdentifier from None
    trimmed = local + at + domain
    well_formed = _LOCAL.fullmatch(local) and local.isprintable() and _DOMAIN.fullmatch(domain)
    if len(trimmed) > MAX_LENGTH or not well_formed:
        raise InvalidIdentifier
    return trimmed


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
