"""Common passwords: the ones that anyone would try first, however they are dressed up.

`common.txt` holds, folded and sorted, the 40,000 most used passwords of the "10 million password list" (SecLists;
its licence is beside it), and whatever else of its first million a policy of 15 characters or of four classes
would admit. `python -m tools.common_passwords` makes it of that list.
"""

import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

_LOOKALIKES = str.maketrans("0134579@$", "oleastgas")
_MIN_LENGTH = 4
"""A shorter rest of a password is not worth looking for: nearly every short word is somebody's password."""

# Seen as nothing, and yet letters or marks to Unicode: fillers, joiners and variation selectors.
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | {chr(c) for c in range(0xFE00, 0xFE10)}


def is_common(password: str) -> bool:
    """Whether the password is a common one, less what is put around it, or in it, to get past a policy."""
    return any(map(_is_listed, _undressed(visible(password))))


def visible(password: str) -> str:
    """Return what a reader sees of a password: compatible forms made one, case folded, nothing invisible."""
    text = unicodedata.normalize("NFKC", password)
    return "".join(filter(_is_seen, text)).strip().casefold()


def look_alike(text: str) -> str:
    """Return a folded text with its digits and symbols read as the letters that they stand for."""
    return text.translate(_LOOKALIKES)


def stripped(text: str) -> str:
    """Return a text without the digits and symbols at both its ends."""
    return _strip_left(_strip_left(text)[::-1])[::-1]


def _undressed(text: str) -> Iterator[str]:
    one_word = text.replace(" ", "") if text.count(" ") == 1 else text
    for written in (text, one_word):
        for read in (written, look_alike(written)):
            left, right = _strip_left(read), _strip_left(read[::-1])[::-1]
            for part in (read, left, right, stripped(read)):
                yield part
                yield look_alike(part)


def _strip_left(text: str) -> str:
    return text[next((i for i, character in enumerate(text) if character.isalpha()), len(text)) :]


def _is_seen(character: str) -> bool:
    return unicodedata.category(character) not in {"Cc", "Cf"} and character not in _UNSEEN


def _is_listed(text: str) -> bool:
    listed = _list()
    place = bisect_left(listed, text)
    return len(text) >= _MIN_LENGTH and place < len(listed) and listed[place] == text


@cache
def _list() -> Sequence[str]:
    # Lines as they are, for the file is sorted: a set of them takes three times as long to make as one reset needs.
    return Path(__file__).with_suffix(".txt").read_text("utf-8").removesuffix("\n").split("\n")
