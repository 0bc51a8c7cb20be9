"""Functions in processes of their own, as Lambda runs them: forked, with clients of their own, on a shared engine."""

import json
import os
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, Literal

import pytest

from password_reset.bootstrap import bootstrap
from tests.wire import Wire
from tests.world import World

type When = Literal["before", "after"]
type Step = tuple[int, When]

_fork = get_context("fork")
PROCESSES = 4
PATIENCE_SECONDS = 120
# Each child makes its own clients and touches no lock or socket of its parent.
FORKS = pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork.*:DeprecationWarning")


def die_in_time() -> None:
    """Let a child end by itself, so that its parent waits for nobody for ever."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(PATIENCE_SECONDS)


@dataclass(frozen=True)
class Effect:
    """An AWS call that was answered, and the message that it queued, if it did."""

    operation: str
    body: str


def at_once[Result](world: World, count: int, call: Callable[[int], Result]) -> list[Result]:
    """Make that many calls at once, from threads of `PROCESSES` processes; return what each returned, in order.

    What they queued is in the world's queue afterwards, as in one that all share.
    """
    barrier = _fork.Barrier(count)
    before = len(world.queued())

    def rival(number: int) -> Result:
        barrier.wait(PATIENCE_SECONDS)
        return call(number)

    def serve(numbers: range, pipe: Connection) -> None:
        die_in_time()
        bootstrap.cache_clear()
        _ = world.dynamodb
        with ThreadPoolExecutor(len(numbers)) as pool:
            results = list(pool.map(rival, numbers))
        pipe.send((results, [message.body for message in world.queued()[before:]]))
        os._exit(0)

    pipes = []
    for first in range(PROCESSES):
        reading, writing = _fork.Pipe(duplex=False)
        _fork.Process(target=serve, args=(range(first, count, PROCESSES), writing), daemon=True).start()
        writing.close()
        pipes.append(reading)
    returned: dict[int, Result] = {}
    for first, pipe in enumerate(pipes):
        assert pipe.poll(PATIENCE_SECONDS), "a process does not answer"
        results, queued = pipe.recv()  # bounded: it is there, or the pipe is closed
        returned |= dict(zip(range(first, count, PROCESSES), results, strict=True))
        for body in queued:
            world.sqs.send_message(QueueUrl=world.environment["QUEUE_URL"], MessageBody=body)
    return [returned[number] for number in range(count)]


def between(calls: Sequence[str]) -> list[Step]:
    """Return where a process can die: before its first call, and after each. After one is before the next."""
    return [(0, "before"), *((position, "after") for position in range(len(calls)))]


def killed(wire: Wire, call: Callable[[], Any], position: int, when: When) -> list[Effect]:
    """Run a call in a process that is killed at its AWS call of this number; return what took effect before."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:

        def tell(operation: str, parameters: dict[str, Any]) -> None:
            os.write(writing, json.dumps([operation, parameters.get("MessageBody", "")]).encode() + b"\n")

        def die() -> None:
            os.kill(os.getpid(), signal.SIGKILL)

        try:
            die_in_time()
            bootstrap.cache_clear()
            wire.on_success(tell)
            wire.break_call(position, die, when)
            call()
        finally:
            os._exit(0)
    os.close(writing)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "it was over before that call"
    assert os.WTERMSIG(status) == signal.SIGKILL, "it never came to that call"
    with os.fdopen(reading, encoding="utf-8") as lines:
        return [Effect(*json.loads(line)) for line in lines]
