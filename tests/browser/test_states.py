"""Every state: accessible, whole on a narrow screen, and in the reader's language. `make preview` shows them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from password_reset.channels.words.catalogue import LANGUAGES
from tests.browser.conftest import OpenPage
from tests.browser.site import Site
from tests.browser.states import EN, STATES, Screen, catalogue, configured, forgot, reset, sending
from tests.browser.translator import translate, untranslated
from tests.whole import WHOLE, in_turn, sampled

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]

ROOT = Path(__file__).parent.parent.parent
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
NARROW: ViewportSize = {"width": 320, "height": 640}
# No language of its own.
SHARED = {"language.direction", "common.pageTitle"}
ENGLISH = {text for key, text in EN.items() if key not in SHARED and "{" not in text}


def axe(page: Page) -> list[str]:
    """Return what axe-core finds, a line for each element."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("rules => axe.run({ runOnly: rules, resultTypes: ['violations'] })", RULES)
    assert found["passes"]
    return [f"{rule['id']}: {node['html']}" for rule in found["violations"] for node in rule["nodes"]]


def overflow(page: Page) -> list[str]:
    """Return the elements that reach beyond the screen's sides."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll('#root *')]
            .filter((element) => !element.closest('.visually-hidden') && element.tagName !== 'OPTION')
            .filter((element) => {
                const { left, right } = element.getBoundingClientRect();
                return left < -0.5 || right > document.documentElement.clientWidth + 0.5;
            })
            .map((element) => element.outerHTML.slice(0, 200))"""
    )
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        found.append("the page scrolls sideways")
    return found


def light(page: Page) -> None:
    page.emulate_media(color_scheme="light")


def dark(page: Page) -> None:
    page.emulate_media(color_scheme="dark")


def narrow_arabic(page: Page) -> None:
    light(page)
    page.set_viewport_size(NARROW)
    choose(page, "ar")


LOOKS: dict[str, Callable[[Page], None]] = {look.__name__: look for look in (light, dark, narrow_arabic)}


def choose(page: Page, language: str) -> None:
    page.get_by_role("combobox").select_option(language)
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.locator("html")).to_have_attribute("dir", "rtl" if language in {"ar", "fa", "he"} else "ltr")


@pytest.mark.parametrize("state", sampled(STATES, one_of=2))
def test_a_state(open_page: OpenPage, site: Site, state: str) -> None:
    """WCAG 2.2 AA as far as axe-core can tell, light and dark, left to right and right to left; 1.4.10 at 320 px.
    In every language nothing is said in another one, and nothing is left unfilled. All of it as a browser's
    translator leaves it, which wraps every text. For every change: every other one, in one look, in the
    longest words and from right to left.
    """
    page = open_page(reduced_motion="reduce")
    translate(page)
    STATES[state](Screen(page, site.url, "en"))
    assert untranslated(page) == []
    for look in in_turn(LOOKS, list(STATES).index(state)).values():
        look(page)
        assert axe(page) == []
        assert overflow(page) == []
    page.set_viewport_size(NARROW)
    for language in LANGUAGES if WHOLE else ("de", "ar"):
        choose(page, language)
        lines = set(page.locator("body").inner_text().splitlines())
        assert not (lines & ENGLISH) - set(catalogue(language).values())
        assert not [line for line in lines if "{" in line]
        assert overflow(page) == [], language


@pytest.mark.parametrize(
    "state",
    [
        "forgot-limited",
        "forgot-channels",
        "sent-limited",
        "code-limited",
        "reset-refused",
        "reset-suggested",
        "sign-in",
    ],
)
def test_text_at_twice_its_size(page: Page, site: Site, state: str) -> None:
    """WCAG 1.4.4: on half a laptop's screen, without loss."""
    page.set_viewport_size({"width": 640, "height": 400})
    STATES[state](Screen(page, site.url, "de"))
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert overflow(page) == []


@pytest.mark.parametrize("state", ["forgot-sending", "code-checking", "reset-checking", "reset-changing"])
def test_nothing_moves_for_whoever_asks_for_that(open_page: OpenPage, site: Site, state: str) -> None:
    page = open_page(reduced_motion="reduce")
    STATES[state](Screen(page, site.url, "en"))
    assert page.evaluate("document.getAnimations().length") == 0


def test_waiting_moves_otherwise(page: Page, site: Site) -> None:
    """What the test above would miss."""
    sending(Screen(page, site.url, "en"))
    assert page.evaluate("document.getAnimations().length") >= 1


@pytest.mark.parametrize("colour", ["#ffd500", "#ffffff", "#101010", "#00a36c"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_any_brand_colour_can_be_read(page: Page, site: Site, colour: str, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    screen = Screen(page, site.url, "en")
    configured(screen, brandColor=colour)
    forgot(screen)
    assert axe(page) == []


@pytest.mark.parametrize(
    ("browser_language", "query", "language"),
    [("fr-CA", "", "fr"), ("fr-CA", "?lang=ja", "ja"), ("fr-CA", "?lang=tlh", "fr"), ("eu-ES", "", "en")],
)
def test_the_language_is_chosen_by_query_then_browser_then_default(
    open_page: OpenPage, site: Site, browser_language: str, query: str, language: str
) -> None:
    page = open_page(locale=browser_language)
    page.goto(f"{site.url}/forgot-password{query}")
    expect(page.get_by_role("heading", level=1)).to_have_text(catalogue(language)["forgot.title"])


def test_a_language_chosen_by_hand_keeps_what_was_typed_and_goes_along(page: Page, site: Site) -> None:
    reset(Screen(page, site.url, "en"))
    page.locator("[name=new-password]").fill("purple otters")
    page.get_by_label(EN["language.choose"]).select_option("ar")
    expect(page.get_by_role("heading", level=1)).to_have_text(catalogue("ar")["reset.title"])
    expect(page.locator("[name=new-password]")).to_have_value("purple otters")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    assert page.url == f"{site.url}/reset-password?lang=ar"
    page.goto(f"{site.url}/sign-in?lang=ar")
    page.get_by_role("link", name=catalogue("ar")["signIn.forgot"]).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(catalogue("ar")["forgot.title"])


def test_without_script_a_page_says_why_nothing_happens(open_page: OpenPage, site: Site) -> None:
    """In the browser's language, as a page with its script would be."""
    page = open_page(java_script_enabled=False, locale="fa-IR")
    page.goto(f"{site.url}/reset-password")
    expect(page.get_by_role("heading", level=1)).to_have_text(catalogue("fa")["reset.title"])
    paragraph = page.locator("noscript p")
    expect(paragraph).to_be_visible()
    expect(paragraph).to_have_text(catalogue("fa")["boot.noScript"])
