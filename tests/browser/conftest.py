"""A server, a browser, and people with their devices."""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

from tests.browser.site import Site, running_site

# The first is Chromium without what a person sees of it around the pages: a test takes half the time.
PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, PROGRAMS)), None)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

PATIENCE_MILLISECONDS = 120_000

type OpenPage = Callable[..., Page]


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """The service, without limits."""
    with running_site(RESET_LIMIT_PER_IDENTIFIER="0") as site:
        yield site


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium. A machine without it skips; continuous integration must have it."""
    if CHROMIUM is None:
        reason = "no Chromium on this machine: browser tests need one"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    expect.set_options(timeout=PATIENCE_MILLISECONDS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser, site: Site) -> Iterator[OpenPage]:
    """Open a page on a device of its own. Whatever the test does, nothing may go wrong in its console, and no
    request may leave for anywhere else (WSTG, row 24 of the standards).
    """
    wrong: list[str] = []
    contexts = []

    def watch(message: ConsoleMessage) -> None:
        # Refused and failed requests, which tests cause on purpose, are logged as this.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            wrong.append(message.text)

    def watch_request(request: Request) -> None:
        if not request.url.startswith("http://127.0.0.1:"):
            wrong.append(f"request to {request.url}")

    def open_page(**options: Any) -> Page:
        context = browser.new_context(**{"locale": "en-GB", "viewport": {"width": 1280, "height": 800}, **options})
        context.set_default_timeout(PATIENCE_MILLISECONDS)
        contexts.append(context)
        context.on("console", watch)
        context.on("weberror", lambda error: wrong.append(str(error.error)))
        context.on("request", watch_request)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """A page on a desktop computer in English."""
    return open_page()
