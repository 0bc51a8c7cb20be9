"""The figures as one picture: cold starts and warm requests, beside what they are compared with."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.axes import Axes

from benchmarks.cold import floor
from benchmarks.drawing import drawing
from benchmarks.report import COLD_TARGETS, KNOWN, ORDINARY, UNKNOWN, Figures, title

OURS, THEIRS, LIMIT = "#1f5fd0", "#9aa4b2", "#c2410c"
WARM = ("verify", "forgot", "deliver", UNKNOWN, KNOWN)


def draw(figures: Figures, path: Path) -> None:
    """Write an SVG that is the same for the same figures."""
    with drawing(path, (10, 2.8), "performance") as figure:
        left, right = figure.subplots(1, 2, width_ratios=(3, 2))
        names = {"empty": "empty", "floor": floor("forgot")} | {name: name for name in (*COLD_TARGETS, *ORDINARY)}
        cold = {label: figures["cold"][name]["ms"] for label, name in names.items()}
        _bars(left, cold, ours=list(COLD_TARGETS))
        left.set(title="Cold start: process start to first answer", xlabel="ms, median and quartiles")
        target = COLD_TARGETS["forgot"] * cold["floor"][0]
        left.axvline(target, color=LIMIT, linestyle="--", linewidth=1)
        left.annotate(
            "target: no more than the floor",
            (target, 0),
            (6, 0),
            textcoords="offset points",
            color=LIMIT,
            va="center",
        )
        _bars(right, {name: figures["warm"][name]["ms"] for name in WARM}, ours=WARM[:3])
        right.set(title="Warm request: processor time", xlabel="ms, median and quartiles")


def _bars(axes: Axes, spreads: Mapping[str, Sequence[float]], ours: Sequence[str]) -> None:
    medians = [median for median, _, _ in spreads.values()]
    below = [median - low for median, low, _ in spreads.values()]
    above = [high - median for median, _, high in spreads.values()]
    colours = [OURS if name in ours else THEIRS for name in spreads]
    bars = axes.barh([title(name) for name in spreads], medians, xerr=(below, above), color=colours, ecolor="#111827")
    axes.bar_label(bars, fmt="%.3g", padding=4, bbox={"facecolor": "white", "edgecolor": "none", "pad": 1})
    axes.invert_yaxis()
