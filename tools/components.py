"""What is deployed, from the lock files: the packages of the layer and of the pages, with their licences.

Names, versions, hashes and who needs whom come from the locks. Licences come from the packages installed here, which
must be of the locked versions.
"""

import base64
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
LAYER = ROOT / "layers" / "dependencies" / "requirements.txt"
LOCK = ROOT / "package-lock.json"
PAGES = "web"
"""The workspace whose dependencies the pages bundle."""
READ = {
    "aws-lambda-powertools": ("MIT-0", "MIT No Attribution"),
    "jinja2": ("BSD-3-Clause", "Neither the name of the copyright holder nor the names of its"),
}
"""Licences that metadata states too loosely: what the text says, and the words of it that tell. Without these words in
its text, a package has the licence of its metadata again."""
_PIN = re.compile(r"([a-z0-9-]+)(?:\[[a-z0-9,-]+\])?==([^\s\\]+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_VIA = re.compile(r"^ +# +(?:via +)?([a-z0-9-]+)$", re.MULTILINE)
_TEXT = re.compile(r"licen[cs]e|copying|notice", re.IGNORECASE)


class NotAsLockedError(RuntimeError):
    """A package is missing here or of another version than locked, so nobody can tell its licence."""


@dataclass(frozen=True, kw_only=True)
class Component:
    """A package as it is deployed."""

    kind: str
    """Its type in a package URL: `pypi`, `npm` or `cargo`."""
    name: str
    version: str
    licence: str
    """An SPDX expression, or whatever the package says in its place; empty if nothing."""
    texts: tuple[str, ...] = ()
    hashes: tuple[tuple[str, str], ...] = ()
    """Algorithm and hexadecimal digest of each file that may be installed."""
    needs: tuple[str, ...] = ()
    """Names of the components that it needs itself."""
    parts: tuple["Component", ...] = ()
    """What is compiled into it, as far as it says so (PEP 770)."""


def layer(requirements: str | None = None) -> list[Component]:
    """Return the packages that a requirements file locks, the layer's by default.

    Raises:
        NotAsLockedError: one of them is not what is installed.
    """
    text = LAYER.read_text("utf-8") if requirements is None else requirements
    pins = list(_PIN.finditer(text))
    entries = {
        pin[1]: text[pin.start() : following.start() if following else None]
        for pin, following in zip(pins, [*pins[1:], None], strict=True)
    }
    needed_by = {name: set(_VIA.findall(entry)) for name, entry in entries.items()}
    return [
        _python_package(
            pin[1],
            pin[2],
            hashes=tuple(("SHA-256", digest) for digest in _HASH.findall(entries[pin[1]])),
            needs=tuple(name for name, needing in needed_by.items() if pin[1] in needing),
        )
        for pin in pins
    ]


def pages(root: Path = ROOT) -> list[Component]:
    """Return the packages that the pages bundle, as npm's lock has them.

    Raises:
        NotAsLockedError: one of them is not what is installed.
    """
    lock: Mapping[str, Any] = json.loads((root / LOCK.name).read_text("utf-8"))["packages"]
    found: dict[str, Component] = {}
    waiting = [(PAGES, name) for name in lock[PAGES]["dependencies"]]
    while waiting:
        place, name = waiting.pop()
        path = next(path for path in _places(place, name) if path in lock)
        if path not in found:
            found[path] = _npm_package(root / path, name, lock[path])
            waiting += [(path, needed) for needed in found[path].needs]
    return sorted(found.values(), key=lambda component: component.name)


def _python_package(
    name: str, version: str, *, hashes: tuple[tuple[str, str], ...], needs: tuple[str, ...]
) -> Component:
    try:
        installed = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        message = f"{name} {version} is locked and not installed: run make check."
        raise NotAsLockedError(message) from None
    _compare(name, installed.version, version)
    paths = [path for path in installed.files or () if ".dist-info/" in str(path)]
    texts = tuple(
        path.read_text("utf-8").strip()
        for path in sorted(paths)
        if _TEXT.search(path.name) and "sboms" not in path.parts
    )
    bills = [json.loads(path.read_text("utf-8")) for path in sorted(paths) if path.parent.name == "sboms"]
    return Component(
        kind="pypi",
        name=name,
        version=version,
        licence=_read(name, installed.metadata, texts),
        texts=texts,
        hashes=hashes,
        needs=needs,
        parts=tuple(_part(part) for bill in bills for part in bill["components"]),
    )


def _read(name: str, said: metadata.PackageMetadata, texts: tuple[str, ...]) -> str:
    licence, words = READ.get(name, ("", ""))
    if licence and any(words in text for text in texts):
        return licence
    return said.get("License-Expression") or said.get("License") or ""


def _part(described: Mapping[str, Any]) -> Component:
    """Return a component of a CycloneDX bill that a package carries."""
    licences = [
        entry.get("expression") or entry["license"].get("id") or entry["license"].get("name", "")
        for entry in described.get("licenses", ())
    ]
    return Component(
        kind=described["purl"].removeprefix("pkg:").partition("/")[0],
        name=described["name"],
        version=described["version"],
        licence=" AND ".join(licences if len(licences) == 1 else [f"({licence})" for licence in licences]),
        hashes=tuple((entry["alg"], entry["content"]) for entry in described.get("hashes", ())),
    )


def _npm_package(folder: Path, name: str, locked: Mapping[str, Any]) -> Component:
    try:
        installed = json.loads((folder / "package.json").read_text("utf-8"))
    except FileNotFoundError:
        message = f"{name} {locked['version']} is locked and not installed: run make check."
        raise NotAsLockedError(message) from None
    _compare(name, installed["version"], locked["version"])
    algorithm, _, digest = locked["integrity"].partition("-")
    licence = installed.get("license", "")
    return Component(
        kind="npm",
        name=name,
        version=locked["version"],
        licence=licence if isinstance(licence, str) else json.dumps(licence),
        texts=tuple(
            path.read_text("utf-8").strip()
            for path in sorted(folder.iterdir())
            if path.is_file() and _TEXT.search(path.name)
        ),
        hashes=((algorithm.upper().replace("SHA", "SHA-"), base64.b64decode(digest).hex()),),
        needs=tuple(locked.get("dependencies", ())),
    )


def _places(importer: str, name: str) -> Iterator[str]:
    """Yield where Node looks for a package, the nearest first."""
    folder = importer
    while folder:
        yield f"{folder}/node_modules/{name}"
        folder = folder.rpartition("/")[0]
    yield f"node_modules/{name}"


def _compare(name: str, installed: str, locked: str) -> None:
    if installed != locked:
        message = f"{name} {installed} is installed and {locked} is locked: run make check."
        raise NotAsLockedError(message)
