"""The tests' one way to wait: for something to become true, and not for ever."""

import time
from collections.abc import Callable

PATIENCE_SECONDS = 240
"""Much more than a busy machine needs: it is waited out only where a test fails."""


def until[Found](find: Callable[[], Found], patience_seconds: float = PATIENCE_SECONDS) -> Found:
    """Return what is found, once that is something.

    Raises:
        AssertionError: it is nothing, for so long.
    """
    deadline = time.monotonic() + patience_seconds
    while not (found := find()):
        assert time.monotonic() < deadline, f"waited {patience_seconds} seconds for {find}"
        time.sleep(0.05)
    return found
