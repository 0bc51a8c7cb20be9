"""What became of each message: claimed before it is sent, completed after, and what the provider reports later.

The queue delivers at least once. A claim keeps a second worker, or a redelivery, from sending what was
sent: only a death, or a lost answer, between the provider's acceptance and the completing write can mail twice,
for SES has no idempotency key.
"""

import base64
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from password_reset.aws.items import from_item, refused_by, to_item
from password_reset.clock import rfc3339
from password_reset.errors import DeliveryInProgress, Undeliverable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from password_reset.audit import Attempt

KEPT = timedelta(days=30)
LEASE = timedelta(seconds=60)
"""How long a claim keeps others away: longer than a worker can live, shorter than the queue's visibility."""
LONGEST_DELIVERY = timedelta(seconds=12)
"""What one delivery takes at the most: a provider that answers at its time-out, and the writes around it."""

TAG = "delivery"
"""The message tag that says which delivery a mail is."""

# A request's id, an account's, a channel; DynamoDB takes 2048 bytes of a key.
_KEY = re.compile(r"[^#\x00-\x1f]{1,128}#.{1,1024}#[a-z]{1,16}")

type Settled = Literal["sent", "refused"]


class OutOfTime(Exception):
    """The worker might not live to the end of another delivery: this message's turn is later."""


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One message of one request to one account, by the channel that was tried."""

    request_id: str
    user_id: str
    channel: str

    @property
    def key(self) -> str:
        """The item's key: a request reaches every account under its identifier, and may fall back."""
        return f"{self.request_id}#{self.user_id}#{self.channel}"


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What a worker finds when it takes a message on: settled or not, and whether a worker tried before."""

    settled: Settled | None
    tried_before: bool


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Deliveries:
    """The deliveries table. `state` is ours, `outcome` the provider's: neither waits for the other."""

    client: "DynamoDBClient"
    table: str
    index: str = "by_user"

    def claim(self, delivery: Delivery, now: datetime, until: datetime | None = None) -> Claim:
        """Take a message on, unless it is settled what became of it. `until` is how long the worker lives.

        A worker that is killed while it sends leaves it open whether it sent, and takes the whole batch's tries along.

        Raises:
            OutOfTime: the worker might not live to complete it.
            DeliveryInProgress: another worker has it, or died with it less than `LEASE` ago.
        """
        if until and now + LONGEST_DELIVERY > until:
            raise OutOfTime
        seconds = int(now.timestamp())
        item = {
            "request_id": delivery.key,
            "user_id": delivery.user_id,
            "created_at": rfc3339(now),
            "state": "claimed",
            "claimed_until": seconds + int(LEASE.total_seconds()),
            "channel": delivery.channel,
            "expires_at": int((now + KEPT).timestamp()),
        }
        try:
            overwritten = self.client.put_item(
                TableName=self.table,
                Item=to_item(item),
                ReturnValues="ALL_OLD",
                ConditionExpression="attribute_not_exists(request_id) OR (#state = :claimed AND claimed_until <= :now)",
                ExpressionAttributeNames={"#state": "state"},
                ExpressionAttributeValues=to_item({":claimed": "claimed", ":now": seconds}),
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self.client.exceptions.ConditionalCheckFailedException as refused:
            state = refused_by(refused)["state"]
            if state == "claimed":
                raise DeliveryInProgress from None
            return Claim(settled=state, tried_before=True)
        return Claim(settled=None, tried_before="Attributes" in overwritten)

    def send(
        self,
        delivery: Delivery,
        attempt: "Attempt",
        clock: Callable[[], datetime],
        until: datetime | None,
        hand_over: Callable[[Claim], str],
    ) -> bool:
        """Have a message sent by this worker alone, and record what became of it; return whether it is sent.

        `hand_over` returns the provider's id of the message. `until` is how long the worker lives.

        Raises:
            OutOfTime: the worker might not live to complete it.
            DeliveryInProgress: another worker is at it.
        """
        claim = self.claim(delivery, clock(), until)
        if claim.settled:
            attempt.refuse(f"already_{claim.settled}")
            return claim.settled == "sent"
        try:
            message_id = hand_over(claim)
        except Undeliverable as undeliverable:
            attempt.refuse(undeliverable.reason)
            self.refuse(delivery, undeliverable.reason)
            return False
        self.complete(delivery, message_id, clock())
        return True

    def complete(self, delivery: Delivery, message_id: str, now: datetime) -> None:
        """Record that the provider took the message, under its id."""
        self._settle(
            delivery,
            "SET #state = :state, message_id = :message_id, sent_at = :now",
            {":state": "sent", ":message_id": message_id, ":now": rfc3339(now)},
        )

    def refuse(self, delivery: Delivery, reason: str) -> None:
        """Record that the message was not sent, and never will be."""
        self._settle(delivery, "SET #state = :state, reason = :reason", {":state": "refused", ":reason": reason})

    def report(self, key: str, outcome: str, at: datetime) -> None:
        """Record what the provider reports of a message. Reports come in any order: good news is no last word."""
        condition = "attribute_exists(request_id)"
        if outcome == "delivered":
            condition += " AND attribute_not_exists(outcome)"
        try:
            self.client.update_item(
                TableName=self.table,
                Key=to_item({"request_id": key}),
                UpdateExpression="SET outcome = :outcome, outcome_at = :at",
                ConditionExpression=condition,
                ExpressionAttributeValues=to_item({":outcome": outcome, ":at": rfc3339(at)}),
            )
        except self.client.exceptions.ConditionalCheckFailedException:
            return

    def latest(self, user_id: str, count: int) -> Sequence[dict[str, Any]]:
        """Return an account's latest messages, the latest first, as they are kept."""
        found = self.client.query(
            TableName=self.table,
            IndexName=self.index,
            KeyConditionExpression="user_id = :user_id",
            ExpressionAttributeValues=to_item({":user_id": user_id}),
            ScanIndexForward=False,
            Limit=count,
        )
        return [from_item(item) for item in found["Items"]]

    def _settle(self, delivery: Delivery, changes: str, values: dict[str, str]) -> None:
        self.client.update_item(
            TableName=self.table,
            Key=to_item({"request_id": delivery.key}),
            UpdateExpression=f"{changes} REMOVE claimed_until",
            ExpressionAttributeNames={"#state": "state"},
            ExpressionAttributeValues=to_item(values),
        )


def tagged(delivery: str) -> str:
    """Return a delivery's key as a message tag may be written: letters, digits, `-` and `_` alone."""
    return base64.urlsafe_b64encode(delivery.encode()).decode().rstrip("=")


def untagged(tag: str) -> str | None:
    """Return the key that a tag stands for; None where it is not one of ours."""
    try:
        key = base64.b64decode(tag + "=" * (-len(tag) % 4), altchars=b"-_", validate=True).decode()
    except ValueError:  # neither base64 nor UTF-8
        return None
    return key if _KEY.fullmatch(key) else None
