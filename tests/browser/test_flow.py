"""From a forgotten password to a new one, as people and their devices do it."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, Route, expect

from infra.assets import DIST
from tests.browser.conftest import OpenPage
from tests.browser.site import Site, running_site
from tests.browser.states import EN, OWN_HEADING, Screen, configured
from tests.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]

OLD = "an old and tired password"
NEW = "purple otters read quietly"


@pytest.fixture(scope="module")
def strict_site() -> Iterator[Site]:
    """The service with one request an hour."""
    with running_site(RESET_LIMIT_PER_IDENTIFIER="1") as site:
        yield site


def heading(page: Page, text: str) -> None:
    expect(page.locator(OWN_HEADING)).to_have_text(text)


def starting(text: str) -> re.Pattern[str]:
    return re.compile(f"^{re.escape(text)}")


def open_form(page: Page, link: str) -> None:
    page.goto(link)
    heading(page, EN["reset.title"])
    expect(page.get_by_label(EN["reset.password"], exact=True)).to_be_visible()


def fill_passwords(page: Page, password: str) -> None:
    page.get_by_label(EN["reset.password"], exact=True).fill(password)
    page.get_by_label(EN["reset.confirmation"]).fill(password)


def submit(page: Page) -> None:
    page.get_by_role("button", name=EN["reset.submit"]).click()


def sign_in(page: Page, email: str, password: str) -> None:
    page.get_by_label(EN["email.label"]).fill(email)
    page.locator("[name=password]").fill(password)
    page.get_by_role("button", name="Sign in").click()


def history_of(page: Page) -> list[str]:
    """The addresses in the tab's history, that in the address bar included."""
    history = page.context.new_cdp_session(page).send("Page.getNavigationHistory")
    return [entry["url"] for entry in history["entries"]]


def requests_to(page: Page, path: str) -> list[str]:
    """Keeps a list of the bodies sent to a path from here on."""
    bodies: list[str] = []
    page.on("request", lambda request: bodies.append(request.post_data or "") if request.url.endswith(path) else None)
    return bodies


def test_the_whole_flow(page: Page, site: Site) -> None:
    """Page, mail, page, sign-in; the new password is the account's, and the token is gone from everywhere."""
    email = site.create_account(OLD)
    page.goto(f"{site.url}/sign-in")
    page.get_by_role("link", name="Forgot your password?").click()
    heading(page, "Forgot your password?")
    page.get_by_label(EN["email.label"]).fill(email)
    page.get_by_role("button", name=EN["forgot.submit"]).click()
    heading(page, EN["sent.title"])
    expect(page.get_by_text("expires in 15 minutes")).to_be_visible()
    expect(page.get_by_text("spam")).to_be_visible()
    link = site.mailed_link(email)
    token = link.partition("token=")[2]
    open_form(page, link)
    assert page.url.partition("?")[0] == f"{site.url}/reset-password"
    assert not any(token in address for address in history_of(page))
    fill_passwords(page, NEW)
    expect(page.get_by_text(EN["reset.match"])).to_be_visible()
    expect(page.get_by_role("meter")).to_have_attribute("aria-valuetext", EN["strength.4"])
    submit(page)
    heading(page, EN["done.title"])
    assert site.has_password(email, NEW)
    stored = page.evaluate(
        "async () => JSON.stringify([localStorage, sessionStorage, document.cookie, await indexedDB.databases()])"
    )
    assert stored == '[{},{},"",[]]'
    page.get_by_role("link", name="Sign in").click()
    heading(page, "Sign in")
    assert not any(token in address for address in history_of(page))
    sign_in(page, email, OLD)
    password = page.locator("[name=password]")
    expect(password).to_be_focused()
    expect(password).to_have_accessible_description(EN["signIn.refused"])
    sign_in(page, email, NEW)
    heading(page, EN["signedIn.title"])
    page.get_by_role("button", name=EN["signedIn.signOut"]).click()
    heading(page, "Sign in")


def test_an_invitation_sets_the_first_password(page: Page, site: Site) -> None:
    """From an operator's request to signing in: what it is for, and how long its link works, in email and page."""
    email = site.create_account(None)
    site.call_api("/_local/operator/resets", {"email": email, "purpose": "invitation", "lifetimeSeconds": 604_800})
    page.goto(site.mailed_link(email))
    heading(page, EN["invite.title"])
    expect(page.get_by_text("expires in 6 days")).to_be_visible()
    expect(page.get_by_text(email)).to_be_visible()
    fill_passwords(page, NEW)
    page.get_by_role("button", name=EN["invite.submit"]).click()
    heading(page, EN["invite.done"])
    assert site.has_password(email, NEW)


def test_the_sign_in_form_posts_where_a_setting_says(page: Page, site: Site) -> None:
    """As any HTML form does: to the team's own endpoint."""
    configured(Screen(page, site.url, "en"), signInAction="/own/session")
    posted: list[str] = []

    def take(route: Route) -> None:
        posted.append(route.request.post_data or "")
        route.fulfill(body="taken")

    page.route("**/own/session", take)
    page.goto(f"{site.url}/sign-in")
    sign_in(page, "someone@example.com", "purple otters")
    expect(page.get_by_text("taken")).to_be_visible()
    assert posted == ["email=someone%40example.com&password=purple+otters"]


@pytest.mark.parametrize("exists", [True, False])
def test_everybody_is_told_the_same(page: Page, site: Site, exists: bool) -> None:  # noqa: FBT001 - a parameter
    email = site.create_account() if exists else "nobody@example.com"
    page.goto(f"{site.url}/forgot-password")
    page.get_by_label(EN["email.label"]).fill(email)
    page.get_by_role("button", name=EN["forgot.submit"]).click()
    heading(page, EN["sent.title"])
    text = page.get_by_role("main").inner_text().replace(email, "EMAIL")
    assert text.startswith(
        "Check your email\n\nIf an account exists for \u2068EMAIL\u2069, a link to choose a new password is on its way."
    )


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ("", EN["email.missing"]),
        ("nobody", EN["email.malformed"]),
        ("a@b@c", EN["email.malformed"]),
    ],
)
def test_a_wrong_address_is_told_at_its_field(page: Page, site: Site, typed: str, error: str) -> None:
    page.goto(f"{site.url}/forgot-password")
    field = page.get_by_label(EN["email.label"])
    field.fill(typed)
    field.press("Enter")
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description(starting(error))


def test_fields_help_keyboards_and_password_managers(page: Page, site: Site) -> None:
    """Row 40: masked, shown on demand, pasted, filled, asked twice (ASVS 6.2.6, 6.2.7)."""
    page.goto(f"{site.url}/forgot-password")
    email = page.get_by_label(EN["email.label"])
    expect(email).to_have_attribute("autocomplete", "email")
    expect(email).to_have_attribute("inputmode", "email")
    open_form(page, site.link_for(site.create_account()))
    password = page.get_by_label(EN["reset.password"], exact=True)
    for field in (password, page.get_by_label(EN["reset.confirmation"])):
        expect(field).to_have_attribute("type", "password")
        expect(field).to_have_attribute("autocomplete", "new-password")
    expect(page.locator("input[autocomplete=username]")).to_have_count(1)
    page.get_by_role("button", name=EN["reset.show"]).click()
    expect(password).to_have_attribute("type", "text")
    page.get_by_role("button", name=EN["reset.hide"]).click()
    expect(password).to_have_attribute("type", "password")


def test_a_suggested_password_is_copied_and_works(open_page: OpenPage, site: Site) -> None:
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    email = site.create_account()
    open_form(page, site.link_for(email))
    page.get_by_role("button", name=EN["reset.suggest"]).click()
    expect(page.get_by_label(EN["reset.password"], exact=True)).not_to_have_value("")
    password = page.get_by_label(EN["reset.password"], exact=True).input_value()
    assert len(password) == 18
    assert page.get_by_label(EN["reset.confirmation"]).input_value() == password
    page.get_by_role("button", name=EN["reset.copy"]).click()
    expect(page.get_by_text(EN["reset.copied"])).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == password
    page.get_by_label(EN["reset.password"], exact=True).fill("")
    page.get_by_label(EN["reset.password"], exact=True).press("ControlOrMeta+V")
    assert page.get_by_label(EN["reset.password"], exact=True).input_value() == password
    submit(page)
    heading(page, EN["done.title"])
    assert site.has_password(email, password)


def test_rules_and_match_keep_up_with_typing(page: Page, site: Site) -> None:
    open_form(page, site.link_for(site.create_account()))
    rule = page.get_by_role("listitem").filter(has_text="At least 8 characters")
    page.get_by_label(EN["reset.password"], exact=True).press_sequentially("abcdefg")
    expect(rule).to_have_class("open")
    page.get_by_label(EN["reset.password"], exact=True).press("h")
    expect(rule).to_have_class("met")
    page.get_by_label(EN["reset.confirmation"]).fill("abcdefg")
    expect(page.get_by_text(EN["reset.mismatch"])).to_be_visible()
    page.get_by_label(EN["reset.confirmation"]).press("h")
    expect(page.get_by_text(EN["reset.match"])).to_be_visible()


def test_a_refused_password_is_told_and_the_link_still_works(page: Page, site: Site) -> None:
    email = site.create_account(OLD)
    open_form(page, site.link_for(email))
    field = page.get_by_label(EN["reset.password"], exact=True)
    for refused, reason in (
        ("password1", EN["refused.common"]),
        (OLD, EN["refused.same_as_current"]),
    ):
        fill_passwords(page, refused)
        submit(page)
        expect(field).to_be_focused()
        expect(field).to_have_accessible_description(starting(reason))
    fill_passwords(page, NEW)
    submit(page)
    heading(page, EN["done.title"])


def test_nothing_is_sent_that_cannot_be_right(page: Page, site: Site) -> None:
    open_form(page, site.link_for(site.create_account()))
    sent = requests_to(page, "/auth/reset-password")
    password, confirmation = (
        page.get_by_label(EN["reset.password"], exact=True),
        page.get_by_label(EN["reset.confirmation"]),
    )
    submit(page)
    expect(password).to_have_accessible_description(starting(EN["reset.missing"]))
    password.fill("short")
    submit(page)
    expect(password).to_be_focused()
    expect(password).to_have_accessible_description(starting(EN["reset.rulesBroken"]))
    password.fill(NEW)
    submit(page)
    expect(confirmation).to_be_focused()
    expect(confirmation).to_have_accessible_description(EN["reset.confirmationMissing"])
    confirmation.fill("something else")
    submit(page)
    expect(confirmation).to_have_accessible_description(EN["reset.mismatch"])
    assert sent == []


def test_a_mail_scanner_changes_nothing(page: Page, site: Site) -> None:
    """It opens the link, runs the script, and even submits the form: the link works afterwards."""
    email = site.create_account(OLD)
    link = site.link_for(email)
    sent = requests_to(page, "/auth/reset-password")
    open_form(page, link)
    page.evaluate("for (const form of document.forms) form.requestSubmit()")
    page.wait_for_timeout(300)
    assert sent == []
    assert site.has_password(email, OLD)
    open_form(page, link)


def test_a_double_click_sends_once(page: Page, site: Site) -> None:
    email = site.create_account()
    page.goto(f"{site.url}/forgot-password")
    asked = requests_to(page, "/auth/forgot-password")
    page.get_by_label(EN["email.label"]).fill(email)
    page.get_by_role("button", name=EN["forgot.submit"]).dblclick(no_wait_after=True)
    heading(page, EN["sent.title"])
    open_form(page, site.mailed_link(email))
    changed = requests_to(page, "/auth/reset-password")
    fill_passwords(page, NEW)
    page.get_by_role("button", name=EN["reset.submit"]).dblclick(no_wait_after=True)
    heading(page, EN["done.title"])
    assert (len(asked), len(changed), len(site.mailed_links(email))) == (1, 1, 1)


def test_two_tabs_of_one_link(page: Page, site: Site) -> None:
    """The first to change the password wins; the other learns that the link is used up."""
    email = site.create_account()
    link = site.link_for(email)
    other = page.context.new_page()
    for tab in (page, other):
        open_form(tab, link)
        fill_passwords(tab, f"{NEW} {tab is other}")
    submit(page)
    heading(page, EN["done.title"])
    submit(other)
    heading(other, EN["invalid.title"])
    assert site.has_password(email, f"{NEW} False")
    other.get_by_role("link", name=EN["invalid.newLink"]).click()
    heading(other, "Forgot your password?")


def test_another_link_in_the_same_tab(page: Page, site: Site) -> None:
    """Pasting one changes the fragment alone, so nothing loads anew."""
    first, second = site.create_account(), site.create_account()
    page.goto(f"{site.url}/reset-password#token={'x' * 43}")
    heading(page, EN["invalid.title"])
    open_form(page, site.link_for(second))
    assert page.url.partition("?")[0] == f"{site.url}/reset-password"
    fill_passwords(page, NEW)
    submit(page)
    heading(page, EN["done.title"])
    assert site.has_password(second, NEW)
    assert not site.has_password(first, NEW)


def test_a_token_in_the_query_leaves_the_address_too(page: Page, site: Site) -> None:
    """For links made by a template of the team's own."""
    token = site.link_for(site.create_account()).partition("token=")[2]
    link = f"{site.url}/reset-password?lang=en&token={token}"
    open_form(page, link)
    assert page.url == f"{site.url}/reset-password?lang=en"
    assert not any("token" in address for address in history_of(page))


def test_the_back_button(page: Page, site: Site) -> None:
    """It leads to the page before, and never to a token or a filled form."""
    page.goto(f"{site.url}/sign-in")
    heading(page, "Sign in")
    open_form(page, site.link_for(site.create_account()))
    fill_passwords(page, NEW)
    submit(page)
    heading(page, EN["done.title"])
    page.get_by_role("link", name="Sign in").click()
    heading(page, "Sign in")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(f"{EN['done.title']}|{EN['missing.title']}"))
    assert "token=" not in page.url
    page.go_back()
    heading(page, "Sign in")


def test_reloading_says_where_the_link_went(page: Page, site: Site) -> None:
    open_form(page, site.link_for(site.create_account()))
    page.reload()
    heading(page, EN["missing.title"])


def test_a_link_that_expires_while_it_is_open(page: Page) -> None:
    page.clock.install()
    with running_site() as site:
        open_form(page, site.link_for(site.create_account()))
        expect(page.get_by_text("This link expires in")).to_be_visible()
        site.call("/_local/clock", {"advanceSeconds": 900})
        page.clock.fast_forward("15:00")
        heading(page, EN["invalid.title"])


def test_the_last_places_link_tells_its_hour(page: Page, strict_site: Site) -> None:
    """It lives longer than others: until a place falls free."""
    open_form(page, strict_site.link_for(strict_site.create_account()))
    expect(page.get_by_text("This link expires in 59 minutes.")).to_be_visible()


@pytest.mark.parametrize("hours", [-30, 30])
def test_a_wrong_clock_misleads_nobody(page: Page, site: Site, hours: int) -> None:
    """The server's clock counts: the form works, and nothing false is said about the link's life."""
    page.clock.install(time=datetime.now(UTC) + timedelta(hours=hours))
    email = site.create_account()
    open_form(page, site.link_for(email))
    expect(page.get_by_text("This link expires in")).to_have_count(0)
    page.clock.fast_forward(1_000_000)
    fill_passwords(page, NEW)
    submit(page)
    heading(page, EN["done.title"])


def test_a_refusal_says_when_to_try_again(page: Page, strict_site: Site) -> None:
    """The button rests for as long as Retry-After says, and says so."""
    page.clock.install()
    page.goto(f"{strict_site.url}/forgot-password")
    page.get_by_label(EN["email.label"]).fill(strict_site.create_account())
    page.get_by_role("button", name=EN["forgot.submit"]).click()
    heading(page, EN["sent.title"])
    again = page.get_by_role("button", name=EN["sent.resend"])
    expect(again).to_have_attribute("aria-disabled", "true")
    expect(page.get_by_text("You can send it again in 30 seconds.")).to_be_visible()
    asked = requests_to(page, "/auth/forgot-password")
    again.click(force=True)
    page.clock.fast_forward(31_000)
    expect(again).not_to_have_attribute("aria-disabled", "true")
    assert asked == []
    again.click()
    expect(page.get_by_role("alert")).to_have_text(EN["forgot.limited"])
    expect(page.get_by_text("You can try again in 60 minutes.")).to_be_visible()
    expect(again).to_have_attribute("aria-disabled", "true")
    page.clock.fast_forward(3_600_000)
    expect(page.get_by_text(EN["failure.ready"])).to_be_visible()
    expect(again).not_to_have_attribute("aria-disabled", "true")


def test_sending_again(page: Page, site: Site) -> None:
    page.clock.install()
    email = site.create_account()
    page.goto(f"{site.url}/forgot-password")
    page.get_by_label(EN["email.label"]).fill(email)
    page.get_by_role("button", name=EN["forgot.submit"]).click()
    heading(page, EN["sent.title"])
    page.clock.fast_forward(31_000)
    page.get_by_role("button", name=EN["sent.resend"]).click()
    expect(page.get_by_role("status").filter(has_text=EN["sent.again"])).to_be_visible()
    expect(page.get_by_text("You can send it again in 30 seconds.")).to_be_visible()
    page.get_by_role("button", name=EN["sent.other"]).click()
    expect(page.get_by_label(EN["email.label"])).to_have_value(email)


def test_offline_while_asking(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/forgot-password")
    page.get_by_label(EN["email.label"]).fill(site.create_account())
    page.context.set_offline(True)
    page.get_by_role("button", name=EN["forgot.submit"]).click()
    expect(page.get_by_role("alert").filter(has_text=EN["failure.offline"])).to_be_visible()
    page.context.set_offline(False)
    page.get_by_role("button", name=EN["forgot.submit"]).click()
    heading(page, EN["sent.title"])


def test_offline_while_checking_the_link(page: Page, site: Site) -> None:
    """The token is kept: the button tries again, and the connection's return does too."""
    link = site.link_for(site.create_account())
    page.route("**/auth/*", lambda route: route.abort("internetdisconnected"))
    page.goto(link)
    heading(page, EN["offline.title"])
    page.get_by_role("button", name=EN["common.tryAgain"]).click()
    heading(page, EN["offline.title"])
    page.unroute("**/auth/*")
    page.context.set_offline(True)
    page.context.set_offline(False)
    heading(page, EN["reset.title"])


def test_offline_while_changing(page: Page, site: Site) -> None:
    email = site.create_account()
    open_form(page, site.link_for(email))
    fill_passwords(page, NEW)
    page.context.set_offline(True)
    submit(page)
    expect(page.get_by_role("alert").filter(has_text=EN["failure.offline"])).to_be_visible()
    page.context.set_offline(False)
    submit(page)
    heading(page, EN["done.title"])
    assert site.has_password(email, NEW)


def test_an_answer_that_is_lost(page: Page, site: Site) -> None:
    """The change may have been made: the page says so, rather than that it failed."""
    email = site.create_account()
    open_form(page, site.link_for(email))
    fill_passwords(page, NEW)

    def lose_the_answer(route: Route) -> None:
        route.fetch()
        route.abort("connectionreset")

    page.route("**/auth/reset-password", lose_the_answer)
    submit(page)
    expect(page.get_by_role("alert").filter(has_text=EN["failure.outcomeUnknown"])).to_be_visible()
    page.get_by_role("link", name="Sign in").click()
    sign_in(page, email, NEW)
    heading(page, EN["signedIn.title"])


def test_a_slow_service(page: Page, site: Site) -> None:
    """Every wait is shown, and the button works once."""
    email = site.create_account()

    def delay(route: Route) -> None:
        page.wait_for_timeout(600)
        route.continue_()

    page.route("**/auth/*", delay)
    page.goto(f"{site.url}/forgot-password")
    page.get_by_label(EN["email.label"]).fill(email)
    page.get_by_role("button", name=EN["forgot.submit"]).click()
    expect(page.get_by_role("button", name=EN["forgot.submitting"])).to_have_attribute("aria-disabled", "true")
    heading(page, EN["sent.title"])
    page.goto(site.mailed_link(email))
    expect(page.get_by_role("status").filter(has_text=EN["reset.checking"])).to_be_visible()
    expect(page).not_to_have_url(re.compile("token"))
    fill_passwords(page, NEW)
    submit(page)
    expect(page.get_by_role("button", name=EN["reset.submitting"])).to_have_attribute("aria-disabled", "true")
    heading(page, EN["done.title"])


def test_the_pages_start_once_their_server_answers(page: Page, site: Site) -> None:
    """And the token outlives the wait: of the page as it is built, which has no document for each language."""
    link = site.link_for(site.create_account())
    page.route("**/reset-password*", lambda route: route.fulfill(path=DIST / "index.html"))
    page.route("**/config.json", lambda route: route.abort())
    page.goto(link)
    expect(page.get_by_text(EN["boot.unreachable"])).to_be_visible()
    expect(page).not_to_have_url(re.compile("token"))
    page.unroute("**/config.json")
    heading(page, EN["reset.title"])
    expect(page.get_by_text(EN["boot.unreachable"])).to_be_hidden()


def test_the_whole_flow_by_keyboard(page: Page, site: Site) -> None:
    """Tab, Enter and the keys of a field; the focus is always somewhere, and can be seen (WCAG 2.1.1, 2.4.7)."""
    email = site.create_account()
    page.goto(f"{site.url}/sign-in")
    heading(page, "Sign in")
    tab_to(page, "Forgot your password?")
    page.keyboard.press("Enter")
    heading(page, "Forgot your password?")
    tab_to(page, EN["email.label"])
    page.keyboard.type(email)
    tab_to(page, EN["forgot.submit"])
    page.keyboard.press("Enter")
    heading(page, EN["sent.title"])
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    page.goto(site.mailed_link(email))
    heading(page, EN["reset.title"])
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    tab_to(page, EN["reset.password"])
    page.keyboard.type(NEW)
    tab_to(page, EN["reset.show"])
    page.keyboard.press("Space")
    tab_to(page, EN["reset.suggest"])
    tab_to(page, EN["reset.confirmation"])
    page.keyboard.type(NEW)
    tab_to(page, EN["reset.submit"])
    page.keyboard.press("Space")
    heading(page, EN["done.title"])
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    tab_to(page, "Sign in")
    page.keyboard.press("Enter")
    heading(page, "Sign in")
    assert site.has_password(email, NEW)


def tab_to(page: Page, name: str) -> None:
    """Press Tab until an element of this name has the focus; every stop on the way shows it."""
    label = "element => element.getAttribute('aria-label') ?? element.labels?.[0]?.innerText ?? element.innerText"
    for _ in range(12):
        if page.evaluate("document.activeElement !== document.body"):
            focused = page.locator(":focus")
            found = focused.evaluate(label)
            if found == name:
                return
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement !== document.body"):
            assert page.locator(":focus").evaluate("element => getComputedStyle(element).outlineStyle") != "none"
    message = f"Tab does not reach {name}"
    raise AssertionError(message)


def test_a_change_that_was_somebody_elses(page: Page, site: Site) -> None:
    """Row 64: the notice's link opens a page that sends nothing; the address is typed, by keyboard, and locks."""
    email = site.create_account(OLD)
    token = site.link_for(email).partition("token=")[2]
    site.call_api("/auth/reset-password", {"token": token, "newPassword": NEW})
    link = until(lambda: site.report_links(email))[0]
    sent = requests_to(page, "/auth/report-change")
    page.goto(link)
    heading(page, EN["report.title"])
    expect(page).not_to_have_url(re.compile("token"))
    assert sent == []
    field = page.get_by_label(EN["email.label"])
    expect(field).to_be_focused()
    field.fill("somebody.else@example.com")
    field.press("Enter")
    expect(page.get_by_text(EN["report.refused"])).to_be_visible()
    expect(field).to_be_focused()
    field.fill(email.upper())
    field.press("Enter")
    heading(page, EN["report.doneTitle"])
    assert len(sent) == 2
    page.get_by_role("link", name=EN["report.reset"]).click()
    heading(page, EN["forgot.title"])
    expect(page.get_by_label(EN["email.label"])).to_have_value(email.upper())


def test_a_verdict_does_not_wait_for_the_last_key(page: Page, site: Site) -> None:
    """Whoever types on is told meanwhile: the clock stands at the first key and passes a fifth of a second."""
    page.clock.install()
    open_form(page, site.link_for(site.create_account()))
    page.wait_for_load_state("networkidle")
    page.clock.pause_at(datetime.now(UTC) + timedelta(seconds=60))
    field = page.locator("[name=new-password]")
    for letter in "pu":
        field.press(letter)
        page.clock.run_for(100)
    expect(page.locator("[data-score='0']")).to_be_visible()
