"""Languages: one list; which one somebody gets; what they take from the CLDR; what every catalogue keeps to."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from babel import Locale
from babel.dates import format_date

from password_reset.channels.words.catalogue import (
    LANGUAGES,
    catalogue,
    choose_language,
    in_full,
    in_words,
    plural,
    readable,
)
from tests.preview import WORDING, wording
from tools import cldr

LOOKUPS = json.loads((Path(__file__).parent.parent / "lookups.json").read_text("utf-8"))
"""The pages' own tests read them as well."""


def test_the_language_is_the_nearest_there_is_and_never_an_error() -> None:
    """RFC 4647, 3.4, with regions, scripts and former names: the same for messages and pages."""
    found = [(locale, choose_language(locale, "en", languages=LOOKUPS["offered"])) for locale, _ in LOOKUPS["lookups"]]
    assert found == [(locale, language or "en") for locale, language in LOOKUPS["lookups"]]


@pytest.mark.parametrize(
    ("wanted", "language"), [(("es", "de"), "es"), (("xx", "de"), "de"), (("", "de_AT"), "de"), (("xx",), "en")]
)
def test_the_first_that_there_is(wanted: tuple[str, ...], language: str) -> None:
    assert choose_language(*wanted, "en") == language


def test_a_team_may_call_a_language_as_it_was_called_before() -> None:
    assert choose_language("nb-NO", "en", languages=("en", "no")) == "no"


@pytest.mark.parametrize(
    ("locale", "tag"),
    [("de_DE.UTF-8", "de-de"), ("zh-TW", "zh-hant-tw"), ("<b>", ""), ("en\n{}", "en"), ("de" + "-abcdefgh" * 40, 35)],
)
def test_what_can_be_read_is_a_short_tag(locale: str, tag: str | int) -> None:
    """It travels in the queue: nothing else of what a stranger says does."""
    assert readable(locale) == tag or len(readable(locale)) == tag


def test_months_plurals_and_layout_are_the_clrds() -> None:
    """`make words` has been run: every file is as it would write it."""
    for path, text in cldr.files().items():
        assert path.read_text("utf-8") == text, path.name


def test_plurals_are_the_cldrs_for_every_number() -> None:
    for language in LANGUAGES:
        rule = Locale.parse(language, sep="-").plural_form
        assert [plural(n, language) for n in range(1200)] == [rule(n) for n in range(1200)], language
    assert [plural(n, "ro") for n in (1, 2, 20, 101, 119, 120)] == ["one", "few", "other", "few", "few", "other"]
    assert plural(5, "xx") == "other"


def test_dates_have_the_cldrs_parts_in_its_order() -> None:
    """English is the one of the world: the day first."""
    time = datetime(2026, 11, 28, 22, 43, tzinfo=UTC)
    for language in LANGUAGES:
        parts = ("28", catalogue(language)["months"][10], "2026")
        expected = format_date(time, "long", Locale.parse("en-GB" if language == "en" else language, sep="-"))
        for text in (expected.translate(_WESTERN), in_full(time, language).translate(_WESTERN)):
            assert set(map(text.count, parts)) == {1}, (language, text)
        orders = [sorted(parts, key=text.translate(_WESTERN).index) for text in (expected, in_full(time, language))]
        assert orders[0] == orders[1], language


_WESTERN = str.maketrans("۰۱۲۳۴۵۶۷۸۹", "0123456789")


def texts(words: Any, *path: str) -> Iterator[tuple[str, str]]:
    """Every text of a catalogue by its path; of lists, by place."""
    pairs = words.items() if isinstance(words, dict) else enumerate(words)
    for key, value in pairs:
        if isinstance(value, dict | list):
            yield from texts(value, *path, str(key))
        else:
            yield ".".join((*path, str(key))), value


UNITS = ("days", "hours", "minutes", "seconds")
SCRIPTS = {"rtl": {"ar", "fa", "he"}, "arabext": {"fa"}}
PLACE = re.compile(r"{\w*}")


def test_every_catalogue_says_everything_with_the_places_that_english_has() -> None:
    english = dict(texts(catalogue("en")))
    for language in LANGUAGES:
        words = catalogue(language)
        own = dict(texts(words))
        plurals = {f"{unit}.{plural(n, language)}" for unit in UNITS for n in range(200)}
        assert {key for key in own if key.startswith(UNITS)} == plurals, language
        assert {key for key in own if not key.startswith(UNITS)} == {
            key for key in english if not key.startswith(UNITS)
        }, language
        assert list(words["pages"]) == list(catalogue("en")["pages"])  # a diff of two languages is of their texts
        for key, text in own.items():
            assert text.strip() == text != "", (language, key)
            if not key.startswith(UNITS):
                assert sorted(PLACE.findall(text)) == sorted(PLACE.findall(english[key])), (language, key)
            assert "'" not in text or key.startswith("phone"), (language, key)
        assert words["pages"]["email.label"] != words["pages"]["channel.email"], language  # two fields of one form
        assert words["direction"] == ("rtl" if language in SCRIPTS["rtl"] else "ltr")
        assert words["digits"] == ("arabext" if language in SCRIPTS["arabext"] else "latn")


def test_what_is_translated_is_in_its_language() -> None:
    """Nothing long was left in English, and nothing stands in two languages alike but for kin."""
    english = dict(texts(catalogue("en")))
    for language in LANGUAGES:
        same = [key for key, text in texts(catalogue(language)) if len(text) > 24 and text == english[key]]
        assert language == "en" or same == [], language


def test_what_emails_and_messages_say_is_in_the_wordings() -> None:
    """`make preview` has been run: a reviewer sees in the diff what people will read."""
    for language in LANGUAGES:
        assert (WORDING / f"{language}.txt").read_text("utf-8") == wording(language), language


def test_texts_have_room() -> None:
    """No longer than two and a half times the English, and no button or title past what a narrow page shows well."""
    english = dict(texts(catalogue("en")))
    for language in LANGUAGES:
        for key, text in texts(catalogue(language)):
            if not key.startswith((*UNITS, "months")):
                assert _width(text) <= 2.5 * len(english[key]) + 24, (language, key)


def _width(text: str) -> int:
    return sum(2 if ord(character) >= 0x2E80 else 1 for character in text)


def test_durations_in_the_forms_of_each_language() -> None:
    """Few, many and two; Persian in its own digits."""
    minutes = {
        "ar": ["دقيقة واحدة", "دقيقتين", "3 دقائق", "11 دقيقة", "103 دقائق"],
        "de": ["1 Minute", "2 Minuten", "3 Minuten", "11 Minuten", "103 Minuten"],
        "cs": ["1 minuta", "2 minuty", "3 minuty", "11 minut", "103 minut"],
        "fa": ["۱ دقیقه", "۲ دقیقه", "۳ دقیقه", "۱۱ دقیقه", "۱۰۳ دقیقه"],
        "he": ["דקה אחת", "שתי דקות", "3 דקות", "11 דקות", "103 דקות"],
        "pl": ["1 minuta", "2 minuty", "3 minuty", "11 minut", "103 minuty"],
        "ru": ["1 минута", "2 минуты", "3 минуты", "11 минут", "103 минуты"],
        "zh-Hant": ["1 分鐘", "2 分鐘", "3 分鐘", "11 分鐘", "103 分鐘"],
    }
    for language, expected in minutes.items():
        assert [in_words(timedelta(minutes=n), language) for n in (1, 2, 3, 11, 103)] == expected, language
