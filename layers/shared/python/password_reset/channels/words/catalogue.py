"""The words of every message, one JSON file a language under `locales/`."""

import json
import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

LOCALES = Path(__file__).parent / "locales"
LANGUAGES = tuple(sorted(file.stem for file in LOCALES.glob("*.json")))


_DAY = 86_400
_WHOLE = (("days", _DAY), ("hours", 3600), ("minutes", 60))
_TAG = re.compile(r"[a-z]{2,8}(?:-[a-z0-9]{1,8})*(?![a-z0-9])")
_LONGEST = 35
"""What a locale is kept in: longer ones are extensions of a language (RFC 5646, 4.4.1)."""
_RENAMED = {"iw": "he", "in": "id", "ji": "yi", "no": "nb", "cmn": "zh"}
_SCRIPTS = {"cn": "hans", "sg": "hans", "my": "hans", "tw": "hant", "hk": "hant", "mo": "hant"}
"""Where Chinese is written in which script."""


def choose_language(*wanted: str, languages: Sequence[str] = LANGUAGES) -> str:
    """Return the language that there is for the first of these locales that has one; the last one must be one.

    A locale is a BCP 47 tag or POSIX's name of one (`de`, `pt-BR`, `ar-EG-u-nu-latn`, `de_DE.UTF-8`); what cannot be
    read is passed over. It is looked up as RFC 4647, 3.4, says; then any language with the same first subtag will do.
    """
    known = {language.lower(): language for language in languages}
    for locale in wanted:
        ranges = list(_ranges(locale))
        for tag in ranges:
            if tag in known:
                return known[tag]
        if relative := next((known[tag] for tag in known if ranges and tag.split("-")[0] == ranges[-1]), None):
            return relative
    raise LookupError(wanted)


def readable(locale: str) -> str:
    """Return what can be read of a locale, as a tag in lower case; nothing where that is nothing."""
    return next(_ranges(locale), "")[:_LONGEST]


def _ranges(locale: str) -> Iterator[str]:
    """Yield the tags to look for, from the whole one to its language alone."""
    found = _TAG.match(locale.strip().lower().replace("_", "-"))
    if not found:
        return
    language, *rest = found[0].split("-")
    language = _RENAMED.get(language, language)
    if language == "zh" and (script := next((_SCRIPTS[part] for part in rest if part in _SCRIPTS), None)):
        rest = [script, *rest] if not {"hans", "hant"} & set(rest) else rest
    while rest:
        yield "-".join([language, *rest])
        rest.pop()
        if rest and len(rest[-1]) == 1:  # what introduces an extension says nothing alone
            rest.pop()
    yield language


@cache
def catalogue(language: str) -> dict[str, Any]:
    """Return a language's words."""
    words: dict[str, Any] = json.loads((LOCALES / f"{language}.json").read_text("utf-8"))
    return words


def in_words(duration: timedelta, language: str) -> str:
    """Return a duration in its largest unit, rounded down: a promise of validity is never too long."""
    seconds = int(duration.total_seconds())
    unit, size = next(
        ((unit, size) for unit, size in _WHOLE if seconds >= size and not seconds % size),
        ("hours", 3600) if seconds >= _DAY else ("minutes", 60) if seconds >= 60 else ("seconds", 1),  # noqa: PLR2004
    )
    n = seconds // size
    words: str = catalogue(language)[unit][plural(n, language)]
    return words.format(n=n)


def plural(n: int, language: str) -> str:
    """Return the plural category of a whole number (CLDR's rules for the languages that there are)."""
    match language:
        case "ja":
            return "other"
        case "fr":
            return "one" if n < 2 else "other"  # noqa: PLR2004 - 0 and 1
        case "ar":
            few, many = range(3, 11), range(11, 100)
            by_rest = "few" if n % 100 in few else "many" if n % 100 in many else "other"
            return {0: "zero", 1: "one", 2: "two"}.get(n, by_rest)
        case _:
            return "one" if n == 1 else "other"


def in_full(time: datetime, language: str) -> str:
    """Return a time in words, to the minute, with how far its zone is from UTC."""
    words = catalogue(language)
    text: str = words["time"].format(
        day=words["first_day"] if time.day == 1 else time.day,
        month=words["months"][time.month - 1],
        year=time.year,
        hour=f"{time:%H}",
        minute=f"{time:%M}",
        zone=words["utc"] if not time.utcoffset() else words["zone"].format(zone=_from_utc(time)),
    )
    return text


def _from_utc(time: datetime) -> str:
    offset = time.utcoffset() or timedelta()
    hours, minutes = divmod(abs(offset) // timedelta(minutes=1), 60)
    return f"UTC{'\u2212' if offset < timedelta() else '+'}{hours}{f':{minutes:02}' if minutes else ''}"
