"""The suite ends, and isn't red by chance: no wait without a bound, no verdict by a stopwatch, no seed of the hour."""

import ast
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

TESTS = Path(__file__).parents[1]
# The deployment's own clock is what one of its tests is about: a delay of thirty seconds that the deployed queue keeps.
ITS_OWN_CLOCK = TESTS / "infra" / "test_deploy.py"
FILES = sorted({*TESTS.rglob("*.py"), *(TESTS.parent / "local").glob("*.py")} - {ITS_OWN_CLOCK})
RUNNING = {"run", "call", "check_call", "check_output"}
ENDLESS = {"wait", "join", "communicate", "result", "acquire"}
CONNECTING = {"urlopen", "create_connection"}
CLOCKS = {"perf_counter", "perf_counter_ns", "process_time", "monotonic", "monotonic_ns", "sleep"}
# The clocks' one place: each wait there has an end.
WAITING = {TESTS / "waiting.py", TESTS.parent / "local" / "ports.py"}


def faults(source: str, *, may_wait: bool = False) -> Iterator[str]:
    """Return what may wait for ever, or takes time for a verdict, by line."""
    tree = ast.parse(source)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    ended = {id(argument) for call in calls if called(call) == "ending" for argument in call.args}
    # A process may have a name before it is handed over.
    handed = {name_of(argument) for call in calls if called(call) == "ending" for argument in call.args} - {""}
    ended |= {id(a.value) for a in ast.walk(tree) if isinstance(a, ast.Assign) and {*map(name_of, a.targets)} & handed}
    for call in calls:
        name, bounded = called(call), any(keyword.arg in {"timeout", "timeout_seconds"} for keyword in call.keywords)
        runs = name in RUNNING and ast.unparse(call.func).startswith("subprocess.")
        waits = name in ENDLESS and isinstance(call.func, ast.Attribute) and not call.args
        if (runs or waits or name in CONNECTING) and not bounded:
            yield f"line {call.lineno}: {name} without a timeout"
        elif name == "Popen" and id(call) not in ended:
            yield f"line {call.lineno}: a process that nothing ends"
        elif name in CLOCKS and not may_wait:
            yield f"line {call.lineno}: {name}"


def called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else name_of(call.func)


def name_of(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""


@pytest.mark.parametrize("file", FILES, ids=lambda path: str(path.relative_to(TESTS.parent)))
def test_nothing_waits_for_ever_or_decides_by_a_stopwatch(file: Path) -> None:
    assert list(faults(file.read_text("utf-8"), may_wait=file in WAITING)) == []


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("subprocess.run(['x'])", "run without a timeout"),
        ("subprocess.check_output(['x'], text=True)", "check_output without a timeout"),
        ("with subprocess.Popen(['x']) as process: pass", "a process that nothing ends"),
        ("process = Popen(['x'])", "a process that nothing ends"),
        ("process.wait()", "wait without a timeout"),
        ("process.communicate(timeout=None if x else 1); thread.join()", "join without a timeout"),
        ("urllib.request.urlopen(url)", "urlopen without a timeout"),
        ("socket.create_connection(('127.0.0.1', 1))", "create_connection without a timeout"),
        ("start = time.perf_counter()", "perf_counter"),
        ("time.sleep(1)", "sleep"),
    ],
)
def test_each_of_them_is_found(source: str, fault: str) -> None:
    assert list(faults(source)) == [f"line 1: {fault}"]


@pytest.mark.parametrize(
    "source",
    [
        "subprocess.run(['x'], timeout=9)",
        "with ending(subprocess.Popen(['x'])) as process: process.wait(9)",
        "process = Popen(['x'])\nwith ending(process): pass",
        "', '.join(words); thread.join(5); process.communicate(timeout=9)",
        "urlopen(url, timeout=9)",
    ],
)
def test_what_ends_is_let_be(source: str) -> None:
    assert list(faults(source)) == []


def test_examples_are_the_same_each_time() -> None:
    """In `make test`. `make fuzz` tries others, a thousand times as many."""
    assert hypothesis.settings.get_profile("test").derandomize
    assert not hypothesis.settings.get_profile("fuzz").derandomize


def test_the_order_is_the_same_each_time(pytestconfig: pytest.Config) -> None:
    """Mixed, so that tests don't come to depend on each other, and by a seed that was green."""
    assert "--randomly-seed=1" in pytestconfig.getini("addopts")
