"""What the documents point to is there: files, headings and commands."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.waiting import PATIENCE_SECONDS

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(
    path
    for pattern in ("*.md", "docs/*.md", ".github/*.md", "docs/*/*.md")
    for path in ROOT.glob(pattern)
    if "node_modules" not in path.parts
)

LINK = re.compile(r"\]\(([^)\s]+)\)")
COMMAND = re.compile(r"(?:^|`)make ([a-z][a-z-]*)", re.MULTILINE)
TARGETS = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


def anchors(text: str) -> set[str]:
    """Return the names that GitHub gives to a document's headings."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken(document: Path) -> list[str]:
    """Return the links that lead nowhere within the repository."""
    found = []
    for link in LINK.findall(document.read_text("utf-8")):
        path, _, anchor = link.partition("#")
        target = document.parent / path if path else document
        if not re.match(r"[a-z]+:", link) and (
            not target.exists() or (anchor and anchor not in anchors(target.read_text("utf-8")))
        ):
            found.append(link)
    return found


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    assert broken(document) == []


@pytest.mark.parametrize("link", ["none.md", "there.md#nowhere", "#nowhere"])
def test_a_broken_link_is_found(link: str, tmp_path: Path) -> None:
    (tmp_path / "there.md").write_text("# There\n", "utf-8")
    document = tmp_path / "document.md"
    document.write_text(
        f"# Here, again\n[a](there.md#there) [b](#here-again) [c]({link}) [d](https://example.com/x#y)", "utf-8"
    )
    assert broken(document) == [link]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_exist(document: Path) -> None:
    assert sorted(set(COMMAND.findall(document.read_text("utf-8"))) - TARGETS) == []


def test_what_a_stranger_looks_for_is_where_github_looks() -> None:
    """Its community profile, the forms of a new issue, and updates."""
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=PATIENCE_SECONDS
    ).stdout.split()
    assert {
        "README.md",
        "LICENSE",
        "SECURITY.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        ".github/ISSUE_TEMPLATE/bug.yml",
        ".github/ISSUE_TEMPLATE/config.yml",
        ".github/ISSUE_TEMPLATE/feature.yml",
        ".github/pull_request_template.md",
        ".github/dependabot.yml",
        ".devcontainer/devcontainer.json",
    } <= set(listed)
