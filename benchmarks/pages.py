"""How soon the hosted pages are there and answer, in Chromium, on a slow network and a processor four times slower.

The network is Lighthouse's slow 4G where a browser applies it: every request waits 562.5 ms, as for a connection of its
own, and 1.47 Mbit/s come in. First and largest contentful paint; when the first field can be typed into, and how many
requests were made until then; the total of what long tasks block beyond 50 ms; and how long after the first key of a
password its strength is told. The median of several visits with an empty cache, on the local server, compressed as the
distribution does.
"""

import base64
import io
import json
import statistics
import sys
from collections.abc import Mapping
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.drawing import drawing
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.browser.site import Site, running_site

VISITS = 7
SLOWDOWN = 4
SLOW_4G = {
    "offline": False,
    "latency": 562.5,
    "downloadThroughput": 1_474_560 / 8,
    "uploadThroughput": 675_000 / 8,
}
OBSERVE = """
window.seen = { first: 0, painted: 0, usable: 0, blocked: 0, typed: 0, told: 0 };
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.seen.painted = entry.startTime;
}).observe({ type: 'largest-contentful-paint', buffered: true });
new PerformanceObserver((list) => {
  for (const entry of list.getEntriesByName('first-contentful-paint')) window.seen.first = entry.startTime;
}).observe({ type: 'paint', buffered: true });
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.seen.blocked += Math.max(0, entry.duration - 50);
}).observe({ type: 'longtask', buffered: true });
new MutationObserver(() => {
  if (!window.seen.usable && document.querySelector('input:not([readonly])')) window.seen.usable = performance.now();
  if (window.seen.typed && !window.seen.told && !document.querySelector('[data-score=none]'))
    window.seen.told = performance.now();
}).observe(document, { childList: true, attributes: true, subtree: true });
document.addEventListener('input', () => { window.seen.typed ||= performance.now(); }, true);
"""
LOADED = """
[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')].map((entry) => [
  entry.name, entry.startTime, entry.responseStart, entry.responseEnd, entry.transferSize])
"""
FILMS = 5
FRAMES = 9
FRAME_MS = 400

type Figures = dict[str, dict[str, int]]
type Entry = tuple[str, float, float, float, int]
type Film = tuple[list[Entry], list[tuple[float, Image.Image]]]


def needed() -> None:
    """End with an error where there is no browser."""
    if CHROMIUM is None:
        sys.exit("The pages are measured in Chromium, and there is none: apt-get install chromium-headless-shell")


def visitor(browser: Browser) -> Page:
    """Return a phone with an empty cache."""
    context = browser.new_context(viewport={"width": 412, "height": 823}, locale="en-GB")
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", SLOW_4G)
    page.add_init_script(OBSERVE)
    return page


def loaded(page: Page) -> list[Entry]:
    """Return what a page has asked for: name, ms of its start, first and last byte, and the bytes that came.

    What the local server alone adds to a page is left out.
    """
    entries = [(name.split("?")[0].rpartition("/")[2], *rest) for name, *rest in page.evaluate(LOADED)]
    return [entry for entry in entries if entry[0] != "links.css"]


def visit(browser: Browser, address: str, typed: str) -> dict[str, float]:
    """Return the figures of a first visit: ms, but for requests and bytes."""
    page = visitor(browser)
    page.goto(address)
    page.get_by_role("textbox").first.wait_for()
    if typed:
        page.wait_for_timeout(1_500)  # people look before they type
        page.locator("[name=new-password]").press_sequentially(typed, delay=100)
        page.locator("[data-score=none]").wait_for(state="detached")
    page.wait_for_timeout(500)
    seen: dict[str, float] = page.evaluate("window.seen")
    before = [entry for entry in loaded(page) if entry[1] < seen["usable"]]
    page.context.close()
    figures = {name: seen[name] for name in ("first", "painted", "usable", "blocked")}
    figures |= {"requests": len(before), "bytes": sum(entry[4] for entry in before)}
    return figures | ({"verdict": seen["told"] - seen["typed"]} if typed else {})


def report(browser: Browser, addresses: Mapping[str, tuple[str, str]]) -> Figures:
    """Print and return each page's medians."""
    medians = {}
    for name, (address, typed) in addresses.items():
        visits = [visit(browser, address, typed) for _ in range(VISITS)]
        medians[name] = {figure: round(statistics.median(one[figure] for one in visits)) for figure in visits[0]}
        print(f"{name:24} {'   '.join(f'{figure} {value:,.0f}' for figure, value in medians[name].items())}")
    return medians


def film(browser: Browser, address: str) -> Film:
    """Return what a first visit loads, and what is to be seen meanwhile, with ms of each."""
    page = visitor(browser)
    browser.start_tracing(page=page, screenshots=True)
    page.goto(address)
    page.get_by_role("textbox").first.wait_for()
    page.wait_for_timeout(300)
    events = json.loads(browser.stop_tracing())["traceEvents"]
    entries = loaded(page)
    page.context.close()
    start = max(event["ts"] for event in events if event["name"] == "navigationStart")
    shots = [event for event in events if event["name"] == "Screenshot"]
    pictures = [(shot["ts"], Image.open(io.BytesIO(base64.b64decode(shot["args"]["snapshot"])))) for shot in shots]
    return entries, [((moment - start) / 1000, picture) for moment, picture in pictures]


def middle(browser: Browser, address: str) -> Film:
    """Return the film of a visit that is neither the shortest nor the longest."""
    films = sorted((film(browser, address) for _ in range(FILMS)), key=lambda made: max(entry[3] for entry in made[0]))
    return films[FILMS // 2]


def draw(films: Mapping[str, Film], path: Path) -> None:
    """Draw each page's waterfall, and beneath it what is to be seen at each moment."""
    with drawing(path, (9, 3.2 * len(films)), "pages") as figure:
        rows = figure.subfigures(len(films), 1, squeeze=False)[:, 0]
        for row, (name, (entries, shots)) in zip(rows, films.items(), strict=True):
            grid = row.add_gridspec(2, FRAMES, height_ratios=(1, 1.4))
            waterfall = row.add_subplot(grid[0, :])
            shown = [entry for entry in entries if entry[1] < FRAMES * FRAME_MS]
            for at, (file, start, first, last, size) in enumerate(shown):
                waterfall.barh(at, first - start, left=start, color="#c9d3e0")
                waterfall.barh(at, last - first, left=first, color="#1f5fd0")
                label, late = f" {file or name}, {size / 1000:.1f} kB ", last > FRAMES * FRAME_MS * 0.8
                waterfall.text(start if late else last, at, label, va="center", ha="right" if late else "left")
            waterfall.set(title=name, xlim=(0, FRAMES * FRAME_MS), yticks=(), ylim=(len(shown) - 0.5, -0.5))
            waterfall.tick_params(labelsize=7)
            for at in range(FRAMES):
                moment = (at + 1) * FRAME_MS
                seen = [picture for ms, picture in shots if ms <= moment]
                frame = row.add_subplot(grid[1, at])
                frame.imshow(_small(seen[-1] if seen else Image.new("RGB", (412, 823), "#ffffff")))
                frame.set(title=f"{moment / 1000:.1f} s", xticks=(), yticks=())
                frame.spines[["top", "right"]].set_visible(True)


def _small(picture: Image.Image) -> Image.Image:
    return picture.convert("RGB").resize((110, 220)).quantize(16).convert("RGB")


def addresses(site: Site) -> dict[str, tuple[str, str]]:
    """Return the pages that are measured, by name, with what is typed into them."""
    link = site.link_for(site.create_account())
    return {
        "forgot-password": (f"{site.url}/forgot-password", ""),
        "reset-password": (link, ""),
        "reset-password, typing": (link, "purple otters"),
    }


def measure(picture: Path) -> Figures:
    """Serve, visit, report, draw."""
    with running_site() as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        pages = addresses(site)
        medians = report(browser, pages)
        draw({name: middle(browser, address) for name, (address, typed) in pages.items() if not typed}, picture)
        browser.close()
    return medians
