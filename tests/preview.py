"""`make preview`: a gallery of every email, message and page state, in languages, widths, schemes and a brand's look.

It opens in a browser (`build/preview/index.html`). What differs from the last run is marked. The wording of emails and
messages in our own look is kept beside the tests, one file a language (`tests/wording`), so that a diff shows it.
"""

import hashlib
import html
import json
import os
import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import Error as BrowserError

from infra.branding import faults, messages, parts, rendering, samples
from infra.pages import brand_files
from local.cloud import default_settings
from password_reset.channels.brands import Brand, Look, look, read
from password_reset.channels.words.catalogue import LANGUAGES, catalogue
from password_reset.settings import Settings
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.browser.site import running_site
from tests.browser.states import STATES, Screen

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "build" / "preview"
WORDING = Path(__file__).parent / "wording"
WIDTHS = (320, 900)
SCHEMES = ("light", "dark")
_PLAIN = "white-space:pre-wrap;font:15px/1.5 sans-serif"
_DARK = "@media (prefers-color-scheme: dark)"
_FLEETING = re.compile(r"20471163|\b\d\d:\d\d\b|<[0-9a-f.]+@[^>]+>|id=\"[^\"]*\"|for=\"[^\"]*\"|[0-9a-f]{12}@")
"""What is otherwise at each run."""
_SAME_AT_EACH_RUN = """
let drawn = 0;
crypto.getRandomValues = (array) => array.map((_, i) => (array[i] = (37 * drawn++) % 256));
"""
"""A suggested password of everybody's: a random one would be a change each time."""


@dataclass(frozen=True)
class Shown:
    """One thing in the gallery: of a kind, in a language and a scheme, in a file below the target."""

    kind: str
    name: str
    language: str
    scheme: str
    path: str
    digest: str


def settings() -> Settings:
    """Return the settings that the gallery is in: those of the local server."""
    return Settings.from_environment(default_settings(8000))


def wording(language: str) -> str:
    """Return what emails and messages say in a language, in our own look."""
    mails, phones = rendering(None, look(settings(), None))
    told = {
        f"email {kind}": f"{mail['Subject']}\n\n{parts(mail)[0]}" for kind, mail in samples(mails, language).items()
    }
    told |= {f"message {kind}": text for kind, text in messages(phones, language).items()}
    return "\n".join(f"=== {name}\n{text.rstrip()}\n" for name, text in told.items())


def write_wording() -> list[str]:
    """Write the wording of every language; return those that changed."""
    WORDING.mkdir(exist_ok=True)
    changed = []
    for language in LANGUAGES:
        path, text = WORDING / f"{language}.txt", wording(language)
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
            changed.append(language)
    return changed


def mails_of(brand: Brand | None, chosen: Look, language: str, folder: Path) -> Iterator[Shown]:
    """Write emails and messages in a language."""
    mails, phones = rendering(brand, chosen)
    direction = catalogue(language, brand.locales if brand else None)["direction"]
    for kind, mail in samples(mails, language).items():
        text, page = parts(mail)
        for scheme in SCHEMES:
            name = f"mail-{kind}-{language}-{scheme}.html"
            # The picture that the mail carries is beside it here.
            shown = page.replace("cid:logo", f"brands/{brand.name}/{brand.file.mail_logo}" if brand else "")
            yield _write(folder, Shown("email", kind, language, scheme, name, ""), in_scheme(shown, scheme))
        yield _write(
            folder,
            Shown("email, plain", kind, language, "light", f"mail-{kind}-{language}.html", ""),
            plain(text, direction),
        )
    for kind, text in messages(phones, language).items():
        shown_text = Shown("message", kind, language, "light", f"message-{kind}-{language}.html", "")
        yield _write(folder, shown_text, plain(text, direction))


def plain(text: str, direction: str) -> str:
    """Return a text as a document."""
    return f'<meta charset="utf-8"><pre dir="{direction}" style="{_PLAIN}">{html.escape(text)}'


def pages_of(
    browser: Browser, url: str, language: str, own: Path | None, folder: Path, *, pictures: bool
) -> Iterator[Shown]:
    """Write every state of every page in a language, as the browser has it; a state that cannot be reached is told."""
    for state, reach in STATES.items():
        context = browser.new_context(
            locale="en-GB", viewport={"width": WIDTHS[0], "height": 700}, reduced_motion="reduce"
        )
        context.set_default_timeout(8000)
        context.add_init_script(_SAME_AT_EACH_RUN)
        page = context.new_page()
        screen = Screen(page, url, language, own)
        try:
            reach(screen)
        except (AssertionError, BrowserError) as error:
            sys.stderr.write(f"{language}: {state} could not be reached: {str(error).splitlines()[0]}\n")
        else:
            if too_wide := page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
                sys.stderr.write(f"{language}: {state} is wider than {WIDTHS[0]} px: {too_wide}.\n")
            page.evaluate("document.querySelector('nav.local-links')?.remove()")  # of this machine alone
            document = frozen(page)
            for scheme in SCHEMES:
                shown = Shown("page", state, language, scheme, f"page-{state}-{language}-{scheme}.html", "")
                yield _write(folder, shown, in_scheme(document, scheme))
            if pictures:
                photograph(page, folder / f"page-{state}-{language}")
        for route in screen.held:
            route.abort()
        context.close()


def photograph(page: Page, path: Path) -> None:
    """Write pictures of a page, in each width and scheme."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 700})
        for scheme in SCHEMES:
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            page.screenshot(path=f"{path}-{width}-{scheme}.png", full_page=True)


def photograph_mail(page: Page, folder: Path, mail: Shown) -> None:
    """Write pictures of a mail that is in the folder, in each width."""
    page.emulate_media(color_scheme="dark" if mail.scheme == "dark" else "light")
    page.goto((folder / mail.path).as_uri())
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 700})
        page.screenshot(path=folder / f"mail-{mail.name}-{mail.language}-{width}-{mail.scheme}.png", full_page=True)


def lacking(page: Page, url: str, language: str, own: Path | None) -> str:
    """Return the letters and digits of a language's pages that the brand's font lacks: Chromium says what drew each."""
    page.goto(f"{url}/forgot-password?lang={language}")
    texts = "".join(catalogue(language, own)["pages"].values()) + "0123456789"
    letters = sorted({letter for letter in texts if letter.isalnum()})
    page.evaluate(
        """async (letters) => {
          await document.fonts.load('16px brand', letters.join(''));
          const row = document.body.appendChild(document.createElement('p'));
          row.id = 'letters';
          for (const letter of letters) row.appendChild(document.createElement('span')).textContent = letter;
        }""",
        letters,
    )
    session = page.context.new_cdp_session(page)
    session.send("DOM.enable")
    session.send("CSS.enable")
    root = session.send("DOM.getDocument", {"depth": 0})["root"]["nodeId"]
    nodes = session.send("DOM.querySelectorAll", {"nodeId": root, "selector": "#letters span"})["nodeIds"]
    drawn = [session.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"] for node in nodes]
    return "".join(
        letter for letter, fonts in zip(letters, drawn, strict=True) if not all(font["isCustomFont"] for font in fonts)
    )


def frozen(page: Page) -> str:
    """Return a page as it is, with its styles in it and without its scripts."""
    document: str = page.evaluate(
        """async () => {
          for (const input of document.querySelectorAll('input')) {
            input.setAttribute('value', input.value);
            input.toggleAttribute('checked', input.checked);
          }
          const sheets = [...document.styleSheets].filter((sheet) => sheet.href?.includes('/assets/'));
          const css = sheets.flatMap((sheet) => [...sheet.cssRules].map((rule) => rule.cssText)).join('\\n');
          const copy = document.documentElement.cloneNode(true);
          for (const element of copy.querySelectorAll('script, link, noscript')) element.remove();
          return copy.outerHTML.replace('</head>', `<style>${css}</style></head>`);
        }"""
    )
    return f"<!doctype html>{document}"


def in_scheme(document: str, scheme: str) -> str:
    """Return a document as it looks where people prefer this scheme, whatever they prefer."""
    wanted = document.replace(_DARK, "@media all" if scheme == "dark" else "@media not all")
    wanted = wanted.replace(
        'media="(prefers-color-scheme: dark)"', f'media="{"all" if scheme == "dark" else "not all"}"'
    )
    return wanted.replace("color-scheme: light dark", f"color-scheme: {scheme}")


def _write(folder: Path, shown: Shown, document: str) -> Shown:
    (folder / shown.path).write_text(document, "utf-8")
    digest = hashlib.sha256(_FLEETING.sub("", document).encode()).hexdigest()
    return Shown(shown.kind, shown.name, shown.language, shown.scheme, shown.path, digest)


def gallery(shown: Sequence[Shown], before: dict[str, str], brand: str, missing: Sequence[str]) -> str:
    """Return the page that shows it all, with what changed since `before` first and marked."""
    frames = []
    for one in sorted(
        shown, key=lambda one: (one.path in before and before[one.path] == one.digest, one.kind, one.path)
    ):
        mark = "new" if one.path not in before else "" if before[one.path] == one.digest else "changed"
        mark = mark if before else ""
        label = html.escape(f"{one.kind}: {one.name} · {one.language} · {one.scheme}")
        size = "".join(
            f'<iframe loading="lazy" src="{one.path}" width="{width}" height="560" title="{label}"></iframe>'
            for width in (WIDTHS if one.kind in {"page", "email"} else WIDTHS[:1])
        )
        data = f'data-kind="{one.kind}" data-language="{one.language}" data-scheme="{one.scheme}" data-mark="{mark}"'
        caption = f'<figcaption>{label} <b>{mark}</b> <a href="{one.path}">open</a></figcaption>'
        frames.append(f"<figure {data}>{caption}{size}</figure>")
    choices = {
        "kind": sorted({one.kind for one in shown}),
        "language": sorted({one.language for one in shown}),
        "scheme": SCHEMES,
        "mark": ("changed", "new"),
    }
    selects = "".join(
        f'<label>{name} <select data-by="{name}"><option value="">all'
        + "".join(f"<option>{value}" for value in values)
        + "</select></label> "
        for name, values in choices.items()
    )
    gone = "".join(f"<li>{html.escape(path)} is gone" for path in missing)
    different = sum('data-mark=""' not in frame for frame in frames)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Preview: {html.escape(brand)}</title>{_STYLE}'
        f"<header><strong>{html.escape(brand)}</strong> {len(shown)} shown, {different} new or changed. "
        f"{selects}</header>"
        f"<ul>{gone}</ul>{''.join(frames)}{_SCRIPT}</html>"
    )


_STYLE = """<style>
body { font: 15px/1.5 sans-serif; margin: 1rem }
header { position: sticky; top: 0; background: #fff; padding: .5rem 0 }
figure { margin: 0 0 2rem }
iframe { border: 1px solid #999; margin-right: 1rem; vertical-align: top }
b { background: #ffd500; padding: 0 .4em }
b:empty, [hidden] { display: none }
</style>"""
_SCRIPT = """<script>
const selects = [...document.querySelectorAll('select')];
for (const select of selects) select.onchange = () => {
  for (const figure of document.querySelectorAll('figure'))
    figure.hidden = selects.some((by) => by.value && figure.dataset[by.dataset.by] !== by.value);
};
</script>"""


def main(*arguments: str) -> int:
    """Write the gallery, and the wording; with `--check` say only what would stop that."""
    name = os.environ.get("BRAND") or os.environ.get("BRANDING", "")
    named = f"branding/{name}" if name and "/" not in name else name
    if name and (lines := faults(named, settings())):
        sys.stderr.write("\n".join(lines) + "\n")
        return 2
    brand = read(named) if name else None
    chosen = look(settings(), brand)
    languages = [part for part in os.environ.get("LANGUAGES", "").split(",") if part] or [chosen.default_locale]
    if unknown := [language for language in languages if language not in chosen.languages]:
        sys.stderr.write(f"{', '.join(unknown)}: not on offer. LANGUAGES are any of {','.join(chosen.languages)}.\n")
        return 2
    if "--check" in arguments:
        return 0
    folder = TARGET / (brand.name if brand else "ours")
    folder.mkdir(parents=True, exist_ok=True)
    manifest = folder / "manifest.json"
    before: dict[str, str] = json.loads(manifest.read_text("utf-8")) if manifest.exists() else {}
    for path, content in (brand_files({"": brand}) if brand else {}).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    if brand and brand.file.mail_logo:
        (folder / "brands" / brand.name).mkdir(parents=True, exist_ok=True)
        shutil.copyfile(brand.folder / brand.file.mail_logo, folder / "brands" / brand.name / brand.file.mail_logo)
    shown = [one for language in languages for one in mails_of(brand, chosen, language, folder)]
    try:
        shown += _pages(brand, named, languages, folder, [one for one in shown if one.kind == "email"])
    except AssertionError as error:  # the server did not start, and says why
        sys.stderr.write(f"{error}\n")
        return 2
    now = {one.path: one.digest for one in shown}
    missing = [path for path in before if path not in now and any(f"-{language}" in path for language in languages)]
    (folder / "index.html").write_text(gallery(shown, before, folder.name, missing), "utf-8")
    manifest.write_text(json.dumps({**before, **now}), "utf-8")
    changed = write_wording()
    sys.stdout.write(f"{folder.relative_to(ROOT)}/index.html: {len(shown)} to look at.\n")
    if changed:
        sys.stdout.write(f"Wording changed, see the diff of tests/wording: {', '.join(changed)}\n")
    return 0


def _pages(
    brand: Brand | None, named: str, languages: Sequence[str], folder: Path, mails: Sequence[Shown]
) -> list[Shown]:
    if CHROMIUM is None:
        sys.stderr.write("Without pages: no Chromium on this machine.\n")
        return []
    environment = {"RESET_LIMIT_PER_IDENTIFIER": "0"} | ({"BRANDING": named} if brand else {})
    pictures = bool(os.environ.get("PNG"))
    with running_site(**environment) as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        own = brand.locales if brand else None
        page = browser.new_page()
        for mail in mails if pictures else ():
            photograph_mail(page, folder, mail)
        for language in languages if brand and brand.file.font else ():
            if letters := lacking(page, site.url, language, own):
                sys.stderr.write(
                    f"{language}: the brand's font has no {' '.join(letters)}: a system font shows them.\n"
                )
        shown = [
            one
            for language in languages
            for one in pages_of(browser, site.url, language, own, folder, pictures=pictures)
        ]
        browser.close()
    return shown


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
