"""Settings are read whole or not at all, with a line for each that is wrong."""

import re
from pathlib import Path

import pytest

from infra.pages import PageSettings
from infra.tables import TABLES, USERS
from local.cloud import default_settings
from password_reset.channels.words.catalogue import LANGUAGES
from password_reset.settings import ServiceSettings, Settings, SettingsError

VALID = default_settings(8000)
POLICY_ALLOWED = (
    "Allowed: one of default, nist-single-factor, classic, or a JSON object with members of the password policy."
)
ALL_LOCALES = ", ".join(LANGUAGES)
LOCALES_ALLOWED = f"any of {ALL_LOCALES}, separated by commas; all of them where none is named"
LOCALE_ALLOWED = f"one of LOCALES, or of {ALL_LOCALES} where that is empty"
README = Path(__file__).parents[2] / "README.md"


def message(**changes: str | None) -> str:
    environment = {name: value for name, value in (VALID | changes).items() if value is not None}
    with pytest.raises(SettingsError) as refused:
        Settings.from_environment(environment)
    return str(refused.value)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("TOKEN_TTL_SECONDS", "abc", "TOKEN_TTL_SECONDS cannot be 'abc'. Allowed: whole seconds from 1 to 3600."),
        ("TOKEN_TTL_SECONDS", "0", "TOKEN_TTL_SECONDS cannot be '0'. Allowed: whole seconds from 1 to 3600."),
        ("TOKEN_TTL_SECONDS", "3601", "TOKEN_TTL_SECONDS cannot be '3601'. Allowed: whole seconds from 1 to 3600."),
        ("TOKEN_TTL_SECONDS", "1.5", "TOKEN_TTL_SECONDS cannot be '1.5'. Allowed: whole seconds from 1 to 3600."),
        (
            "RESET_LIMIT_PER_IDENTIFIER",
            "101",
            "RESET_LIMIT_PER_IDENTIFIER cannot be '101'. Allowed: a whole number from 0 (off) to 100.",
        ),
        ("CHALLENGE", "captcha", "CHALLENGE cannot be 'captcha'. Allowed: off, altcha or turnstile."),
        ("BCRYPT_COST", "9", "BCRYPT_COST cannot be '9'. Allowed: a whole number from 10 to 14."),
        ("BCRYPT_COST", "15", "BCRYPT_COST cannot be '15'. Allowed: a whole number from 10 to 14."),
        (
            "PASSWORD_HASH",
            "bcryp",
            "PASSWORD_HASH cannot be 'bcryp'. Allowed: bcrypt, argon2id, scrypt or pbkdf2_sha256.",
        ),
        (
            "PASSWORD_HASH_FORMAT",
            "laravel",
            (
                "PASSWORD_HASH_FORMAT cannot be 'laravel'. "
                "Allowed: phc, django or spring; werkzeug where PASSWORD_HASH is scrypt or pbkdf2_sha256."
            ),
        ),
        (
            "PASSWORD_POLICY",
            '{"maxBytes": 73}',
            "PASSWORD_POLICY cannot be 73 (maxBytes: Input should be less than or equal to 72). " + POLICY_ALLOWED,
        ),
        (
            "FACTORS",
            "totp,phone",
            (
                "FACTORS cannot be 'totp,phone'. "
                "Allowed: any of totp, recovery_code, phone, directory, separated by commas; phone needs sms or "
                "whatsapp in CHANNELS, directory needs DIRECTORY to be function."
            ),
        ),
        (
            "FACTORS",
            "passkey",
            (
                "FACTORS cannot be 'passkey' (0: Input should be 'totp', 'recovery_code', 'phone' or 'directory'). "
                "Allowed: any of totp, recovery_code, phone, directory, separated by commas; phone needs sms or "
                "whatsapp in CHANNELS, directory needs DIRECTORY to be function."
            ),
        ),
        ("BRAND_COLOR", "blue", "BRAND_COLOR cannot be 'blue'. Allowed: a colour as in `#1f5fd0`."),
        ("SUPPORT_EMAIL", "support", "SUPPORT_EMAIL cannot be 'support'. Allowed: one email address."),
        ("DEFAULT_LOCALE", "xx", f"DEFAULT_LOCALE cannot be 'xx'. Allowed: {LOCALE_ALLOWED}."),
        (
            "LOCALES",
            "de, tlh, en",
            f"LOCALES cannot be 'tlh' (1: Value error, not usable). Allowed: {LOCALES_ALLOWED}.",
        ),
        ("LOCALES", "de,fr", f"DEFAULT_LOCALE cannot be 'en'. Allowed: {LOCALE_ALLOWED}."),
        (
            "TIME_ZONE",
            "Europe",
            "TIME_ZONE cannot be 'Europe'. Allowed: an IANA time zone as in `Europe/Berlin`.",
        ),
        ("TIME_ZONE", "MESZ", "TIME_ZONE cannot be 'MESZ'. Allowed: an IANA time zone as in `Europe/Berlin`."),
        ("TIME_ZONE", "../x", "TIME_ZONE cannot be '../x'. Allowed: an IANA time zone as in `Europe/Berlin`."),
        (
            "COMPANY_LINE",
            "a\r\nb",
            (
                "COMPANY_LINE cannot be 'a\\r\\nb'. "
                "Allowed: at most 200 printable characters that say who sends the emails."
            ),
        ),
        (
            "SMS_INDIA_ENTITY_ID",
            "1101",
            "SMS_INDIA_TEMPLATE_ID is missing. Allowed: 1 to 50 digits; together with SMS_INDIA_ENTITY_ID.",
        ),
        ("PRODUCT_NAME", "a\nb", "PRODUCT_NAME cannot be 'a\\nb'. Allowed: 1 to 60 printable characters."),
        ("NOTIFY_DELAY_SECONDS", "901", "NOTIFY_DELAY_SECONDS cannot be '901'. Allowed: whole seconds from 1 to 900."),
        (
            "PASSWORD_POLICY",
            '{"minLength": 5}',
            "PASSWORD_POLICY cannot be 5 (minLength: Input should be greater than or equal to 8). " + POLICY_ALLOWED,
        ),
    ],
)
def test_a_wrong_value_is_named_with_what_is_allowed(name: str, value: str, expected: str) -> None:
    assert message(**{name: value}) == expected


@pytest.mark.parametrize(
    ("algorithm", "form", "most"),
    [
        ("bcrypt", "phc", 72),
        ("bcrypt", "spring", 72),
        ("bcrypt", "django", 1024),
        ("argon2id", "phc", 1024),
        ("scrypt", "werkzeug", 1024),
        ("pbkdf2_sha256", "spring", 1024),
    ],
)
def test_the_longest_password_is_what_the_algorithm_reads(algorithm: str, form: str, most: int) -> None:
    """Row 27: of every policy, unless it says less; more is refused in words."""
    hashing = {"PASSWORD_HASH": algorithm, "PASSWORD_HASH_FORMAT": form}
    policies = {"default": most, "classic": most, '{"minLength": 12}': most, '{"maxBytes": 64}': 64}
    read = {name: Settings.from_environment(VALID | hashing | {"PASSWORD_POLICY": name}) for name in policies}
    assert {name: settings.password_policy.max_bytes for name, settings in read.items()} == policies
    assert read["classic"].password_policy.symbols == "@$!%*?&"
    assert Settings.from_environment(VALID | hashing).password_policy.max_bytes == most
    assert message(**hashing, PASSWORD_POLICY=f'{{"maxBytes": {most + 1}}}') == (
        f"PASSWORD_POLICY cannot be {most + 1} (maxBytes: Input should be less than or equal to {most}). "
        + POLICY_ALLOWED
    )


@pytest.mark.parametrize(("algorithm", "form"), [("bcrypt", "werkzeug"), ("argon2id", "werkzeug"), ("nothing", "phc")])
def test_a_format_is_one_of_the_algorithm(algorithm: str, form: str) -> None:
    told = message(PASSWORD_HASH=algorithm, PASSWORD_HASH_FORMAT=form)
    assert told.startswith("PASSWORD_HASH")
    assert "PASSWORD_POLICY" not in told


@pytest.mark.parametrize("channels", ["sms", "email,sms", "email,whatsapp"])
def test_a_phones_code_lives_ten_minutes_at_the_most(channels: str) -> None:
    """Row 65: longer ones are for mail alone."""
    assert message(CODE_TTL_SECONDS="601", CHANNELS=channels) == (
        "CODE_TTL_SECONDS cannot be '601'. "
        "Allowed: whole seconds from 1 to 3600; to 600 where sms or whatsapp is one of CHANNELS."
    )
    Settings.from_environment(VALID | {"CODE_TTL_SECONDS": "600", "CHANNELS": channels})
    Settings.from_environment(VALID | {"CODE_TTL_SECONDS": "3600", "EMAIL_STYLE": "code"})


@pytest.mark.parametrize("channels", ["email,sms", "email,whatsapp"])
@pytest.mark.parametrize("countries", ["XX", "1876", "800", "+49", "de", "49,999"])
def test_a_country_is_one_that_there_is(channels: str, countries: str) -> None:
    assert "SMS_COUNTRIES cannot be" in message(SMS_COUNTRIES=countries, CHANNELS=channels)


@pytest.mark.parametrize("channels", ["email,sms", "email,whatsapp"])
def test_phones_need_a_list_of_countries(channels: str) -> None:
    assert "SMS_COUNTRIES is missing" in message(SMS_COUNTRIES=None, CHANNELS=channels)


def test_turnstile_needs_its_keys() -> None:
    told = message(CHALLENGE="turnstile")
    assert [line.partition(".")[0] for line in told.splitlines()] == [
        "TURNSTILE_SITE_KEY is missing",
        "TURNSTILE_SECRET is missing",
    ]


def test_a_missing_setting_is_named() -> None:
    assert message(FRONTEND_URL=None) == (
        "FRONTEND_URL is missing. Allowed: an https URL, or http for localhost, without query and fragment."
    )


def test_a_typo_in_a_name_is_named() -> None:
    assert message(TOKEN_TTL_SECOND="2") == "TOKEN_TTL_SECOND is no setting. Did you mean TOKEN_TTL_SECONDS?"


def test_all_that_is_wrong_is_told_at_once() -> None:
    assert len(message(BCRYPT_COST="9", BRAND_COLOR="blue", TOKEN_TTL_SECOND="2").splitlines()) == 3


@pytest.mark.parametrize(
    "value",
    [
        "http://example.com",
        "example.com",
        "https://",
        "javascript:alert(1)",
        "https://user@example.com",
        "https://example.com?x=1",
        "https://example.com#x",
        "https://example.com#",
        "https://example.com?",
        "https://example.com/a b",
        'https://example.com/"',
        "https://example.com:99999",
    ],
)
def test_a_frontend_is_reached_by_https(value: str) -> None:
    assert "FRONTEND_URL cannot be" in message(FRONTEND_URL=value)


@pytest.mark.parametrize(
    ("frontend", "link"),
    [
        ("https://www.example.com", "https://www.example.com/reset-password#token=T"),
        ("https://www.example.com/", "https://www.example.com/reset-password#token=T"),
        ("https://www.example.com/account", "https://www.example.com/account/reset-password#token=T"),
        ("http://localhost:3000", "http://localhost:3000/reset-password#token=T"),
    ],
)
def test_the_token_is_in_the_fragment(frontend: str, link: str) -> None:
    """Row 24: it reaches no server log, proxy or Referer. Our pages open in the mail's language."""
    settings = Settings.from_environment(VALID | {"FRONTEND_URL": frontend})
    assert settings.reset_link("T", "de") == link.replace("#", "?lang=de#")
    assert settings.forgot_url == link.replace("/reset-password#token=T", "/forgot-password?lang={language}")


@pytest.mark.parametrize(
    "template",
    [
        "https://www.example.com/reset?token={token}",
        "https://www.example.com/{token}/reset",
        "http://localhost:3000/#{token}",
        "exampleapp://reset/{token}",
        "exampleapp:reset?token={token}",
        "https://www.example.com/{language}/reset?token={token}",
        "https://www.example.com/reset?lang={language}&hl={language}#{token}",
    ],
)
def test_a_link_template_replaces_the_form(template: str) -> None:
    settings = Settings.from_environment(VALID | {"RESET_LINK_TEMPLATE": template, "APPLICATION_SCHEMES": "exampleapp"})
    assert settings.reset_link("T", "de") == template.replace("{token}", "T").replace("{language}", "de")
    assert settings.forgot_url == "http://127.0.0.1:8000/forgot-password"


@pytest.mark.parametrize(
    "template",
    [
        "",
        "https://www.example.com/reset",
        "https://www.example.com/{token}/{token}",
        "https://www.example.com/{token}/{other}",
        "http://www.example.com/{token}",
        "otherapp://reset/{token}",
        "javascript:alert({token})",
        "https://{token}.example.com/",
        "https://www.example.com:{token}/",
        "{token}",
        "https://www.example.com/ {token}",
        "https://www.example.com/{token}\r\nBcc: x",
        "https://{language}.example.com/{token}",
        "https://{language}/{token}",
        "{language}://www.example.com/{token}",
        "https://www.example.com/{language}",
    ],
)
def test_an_unsafe_link_template_is_refused(template: str) -> None:
    """Exactly one token, behind the host, over https or to a listed application."""
    assert "RESET_LINK_TEMPLATE cannot be" in message(RESET_LINK_TEMPLATE=template, APPLICATION_SCHEMES="exampleapp")


@pytest.mark.parametrize("scheme", ["https", "javascript", "data", "Example", "a b", "1x"])
def test_an_application_scheme_is_no_web_scheme(scheme: str) -> None:
    assert "APPLICATION_SCHEMES cannot be" in message(APPLICATION_SCHEMES=scheme)


@pytest.mark.parametrize(
    "origin",
    [
        "*",
        "null",
        "https://www.example.com/",
        "http://www.example.com",
        "www.example.com",
        "https://Example.com",
        "https://a@b",
        "https://www.example.com:443",
        "http://localhost:80",
        "https://www.example.com:0443",
        "https://www.example.com:08443",
        "https://www.example.com:",
        "https://[2001:db8:0:0::1]",
        "https://b\u00fccher.example",
        "https://ex%61mple.com",
    ],
)
def test_an_origin_is_one_exact_origin(origin: str) -> None:
    """Row 43: no wildcard, no null."""
    assert "ALLOWED_ORIGINS cannot be" in message(ALLOWED_ORIGINS=origin)


@pytest.mark.parametrize(
    "origin",
    ["https://www.example.com", "https://www.example.com:8443", "http://localhost:5173", "https://[2001:db8::1]:8443"],
)
def test_an_origin_is_taken_as_browsers_send_it(origin: str) -> None:
    assert Settings.from_environment(VALID | {"ALLOWED_ORIGINS": origin}).allowed_origins == (origin,)


@pytest.mark.parametrize(
    "sender",
    ["jos\u00e9@example.com", "", "Example", "a@example.com, b@example.com", "Example <a@example.com>\nBcc: x", "<>"],
)
def test_a_sender_is_one_address(sender: str) -> None:
    assert "MAIL_FROM cannot be" in message(MAIL_FROM=sender)


def test_every_setting_is_documented() -> None:
    """README's table has a row for each, with its default."""
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| ([^|]*?) \|", README.read_text("utf-8"), re.MULTILINE))
    assert rows.keys() == {name.upper() for name in (*Settings.model_fields, *PageSettings.model_fields)}
    for name, field in Settings.model_fields.items():
        if isinstance(field.default, int | str):
            assert rows[name.upper()] == f"`{field.default}`", name


def test_the_functions_environment_names_every_table() -> None:
    assert {
        table.setting.lower() for table in TABLES
    } <= Settings.model_fields.keys() - ServiceSettings.model_fields.keys()


def test_the_default_attributes_are_those_of_the_table_made_here() -> None:
    settings = Settings.from_environment(VALID)
    (index,) = USERS.indexes
    assert (settings.users_attributes.user_id, settings.users_attributes.email_key, settings.users_index) == (
        USERS.partition_key,
        index.partition_key,
        index.name,
    )
