"""What became of each message: claimed before it is sent, completed after.

The queue delivers at least once. A claim keeps a second worker, or a redelivery, from sending what was
sent: only a death between the provider's acceptance and the completing write can mail twice, for
SES has no idempotency key.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from password_reset.clock import rfc3339
from password_reset.errors import DeliveryInProgress
from password_reset.items import refused_by, to_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEPT = timedelta(days=30)
LEASE = timedelta(seconds=60)
"""How long a claim keeps others away: longer than a worker can live, shorter than the queue's visibility."""


@dataclass(frozen=True, kw_only=True)
class Deliveries:
    """The deliveries table."""

    client: "DynamoDBClient"
    table: str

    def claim(self, request_id: str, user_id: str, channel: str, now: datetime) -> bool:
        """Take on the one message that this request sends to this account; False where it was sent before.

        Raises:
            DeliveryInProgress: another worker has it, or died with it less than `LEASE` ago.
        """
        seconds = int(now.timestamp())
        item = {
            "request_id": _key(request_id, user_id),
            "user_id": user_id,
            "created_at": rfc3339(now),
            "state": "claimed",
            "claimed_until": seconds + int(LEASE.total_seconds()),
            "channel": channel,
            "expires_at": int((now + KEPT).timestamp()),
        }
        try:
            self.client.put_item(
                TableName=self.table,
                Item=to_item(item),
                ConditionExpression="attribute_not_exists(request_id) OR (#state = :claimed AND claimed_until <= :now)",
                ExpressionAttributeNames={"#state": "state"},
                ExpressionAttributeValues=to_item({":claimed": "claimed", ":now": seconds}),
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self.client.exceptions.ConditionalCheckFailedException as refused:
            if refused_by(refused)["state"] == "sent":
                return False
            raise DeliveryInProgress from None
        return True

    def complete(self, request_id: str, user_id: str, message_id: str, now: datetime) -> None:
        """Record that the provider took the message, under its id."""
        self.client.update_item(
            TableName=self.table,
            Key=to_item({"request_id": _key(request_id, user_id)}),
            UpdateExpression="SET #state = :sent, message_id = :message_id, sent_at = :now REMOVE claimed_until",
            ExpressionAttributeNames={"#state": "state"},
            ExpressionAttributeValues=to_item({":sent": "sent", ":message_id": message_id, ":now": rfc3339(now)}),
        )


def _key(request_id: str, user_id: str) -> str:
    # One request reaches every account under its identifier, each with a message of its own.
    return f"{request_id}#{user_id}"
