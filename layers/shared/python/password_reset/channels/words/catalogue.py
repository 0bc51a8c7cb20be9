"""The words of every message, one JSON file a language under `locales/`."""

import json
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

LOCALES = Path(__file__).parent / "locales"
LANGUAGES = tuple(sorted(file.stem for file in LOCALES.glob("*.json")))


def choose_language(*wanted: str) -> str:
    """Return the first of these locale tags (`de`, `pt-BR`) whose language there is; the last one must be one."""
    languages = (tag.partition("-")[0].lower() for tag in wanted)
    return next(language for language in languages if language in LANGUAGES)


@cache
def catalogue(language: str) -> dict[str, Any]:
    """Return a language's words."""
    words: dict[str, Any] = json.loads((LOCALES / f"{language}.json").read_text("utf-8"))
    return words


def in_words(duration: timedelta, language: str) -> str:
    """Return a duration in its largest unit, rounded down: a promise of validity is never too long."""
    seconds = int(duration.total_seconds())
    unit, size = next(
        ((unit, size) for unit, size in (("hours", 3600), ("minutes", 60)) if seconds >= size and not seconds % size),
        ("minutes", 60) if seconds >= 60 else ("seconds", 1),  # noqa: PLR2004 - a minute
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
    """Return a UTC time in words, to the minute."""
    words = catalogue(language)
    text: str = words["time"].format(
        day=words["first_day"] if time.day == 1 else time.day,
        month=words["months"][time.month - 1],
        year=time.year,
        hour=f"{time:%H}",
        minute=f"{time:%M}",
    )
    return text
