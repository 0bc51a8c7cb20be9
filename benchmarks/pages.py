"""How soon the hosted pages are there and answer, in Chromium, on a processor four times slower.

Largest contentful paint, and the total of what long tasks block beyond 50 ms, as Lighthouse counts it:
the median of several visits with an empty cache, on the local server, so without a network's delays.
"""

import statistics
import sys

from playwright.sync_api import Browser, sync_playwright

from tests.browser.conftest import CHROMIUM, FLAGS
from tests.browser.site import Site, running_site

VISITS = 7
SLOWDOWN = 4
OBSERVE = """
window.painted = 0;
window.blocked = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.painted = entry.startTime;
}).observe({ type: 'largest-contentful-paint', buffered: true });
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.blocked += Math.max(0, entry.duration - 50);
}).observe({ type: 'longtask', buffered: true });
"""


def needed() -> None:
    """End with an error where there is no browser."""
    if CHROMIUM is None:
        sys.exit("The pages are measured in Chromium, and there is none: apt-get install chromium-headless-shell")


def visit(browser: Browser, address: str, typed: str = "") -> tuple[float, float]:
    """Return the largest contentful paint and the blocking time of a first visit, in ms."""
    context = browser.new_context(viewport={"width": 412, "height": 823})
    page = context.new_page()
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
    page.add_init_script(OBSERVE)
    page.goto(address)
    page.get_by_role("textbox").first.wait_for()
    if typed:
        page.locator("[name=new-password]").press_sequentially(typed, delay=100)
        page.locator("[data-score=none]").wait_for(state="detached")
    page.wait_for_timeout(500)
    painted, blocked = page.evaluate("[window.painted, window.blocked]")
    context.close()
    return painted, blocked


def report(browser: Browser, site: Site) -> dict[str, tuple[float, float]]:
    """Print and return each page's medians, in ms: largest contentful paint and blocking time."""
    link = site.link_for(site.create_account())
    pages = {
        "forgot-password": (f"{site.url}/forgot-password", ""),
        "reset-password": (link, ""),
        "reset-password, typing": (link, "purple otters"),
    }
    medians = {}
    for name, (address, typed) in pages.items():
        visits = [visit(browser, address, typed) for _ in range(VISITS)]
        painted, blocked = (statistics.median(values) for values in zip(*visits, strict=True))
        print(f"{name:24} LCP {painted:5.0f} ms   TBT {blocked:4.0f} ms")
        medians[name] = (painted, blocked)
    return medians


def measure() -> dict[str, tuple[float, float]]:
    """Serve, visit, report."""
    with running_site() as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        medians = report(browser, site)
        browser.close()
    return medians
