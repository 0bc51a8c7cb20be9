"""Ports of this machine, for processes that serve here."""

import socket
import subprocess
import time


class NotServedError(Exception):
    """A process ended, or does not listen."""


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until_served(process: subprocess.Popen[bytes], port: int, patience_seconds: float) -> None:
    """Wait until a process that was started listens on its port.

    Raises:
        NotServedError: it ended, or took longer.
    """
    deadline = time.monotonic() + patience_seconds
    while process.poll() is None and time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise NotServedError
