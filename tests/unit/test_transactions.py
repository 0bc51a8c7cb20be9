"""How a transaction is tried again."""

import pytest

from password_reset.aws.transactions import JITTER_SECONDS, TRIES, Transactions
from password_reset.errors import Unavailable
from tests.wire import Wire, cancelled
from tests.world import World


def test_rivals_wait_ever_longer_and_apart(world: World, wire: Wire) -> None:
    """Row 38: three tries, with a pause of chance before each further one."""
    naps: list[float] = []
    transactions = Transactions(client=world.app.clients.dynamodb, sleep=naps.append)
    for _ in range(5):
        wire.fail("dynamodb.TransactWriteItems", *[cancelled("TransactionConflict")] * TRIES)
        with pytest.raises(Unavailable):
            transactions.write([], took_effect=lambda: False)
    first, second = naps[::2], naps[1::2]
    assert len(first) == len(second) == 5
    assert all(0 <= nap <= JITTER_SECONDS * 2 for nap in first)
    assert all(0 <= nap <= JITTER_SECONDS * 4 for nap in second)
    assert len(set(naps)) == len(naps)
