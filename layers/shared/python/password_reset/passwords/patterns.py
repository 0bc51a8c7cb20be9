"""Patterns: passwords that are nothing but a repetition, or runs along the alphabet or a keyboard."""

from itertools import pairwise

_MIN_RUN = 3
"""Neighbours in a row that make a run: two happen in any word."""
_ROWS = (
    *("1234567890", "!@#$%^&*()_+", "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./"),
    *("qwertzuiop", "yxcvbnm", "azertyuiop", "qsdfghjklm", "wxcvbn", "йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю"),
    *("1qaz", "2wsx", "3edc", "4rfv", "5tgb", "6yhn", "7ujm", "8ik,", "9ol.", "0p;/", "!qaz", "@wsx", "#edc", "$rfv"),
    *("1q2w3e4r5t6y7u8i9o0p", "q1w2e3r4t5y6u7i8o9p0", "qawsedrftgyhujikolp", "aqswdefrgthyjukilo", "zaxscdvfbgnhmjk"),
)
_NEIGHBOURS = frozenset(pair for row in _ROWS for way in (row, row[::-1]) for pair in pairwise(way))


def repeated_part(text: str) -> str | None:
    """Return the shortest part that a text is, again and again, its last time cut short or not; None if none is."""
    sizes = (size for size in range(1, len(text) // 2 + 1) if text.startswith(text[size:]))
    return next((text[:size] for size in sizes), None)


def is_run(text: str) -> bool:
    """Whether a text falls into runs of three characters and more, each the next of the alphabet or of a keyboard."""
    return bool(text) and _falls_into_runs(text)


def _falls_into_runs(text: str) -> bool:
    start = 0
    while start < len(text):
        end = _end_of_run(text, start)
        if end - start < _MIN_RUN:
            return False
        start = end
    return True


def _end_of_run(text: str, start: int) -> int:
    """Return where the longest run from here on ends: of one step along the alphabet, or along a keyboard."""
    by_step = start + 1
    if by_step < len(text) and abs(step := ord(text[by_step]) - ord(text[start])) <= 1:
        while by_step < len(text) and ord(text[by_step]) - ord(text[by_step - 1]) == step:
            by_step += 1
    by_key = start + 1
    while by_key < len(text) and (text[by_key - 1], text[by_key]) in _NEIGHBOURS:
        by_key += 1
    return max(by_step, by_key)
