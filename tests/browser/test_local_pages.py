"""The outbox and the description's viewer of a local server, in a browser."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]


def test_the_outbox_keeps_up_and_its_mails_lead_to_the_page(page: Page, site: Site) -> None:
    """A message appears without a reload, its button opens the page in a tab of its own, and the list is cleared."""
    email = site.create_account()
    page.goto(f"{site.url}/forgot-password")
    page.get_by_role("navigation", name="Local pages").get_by_role("link", name="Outbox").click()
    item = page.get_by_role("listitem").filter(has_text=email)
    expect(item).to_have_count(0)
    site.call_api("/auth/forgot-password", {"email": email})
    expect(item).to_have_count(1)
    item.get_by_role("link").click()
    with page.expect_popup() as opened:
        page.frame_locator("iframe").get_by_role("link").first.click()
    expect(opened.value.get_by_role("heading", level=1)).to_be_visible()
    expect(opened.value).to_have_url(f"{site.url}/reset-password?lang=en")
    expect(opened.value.get_by_role("button").first).to_be_visible()
    page.get_by_role("link", name="Outbox").click()
    page.get_by_role("button", name="Clear the outbox").click()
    expect(page.get_by_role("status")).to_contain_text("No messages yet.")
    expect(page.get_by_role("listitem")).to_have_count(0)
    assert site.call("/_local/outbox") == []


def test_the_description_can_be_tried_out(page: Page, site: Site) -> None:
    """At whatever port: within the page's policy."""
    page.goto(f"{site.url}/docs")
    page.locator(".opblock-summary-control").filter(has_text="/auth/forgot-password").click()
    page.get_by_role("button", name="Try it out").click()
    page.locator(".opblock textarea").fill('{"email": "demo@example.com"}')
    page.get_by_role("button", name="Execute").click()
    expect(page.locator(".live-responses-table tbody .response-col_status").first).to_have_text("200")
    expect(page.locator(".request-url pre")).to_have_text(f"{site.url}/auth/forgot-password")
