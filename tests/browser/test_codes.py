"""From a forgotten password to a new one by a code: of a mail or of a message to the phone."""

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.site import Site, running_site
from tests.browser.states import EN, Screen, answer, configured, problem
from tests.browser.test_flow import NEW, fill_passwords, heading, history_of, requests_to, starting, submit, tab_to

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]

PHONE = "+4915112345678"
WRONG = EN["code.invalid"]


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """The service with mails that carry both, and with SMS."""
    with running_site(RESET_LIMIT_PER_IDENTIFIER="0", CHANNELS="email,sms", EMAIL_STYLE="both") as site:
        yield site


def ask(page: Page, site: Site, email: str, channel: str = EN["channel.email"]) -> None:
    page.goto(f"{site.url}/forgot-password")
    page.get_by_label(EN["email.label"]).fill(email)
    page.get_by_role("radio", name=channel).check()
    page.get_by_role("button", name=starting("Send ")).click()
    heading(page, EN["sent.titlePhone"] if channel == EN["channel.sms"] else EN["sent.title"])


def code_field(page: Page) -> Locator:
    return page.get_by_label(EN["code.label"])


def another_than(code: str, step: int = 1) -> str:
    return f"{(int(code) + step) % 10**8:08}"


@pytest.mark.parametrize("channel", [EN["channel.email"], EN["channel.sms"]])
def test_the_whole_flow_by_code(page: Page, site: Site, channel: str) -> None:
    """A code with a space, as people copy it; the token that it is exchanged for shows nowhere."""
    phone = f"{PHONE}{len(channel)}"
    email = site.create_account(phone=phone, phoneVerified=True)
    answers: list[str] = []
    page.on(
        "response", lambda got: answers.append(got.json()["token"]) if got.url.endswith("verify-reset-code") else None
    )
    guesses = requests_to(page, "/auth/verify-reset-code")
    ask(page, site, email, channel)
    code = site.sent_code(phone if channel == EN["channel.sms"] else email)
    code_field(page).fill(f" {code[:4]} {code[4:]}")
    heading(page, EN["reset.title"])
    expect(page.get_by_text("You have 9 minutes left to do this.")).to_be_visible()  # the code's ten
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    assert [json.loads(body)["code"] for body in guesses] == [code]
    fill_passwords(page, NEW)
    submit(page)
    heading(page, EN["done.title"])
    expect(page.get_by_text("link")).to_have_count(0)
    assert site.has_password(email, NEW)
    (token,) = answers
    assert not any(token in address or code in address for address in history_of(page))
    stored = page.evaluate("JSON.stringify([localStorage, sessionStorage, document.cookie])")
    assert stored == '[{},{},""]'


def test_a_mail_opened_on_the_phone_is_finished_on_the_laptop(page: Page, open_page: OpenPage, site: Site) -> None:
    """And the link of the same mail works as ever."""
    email = site.create_account()
    ask(page, site, email)
    phone = open_page(viewport={"width": 390, "height": 844})
    phone.goto(site.mailed_link(email))
    heading(phone, EN["reset.title"])
    code_field(page).fill(site.sent_code(email))
    heading(page, EN["reset.title"])
    fill_passwords(page, NEW)
    submit(page)
    heading(page, EN["done.title"])
    fill_passwords(phone, "another otter reads quietly")
    submit(phone)
    heading(phone, EN["invalid.title"])


def test_the_code_field_helps_keyboards_and_takes_what_is_pasted(open_page: OpenPage, site: Site) -> None:
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    email = site.create_account()
    ask(page, site, email)
    field = code_field(page)
    expect(field).to_have_attribute("autocomplete", "one-time-code")
    expect(field).to_have_attribute("inputmode", "numeric")
    expect(field).to_have_accessible_description(re.compile("8 digits"))
    code = site.sent_code(email)
    page.evaluate("text => navigator.clipboard.writeText(text)", f"{code[:2]} {code[2:4]}-{code[4:6]} {code[6:]} ")
    field.focus()
    page.keyboard.press("ControlOrMeta+V")
    heading(page, EN["reset.title"])


@pytest.mark.parametrize(("typed", "error"), [("", EN["code.missing"]), ("2047 116", "The code has 8 digits.")])
def test_an_incomplete_code_is_told_at_its_field_and_costs_no_guess(
    page: Page, site: Site, typed: str, error: str
) -> None:
    ask(page, site, "nobody@example.com")
    guesses = requests_to(page, "/auth/verify-reset-code")
    expect_refusal(page, typed, error)
    assert guesses == []


def expect_refusal(page: Page, code: str, error: str) -> None:
    field = code_field(page)
    field.fill(code)
    if not re.fullmatch("[0-9]{8}", code):  # a whole one sends itself
        field.press("Enter")
    expect(page.get_by_role("alert").filter(has_text=error)).to_be_visible()
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description(starting(error))


@pytest.mark.parametrize("channel", [EN["channel.email"], EN["channel.sms"]])
def test_a_wrong_code_is_told_the_same_to_everybody(page: Page, site: Site, channel: str) -> None:
    """An account, one without a phone, and none: the same words before and after a guess."""
    texts = set()
    for email in (
        site.create_account(phone=f"{PHONE}77", phoneVerified=True),
        site.create_account(),
        "nobody@example.com",
    ):
        ask(page, site, email, channel)
        expect_refusal(page, "00000000", WRONG)
        text = page.get_by_role("main").inner_text().replace(email, "EMAIL")
        texts.add(re.sub(r"in \d+ seconds", "in N seconds", text))
    assert len(texts) == 1, texts


def test_after_five_wrong_guesses_a_new_code_is_asked_for(page: Page, site: Site) -> None:
    page.clock.install()
    email = site.create_account()
    ask(page, site, email)
    code = site.sent_code(email)
    for step in range(1, 6):
        expect_refusal(page, another_than(code, step), WRONG)
    expect_refusal(page, code, WRONG)
    again = page.get_by_role("button", name=EN["sent.resendCode"])
    expect(again).to_have_attribute("aria-disabled", "true")
    page.clock.fast_forward(31_000)
    again.click()
    expect(page.get_by_role("status").filter(has_text=EN["sent.againCode"])).to_be_visible()
    expect(code_field(page)).to_have_value("")
    code_field(page).fill(site.sent_code(email, 2))
    heading(page, EN["reset.title"])


def test_too_many_guesses_wait_as_long_as_the_server_says(page: Page, site: Site) -> None:
    page.clock.install()
    ask(page, site, "nobody@example.com")
    answer(page, "verify-reset-code", 429, problem("rate_limited"), retry_after=90)
    code_field(page).fill("20471163")
    expect(page.get_by_text(EN["failure.rate_limited"])).to_be_visible()
    expect(page.get_by_text("You can try again in 2 minutes.")).to_be_visible()
    button = page.get_by_role("button", name=EN["code.submit"])
    expect(button).to_have_attribute("aria-disabled", "true")
    page.clock.fast_forward(91_000)
    expect(page.get_by_text(EN["failure.ready"])).to_be_visible()
    answer(page, "verify-reset-code", 400, problem("invalid_code"))
    button.click()
    expect(page.get_by_role("alert").filter(has_text=WRONG)).to_be_visible()


def test_offline_the_code_stays(page: Page, site: Site) -> None:
    ask(page, site, "nobody@example.com")
    page.context.set_offline(True)
    code_field(page).fill("20471163")
    expect(page.get_by_role("alert").filter(has_text=EN["failure.offline"])).to_be_visible()
    expect(code_field(page)).to_have_value("20471163")


def test_only_mailed_links_leave_everything_as_it_is(page: Page, site: Site) -> None:
    """No choice, no field, and a request as short as ever."""
    configured(Screen(page, site.url, "en"), channels=["email"], emailStyle="link")
    requests = requests_to(page, "/auth/forgot-password")
    page.goto(f"{site.url}/forgot-password")
    expect(page.get_by_role("button", name=EN["forgot.submit"])).to_be_visible()
    expect(page.get_by_role("radio")).to_have_count(0)
    page.get_by_label(EN["email.label"]).fill("nobody@example.com")
    page.get_by_role("button", name=EN["forgot.submit"]).click()
    heading(page, EN["sent.title"])
    expect(code_field(page)).to_have_count(0)
    assert [json.loads(body) for body in requests] == [{"email": "nobody@example.com", "locale": "en"}]


def test_a_channel_that_takes_over_has_its_field_too(page: Page, site: Site) -> None:
    """A mailed link that cannot arrive becomes a code on the phone."""
    configured(Screen(page, site.url, "en"), emailStyle="link", fallbackChannel="sms")
    ask(page, site, "nobody@example.com")
    expect(code_field(page)).to_be_visible()


def test_the_whole_flow_by_code_and_keyboard(page: Page, site: Site) -> None:
    """WCAG 2.1.1, 2.4.3, 2.4.7."""
    phone = f"{PHONE}99"
    email = site.create_account(phone=phone, phoneVerified=True)
    page.goto(f"{site.url}/forgot-password")
    heading(page, "Forgot your password?")
    tab_to(page, EN["email.label"])
    page.keyboard.type(email)
    tab_to(page, EN["channel.email"])
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name=EN["channel.sms"])).to_be_checked()
    tab_to(page, EN["forgot.submitCode"])
    page.keyboard.press("Enter")
    heading(page, EN["sent.titlePhone"])
    expect(code_field(page)).to_be_focused()
    page.keyboard.type(site.sent_code(phone))
    expect(page.locator("[name=new-password]")).to_be_visible()  # the heading is there while the code is checked, too
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    tab_to(page, EN["reset.password"])
    page.keyboard.type(NEW)
    tab_to(page, EN["reset.confirmation"])
    page.keyboard.type(NEW)
    page.keyboard.press("Enter")
    heading(page, EN["done.title"])
    assert site.has_password(email, NEW)
