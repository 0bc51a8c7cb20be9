"""Names that are greeted: those of people, in every script, and nothing that a stranger could say by one.

An account's name is whatever somebody typed when it was made, and the mail goes to whoever has the address
(CVE-2023-27474): no digit, no line break, no address of a page, no letter heaped with marks.
"""

import re
import unicodedata

# Apostrophes, hyphens and middle dots, and what Armenian, Hebrew and Tibetan have for them.
_JOINS = "'`\u2018\u2019\u02bc\u00b4-\u2010\u2011\u00b7\u30fb\u055a\u05be\u05f3\u05f4\u0f0b"
_SPACES = " \u00a0\u3000"
_JOINERS = "\u200c\u200d"  # within words of Persian and of Indian scripts
# What a name is made of, by kind: L a letter, M what is written on one. A dot ends a word (`Jr.`) or an initial
# (`J.R.R.`): one that a host name could have would become a link.
_NAME = re.compile(r"(?=.*L)(?:LM{0,6}|[ -]|,(?= )|\.(?=$|[ ,-])|(?:(?<=^L)|(?<=[^LM]L))\.(?=L\.)){1,40}")


def greetable(name: str) -> str:
    """Return the name as it is greeted, or nothing where it does not look like one."""
    shown = unicodedata.normalize("NFC", name).strip(_SPACES)
    return shown if _NAME.fullmatch("".join(map(_kind, shown))) else ""


def _kind(character: str) -> str:
    category = unicodedata.category(character)
    if category[0] == "L" or category == "Nl":  # Ⅲ
        return "L"
    if category in {"Mn", "Mc"} or character in _JOINERS:
        return "M"
    if character in _SPACES:
        return " "
    if character in _JOINS:
        return "-"
    return character if character in ".," else "x"
