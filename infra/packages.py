"""What the layers hold, built on this machine for Lambda's: from locked, hashed wheels, and with bytecode.

`/opt` is read-only, so without bytecode in the layer Lambda would compile every module on every cold start.
Its invalidation is by unchecked hash: the timestamps in a zip mean nothing, and nothing is read to check.
Of what others wrote there is bytecode alone: its sources are in the wheels that the lock names.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from platform import machine

from jinja2 import FileSystemLoader

from infra import uv
from password_reset.channels.email import COMPILED, environment

PYTHON = (3, 13)
PLATFORMS = {"arm64": "aarch64-manylinux_2_28", "x86_64": "x86_64-manylinux_2_28"}
"""What uv calls Lambda's processors, by Lambda's names for them."""
_NOT_NEEDED = ("bin", ".lock", "**/tests", "**/*.pyi", "**/py.typed", "**/__pycache__")
_NOT_IMPORTED = (
    "aws_lambda_powertools/event_handler",
    "aws_lambda_powertools/logging/formatters",
    "aws_lambda_powertools/metrics/provider/datadog",
    "aws_lambda_powertools/utilities/[!_j]*",
    "annotated_types/test_cases.py",
    "pydantic/color.py",
    "pydantic/experimental/pipeline.py",
    "pydantic/mypy.py",
    "pydantic/v1",
    "cffi",
    "idna/cli.py",
    "idna/codec.py",
    "idna/uts46data.py",
    "jinja2/ext.py",
    "jinja2/meta.py",
    "jinja2/nativetypes.py",
    "jinja2/sandbox.py",
    "pycparser*",
    "tzdata/zoneinfo/*.tab",
    "tzdata/zoneinfo/leapseconds",
    "tzdata/zoneinfo/tzdata.zi",
)
"""What no function imports or reads. A test finds out when one does.

Of cffi, argon2-cffi needs the compiled backend alone; what is dropped makes bindings.
"""
_METADATA = "METADATA"
"""What is kept of a package's metadata, without its description: Amazon Inspector tells by it what is installed."""
NOTICES = "THIRD-PARTY-NOTICES.txt"
"""The licences of all of them in one file, for the ones that they bring are dropped with the rest of the metadata."""


def architecture_here() -> str:
    """Return Lambda's name for this machine's processor."""
    return "arm64" if machine() in {"aarch64", "arm64"} else "x86_64"


class WrongPythonError(RuntimeError):
    """Bytecode is good for one minor version alone."""


def build_dependencies(requirements: Path, target: Path, architecture: str) -> None:
    """Install what the requirements lock into `target`/python, for a processor by Lambda's name, and compile it.

    The notices that lie beside the requirements come along.
    """
    packages = target / "python"
    install(requirements, packages, architecture)
    for pattern in (*_NOT_NEEDED, *_NOT_IMPORTED):
        _remove(list(packages.glob(pattern)))
    _remove([path for path in packages.glob("*.dist-info/*") if path.name != _METADATA])
    for path in packages.glob(f"*.dist-info/{_METADATA}"):
        path.write_text(path.read_text("utf-8").partition("\n\n")[0] + "\n", "utf-8")
    shutil.copyfile(requirements.with_name(NOTICES), target / NOTICES)
    compile_bytecode(target, "-b")  # beside the sources, in whose place it is read
    _remove(list(packages.rglob("*.py")))


def install(requirements: Path, target: Path, architecture: str) -> None:
    """Install what the requirements lock for a processor. The files come from where pip would take them."""
    # fmt: off
    uv.install("--quiet", "--target", target, "--requirements", requirements,
               "--require-hashes", "--only-binary", ":all:", "--no-deps", "--link-mode", "copy",
               "--python-platform", PLATFORMS[architecture], "--python-version", ".".join(map(str, PYTHON)))
    # fmt: on


def build_shared(source: Path, target: Path) -> None:
    """Copy the shared code into `target`/python, without the pages' words, and compile it and its templates."""
    shutil.copytree(source / "python", target / "python", ignore=shutil.ignore_patterns("__pycache__"))
    for file in target.glob("python/*/channels/words/locales/*.json"):
        words = json.loads(file.read_text("utf-8"))
        del words["pages"]
        file.write_text(json.dumps(words, ensure_ascii=False, separators=(",", ":")), "utf-8")
    templates = target / "python" / "password_reset" / "channels" / "templates"
    environment(FileSystemLoader(templates)).compile_templates(templates / COMPILED, zip=None, ignore_errors=False)
    compile_bytecode(target)


def refuse_other_pythons() -> None:
    """Refuse to build with another Python than the runtime's.

    Raises:
        WrongPythonError: this is one.
    """
    if sys.version_info[:2] != PYTHON:
        wanted, this = ".".join(map(str, PYTHON)), sys.version.split()[0]
        message = f"Python {wanted} builds the layers, whose bytecode the functions run on; this is {this}."
        raise WrongPythonError(message)


def compile_bytecode(target: Path, *options: str) -> None:
    """Write the bytecode of all of `target`, the same bytes on every machine, as compileall does by these options.

    Raises:
        WrongPythonError: this is not the runtime's Python.
    """
    refuse_other_pythons()
    # A process of its own: what a process has interned before shows in the bytes that it writes.
    # fmt: off
    _run("-I", "-m", "compileall", "-q", *options, "--invalidation-mode", "unchecked-hash",
         "-s", target, "-p", "/opt", target / "python")
    # fmt: on


def _remove(paths: list[Path]) -> None:
    for path in paths:
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def _run(*arguments: str | Path) -> None:
    subprocess.run([sys.executable, *map(str, arguments)], check=True)  # noqa: S603 - no shell, our arguments
