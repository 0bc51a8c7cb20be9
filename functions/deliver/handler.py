"""The queue's worker: sends tokens, and tells of changes. Partial failures go back to the queue."""

from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from password_reset.bootstrap import bootstrap, prepare
from password_reset.delivery.messages import (
    ChangeDisputing,
    FactorCodeRequested,
    RecoveryCodeUsed,
    ResetRequested,
    ResetStarted,
    build_messages,
    parse,
)
from password_reset.edge.batch import work_through

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

prepare(
    lambda _: build_messages(),
    lambda app: (app.deliver_reset, app.notify_change),
    lambda app: app.channels.mails.prepare(),
    lambda app: app.levers(),
)


def handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, list[dict[str, str]]]:
    """Work through a batch of messages, for as long as Lambda lets it."""
    until = bootstrap().audit.clock() + timedelta(milliseconds=context.get_remaining_time_in_millis())
    return work_through(event, partial(deliver, until=until))


def deliver(body: str, until: datetime) -> None:
    """Serve one message."""
    message = parse(body)
    if isinstance(message, ResetRequested):
        bootstrap().deliver_reset(message, until)
    elif isinstance(message, ResetStarted):
        bootstrap().deliver_started(message, until)
    elif isinstance(message, FactorCodeRequested):
        bootstrap().send_factor_code(message, until)
    elif isinstance(message, RecoveryCodeUsed):
        bootstrap().notify_recovery_code(message, until)
    elif isinstance(message, ChangeDisputing):
        bootstrap().notify_dispute(message, until)
    else:
        bootstrap().notify_change(message, until)
