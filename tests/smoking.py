"""The smoke test of a deployment to the emulated account, as `make smoke` runs it."""

import os
import subprocess
import sys
from collections.abc import Callable

from local.emulator.account import ROOT, Emulator
from local.processes import ending

PATIENCE_SECONDS = 300


def smoked(account: Emulator, api: str, **settings: str) -> Callable[[], tuple[int, str]]:
    """Start it against an API, by its name; return how to get its code and table once it is over."""
    here = {"URL": account.api(api), "SSL_CERT_FILE": str(account.certificate), **settings}
    process = subprocess.Popen(
        [sys.executable, "-m", "tools.smoke"],
        cwd=ROOT,
        env={**os.environ, **account.variables, **here},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )

    def over() -> tuple[int, str]:
        with ending(process):
            table, _ = process.communicate(timeout=PATIENCE_SECONDS)
        return process.returncode, table

    return over
