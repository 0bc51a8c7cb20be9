"""From a mailed link to a new password, by way of a second factor."""

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from password_reset.proofs.factors import STEP_SECONDS, one_time_password, read_secret
from tests.browser.site import Site, running_site
from tests.browser.states import EN
from tests.browser.test_flow import NEW, fill_passwords, heading, submit

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # pragma: allowlist secret - of nobody
CODE = "k7wq-2m4t-x5ra-9bcd"


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """The service with factors."""
    with running_site(FACTORS="totp,recovery_code,phone", CHANNELS="email,sms") as site:
        yield site


def test_the_whole_flow_by_an_authenticator_app(page: Page, site: Site) -> None:
    """Row 66: a wrong password is told, the right one opens the form, by keyboard."""
    email = site.create_account(totpSecret=SECRET, recoveryCodes=[CODE])
    page.goto(site.link_for(email))
    heading(page, EN["factor.title"])
    field = page.get_by_label(EN["factor.totp"])
    expect(field).to_be_focused()
    field.fill("000000")
    field.press("Enter")
    expect(page.get_by_text(EN["factor.invalid"])).to_be_visible()
    expect(field).to_be_focused()
    field.fill(one_time_password(read_secret(SECRET), int(time.time()) // STEP_SECONDS))
    field.press("Enter")
    heading(page, EN["reset.title"])
    fill_passwords(page, NEW)
    submit(page)
    heading(page, EN["done.title"])


def test_the_whole_flow_by_a_recovery_code(page: Page, site: Site) -> None:
    """Row 67: where the app is lost; a link that was proven stays so when it is opened again."""
    email = site.create_account(totpSecret=SECRET, recoveryCodes=[CODE])
    link = site.link_for(email)
    page.goto(link)
    heading(page, EN["factor.title"])
    page.get_by_role("button", name=EN["factor.recovery_code.use"]).click()
    field = page.get_by_label(EN["factor.recovery_code"])
    expect(field).to_be_focused()
    field.fill(CODE.upper())
    field.press("Enter")
    heading(page, EN["reset.title"])
    page.goto("about:blank")
    page.goto(link)
    heading(page, EN["reset.title"])
    expect(page.locator("[name=new-password]")).to_be_visible()


def test_the_whole_flow_by_a_code_to_the_phone(page: Page, site: Site) -> None:
    """Row 66: it's sent when that is asked for, and not before; the link alone opens nothing."""
    phone = f"+49151{time.time_ns() % 10**8:08}"
    email = site.create_account(phone=phone, phoneVerified=True)
    page.goto(site.link_for(email))
    heading(page, EN["factor.title"])
    expect(page.get_by_text(EN["factor.phone.ask"])).to_be_visible()
    page.get_by_role("button", name=EN["sent.resendCode"]).click()
    field = page.get_by_label(EN["factor.phone"])
    expect(field).to_be_focused()
    field.fill(site.sent_code(phone))
    field.press("Enter")
    heading(page, EN["reset.title"])
    fill_passwords(page, NEW)
    submit(page)
    heading(page, EN["done.title"])
