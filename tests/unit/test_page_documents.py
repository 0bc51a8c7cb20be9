"""What a page says before its script is there."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from infra.assets import DIST
from infra.documents import document, documents
from infra.pages import NAMES, PageSettings, page_config
from local.cloud import default_settings
from password_reset.channels.brands import BrandFile, read
from password_reset.channels.words.catalogue import LANGUAGES, catalogue
from password_reset.passwords.policy import PasswordPolicy, read_policy
from password_reset.settings import Settings
from tools import new_brand

ROOT = Path(__file__).parents[2]
BUILT = (DIST / "index.html").read_text("utf-8")
SETTINGS = Settings.from_environment(default_settings(8000))
DATA = re.compile(r'<script type="application/json" id="(\w+)">(.*?)</script>')


def brought(html: str, name: str = "words") -> dict[str, Any]:
    """Return what a document brings its script."""
    data: dict[str, Any] = json.loads(dict(DATA.findall(html))[name])
    return data


def unbranded(page: str, language: str, settings: Settings = SETTINGS) -> str:
    """Return a document of no brand."""
    pages = PageSettings()
    return document(BUILT, page=page, language=language, settings=settings, pages=pages, brand=None, config={})


def test_a_document_for_each_page_and_language() -> None:
    """In its language and direction, with its heading, and without a word of any other."""
    made = dict(documents(BUILT, SETTINGS, PageSettings(), api_url=""))
    assert set(made) == {f"documents/ours/{language}/{page}.html" for language in LANGUAGES for page in NAMES}
    for language in LANGUAGES:
        html = made[f"documents/ours/{language}/sign-in.html"]
        pages = catalogue(language)["pages"]
        assert f'<html lang="{language}" dir="{catalogue(language)["direction"]}">' in html
        assert f"<h1>{pages['signIn.title']}</h1>" in html
        assert re.findall(r'<p lang="([^"]+)" dir="\w+">', html) == [language] * 2
        assert f"{pages['boot.noScript']}</p></div></noscript>" in html


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_document_brings_the_words_that_its_script_would_load(language: str) -> None:
    module = (ROOT / "web" / "src" / "locales" / f"{language}.ts").read_text("utf-8")
    lines = re.findall(r'^  ("[^"]+"): (".*"),$', module, re.MULTILINE)
    loaded = dict(json.loads(f"[{key}, {text}]") for key, text in lines)
    assert len(loaded) > 100
    assert brought(unbranded("sign-in", language)) == loaded


def test_a_document_brings_the_configuration_that_its_script_would_load() -> None:
    """The same for every page, with the policy that the API publishes."""
    settings = SETTINGS.model_copy(update={"product_name": "</script>"})
    expected = page_config(settings, PageSettings(), api_url="https://api.example.com")
    assert expected["passwordPolicy"] == json.loads(settings.password_policy.model_dump_json(by_alias=True))
    for _, html in documents(BUILT, settings, PageSettings(), api_url="https://api.example.com"):
        assert brought(html, "config") == json.loads(json.dumps(expected))
        assert "preload" not in html
    assert "preload" in BUILT


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({}, "forgot.intro"),
        ({"email_style": "code"}, "forgot.introCode"),
        ({"channels": ["email", "sms"]}, "forgot.introChannels"),
        ({"channels": ["sms"]}, "forgot.introCode"),
    ],
)
def test_the_first_page_introduces_itself_as_its_script_does(chosen: dict[str, object], said: str) -> None:
    settings = SETTINGS.model_copy(update={"product_name": "Otter", **chosen})
    html = unbranded("forgot-password", "de", settings)
    text = catalogue("de")["pages"][said].replace("{product}", "\u2068Otter\u2069")
    assert f"<p><span>{text}</span></p>" in html


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        ("default", ["minLength 8", "guessable", "history"]),
        (
            {"minLength": 12, "maxLength": 20, "requireSymbol": True, "history": 5, "breachCheck": True},
            ["minLength ۱۲", "maxLength ۲۰", "symbol", "guessable", "histories ۵", "breached"],
        ),
        ("classic", ["minLength 8", "maxLength 20", "upper", "lower", "digit", "symbol", "guessable", "history"]),
    ],
)
def test_a_links_page_tells_the_policy_before_its_script(policy: object, told: list[str]) -> None:
    """In the script's order and in the language's own digits."""
    chosen = PasswordPolicy.model_validate(read_policy(policy))
    language = "fa" if isinstance(policy, dict) else "en"
    html = unbranded("reset-password", language, SETTINGS.model_copy(update={"password_policy": chosen}))
    words = catalogue(language)["pages"]
    rules = [(words[f"rules.{rule.split()[0]}"], rule.split()[-1]) for rule in told]
    assert re.findall("<li><span>(.*?)</span></li>", html) == [text.replace("{n}", n) for text, n in rules]


def test_nothing_that_a_team_chose_is_markup() -> None:
    """A name is text in the title, in the page and in the data of its script."""
    settings = SETTINGS.model_copy(update={"product_name": "</title><b>&"})
    html = unbranded("forgot-password", "en", settings)
    assert "<title>Forgot your password? · &lt;/title&gt;&lt;b&gt;&amp;</title>" in html
    assert "<b>&" not in html


def test_a_brands_documents_are_in_its_words_and_languages(tmp_path: Path) -> None:
    brand = read(str(new_brand.write("acme", tmp_path)))
    brand.locales.mkdir(exist_ok=True)
    (brand.locales / "fr.json").write_text(json.dumps({"pages": {"signIn.title": "</script>Entrez"}}))
    brand = replace(brand, file=BrandFile(locales=("fr",), logo="logo.svg", logo_dark="dark.svg"))
    made = dict(documents(BUILT, SETTINGS, PageSettings(), api_url="", brands={"shop": brand}))
    html = made["documents/brands-acme/fr/sign-in.html"]
    assert "<h1>&lt;/script&gt;Entrez</h1>" in html
    assert brought(html)["signIn.title"] == "</script>Entrez"
    picture = (
        '<source srcset="brands/acme/dark.svg" media="(prefers-color-scheme: dark)"><img src="brands/acme/logo.svg"'
    )
    assert picture in html
    assert len(made) == len(NAMES) * (len(LANGUAGES) + 1)
