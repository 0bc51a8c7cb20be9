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


def keep() -> None:
    """Start keeping them."""
    underlying = logging.getLogger(logger.service)
    for handler in underlying.handlers:
        handler.setLevel(logging.ERROR)
    underlying.addHandler(_Keeper())
