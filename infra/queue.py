"""The queue, as plain data: the stack creates it in the cloud, `local/` on one machine."""

WORKER_TIMEOUT_SECONDS = 30
"""How long functions/deliver may run; `deliveries.LEASE` must be longer."""
VISIBILITY_SECONDS = 6 * WORKER_TIMEOUT_SECONDS
"""What AWS advises for a function as consumer; it is also the pause before a failed message's next try."""
MAX_RECEIVES = 5
"""Tries before the dead-letter queue: with the visibility they span a token's life."""
BATCH_SIZE = 5
"""Messages that a worker takes at once: all of them fit into its time-out, even if the mail provider is slow."""
