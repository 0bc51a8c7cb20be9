"""Lambda's queue poller on one machine: messages become events of functions/deliver, in batches."""

import os
import threading
from typing import TYPE_CHECKING, Any

import boto3

from infra.queue import BATCH_SIZE
from local import cloud, outbox
from local.gateway import Context, function

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

POLL_SECONDS = 0.5  # for what was delayed; what is due is told
PATIENCE_SECONDS = 5


class Worker(threading.Thread):
    """Pumps the queue until it is stopped, and tells the console of each message that was sent."""

    def __init__(self, base_url: str) -> None:
        super().__init__(name="worker", daemon=True)
        self._base_url = base_url
        self._stopping = False
        self._sqs: SQSClient = boto3.Session().client("sqs")
        self._told: set[str] = set()

    def run(self) -> None:
        """Work until stopped."""
        while not self._stopping:
            cloud.queued.clear()
            if work_once(self._sqs) < BATCH_SIZE:
                cloud.queued.wait(POLL_SECONDS)
            self._tell()

    def stop(self) -> None:
        """End after the batch in hand, unless that takes long: the thread keeps no process alive."""
        self._stopping = True
        cloud.queued.set()
        self.join(PATIENCE_SECONDS)

    def _tell(self) -> None:
        for message_id in outbox.ids():
            if message_id not in self._told:
                self._told.add(message_id)
                message = next(message for message in outbox.messages() if message["id"] == message_id)
                address = f"{self._base_url}/outbox/{message['id']}"
                to, what = ", ".join(message["to"]), message["subject"] or "a code"
                print(f"{outbox.KINDS[message['channel']]} to {to}: {what} - {address}", flush=True)


def work_once(sqs: "SQSClient") -> int:
    """Take a batch from the queue, have it delivered, and delete what was; return its size."""
    url = os.environ["QUEUE_URL"]
    received = sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=BATCH_SIZE, WaitTimeSeconds=0, MessageSystemAttributeNames=["All"]
    ).get("Messages", [])
    if not received:
        return 0
    answer = function("deliver")(event(received), Context())
    failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
    for message in received:
        if message["MessageId"] not in failed:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return len(received)


def event(messages: list[Any]) -> dict[str, Any]:
    """Return received messages as the event of a batch."""
    return {"Records": [_record(message) for message in messages]}


def _record(message: Any) -> dict[str, Any]:  # noqa: ANN401 - as boto3 gives it
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:messages",
        "awsRegion": "us-east-1",
    }
