"""The worker's edge: a message that fails is logged by type and place, and goes back to the queue alone.

After its last try the queue moves it to the dead-letter queue; the rest of its batch is done with.
"""

from typing import override

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, ExceptionInfo, FailureResponse

from password_reset.audit import count, describe, logger


class LoggedBatch(BatchProcessor):
    """Powertools' batch, whose failures are told without the texts of exceptions: those quote messages."""

    def __init__(self, event_type: EventType) -> None:
        # Raising when all fail would log those texts, and report nothing that partial responses do not.
        super().__init__(event_type=event_type, raise_on_entire_batch_failure=False)

    @override
    def failure_handler(self, record: object, exception: ExceptionInfo) -> FailureResponse:
        error = exception[1]
        message_id = getattr(record, "message_id", None)
        logger.error("message failed", extra={"messageId": message_id, "fault": describe(error) if error else None})
        count("message-failed")
        return super().failure_handler(record, exception)
