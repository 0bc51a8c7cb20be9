"""`python -m local` as a process: started when it says so, and ended whatever happens."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from local.ports import free_port
from local.processes import PATIENCE_SECONDS, ending
from tests.waiting import until

LISTENING = "Listening on "


@dataclass(frozen=True)
class Process:
    """A running server, and the file that its console is."""

    url: str
    process: subprocess.Popen[bytes]
    console: Path

    def told(self) -> str:
        """Return what the console shows."""
        return self.console.read_text("utf-8")

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        """End it by a signal; return its exit status.

        Raises:
            subprocess.TimeoutExpired: it does not end.
        """
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_SECONDS)


@contextmanager
def served(*before: str, **settings: str) -> Iterator[Process]:
    """Serve with these settings, at a free port. `before` is what Python runs before the server, if anything.

    Its console is a file: nobody has to read it, so that it never waits for a reader.
    """
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment = os.environ | {"BCRYPT_COST": "10"} | settings | {"PORT": str(port)}
    with TemporaryDirectory() as folder:
        console = Path(folder) / "console"
        with console.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, *(before or ("-m", "local"))], env=environment, stdout=output, stderr=subprocess.STDOUT
            )
        with ending(process):
            server = Process(url, process, console)
            until(lambda: "\n" in server.told() or process.poll() is not None)
            assert server.told() == f"{LISTENING}{url}\n", server.told()
            yield server
