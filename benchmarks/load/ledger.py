"""The books: what the journals say, and whether it adds up."""

import json
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

FUNCTIONS = ("forgot", "deliver", "verify", "reset")
FLAT = 1.05
"""The most that memory in the run's last tenth may be of that in its sixth."""
MEMORY_SECONDS = 60
"""Shorter runs are not judged by it: they import and connect for most of their time."""
GROWTH = 1.25
"""The most that a median with the large table may be of that with the small one."""
SERVER_FAULT = 500

type Line = list[Any]


def read(paths: Iterable[Path]) -> list[Line]:
    """Return the lines of the journals."""
    return [json.loads(line) for path in paths for line in path.read_text().splitlines()]


def of(kind: str, journal: Iterable[Line]) -> list[Line]:
    """Return the lines of one kind, without its name."""
    return [line[1:] for line in journal if line[0] == kind]


def faults(journal: Sequence[Line], versions: Mapping[str, int]) -> list[str]:
    """Return what does not add up; `versions` are the accounts' credentials_version, where there is one.

    A mail comes once, and once more for each death right after the provider took it, but for nothing else. What
    is in the dead letters may have come so before, or not.
    """
    mails = Counter(key for (key,) in of("mail", journal))
    lost_answers = Counter(key for (key,) in of("died-after", journal))
    dead = {request_id for (request_id,) in of("dead", journal)}
    changed = [key for (key,) in of("changed", journal)]
    expected = {key for _, key in of("accepted", journal) if key} | set(changed)
    found = []
    for key in sorted(expected | set(mails)):
        times = mails[key] - lost_answers[key]
        if key not in expected:
            found.append(f"{key}: mailed, and nobody asked")
        elif times > 1:
            found.append(f"{key}: mailed {mails[key]} times, {lost_answers[key]} deaths after acceptance")
        elif times < 1 and key.partition("#")[0] not in dead:
            found.append(f"{key}: lost")
    resets = Counter(key.split("#")[1] for key in changed)
    found += [
        f"{user}: {resets[user]} successful resets, version {versions.get(user, 0)}"
        for user in sorted(resets.keys() | versions.keys())
        if resets[user] != versions.get(user, 0)
    ]
    answers = Counter((function, status) for function, status in of("answer", journal) if status >= SERVER_FAULT)
    return found + [f"{function}: {count} answers of {status}" for (function, status), count in answers.items()]


def counts(journal: Sequence[Line]) -> dict[str, Any]:
    """Return how often what happened."""
    kinds = Counter(line[0] for line in journal)
    mails = Counter(key for (key,) in of("mail", journal))
    answers = Counter(f"{function} {status}" for function, status in of("answer", journal))
    return {
        "requests": kinds["answer"],
        "answers": dict(sorted(answers.items())),
        "accepted, known": sum(1 for _, key in of("accepted", journal) if key),
        "accepted, unknown": sum(1 for _, key in of("accepted", journal) if not key),
        "passwords changed": kinds["changed"],
        "mails": kinds["mail"],
        "mails that came again": kinds["mail"] - len(mails),
        "deaths after acceptance": kinds["died-after"],
        "deaths before": kinds["died-before"],
        "redeliveries of served messages": kinds["again"],
        "dead letters": len({request_id for (request_id,) in of("dead", journal)}),
    }


def tenths(journal: Sequence[Line], seconds: float) -> dict[str, list[dict[str, float]]]:
    """Return each function's count, median and 99th percentile in milliseconds, for each tenth of the run."""
    samples: dict[str, list[list[float]]] = {function: [[] for _ in range(10)] for function in FUNCTIONS}
    for function, at, milliseconds in of("took", journal):
        samples[function][min(int(at / seconds * 10), 9)].append(milliseconds)
    return {function: [_summary(tenth) for tenth in of_tenth] for function, of_tenth in samples.items()}


def memory(samples: Sequence[tuple[float, float]], seconds: float) -> dict[str, float]:
    """Return a process's median memory in MB in the sixth and in the last tenth of the run, and their ratio."""
    sixth = statistics.median([mb for at, mb in samples if 5 <= at / seconds * 10 < 6] or [0])  # noqa: PLR2004
    last = statistics.median([mb for at, mb in samples if at / seconds * 10 >= 9] or [0])  # noqa: PLR2004
    return {"sixth tenth": sixth, "last tenth": last, "ratio": round(last / sixth, 3) if sixth else 0.0}


def growth(small: Sequence[Line], large: Sequence[Line]) -> dict[str, dict[str, float]]:
    """Return each function's medians in milliseconds, their ratio, and the quartiles of the ratio over the rounds."""
    rounds = [_rounds(small), _rounds(large)]
    result = {}
    for function in FUNCTIONS:
        per_round = [[one[function] for one in of_table] for of_table in rounds]
        medians = [statistics.median([value for one in of_table for value in one]) for of_table in per_round]
        ratios = [
            statistics.median(there) / statistics.median(here)
            for here, there in zip(*per_round, strict=True)
            if here and there
        ]
        quartiles = statistics.quantiles(ratios, n=4) if len(ratios) > 1 else ratios * 3
        result[function] = {
            "small": round(medians[0], 2),
            "large": round(medians[1], 2),
            "ratio": round(medians[1] / medians[0], 3),
            "lower quartile": round(quartiles[0], 3),
            "upper quartile": round(quartiles[2], 3),
        }
    return result


def _rounds(journal: Sequence[Line]) -> list[dict[str, list[float]]]:
    rounds: list[dict[str, list[float]]] = []
    for line in journal:
        if line[0] == "mark":
            rounds.append(defaultdict(list))
        elif line[0] == "took" and rounds:  # what comes before the first mark warms up
            rounds[-1][line[1]].append(line[3])
    return rounds


def _summary(values: list[float]) -> dict[str, float]:
    if not values:
        return {"count": 0, "median": 0.0, "p99": 0.0}
    p99 = sorted(values)[int(len(values) * 0.99)]
    return {"count": len(values), "median": round(statistics.median(values), 2), "p99": round(p99, 2)}
