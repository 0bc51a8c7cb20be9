"""A brand's pages: its logo, font, colours, words and languages, in Portuguese and Hebrew, light and dark."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.site import running_site

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]

BRAND = {
    "productName": "Acme",
    "companyLine": "Acme Ltd, London",
    "privacyUrl": "https://acme.example/privacy",
    "locales": ["pt-BR", "he"],
    "brandColor": "#7a00ff",
    "dark": {"surface": "#101010"},
    "logo": "logo.svg",
    "logoDark": "logo-dark.svg",
}
LOGO = '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="30"><circle cx="9" cy="9" r="9"/></svg>'


def test_a_page_is_the_brands(browser: Browser, tmp_path: Path) -> None:
    """And of nobody else's origin: the policy refuses nothing of it."""
    folder = tmp_path / "acme"
    (folder / "locales").mkdir(parents=True)
    (folder / "brand.json").write_text(json.dumps(BRAND))
    (folder / "locales" / "he.json").write_text(json.dumps({"pages": {"forgot.title": "איבדת את הסיסמה?"}}))
    for name in ("logo.svg", "logo-dark.svg"):
        (folder / name).write_text(LOGO)
    with running_site(BRANDING=str(folder), DEFAULT_LOCALE="en") as site:
        page = browser.new_page(locale="he-IL", color_scheme="dark")
        refused: list[str] = []
        page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
        page.goto(f"{site.url}/forgot-password")
        expect(page.get_by_role("heading", level=1)).to_have_text("איבדת את הסיסמה?")
        expect(page.locator("html")).to_have_attribute("dir", "rtl")
        expect(page.locator("header img")).to_have_js_property("naturalWidth", 90)
        assert (
            page.locator("header img").evaluate("image => image.currentSrc") == f"{site.url}/brands/acme/logo-dark.svg"
        )
        assert page.locator(".panel").evaluate("panel => getComputedStyle(panel).backgroundColor") == "rgb(16, 16, 16)"
        expect(page.get_by_role("link", name="פרטיות")).to_have_attribute("href", "https://acme.example/privacy")
        expect(page.get_by_text("Acme Ltd, London")).to_be_visible()
        assert page.get_by_role("combobox").locator("option").all_inner_texts() == ["Português (Brasil)", "עברית"]
        page.get_by_role("combobox").select_option("pt-BR")
        expect(page.get_by_role("heading", level=1)).to_have_text("Esqueceu a senha?")
        assert refused == []
        page.close()
