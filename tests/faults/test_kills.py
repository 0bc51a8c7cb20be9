"""A process that is killed between any two of its steps loses nothing, and mails twice in one place alone."""

import pytest

from password_reset.bootstrap import bootstrap
from tests.faults.test_every_call import UNLIMITED, Account, Announcing, Case, Delivering, Notifying, Resetting
from tests.processes import FORKS, between, killed
from tests.wire import Wire
from tests.world import NEW_PASSWORD, World

pytestmark = [pytest.mark.engine, FORKS, pytest.mark.settings(**UNLIMITED)]


def cold_calls(case: Case, wire: Wire) -> list[str]:
    """Return the calls of a new process that nothing disturbs."""
    case.begin()
    bootstrap.cache_clear()
    wire.reset()
    case.act()
    case.world.queued().clear()
    return wire.operations()


@pytest.mark.parametrize(
    ("kind", "subject"), [(Delivering, "Reset your"), (Notifying, "was changed"), (Announcing, "is locked")]
)
def test_a_worker_killed_between_any_two_steps(engine_world: World, wire: Wire, kind: type[Case], subject: str) -> None:
    """Rows 37, 38 and 54: the message comes back, and what it asks for is done once."""
    calls = cold_calls(kind(Account(engine_world, 0)), wire)
    sent_by = calls.index("email.SendEmail")
    for number, (position, when) in enumerate(between(calls), 1):
        account = Account(engine_world, number)
        case = kind(account)
        case.begin()
        effects = killed(wire, case.act, position, when)
        engine_world.clock.advance(61)
        account.settle()
        mails = sum(effect.operation == "email.SendEmail" for effect in effects) + len(account.mails(subject))
        # Between the provider's acceptance and the completing write: SES has no idempotency key.
        in_window = (position, when) == (sent_by, "after")
        assert (position, when, mails, account.dead()) == (position, when, 2 if in_window else 1, 0)


def test_a_reset_killed_between_any_two_steps(engine_world: World, wire: Wire) -> None:
    """Rows 15, 37 and 38: the password and the token change together, and a change is told once."""
    calls = cold_calls(Resetting(Account(engine_world, 0)), wire)
    written = calls.index("dynamodb.TransactWriteItems")
    for number, (position, when) in enumerate(between(calls), 1):
        account = Account(engine_world, number)
        case = Resetting(account)
        case.begin()
        for effect in killed(wire, case.act, position, when):
            if effect.body:  # this process's queue has not heard of it
                engine_world.sqs.send_message(QueueUrl=engine_world.environment["QUEUE_URL"], MessageBody=effect.body)
        changed = position > written or (position, when) == (written, "after")
        assert account.is_password(NEW_PASSWORD) is changed
        assert engine_world.verify(case.token).json["valid"] is not changed
        if not changed:
            assert engine_world.reset(case.token).status == 200
        account.settle()
        assert len(account.mails("was changed")) == 1
