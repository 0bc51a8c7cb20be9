"""A translated page works, and one that breaks all the same says what happened."""

import pytest
from playwright.sync_api import Page

from tests.browser.site import Site
from tests.browser.states import EN
from tests.browser.test_flow import NEW, fill_passwords, heading, open_form, sign_in, submit
from tests.browser.translator import translate, untranslated

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]


def test_the_whole_flow_translated(page: Page, site: Site) -> None:
    """Send, change and sign in are pressed, and each says what came of it."""
    translate(page)
    email = site.create_account()
    page.goto(f"{site.url}/forgot-password")
    page.get_by_label(EN["email.label"]).fill(email)
    assert untranslated(page) == []
    page.get_by_role("button", name=EN["forgot.submit"]).click()
    heading(page, EN["sent.title"])
    open_form(page, site.mailed_link(email))
    fill_passwords(page, NEW)
    assert untranslated(page) == []
    submit(page)
    heading(page, EN["done.title"])
    page.goto(f"{site.url}/sign-in")
    sign_in(page, email, NEW)
    heading(page, EN["signedIn.title"])
    page.get_by_role("button", name=EN["signedIn.signOut"]).click()
    heading(page, EN["signIn.title"])
