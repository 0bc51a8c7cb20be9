"""One version: what was released is told the same wherever somebody may ask."""

import json
import re
import tomllib
from pathlib import Path

from local.openapi import document
from password_reset import __version__
from password_reset.aws.client import USER_AGENT
from tools.components import layer, pages
from tools.sbom import bill

ROOT = Path(__file__).parents[2]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]


def test_it_is_a_version() -> None:
    """As Python writes one, which is as SemVer does but for a candidate's hyphen and dot."""
    assert re.fullmatch(r"\d+\.\d+\.\d+(rc\d+)?", VERSION)


def test_the_package_has_it() -> None:
    assert __version__ == VERSION


def test_the_api_description_has_it() -> None:
    """Made from the models, and as committed."""
    assert document()["info"]["version"] == VERSION
    assert json.loads((ROOT / "docs" / "openapi.json").read_text("utf-8"))["info"]["version"] == VERSION


def test_the_bills_of_materials_have_it() -> None:
    for title, components in (("password-reset layer", layer()), ("password-reset pages", pages())):
        whole = json.loads(bill(title, components))["metadata"]["component"]
        assert (whole["name"], whole["version"]) == (title, VERSION)
        assert whole["licenses"] == [{"license": {"id": "Apache-2.0"}}]


def test_the_changelog_has_it() -> None:
    """At the top, but for what is not released yet."""
    headings = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert next(heading.rstrip(",") for heading in headings if heading != "Unreleased") == VERSION


def test_no_manifest_has_one_of_its_own() -> None:
    """The workspaces are private; `make packages` gives what it packs this one."""
    lock = json.loads((ROOT / "package-lock.json").read_text("utf-8"))
    manifests = [
        json.loads((ROOT / name).read_text("utf-8"))
        for name in ("package.json", "web/package.json", "packages/client/package.json", "packages/react/package.json")
    ]
    own = (*manifests, lock, lock["packages"][""], lock["packages"]["web"])
    assert [manifest["version"] for manifest in own if "version" in manifest] == []


def test_aws_is_told_of_it() -> None:
    """By each client, as its user agent, which CloudTrail shows; another test compares the bytes."""
    assert f"password-reset/{VERSION}" == USER_AGENT
