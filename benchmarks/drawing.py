"""What the pictures under docs/ have in common."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure


@contextmanager
def drawing(path: Path, size: tuple[float, float], salt: str) -> Iterator[Figure]:
    """Yield a figure of that many inches, and write it: the same SVG for the same drawing and salt of its ids."""
    with mpl.rc_context({"svg.hashsalt": salt, "font.size": 8, "axes.spines.top": False, "axes.spines.right": False}):
        figure = Figure(figsize=size, layout="constrained", facecolor="white")
        yield figure
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, format="svg", metadata={"Date": None})
