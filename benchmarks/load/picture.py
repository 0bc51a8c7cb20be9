"""The run as one picture: latency over the run, with a small and a large table, and memory."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.drawing import drawing
from benchmarks.load.ledger import FUNCTIONS


def draw(report: Mapping[str, Any], memory: Mapping[str, Sequence[tuple[float, float]]], path: Path) -> None:
    """Write an SVG that is the same for the same report."""
    with drawing(path, (11, 3.2), "load") as figure:
        over_time, by_table, in_memory = figure.subplots(1, 3)
        for function in FUNCTIONS:
            medians = [tenth["median"] or float("nan") for tenth in report["tenths"][function]]
            over_time.plot(range(1, 11), medians, marker="o", markersize=3, label=function)
        over_time.set(title="Median latency", xlabel="tenth of the run", ylabel="ms", yscale="log")
        over_time.legend(frameon=False, ncols=2)
        for offset, (name, label) in enumerate({"small": report["tokens"][0], "large": report["tokens"][1]}.items()):
            medians = [report["growth"][function][name] for function in FUNCTIONS]
            bars = by_table.bar(
                [place + 0.4 * offset - 0.2 for place in range(4)], medians, 0.38, label=f"{label:,} tokens"
            )
            by_table.bar_label(bars, fmt="%.1f", fontsize=6)
        by_table.set(title="Small and large table", ylabel="ms, median", xticks=range(4), yscale="log")
        by_table.set_xticklabels(FUNCTIONS)
        by_table.legend(frameon=False)
        for name, samples in memory.items():
            in_memory.plot([at for at, _ in samples], [mb for _, mb in samples], label=name)
        in_memory.set(title="Resident memory", xlabel="seconds", ylabel="MB", ylim=(0, None))
        in_memory.legend(frameon=False)
