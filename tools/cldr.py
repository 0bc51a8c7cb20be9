"""What languages have by the Unicode CLDR (through Babel, on a developer's machine alone): plurals and months.

`make words` writes both to where the service reads them, and every catalogue as this lays it out.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.localedata import locale_identifiers

from password_reset.channels.words.catalogue import LANGUAGES, LOCALES, PLURALS

_LETTERS = {"zero": "z", "one": "o", "two": "t", "few": "f", "many": "m", "other": "x"}
_PERIOD = 100
"""Categories of whole numbers come again after so many, from so many on, in every language that is written here."""
_TRIED = 3000
_LINE = 118
_UNSEEN = re.compile("[\u00a0\u00ad\u061c\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]")
"""White space and marks that nobody sees in a diff."""


def months(language: str) -> list[str]:
    """Return the months as they stand in a date: in Chinese those are numbers."""
    locale = Locale.parse(language, sep="-")
    named = locale.months["format"]["wide" if "MMM" in locale.date_formats["long"].pattern else "abbreviated"]
    return [named[month] for month in range(1, 13)]


def plurals() -> dict[str, str]:
    """Return, for each language by its first subtag, the categories of 0 to 199, a letter each."""
    categories = {}
    for language in sorted({identifier.partition("_")[0] for identifier in locale_identifiers()} - {"root"}):
        rule = Locale(language).plural_form
        letters = "".join(_LETTERS[rule(n)] for n in range(_TRIED))
        period = letters[_PERIOD : 2 * _PERIOD]
        if letters[_PERIOD:] == period * (_TRIED // _PERIOD - 1):
            categories[language] = letters[: 2 * _PERIOD]
    return categories


def written(words: Any, indent: int = 0) -> str:  # noqa: ANN401 - what JSON holds
    """Return JSON in few lines, with what cannot be seen escaped."""
    text = json.dumps(words, ensure_ascii=False)
    if isinstance(words, dict | list) and words and (not indent or len(text) + indent > _LINE or _is_nested(words)):
        inner = " " * (indent + 2)
        items = words.items() if isinstance(words, dict) else enumerate(words)
        lines = [
            f"{inner}{json.dumps(key) + ': ' if isinstance(words, dict) else ''}{written(value, indent + 2)}"
            for key, value in items
        ]
        opening, closing = "{}" if isinstance(words, dict) else "[]"
        text = f"{opening}\n{',\n'.join(lines)}\n{' ' * indent}{closing}"
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _is_nested(words: Any) -> bool:  # noqa: ANN401 - the same
    return isinstance(words, dict) and any(isinstance(value, dict | list) for value in words.values())


def files() -> dict[Path, str]:
    """Return what every file of words is to hold."""
    grouped: dict[str, list[str]] = {}
    for language, letters in plurals().items():
        grouped.setdefault(letters, []).append(language)
    catalogues = {LOCALES / f"{language}.json": _with_months(language) for language in LANGUAGES}
    return {PLURALS: written({" ".join(languages): letters for letters, languages in grouped.items()}) + "\n"} | {
        path: written(words) + "\n" for path, words in catalogues.items()
    }


def _with_months(language: str) -> dict[str, Any]:
    words: dict[str, Any] = json.loads((LOCALES / f"{language}.json").read_text("utf-8"))
    return words | {"months": months(language)}


def main() -> int:
    """Write the files that differ."""
    try:
        wanted = files()
    except UnknownLocaleError as error:
        sys.stderr.write(f"{error}: the CLDR has no such language.\n")
        return 2
    for path, text in wanted.items():
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
            sys.stdout.write(f"{path.name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
