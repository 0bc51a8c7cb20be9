"""The load run's books: a short run adds up, and what does not add up is found."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.load import ledger
from local import engine
from tests.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.engine

type Books = tuple[list[Any], dict[str, int], dict[str, Any]]


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Books:
    """The journal, the accounts' versions and the report of 200 requests, with many deaths."""
    if why := engine.lacking():
        pytest.skip(why)
    out = tmp_path_factory.mktemp("load")
    sizes = ["--requests", "200", "--accounts", "60", "--tokens", "0", "--deaths", "0.1"]
    run = [sys.executable, "-m", "benchmarks.load", *sizes, "--out", str(out)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run(run, check=False, timeout=PATIENCE_SECONDS, env=environment, cwd=Path(__file__).parents[2])
    journal = ledger.read(sorted(out.glob("*.jsonl")))
    return journal, json.loads((out / "versions.json").read_text()), json.loads((out / "load.json").read_text())


def test_everything_adds_up_in_spite_of_deaths_and_redeliveries(books: Books) -> None:
    journal, versions, report = books
    assert ledger.faults(journal, versions) == []
    counts = report["counts"]
    assert counts["requests"] >= 200  # mails of the last ones are read as well
    for name in ("accepted, known", "accepted, unknown", "passwords changed", "deaths after acceptance"):
        assert counts[name] > 0, name
    for name in ("deaths before", "redeliveries of served messages"):
        assert counts[name] > 0, name
    assert 0 < counts["mails that came again"] <= counts["deaths after acceptance"]


def test_a_lost_message_is_found(books: Books) -> None:
    journal, versions, _ = books
    (key,) = next(line[1:] for line in journal if line[0] == "mail" and _is_ordinary(journal, line[1]))
    assert ledger.faults([line for line in journal if line[1:] != [key]], versions) == [f"{key}: lost"]


def test_a_mail_that_comes_twice_without_a_death_is_found(books: Books) -> None:
    journal, versions, _ = books
    line = next(line for line in journal if line[0] == "mail" and _is_ordinary(journal, line[1]))
    expected = [f"{line[1]}: mailed 2 times, 0 deaths after acceptance"]
    assert ledger.faults([*journal, line], versions) == expected


def test_a_mail_that_nobody_asked_for_is_found(books: Books) -> None:
    journal, versions, _ = books
    assert ledger.faults([*journal, ["mail", "r#u#email"]], versions) == ["r#u#email: mailed, and nobody asked"]


def test_a_version_too_many_and_a_server_fault_are_found(books: Books) -> None:
    journal, versions, _ = books
    found = ledger.faults([*journal, ["answer", "reset", 503]], versions | {"nobody": 1})
    assert found == ["nobody: 0 successful resets, version 1", "reset: 1 answers of 503"]


def test_growth_is_told_by_round() -> None:
    def journal(scale: float) -> list[Any]:
        rounds = [["mark", "1"], ["mark", "2"]]
        took = [["took", function, 0.0, scale * 2] for function in ledger.FUNCTIONS]
        return [["took", "forgot", 0.0, 99.0], *[line for mark in rounds for line in (mark, *took)]]

    found = ledger.growth(journal(1), journal(1.5))
    expected = {"small": 2.0, "large": 3.0, "ratio": 1.5, "lower quartile": 1.5, "upper quartile": 1.5}
    assert found == dict.fromkeys(ledger.FUNCTIONS, expected)


def test_memory_that_grows_is_told() -> None:
    assert ledger.memory([(second, 100 + second) for second in range(100)], 100)["ratio"] == 1.259


def _is_ordinary(journal: list[Any], key: str) -> bool:
    dead = {line[1] for line in journal if line[0] == "dead"}
    died = any(line == ["died-after", key] for line in journal)
    return not died and key.partition("#")[0] not in dead and journal.count(["mail", key]) == 1
