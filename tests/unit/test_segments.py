"""What a code by SMS costs: one segment in Latin languages, two in others, whatever product and domain are called."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from password_reset.channels import Key
from password_reset.channels.phone import PhoneMessages
from password_reset.channels.segments import in_gsm, is_gsm, segments
from password_reset.channels.whatsapp import language_tag
from password_reset.channels.words.catalogue import LANGUAGES
from tests.unit.test_mail import OCCASION

# 3GPP TS 23.038, 6.2.1: the default alphabet in the order of its codes, 0x1B being the escape to the extension.
ALPHABET = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ"
    " !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = "\f^{}\\[~]|€"
LATIN = ("cs", "de", "en", "es", "fr", "id", "it", "nl", "pl", "pt-BR", "sv", "tr", "vi")
"""Those of Czech, Polish, Portuguese, Turkish and Vietnamese go without their accents, as texts there commonly do."""
MESSAGES = PhoneMessages(product="Example", host="www.example.com", support="support@example.com", default_locale="en")
CODE = Key("20471163", timedelta(minutes=10))


def text(language: str, *, life: timedelta = CODE.life, **changes: Any) -> str:
    return replace(MESSAGES, **changes).reset(replace(OCCASION, locales=(language,)), replace(CODE, life=life)).text


def cost(sms: str) -> int:
    """Count segments by the standard, apart from the code under test."""
    if all(character in ALPHABET + EXTENSION for character in sms):
        septets = len(sms) + sum(character in EXTENSION for character in sms)
        return 1 if septets <= 160 else -(-septets // 153)
    units = len(sms.encode("utf-16-be")) // 2
    return 1 if units <= 70 else -(-units // 67)


def test_the_alphabet_has_128_places() -> None:
    assert len(ALPHABET) == 128
    assert all(is_gsm(character) for character in (ALPHABET + EXTENSION).replace("\x1b", ""))
    assert not any(is_gsm(character) for character in "\x1bçóâêîôûáíú’–\u00a0₽ẞ")


@pytest.mark.parametrize(
    ("sms", "count"),
    [
        ("", 1),
        ("x" * 160, 1),
        ("x" * 161, 2),
        ("x" * 306, 2),
        ("x" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("字" * 70, 1),
        ("字" * 71, 2),
        ("字" * 134, 2),
        ("字" * 135, 3),
        ("\U0001f600" * 35, 1),
        ("\U0001f600" * 36, 2),
        ("x" * 70 + "ó", 2),
    ],
)
def test_segments_are_counted(sms: str, count: int) -> None:
    assert segments(sms) == cost(sms) == count


@pytest.mark.parametrize("life", [timedelta(seconds=seconds) for seconds in (1, 59, 600, 3540, 3600)])
@pytest.mark.parametrize(
    "product",
    [
        "Example",
        "Müller für Bäckerei",
        "São Paulo Poupança",
        "L’Œuvre – Société",
        "Łódź Bank",
        "Éducation nationale – Académie de Créteil",
        "x" * 60,
    ],
)
@pytest.mark.parametrize("host", ["www.example.com", "accounts.a-rather-long-name-of-a-company.example"])
def test_a_code_costs_one_segment_in_latin_languages_and_two_in_others(
    product: str, host: str, life: timedelta
) -> None:
    for language in LANGUAGES:
        sms = text(language, life=life, product=product, host=host)
        assert cost(sms) <= (1 if language in LATIN else 2), language
        assert sms.endswith(f"\n\n@{host} #20471163")


def test_a_line_for_an_android_app_costs_no_segment() -> None:
    """SMS Retriever's hash, before the line for browsers, which has to be the last."""
    for language in LANGUAGES:
        for product in ("Example", "São Paulo Poupança", "x" * 60):
            for host in ("www.example.com", "accounts.a-rather-long-name-of-a-company.example"):
                sms = text(language, product=product, host=host, retriever="FA+9qCX9VSu")
                assert cost(sms) <= (1 if language in LATIN else 2), (language, product, host)
                assert sms.endswith(f"\n\nFA+9qCX9VSu\n@{host} #20471163")
    assert "FA+9qCX9VSu" not in replace(MESSAGES, retriever="FA+9qCX9VSu").changed(OCCASION).text


@pytest.mark.parametrize("product", ["みずほ銀行オンライン", "Сбербанк", "مثال", "銀" * 60])
def test_a_product_of_another_script_costs_two(product: str) -> None:
    for language in LANGUAGES:
        sms = text(language, product=product)
        assert product in sms
        assert cost(sms) <= 2


@pytest.mark.parametrize("product", ["Example", "Example Accounts", "Müller & Söhne"])
def test_a_notice_costs_as_much_as_a_code(product: str) -> None:
    """And says whom to ask, whatever the month is called."""
    for language in LANGUAGES:
        for month in range(1, 13):
            occasion = replace(OCCASION, locales=(language,), at=OCCASION.at.replace(month=month))
            sms = replace(MESSAGES, product=product).changed(occasion).text
            assert cost(sms) <= (1 if language in LATIN else 2), language
            assert product in sms
            assert "support@example.com" in sms


def test_a_notice_of_a_first_password_costs_no_more_than_one_of_a_change() -> None:
    """With a link that disputes it or without; it says that the password was set."""
    report = Key("https://www.example.com/report-change#token=" + "x" * 43, timedelta(days=7))
    for language in LANGUAGES:
        occasion = replace(OCCASION, locales=(language,))
        for link in (None, report):
            first, later = MESSAGES.changed(occasion, link, first=True).text, MESSAGES.changed(occasion, link).text
            assert first != later
            assert cost(first) <= cost(later), language
    assert MESSAGES.changed(OCCASION, report, first=True).text == (
        f"Your Example password was set. Not you? Lock your account: {report.value}"
    )


def test_a_notice_tells_the_time_in_the_services_zone() -> None:
    """Where that costs no more: the words alone are left of a text that is too long."""
    berlin = replace(MESSAGES, zone=ZoneInfo("Europe/Berlin"))
    assert berlin.changed(OCCASION).text == (
        "Your Example password was changed on 20 November 2026 at 23:43 (UTC+1). "
        "If it wasn't you, contact support@example.com."
    )
    product = "Example Accounts, Payments, Deliveries and Everything Else"
    long = replace(berlin, product=product).changed(OCCASION).text
    assert long == f"Your {product} password was changed. If it wasn't you, contact support@example.com."


def test_the_usual_text_is_the_whole_one() -> None:
    """With its life and the advice; no mark of direction, which phones show as boxes."""
    for language in LANGUAGES:
        sms = text(language)
        assert {"10", "۱۰"} & set(re.findall(r"\d+", sms.replace("20471163", ""))), language
        assert not set(sms) & set("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
        assert not set(text(language, product="\u2068مثال\u2069")) & {"\u2068", "\u2069"}


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Müller & Söhne", "Müller & Söhne"),
        ("Poupança São João", "Poupanca Sao Joao"),
        ("L’Œuvre", "L'OEuvre"),
        ("a\u00a0–\u202fb", "a - b"),
        ("Mu\u0308ller", "Müller"),
        ("みずほ", "みずほ"),
        ("Ωmega", "Ωmega"),
    ],
)
def test_a_name_is_written_with_what_costs_less(name: str, written: str) -> None:
    assert in_gsm(name) == written


def test_numbers_of_india_get_the_text_that_is_registered() -> None:
    """One template has one text: a code in another language would be dropped by the operators."""
    occasion = replace(OCCASION, locales=("de",))
    registered = replace(MESSAGES, registered="+91")
    assert registered.reset(occasion, CODE, "+919876543210").language == "en"
    assert registered.reset(occasion, CODE, "+4915112345678").language == "de"
    assert MESSAGES.reset(occasion, CODE, "+919876543210").language == "de"


@pytest.mark.parametrize(
    ("language", "tag"),
    [
        ("en", "en"),
        ("de", "de"),
        ("pt-BR", "pt_BR"),
        ("pt-PT", "pt_PT"),
        ("pt", "pt_BR"),
        ("zh", "zh_CN"),
        ("zh-CN", "zh_CN"),
        ("zh-Hans", "zh_CN"),
        ("zh-Hant", "zh_TW"),
        ("zh-Hant-HK", "zh_HK"),
        ("en-GB", "en_GB"),
        ("es-MX", "es_MX"),
    ],
)
def test_whatsapp_has_tags_of_its_own(language: str, tag: str) -> None:
    assert language_tag(language) == tag
