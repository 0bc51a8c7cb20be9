"""The audit records of this run, kept in memory; the console shows faults alone."""

import logging
from typing import Any

from password_reset.audit import logger

_records: list[dict[str, Any]] = []


class _Keeper(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        if hasattr(record, "audit"):
            _records.append(record.audit)


def records() -> list[dict[str, Any]]:
    """Return the records so far, the oldest first."""
    return list(_records)


def clear() -> None:
    """Forget them."""
    _records.clear()


def keep() -> None:
    """Start keeping them."""
    logging.getLogger(logger.service).addHandler(_Keeper())


def keep_console_quiet() -> None:
    """Let the console show faults alone."""
    for handler in logging.getLogger(logger.service).handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setLevel(logging.ERROR)
