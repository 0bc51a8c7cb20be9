"""What people do besides the straight way: reload, go back, correct an address, come with what a mail program left."""

import json
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.site import Site, running_site
from tests.browser.states import (
    CLASSIC,
    EMAIL,
    EN,
    PASSWORD,
    TOKEN,
    Screen,
    answer,
    broken,
    configured,
    done,
    fill,
    finish_by_code,
    forgot,
    invalid,
    matching,
    open_link,
    outcome_unknown,
    probably_done,
    problem,
    reset,
    reset_by_code,
    sent,
    sent_code,
    sign_in,
)
from tests.browser.test_flow import heading, history_of, requests_to
from tests.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]

PHONE = {"width": 390, "height": 667}


@pytest.fixture
def screen(page: Page, site: Site) -> Screen:
    return Screen(page, site.url, "en")


def email_field(page: Page) -> object:
    return page.get_by_label(EN["email.label"])


# Links


@pytest.mark.parametrize(
    "written",
    [
        "/reset-password/#token={}",
        "//reset-password#token={}",
        "/reset-password%23token={}.",
        "/reset-password#token=3D{}",
        "/reset-password##TOKEN%3D{}%20)",
        "/reset-password?lang=en&utm_source=x#/token={}?utm_source=x",
    ],
)
def test_a_link_as_mail_programs_leave_it(page: Page, site: Site, written: str) -> None:
    """The page is there, the token is read, and the address keeps nothing of it."""
    token = site.link_for(site.create_account()).partition("token=")[2]
    page.goto(site.url + written.format(token))
    heading(page, EN["reset.title"])
    expect(page.locator("[name=new-password]")).to_be_visible()
    assert urlsplit(page.url).path == "/reset-password"
    assert not any(token in address for address in history_of(page))


# The password manager


def test_the_password_manager_learns_whose_password_it_is(screen: Screen) -> None:
    """The address comes with a valid token; the rules are the policy's."""
    reset(screen, CLASSIC)
    page = screen.page
    expect(page.locator("input[autocomplete=username]")).to_have_value(EMAIL)
    expect(page.get_by_role("main")).to_contain_text(EMAIL)
    for field in page.locator("input[autocomplete=new-password]").all():
        expect(field).to_have_attribute("minlength", "8")
        expect(field).to_have_attribute(
            "passwordrules",
            "minlength: 8; maxlength: 20; required: upper; required: lower; required: digit; required: [@$!%*?&]; "
            "allowed: upper, lower, digit, [@$!%*?&];",
        )


def test_nothing_is_claimed_where_the_server_says_no_address(screen: Screen) -> None:
    configured(screen, passwordPolicy={**CLASSIC, "minLength": 12})
    answer(screen.page, "verify-reset-token", 200, {"valid": True, "expiresAt": "2999-01-01T00:00:00Z"})
    open_link(screen)
    expect(screen.page.locator("[name=new-password]")).to_have_attribute("minlength", "12")
    expect(screen.page.locator("input[autocomplete=username]")).to_have_value("")


# Reload and Back


def test_a_reload_keeps_the_place_of_a_code(screen: Screen) -> None:
    """Phones discard tabs while people read the code; the flow alone is kept, and goes when the code is used."""
    page = screen.page
    sent_code(screen, "code")
    page.reload()
    screen.expect_heading("sent.title")
    assert page.evaluate("JSON.stringify(sessionStorage)") == '{"flow":"%s"}' % ("f" * 22)
    guesses = requests_to(page, "/auth/verify-reset-code")
    expires_at = "2999-01-01T00:00:00Z"
    answer(page, "verify-reset-code", 200, {"token": TOKEN, "expiresAt": expires_at, "email": EMAIL})
    answer(page, "verify-reset-token", 200, {"valid": True, "expiresAt": expires_at, "email": EMAIL})
    page.locator("[name=code]").fill("20471163")
    screen.expect_heading("reset.title")
    assert guesses == ['{"flow":"%s","code":"20471163"}' % ("f" * 22)]
    assert page.evaluate("JSON.stringify([sessionStorage, localStorage, document.cookie])") == '[{},{},""]'
    assert EMAIL not in page.evaluate("JSON.stringify(history.state)")


def test_without_storage_the_flow_lives_in_memory(open_page: OpenPage, site: Site) -> None:
    page = open_page()
    page.add_init_script("Object.defineProperty(window, 'sessionStorage', { get() { throw new Error('blocked'); } })")
    screen = Screen(page, site.url, "en")
    reset_by_code(screen)


@pytest.mark.parametrize("by_code", [False, True])
def test_a_finished_reset_says_so_after_reload_and_back(screen: Screen, by_code: bool) -> None:  # noqa: FBT001 - a parameter
    page = screen.page
    if by_code:
        finish_by_code(screen, 200, {"message": "English"}, "done.title")
    else:
        done(screen)
    page.reload()
    screen.expect_heading("done.title")
    page.get_by_role("link", name=EN["done.signIn"]).click()
    screen.expect_heading("signIn.title")
    page.go_back()
    screen.expect_heading("done.title")
    page.reload()
    screen.expect_heading("done.title")


def test_steps_are_entries_of_the_history(screen: Screen) -> None:
    """Back goes back one; once the password is changed, no step leads to what is used up."""
    page = screen.page
    reset_by_code(screen)
    page.go_back()
    screen.expect_heading("sent.titlePhone")
    page.go_back()
    screen.expect_heading("forgot.title")
    expect(page.get_by_label(EN["email.label"])).to_have_value(EMAIL)
    page.go_forward()
    screen.expect_heading("sent.titlePhone")
    page.go_forward()
    screen.expect_heading("reset.title")
    answer(page, "reset-password", 200, {"message": "English"})
    fill(screen, PASSWORD, PASSWORD)
    screen.press("reset.submit")
    screen.expect_heading("done.title")
    page.go_back()
    screen.expect_heading("done.title")


def test_a_second_press_that_finds_the_token_used(screen: Screen) -> None:
    """After an answer that was lost it was very likely the first press that used it."""
    probably_done(screen)
    expect(screen.page.get_by_text(EN["probably.body"])).to_be_visible()
    expect(screen.page.get_by_text(EN["invalid.title"])).to_have_count(0)
    expect(screen.page.get_by_role("link", name=EN["done.signIn"])).to_be_visible()


def test_a_press_after_the_link_expired_claims_nothing(screen: Screen) -> None:
    page = screen.page
    page.clock.install()
    outcome_unknown(screen)
    answer(page, "verify-reset-token", 200, {"valid": False})
    page.clock.fast_forward("20:00")
    screen.expect_heading("invalid.title")
    expect(page.get_by_text(EN["probably.bodyLate"])).to_be_visible()


# Forms


def test_a_pause_belongs_to_its_address(screen: Screen) -> None:
    """And says why the button rests."""
    page = screen.page
    sent(screen)
    screen.press("sent.other")
    screen.expect_heading("forgot.title")
    button = page.get_by_role("button", name=EN["forgot.submit"])
    field = page.get_by_label(EN["email.label"])
    expect(field).to_be_focused()
    expect(button).to_have_attribute("aria-disabled", "true")
    expect(page.get_by_text(EN["forgot.resting"])).to_be_visible()
    field.fill("someone.else@example.com")
    expect(button).not_to_have_attribute("aria-disabled", "true")
    expect(page.get_by_text(EN["forgot.resting"])).to_have_count(0)
    button.click()
    screen.expect_heading("sent.title")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    expect(page.get_by_role("main")).to_contain_text("someone.else@example.com")


def test_a_limit_belongs_to_its_address_and_is_told_in_minutes(screen: Screen) -> None:
    page = screen.page
    answer(page, "forgot-password", 429, problem("rate_limited"), retry_after=3600)
    forgot(screen)
    field = page.get_by_label(EN["email.label"])
    field.fill(EMAIL)
    screen.press("forgot.submit")
    expect(page.get_by_role("alert").filter(has_text=EN["forgot.limited"])).to_be_visible()
    expect(page.get_by_text("You can try again in 60 minutes.")).to_be_visible()
    field.fill("someone.else@example.com")
    expect(page.get_by_text(EN["forgot.limited"])).to_have_count(0)
    answer(page, "forgot-password", 200, {"message": "English", "flow": "f" * 22})
    screen.press("forgot.submit")
    screen.expect_heading("sent.title")


@pytest.mark.parametrize(
    "pasted", ["\u200bsomeone\u2060@example.com\ufeff", "someone＠example.com", "ｓｏｍｅｏｎｅ@example．com"]
)
def test_an_address_with_what_nobody_sees_is_put_right(screen: Screen, pasted: str) -> None:
    page = screen.page
    requests = requests_to(page, "/auth/forgot-password")
    answer(page, "forgot-password", 200, {"message": "English", "flow": "f" * 22})
    forgot(screen)
    page.get_by_label(EN["email.label"]).fill(pasted)
    expect(page.get_by_label(EN["email.label"])).to_have_value(EMAIL)
    screen.press("forgot.submit")
    screen.expect_heading("sent.title")
    assert requests == [f'{{"email":"{EMAIL}","locale":"en"}}']


def test_a_domain_beyond_ascii_is_taken_and_a_name_is_told(screen: Screen) -> None:
    """No provider of ours delivers to the latter."""
    page = screen.page
    requests = requests_to(page, "/auth/forgot-password")
    answer(page, "forgot-password", 200, {"message": "English", "flow": "f" * 22})
    forgot(screen)
    field = page.get_by_label(EN["email.label"])
    field.fill("müller@example.com")
    field.press("Enter")
    expect(page.get_by_role("alert").filter(has_text=EN["email.unreachable"])).to_be_visible()
    expect(field).to_be_focused()
    assert requests == []
    field.fill("name@BÜCHER.example")
    field.press("Enter")
    screen.expect_heading("sent.title")
    assert len(requests) == 1


def test_an_expired_link_leads_to_a_new_one_with_its_address(screen: Screen) -> None:
    """Told by the token while it was valid."""
    page = screen.page
    matching(screen)
    answer(page, "reset-password", 400, problem("invalid_token"))
    screen.press("reset.submit")
    screen.expect_heading("invalid.title")
    page.get_by_role("link", name=EN["invalid.newLink"]).click()
    screen.expect_heading("forgot.title")
    expect(page.get_by_label(EN["email.label"])).to_have_value(EMAIL)
    assert EMAIL not in page.url


def test_a_link_that_was_never_valid_says_no_address(screen: Screen) -> None:
    """Nor the one that was typed here before."""
    page = screen.page
    sent(screen)
    invalid(screen)
    page.get_by_role("link", name=EN["invalid.newLink"]).click()
    screen.expect_heading("forgot.title")
    expect(page.get_by_label(EN["email.label"])).to_have_value("")


def test_sign_in_hands_the_address_on_and_shows_the_password(screen: Screen) -> None:
    page = screen.page
    sign_in(screen)
    expect(page.get_by_label(EN["email.label"])).to_be_focused()
    page.get_by_label(EN["email.label"]).fill(EMAIL)
    password = page.locator("[name=password]")
    password.fill(PASSWORD)
    page.get_by_role("button", name=EN["reset.show"]).click()
    expect(password).to_have_attribute("type", "text")
    page.get_by_role("button", name=EN["reset.hide"]).click()
    expect(password).to_have_attribute("type", "password")
    page.get_by_role("link", name=EN["signIn.forgot"]).click()
    screen.expect_heading("forgot.title")
    expect(page.get_by_label(EN["email.label"])).to_have_value(EMAIL)
    expect(page.get_by_label(EN["email.label"])).to_be_focused()
    assert EMAIL not in page.url


# What is said, and where it stands


def test_where_nobody_signs_in_no_button_leads_there(screen: Screen) -> None:
    configured(screen, sessions=False, signInUrl=None, signInAction=None)
    forgot(screen)
    expect(screen.page.get_by_role("link", name=EN["common.backToSignIn"])).to_have_count(0)
    done(screen)
    expect(screen.page.get_by_role("main").get_by_role("link")).to_have_count(0)


def test_a_refusal_marks_its_rule(screen: Screen) -> None:
    """And what only the server can tell stands apart from what is not met."""
    reset(screen)
    item = screen.page.get_by_role("listitem")
    fill(screen, PASSWORD, PASSWORD)
    expect(item.filter(has_text=EN["rules.guessable"])).to_have_class("unknown")
    expect(screen.page.get_by_text(EN["rules.later"])).to_be_visible()
    answer(screen.page, "reset-password", 400, problem("weak_password", "common"))
    screen.press("reset.submit")
    expect(item.filter(has_text=EN["rules.guessable"])).to_have_class("open")
    expect(item.filter(has_text="At least 8 characters")).to_have_class("met")
    fill(screen, f"{PASSWORD}.", PASSWORD)
    expect(item.filter(has_text=EN["rules.guessable"])).to_have_class("unknown")


@pytest.mark.parametrize("policy", [CLASSIC])
def test_the_buttons_are_above_the_fold_of_a_small_phone(
    open_page: OpenPage, site: Site, policy: dict[str, object]
) -> None:
    page = open_page(viewport=PHONE)
    for language in ("en", "de", "ja", "ar"):
        screen = Screen(page, site.url, language)
        reset(screen, CLASSIC)
        bottom = page.get_by_role("button", name=screen.words("reset.submit")).evaluate(
            "button => button.getBoundingClientRect().bottom"
        )
        assert bottom <= PHONE["height"], language
        confirmation = page.locator("[name=confirm-password]").bounding_box()
        password = page.locator("[name=new-password]").bounding_box()
        assert confirmation
        assert password
        assert 0 < confirmation["y"] - password["y"] < 120


def test_a_code_comes_first_and_sends_itself(screen: Screen) -> None:
    """The field has the focus, says what its Enter key does, and the eighth digit is the last thing to do."""
    page = screen.page
    answer(page, "verify-reset-code", 400, problem("invalid_code"))
    sent_code(screen, "code")
    field = page.locator("[name=code]")
    expect(field).to_be_focused()
    expect(field).to_have_attribute("enterkeyhint", "go")
    guesses = requests_to(page, "/auth/verify-reset-code")
    page.keyboard.type("2047116")
    assert guesses == []
    page.keyboard.type("3")
    expect(page.get_by_role("alert").filter(has_text=EN["code.invalid"])).to_be_visible()
    page.keyboard.press("Backspace")
    page.keyboard.type("3")  # what was refused is not tried again by itself
    page.wait_for_timeout(100)
    assert len(guesses) == 1
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").filter(has_text=EN["code.invalid"])).to_be_visible()
    assert len(guesses) == 2


def test_a_message_to_the_phone_fills_the_code_in(open_page: OpenPage, site: Site) -> None:
    """WebOTP."""
    page = open_page()
    page.add_init_script(
        """
        window.OTPCredential = class {};
        navigator.credentials.get = async ({ otp }) => otp.transport[0] === 'sms' && { code: '20471163' };
        """
    )
    guesses = requests_to(page, "/auth/verify-reset-code")
    answer(page, "verify-reset-code", 400, problem("invalid_code"))
    sent_code(Screen(page, site.url, "en"), "code")
    expect(page.get_by_role("alert").filter(has_text=EN["code.invalid"])).to_be_visible()
    expect(page.locator("[name=code]")).to_have_value("20471163")
    assert len(guesses) == 1


# Old browsers, and scripts that do not come


def test_an_older_browser_works(open_page: OpenPage, site: Site) -> None:
    """One without AbortSignal.timeout and the like."""
    page = open_page()
    page.add_init_script(
        "delete AbortSignal.timeout; delete Object.hasOwn; delete Array.prototype.at; delete window.structuredClone;"
        "delete URLSearchParams.prototype.size;"
    )
    screen = Screen(page, site.url, "en")
    done(screen)


def test_a_script_that_does_not_come_is_told(open_page: OpenPage, site: Site) -> None:
    page = open_page(reduced_motion="reduce")  # or the ring turns without an end
    page.route("**/assets/*.js", lambda route: route.abort())
    page.goto(f"{site.url}/reset-password#token={TOKEN}")
    expect(page.locator("#boot p[lang=en]")).to_have_text(EN["boot.slow"])
    expect(page.locator("#boot")).to_be_hidden()
    page.evaluate("document.getAnimations().forEach((animation) => animation.finish())")
    expect(page.locator("#boot p[lang=en]")).to_be_visible()


def test_a_script_that_comes_says_nothing_of_the_kind(screen: Screen) -> None:
    forgot(screen)
    expect(screen.page.locator("#boot")).to_have_count(0)


def test_forced_colours_show_what_rests_and_how_strong(open_page: OpenPage, site: Site) -> None:
    page = open_page(forced_colors="active")
    screen = Screen(page, site.url, "en")
    matching(screen)
    expect(page.locator("[data-score='4']")).to_be_visible()
    filled, button = page.evaluate(
        """() => [getComputedStyle(document.querySelector('.meter span')).backgroundColor,
            getComputedStyle(document.querySelector('.button.primary')).color]"""
    )
    screen.page.locator("[name=new-password]").fill("a")
    expect(page.locator("[data-score='0']")).to_be_visible()
    empty = page.locator(".meter span").last.evaluate("span => getComputedStyle(span).backgroundColor")
    assert filled != empty
    sent(screen)
    resting = page.get_by_role("button", name=EN["sent.resend"]).evaluate("button => getComputedStyle(button).color")
    assert resting != button


# A page taken apart


def test_a_page_that_something_took_apart_says_what_became_of_the_password(browser: Browser, site: Site) -> None:
    """An extension emptied it, and React finds nothing of its own: it begins anew, where it was, and works."""
    context = browser.new_context(locale="en-GB")  # the page's console says what broke, which no other test may see
    try:
        screen = Screen(context.new_page(), site.url, "en")
        broken(screen)
        screen.press("code.submit")
        screen.expect_heading("reset.title")
        fill(screen, PASSWORD, PASSWORD)
        answer(screen.page, "reset-password", 200, {"message": "English"})
        screen.press("reset.submit")
        screen.expect_heading("done.title")
    finally:
        context.close()


# Applications


@pytest.fixture(scope="module")
def clients_site() -> Iterator[Site]:
    """The service beside applications, one of which links to these pages."""
    links = {"app": "https://app.example.com/reset?token={token}", "shop": "https://shop.example.com/{token}"}
    clients = {name: {"link": link, "return": f"https://{name}.example.com/home"} for name, link in links.items()}
    with running_site(CLIENTS=json.dumps(clients)) as site:
        yield site


def test_people_go_back_to_the_application_that_they_came_from(page: Page, clients_site: Site) -> None:
    """And nowhere else, whatever an address says: the token tells."""
    email = clients_site.create_account()
    page.goto(f"{clients_site.url}/sign-in?client=app")
    page.get_by_role("link", name=EN["signIn.forgot"]).click()
    heading(page, EN["forgot.title"])
    assert page.url.endswith("/forgot-password?client=app")
    page.get_by_label(EN["email.label"]).fill(email)
    page.get_by_role("button", name=EN["forgot.submit"]).click()
    heading(page, EN["sent.title"])
    (mail,) = until(lambda: [mail for mail in clients_site.call("/_local/outbox") if mail["to"] == [email]])
    _, found, rest = mail["text"].partition("https://app.example.com/reset?token=")
    assert found
    page.goto(f"{clients_site.url}/reset-password?client=shop#token={rest[:43]}")
    fill(Screen(page, clients_site.url, "en"), PASSWORD, PASSWORD)
    page.get_by_role("button", name=EN["reset.submit"]).click()
    heading(page, EN["done.title"])
    back = page.get_by_role("link", name=EN["done.signIn"])
    expect(back).to_have_attribute("href", "https://app.example.com/home")
    page.reload()
    heading(page, EN["done.title"])
    expect(back).to_have_attribute("href", "https://app.example.com/home")


def test_an_application_that_nobody_configured_is_none(page: Page, clients_site: Site) -> None:
    """The page is served as without, and the API is not asked in vain."""
    page.goto(f"{clients_site.url}/forgot-password?client=constructor")
    page.get_by_label(EN["email.label"]).fill(clients_site.create_account())
    page.get_by_role("button", name=EN["forgot.submit"]).click()
    heading(page, EN["sent.title"])
