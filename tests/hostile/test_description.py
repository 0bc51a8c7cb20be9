"""The running local server against its own description, `docs/openapi.json`: what it says is so, and all of it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.contract.test_local_server import Server, start
from tests.waiting import PATIENCE_SECONDS
from tests.world import EMAIL, PASSWORD

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.enable_socket


@pytest.fixture
def server() -> Iterator[Server]:
    """A server that limits nobody: a 429 would hide what is behind it."""
    yield from start(
        RESET_LIMIT_PER_IDENTIFIER="0",
        RESET_LIMIT_PER_IDENTIFIER_DAY="0",
        RESET_LIMIT_PER_SOURCE="0",
        CHALLENGE="altcha",
        CHANNELS="email,sms,whatsapp",
        SMS_COUNTRIES="49",
    )


def test_the_description_holds(server: Server, tmp_path: Path) -> None:
    """Rows 41, 42, 44 and 45: examples, edges and made-up requests, valid and not, with every check of Schemathesis."""
    sessions = {
        name: server.post("/auth/sign-in", email=EMAIL, password=PASSWORD).json["accessToken"]
        for name in ("SESSION_TO_KEEP", "SESSION_TO_END")
    }
    examples = hypothesis.settings().max_examples // 5  # of each operation's every way to be asked
    command = ["--config-file", str(ROOT / "schemathesis.toml"), "run", str(ROOT / "docs" / "openapi.json")]
    command += ["--url", server.url, "--max-examples", str(examples), "--no-color"]
    command += ["--generation-deterministic"] * hypothesis.settings().derandomize
    ended = subprocess.run(
        [Path(sys.executable).parent / "schemathesis", *command, "--continue-on-failure"],
        cwd=tmp_path,
        env=os.environ | sessions,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    paths = json.loads((ROOT / "docs" / "openapi.json").read_text("utf-8"))["paths"].values()
    operations = sum(name in {"get", "post"} for path in paths for name in path)
    assert f"Tested: {operations}\n" in ended.stdout
