"""What `make` says of a machine that lacks something, before it installs anything: one line."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from local import engine

ROOT = Path(__file__).parents[2]
NODE = "Node.js 20.19+, 22.12+ or 24+ with npm is required"


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A copy of what decides, and an empty PATH but for what every system has."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("sh", "make", "find", "head", "awk"):
        found = shutil.which(name)
        assert found, name
        (tools / name).symlink_to(found)
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "tools").mkdir()
    shutil.copy(ROOT / "tools" / "preflight.sh", tmp_path / "tools")
    for name in ("requirements", "packages", "web/src", "web/public", "docs"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("requirements/dev.txt", "package-lock.json", "docs/openapi.json"):
        (tmp_path / name).touch()
    for name in ("index.html", "package.json", "tsconfig.json", "vite.config.ts"):
        (tmp_path / "web" / name).touch()
    return tmp_path


def python(machine: Path, version: str, *, name: str = "python3", venv: bool = True) -> None:
    """Put a Python of a version there: the questions are answered by this one, as that one would."""
    script = f"""#!{sys.executable}
import platform, sys
sys.version_info = ({version.replace(".", ", ")}, "final", 0)
platform.python_version = lambda: {version!r}
if not {venv}:
    sys.modules["ensurepip"] = None
exec(sys.argv[2])
"""
    (machine / "bin" / name).write_text(script)
    (machine / "bin" / name).chmod(0o755)


def command(machine: Path, name: str, script: str) -> None:
    (machine / "bin" / name).write_text(f"#!/bin/sh\n{script}\n")
    (machine / "bin" / name).chmod(0o755)


def node(machine: Path, version: str) -> None:
    command(machine, "node", f"echo v{version}")
    command(machine, "npm", "exit 0")


def made(machine: Path) -> None:
    """Let the environment be made already."""
    (machine / ".venv").mkdir()
    (machine / ".venv" / ".ready").touch()
    os.utime(machine / "requirements" / "dev.txt", (1, 1))


def run(machine: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": str(machine / "bin"), "LC_ALL": "C"}
    return subprocess.run(
        [machine / "bin" / arguments[0], *arguments[1:]],
        cwd=machine,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def said(machine: Path, *arguments: str) -> str:
    ended = run(machine, "sh", "tools/preflight.sh", *arguments)
    assert ended.stderr == ""
    assert ended.returncode == bool(ended.stdout)
    return ended.stdout.rstrip("\n")


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("2.7.18", "Python 3.13 or 3.14 is required, and python3 is 2.7.18"),
        ("3.9.18", "Python 3.13 or 3.14 is required, and python3 is 3.9.18"),
        ("3.12.1", "Python 3.13 or 3.14 is required, and python3 is 3.12.1"),
        ("3.13.0", ""),
        ("3.13.9", ""),
        ("3.14.2", ""),
        ("3.15.0", "Python 3.13 or 3.14 is required, and python3 is 3.15.0"),
        ("4.13.0", "Python 3.13 or 3.14 is required, and python3 is 4.13.0"),
    ],
)
def test_pythons_that_do(machine: Path, version: str, expected: str) -> None:
    python(machine, version)
    node(machine, "22.12.0")
    assert said(machine) == expected


@pytest.mark.parametrize(
    ("version", "does"),
    [
        ("18.20.4", False),
        ("20.18.3", False),
        ("20.19.0", True),
        ("20.20.2", True),
        ("21.7.3", False),
        ("22.0.0", False),
        ("22.11.0", False),
        ("22.12.0", True),
        ("23.11.0", False),
        ("24.0.0", True),
        ("25.1.0", True),
        ("100.0.0", True),
        ("8.9.4", False),
        ("nothing", False),
    ],
)
def test_nodes_that_do(machine: Path, version: str, does: bool) -> None:  # noqa: FBT001 - a table's column
    made(machine)
    node(machine, version)
    expected = "" if does else f"{NODE}, and node is v{version}"
    assert said(machine) == expected
    assert said(machine, "--node-optional") == expected, "what is too old is told, optional or not"


def test_npm_is_told_the_same() -> None:
    """package.json's `engines` says what the script asks for, and no locked package asks for more."""
    package = json.loads((ROOT / "package.json").read_text("utf-8"))
    assert package["engines"] == {"node": "^20.19.0 || ^22.12.0 || >=24.0.0"}
    locked = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]
    assert locked[""]["engines"] == package["engines"]
    newest = {
        tuple(map(int, found))
        for entry in locked.values()
        if not entry.get("optional")
        for found in re.findall(r"\^(2[02])\.(\d+)", entry.get("engines", {}).get("node", ""))
    }
    assert newest <= {(20, 0), (20, 19), (22, 0), (22, 12)}


def test_what_is_absent_is_told_at_once(machine: Path) -> None:
    assert said(machine) == f"Python 3.13 or 3.14 is required, and there is no python3; {NODE}, and there is no node"
    python(machine, "3.13.0")
    assert said(machine) == f"{NODE}, and there is no node"
    assert said(machine, "--node-optional") == ""
    node(machine, "22.12.0")
    (machine / "bin" / "npm").unlink()
    assert said(machine) == f"{NODE}, and there is no npm"
    assert said(machine, "--node-optional") == ""


def test_a_python_that_does_not_run_is_quoted(machine: Path) -> None:
    """As pyenv's, for a version that a folder asks for and nobody installed."""
    command(machine, "python3", "echo \"pyenv: version '3.13' is not installed\" >&2; echo more >&2; exit 1")
    node(machine, "22.12.0")
    expected = "Python 3.13 or 3.14 is required, and python3 says: pyenv: version '3.13' is not installed"
    assert said(machine) == expected


def test_another_name_does_as_well(machine: Path) -> None:
    python(machine, "3.11.2")
    python(machine, "3.13.5", name="python3.13")
    node(machine, "22.12.0")
    assert said(machine) == ""
    assert run(machine, "sh", "tools/preflight.sh", "--python").stdout == "python3.13\n"


def test_a_python_without_venv_is_told(machine: Path) -> None:
    """Debian's has it in a package of its own."""
    python(machine, "3.13.5", venv=False)
    node(machine, "22.12.0")
    assert said(machine) == (
        "python3 cannot make virtual environments: install its venv module (Debian's package is python3-venv)"
    )


@pytest.mark.parametrize("goal", ["run", "test", "check", "deploy"])
def test_make_stops_with_that_line(machine: Path, goal: str) -> None:
    """Before anything is installed: neither environment nor packages are there, and Node's fault is told too."""
    python(machine, "3.12.1")
    node(machine, "18.20.4")
    ended = run(machine, "make", goal)
    line = rf"Makefile:\d+: \*\*\* Python 3\.13 or 3\.14 is required, and python3 is 3\.12\.1; {re.escape(NODE)}"
    assert re.fullmatch(rf"{line}, and node is v18\.20\.4\.  Stop\.\n", ended.stderr), ended
    assert (ended.returncode, ended.stdout) == (2, "")
    assert not (machine / ".venv").exists()
    assert not (machine / "node_modules").exists()


def test_make_run_goes_on_without_node(machine: Path) -> None:
    """The API alone, without a word of npm; with Node.js the pages are built first."""
    python(machine, "3.13.0")
    without = run(machine, "make", "--dry-run", "run")
    assert (without.returncode, without.stderr) == (0, "")
    assert "npm" not in without.stdout
    assert without.stdout.endswith("exec .venv/bin/python -m local\n")
    node(machine, "22.12.0")
    assert "npm ci" in run(machine, "make", "--dry-run", "run").stdout


def test_an_environment_that_is_made_stays(machine: Path) -> None:
    """What will not be installed anew is not asked for: `python3` may be another one by now."""
    python(machine, "3.12.1")
    made(machine)
    node(machine, "22.12.0")
    assert said(machine) == ""
    os.utime(machine / ".venv" / ".ready", (0, 0))
    assert said(machine) != ""


@pytest.mark.parametrize(
    ("machine_name", "helps"),
    [
        ("darwin-arm64", "npm install --no-save @dynoxide/darwin-arm64@1.2.1, or "),
        ("linux-arm64", "npm install --no-save @dynoxide/linux-arm64@1.2.1, or "),
        ("linux-riscv64", ""),
    ],
)
def test_an_engine_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch, machine_name: str, helps: str) -> None:
    """With what helps: the reason of every skipped test."""
    monkeypatch.setattr(engine, "MACHINE", machine_name)
    monkeypatch.setattr(engine, "BINARY", ROOT / "node_modules" / "@dynoxide" / machine_name / "dynoxide")
    expected = f"no DynamoDB engine is installed for {machine_name}: {helps}set AWS_ENDPOINT_URL_DYNAMODB to the "
    assert engine.lacking() == f"{expected}address of one"
