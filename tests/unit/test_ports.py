"""Processes that serve here are waited for, and not for ever."""

import subprocess
import sys

import pytest

from local.ports import NotServedError, free_port, wait_until_served
from local.processes import ending

SERVE = "import socket, sys, time; s = socket.create_server(('127.0.0.1', int(sys.argv[1]))); time.sleep(60)"

pytestmark = pytest.mark.enable_socket


def test_a_process_is_waited_for_until_it_listens() -> None:
    port = free_port()
    with ending(subprocess.Popen([sys.executable, "-c", SERVE, str(port)])) as process:
        wait_until_served(process, port, patience_seconds=60)


@pytest.mark.parametrize(("then", "patience_seconds"), [("pass", 30), ("import time; time.sleep(60)", 0.1)])
def test_one_that_ends_or_does_not_listen_is_told_of(then: str, patience_seconds: float) -> None:
    with ending(subprocess.Popen([sys.executable, "-c", then])) as process, pytest.raises(NotServedError):
        wait_until_served(process, free_port(), patience_seconds)
