"""The documentation's site: its links, and the reference that is made of the API's description."""

import json
from pathlib import Path

import yaml

from tools.site import BESIDE, linked, reference

ROOT = Path(__file__).parents[2]


def test_links_lead_to_where_documents_are_in_the_site() -> None:
    text = (
        "[Settings](../README.md#settings), [API](api.md), [here](#here), [out](https://example.com), "
        "[`code`](../tools/site.py), ![picture](images/a.png)\n```md\n[kept](../README.md)\n```\n"
    )
    assert linked(text, "docs/operations.md", repository="") == (
        "[Settings](index.md#settings), [API](api.md), [here](#here), [out](https://example.com), "
        "`code`, ![picture](images/a.png)\n```md\n[kept](../README.md)\n```\n"
    )
    code = linked("[`code`](tools/site.py)", "README.md", repository="https://git.example.com/reset/")
    assert code == "[`code`](https://git.example.com/reset/blob/main/tools/site.py)"
    assert linked("![x](docs/images/a.png)", "README.md", repository="") == "![x](images/a.png)"


def test_the_reference_names_every_route_member_and_status() -> None:
    description = json.loads((ROOT / "docs" / "openapi.json").read_text("utf-8"))
    text = reference(description)
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            section = text.partition(f"`{method.upper()} {path}`\n")[2].partition("\n## ")[0]
            assert section, path
            for status in operation["responses"]:
                assert f"\n**{status}**: " in section, (path, status)
    for member in ("newPassword", "locale", "deviceToken", "requestId"):
        assert f"\n| `{member}` | " in text


def test_every_document_is_in_the_navigation() -> None:
    """The build refuses one that isn't, and so does this, sooner."""
    lines = (ROOT / "mkdocs.yml").read_text("utf-8").partition("\nnav:\n")[2]
    groups = yaml.safe_load(lines)
    named = [name for group in groups for entry in group.values() for name in _documents(entry)]
    written = {path.name for path in (ROOT / "docs").glob("*.md")} | set(BESIDE.values())
    assert sorted(named) == sorted(written | {"previews.md", "reference.md"})


def _documents(entry: str | list[dict[str, str]]) -> list[str]:
    return [entry] if isinstance(entry, str) else [name for group in entry for name in group.values()]
