"""The preview's pages: the same at each run, and nothing in them that is of this machine alone."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests import preview
from tests.browser.site import Site
from tests.browser.states import STATES

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]


def test_a_page_is_the_same_at_each_run(
    browser: Browser, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictured: list[str] = []

    def photograph(page: Page, path: Path) -> None:
        pictured.append(f"{path.name}: {page.get_by_text('Outbox').count()}")

    monkeypatch.setattr(preview, "STATES", {"reset-suggested": STATES["reset-suggested"]})
    monkeypatch.setattr(preview, "photograph", photograph)
    one, other = (list(preview.pages_of(browser, site.url, "en", None, tmp_path, pictures=True)) for _ in range(2))
    assert [shown.path for shown in one] == [f"page-reset-suggested-en-{scheme}.html" for scheme in ("light", "dark")]
    assert one == other
    assert pictured == ["page-reset-suggested-en: 0"] * 2
