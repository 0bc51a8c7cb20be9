"""The mails: what they say, to whom, and what nobody can make them say."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from password_reset.channels import Key, Occasion
from password_reset.channels.colours import edge_on, text_color_on
from password_reset.channels.email import Mails
from password_reset.channels.words.catalogue import LANGUAGES, catalogue, in_full, in_words
from password_reset.devices import browser_of, device_of

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
UNPINNED = {"Message-ID", "Content-Type"}
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
        "Account: demo@example.com\n\n"
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
        "Account: demo@example.com\n\n"
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
    assert {name: str(mail[name]) for name, _ in mail.items() if name not in UNPINNED} == {
        "Subject": "Reset your Example password",
        "From": "Example <no-reply@example.com>",
        "To": "demo@example.com",
        "Reply-To": "support@example.com",
        "Date": "Fri, 20 Nov 2026 22:44:00 +0000",
        "Content-Language": "en",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "OOF, AutoReply, DR, RN, NRN",
        "MIME-Version": "1.0",
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
        ("O’Connor", "Hello O’Connor,"),
        ("J. R. Smith", "Hello J. R. Smith,"),
        ("J.R.R. Tolkien", "Hello J.R.R. Tolkien,"),
        ("Sammy Davis Jr.", "Hello Sammy Davis Jr.,"),
        ("Sammy Davis, Jr.", "Hello Sammy Davis, Jr.,"),
        ("Nguyê\u0303n Thi\u0323 A\u0301nh", "Hello Nguyễn Thị Ánh,"),
        ("प्रियांका शर्मा", "Hello प्रियांका शर्मा,"),
        ("สมชาย กี่เพ้า", "Hello สมชาย กี่เพ้า,"),
        ("தமிழ்ச்செல்வி", "Hello தமிழ்ச்செல்வி,"),
        ("শ্রীমতী রায়", "Hello শ্রীমতী রায়,"),
        ("مُحَمَّد عَلِيّ", "Hello مُحَمَّد عَلِيّ,"),
        ("שָׁלוֹם", "Hello שָׁלוֹם,"),
        ("ジョン・スミス", "Hello ジョン・スミス,"),
        ("山田\u3000太郎", "Hello 山田\u3000太郎,"),
        ("علی\u200cرضا", "Hello علی\u200cرضا,"),
        ("A\u0301" * 40, f"Hello {'Á' * 40},"),
        ("a" + "\u0336" * 7, "Hello,"),
        ("\u0301", "Hello,"),
        ("...", "Hello,"),
        ("evil.test", "Hello,"),
        ("evil.test.", "Hello,"),
        ("t.co", "Hello,"),
        ("evil\uff0ecom", "Hello,"),
        ("evil\u3002com", "Hello,"),
        ("Demo\u202e", "Hello,"),
        ("١٢٣", "Hello,"),
        ("a@b", "Hello,"),
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
        (86_400, "1 day"),
        (90_000, "25 hours"),
        (100_000, "27 hours"),
        (604_800, "7 days"),
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


def test_every_mail_is_rendered_in_every_language() -> None:
    """No key or fact is missing; headers are ASCII on the wire; Arabic runs from right to left, its link does not."""
    for language in LANGUAGES:
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
            direction = catalogue(language)["direction"]
            assert part(mail, "html").startswith(f'<!doctype html>\n<html lang="{language}" dir="{direction}">')
            assert f'class="card" dir="{direction}"' in part(mail, "html")
        assert f'dir="ltr" href="{LINK}"' in part(mails[0], "html")
        assert len({part(mail, "plain") for mail in mails}) == 4


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


@pytest.mark.parametrize(
    ("brand", "edge", "edge_in_dark"),
    [
        ("#ffffff", "#7b818c", "#ffffff"),
        ("#000000", "#000000", "#7b818c"),
        ("#1f5fd0", "#1f5fd0", "#7b818c"),
        ("#22252c", "#22252c", "#7b818c"),
        ("#ffd000", "#7b818c", "#ffd000"),
        ("#7b818c", "#7b818c", "#7b818c"),
    ],
)
def test_a_button_shows_on_light_and_dark_cards(brand: str, edge: str, edge_in_dark: str) -> None:
    """WCAG 2.2, 1.4.11: its edge is at least 3:1 with the card, whatever the brand's colour."""
    html = part(replace(MAILS, brand_color=brand).reset(OCCASION, link=LINK_KEY), "html")
    assert f"background-color:{brand};border:1px solid {edge};" in html
    assert f".button {{ border-color: {edge_in_dark} !important; }}" in html
    assert (edge_on("#ffffff", "#7b818c"), edge_on("#22252c", "#7b818c")) == ("#7b818c", "#7b818c")


def test_the_button_keeps_its_size_in_outlook() -> None:
    """Word's engine ignores a link's padding: the cell has it there, and there alone."""
    html = part(reset_mail(), "html")
    assert re.search(r'<td class="button"[^>]*mso-padding-alt:14px 24px;', html)
    assert re.search(r'<a href="[^"]*" style="[^"]*padding:14px 24px;mso-padding-alt:0;', html)
    assert (
        "<!--[if mso]><style>table, td, h1, p, a, span { font-family: Arial, sans-serif !important; }</style>" in html
    )


def test_mail_programs_reformat_nothing() -> None:
    html = part(reset_mail(), "html")
    assert '<meta name="format-detection" content="telephone=no, date=no, address=no, email=no, url=no">' in html
    assert '<meta name="x-apple-disable-message-reformatting">' in html


def test_the_preview_shows_the_first_words_alone() -> None:
    """Behind them only what takes up room: no greeting, no link."""
    html = part(reset_mail(), "html")
    (preview,) = re.findall(r'<div style="display:none[^>]*>(.*?)</div>', html)
    assert preview == (
        "We received a request to reset the password for your Example account. "
        "If it was you, choose a new password now." + "&#847;&zwnj;&nbsp;" * 60
    )


def test_long_words_wrap_and_paragraphs_are_paragraphs() -> None:
    html = part(reset_mail(), "html")
    paragraphs = re.findall(r"<p [^>]*>", html)
    assert len(paragraphs) == 9
    assert all("overflow-wrap:anywhere" in paragraph for paragraph in paragraphs)


def test_the_notices_action_is_a_text_link() -> None:
    """A button in a mail of a sudden danger is what a forged one has."""
    html = part(MAILS.changed(OCCASION), "html")
    assert 'class="button"' not in html
    assert re.search(
        r'<p [^>]*><a class="text" href="https://www\.example\.com/forgot-password" '
        r'style="color:#16181d;text-decoration:underline;">This wasn’t me – reset my password</a></p>',
        html,
    )


def test_every_mail_names_the_account() -> None:
    """Whoever has two that differ in case sees which one a mail is for."""
    for language in LANGUAGES:
        occasion = replace(OCCASION, locales=(language,), email="Demo@Example.com")
        for mail in (
            MAILS.reset(occasion, link=LINK_KEY),
            MAILS.reset(occasion, code=CODE_KEY),
            MAILS.changed(occasion),
        ):
            assert "Demo@Example.com" in part(mail, "plain")
            assert "Demo@Example.com" in part(mail, "html")
            assert mail["To"].addresses[0].addr_spec == "Demo@example.com"
            assert mail["Content-Language"] == language


def test_a_notice_tells_no_life_of_its_link() -> None:
    """Where a reset is requested works for ever; and nothing here may be ignored."""
    for language in LANGUAGES:
        occasion = replace(OCCASION, locales=(language,))
        for mail in (
            MAILS.changed(occasion),
            MAILS.recovery_code_used(occasion),
            MAILS.elsewhere(occasion, "Google"),
            MAILS.unknown(occasion),
            MAILS.locked(occasion, OCCASION.now),
        ):
            text = part(mail, "plain")
            assert in_words(timedelta(), language) not in text
            ignorable = catalogue(language)["reset"]["after"][-1]
            assert ignorable not in text


def test_every_mail_names_browser_and_system() -> None:
    for language in LANGUAGES:
        occasion = replace(OCCASION, locales=(language,), browser="Samsung Internet", device="Android")
        for mail in (
            MAILS.reset(occasion, link=LINK_KEY),
            MAILS.reset(occasion, code=CODE_KEY),
            MAILS.changed(occasion),
        ):
            assert "Samsung Internet" in part(mail, "plain")
            assert catalogue(language)["devices"]["Android"] in part(mail, "plain")


def test_who_sends_stands_at_the_foot() -> None:
    mail = replace(MAILS, company="Example GmbH & Co. KG, Berlin, HRB 12345").reset(OCCASION, link=LINK_KEY)
    assert part(mail, "plain").endswith("support@example.com.\nExample GmbH & Co. KG, Berlin, HRB 12345\n")
    assert ">Example GmbH &amp; Co. KG, Berlin, HRB 12345</p>" in part(mail, "html")


@pytest.mark.parametrize(
    ("zone", "time"),
    [
        ("UTC", "20 November 2026 at 22:43 UTC"),
        ("Europe/Berlin", "20 November 2026 at 23:43 (UTC+1)"),
        ("Asia/Kolkata", "21 November 2026 at 04:13 (UTC+5:30)"),
        ("America/St_Johns", "20 November 2026 at 19:13 (UTC−3:30)"),
        ("Africa/Abidjan", "20 November 2026 at 22:43 UTC"),
    ],
)
def test_the_time_is_told_in_the_zone_that_is_set(zone: str, time: str) -> None:
    mail = replace(MAILS, zone=ZoneInfo(zone)).reset(OCCASION, link=LINK_KEY)
    assert f"Requested on {time} from an iPhone." in part(mail, "plain")


def test_the_notices_link_opens_in_its_language() -> None:
    mails = replace(MAILS, forgot_url="https://www.example.com/forgot-password?lang={language}")
    mail = mails.changed(replace(OCCASION, locales=("de",)))
    assert "\nhttps://www.example.com/forgot-password?lang=de\n" in part(mail, "plain")


@pytest.mark.parametrize(
    ("user_agent", "browser"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/143.0 Safari/537.36 Edg/143.0", "Edge"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) EdgiOS/143.0 Mobile Safari/605.1", "Edge"),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/143.0 Mobile Safari/537.36 EdgA/143.0", "Edge"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/143.0 Safari/537.36 OPR/120.0", "Opera"),
        ("Mozilla/5.0 (Linux; Android 15) SamsungBrowser/28.0 Chrome/130.0 Mobile Safari/537.36", "Samsung Internet"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0", "Firefox"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) FxiOS/146.0 Mobile Safari/605.1", "Firefox"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) CriOS/143.0 Mobile Safari/604.1", "Chrome"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Chrome/143.0 Safari/537.36", "Chrome"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.1 Safari/605.1.15", "Safari"),
        ("curl/8.5.0", "other"),
        ("", "other"),
        ("<script>alert(1)</script>", "other"),
    ],
)
def test_a_user_agent_is_reduced_to_a_browser(user_agent: str, browser: str) -> None:
    assert browser_of(user_agent) == browser


def test_what_an_operator_starts_tells_of_no_request_in_any_language() -> None:
    """Row 39: nobody requested it from a device; link and lifetime are there, in HTML and plain text."""
    week = Key(LINK, timedelta(days=7))
    for language in LANGUAGES:
        occasion = replace(OCCASION, locales=(language,))
        mails = [
            MAILS.started(occasion, week, purpose="reset", forced=False),
            MAILS.started(occasion, week, purpose="reset", forced=True),
            MAILS.started(occasion, week, purpose="invitation", forced=False),
        ]
        assert len({part(mail, "plain") for mail in mails}) == len(mails)
        assert len({str(mail["Subject"]) for mail in mails}) == len(mails)
        for mail in mails:
            for text in (part(mail, "plain"), part(mail, "html")):
                assert LINK in text, language
                assert in_words(week.life, language) in text, language
                assert catalogue(language)["devices"]["iPhone"] not in text, language
                assert "22:43" not in text, language


def test_the_invitation_in_plain_text() -> None:
    mail = MAILS.started(OCCASION, Key(LINK, timedelta(days=1)), purpose="invitation", forced=False)
    assert mail["Subject"] == "Choose your first Example password"
    assert part(mail, "plain") == (
        "Hello Demo,\n\n"
        "Your Example account is ready. Choose a password to sign in.\n\n"
        "Account: demo@example.com\n\n"
        f"Choose your first password:\n{LINK}\n\n"
        "This link can be used once and expires in 1 day. "
        "After that, request a new one at https://www.example.com/forgot-password.\n\n"
        "If you weren’t expecting this, you can ignore this email. Don’t share this link with anyone.\n\n"
        "-- \n"
        "Example\n"
        "This is an automated email. Need help? Reply to it or write to support@example.com.\n"
    )
