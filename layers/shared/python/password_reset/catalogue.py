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
    words: str = catalogue(language)[unit]["one" if n == 1 else "other"]
    return words.format(n=n)


def in_full(time: datetime, language: str) -> str:
    """Return a UTC time in words, to the minute."""
    words = catalogue(language)
    text: str = words["time"].format(
        day=time.day,
        month=words["months"][time.month - 1],
        year=time.year,
        hour=f"{time:%H}",
        minute=f"{time:%M}",
    )
    return text
