"""Context: what an attacker knows of an account, and passwords that are made of nothing else."""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from password_reset.passwords.common import look_alike, stripped, visible

_MIN_WORD = 4
_MIN_REMAINDER = 4


def context_words(email: str, name: str, product_name: str) -> list[str]:
    """Return what an attacker knows of an account, folded, the longest first: whole texts and their words."""
    local, _, _ = email.rpartition("@")
    texts = [(text, *re.findall(r"\w+", text)) for text in (email, local, name, product_name)]
    words = {_fold(word) for text in texts for word in text if len(word) >= _MIN_WORD}
    return sorted(words, key=lambda word: (-len(word), word))


def is_made_of(password: str, words: Sequence[str]) -> bool:
    """Whether removing these folded words leaves next to nothing of the password, with or without what is around it.

    Around it are digits and symbols at both ends.
    """
    return any(_leaves_nothing(_fold(text), words) for text in (password, stripped(visible(password))))


def _leaves_nothing(folded: str, words: Iterable[str]) -> bool:
    remainder = folded
    for word in words:
        remainder = remainder.replace(word, "")
    return remainder != folded and len(remainder) < _MIN_REMAINDER


def _fold(text: str) -> str:
    return look_alike(unicodedata.normalize("NFC", visible(text)))
