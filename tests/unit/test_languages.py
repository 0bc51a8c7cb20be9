"""Which language a message has: whatever a locale looks like, the nearest there is, and never an error."""

import pytest

from password_reset.channels.words.catalogue import LANGUAGES, choose_language, readable

MORE = (*LANGUAGES, "pt-BR", "zh-Hans", "zh-Hant", "he", "nb", "id")


@pytest.mark.parametrize(
    ("wanted", "language"),
    [
        (("de",), "de"),
        (("EN-gb",), "en"),
        (("de_DE",), "de"),
        (("de_DE.UTF-8",), "de"),
        (("de_DE@euro",), "de"),
        (("ja_JP",), "ja"),
        (("fr_CA",), "fr"),
        (("ar-EG-u-nu-latn",), "ar"),
        (("es-419",), "es"),
        (("de-1996",), "de"),
        (("de-" + "abcdefgh-" * 33,), "de"),
        ((" de ",), "de"),
        (("de,en;q=0.8",), "de"),
        (("",), "en"),
        (("xx",), "en"),
        (("x" * 300,), "en"),
        (("français",), "en"),
        (("C",), "en"),
        (("x-private",), "en"),
        (("*",), "en"),
        (("\0",), "en"),
        (("es", "de"), "es"),
        (("xx", "de"), "de"),
        (("", "de_AT"), "de"),
    ],
)
def test_the_first_that_there_is(wanted: tuple[str, ...], language: str) -> None:
    assert choose_language(*wanted, "en") == language


@pytest.mark.parametrize(
    ("locale", "language"),
    [
        ("pt-BR", "pt-BR"),
        ("pt_BR", "pt-BR"),
        ("pt", "pt-BR"),
        ("pt-PT", "pt-BR"),
        ("zh-Hans-CN-x-private", "zh-Hans"),
        ("zh-CN", "zh-Hans"),
        ("zh_SG", "zh-Hans"),
        ("zh-TW", "zh-Hant"),
        ("zh_HK.UTF-8", "zh-Hant"),
        ("zh-Hant-CN", "zh-Hant"),
        ("zh-Hans-HK", "zh-Hans"),
        ("zh", "zh-Hans"),
        ("iw-IL", "he"),
        ("no-NO", "nb"),
        ("in", "id"),
    ],
)
def test_regions_scripts_and_former_names(locale: str, language: str) -> None:
    """RFC 4647, 3.4, for a deployment that has more languages than these."""
    assert choose_language(locale, "en", languages=MORE) == language


@pytest.mark.parametrize(
    ("locale", "tag"),
    [("de_DE.UTF-8", "de-de"), ("zh-TW", "zh-hant-tw"), ("<b>", ""), ("en\n{}", "en"), ("de" + "-abcdefgh" * 40, 35)],
)
def test_what_can_be_read_is_a_short_tag(locale: str, tag: str | int) -> None:
    """It travels in the queue: nothing else of what a stranger says does."""
    assert readable(locale) == tag or len(readable(locale)) == tag
