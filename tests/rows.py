"""The standards' rows and the tests that prove them: `pytest --rows` runs those alone and prints the table.

A test proves the rows that its docstring begins with: "Row 15: …", "Rows 42 and 44: …", "Rows 1, 2 and 3: …".
The rows themselves stand in `docs/security.md`.
"""

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
DOCUMENT = TESTS.parent / "docs" / "security.md"
_ROW = re.compile(r"^\| (\d+) \| (.+?) \| (.*?) \| (.*?) ?\|$", re.MULTILINE)
_NAMED = re.compile(r"Rows? (\d+(?:(?:, | and )\d+)*): \S")
_RESULTS: dict[int, Counter[str]] = defaultdict(Counter)
_FILES: dict[int, set[str]] = defaultdict(set)


@dataclass(frozen=True)
class Row:
    """What the standards ask. `mark` is empty, "gap: …" or "not run: …" with the part that AWS alone enforces."""

    title: str
    mark: str

    @property
    def is_gap(self) -> bool:
        return self.mark.startswith("gap")


def read_rows(text: str) -> dict[int, Row]:
    """Return the rows of the document's table by number."""
    return {int(number): Row(title, mark) for number, title, _, mark in _ROW.findall(text)}


def named(docstring: str | None) -> list[int]:
    """Return the rows that a test's docstring names.

    Raises:
        ValueError: it seems to name some, in another form.
    """
    if not re.match(r"\s*(?i:rows?\b|\d{1,2}[:,])", docstring or ""):
        return []
    found = _NAMED.match(docstring or "")
    if not found:
        message = f"rows are named as in 'Row 15: …' or 'Rows 1, 2 and 3: …', not as in {docstring!r}"
        raise ValueError(message)
    return [int(number) for number in re.findall(r"\d+", found[1])]


def docstrings(files: Iterable[Path]) -> Iterator[tuple[str, str | None]]:
    """Return each test of these files with its docstring, without importing them."""
    for file in files:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield f"{file.name}::{node.name}", ast.get_docstring(node)


def wrong(rows: Mapping[int, Row], tests: Iterable[tuple[str, str | None]]) -> list[str]:
    """Return what keeps the tests from proving the rows: one line each."""
    problems = []
    proved: set[int] = set()
    for test, docstring in tests:
        try:
            numbers = named(docstring)
        except ValueError as error:
            problems.append(f"{test}: {error}")
            continue
        problems += [f"{test} names row {number}, which there isn't" for number in numbers if number not in rows]
        problems += [f"{test} names row {n}, which is marked a gap" for n in numbers if n in rows and rows[n].is_gap]
        proved.update(numbers)
    return problems + [f"row {n} has no test" for n, row in rows.items() if n not in proved and not row.is_gap]


def result(row: Row, outcomes: Mapping[str, int]) -> str:
    """Return what a row's tests came to, in words."""
    if row.is_gap:
        return row.mark.upper().partition(":")[0]
    if outcomes.get("failed"):
        return "FAILED"
    if not outcomes.get("passed"):
        return "NOT PROVED"
    return "not run" if row.mark else "passed"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--rows", action="store_true", help="run the tests that name a row of the standards; print the table"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        function = getattr(item, "function", None)
        # Reports carry these to where the table is printed, from worker processes too.
        item.user_properties += [("row", number) for number in named(getattr(function, "__doc__", None))]
    if config.getoption("rows"):
        config.hook.pytest_deselected(items=[item for item in items if not item.user_properties])
        items[:] = [item for item in items if item.user_properties]


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call" or report.outcome != "passed":
        for name, number in report.user_properties:
            if name == "row" and isinstance(number, int):
                _RESULTS[number][report.outcome] += 1
                _FILES[number].add(report.nodeid.partition("::")[0].removeprefix("tests/"))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A row without a test that passed fails the run, unless files were named."""
    config = session.config
    everything = config.args_source is not pytest.Config.ArgsSource.ARGS and not hasattr(config, "workerinput")
    if config.getoption("rows") and everything and not config.option.collectonly and session.exitstatus == 0:
        rows = read_rows(DOCUMENT.read_text("utf-8"))
        if any(result(row, _RESULTS[number]) == "NOT PROVED" for number, row in rows.items()):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if not config.getoption("rows") or config.option.collectonly:
        return
    rows = read_rows(DOCUMENT.read_text("utf-8"))
    results = Counter(result(row, _RESULTS[number]) for number, row in rows.items())
    terminalreporter.section("rows of the standards")
    for number, row in rows.items():
        counts = ", ".join(f"{count} {outcome}" for outcome, count in sorted(_RESULTS[number].items()))
        terminalreporter.write_line(f"{number:>2}  {result(row, _RESULTS[number]):<10}  {row.title}")
        terminalreporter.write_line(f"    {counts or 'no test'}: {', '.join(sorted(_FILES[number])) or '-'}")
        if row.mark:
            terminalreporter.write_line(f"    {row.mark}")
    terminalreporter.write_line(", ".join(f"{count} {name}" for name, count in sorted(results.items())))
    terminalreporter.write_line(
        "'not run': its tests passed; the part that is named was asserted on the template, AWS's enforcement not run."
    )
