"""README's commands, as a newcomer pastes them."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.test_local_server import Server, start
from tests.waiting import PATIENCE_SECONDS

README = Path(__file__).parents[2] / "README.md"
CHANGED = "Your password has been reset. You can now sign in with your new password."

pytestmark = pytest.mark.enable_socket


@pytest.fixture
def server() -> Iterator[Server]:
    yield from start()


def test_try_it_works_and_so_it_does_the_second_time(server: Server) -> None:
    """Whatever lies in the outbox by then: the latest mail has the link that still works."""
    found = re.search(r"^## Try it\n.*?^```sh\n(.*?)^```", README.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert found
    commands = found[1].replace("http://127.0.0.1:8000", server.url)
    assert server.url in commands
    for _ in range(2):
        ran = subprocess.run(
            ["sh", "-c", commands], capture_output=True, text=True, check=True, timeout=PATIENCE_SECONDS
        )
        _, verified, changed = ran.stdout.splitlines()
        assert '"valid":true' in verified, ran.stdout
        assert CHANGED in changed, ran.stdout
