"""Starts as Lambda has them: initialised on a whole processor, then held to memory's share of one, with TLS to AWS.

Lambda bills both. What a caller waits for, where Lambda has not initialised an environment ahead, is both as well.
"""

import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from benchmarks import cold
from benchmarks.cold import Subject, floor
from benchmarks.cost.model import share
from benchmarks.figures import Spread, ratio, spread
from benchmarks.runtime import api, install
from benchmarks.runtime.account import Account
from benchmarks.runtime.share import held
from benchmarks.runtime.tls import HOST, in_front_of
from infra.memory import MEMORY


class Start(NamedTuple):
    """Milliseconds of one start: until it was initialised and from there to the first answer, and of processor."""

    initialised: float
    first: float
    processor: float
    first_processor: float


MEASURED = ("forgot", "verify", "reset_refused", "deliver")
FLOORS = {floor(name) for name in MEASURED}
_ADDRESSES = ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB")


def measure(account: Account, rounds: int, folder: Path) -> dict[str, dict[str, Spread]]:
    """Start each function and each floor once a round, in an order drawn anew.

    Raises:
        FunctionError: one did not do its whole work.
    """
    log, python = folder / "starts.log", install.runtime()
    subjects = {**cold.functions(account), **cold.compared(account)}
    targets = [urlsplit(account.variables[name]).port or 0 for name in _ADDRESSES]
    with in_front_of(targets, folder) as (trusted, ports):
        over_tls = {name: f"https://{HOST}:{port}" for name, port in zip(_ADDRESSES, ports, strict=True)}
        over_tls["AWS_CA_BUNDLE"] = str(trusted)
        started = {
            name: replace(subjects[name], variables={**subjects[name].variables, **over_tls})
            for name in (*MEASURED, *FLOORS)
        }
        taken: dict[str, list[Start]] = {name: [] for name in started}
        for number in range(rounds + 1):
            for name in random.sample(list(started), len(started)):  # nosec B311
                memory = MEMORY[name.removesuffix("_refused")] if name in MEASURED else MEMORY["forgot"]
                times = _start(python, started[name], share(memory), log)
                if number:  # the first round fills the system's caches
                    taken[name].append(times)
    cold.check_work(log)
    return told(taken)


def told(taken: Mapping[str, Sequence[Start]]) -> dict[str, dict[str, Spread]]:
    """Return milliseconds, the ratio of a start's processor to its floor's, and what is left to the first caller."""
    figures = {}
    for name, samples in taken.items():
        columns = zip(Start._fields, zip(*samples, strict=True), strict=True)
        figures[name] = {part: spread(list(column)) for part, column in columns}
        figures[name]["billed"] = spread([start.initialised + start.first for start in samples])
        if name in MEASURED:
            figures[name]["to_floor"] = ratio(_processor(samples), _processor(taken[floor(name)]))
            figures[name]["left"] = ratio([start.first_processor for start in samples], _processor(samples))
    return figures


def _processor(samples: Sequence[Start]) -> list[float]:
    return [start.processor + start.first_processor for start in samples]


def _start(python: Path, started: Subject, of_a_processor: float, log: Path) -> Start:
    event = started.event()
    with api.environment(python, started.code, started.variables, log) as environment:
        ready, processor = environment.initialised(), api.cpu_seconds(environment.pid)
        with held(environment.pid, of_a_processor):
            handed = time.monotonic()
            answer = environment.invoke(event)
            used = api.cpu_seconds(environment.pid) - processor
    started.check(answer.body)
    return Start(*(seconds * 1000 for seconds in (ready - environment.started, answer.at - handed, processor, used)))
