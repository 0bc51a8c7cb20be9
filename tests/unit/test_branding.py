"""Brands: a folder that works, what each file changes, and what is said of a wrong one, a line for each fault."""

import json
import re
import struct
import zlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, nodes
from jinja2.meta import find_undeclared_variables

from infra.branding import faults, messages, parts, rendering, samples
from infra.config import function_environment
from infra.layers import layer_files
from infra.pages import PageSettings, brand_files, page_config, page_headers
from local.cloud import default_settings
from password_reset.bootstrap import Bootstrap
from password_reset.channels import Key
from password_reset.channels.brands import OURS, Brand, look, read
from password_reset.channels.words.catalogue import catalogue
from password_reset.settings import Settings
from tests.unit.test_mail import LINK_KEY, OCCASION
from tools import new_brand

ROOT = Path(__file__).parents[2]
SETTINGS = Settings.from_environment(default_settings(8000))
FEW = Settings.from_environment(default_settings(8000) | {"LOCALES": "en,ar"})
"""Where each language says the same: rendering all takes seconds."""


def picture() -> bytes:
    """A PNG of one pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")


def brand(folder: Path, file: object | None = None, **files: str | bytes) -> str:
    """Write a brand; a file's name has `_` for `/` and `__` for `.`."""
    path = folder / "branding" / "acme"
    path.mkdir(parents=True, exist_ok=True)
    (path / "brand.json").write_text(file if isinstance(file, str) else json.dumps(file or {}))
    for name, content in files.items():
        target = path / name.replace("__", ".").replace("locales_", "locales/")
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def own(words: dict[str, Any]) -> str:
    return json.dumps(words)


@pytest.mark.parametrize("name", ["acme", "Acme_2"])
def test_a_new_brand_works_and_says_what_may_be_changed(tmp_path: Path, name: str) -> None:
    folder = new_brand.write(name, tmp_path)
    assert faults(str(folder), FEW) == []
    file = folder / "brand.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"locales": ["pt-BR", "he"]}))
    assert faults(str(folder), FEW) == []
    assert "mail.html.j2" in (folder / "README.md").read_text()
    with pytest.raises(ValueError, match="is there already"):
        new_brand.write(name, tmp_path)
    with pytest.raises(ValueError, match="Say what it is called"):
        new_brand.write("../x", tmp_path)


def test_the_documented_template_works_and_all_that_ours_uses_is_documented(tmp_path: Path) -> None:
    document = (ROOT / "docs" / "branding.md").read_text()
    section = document[document.index("### `mail.html.j2`") : document.index("## Several brands")]
    example = "\n".join(line[4:] for line in section.splitlines() if line.startswith("    "))
    folder = brand(tmp_path, {"locales": ["pt-BR", "de"]}, mail__html__j2=example)
    assert faults(folder, SETTINGS) == []
    mails = rendering(read(folder), look(SETTINGS, read(folder)))[0]
    assert ">Para sócios</p>" in parts(mails.reset(replace(OCCASION, locales=("pt-BR",)), link=LINK_KEY))[1]
    tree = Environment(autoescape=True).parse(OURS.read_text())
    used = {block.name for block in tree.find_all(nodes.Block)} | find_undeclared_variables(tree)
    assert {name for name in used if f"`{name}`" not in section} == set()


def test_everything_may_be_left_out(tmp_path: Path) -> None:
    empty = read(brand(tmp_path))
    assert faults(str(empty.folder), FEW) == []
    ours, theirs = (parts(rendering(of, look(FEW, of))[0].reset(OCCASION, link=LINK_KEY)) for of in (None, empty))
    assert ours == theirs
    plain = page_config(FEW, PageSettings(), api_url="")
    assert page_config(FEW, PageSettings(), api_url="", brands={"": empty}) == plain


def mail(content: str, block: str) -> dict[str, str | bytes]:
    """A template with a block of this content."""
    template = f'{{% extends "mail.html.j2" %}}{{% block {block} %}}{content}{{% endblock %}}'
    return {"mail__html__j2": template}


WRONG: dict[str, tuple[object, dict[str, str | bytes], list[str]]] = {
    "a key that is none": ({"logoo": "x.svg"}, {}, ["{}/brand.json: logoo is no key of a brand."]),
    "no JSON": ("{", {}, ["{}/brand.json, line 1: Expecting property name enclosed in double quotes."]),
    "a path out of the folder": (
        {"font": "../x.woff2"},
        {},
        ["{}/brand.json: font cannot be '../x.woff2'. Allowed: a .woff2 file in the brand's folder."],
    ),
    "values of another kind, in words": (
        {
            "brandColor": "green",
            "light": {"page": "#fff", "txet": "#ffffff"},
            "dark": "x",
            "termsUrl": "http://x.example/t",
            "radius": "four",
            "locales": "de",
            "companyLine": 1,
        },
        {},
        [
            "{}/brand.json: companyLine cannot be 1. Allowed: a line of 1 to 200 characters.",
            "{}/brand.json: termsUrl cannot be 'http://x.example/t'. Allowed: a link with https://, in ASCII",
            "{}/brand.json: locales cannot be 'de'. Allowed: a list.",
            "{}/brand.json: brandColor cannot be 'green'. Allowed: a colour of six digits, as #1f5fd0.",
            "{}/brand.json: light.page cannot be '#fff'. Allowed: a colour of six digits, as #1f5fd0.",
            "{}/brand.json: light.txet is no key of a brand.",
            "{}/brand.json: dark cannot be 'x'. Allowed: an object, with keys in quotes.",
            "{}/brand.json: radius cannot be 'four'. Allowed: a whole number from 0 to 24.",
        ],
    ),
    "files of another kind than their names say": (
        {"font": "acme.woff2", "mailLogo": "logo.png", "favicon": "icon.svg"},
        {"acme__woff2": b"\0\1\0\0", "logo__png": b"GIF89a", "icon__svg": "<html>"},
        [
            "{}/acme.woff2 is no WOFF2 file, whatever its name says.",
            "{}/logo.png is no PNG file, whatever its name says.",
            "{}/icon.svg is no SVG file, whatever its name says.",
        ],
    ),
    "a file that is not there": (
        {"logo": "logo.svg"},
        {},
        ["{}/brand.json: logo is logo.svg, and there is no such file."],
    ),
    "a zone that is none": ({"timeZone": "Mars"}, {}, ["{}/brand.json: timeZone 'Mars' is no IANA time zone."]),
    "an unknown text, and places unlike ours": (
        {},
        {"locales_de__json": own({"reset": {"hedding": "x", "subject": "Neu"}, "pages": {"forgot.intro": "{n}"}})},
        [
            "{}/locales/de.json: reset.hedding is no text of ours.",
            "{}/locales/de.json: pages.forgot.intro has {{n}}, and needs {{product}}.",
            "{}/locales/de.json: reset.subject has no places, and needs {{product}}.",
        ],
    ),
    "a language nobody can reach": (
        {"locales": ["en", "pt-BR"]},
        {"locales_de__json": own({"greeting_nameless": "Hallo,"})},
        ["{}/locales/de.json: nobody can reach de: it is not on offer. Add it to locales, or delete the file."],
    ),
    "a language by its former name, which counts on offer": (
        {"locales": ["iw"]},
        {"locales_iw__json": own({}), "locales_he__json": own({"greeting_nameless": "x"})},
        ["{}/locales/iw.json: its name is he.json now."],
    ),
    "texts and groups of another kind": (
        {},
        {
            "locales_de__json": own(
                {"reset": "x", "resett": {}, "pages": {"forgot.title": ["x"]}, "greeting": 1, "days": {"one": ""}}
            )
        },
        [
            "{}/locales/de.json: greeting has to be a text.",
            "{}/locales/de.json: pages.forgot.title has to be a text.",
            "{}/locales/de.json: reset has to be an object of texts.",
            "{}/locales/de.json: resett is no text of ours.",
            "{}/locales/de.json: days.one is empty.",
        ],
    ),
    "a catalogue that is a list": ({}, {"locales_de__json": "[]"}, ["{}/locales/de.json is no JSON object."]),
    "a language there is no catalogue of": (
        {"locales": ["en", "ro"]},
        {},
        ["{}/brand.json: locales has ro, and there is no catalogue of it."],
    ),
    "contrast of text and of controls, in both schemes": (
        {"light": {"muted": "#aaaaaa"}, "dark": {"outline": "#222222"}},
        {},
        [
            "{}/brand.json: light, on pages: muted #aaaaaa on surface #ffffff has a contrast of 2.3:1,",
            "{}/brand.json: light, on pages: muted #aaaaaa on page #f3f5f8 has a contrast of 2.1:1, and needs 4.5:1.",
            "{}/brand.json: dark, on pages: outline #222222 on surface #171c23 has a contrast of 1.1:1, and needs 3:1.",
            "{}/brand.json: light, on emails: muted #aaaaaa on surface #ffffff has a contrast of 2.3:1,",
            "{}/brand.json: light, on emails: muted #aaaaaa on page #f3f4f6 has a contrast of 2.1:1, and needs 4.5:1.",
        ],
    ),
    "a picture that fetches": (
        {"logo": "logo.svg"},
        {"logo__svg": '<svg><image href="https://cdn.example/x.png"/></svg>'},
        ["{}/logo.svg fetches https://cdn.example/x.png: put what it needs into the file."],
    ),
    "remote content in every mail, each once": (
        {"locales": ["en", "de"]},
        mail('<img src="https://x.example/1.gif" alt=""><p style="background: url(//x.example/2.png)">x</p>', "header"),
        [
            "{}/mail.html.j2: the email reset in en fetches https://x.example/1.gif: mail carries what it shows.",
            "{}/mail.html.j2: the email reset in en fetches //x.example/2.png: mail carries what it shows.",
        ],
    ),
    "a link that is not exact": (
        {"locales": ["en"]},
        mail('<a href="{{ link }}&x">x</a>', "content"),
        ["{}/mail.html.j2: the email reset in en has not its exact link in both parts."],
    ),
    "a button that leads elsewhere": (
        {"locales": ["en"]},
        mail('<a href="https://www.example.com/">go</a>', "action"),
        ["{}/mail.html.j2: the email reset in en has no button, nor other words, that lead to its link."],
    ),
    "what runs in a mail": (
        {"locales": ["en"]},
        mail('<script>x()</script><a href="javascript:x()" onclick="x()">x</a><form></form>', "header"),
        [
            f"{{}}/mail.html.j2: the email reset in en has {active}, which mail programs refuse or take out."
            for active in ("<script>", "onclick=", 'href="javascript:x()"', "<form>")
        ],
    ),
    "a mail that is too long": (
        {"locales": ["en"]},
        mail('{{ "x" * 90000 }}', "footer"),
        ["{}/mail.html.j2: the email reset in en has 9"],
    ),
    "a name unescaped": (
        {"locales": ["en"]},
        mail("{{ product|safe }}", "header"),
        ["{}/mail.html.j2: a name is shown unescaped: take `|safe` away."],
    ),
    "escaping off": (
        {"locales": ["en"]},
        mail("{% autoescape false %}{{ product }}{% endautoescape %}", "header"),
        ["{}/mail.html.j2: a name is shown unescaped: take `{{% autoescape false %}}` away."],
    ),
    "blocks that ours has not, and words outside": (
        {"locales": ["en"]},
        mail("x{% endblock %}{{ product }}{% block header %}", "foot"),
        [
            "{}/mail.html.j2 has a block foot, which is never shown: ours are styles, header, content, ",
            "{}/mail.html.j2 has something outside of its blocks, which is never shown.",
        ],
    ),
    "a light colour that stays in dark": (
        {"locales": ["en"]},
        mail('<p style="{{ quiet }}">Members</p><p class="quiet" style="{{ quiet }}">Members</p>', "header"),
        ["{}/mail.html.j2: the email reset in en shows 'Members' in dark with 2.5:1 (#5b6270 on #22252c), not 4.5:1"],
    ),
    "colours of a rule of the brand's own": (
        {"locales": ["en"]},
        mail(".mine { color: #ccc }{% endblock %}{% block header %}<p class='mine'>Members</p>", "styles"),
        ["{}/mail.html.j2: the email reset in en shows 'Members' in light with 1.6:1 (#cccccc on #ffffff), not 4.5:1."],
    ),
    "a template that is none": (
        {"locales": ["en"]},
        {"mail__html__j2": "{% extends %}"},
        ["{}/mail.html.j2: TemplateSyntaxError: "],
    ),
    "an SMS over its segments": (
        {"locales": ["de", "en"]},
        {"locales_de__json": own({"phone": "{code} {product} " + "ä" * 140 + " {code_duration}"})},
        ["{}/locales/de.json: phone makes an SMS of 2 segments, and may be 1: "],
    ),
}


@pytest.mark.parametrize("fault", WRONG)
def test_what_is_wrong_is_told_a_line_each(tmp_path: Path, fault: str) -> None:
    file, files, expected = WRONG[fault]
    folder = brand(tmp_path, file, **files)
    told = faults(folder, SETTINGS)
    lines = [line.format(folder) for line in expected]
    assert [line[: len(start)] for line, start in zip(told, lines, strict=False)] == lines
    assert len(told) == len(lines)


def test_a_brand_that_is_not_there() -> None:
    assert faults("branding/nobody", SETTINGS) == [
        "branding/nobody has no brand.json: `make new-brand NAME=nobody` writes branding/nobody."
    ]


FULL = {
    "productName": "Acme & Filhos",
    "senderName": "Acme, Lda.",
    "supportEmail": "ajuda@acme.example",
    "companyLine": "Acme Lda., Lisboa",
    "termsUrl": "https://acme.example/termos",
    "privacyUrl": "https://acme.example/privacidade",
    "timeZone": "Europe/Lisbon",
    "locales": ["pt-BR", "he"],
    "defaultLocale": "pt-BR",
    "brandColor": "#7a00ff",
    "light": {"surface": "#fffdf7"},
    "dark": {"page": "#000000", "surface": "#101010"},
    "radius": 0,
    "font": "acme.woff2",
    "logo": "logo.svg",
    "logoDark": "logo-dark.svg",
    "mailLogo": "logo.png",
    "favicon": "favicon.png",
}


@pytest.fixture
def full(tmp_path: Path) -> Brand:
    """A brand that changes everything."""
    files: dict[str, str | bytes] = {
        "acme__woff2": b"wOF2",
        "logo__svg": "<svg/>",
        "logo-dark__svg": "<svg/>",
        "logo__png": picture(),
        "favicon__png": picture(),
        "locales_pt-BR__json": own({"reset": {"heading": "Senha nova"}, "pages": {"forgot.title": "E a senha?"}}),
        "mail__html__j2": '{% extends "mail.html.j2" %}{% block footer %}{{ super() }}<p>Obrigado</p>{% endblock %}',
    }
    folder = brand(tmp_path, FULL, **files)
    assert faults(folder, SETTINGS) == []
    return read(folder)


def test_a_mail_in_a_brands_words_look_and_logo(full: Brand) -> None:
    mails, phones = rendering(full, look(SETTINGS, full))
    mail = mails.reset(replace(OCCASION, locales=("fr",)), link=LINK_KEY)
    text, html = parts(mail)
    assert (mail["Content-Language"], str(mail["Subject"])) == ("pt-BR", "Redefina sua senha do Acme & Filhos")
    assert '<h1 class="text"' in html
    assert ">Senha nova</h1>" in html
    assert 'src="cid:logo" alt="Acme &amp; Filhos"' in html
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
    ]
    assert set(re.findall("border-radius:[^;]+", html)) == {"border-radius:0px"}
    assert str(mail["From"]) == '"Acme, Lda." <no-reply@example.com>'
    assert "background-color:#fffdf7" in html
    assert ".card { background-color: #101010 !important; }" in html
    assert '<a class="quiet" href="https://acme.example/termos"' in html
    assert html.count("<p>Obrigado</p>") == 1
    assert "Privacidade: https://acme.example/privacidade" in text
    assert text.endswith(
        "Acme Lda., Lisboa\nTermos: https://acme.example/termos\nPrivacidade: https://acme.example/privacidade\n"
    )
    assert phones.reset(replace(OCCASION, locales=("he",)), Key("20471163", timedelta(minutes=10))).language == "he"


def test_pages_in_a_brands_look(full: Brand) -> None:
    config = page_config(SETTINGS, PageSettings(), api_url="", brands={"": full})
    assert {
        name: config[name] for name in ("productName", "logoUrl", "logoDarkUrl", "faviconUrl", "fontUrl", "locales")
    } == {
        "productName": "Acme & Filhos",
        "logoUrl": "brands/acme/logo.svg",
        "logoDarkUrl": "brands/acme/logo-dark.svg",
        "faviconUrl": "brands/acme/favicon.png",
        "fontUrl": "brands/acme/acme.woff2",
        "locales": ("pt-BR", "he"),
    }
    assert (config["companyLine"], config["termsUrl"]) == ("Acme Lda., Lisboa", "https://acme.example/termos")
    assert config["words"] == {"pt-BR": "brands/acme/pt-BR.json"}
    theme = config["theme"]
    assert isinstance(theme, dict)
    assert {
        "brand": "#7a00ff",
        "radius": "0px",
        "page-on-dark": "#000000",
        "surface-on-light": "#fffdf7",
    }.items() <= theme.items()
    files = brand_files({"": full})
    assert json.loads(files["brands/acme/pt-BR.json"]) == {"forgot.title": "E a senha?"}
    assert set(files) == {
        f"brands/acme/{name}" for name in ("acme.woff2", "logo.svg", "logo-dark.svg", "favicon.png", "pt-BR.json")
    }
    policy = page_headers(PageSettings(), api_origin=None, brands={"": full})["Content-Security-Policy"]
    assert "; font-src 'self'; " in policy
    assert "font-src" not in page_headers(PageSettings(), api_origin=None)["Content-Security-Policy"]


def test_a_layer_has_what_mails_need_and_no_more(full: Brand) -> None:
    files = layer_files([full])
    assert set(files) == {
        f"branding/acme/{name}" for name in ("brand.json", "mail.html.j2", "logo.png", "locales/pt-BR.json")
    }
    assert json.loads(files["branding/acme/locales/pt-BR.json"]) == {"reset": {"heading": "Senha nova"}}


def test_a_client_may_have_a_brand_and_nothing_else_chooses_one(full: Brand, monkeypatch: pytest.MonkeyPatch) -> None:
    """Deployed as it is locally: the functions' environment says the same."""
    monkeypatch.chdir(full.folder.parents[1])
    clients = json.dumps({"kids": {"link": "https://kids.example.com/#{token}", "brand": "acme"}})
    environment = default_settings(8000) | {"CLIENTS": clients}
    deployed = function_environment(Settings.from_environment(environment))
    for said in (environment, environment | {"CLIENTS": deployed["CLIENTS"]}):
        mails = Bootstrap(said).channels.mails
        subjects = [
            str(mails.reset(replace(OCCASION, client=name), link=LINK_KEY)["Subject"]) for name in ("kids", "acme", "")
        ]
        assert subjects == ["Redefina sua senha do Acme & Filhos", *["Reset your Example password"] * 2]
    config = page_config(SETTINGS, PageSettings(), api_url="", brands=Bootstrap(environment).channels.brands)
    assert config["productName"] == "Example"
    assert isinstance(config["brands"], dict)
    assert config["brands"]["kids"]["productName"] == "Acme & Filhos"


def test_a_language_of_the_brands_own_is_whole(tmp_path: Path) -> None:
    words = json.loads(json.dumps(catalogue("en")))
    for unit in ("days", "hours", "minutes", "seconds"):
        words[unit]["few"] = words[unit]["other"]
    folder = brand(tmp_path, {}, locales_ro__json=own(words))
    assert faults(folder, FEW) == []
    assert look(FEW, read(folder)).languages == ("en", "ar", "ro")
    mails, phones = rendering(read(folder), look(FEW, read(folder)))
    assert {mail["Content-Language"] for mail in samples(mails, "ro-MD").values()} == {"ro"}
    assert all("{" not in text for text in messages(phones, "ro").values())
    del words["minutes"]["few"], words["pages"]["done.title"]
    folder = brand(tmp_path, {}, locales_ro__json=own(words))
    assert [line.removeprefix(folder) for line in faults(folder, FEW)] == [
        f"/locales/ro.json: {key} is missing, in a language that is the brand's own."
        for key in ("minutes.few", "pages.done.title")
    ]
