"""How much the hosted pages weigh: what a phone on a slow network waits for."""

import gzip
import re
from pathlib import Path

import pytest

from infra.assets import DIST
from infra.documents import documents
from infra.pages import PageSettings
from local.cloud import default_settings
from password_reset.settings import Settings

ASSETS = DIST / "assets"


def weight(*names: str) -> int:
    """Return the bytes of files of the build, gzipped."""
    return sum(len(gzip.compress((DIST / name).read_bytes())) for name in names)


def asset(name: str) -> str:
    """Return the file of the build that has this name before its hash."""
    (found,) = (path for path in ASSETS.iterdir() if re.fullmatch(rf"{name}-[\w-]{{8}}\.js", path.name))
    return str(found.relative_to(DIST))


@pytest.fixture(scope="module")
def first() -> list[str]:
    """What a page begins with: a script and a style sheet, and nothing that the script asks for in its turn."""
    names = re.findall(
        r'<(?:script|link rel="stylesheet")[^>]* (?:src|href)="\./([^"]+)"', (DIST / "index.html").read_text()
    )
    (script, styles) = sorted(names, reverse=True, key=lambda name: Path(name).suffix)
    assert not re.findall(r"\bfrom ?[\"']|^import ?[\"']", (DIST / script).read_text())
    return [script, styles]


def test_the_first_script_is_small(first: list[str]) -> None:
    """25 kB gzipped, and 4 kB of styles."""
    script, styles = first
    assert 15_000 < weight(script) < 25_000
    assert 2_000 < weight(styles) < 4_000


def test_no_language_weighs_on_the_others(first: list[str]) -> None:
    """A page, whole, in any language: 33 kB gzipped in its three files, of which the document has 6.5."""
    html = (DIST / "index.html").read_text("utf-8")
    made = documents(html, Settings.from_environment(default_settings(8000)), PageSettings(), api_url="")
    heaviest = max(len(gzip.compress(html.encode())) for _, html in made)
    assert 4_000 < heaviest < 6_500
    assert heaviest + weight(*first) < 33_000


def test_the_strength_meter_is_small() -> None:
    """60 kB gzipped, with its list of common passwords, so that it is there before the first key."""
    assert 40_000 < weight(asset("strength")) < 60_000
