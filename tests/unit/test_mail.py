"""The mails: what they say, to whom, and what nobody can make them say."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest

from password_reset.channels import Key, Occasion
from password_reset.channels.email import Mails, text_color_on
from password_reset.channels.words.catalogue import LANGUAGES, catalogue, choose_language, in_full, in_words, plural
from password_reset.devices import device_of

MAILS = Mails(
    product="Example",
    sender="Example <no-reply@example.com>",
    support="support@example.com",
    brand_color="#1f5fd0",
    default_locale="en",
    forgot_url="https://www.example.com/forgot-password",
)
OCCASION = Occasion(
    email="demo@example.com",
    name="Demo",
    locales=("en",),
    at=datetime(2026, 11, 20, 22, 43, 16, tzinfo=UTC),
    device="iPhone",
    now=datetime(2026, 11, 20, 22, 44, tzinfo=UTC),
)
LINK = "https://www.example.com/reset-password#token=" + "A" * 43
LINK_KEY = Key(LINK, timedelta(minutes=15))
CODE_KEY = Key("20471163", timedelta(minutes=10))
BY_CODE = MAILS.reset(OCCASION, code=CODE_KEY)
BY_BOTH = MAILS.reset(OCCASION, link=LINK_KEY, code=CODE_KEY)


def reset_mail(**changes: Any) -> EmailMessage:
    return MAILS.reset(replace(OCCASION, **changes), link=LINK_KEY)


def part(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    assert body
    text: str = body.get_content()
    return text.replace("\r\n", "\n")


def test_the_reset_mail_in_plain_text() -> None:
    assert part(reset_mail(), "plain") == (
        "Hello Demo,\n\n"
        "We received a request to reset the password for your Example account. "
        "If it was you, choose a new password now.\n\n"
        f"Choose a new password:\n{LINK}\n\n"
        "This link can be used once and expires in 15 minutes.\n\n"
        "Requested on 20 November 2026 at 22:43 UTC from an iPhone.\n\n"
        "If it wasn’t you, you can ignore this email: your password won’t change. "
        "Don’t share this link with anyone.\n\n"
        "-- \nExample\nThis is an automated email. Need help? Reply to it or write to support@example.com.\n"
    )


def test_the_mail_with_a_code_in_plain_text() -> None:
    assert part(BY_CODE, "plain") == (
        "Hello Demo,\n\n"
        "We received a request to reset the password for your Example account. If it was you, enter this code "
        "on the page where you requested the reset.\n\n"
        "20471163\n\n"
        "This code can be used once and expires in 10 minutes.\n\n"
        "Requested on 20 November 2026 at 22:43 UTC from an iPhone.\n\n"
        "If it wasn’t you, you can ignore this email: your password won’t change. "
        "Don’t share this code with anyone. Our staff will never ask for it.\n\n"
        "-- \nExample\nThis is an automated email. Need help? Reply to it or write to support@example.com.\n"
    )
    assert "20471163" not in str(BY_CODE["Subject"])
    assert "<a " not in part(BY_CODE, "html")


def test_the_mail_with_both_in_plain_text() -> None:
    """A mail opened on the phone is finished on the laptop."""
    text = part(BY_BOTH, "plain")
    assert f"Choose a new password:\n{LINK}\n\n" in text
    assert "Or enter this code on the page where you requested the reset:\n20471163\n" in text
    assert "The link expires in 15 minutes, the code in 10 minutes. You need only one of them" in text


def test_the_headers() -> None:
    mail = reset_mail()
    assert {name: str(mail[name]) for name in ("Subject", "From", "To", "Reply-To", "Date", "Auto-Submitted")} == {
        "Subject": "Reset your Example password",
        "From": "Example <no-reply@example.com>",
        "To": "demo@example.com",
        "Reply-To": "support@example.com",
        "Date": "Fri, 20 Nov 2026 22:44:00 +0000",
        "Auto-Submitted": "auto-generated",
    }
    assert str(mail["Message-ID"]).endswith("@example.com>")
    assert mail.get_content_type() == "multipart/alternative"


@pytest.mark.parametrize("mail", [reset_mail(), BY_BOTH, MAILS.changed(OCCASION)], ids=["reset", "both", "changed"])
def test_html_and_text_say_the_same(mail: EmailMessage) -> None:
    """One content source: every line of the one stands in the other; the link is a button and bare."""
    html = part(mail, "html")
    shown = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).replace("&#39;", "'").replace("&amp;", "&")
    for line in part(mail, "plain").splitlines():
        assert line.removesuffix(":").removeprefix("-- ") in shown, line
    assert len(re.findall(r'<a [^>]*href="https://www\.example\.com/', html)) == 2


@pytest.mark.parametrize("mail", [reset_mail(), MAILS.changed(OCCASION)], ids=["reset", "changed"])
def test_nothing_is_fetched_and_nobody_is_tracked(mail: EmailMessage) -> None:
    """Row 24: no image, font, script or style from anywhere."""
    html = part(mail, "html")
    assert not re.search(r"<(img|script|link|iframe|video|object|form)\b|url\(|@import|src=", html, re.IGNORECASE)
    assert 'role="presentation"' in html
    assert "prefers-color-scheme: dark" in html
    assert len(html.encode()) < 100_000  # Gmail cuts at 102 kB


@pytest.mark.parametrize(
    ("name", "greeting"),
    [
        ("Demo", "Hello Demo,"),
        ("Zoë O'Neill-Łukasz", "Hello Zoë O'Neill-Łukasz,"),
        ("x" * 40, f"Hello {'x' * 40},"),
        ("x" * 41, "Hello,"),
        ("", "Hello,"),
        ("   ", "Hello,"),
        ("<b>", "Hello,"),
        ("Win 1000 now", "Hello,"),
        ("visit evil.test", "Hello,"),
        ("http://evil", "Hello,"),
        ("Demo\nBcc", "Hello,"),
        ("{product}", "Hello,"),
        ("a_b", "Hello,"),
    ],
)
def test_a_name_is_greeted_if_it_looks_like_one(name: str, greeting: str) -> None:
    """Row 10: an account's name is not a place to write a message to somebody else."""
    assert part(reset_mail(name=name), "plain").splitlines()[0] == greeting


def test_what_comes_from_outside_is_escaped() -> None:
    """Row 10: an unclosed tag in a setting or a link stays text (CVE-2023-27474)."""
    mail = replace(MAILS, product='<b "Ex" & {time}').reset(OCCASION, link=replace(LINK_KEY, value=LINK + '"><x'))
    html = part(mail, "html")
    assert "<b " not in html
    assert "<x" not in html
    assert "&lt;b &#34;Ex&#34; &amp; {time}" in html


@pytest.mark.parametrize(
    "address", ["a@example.com\r\nBcc: evil@example.com", "a@example.com, evil@example.com", "nobody", ""]
)
def test_a_stored_address_that_is_not_one_is_not_mailed(address: str) -> None:
    """Row 9: at the last place, where the mail is made."""
    with pytest.raises(ValueError, match="not one email address"):
        reset_mail(email=address)


def test_an_international_domain_is_mailed_as_its_a_label() -> None:
    assert str(reset_mail(email="demo@bücher.example")["To"]) == "demo@xn--bcher-kva.example"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "1 second"),
        (59, "59 seconds"),
        (60, "1 minute"),
        (90, "1 minute"),
        (900, "15 minutes"),
        (3540, "59 minutes"),
        (3600, "1 hour"),
        (5400, "90 minutes"),
        (7200, "2 hours"),
    ],
)
def test_a_life_in_words_promises_no_more_than_there_is(seconds: int, words: str) -> None:
    assert in_words(timedelta(seconds=seconds), "en") == words


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "1 March 2026 at 05:07 UTC"),
        ("de", "1. März 2026 um 05:07 Uhr (UTC)"),
        ("fr", "1er mars 2026 à 05\xa0h\xa007 (UTC)"),
        ("es", "1 de marzo de 2026, 05:07 (UTC)"),
        ("ja", "2026年3月1日 05:07（UTC）"),
        ("ar", "1 مارس 2026 الساعة 05:07 بالتوقيت العالمي المنسق (UTC)"),
    ],
)
def test_a_time_in_words(language: str, words: str) -> None:
    assert in_full(datetime(2026, 3, 1, 5, 7, tzinfo=UTC), language) == words


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (1, "دقيقة واحدة"),
        (2, "دقيقتين"),
        (3, "3 دقائق"),
        (10, "10 دقائق"),
        (11, "11 دقيقة"),
        (59, "59 دقيقة"),
        (101, "101 دقيقة"),
        (103, "103 دقائق"),
        (111, "111 دقيقة"),
    ],
)
def test_arabic_has_six_plurals(minutes: int, words: str) -> None:
    assert in_words(timedelta(minutes=minutes), "ar") == words


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_mail_is_rendered_in_every_language(language: str) -> None:
    """No key or fact is missing; headers are ASCII on the wire; Arabic runs from right to left, its link does not."""
    occasion = replace(OCCASION, locales=("xx", f"{language}-XX"))
    mails = [
        MAILS.reset(occasion, link=LINK_KEY),
        MAILS.reset(occasion, code=CODE_KEY),
        MAILS.reset(occasion, link=LINK_KEY, code=CODE_KEY),
        MAILS.changed(occasion),
    ]
    for mail in mails:
        assert "Example" in str(mail["Subject"])
        assert mail.as_bytes().partition(b"\r\n\r\n")[0].isascii()
        assert "{" not in part(mail, "plain")
        direction = "rtl" if language == "ar" else "ltr"
        assert part(mail, "html").startswith(f'<!doctype html>\n<html lang="{language}" dir="{direction}">')
        assert f'class="card" dir="{direction}"' in part(mail, "html")
    assert f'dir="ltr" href="{LINK}"' in part(mails[0], "html")
    assert len({part(mail, "plain") for mail in mails}) == 4


@pytest.mark.parametrize(
    ("wanted", "language"), [(("en",), "en"), (("EN-gb", "en"), "en"), (("xx", "en"), "en"), (("", "en"), "en")]
)
def test_the_first_language_that_there_is(wanted: tuple[str, ...], language: str) -> None:
    assert choose_language(*wanted) == language


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_is_complete(language: str) -> None:
    """A missing key fails here, not in somebody's mailbox."""

    def shape(words: Any) -> Any:
        return {key: shape(value) for key, value in words.items()} if isinstance(words, dict) else type(words)

    def facts(words: Any) -> list[str]:
        if isinstance(words, dict):
            return [fact for key, value in sorted(words.items()) for fact in facts(value) if key not in units]
        return sorted(re.findall(r"{\w+}", str(words)))

    units = ("hours", "minutes", "seconds")
    words, english = catalogue(language), catalogue("en")
    plurals = {plural(n, language) for n in range(200)}
    assert {unit: set(words[unit]) for unit in units} == dict.fromkeys(units, plurals)
    assert shape({**words, **dict.fromkeys(units)}) == shape({**english, **dict.fromkeys(units)})
    assert facts(words) == facts(english)
    assert [len(words[kind]["after"]) for kind in ("reset", "reset_by_code", "reset_by_both", "changed")] == [
        3,
        3,
        3,
        0,
    ]


@pytest.mark.parametrize(
    ("user_agent", "device"),
    [
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15", "iPhone"),
        ("Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X)", "iPad"),
        ("Mozilla/5.0 (Linux; Android 15; Pixel 9)", "Android"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64)", "Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)", "Mac"),
        ("Mozilla/5.0 (X11; Linux x86_64)", "Linux"),
        ("curl/8.5.0", "other"),
        ("", "other"),
        ("<script>alert(1)</script>", "other"),
    ],
)
def test_a_user_agent_is_reduced_to_a_kind(user_agent: str, device: str) -> None:
    """Row 10: its text travels no further."""
    assert device_of(user_agent) == device


@pytest.mark.parametrize(
    ("background", "text"),
    [("#ffffff", "#000000"), ("#000000", "#ffffff"), ("#1f5fd0", "#ffffff"), ("#ffd000", "#000000")],
)
def test_a_buttons_text_is_legible(background: str, text: str) -> None:
    assert text_color_on(background) == text
