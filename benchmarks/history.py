"""How the figures went: a line a release, kept from one run to the next, and a picture of them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.drawing import drawing
from password_reset import __version__

type Line = dict[str, Any]
"""A release, the day of its figures, and ratios by what they are of: each within one run, on any machine."""


def line(figures: Any) -> Line:  # noqa: ANN401 - JSON
    """Return the line of this release."""
    starts = {f"start of {name}, times its floor": of["to_floor"][0] for name, of in _measured(figures)}
    left = {f"start of {name}, left to the first caller": of["left"][0] for name, of in _measured(figures)}
    warm = {"warm forgot, times Django's": figures["warm"]["forgot"]["to_known"][0]}
    return {"release": __version__, "on": figures["on"], "ratios": starts | left | warm}


def kept(earlier: Sequence[Line], figures: Any) -> list[Line]:  # noqa: ANN401 - JSON
    """Return the lines of all releases, that of this one anew and last."""
    return [*(of for of in earlier if of["release"] != __version__), line(figures)]


def draw(lines: Sequence[Line], path: Path) -> None:
    """Write an SVG that is the same for the same lines."""
    with drawing(path, (10, 3), "history") as figure:
        axes = figure.subplots()
        for name in dict.fromkeys(name for of in lines for name in of["ratios"]):
            there = [(of["release"], of["ratios"][name]) for of in lines if name in of["ratios"]]
            axes.plot([release for release, _ in there], [value for _, value in there], marker="o", label=name)
        axes.set(title="Ratios by release", ylabel="ratio, median", ylim=(0, None))
        figure.legend(loc="outside right upper")


def _measured(figures: Any) -> list[tuple[str, Any]]:  # noqa: ANN401 - JSON
    return [(name, of) for name, of in figures["starts"]["subjects"].items() if "left" in of]
