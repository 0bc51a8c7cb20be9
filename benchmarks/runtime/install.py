"""What is measured, installed under `build/bench`: Lambda's libraries, the layers for this machine, what is compared.

Each from a lock file with hashes, each only when its inputs have changed.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

from infra import packages
from infra.packages import architecture_here, build_dependencies, build_shared

ROOT = Path(__file__).parents[2]
FUNCTIONS = ROOT / "functions"
_LAYERS = ROOT / "layers"
SUBJECTS = ROOT / "benchmarks" / "subjects"
_BUILD = ROOT / "build" / "bench"
_REQUIREMENTS = ROOT / "requirements"


def runtime() -> Path:
    """Return a Python with what Lambda's has: the runtime client and boto3, compiled."""
    return _environment("runtime")


def django() -> Path:
    """Return a Python with Django, allauth and gunicorn."""
    return _environment("django")


def layers() -> Path:
    """Return what is under `/opt/python` in every function: both layers, their native code this machine's."""

    def build(target: Path) -> None:
        _build_dependencies(target, architecture_here())
        build_shared(_LAYERS / "shared", target / "shared")
        shutil.copytree(target / "shared" / "python", target / "python", dirs_exist_ok=True)
        shutil.rmtree(target / "shared")

    return _built("layers", _layers_inputs(), build) / "python"


def deployed_layers() -> dict[str, Path]:
    """Return each layer as it is deployed, by name."""

    def build(target: Path) -> None:
        _build_dependencies(target / "dependencies", "arm64")
        build_shared(_LAYERS / "shared", target / "shared")

    built = _built("deployed-layers", _layers_inputs(), build)
    return {f"layers/{name}": built / name for name in ("dependencies", "shared")}


def _build_dependencies(target: Path, architecture: str) -> None:
    build_dependencies(_LAYERS / "dependencies" / "requirements.txt", target, architecture)


def _layers_inputs() -> str:
    paths = [path for path in sorted(_LAYERS.rglob("*")) if path.is_file() and path.suffix != ".pyc"]
    return "".join(f"{path}{path.read_bytes()!r}" for path in (*paths, Path(packages.__file__)))


def ordinary(*, bytecode: bool) -> Path:
    """Return what the ordinary stack brings along, with or without bytecode."""
    lock = _REQUIREMENTS / "bench-ordinary.txt"
    name = "ordinary" if bytecode else "ordinary-without-bytecode"
    compiled = ["--compile-bytecode"] if bytecode else []
    return _built(name, lock.read_text(), lambda target: _install(lock, "--target", target, *compiled))


def code(folder: Path, name: str) -> Path:
    """Return a copy of a function's folder as it is deployed: the source alone."""
    target = _BUILD / "code" / name
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(folder, target, ignore=shutil.ignore_patterns("__pycache__"))
    return target


def _environment(name: str) -> Path:
    lock = _REQUIREMENTS / f"bench-{name}.txt"

    def build(target: Path) -> None:
        venv.create(target, symlinks=True)
        _install(lock, "--python", target / "bin" / "python", "--compile-bytecode")

    return _built(name, lock.read_text(), build) / "bin" / "python"


def _built(name: str, inputs: str, build: Callable[[Path], None]) -> Path:
    target, digest = _BUILD / name, hashlib.sha256(f"{inputs}{sys.version}".encode()).hexdigest()
    stamp = target / ".inputs"
    if not stamp.exists() or stamp.read_text() != digest:
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        build(target)
        stamp.write_text(digest)
    return target


def _install(lock: Path, *where: str | Path) -> None:
    arguments = ["pip", "install", "--quiet", "--require-hashes", "--link-mode", "copy", "--requirements", lock, *where]
    command = [sys.executable, "-m", "uv", *map(str, arguments)]
    subprocess.run(command, check=True, env=os.environ | {"UV_NO_PROGRESS": "1"})  # noqa: S603 - our arguments
