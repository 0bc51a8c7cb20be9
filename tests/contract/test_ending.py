"""What is started ends: the local server whatever signals it inherited, and a process that will not."""

import contextlib
import signal
import subprocess
import sys

import pytest

from local.ports import free_port, wait_until_served
from local.processes import ending
from tests.server import served

pytestmark = pytest.mark.enable_socket

# As a background job of a shell without job control, or under nohup; and from a parent that blocks signals.
INHERIT = """
import os, signal, sys
for number in signal.SIGINT, signal.SIGTERM:
    signal.signal(number, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
os.execv(sys.executable, [sys.executable, "-m", "local"])
"""
DEAF = """
import signal, socket, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
signal.pause()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_server_ends_whatever_it_inherited(number: signal.Signals) -> None:
    with served("-c", INHERIT) as server:
        assert server.end(number) == 0
        assert server.told().endswith("Stopped.\n")


@pytest.mark.parametrize("fails", [False, True])
def test_a_process_that_ignores_signals_is_made_to_end(*, fails: bool) -> None:
    """When a test is over, and when it fails."""
    port = free_port()
    deaf = subprocess.Popen([sys.executable, "-c", DEAF, str(port)])
    expectation = pytest.raises(ZeroDivisionError) if fails else contextlib.nullcontext()
    with expectation, ending(deaf, patience_seconds=0.1):
        wait_until_served(deaf, port, patience_seconds=60)
        _ = 1 / (not fails)
    assert deaf.returncode == -signal.SIGKILL


def test_a_server_that_does_not_start_is_told_of() -> None:
    with pytest.raises(AssertionError, match="SETTING"), served("-c", "print('SETTING cannot be so')"):
        pytest.fail("it was taken for one that serves")
