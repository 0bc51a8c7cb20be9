"""What is installed, deployed and committed: locked with hashes, listed, searched for secrets and for bugs of old."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tools import audit
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
    """To a commit or a released version, never to a branch or a major version that moves."""
    workflows = [path.read_text("utf-8") for path in (ROOT / ".github" / "workflows").glob("*.yml")]
    used = [action for text in workflows for action in re.findall(r"uses: (\S+)", text)]
    assert len(used) > 5
    pinned = re.compile(r"\./.+|[\w-]+/[\w-]+@(v\d+\.\d+\.\d+|[0-9a-f]{40})")
    assert [action for action in used if not pinned.fullmatch(action)] == []


def test_the_bill_of_materials_is_what_is_deployed(tmp_path: Path) -> None:
    """As `make sbom` writes it: valid CycloneDX, the locked packages and no other, with the locked hashes."""
    bill = tmp_path / "layer.cdx.json"
    subprocess.run(
        [sys.executable, "-m", "cyclonedx_py", "requirements", "--output-reproducible", "-o", bill, LAYER],
        check=True,
        capture_output=True,
    )
    text = bill.read_text("utf-8")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    listed = {
        (component["name"], component["version"]): {
            found["content"] for reference in component["externalReferences"] for found in reference["hashes"]
        }
        for component in json.loads(text)["components"]
    }
    locked = {}
    for entry in entries(LAYER.read_text("utf-8")):
        pin = PIN.match(entry)
        assert pin
        locked[pin[1], pin[2]] = set(HASH.findall(entry))
    assert listed == locked


def test_the_pages_bill_of_materials_is_what_is_served() -> None:
    """React and the strength meter, with what they need, and nothing that only builds."""
    npm = shutil.which("npm")
    assert npm
    sbom = ["sbom", "--sbom-format", "cyclonedx", "--omit", "dev", "--workspace", "web", "--package-lock-only"]
    ended = subprocess.run([npm, *sbom], cwd=ROOT, check=True, capture_output=True, text=True)
    listed = {component["purl"].replace("%40", "@", 1) for component in json.loads(ended.stdout)["components"]}
    served = ("core", "language-common", "dictionary-compression")
    names = [*(f"@zxcvbn-ts/{name}" for name in served), "fastest-levenshtein", "react", "react-dom", "scheduler"]
    locked = [LOCK.get(f"web/node_modules/{name}") or LOCK[f"node_modules/{name}"] for name in names]
    expected = {f"pkg:npm/{name}@{package['version']}" for name, package in zip(names, locked, strict=True)}
    assert listed == expected | {"pkg:npm/web@0.1.0"}


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
    ended = subprocess.run(bandit, cwd=ROOT, capture_output=True, text=True, check=False)
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
