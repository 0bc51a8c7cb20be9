"""Addresses that are not mailed for a while, because they bounced for good or their owner called a mail spam.

Mailing them again would cost the sender's reputation, and so everybody else's mails. Only a keyed pseudonym of an
address is kept, so that the table names nobody.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from password_reset.accounts.identifiers import email_key, is_deliverable
from password_reset.aws.items import from_item, to_item
from password_reset.errors import Undeliverable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, UniversalAttributeValueTypeDef

    from password_reset.aws.pepper import Pepper

KEPT = timedelta(days=90)
"""A mailbox may be made again, and a complaint regretted."""


def admit(address: str, *, suppressed: bool) -> None:
    """Refuse an address that no mail would reach, or that is not mailed for a while.

    Raises:
        Undeliverable: it is one.
    """
    if not is_deliverable(address):
        raise Undeliverable(reason="undeliverable")
    if suppressed:
        raise Undeliverable(reason="suppressed")


@dataclass(frozen=True, kw_only=True)
class Suppression:
    """Why an address is not mailed, and until when."""

    reason: str
    until: datetime

    @property
    def silences_notices(self) -> bool:
        """Whether not even the notice of a change is mailed: one click on "spam" must not hide a theft."""
        return self.reason != "complained"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Suppressions:
    """The suppressions table."""

    client: "DynamoDBClient"
    table: str
    pepper: "Pepper"

    def add(self, address: str, reason: str, now: datetime) -> None:
        """Stop mailing an address."""
        item = {
            "address": self.pseudonym(address),
            "reason": reason,
            "created_at": int(now.timestamp()),
            "expires_at": int((now + KEPT).timestamp()),
        }
        self.client.put_item(TableName=self.table, Item=to_item(item))

    def find(self, address: str, now: datetime) -> Suppression | None:
        """Return why an address is not to be mailed; None if it may be."""
        found = self.client.get_item(TableName=self.table, Key=self.key(address), ConsistentRead=True)
        return self.in_force(found["Item"], now) if "Item" in found else None

    def in_force(self, stored: "Mapping[str, AttributeValueTypeDef]", now: datetime) -> Suppression | None:
        """Return the suppression that an item stands for, unless it is over."""
        item = from_item(stored)
        until = datetime.fromtimestamp(item["expires_at"], UTC)
        return Suppression(reason=item["reason"], until=until) if now < until else None

    def clear(self, address: str) -> None:
        """Let an address be mailed again."""
        self.client.delete_item(TableName=self.table, Key=self.key(address))

    def key(self, address: str) -> "dict[str, UniversalAttributeValueTypeDef]":
        """Return the key of an address's item."""
        return to_item({"address": self.pseudonym(address)})

    def pseudonym(self, address: str) -> str:
        """Return the pseudonym under which an address is kept."""
        return self.pepper.pseudonym("suppression", email_key(address))
