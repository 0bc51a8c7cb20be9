"""A brand's folder, checked before anything is deployed or served: a line for each fault, for whoever wrote it."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from jinja2 import Environment, TemplateError, nodes

from infra.shown import Shown
from password_reset.channels import Key, Occasion
from password_reset.channels.brands import OURS, TEMPLATE, Brand, BrandError, Chosen, Look, look, read
from password_reset.channels.colours import MAIL_COLOURS, PAGE_COLOURS, SHAPE, TEXT, contrast, palette
from password_reset.channels.email import Mails
from password_reset.channels.phone import PhoneMessages
from password_reset.channels.segments import is_gsm, segments
from password_reset.channels.words.catalogue import LANGUAGES, catalogue, choose_language, current, plural

MAX_MAIL = 90_000
"""Bytes of a mail's HTML: Gmail cuts what is longer than 102 kB, and shows no button then."""
_UNITS = ("days", "hours", "minutes", "seconds")
_FREE = {"name", "direction", "digits", "months"}
_PLACE = re.compile(r"{[^{}]*}|[{}]")
_FETCHED = re.compile(
    r"""(?:<(?:img|image|use|feimage|link|script|iframe|object|embed|video|audio|source|input)\b[^>]*?"""
    r"""|(?:background|src|srcset|poster)\s*=\s*["']?\s*|url\(\s*["']?\s*|@import[^;]*?)((?:https?:)?//[^\s"'>);]+)"""
    r"""|(@import[^;]+)""",
    re.IGNORECASE,
)
_MAGIC = {"woff2": b"wOF2", "png": b"\x89PNG\r\n\x1a\n"}
"""What a file of this kind begins with, whatever its name says."""
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
        elif name:
            yield from _file(path, path.read_bytes())


def _file(path: Path, content: bytes) -> Iterator[str]:
    kind = path.suffix.removeprefix(".")
    if kind != "svg":
        if not content.startswith(_MAGIC[kind]):
            yield f"{path} is no {kind.upper()} file, whatever its name says."
        return
    text = content.decode("utf-8", "replace")
    if "<svg" not in text:
        yield f"{path} is no SVG file, whatever its name says."
    for found in _fetched(text):
        yield f"{path} fetches {found}: put what it needs into the file."
    if "<script" in text.lower():
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
        path, reached = (
            brand.locales / f"{language}.json",
            choose_language(language, chosen.default_locale, languages=chosen.languages),
        )
        if current(language) != language:
            yield f"{path}: its name is {current(language)}.json now."
        elif language not in chosen.languages:
            yield f"{path}: nobody can reach {language}: it is not on offer. Add it to locales, or delete the file."
        elif reached != language:
            yield f"{path}: nobody can reach {language}: a request for it gets {reached}."


def _words(brand: Brand) -> Iterator[str]:
    english = dict(_texts(catalogue("en")))
    for language in (language for language in brand.own_languages if current(language) == language):
        path = brand.locales / f"{language}.json"
        try:
            own = dict(_texts(json.loads(path.read_text("utf-8"))))
        except (json.JSONDecodeError, AttributeError) as error:
            yield f"{path} is no JSON object{f': {error}' if isinstance(error, ValueError) else ''}."
            continue
        units: dict[_Key, Any] = {(unit, plural(n, language)): "" for unit in _UNITS for n in range(200)}
        known = {key: text for key, text in english.items() if key[0] not in _UNITS or len(key) == 1} | units
        wrong = {key for key in own if key not in known or _kind(own[key]) != _kind(known[key])}
        for key in sorted(key for key in wrong if key[:-1] not in wrong):
            said = ".".join(key)
            if key in known:
                yield f"{path}: {said} has to be {_kind(known[key])}."
            elif key[:-1] not in wrong:
                yield f"{path}: {said} is no text of ours."
        if language not in LANGUAGES:
            missing = known.keys() - own.keys()
            for key in sorted(key for key in missing if key[:-1] not in missing):
                yield f"{path}: {'.'.join(key)} is missing, in a language that is the brand's own."
        for key in sorted(own.keys() - wrong):
            if isinstance(own[key], str):
                yield from _text(path, key, own[key], english.get(key))


def _text(path: Path, key: "_Key", text: str, english: str | None) -> Iterator[str]:
    if not text.strip():
        yield f"{path}: {'.'.join(key)} is empty."
    elif english is not None and key[0] not in _FREE:
        have, need = sorted(_PLACE.findall(text)), sorted(_PLACE.findall(english))
        if have != need:
            yield f"{path}: {'.'.join(key)} has {' '.join(have) or 'no places'}, and needs {' '.join(need) or 'none'}."


type _Key = tuple[str, ...]


def _texts(words: Any, *path: str) -> Iterator[tuple[_Key, Any]]:  # noqa: ANN401 - what JSON holds
    """Yield everything below, by its keys: texts, and the objects and lists that they are in."""
    for key, value in words.items() if isinstance(words, dict) or not path else enumerate(words):
        yield (*path, str(key)), value
        if isinstance(value, dict | list):
            yield from _texts(value, *path, str(key))


def _kind(value: object) -> str:
    return (
        "a text" if isinstance(value, str) else "a list of texts" if isinstance(value, list) else "an object of texts"
    )


def _mails(brand: Brand, chosen: Look) -> Iterator[str]:
    """Tell of the mails, a line for each fault and not for each mail and language."""
    path = brand.folder / TEMPLATE if brand.template else brand.folder
    plain = _rendering(brand, chosen, chosen.product)
    mails: dict[str, EmailMessage] = {}
    try:
        yield from (f"{path} {fault}" for fault in _blocks(brand.template or ""))
        for language in chosen.languages:
            mails |= {f"{kind} in {language}": mail for kind, mail in samples(plain, language).items()}
    except (TemplateError, KeyError, IndexError, ValueError) as error:
        yield f"{path}: {type(error).__name__}: {error}."
        return
    told: dict[str, str] = {}
    for kind, mail in mails.items():
        for fault, line in _mail(mail, linked=kind.split()[0] in LINKED):
            told.setdefault(fault, f"{path}: the email {kind} {line}")
    yield from told.values()
    odd = _rendering(brand, chosen, _PRODUCT)
    html = parts(odd.reset(_occasion(chosen.languages[0]), link=Key(_LINK, _LIFE)))[1]
    if _PRODUCT in html or "Ex<i>" in html:
        culprit = "{% autoescape false %}" if "autoescape" in (brand.template or "") else "|safe"
        yield f"{path}: a name is shown unescaped: take `{culprit}` away."


def _blocks(template: str) -> Iterator[str]:
    """Tell of what a template has that is never shown: it extends ours, and fills the blocks of that."""
    tree, ours = (
        Environment(autoescape=True).parse(template),
        Environment(autoescape=True).parse(OURS.read_text("utf-8")),
    )
    if tree.find(nodes.Extends) is None:
        return
    known = [block.name for block in ours.find_all(nodes.Block)]
    for block in tree.find_all(nodes.Block):
        if block.name not in known:
            yield f"has a block {block.name}, which is never shown: ours are {', '.join(known)}."
    outside = (part for node in tree.body if isinstance(node, nodes.Output) for part in node.nodes)
    if any(not isinstance(part, nodes.TemplateData) or part.data.strip() for part in outside):
        yield "has something outside of its blocks, which is never shown."


def _mail(mail: EmailMessage, *, linked: bool) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a mail: what makes it one fault with that of others, and the words."""
    text, html = parts(mail)
    shown = Shown(html)
    if (size := len(html.encode())) > MAX_MAIL:
        yield "size", f"has {size} bytes of HTML, and may have {MAX_MAIL}."
    for url in _fetched(html):
        yield url, f"fetches {url}: mail carries what it shows."
    for active in shown.active:
        yield active, f"has {active}, which mail programs refuse or take out."
    leads = [words for href, words in shown.links if href == _LINK]
    if linked and (_LINK not in text.split() or not leads):
        yield "link", "has not its exact link in both parts."
    elif linked and set(leads) == {_LINK}:
        yield "button", "has no button, nor other words, that lead to its link."
    for one in shown.judged():
        if (found := contrast(one.colour, one.ground)) < TEXT:
            hint = ": give it a class that dark has a colour for" if one.scheme == "dark" else ""
            line = f"{found:.1f}:1 ({one.colour} on {one.ground}), not {TEXT}:1{hint}."
            yield f"{one.scheme} {one.colour} {one.ground}", f"shows {one.text!r:.40} in {one.scheme} with {line}"


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


def _fetched(markup: str) -> dict[str, None]:
    """Return what markup has programs fetch from elsewhere, each once."""
    return dict.fromkeys(url or rule for url, rule in _FETCHED.findall(markup))
