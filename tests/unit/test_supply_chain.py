"""What is installed, deployed and committed: locked with hashes, listed, searched for secrets and for bugs of old."""

import base64
import hashlib
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tests.waiting import PATIENCE_SECONDS
from tools import audit, licences
from tools.components import Component, NotAsLockedError, layer, pages
from tools.sbom import bill
from tools.secret_scan import findings

ROOT = Path(__file__).parents[2]
LAYER = ROOT / "layers" / "dependencies" / "requirements.txt"
LOCKED = [*sorted((ROOT / "requirements").glob("*.txt")), LAYER]
PIN = re.compile(r"([a-z0-9-]+)(?:\[[a-z0-9,-]+\])?==(\S+)")
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})\b")
LOCK: dict[str, dict[str, Any]] = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]


def entries(requirements: str) -> list[str]:
    """Return a lock's requirements, each with its hashes in one line."""
    lines = requirements.replace("\\\n", " ").splitlines()
    return [line for line in lines if line.strip() and not line.lstrip().startswith("#")]


def unpinned(requirements: str) -> list[str]:
    return [entry for entry in entries(requirements) if not PIN.match(entry) or not HASH.search(entry)]


@pytest.mark.parametrize("path", LOCKED, ids=lambda path: str(path.relative_to(ROOT)))
def test_requirements_are_pinned_and_hashed_without_addresses(path: Path) -> None:
    text = path.read_text("utf-8")
    assert len(entries(text)) > 5
    assert unpinned(text) == []
    assert not re.search(r"https?://|index-url|find-links", text)


@pytest.mark.parametrize("line", ["bcrypt>=5 --hash=sha256:" + "0" * 64, "bcrypt==5.0.0", "-e .", "./bcrypt.whl"])
def test_what_is_not_pinned_is_found(line: str) -> None:
    assert unpinned(f"# a comment\n{line}\n") == [line]


def test_npm_packages_are_pinned_with_integrity_and_without_addresses() -> None:
    """All but the two that are in this repository; their own dependencies are exact versions."""
    own = {name: package for name, package in LOCK.items() if package.get("link") or "node_modules/" not in name}
    assert set(own) == {"", "web", "node_modules/web"}
    others = {name: package for name, package in LOCK.items() if name not in own}
    assert len(others) > 20
    assert [name for name, p in others.items() if not p.get("integrity", "").startswith("sha512-")] == []
    assert [name for name, package in others.items() if "resolved" in package] == []
    chosen = [v for p in own.values() for kind in p if kind.lower().endswith("dependencies") for v in p[kind].values()]
    assert len(chosen) > 8
    assert [version for version in chosen if not re.fullmatch(r"\d+\.\d+\.\d+", version)] == []


def test_actions_are_pinned() -> None:
    """To a commit, which nobody can move; the comment beside it says which release that is."""
    workflows = [path.read_text("utf-8") for path in (ROOT / ".github" / "workflows").glob("*.yml")]
    used = [action for text in workflows for action in re.findall(r"uses: (.+)", text)]
    assert len(used) > 5
    pinned = re.compile(r"\./.+|[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
    assert [action for action in used if not pinned.fullmatch(action)] == []
    assert {action for action in used if action[0] != "."} == {
        "actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0",
        "actions/setup-node@2028fbc5c25fe9cf00d9f06a71cc4710d4507903 # v6.0.0",
        "actions/setup-python@e797f83bcb11b83ae66e0230d6156d7c80228e7c # v6.0.0",
        "aws-actions/configure-aws-credentials@a03048d87541d1d9fcf2ecf528a4a65ba9bd7838 # v5.0.0",
    }


def test_a_run_that_waits_for_an_approval_holds_up_no_tests() -> None:
    """No group covers a whole run: only jobs have one, and the tests' is not that of a deployment."""
    pipeline, deploy = (
        yaml.safe_load((ROOT / ".github" / "workflows" / f"{name}.yml").read_text("utf-8"))
        for name in ("pipeline", "deploy")
    )
    assert "concurrency" not in pipeline
    assert "concurrency" not in deploy
    groups = {name: job["concurrency"] for name, job in pipeline["jobs"].items() if "concurrency" in job}
    assert groups == {
        "test": {
            "group": "test-${{ github.ref }}",
            "cancel-in-progress": "${{ github.event_name == 'pull_request' }}",
        }
    }
    assert deploy["jobs"]["deploy"]["concurrency"] == "deploy-${{ inputs.environment }}"


def listed(bill: str) -> dict[tuple[str, str], dict[str, Any]]:
    """Return a valid bill's components by name and version."""
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(bill) is None
    components = json.loads(bill)["components"]
    return {(component["name"], component["version"]): component for component in components}


def licence(component: dict[str, Any]) -> str:
    [told] = component["licenses"]
    return str(told.get("expression") or told["license"]["id"])


def digests(component: dict[str, Any]) -> set[str]:
    return {found["content"] for reference in component["externalReferences"] for found in reference["hashes"]}


def test_the_layers_bill_of_materials_is_what_is_deployed() -> None:
    """The locked packages and no other, each with the locked hashes and its licence, and what is compiled into it."""
    found = listed(bill("password-reset layer", layer()))
    locked = {}
    for entry in entries(LAYER.read_text("utf-8")):
        pin = PIN.match(entry)
        assert pin
        locked[pin[1], pin[2]] = set(HASH.findall(entry))
    assert {key: digests(component) for key, component in found.items()} == locked
    assert {name: licence(component) for (name, _), component in found.items()} == {
        "annotated-types": "MIT",
        "argon2-cffi": "MIT",
        "argon2-cffi-bindings": "MIT",
        "aws-lambda-powertools": "MIT-0",
        "bcrypt": "Apache-2.0",
        "cffi": "MIT-0",
        "idna": "BSD-3-Clause",
        "jinja2": "BSD-3-Clause",
        "jmespath": "MIT",
        "markupsafe": "BSD-3-Clause",
        "pycparser": "BSD-3-Clause",
        "pydantic": "MIT",
        "pydantic-core": "MIT",
        "pyjwt": "MIT",
        "typing-extensions": "PSF-2.0",
        "typing-inspection": "MIT",
        "tzdata": "Apache-2.0",
    }
    compiled = {name: component["components"] for (name, _), component in found.items() if "components" in component}
    assert set(compiled) == {"pydantic-core"}
    crates = {crate["name"]: licence(crate) for crate in compiled["pydantic-core"]}
    assert crates["jiter"] == "MIT"
    assert crates["zerocopy"] == "BSD-2-Clause OR Apache-2.0 OR MIT"


def test_the_pages_bill_of_materials_is_what_is_served() -> None:
    """Preact and the strength meter, with what they need, and nothing that only builds."""
    found = listed(bill("password-reset pages", pages()))
    served = ("core", "dictionary-compression", "language-common")
    names = [*(f"@zxcvbn-ts/{name}" for name in served), "fastest-levenshtein", "preact"]
    locked = [LOCK.get(f"web/node_modules/{name}") or LOCK[f"node_modules/{name}"] for name in names]
    assert list(found) == [(name, package["version"]) for name, package in zip(names, locked, strict=True)]
    assert {licence(component) for component in found.values()} == {"MIT"}
    for component, package in zip(found.values(), locked, strict=True):
        assert digests(component) == {base64.b64decode(package["integrity"].removeprefix("sha512-")).hex()}


def test_a_bill_of_materials_tells_who_needs_whom() -> None:
    """From the project down to what nothing of ours imports; the same bytes each time."""
    text = bill("password-reset layer", layer())
    assert text == bill("password-reset layer", layer())
    needs = {entry["ref"].partition("@")[0]: entry.get("dependsOn", []) for entry in json.loads(text)["dependencies"]}
    assert {name.partition("@")[0] for name in needs["password-reset layer"]} == {
        f"pkg:pypi/{name}"
        for name in (
            *("argon2-cffi", "aws-lambda-powertools", "bcrypt", "idna", "jinja2", "pydantic", "pyjwt"),
            "tzdata",
        )
    }
    assert [name.partition("@")[0] for name in needs["pkg:pypi/jinja2"]] == ["pkg:pypi/markupsafe"]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("MIT", True),
        ("Apache-2.0 WITH LLVM-exception", True),
        ("MIT OR GPL-3.0-only", True),
        ("(MIT OR Apache-2.0) AND Unicode-DFS-2016", True),
        ("MIT AND GPL-3.0-only", False),
        ("(MIT OR Apache-2.0) AND LGPL-2.1-or-later", False),
        ("GPL-2.0-only WITH Classpath-exception-2.0", False),
        ("AGPL-3.0-or-later", False),
        ("MPL-2.0", False),
        ("LicenseRef-Proprietary", False),
        ("UNLICENSED", False),
        ("SEE LICENSE IN LICENSE.txt", False),
        ("BSD", False),
        ("MIT/Apache-2.0", False),
        ("", False),
    ],
)
def test_a_licence_is_allowed_by_name(expression: str, expected: bool) -> None:  # noqa: FBT001 - the expected answer
    """One of several is enough where one may choose; what is no SPDX expression is allowed by nobody."""
    assert licences.allowed(expression) is expected


def test_the_licence_scan_fails_on_what_it_should(monkeypatch: pytest.MonkeyPatch) -> None:
    """A licence outside the list, a part's licence, and a licence without its text."""
    crate = Component(kind="cargo", name="crate", version="3", licence="GPL-2.0-only")
    wrong = [
        Component(kind="pypi", name="copyleft", version="1", licence="GPL-3.0-or-later", texts=("text",)),
        Component(kind="pypi", name="silent", version="2", licence="", texts=("text",)),
        Component(kind="pypi", name="native", version="3", licence="MIT", texts=("text",), parts=(crate,)),
        Component(kind="npm", name="textless", version="4", licence="MIT"),
        Component(kind="npm", name="fine", version="5", licence="MIT", texts=("text",)),
    ]
    told = [
        "copyleft 1: GPL-3.0-or-later is not on the allow-list.",
        "silent 2: no licence is not on the allow-list.",
        "native 3: crate 3 in it: GPL-2.0-only is not on the allow-list.",
        "textless 4: it comes without the text of its licence.",
    ]
    assert list(licences.refused(wrong)) == told
    [path, *_] = licences.NOTICES
    monkeypatch.setattr(licences, "NOTICES", {path: ("The dependencies layer", lambda: wrong)})
    with pytest.raises(SystemExit) as exited:
        licences.main()
    stale = "layers/dependencies/THIRD-PARTY-NOTICES.txt is out of date: run make notices."
    assert str(exited.value.code).splitlines() == [*told, stale]


def test_notices_are_current_and_have_every_text() -> None:
    """Of the layer and of the pages, as `make notices` writes them."""
    for path, (title, components) in licences.NOTICES.items():
        text = path.read_text("utf-8")
        assert text == licences.notices(title, components())
        assert [found.name for found in components() if not all(words in text for words in found.texts)] == []
    assert "Copyright (c) 2015-present Jason Miller" in (ROOT / "web" / "public" / "third-party-notices.txt").read_text(
        "utf-8"
    )


def test_what_is_installed_is_what_is_locked(tmp_path: Path) -> None:
    """Otherwise the licence of another version would be told."""
    with pytest.raises(NotAsLockedError, match=r"^bcrypt \S+ is installed and 0\.0\.1 is locked"):
        layer("bcrypt==0.0.1 \\\n    --hash=sha256:" + "0" * 64)
    with pytest.raises(NotAsLockedError, match=r"^no-such-package 1 is locked and not installed"):
        layer("no-such-package==1")
    root = {"web": {"dependencies": {"a": "1.0.0"}}, "node_modules/a": {"version": "1.0.0", "integrity": "sha512-AA=="}}
    (tmp_path / "package-lock.json").write_text(json.dumps({"packages": root}), "utf-8")
    with pytest.raises(NotAsLockedError, match=r"^a 1\.0\.0 is locked and not installed"):
        pages(tmp_path)
    (tmp_path / "node_modules" / "a").mkdir(parents=True)
    (tmp_path / "node_modules" / "a" / "package.json").write_text('{"version": "2.0.0"}', "utf-8")
    with pytest.raises(NotAsLockedError, match=r"^a 2\.0\.0 is installed and 1\.0\.0 is locked"):
        pages(tmp_path)


def test_the_licence_is_apache_2_word_for_word() -> None:
    """By its SHA-256: a licence is the one text that must be verbatim. Every manifest names it."""
    digest = hashlib.sha256((ROOT / "LICENSE").read_bytes()).hexdigest()
    known = "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"  # pragma: allowlist secret - a digest
    assert digest == known
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert (project["license"], project["license-files"][0]) == ("Apache-2.0", "LICENSE")
    for manifest in ("package.json", "web/package.json", "packages/client/package.json", "packages/react/package.json"):
        assert json.loads((ROOT / manifest).read_text("utf-8"))["license"] == "Apache-2.0"


def test_the_dev_container_has_what_continuous_integration_has() -> None:
    """The same Python and Node."""
    python = (ROOT / ".python-version").read_text("utf-8").strip()
    assert f"FROM mcr.microsoft.com/devcontainers/python:{python}-" in (
        ROOT / ".devcontainer" / "Dockerfile"
    ).read_text("utf-8")
    container = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text("utf-8"))
    [node] = [feature["version"] for name, feature in container["features"].items() if name.endswith("/node:1")]
    workflows = (ROOT / ".github" / "workflows").glob("*.yml")
    assert set(re.findall(r'node-version: "(\d+)"', "".join(path.read_text("utf-8") for path in workflows))) == {node}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("key = AKIA" + "Q3EGTZ6LXV4RMWP7", "AWS Access Key"),
        ("-----BEGIN RSA " + "PRIVATE KEY-----", "Private Key"),
        ('token = "' + "ghp_" + "a1B2" * 9 + '"', "GitHub Token"),
        ('anything = "' + "q7Rk2vX9bT4mZp1LsN8c" + "Yw5Dh3Gj6FaUeVoI" + '"', "Base64 High Entropy String"),
    ],
)
def test_a_planted_secret_is_found_and_not_repeated(tmp_path: Path, text: str, kind: str) -> None:
    planted = tmp_path / "settings.py"
    planted.write_text(f"first = 1\n{text}\n", "utf-8")
    found = list(findings([str(planted)]))
    assert f"{planted}:2: {kind}" in found
    assert text not in "".join(found)
    planted.write_text("first = 1\n", "utf-8")
    assert list(findings([str(planted)])) == []


def test_bandit_finds_what_is_wrong(tmp_path: Path) -> None:
    """`make check` runs it with the same settings: what is skipped there is not everything."""
    wrong = tmp_path / "wrong.py"
    wrong.write_text("import pickle\npickle.loads(b'')\nexec('1')\n", "utf-8")
    bandit: list[str | Path] = [
        sys.executable,
        "-m",
        "bandit",
        "--quiet",
        "-c",
        "pyproject.toml",
        tmp_path / "wrong.py",
    ]
    ended = subprocess.run(bandit, cwd=ROOT, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS)
    assert ended.returncode == 1
    assert {"B301", "B102"} <= set(re.findall(r"B\d{3}", ended.stdout))


@pytest.mark.parametrize(
    ("dependencies", "expected"),
    [
        ([{"name": "a", "version": "1", "vulns": []}], []),
        (
            [{"name": "a", "version": "1", "vulns": [{"id": "CVE-2026-1", "fix_versions": ["2"]}]}],
            ["a 1: CVE-2026-1, fixed in ['2']"],
        ),
        ([{"name": "a", "skip_reason": "not found"}], None),
        (None, None),
    ],
)
def test_no_answer_is_not_clean(monkeypatch: pytest.MonkeyPatch, dependencies: Any, expected: list[str] | None) -> None:
    """A package that nobody knew, or a network that isn't there, is told as such."""
    monkeypatch.setattr(audit, "answer", lambda _: dependencies and {"dependencies": dependencies})
    assert audit.python_advisories(LAYER) == expected


@pytest.mark.parametrize(("npm", "ended"), [(None, 1), ({"error": {}}, 1), ({"vulnerabilities": {}}, 0)])
def test_an_audit_without_every_answer_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], npm: Any, ended: int
) -> None:
    monkeypatch.setattr(audit, "answer", lambda command: npm if "npm" in command else {"dependencies": []})
    with pytest.raises(SystemExit) as exited:
        audit.main()
    assert exited.value.code == ended
    assert ("NOT AUDITED" in capsys.readouterr().out) is bool(ended)
