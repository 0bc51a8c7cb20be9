"""The queue, as plain data: the stack creates it in the cloud, `local/` on one machine."""

from datetime import timedelta

WORKER_TIMEOUT_SECONDS = 30
"""How long functions/deliver may run; `deliveries.LEASE` must be longer."""
VISIBILITY_SECONDS = 6 * WORKER_TIMEOUT_SECONDS
"""What AWS advises for a function as consumer; it is also the pause before a failed message's next try."""
MAX_RECEIVES = 5
"""Tries before the dead-letter queue: with the visibility they span a token's life."""
RETENTION_DAYS = 4
"""How long a message may wait in the queue."""
DEAD_LETTER_DAYS = 14
"""How long it may wait to be redriven. What the worker must know of a message outlives both (`outlives`)."""
BATCH_SIZE = 5
"""Messages that a worker takes at once: all of them fit into its time-out, even if the mail provider is slow."""


def outlives(name: str, kept: timedelta) -> None:
    """Go on if what a message needs to be found is kept for longer than the message can wait.

    Raises:
        ValueError: it is not; a redriven message would be dropped, or sent twice, in silence.
    """
    waiting = timedelta(days=RETENTION_DAYS + DEAD_LETTER_DAYS)
    if kept <= waiting:
        message = (
            f"{name} is kept for {kept.days} days; queue and dead letters together hold a message for {waiting.days}"
        )
        raise ValueError(message)
