"""Processes that are started here end here: each is asked to, and made to if it doesn't in time."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

PATIENCE_SECONDS = 60
"""What a process on a busy machine may take to end by itself."""


@contextmanager
def ending[Text: (str, bytes)](
    process: subprocess.Popen[Text], patience_seconds: float = PATIENCE_SECONDS
) -> Iterator[subprocess.Popen[Text]]:
    """End a process when the block ends, however that ends. `with Popen` would wait for it for ever."""
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(patience_seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(patience_seconds)
        finally:
            for pipe in (process.stdin, process.stdout, process.stderr):
                if pipe:
                    pipe.close()
