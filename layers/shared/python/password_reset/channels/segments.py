"""What a text costs as an SMS: 160 characters of the GSM alphabet are a segment, or 70 of any other (3GPP TS 23.038).

One letter outside that alphabet makes the whole text the dearer kind, so a name is written with what is in it.
"""

import unicodedata

_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = "\f^{}\\[~]|€"  # two septets each
_WRITTEN = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201a\u02bc", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u00ab\u00bb", '"')
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-")
    | dict.fromkeys("\u00a0\u2009\u202f", " ")
    | {"…": "...", "œ": "oe", "Œ": "OE", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "\u0131": "i"}
)
_DIRECTIONS = dict.fromkeys([0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
"""Marks, embeddings and isolates, which many phones show as boxes."""


def is_gsm(text: str) -> bool:
    """Whether a text has letters of the GSM alphabet alone."""
    return all(character in _BASIC or character in _EXTENDED for character in text)


def segments(text: str) -> int:
    """Return how many segments a text is."""
    if is_gsm(text):
        size, whole, part = sum(1 + (character in _EXTENDED) for character in text), 160, 153
    else:
        size, whole, part = len(text.encode("utf-16-le")) // 2, 70, 67
    return 1 if size <= whole else -(-size // part)


def without_directions(text: str) -> str:
    """Return a text without what turns its direction."""
    return text.translate(_DIRECTIONS)


def in_gsm(text: str) -> str:
    """Return a text with letters of the GSM alphabet where it has them: `Poupança` is `Poupanca`."""
    return "".join(map(_written, unicodedata.normalize("NFC", text).translate(_WRITTEN)))


def _written(character: str) -> str:
    bare = "".join(part for part in unicodedata.normalize("NFKD", character) if not unicodedata.combining(part))
    return bare if not is_gsm(character) and is_gsm(bare) else character
