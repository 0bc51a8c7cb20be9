"""The queue's worker: sends tokens, and tells of changes. Partial failures go back to the queue."""

from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.batch import EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from password_reset.bootstrap import bootstrap
from password_reset.delivery.messages import (
    ChangeDisputing,
    FactorCodeRequested,
    RecoveryCodeUsed,
    ResetRequested,
    ResetStarted,
    parse,
)
from password_reset.edge.batch import LoggedBatch

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
    from aws_lambda_powertools.utilities.typing import LambdaContext


def handler(event: dict[str, Any], context: "LambdaContext") -> "PartialItemFailureResponse":
    """Work through a batch of messages, for as long as Lambda lets it."""
    until = bootstrap().audit.clock() + timedelta(milliseconds=context.get_remaining_time_in_millis())
    return process_partial_response(
        event=event,
        record_handler=partial(deliver, until=until),
        processor=LoggedBatch(event_type=EventType.SQS),
        context=context,
    )


def deliver(record: SQSRecord, until: datetime) -> None:
    """Serve one message."""
    message = parse(record.body)
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
