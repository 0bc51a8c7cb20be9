"""Measure everything within ten minutes: print the tables, write them with a picture under docs/, and fail off target.

Whatever is compared is measured in one run, in turns. What it costs is worked out anew, for it follows from this.
"""

import argparse
import json
import platform
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import cold, hashes, history, pages, picture, report, sizes, starts, timing, warm
from benchmarks.cost import __main__ as cost
from benchmarks.cost.model import FIGURES
from benchmarks.runtime import account

DOCUMENT, PICTURE = FIGURES.with_suffix(".md"), FIGURES.with_suffix(".svg")
WATERFALLS = FIGURES.with_name("pages.svg")
HISTORY = FIGURES.with_name("performance-history.svg")
PROFILED = ("forgot", "verify", "reset_refused", "deliver")


def measure(arguments: argparse.Namespace) -> report.Figures:
    """Return all figures."""
    pages.needed()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        with account.running(folder / "moto.log") as measured:
            functions = cold.functions(measured)
            log = folder / "functions.log"
            cold_starts = cold.measure(cold.compared(measured) | functions, arguments.starts, log)
            imported = {name: cold.imports(functions[name], folder / "imports.log") for name in PROFILED}
            requests = warm.measure(measured, arguments.rounds, folder)
            at_their_share = starts.measure(measured, arguments.starts, folder)
    today = datetime.now(UTC).date().isoformat()
    return {
        "on": today,
        "machine": processor(),
        "python": platform.python_version(),
        "cold": report.cold(cold_starts),
        "starts": {"on": today, "subjects": at_their_share},
        "imports": report.imports(imported),
        "warm": report.warm(requests),
        "bcrypt": hashes.measure(),
        "sizes": sizes.measure(),
        "timing": timing.measure(),
        "pages": pages.measure(WATERFALLS),
    }


def processor() -> str:
    """Return what the processor calls itself."""
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    return next(line.partition(": ")[2] for line in lines if line.startswith("model name"))


def document(figures: report.Figures, text: str) -> str:
    """Return the document with these figures in the place of those that it has."""
    before, begin, rest = text.partition("<!-- figures: make bench -->\n")
    _, end, after = rest.partition("\n<!-- end of figures -->")
    return f"{before}{begin}{report.markdown(figures)}{end}{after}"


def main() -> None:
    """Measure; write; end with an error if a target was missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--starts", type=int, default=11, help="cold starts of each, two at least")
    parser.add_argument("--rounds", type=int, default=12, help="samples of each warm function, two at least")
    figures = {**measure(parser.parse_args())}
    figures["history"] = history.kept(json.loads(FIGURES.read_text("utf-8"))["history"], figures)
    FIGURES.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", "utf-8")
    written = json.loads(FIGURES.read_text("utf-8"))
    DOCUMENT.write_text(document(written, DOCUMENT.read_text("utf-8")), "utf-8")
    picture.draw(written, PICTURE)
    history.draw(written["history"], HISTORY)
    cost.main()
    print(report.markdown(written))
    if misses := report.missed(written):
        sys.exit("\n".join(misses))


if __name__ == "__main__":
    main()
