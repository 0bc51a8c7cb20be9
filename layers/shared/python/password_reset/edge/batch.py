"""The worker's edge: a message that fails is logged by type and place, and goes back to the queue alone.

After its last try the queue moves it to the dead-letter queue; the rest of its batch is done with.
"""

from collections.abc import Callable, Mapping
from typing import Any

from password_reset.audit import count, describe, logger


def work_through(event: Mapping[str, Any], serve: Callable[[str], None]) -> dict[str, list[dict[str, str]]]:
    """Serve the body of each message; return which failed, as SQS has it told (`ReportBatchItemFailures`)."""
    failed = []
    for record in event["Records"]:
        try:
            serve(record["body"])
        except Exception as error:  # noqa: BLE001 - whatever it is, the other messages are served
            logger.error("message failed", extra={"messageId": record["messageId"], "fault": describe(error)})
            count("message-failed")
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}
