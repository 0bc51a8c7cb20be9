"""Proofs that take too long for every change: `make test` makes a part of them, `WHOLE=1` and every night all.

Tests that are marked `nightly` are left out by day.
"""

import os
from collections.abc import Mapping

WHOLE = "WHOLE" in os.environ


def in_turn[Key, Value](alike: Mapping[Key, Value], position: int) -> dict[Key, Value]:
    """Return one of what is one thing to the service, another at each position; or all of it."""
    keys = list(alike)
    return dict(alike) if WHOLE else {keys[position % len(keys)]: alike[keys[position % len(keys)]]}
