"""The work of a piece of code, counted: whoever measures time measures the machine as well."""

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType

import password_reset

_OURS = str(Path(password_reset.__file__).parent)
_WIRE = str(Path(_OURS, "aws"))  # how answers are read is the client's own, whatever is in them
_ITEMS = str(Path(_WIRE, "items.py"))


@contextmanager
def counted() -> Iterator[Counter[str]]:
    """Count the lines of ours that are run, by function."""
    lines, monitoring = Counter[str](), sys.monitoring

    def run(code: CodeType, _: int) -> object:
        name = code.co_filename
        if name.startswith(_OURS) and (name == _ITEMS or not name.startswith(_WIRE)):
            lines[f"{Path(name).stem}.{code.co_qualname}"] += 1
            return None
        return monitoring.DISABLE

    monitoring.use_tool_id(monitoring.PROFILER_ID, "work")
    monitoring.register_callback(monitoring.PROFILER_ID, monitoring.events.LINE, run)
    monitoring.set_events(monitoring.PROFILER_ID, monitoring.events.LINE)
    try:
        yield lines
    finally:
        monitoring.free_tool_id(monitoring.PROFILER_ID)
