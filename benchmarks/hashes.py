"""One bcrypt hash at each cost that can be set: milliseconds of one whole processor."""

import statistics
import time

import bcrypt

COSTS = range(10, 15)
ROUNDS = 7


def measure() -> dict[str, float]:
    """Return the median milliseconds of one hash by cost."""
    taken: dict[str, list[float]] = {str(cost): [] for cost in COSTS}
    for _ in range(ROUNDS):
        for cost in COSTS:  # in turns, so that a slow moment is everybody's
            start = time.thread_time()
            bcrypt.hashpw(b"purple otters read quietly", bcrypt.gensalt(cost))
            taken[str(cost)].append((time.thread_time() - start) * 1000)
    return {cost: round(statistics.median(milliseconds), 1) for cost, milliseconds in taken.items()}
