"""The rooms of the domain: what each promises, and that arrows between them run downwards."""

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "layers" / "shared" / "python" / "password_reset"
# From the edge, where the outside enters, down to what knows nothing of resets. Of one line, none imports another.
STOREYS = (
    {"edge"},
    {"bootstrap"},
    {"service"},
    {"settings"},
    {"sessions", "channels"},
    {"delivery"},
    {"proofs"},
    {"accounts", "levers", "limits", "passwords"},
    {"audit"},
    {"aws"},
    {"errors", "clock", "devices"},
)
FLOOR = {room: floor for floor, rooms in enumerate(STOREYS) for room in rooms}
# A room's wiring is handed the settings, which know what every room can be set to.
HANDED = {("settings", "Settings")}


def room_of(module: str) -> str:
    return module.removeprefix("password_reset.").partition(".")[0]


def arrows() -> Iterator[tuple[str, str, str]]:
    """Every import of ours, those for types alone included: file, room, and the room that it points to."""
    for file in sorted(PACKAGE.rglob("*.py")):
        path = file.relative_to(PACKAGE)
        room = path.parts[0].removesuffix(".py")
        if room == "__init__":
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names = [] if not isinstance(node, ast.ImportFrom | ast.Import) else node.names
            for name in names:
                module = (node.module or "") if isinstance(node, ast.ImportFrom) else name.name
                if module.partition(".")[0] == "password_reset" and name.name != "__version__":
                    handed = path.name == "wiring.py" and (room_of(module), name.name) in HANDED
                    to = name.name if module == "password_reset" else room_of(module)
                    if to != room and not handed:
                        yield str(path), room, to


def test_every_module_has_a_floor() -> None:
    rooms = {path.name.removesuffix(".py") for path in PACKAGE.iterdir()} - {"__init__", "__pycache__", "py.typed"}
    assert rooms == set(FLOOR)


def test_arrows_run_downwards() -> None:
    upwards = {(file, to) for file, room, to in arrows() if FLOOR[to] <= FLOOR[room]}
    assert upwards == set()


@pytest.mark.parametrize("room", sorted(path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()))
def test_a_room_says_what_it_promises(room: str) -> None:
    text = importlib.import_module(f"password_reset.{room}").__doc__ or ""
    assert "Promises kept here: " in text
