"""The benchmark's arithmetic and its Runtime API; and that what is published is what was measured, and on target."""

import contextlib
import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks import history, picture, report
from benchmarks.__main__ import DOCUMENT, HISTORY, PICTURE, document
from benchmarks.cold import check_work, floor
from benchmarks.cost.model import FIGURES
from benchmarks.figures import ratio, spread
from benchmarks.runtime import api
from benchmarks.runtime.share import held
from benchmarks.starts import Start, told
from benchmarks.timing import ERROR, can_be_told
from local.processes import ending
from tests.waiting import until

# A runtime client of a few lines: it echoes events, and fails at those that say so.
CLIENT = """
import http.client, json, os
connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
if os.environ.get("BROKEN"):
    connection.request("POST", "/2018-06-01/runtime/init/error", json.dumps({"errorType": "Runtime.ImportModuleError"}))
    raise SystemExit
while True:
    connection.request("GET", "/2018-06-01/runtime/invocation/next")
    answer = connection.getresponse()
    event, name = json.loads(answer.read()), answer.headers["Lambda-Runtime-Aws-Request-Id"]
    outcome = "error" if event == "fail" else "response"
    connection.request("POST", f"/2018-06-01/runtime/invocation/{name}/{outcome}", json.dumps([event, "answered"]))
    connection.getresponse().read()
"""


@pytest.fixture
def figures() -> Any:
    return json.loads(FIGURES.read_text("utf-8"))


@pytest.fixture
def client(tmp_path: Path) -> dict[str, str]:
    """What makes `python -m awslambdaric` run the client above."""
    package = tmp_path / "awslambdaric"
    package.mkdir()
    (package / "__main__.py").write_text(CLIENT)
    return {"PYTHONPATH": str(tmp_path)}


def test_the_document_is_made_of_the_figures(figures: Any) -> None:
    text = DOCUMENT.read_text("utf-8")
    assert document(figures, text) == text
    assert "| forgot | " in text


def test_the_picture_is_made_of_the_figures(figures: Any, tmp_path: Path) -> None:
    picture.draw(figures, tmp_path / "picture.svg")
    assert (tmp_path / "picture.svg").read_text("utf-8") == PICTURE.read_text("utf-8")


def test_a_release_has_one_line_of_history_which_the_picture_shows(figures: Any, tmp_path: Path) -> None:
    """The earlier lines stay as they were; that of this release is of the latest figures."""
    earlier = {"release": "0.9.0", "on": "2026-11-01", "ratios": {"warm forgot, times Django's": 0.9}}
    lines = history.kept([earlier, *figures["history"]], figures)
    assert lines == [earlier, *figures["history"]]
    assert lines[-1]["ratios"]["warm forgot, times Django's"] == figures["warm"]["forgot"]["to_known"][0]
    assert "start of deliver, left to the first caller" in lines[-1]["ratios"]
    history.draw(figures["history"], tmp_path / "history.svg")
    assert (tmp_path / "history.svg").read_text("utf-8") == HISTORY.read_text("utf-8")


def test_what_a_start_leaves_to_its_first_caller() -> None:
    """Of its processor; and its ratio to the floor is of the processor too, which no other load slows down."""
    starts = {"forgot": [Start(400, 50, 290, 10), Start(800, 90, 190, 10)]}
    starts[floor("forgot")] = [Start(200, 1, 150, 0), Start(200, 1, 100, 0)]
    found = told(starts)
    assert found["forgot"]["billed"][0] == 670
    assert found["forgot"]["to_floor"][0] == 2.0
    assert found["forgot"]["left"][0] == pytest.approx(0.042, abs=0.001)
    assert "left" not in found[floor("forgot")]


def state(process: subprocess.Popen[bytes]) -> str:
    """Return a process's state as Linux names it: T where it is stopped."""
    return Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0]


def test_a_process_over_its_share_is_stopped_and_goes_on() -> None:
    """Nothing of a processor is the least share: every period is over as it begins."""
    with ending(subprocess.Popen([sys.executable, "-c", "while True: pass"])) as process:
        with held(process.pid, 0):
            until(lambda: state(process) == "T")
        assert state(process) != "T"


def test_the_published_figures_are_on_target(figures: Any) -> None:
    assert report.missed(figures) == []


def test_every_target_can_be_missed(figures: Any) -> None:
    worse = copy.deepcopy(figures)
    for name in report.COLD_TARGETS:
        worse["cold"][name]["to_floor"][0] = 1.51
        worse["starts"]["subjects"][name]["left"][0] = 0.26
    worse["warm"]["forgot"]["to_known"][0] = worse["warm"]["forgot"]["to_unknown"][0] = 1.01
    worse["warm"]["reset"]["to_bcrypt"][0] = 1.11
    for page, figure, target in report.PAGE_TARGETS:
        worse["pages"][page][figure] = target + 1
    worse["timing"] = {"forgot": 0.6, "sign_in": 0.35}
    assert report.missed(worse) == [
        "cold start of forgot, times its floor: 1.51, over 1.0.",
        "cold start of verify, times its floor: 1.51, over 1.0.",
        "cold start of reset, without bcrypt, times its floor: 1.51, over 1.0.",
        "cold start of deliver, times its floor: 1.51, over 1.4.",
        "forgot, times Django's: 1.01, over 1.0.",
        "forgot, times Django's of an unknown address: 1.01, over 1.0.",
        "reset, times bcrypt: 1.11, over 1.1.",
        "painted of forgot-password: 1501.00, over 1500.",
        "requests of forgot-password: 5.00, over 4.",
        "verdict of reset-password, typing: 501.00, over 500.",
        "start of forgot, left to the first caller: 0.26, over 0.25.",
        "start of verify, left to the first caller: 0.26, over 0.25.",
        "start of reset, without bcrypt, left to the first caller: 0.26, over 0.25.",
        "start of deliver, left to the first caller: 0.26, over 0.25.",
        "forgot: an address can be told by time.",
        "sign_in: an address can be told by time.",
    ]


def test_ratios_are_of_one_round() -> None:
    """A slow round slows both: the ratio of medians would be 1.5."""
    assert spread([3.0, 1.0, 2.0]) == [2.0, 1.5, 2.5]
    assert ratio([2.0, 3.0, 40.0], [1.0, 2.0, 10.0]) == [2.0, 1.75, 3.0]


def test_a_chance_that_tells_is_out_of_its_bound() -> None:
    assert pytest.approx(0.0129, abs=0.0001) == ERROR
    assert [can_be_told(chance) for chance in (0.42, 0.43, 0.57, 0.58)] == [True, False, False, True]


def logged(event: str, outcome: str, reason: str | None) -> str:
    return json.dumps({"audit": {"event": event, "outcome": outcome, "reason": reason}})


DONE = [logged("forgot-password", "accepted", None), logged("reset-password", "refused", "weak_password")]


@pytest.mark.parametrize(
    ("lines", "expectation"),
    [
        (["import time: 1", *DONE], contextlib.nullcontext()),
        ([*DONE, logged("reset-password", "refused", "invalid_token")], pytest.raises(api.FunctionError)),
        ([*DONE, logged("deliver-reset", "refused", "weak_password")], pytest.raises(api.FunctionError)),
        (["import time: 1"], pytest.raises(api.FunctionError)),
    ],
)
def test_functions_that_do_not_do_their_work_end_the_run(
    lines: list[str], expectation: contextlib.AbstractContextManager[Any], tmp_path: Path
) -> None:
    log = tmp_path / "log"
    log.write_text("\n".join(lines))
    with expectation:
        check_work(log)


def test_modules_of_others_are_told_by_package() -> None:
    measured = {"pydantic": 1.0, "pydantic.main": 2.0, "password_reset.edge.http": 4.0, "password_reset.edge.api": 1.0}
    assert report.imports({"forgot": measured}) == {
        "forgot": {"password_reset.edge.http": 4.0, "pydantic": 3.0, "password_reset.edge.api": 1.0}
    }


@pytest.mark.enable_socket
def test_the_runtime_client_is_served(client: dict[str, str], tmp_path: Path) -> None:
    with api.environment(Path(sys.executable), tmp_path, client, tmp_path / "log") as environment:
        first, second = environment.invoke({"n": 1}), environment.invoke({"n": 2})
        assert (first.body, second.body) == ([{"n": 1}, "answered"], [{"n": 2}, "answered"])
        assert environment.started < first.at < second.at
        assert 0 < api.cpu_seconds(environment.pid) < api.PATIENCE_SECONDS
        with pytest.raises(api.FunctionError, match="answered"):
            environment.invoke("fail")


@pytest.mark.enable_socket
def test_a_function_that_cannot_start_ends_the_run(client: dict[str, str], tmp_path: Path) -> None:
    broken = client | {"BROKEN": "1"}
    with (
        api.environment(Path(sys.executable), tmp_path, broken, tmp_path / "log") as environment,
        pytest.raises(api.FunctionError, match="ImportModuleError"),
    ):
        environment.invoke({})
