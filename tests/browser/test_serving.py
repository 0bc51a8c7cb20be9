"""What the server hands to a browser: headers, files, and how much of it."""

import json
import re
import urllib.error
import urllib.request
from email.message import Message
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from infra.assets import DIST
from password_reset.channels.colours import palette
from password_reset.channels.words.catalogue import LANGUAGES
from tests.browser.conftest import OpenPage
from tests.browser.site import Site, running_site
from tests.browser.states import CLASSIC, EN, Screen, catalogue, forgot, reset
from tests.waiting import PATIENCE_SECONDS, until

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]

ROOT = Path(__file__).parents[2]
LARGEST = """
window.largest = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.largest.push(entry.element.textContent);
}).observe({ type: 'largest-contentful-paint', buffered: true });
"""
PAGES = ["/", "/forgot-password", "/reset-password", "/sign-in", "/reset-password/", "//sign-in", "//forgot-password//"]
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)


def fetch(url: str, method: str = "GET") -> tuple[int, Message, bytes]:
    request = urllib.request.Request(url, method=method)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", PAGES)
def test_pages_carry_the_headers(site: Site, path: str, method: str) -> None:
    """ASVS 3.4.x, 14.3.2; a mail scanner's HEAD is answered as its GET."""
    status, headers, body = fetch(site.url + path, method)
    assert status == 200
    assert (body == b"") is (method == "HEAD")
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert headers["Content-Security-Policy"] == POLICY
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains"


def test_files_named_by_their_content_are_kept_for_good(site: Site) -> None:
    names = re.findall(rb'(?:src|href)="\./(assets/[^"]+)"', fetch(f"{site.url}/")[2])
    assert len(names) == 2
    for name in names:
        status, headers, _ = fetch(f"{site.url}/{name.decode()}")
        assert status == 200
        assert headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["/assets", "/index.html", "/auth/unknown", "/auth/password-policy/"])
def test_an_unknown_route_stays_a_problem(site: Site, path: str) -> None:
    status, headers, body = fetch(site.url + path)
    assert (status, headers["Content-Type"]) == (404, "application/problem+json")
    assert json.loads(body)["code"] == "not_found"


def test_the_licences_of_what_the_pages_bundle_are_served(site: Site) -> None:
    """As the distribution serves them: every file of the build, at its own address."""
    status, headers, body = fetch(f"{site.url}/third-party-notices.txt")
    assert (status, headers["Content-Type"]) == (200, "text/plain; charset=utf-8")
    assert body == (ROOT / "web" / "public" / "third-party-notices.txt").read_bytes()


@pytest.mark.parametrize("path", ["/assets/unknown.js", "/assets/..%2findex.html", "/assets/%2e%2e"])
def test_only_files_of_the_build_are_served(site: Site, path: str) -> None:
    assert fetch(site.url + path)[0] == 404


def test_an_unknown_file_is_told_to_people(site: Site) -> None:
    status, headers, body = fetch(f"{site.url}/assets/unknown.js")
    assert (status, headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert headers["Cache-Control"] == "no-store"
    for language in LANGUAGES:
        assert catalogue(language)["notFound.title"] in body.decode()


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/favicon.ico", "image/vnd.microsoft.icon"),
        ("/icon.svg", "image/svg+xml; charset=utf-8"),
        ("/apple-touch-icon.png", "image/png"),
        ("/reset-password/favicon.ico", "image/vnd.microsoft.icon"),
    ],
)
def test_icons_are_where_browsers_look_for_them(site: Site, path: str, kind: str) -> None:
    status, headers, body = fetch(site.url + path)
    assert (status, headers["Content-Type"]) == (200, kind)
    assert body


def test_password_managers_find_the_page(site: Site) -> None:
    """W3C, A Well-Known URL for Changing Passwords; what must not exist there does not."""
    with pytest.raises(urllib.error.HTTPError) as answer:
        urllib.request.build_opener(Unredirected).open(f"{site.url}/.well-known/change-password")
    with answer.value as error:
        assert (error.code, error.headers["Location"]) == (302, "/forgot-password")
    never = "/.well-known/resource-that-should-not-exist-whose-status-code-should-not-be-200"
    assert fetch(site.url + never)[0] == 404


class Unredirected(urllib.request.HTTPRedirectHandler):
    """Leave a redirect to be looked at."""

    def redirect_request(self, *_: object) -> None:
        return None


def test_a_file_of_the_teams_own_is_served_as_the_bucket_would(site: Site) -> None:
    """A logo put beside the pages: what `web/public` has, the build copies."""
    logo = DIST / "logo-of-a-test.svg"
    logo.write_text("<svg/>")
    try:
        status, headers, body = fetch(f"{site.url}/{logo.name}")
    finally:
        logo.unlink()
    assert (status, headers["Content-Type"], body) == (200, "image/svg+xml; charset=utf-8", b"<svg/>")
    assert headers["Content-Security-Policy"] == POLICY


def test_the_configuration_is_made_of_the_settings() -> None:
    with running_site(
        PRODUCT_NAME="Otter",
        SUPPORT_EMAIL="help@example.com",
        BRAND_COLOR="#00a36c",
        TOKEN_TTL_SECONDS="600",
        SIGN_IN_URL="https://app.example.com/sign-in",
        SIGN_IN_ACTION="https://app.example.com/session",
        LOGO_URL="/logo.svg",
        CHANNELS="sms,email",
        FALLBACK_CHANNEL="email",
        EMAIL_STYLE="both",
        CODE_TTL_SECONDS="300",
        PASSWORD_POLICY="classic",
        CLIENTS='{"app": {"link": "https://app.example.com/{token}", "return": "https://app.example.com/home"}}',
    ) as site:
        status, headers, body = fetch(f"{site.url}/config.json")
        policy = fetch(f"{site.url}/sign-in")[1]["Content-Security-Policy"]
    assert (status, headers["Cache-Control"]) == (200, "no-store")
    assert json.loads(body) == {
        "apiUrl": "",
        "productName": "Otter",
        "logoDarkUrl": None,
        "faviconUrl": None,
        "fontUrl": None,
        "companyLine": None,
        "termsUrl": None,
        "privacyUrl": None,
        "words": {},
        "brands": {},
        "logoUrl": "/logo.svg",
        "brandColor": "#00a36c",
        "theme": palette("#00a36c"),
        "signInUrl": "https://app.example.com/sign-in",
        "signInAction": "https://app.example.com/session",
        "sessions": True,
        "supportEmail": "help@example.com",
        "locales": list(LANGUAGES),
        "defaultLocale": "en",
        "tokenTtlSeconds": 600,
        "channels": ["sms", "email"],
        "fallbackChannel": "email",
        "emailStyle": "both",
        "codeTtlSeconds": 300,
        "passwordPolicy": CLASSIC | {"history": 1},
        "clients": {"app": "https://app.example.com/home"},
    }
    assert "form-action https://app.example.com;" in policy


def test_nobody_frames_a_page(browser: Browser, site: Site) -> None:
    """Clickjacking (frame-ancestors 'none'): not even the same origin."""
    page = browser.new_page()
    frame = '<iframe src="/reset-password"></iframe>'
    page.route("**/framing", lambda route: route.fulfill(body=frame, content_type="text/html"))
    with page.expect_event("console", lambda message: "frame-ancestors" in message.text):
        page.goto(f"{site.url}/framing")
    expect(page.frame_locator("iframe").get_by_role("heading")).to_have_count(0)
    page.close()


def test_a_page_is_there_before_its_script(page: Page, site: Site) -> None:
    """From the document and its styles alone. Nothing moves when the script has come, and it asks for nothing more."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    scripts: list[Route] = []
    page.route("**/assets/*.js", lambda route: scripts.append(route))  # noqa: PLW0108 - it wants a function of Python
    page.goto(f"{site.url}/forgot-password?lang=de", wait_until="commit")
    title = page.get_by_role("heading", level=1)
    expect(title).to_have_text(catalogue("de")["forgot.title"])
    before = title.bounding_box()
    assert page.get_by_role("textbox").count() == 0
    scripts.pop().continue_()
    expect(page.get_by_role("textbox")).to_be_focused()
    expect(title).to_have_text(catalogue("de")["forgot.title"])
    assert title.bounding_box() == before
    assert [url for url in asked if "/_local/" not in url and not url.endswith((".js", ".css"))] == [
        f"{site.url}/forgot-password?lang=de",
    ]


def test_a_link_takes_four_requests(page: Page, site: Site) -> None:
    """The document, its styles and script, and the link's check: whatever else a form needs is in the document."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    page.goto(site.link_for(site.create_account()))
    expect(page.locator("[name=new-password]")).to_be_visible()
    beside = re.compile("/_local/|/assets/strength-|icon")  # once the form is there, and what no form waits for
    kinds = sorted(re.sub(r"-[\w-]{8}(?=\.\w+$)", "", path) for path in asked if not beside.search(path))
    assert kinds == ["/assets/index.js", "/assets/style.css", "/auth/verify-reset-token", "/reset-password"]


def test_a_links_page_has_its_largest_text_before_its_script(open_page: OpenPage, site: Site) -> None:
    """Heading, introduction and requirements: nothing moves as the link is checked, and nothing larger follows."""
    page = open_page(viewport={"width": 412, "height": 823})
    page.add_init_script(LARGEST)
    held: dict[str, Route] = {}
    for name, path in (("script", "**/assets/index-*.js"), ("check", "**/auth/verify-reset-token")):
        page.route(path, partial(held.__setitem__, name))
    page.goto(site.link_for(site.create_account()), wait_until="commit")
    largest = until(lambda: page.evaluate("window.largest"))
    rules = page.locator(".rules")
    texts = [page.get_by_role("heading", level=1), page.get_by_text("This changes"), rules.locator("li").nth(1), rules]

    def seen() -> list[object]:
        return [rules.inner_text(), *(text.bounding_box() for text in texts)]

    before = seen()
    kept = texts[2].element_handle()
    held.pop("script").continue_()
    expect(page.get_by_role("status").filter(has_text=EN["reset.checking"])).to_be_visible()
    assert seen() == before
    assert kept.evaluate("element => element.isConnected")  # or browsers count it as painted by the script
    assert page.get_by_role("textbox").count() == 0
    held.pop("check").continue_()
    expect(page.locator("[name=new-password]")).to_be_visible()
    assert seen() == before
    page.evaluate("new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))")
    assert page.evaluate("window.largest") == largest


def test_the_pages_load_little(open_page: OpenPage, site: Site) -> None:
    """One language, and the estimator once there is a form for it: before anybody types."""
    page = open_page()
    loaded: list[str] = []
    page.on("response", lambda response: loaded.append(response.url))
    screen = Screen(page, site.url, "ru")
    forgot(screen)
    page.wait_for_load_state("networkidle")
    chunks = {found[1] for url in loaded if (found := re.search(r"/assets/([\w-]+)-[\w-]{8}\.js$", url))}
    assert chunks == {"index"}  # the document brings the language
    with page.expect_response(re.compile("/assets/strength-")):
        reset(screen)
    expect(page.locator("[data-score=none]")).to_be_visible()
