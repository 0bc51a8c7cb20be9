"""The size of what is deployed: each function's code and each layer, as Lambda is sent it and unpacked."""

import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from benchmarks.runtime import install


def measure() -> dict[str, tuple[int, int]]:
    """Return the bytes of each package, zipped and not: the layers for Lambda's processor, not for this one."""
    packages = {f"functions/{folder.name}": folder for folder in _functions()} | install.deployed_layers()
    return {name: (len(_zipped(folder)), _unpacked(folder)) for name, folder in packages.items()}


def _functions() -> list[Path]:
    return sorted(path.parent for path in install.FUNCTIONS.glob("*/handler.py"))


def _unpacked(folder: Path) -> int:
    return sum(path.stat().st_size for path in _files(folder))


def _files(folder: Path) -> Iterator[Path]:
    is_source = install.FUNCTIONS in folder.parents  # whose bytecode is this machine's, and stays here
    return (path for path in sorted(folder.rglob("*")) if path.is_file() and not (is_source and path.suffix == ".pyc"))


def _zipped(folder: Path) -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as package:
        for path in _files(folder):
            package.write(path, path.relative_to(folder))
    return target.getvalue()
