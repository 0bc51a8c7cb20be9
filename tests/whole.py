"""Proofs that take too long for every change: `make test` makes a part of them, `WHOLE=1` and every night all.

Tests that are marked `nightly` are left out by day.
"""

import os
from collections.abc import Iterable, Mapping

import pytest
from _pytest.mark import ParameterSet

WHOLE = "WHOLE" in os.environ


def in_turn[Key, Value](alike: Mapping[Key, Value], position: int) -> dict[Key, Value]:
    """Return one of what is one thing to the service, another at each position; or all of it."""
    keys = list(alike)
    return dict(alike) if WHOLE else {keys[position % len(keys)]: alike[keys[position % len(keys)]]}


def sampled(items: Iterable[object], one_of: int) -> list[ParameterSet]:
    """Return parameters of a test: one of so many for every change, all by night."""
    return [
        pytest.param(item, marks=[pytest.mark.nightly] if position % one_of else [])
        for position, item in enumerate(items)
    ]
