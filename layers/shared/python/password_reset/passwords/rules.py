"""The rules of the policy, cheapest first: each with the code that programs read and a text for people."""

import unicodedata
from collections.abc import Iterator, Sequence

from password_reset.passwords.common import is_common, visible
from password_reset.passwords.context import is_made_of
from password_reset.passwords.patterns import is_run, repeated_part
from password_reset.passwords.policy import PasswordPolicy

_NEXT_TO_NOTHING = 4
"""Characters that can be seen: fewer are no password, whatever invisible ones are around them."""


def rules(policy: PasswordPolicy, password: str, words: Sequence[str]) -> Iterator[tuple[bool, str, str]]:
    """Yield whether each rule refuses a normalised password, its code and its text. `words` are the context's."""
    size = len(password.encode())
    longest = policy.max_length or policy.max_bytes
    symbols = policy.symbols
    yield len(password) < policy.min_length, "too_short", f"Use at least {policy.min_length} characters."
    yield len(password) > longest, "too_long", f"Use at most {longest} characters."
    yield (
        len(password) <= longest and size > policy.max_bytes,
        "too_long",
        f"This is {size} bytes long, and {policy.max_bytes} are the most that can be protected.",
    )
    yield "\0" in password, "nul", "The NUL character cannot be part of a password."
    yield (
        any(map(_is_control, password)),
        "control_characters",
        "Control characters, such as line breaks and tabs, cannot be part of a password.",
    )
    yield (
        policy.require_uppercase and not any(map(str.isupper, password)),
        "missing_upper",
        "Use at least one upper-case letter.",
    )
    yield (
        policy.require_lowercase and not any(map(str.islower, password)),
        "missing_lower",
        "Use at least one lower-case letter.",
    )
    yield (
        policy.require_digit and not any(map(str.isdecimal, password)),
        "missing_digit",
        "Use at least one digit.",
    )
    yield (
        policy.require_symbol and not any(map(symbols.__contains__ if symbols else _is_symbol, password)),
        "missing_symbol",
        f"Use at least one symbol{f' of {symbols}' if symbols else ''}.",
    )
    yield (
        len(password) >= policy.min_length and _is_repetitive(password, policy.min_length),
        "repetitive",
        "This password is a repetition, or a row of the alphabet or the keyboard: too easy to guess.",
    )
    yield is_common(password), "common", "This password is among the first that anyone would try."
    yield (
        is_made_of(password, words),
        "context",
        "This password is made of your name, your address or ours: too easy to guess.",
    )


def _is_symbol(character: str) -> bool:
    return not character.isalnum() and not character.isspace()


def _is_control(character: str) -> bool:
    return character != "\0" and unicodedata.category(character) == "Cc"


def _is_repetitive(password: str, min_length: int) -> bool:
    shown = visible(password)
    part = repeated_part(shown)
    # A part that would do by itself is judged by itself: twice a good password is a good password.
    weak_part = part is not None and (len(part) < min_length or is_run(part) or is_common(part))
    return len(shown) < _NEXT_TO_NOTHING or is_run(shown) or weak_part
