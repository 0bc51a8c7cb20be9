"""What was measured: as figures for `docs/performance.json`, as tables for people, and against the targets."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from benchmarks import timing
from benchmarks.cold import CLIENTS, floor, tuned
from benchmarks.figures import Samples, ratio, spread
from benchmarks.warm import HASHING

type Figures = Mapping[str, Any]

FORGOT_TARGET, RESET_TARGET, LEFT_TARGET = 1.0, 1.1, 0.25
COLD_TARGETS = {"forgot": 1.0, "verify": 1.0, "reset_refused": 1.0, "deliver": 1.4}
"""Times its floor: a function that makes the same clients of botocore's, and nothing else."""
ORDINARY = ("ordinary", "ordinary, no bytecode")
KNOWN, UNKNOWN = "Django, known address", "Django, unknown address"
TITLES = {"reset_refused": "reset, without bcrypt", "bcrypt": "one hash and one check of bcrypt alone"}
PAGE_FIGURES = {
    "first": "first paint, ms",
    "painted": "largest paint, ms",
    "usable": "usable, ms",
    "requests": "requests till then",
    "bytes": "bytes till then",
    "blocked": "blocked, ms",
    "verdict": "strength told after, ms",
}
PAGE_TARGETS = (
    ("forgot-password", "painted", 1500),
    ("forgot-password", "requests", 4),
    ("reset-password, typing", "verdict", 500),
)
PACKAGES = 10
"""How many of the packages that take longest to import are told."""


def cold(taken: Samples) -> Figures:
    """Return the milliseconds of each start, and the ratios to an empty function and to the function's two floors."""
    floors = {name: floor(name) for name in CLIENTS} | {name: floor("forgot") for name in ORDINARY}
    return {
        name: {"ms": spread(samples)}
        | (
            {
                "to_empty": ratio(samples, taken["empty"]),
                "to_floor": ratio(samples, taken[floors[name]]),
                "to_tuned": ratio(samples, taken[tuned(floors[name])]),
            }
            if name in floors
            else {}
        )
        for name, samples in taken.items()
    }


def imports(milliseconds: Mapping[str, Mapping[str, float]]) -> Figures:
    """Return the milliseconds of importing by package, of ours by module, the slowest first."""
    figures = {}
    for function, modules in milliseconds.items():
        totals: dict[str, float] = {}
        for module, own in modules.items():
            package = module if module.startswith("password_reset.") else module.partition(".")[0]
            totals[package] = totals.get(package, 0) + own
        figures[function] = {name: round(ms, 1) for name, ms in sorted(totals.items(), key=lambda total: -total[1])}
    return figures


def warm(used: Samples) -> Figures:
    """Return the milliseconds of processor of each request, and the ratios to bcrypt alone, or to Django's request."""
    return {
        name: {"ms": spread(samples)}
        | (
            {"to_bcrypt": ratio(samples, used["bcrypt"])}
            if name in HASHING
            else {"to_known": ratio(samples, used[KNOWN]), "to_unknown": ratio(samples, used[UNKNOWN])}
        )
        for name, samples in used.items()
    }


def missed(figures: Figures) -> list[str]:
    """Return the targets that were missed, a sentence each."""
    found = [
        (f"cold start of {title(name)}, times its floor", figures["cold"][name]["to_floor"][0], target)
        for name, target in COLD_TARGETS.items()
    ]
    found += [
        ("forgot, times Django's", figures["warm"]["forgot"]["to_known"][0], FORGOT_TARGET),
        ("forgot, times Django's of an unknown address", figures["warm"]["forgot"]["to_unknown"][0], FORGOT_TARGET),
        ("reset, times bcrypt", figures["warm"]["reset"]["to_bcrypt"][0], RESET_TARGET),
    ]
    found += [(f"{figure} of {page}", figures["pages"][page][figure], target) for page, figure, target in PAGE_TARGETS]
    found += [
        (
            f"start of {title(name)}, left to the first caller",
            figures["starts"]["subjects"][name]["left"][0],
            LEFT_TARGET,
        )
        for name in COLD_TARGETS
    ]
    told = [name for name, chance in figures["timing"].items() if timing.can_be_told(chance)]
    return [f"{what}: {value:.2f}, over {target}." for what, value, target in found if value > target] + [
        f"{name}: an address can be told by time." for name in told
    ]


def markdown(figures: Figures) -> str:
    """Return the figures as tables."""
    return "\n\n".join(
        (
            f"{figures['on']}, {figures['machine']}, Python {figures['python']}: medians, with quartiles in brackets.",
            _compared(
                (
                    "cold start",
                    "ms to the first answer",
                    "times empty",
                    "times its floor",
                    "times that, collector off",
                ),
                figures["cold"],
                ("to_empty", "to_floor", "to_tuned"),
            ),
            f"Starts at memory's share of a processor, with TLS, {figures['starts']['on']}:",
            _starts(figures["starts"]["subjects"]),
            _imports(figures["imports"]),
            _compared(
                ("warm request", "ms of processor", "times Django's, known", "times Django's, unknown", "times bcrypt"),
                figures["warm"],
                ("to_known", "to_unknown", "to_bcrypt"),
            ),
            _table(
                ("bcrypt cost", "ms of processor, one hash"), ((c, f"{ms:.0f}") for c, ms in figures["bcrypt"].items())
            ),
            _table(
                ("package", "zipped, KB", "unpacked, KB"),
                (
                    (name, f"{zipped / 1000:,.1f}", f"{size / 1000:,.1f}")
                    for name, (zipped, size) in figures["sizes"].items()
                ),
            ),
            _table(
                ("known or unknown address", "chance that the known one takes longer", "standard error"),
                ((name, f"{of:.3f}", f"{timing.ERROR:.3f}") for name, of in figures["timing"].items()),
            ),
            _table(
                ("page, on slow 4G and a processor slowed down 4 times", *PAGE_FIGURES.values()),
                (
                    (name, *(f"{page[figure]:,}" if figure in page else "" for figure in PAGE_FIGURES))
                    for name, page in figures["pages"].items()
                ),
            ),
        )
    )


def title(name: str) -> str:
    """Return what a subject is called in a table."""
    return TITLES.get(name, name)


def _compared(head: Sequence[str], figures: Figures, ratios: Sequence[str]) -> str:
    rows = (
        (title(name), _told(of["ms"]), *(_told(of[to]) if to in of else "" for to in ratios))
        for name, of in figures.items()
    )
    return _table(head, rows)


def _starts(figures: Figures) -> str:
    parts = ("initialised", "first", "billed", "processor", "first_processor", "to_floor", "left")
    times = ("ms to initialise", "ms to the first answer", "ms billed", "ms of processor to initialise")
    ratios = ("ms of processor to answer", "processor, times its floor's", "part left to the first caller")
    rows = ((title(name), *(_told(of[part]) if part in of else "" for part in parts)) for name, of in figures.items())
    return _table(("start", *times, *ratios), rows)


def _imports(figures: Figures) -> str:
    rows = []
    for function, packages in figures.items():
        slowest = list(packages.items())[:PACKAGES]
        rows.append((function, f"{sum(packages.values()):.0f}", ", ".join(f"{name} {ms:.1f}" for name, ms in slowest)))
    return _table(("imports", "ms, profiled", "the slowest packages, and modules of ours"), rows)


def _told(spread: Sequence[float]) -> str:
    digits = 2 if spread[0] < 10 else 0  # noqa: PLR2004 - three digits, more or less
    median, low, high = (f"{value:.{digits}f}" for value in spread)
    return f"{median} ({low}–{high})"  # noqa: RUF001 - a range


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = (head, ["---", *["---:"] * (len(head) - 1)], *rows)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
