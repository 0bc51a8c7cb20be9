"""A brand's folder, checked before anything is deployed or served: a line for each fault, for whoever wrote it."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from html import escape
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from jinja2 import TemplateError

from password_reset.channels import Key, Occasion
from password_reset.channels.brands import TEMPLATE, Brand, BrandError, Chosen, Look, look, read
from password_reset.channels.colours import MAIL_COLOURS, PAGE_COLOURS, SHAPE, TEXT, contrast, palette
from password_reset.channels.email import Mails
from password_reset.channels.phone import PhoneMessages
from password_reset.channels.segments import is_gsm, segments
from password_reset.channels.words.catalogue import LANGUAGES, catalogue, choose_language, plural

MAX_MAIL = 90_000
"""Bytes of a mail's HTML: Gmail cuts what is longer than 102 kB, and shows no button then."""
_UNITS = ("days", "hours", "minutes", "seconds")
_FREE = {"name", "direction", "digits", "months"}
_PLACE = re.compile(r"{[^{}]*}|[{}]")
_REMOTE = re.compile(
    r"""<(?:img|image|use|feimage|link|script|iframe|object|embed|video|audio|source|input)\b[^>]*?(?:https?:)?//[^\s"'>]+"""
    r"""|(?:background|src|srcset|poster)\s*=\s*["']?\s*(?:https?:)?//[^\s"'>]+|url\(\s*["']?\s*(?:https?:)?//[^\s"')]+|@import[^;]+""",
    re.IGNORECASE,
)
_PRODUCT = "Ex<i>&\"'ample"
"""A name that says whether a template escapes what it shows."""
_LINK = f"https://www.example.com/reset-password?lang=xx&a=b#token={'x' * 43}"
_NOW = datetime(2026, 11, 28, 22, 43, tzinfo=UTC)
_LIFE = timedelta(minutes=15)


def faults(name: str, settings: Chosen) -> list[str]:
    """Return a line for each thing that is wrong with a brand, in the environment that these settings are of."""
    try:
        brand = read(name)
    except BrandError as error:
        return str(error).splitlines()
    chosen = look(settings, brand)
    lines = [*_files(brand), *_zone(brand), *_contrasts(brand, chosen), *_languages(brand, chosen), *_words(brand)]
    # What a mail looks like says nothing new while a text or a file is missing.
    return lines or [*_mails(brand, chosen), *_phones(brand, chosen)]


def _files(brand: Brand) -> Iterator[str]:
    names = {field: getattr(brand.file, field) for field in ("font", "logo", "logo_dark", "mail_logo", "favicon")}
    for field, name in names.items():
        path = brand.folder / str(name)
        if name and not path.is_file():
            yield f"{brand.folder}/brand.json: {field} is {name}, and there is no such file."
        elif name and name.endswith(".svg") and (found := _remote(path.read_text("utf-8", "replace"))):
            yield f"{path} fetches {found}: put what it needs into the file."
        elif name and name.endswith(".svg") and "<script" in path.read_text("utf-8", "replace").lower():
            yield f"{path} has a script, which the pages' policy refuses."


def _zone(brand: Brand) -> Iterator[str]:
    try:
        ZoneInfo(brand.file.time_zone or "UTC")
    except (ZoneInfoNotFoundError, OSError, ValueError):
        yield f"{brand.folder}/brand.json: timeZone {brand.file.time_zone!r} is no IANA time zone."


def _contrasts(brand: Brand, chosen: Look) -> Iterator[str]:
    for where, ours in (("pages", PAGE_COLOURS), ("emails", MAIL_COLOURS)):
        for scheme, colours in brand.colours(ours).items():
            pairs = [(text, ground, TEXT) for text in ("text", "muted") for ground in ("surface", "page")]
            pairs += [("outline", "surface", SHAPE)] if where == "pages" else []
            for one, other, least in pairs:
                found = contrast(getattr(colours, one), getattr(colours, other))
                if found < least:
                    yield (
                        f"{brand.folder}/brand.json: {scheme}, on {where}: {one} {getattr(colours, one)} on {other} "
                        f"{getattr(colours, other)} has a contrast of {found:.1f}:1, and needs {least}:1."
                    )
    surfaces = {scheme: colours.surface for scheme, colours in brand.colours(PAGE_COLOURS).items()}
    shades = palette(chosen.color, surfaces)
    for scheme, colours in brand.colours(PAGE_COLOURS).items():
        accent = shades[f"accent-on-{scheme}"]
        if (found := contrast(accent, colours.page)) < TEXT:
            yield (
                f"{brand.folder}/brand.json: {scheme}: links, {accent} of brandColor, on page {colours.page} have a "
                f"contrast of {found:.1f}:1, and need {TEXT}:1: bring page and surface closer."
            )


def _languages(brand: Brand, chosen: Look) -> Iterator[str]:
    known = {*LANGUAGES, *brand.own_languages}
    for language in chosen.languages:
        if language not in known:
            yield f"{brand.folder}/brand.json: locales has {language}, and there is no catalogue of it."
    if brand.file.default_locale and brand.file.default_locale not in chosen.languages:
        yield f"{brand.folder}/brand.json: defaultLocale {brand.file.default_locale} is not on offer."
    for language in brand.own_languages:
        reached = choose_language(language, chosen.default_locale, languages=chosen.languages)
        if reached != language:
            hint = f"a request for it gets {reached}" if language in chosen.languages else "it is not on offer"
            yield f"{brand.locales / language}.json: nobody can reach {language}: {hint}."


def _words(brand: Brand) -> Iterator[str]:
    english = dict(_texts(catalogue("en")))
    for language in brand.own_languages:
        path = brand.locales / f"{language}.json"
        try:
            own = dict(_texts(json.loads(path.read_text("utf-8"))))
        except (json.JSONDecodeError, AttributeError) as error:
            yield f"{path} is no JSON object: {error}."
            continue
        units = {f"{unit}.{plural(n, language)}" for unit in _UNITS for n in range(200)}
        known = {key for key in english if not key.startswith(_UNITS)} | units
        for key in sorted(own.keys() - known):
            yield f"{path}: {key} is no text of ours."
        if language not in LANGUAGES:
            for key in sorted(known - own.keys()):
                yield f"{path}: {key} is missing, in a language that is the brand's own."
        for key in sorted(own.keys() & known):
            yield from _text(path, key, own[key], english.get(key))


def _text(path: Path, key: str, text: object, english: str | None) -> Iterator[str]:
    if not isinstance(text, str) or not text.strip():
        yield f"{path}: {key} is empty, or no text."
    elif english is not None and key.partition(".")[0] not in _FREE:
        have, need = sorted(_PLACE.findall(text)), sorted(_PLACE.findall(english))
        if have != need:
            yield f"{path}: {key} has {' '.join(have) or 'no places'}, and needs {' '.join(need) or 'none'}."


def _texts(words: Any, *path: str) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - what JSON holds
    pairs = words.items() if isinstance(words, dict) else enumerate(words)
    for key, value in pairs:
        if isinstance(value, dict | list):
            yield from _texts(value, *path, str(key))
        else:
            yield ".".join((*path, str(key))), value


def _mails(brand: Brand, chosen: Look) -> Iterator[str]:
    plain = _rendering(brand, chosen, chosen.product)
    for language in chosen.languages:
        try:
            mails = samples(plain, language)
        except (TemplateError, KeyError, IndexError, ValueError) as error:
            yield f"{brand.folder / TEMPLATE}: {type(error).__name__}: {error}."
            return
        for kind, mail in mails.items():
            text, html = parts(mail)
            if (size := len(html.encode())) > MAX_MAIL:
                yield f"{brand.name}, {language}: the email {kind} has {size} bytes of HTML, and may have {MAX_MAIL}."
            if found := _remote(html):
                yield f"{brand.name}, {language}: the email {kind} fetches {found}: mail carries what it shows."
            linked = kind in LINKED
            if linked and (_LINK not in text.split() or f'href="{escape(_LINK)}"' not in html):
                yield f"{brand.name}, {language}: the email {kind} has not its exact link in both parts."
    odd = _rendering(brand, chosen, _PRODUCT)
    html = parts(odd.reset(_occasion(chosen.languages[0]), link=Key(_LINK, _LIFE)))[1]
    if _PRODUCT in html or "Ex<i>" in html:
        yield f"{brand.folder / TEMPLATE}: a name is shown unescaped: take `|safe` away."


LINKED = {"reset", "both", "changed-with-link", "started", "forced", "invitation"}
"""The mails that carry a link of their own."""


def samples(mails: Mails, language: str, name: str = "Ada") -> dict[str, EmailMessage]:
    """Return every mail there is, by its kind."""
    occasion = replace(_occasion(language), name=name)
    link, code = Key(_LINK, _LIFE), Key("20471163", timedelta(minutes=10))
    report = Key(_LINK.replace("reset-password", "report-change"), timedelta(days=7))
    until = _NOW + timedelta(days=3)
    return {
        "reset": mails.reset(occasion, link=link),
        "code": mails.reset(occasion, code=code),
        "both": mails.reset(occasion, link=link, code=code),
        "changed": mails.changed(occasion, None, report),
        "changed-with-link": mails.changed(occasion, link, report),
        "set": mails.changed(occasion, None, report, first=True),
        "locked": mails.locked(occasion, until),
        "elsewhere": mails.elsewhere(occasion, ""),
        "unknown": mails.unknown(occasion),
        "recovery-code-used": mails.recovery_code_used(occasion),
        "started": mails.started(occasion, link, purpose="reset", forced=False),
        "forced": mails.started(occasion, link, purpose="reset", forced=True),
        "invitation": mails.started(occasion, link, purpose="invitation", forced=False),
    }


def messages(phones: PhoneMessages, language: str) -> dict[str, str]:
    """Return every message to a phone there is, by its kind."""
    occasion = _occasion(language)
    report = Key(_LINK.replace("reset-password", "report-change"), timedelta(days=7))
    return {
        "code": phones.reset(occasion, Key("20471163", timedelta(minutes=10))).text,
        "changed": phones.changed(occasion).text,
        "changed-with-report": phones.changed(occasion, report).text,
        "set": phones.changed(occasion, first=True).text,
        "set-with-report": phones.changed(occasion, report, first=True).text,
        "locked": phones.locked(occasion, _NOW + timedelta(days=3)).text,
    }


def parts(mail: EmailMessage) -> tuple[str, str]:
    """Return a mail's plain text and its HTML."""
    found = (mail.get_body(("plain",)), mail.get_body(("html",)))
    # What is sent in base64 has the line ends of the wire.
    text, html = (cast("str", part.get_content()).replace("\r\n", "\n") if part else "" for part in found)
    return text, html


def _occasion(language: str) -> Occasion:
    return Occasion(
        email="someone@example.com",
        name="Ada",
        locales=(language,),
        at=_NOW,
        device="iPhone",
        browser="Safari",
        now=_NOW,
    )


def _rendering(brand: Brand | None, chosen: Look, product: str) -> Mails:
    return Mails(
        product=product,
        sender="no-reply@example.com",
        support=chosen.support,
        brand_color=chosen.color,
        default_locale=chosen.default_locale,
        languages=chosen.languages,
        forgot_url="https://www.example.com/forgot-password?lang={language}",
        company=chosen.company,
        zone=ZoneInfo(chosen.time_zone),
        brand=brand,
    )


def rendering(brand: Brand | None, chosen: Look) -> tuple[Mails, PhoneMessages]:
    """Return what renders a brand's mails and messages, for whoever wants to see them."""
    phones = PhoneMessages(
        product=chosen.product,
        host="www.example.com",
        support=chosen.support,
        default_locale=chosen.default_locale,
        languages=chosen.languages,
        zone=ZoneInfo(chosen.time_zone),
        own=brand.locales if brand else None,
    )
    return _rendering(brand, chosen, chosen.product), phones


def _phones(brand: Brand, chosen: Look) -> Iterator[str]:
    """Tell of wordings of the brand's own that cost more than ours may."""
    phones = rendering(brand, chosen)[1]
    for language in brand.own_languages:
        own = json.loads((brand.locales / f"{language}.json").read_text("utf-8"))
        for key in sorted(key for key in own if key.startswith("phone") and not key.endswith("report")):
            whole = replace(phones, languages=(language,), default_locale=language)
            text = _spoken(whole, catalogue(language, brand.locales)[key], chosen)
            most = 1 if is_gsm(text) else 2
            if (found := segments(text)) > most:
                yield (
                    f"{brand.locales / language}.json: {key} makes an SMS of {found} segments, and may be {most}: "
                    f"{len(text)} characters{'' if most == 1 else ', one of them beyond the GSM alphabet'}."
                )


def _spoken(phones: PhoneMessages, wording: str, chosen: Look) -> str:
    facts: Mapping[str, str] = {
        "product": chosen.product,
        "support": chosen.support,
        "code": "20471163",
        "code_duration": "10 min",
        "time": "28 Nov 2026",
        "link": "",
    }
    text = wording.format_map(facts)
    return f"{text}\n\n@{phones.host} #20471163" if "{code}" in wording else text


def _remote(html: str) -> str:
    found = _REMOTE.search(html)
    return found[0][-60:] if found else ""
