"""The hosted pages' documents: one for each page, language and brand, with its heading, its words and `config.json`.

People read that before the script is there, and the script waits for no other file. It shows the same in its turn. What
a brand has colours of its own for is left to the script: the policy admits no styles in a document.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from html import escape
from typing import Any

from infra.pages import NAMES, NO_BRANDS, PageSettings, page_brand, page_config, page_words
from password_reset.channels.brands import Brand, look
from password_reset.channels.words.catalogue import catalogue, in_digits
from password_reset.passwords.policy import PasswordPolicy
from password_reset.settings import ServiceSettings

FOLDER = "documents"
_PRELOADED = '<link rel="preload" href="./config.json" as="fetch" crossorigin="anonymous">'
_WITHOUT_SCRIPT = re.compile(r"boot\.(noScript|slow)$|notFound\.")
_SAID = {
    "forgot-password": ("forgot.title", None),
    "reset-password": ("reset.title", "reset.intro"),
    "sign-in": ("signIn.title", None),
    "report-change": ("report.title", "report.intro"),
}
"""Heading and introduction. The first page's follows from the settings."""
_FIELD = '<span class="room"></span>'
_FIELDS = {"forgot-password": 2, "sign-in": 3, "report-change": 2}
"""How many fields and buttons are about to be there."""


def folder(brand: Brand | None) -> str:
    """Return where a brand's documents are, in their folder; no brand's name is ours."""
    return f"brands-{brand.name}" if brand else "ours"


def in_languages(html: str, languages: Collection[str]) -> str:
    """Return a document as it is built with no paragraph in a language that is not among these."""
    return re.sub(
        r'<p lang="([\w-]+)" dir="\w+">.*?</p>', lambda found: found[0] if found[1] in languages else "", html
    )


def document(  # noqa: PLR0913 - what tells one document from another
    html: str,
    *,
    page: str,
    language: str,
    settings: ServiceSettings,
    pages: PageSettings,
    brand: Brand | None,
    config: Mapping[str, object],
) -> str:
    """Return `index.html`, as it is built, as the document of a page. `config` is what `page_config` returns."""
    html = in_languages(html, {language})
    words = catalogue(language, brand.locales if brand else None)
    chosen = page_brand(settings, pages, brand)
    title = words["pages"][_SAID[page][0]]
    whole = words["pages"]["common.pageTitle"].format(page=title, product=chosen["productName"])
    told = {key: text for key, text in page_words(words).items() if not _WITHOUT_SCRIPT.match(key)}
    for place, filled in {
        '<html lang="en">': f'<html lang="{language}" dir="{words["direction"]}">',
        "<title>Password</title>": f"<title>{escape(whole)}</title>",
        '<div id="root"></div>': f'<div id="root">{_shell(page, words, settings, chosen)}</div>',
        _PRELOADED: "",
        "</body>": f"{_data('words', told)}{_data('config', config)}</body>",
    }.items():
        html = html.replace(place, filled)
    return html


def documents(
    html: str,
    settings: ServiceSettings,
    pages: PageSettings,
    *,
    api_url: str,
    brands: Mapping[str, Brand] = NO_BRANDS,
) -> Iterator[tuple[str, str]]:
    """Yield every document, by its path beside the pages."""
    config = page_config(settings, pages, api_url=api_url, brands=brands)
    for name, brand in {folder(brand): brand for brand in (brands.get(""), *brands.values())}.items():
        for language in look(settings, brand).languages:
            for page in NAMES:
                text = document(
                    html, page=page, language=language, settings=settings, pages=pages, brand=brand, config=config
                )
                yield f"{FOLDER}/{name}/{language}/{page}.html", text


def _data(name: str, value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return f'<script type="application/json" id="{name}">{text}</script>'


def _shell(page: str, words: Mapping[str, Any], settings: ServiceSettings, chosen: Mapping[str, Any]) -> str:
    product = escape(chosen["productName"])
    header = f'<span class="monogram"></span><span class="product">{product}</span>'
    if chosen["logoUrl"]:
        dark = escape(chosen["logoDarkUrl"] or "")
        source = f'<source srcset="{dark}" media="(prefers-color-scheme: dark)">' if dark else ""
        header = f'<picture>{source}<img src="{escape(chosen["logoUrl"])}" alt="{product}"></picture>'
    title, introduction = _SAID[page]
    if page == "forgot-password":
        introduction = _asking(settings)
    text = escape(words["pages"][introduction]).replace("{product}", f"\u2068{product}\u2069") if introduction else ""
    beneath = _FIELD * _FIELDS.get(page, 0)
    if page == "reset-password":
        text += '</span><span class="account muted"><span class="ring"></span>'
        beneath = _new_password(words, settings.password_policy)
    said = f"<p><span>{text}</span></p>" if text else ""
    return (
        f'<div class="shell still"><header>{header}</header>'
        f'<main><section class="panel"><h1>{escape(words["pages"][title])}</h1>{said}{beneath}</section></main></div>'
    )


def _new_password(words: Mapping[str, Any], policy: PasswordPolicy) -> str:
    """Return the form of a new password with nothing to fill in, as `Outline.tsx` shows it while a link is checked."""

    def fill(key: str, number: int = 0) -> str:
        return f"<span>{escape(words['pages'][key].replace('{n}', in_digits(number, words)))}</span>"

    def listed(*rules: str | None) -> str:
        return f"<ul>{''.join(f'<li>{rule}</li>' for rule in rules if rule)}</ul>"

    labels = ("reset.password", "reset.confirmation")
    fields = "".join(f'<div class="field"><b>{fill(label)}</b>{_FIELD}</div>' for label in labels)
    meter = f'<div class="meter">{"<span></span>" * 4}</div><p>{fill("strength.label")}</p>'
    now = listed(
        fill("rules.minLength", policy.min_length),
        fill("rules.maxLength", policy.max_length) if policy.max_length else None,
        fill("rules.upper") if policy.require_uppercase else None,
        fill("rules.lower") if policy.require_lowercase else None,
        fill("rules.digit") if policy.require_digit else None,
        fill("rules.symbol") if policy.require_symbol else None,
    )
    later = listed(
        fill("rules.guessable"),
        fill("rules.history") if policy.history == 1 else None,
        fill("rules.histories", policy.history) if policy.history > 1 else None,
        fill("rules.breached") if policy.breach_check else None,
    )
    return (
        f'<div class="outline" aria-hidden="true">{fields}<div class="strength">{meter}</div>'
        f'<div class="actions">{_FIELD}</div></div>'
        f'<div class="rules"><p>{fill("rules.title")}</p>{now}<p>{fill("rules.later")}</p>{later}</div>'
        f'<div class="suggestion">{_FIELD}</div>'
    )


def _asking(settings: ServiceSettings) -> str:
    if len(settings.channels) > 1:
        return "forgot.introChannels"
    by_code = settings.channels[0] != "email" or settings.email_style == "code"
    return "forgot.introCode" if by_code else "forgot.intro"
