"""A process held to a share of a processor, as Lambda holds a function to its memory's: by a quota a period."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from benchmarks.runtime.api import cpu_seconds

PERIOD_SECONDS = 0.02
_LOOK_SECONDS = 0.0005


@contextmanager
def held(pid: int, share: float) -> Iterator[None]:
    """Stop a process for the rest of each period in which it has used its share of a processor."""
    over = threading.Event()
    keeper = threading.Thread(target=_keep, args=(pid, share * PERIOD_SECONDS, over))
    keeper.start()
    try:
        yield
    finally:
        over.set()
        keeper.join()


def _keep(pid: int, quota: float, over: threading.Event) -> None:
    with suppress(FileNotFoundError, ProcessLookupError):  # it has ended
        while not over.is_set():
            end, limit = time.monotonic() + PERIOD_SECONDS, cpu_seconds(pid) + quota
            while time.monotonic() < end and not over.wait(_LOOK_SECONDS):
                if cpu_seconds(pid) >= limit:
                    os.kill(pid, signal.SIGSTOP)
                    over.wait(max(0, end - time.monotonic()))
                    os.kill(pid, signal.SIGCONT)
                    break
