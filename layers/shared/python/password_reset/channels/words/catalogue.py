"""The words of every language: one JSON file each under `locales/`, which is also the list of what languages there are.

A catalogue has the words of messages and, under `pages`, those of the hosted pages, which are built from them.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

LOCALES = Path(__file__).parent / "locales"
LANGUAGES = tuple(sorted(file.stem for file in LOCALES.glob("*.json")))
PLURALS = Path(__file__).parent / "plurals.json"
"""Made by `tools/cldr.py`: which category a whole number has in each language of the CLDR."""

_DAY = 86_400
_PERIOD = 100
"""From so many on, plural categories come again after so many."""
_CATEGORIES = {"z": "zero", "o": "one", "t": "two", "f": "few", "m": "many", "x": "other"}
_DIGITS = {"arabext": "۰۱۲۳۴۵۶۷۸۹"}
"""Of numbering systems by the CLDR's names, where they are not 0 to 9. Codes and links keep those."""
_WHOLE = (("days", _DAY), ("hours", 3600), ("minutes", 60))
_TAG = re.compile(r"[a-z]{2,8}(?:-[a-z0-9]{1,8})*(?![a-z0-9])")
_LONGEST = 35
"""What a locale is kept in: longer ones are extensions of a language (RFC 5646, 4.4.1)."""
RENAMED = {"iw": "he", "in": "id", "ji": "yi", "no": "nb", "cmn": "zh", "tl": "fil"}
SCRIPTS = {"cn": "hans", "sg": "hans", "my": "hans", "tw": "hant", "hk": "hant", "mo": "hant"}
"""Where Chinese is written in which script."""


def choose_language(*wanted: str, languages: Sequence[str] = LANGUAGES) -> str:
    """Return the language that there is for the first of these locales that has one; the last one must be one.

    A locale is a BCP 47 tag or POSIX's name of one (`de`, `pt-BR`, `ar-EG-u-nu-latn`, `de_DE.UTF-8`); what cannot be
    read is passed over. It is looked up as RFC 4647, 3.4, says, a tag's former and newer names being one; then any
    language with the same first subtag will do, but for one of another script.
    """
    known = {readable(language): language for language in languages}
    for locale in wanted:
        ranges = list(_ranges(locale))
        for tag in ranges:
            if tag in known:
                return known[tag]
        if relative := next((known[tag] for tag in known if ranges and tag.split("-")[0] == ranges[-1]), None):
            return relative
    raise LookupError(wanted)


def current(language: str) -> str:
    """Return a language's tag under its present name: `iw` is `he`."""
    first, dash, rest = language.partition("-")
    return f"{RENAMED.get(first, first)}{dash}{rest}"


def readable(locale: str) -> str:
    """Return what can be read of a locale, as a tag in lower case; nothing where that is nothing."""
    return next(_ranges(locale), "")[:_LONGEST]


def _ranges(locale: str) -> Iterator[str]:
    """Yield the tags to look for, from the whole one to its language alone."""
    found = _TAG.match(locale.strip().lower().replace("_", "-"))
    if not found:
        return
    language, *rest = found[0].split("-")
    language = RENAMED.get(language, language)
    if language == "zh" and (script := next((SCRIPTS[part] for part in rest if part in SCRIPTS), None)):
        rest = [script, *rest] if not {"hans", "hant"} & set(rest) else rest
    while rest:
        yield "-".join([language, *rest])
        rest.pop()
        if rest and len(rest[-1]) == 1:  # what introduces an extension says nothing alone
            rest.pop()
    yield language


@cache
def catalogue(language: str, own: Path | None = None) -> dict[str, Any]:
    """Return a language's words. `own` is a folder of what a brand says otherwise, or of a language that is its own."""
    words = _read(LOCALES / f"{language}.json")
    return _over(words, _read(own / f"{language}.json")) if own else words


def _read(path: Path) -> dict[str, Any]:
    words: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    return words


def _over(words: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    return words | {
        key: _over(words[key], value) if isinstance(value, dict) and isinstance(words.get(key), dict) else value
        for key, value in own.items()
    }


def in_words(duration: timedelta, language: str, own: Path | None = None) -> str:
    """Return a duration in its largest unit, rounded down: a promise of validity is never too long."""
    seconds = int(duration.total_seconds())
    unit, size = next(
        ((unit, size) for unit, size in _WHOLE if seconds >= size and not seconds % size),
        ("hours", 3600) if seconds >= _DAY else ("minutes", 60) if seconds >= 60 else ("seconds", 1),  # noqa: PLR2004
    )
    n = seconds // size
    words = catalogue(language, own)
    text: str = words[unit][plural(n, language)]
    return text.format(n=in_digits(n, words))


def plural(n: int, language: str) -> str:
    """Return the plural category of a whole number by the CLDR; that of other numbers where it has none."""
    letters = _plurals().get(language.partition("-")[0], "x" * 2 * _PERIOD)
    return _CATEGORIES[letters[n if n < _PERIOD else _PERIOD + n % _PERIOD]]


@cache
def _plurals() -> dict[str, str]:
    grouped: dict[str, str] = json.loads(PLURALS.read_text("utf-8"))
    return {language: letters for languages, letters in grouped.items() for language in languages.split()}


def in_full(time: datetime, language: str, own: Path | None = None) -> str:
    """Return a time in words, to the minute, with how far its zone is from UTC."""
    words = catalogue(language, own)
    text: str = words["time"].format(
        day=words["first_day"] if time.day == 1 else in_digits(time.day, words),
        month=words["months"][time.month - 1],
        year=in_digits(time.year, words),
        hour=in_digits(f"{time:%H}", words),
        minute=in_digits(f"{time:%M}", words),
        zone=words["utc"] if not time.utcoffset() else words["zone"].format(zone=_from_utc(time)),
    )
    return text


def in_digits(number: object, words: Mapping[str, Any]) -> str:
    """Return a number in a language's own digits."""
    digits = _DIGITS.get(words["digits"])
    return str(number).translate(str.maketrans("0123456789", digits)) if digits else str(number)


def _from_utc(time: datetime) -> str:
    offset = time.utcoffset() or timedelta()
    hours, minutes = divmod(abs(offset) // timedelta(minutes=1), 60)
    return f"UTC{'\u2212' if offset < timedelta() else '+'}{hours}{f':{minutes:02}' if minutes else ''}"
