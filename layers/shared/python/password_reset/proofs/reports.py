"""Reports: "this wasn't me", by a link that a notice of a changed password carries.

A report is 256 random bits, of which SHA-256 is kept, under a key that no reset token has. With the account's address
it freezes the account, once. It's good for seven days whatever is changed since in the same way as the disputed
change: a thief changes the password once more to be rid of it. A change proven in another way, or an operator,
overrules it, and the channel of a dispute that was overruled gets no such link for thirty days: whoever reads the
mailbox would dispute the owner's changes for ever.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from password_reset.aws.items import Beside, from_item, to_item
from password_reset.proofs.standing import NO_STANDING, Standing, Way, barred_by, milliseconds, standing_of, way_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import (
        PutTypeDef,
        TransactWriteItemTypeDef,
        UniversalAttributeValueTypeDef,
    )

    from password_reset.accounts.directory import Account

LIFE = timedelta(days=7)
_TOKEN_BYTES, _MAX_KEY_BYTES = 32, 2048
NO_LINKS = timedelta(days=30)
"""For how long a channel whose dispute was overruled carries no such link."""
MAX_WRONG = 10
"""Wrong addresses, after which a link is dead."""
_OVERRULES: Mapping[str, Sequence[Way]] = {
    "email": ("phone", "factor", "operator"),
    "phone": ("email", "factor", "operator"),
    "factor": ("operator",),
}
"""What overrules a report of a change that was proven so: never the same way, which the thief has."""


def report_hash(token: str) -> str:
    """Return the key under which a report is stored: another one than a reset token of this text would have."""
    return hashlib.sha256(f"report\0{token}".encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Report:
    """A stored report: of which account's change, when that was, how it was proven, and which channel told of it."""

    token_hash: str
    user_id: str
    channel: str
    proven: Way
    changed_at: int
    created_at: int
    expires_at: datetime
    wrong: int
    address_digest: str
    request_id: str

    def refusal(self, now: datetime) -> str | None:
        """Why the report itself is no longer good, as the audit says it; how the account stands is the other half."""
        if now >= self.expires_at:
            return "expired"
        return "refused" if self.wrong >= MAX_WRONG else None

    def is_of(self, token: str, identifier: str) -> bool:
        """Whether the notice went to an account with this address."""
        return hmac.compare_digest(self.address_digest, _address_digest(token, identifier))

    def is_overruled(self, standing: Standing) -> bool:
        """Whether a later change was proven in a way that overrules it."""
        return any(standing.proven.get(way, 0) > self.changed_at for way in _OVERRULES[self.proven])


@dataclass(frozen=True, kw_only=True)
class Reports:
    """The reports among the reset tokens, and how accounts stand in the accounts table."""

    client: "DynamoDBClient"
    tokens_table: str
    accounts_table: str
    freeze: timedelta
    phones: bool
    """Whether a channel to phones is on: otherwise there is one way alone, and nothing to tell it from."""

    def beside(self, keys: "Mapping[str, Sequence[Mapping[str, Any]]] | None" = None) -> Beside:
        """Return what is to be read together with accounts: these keys, and how each account stands."""
        return Beside(self.client, keys, of_each=self._of_each)

    def _of_each(self, user_id: str) -> "Mapping[str, Sequence[Mapping[str, Any]]]":
        # An id that no key can be, of a message that somebody else put into the queue, is nobody's.
        is_key = 0 < len(user_id.encode("utf-8", "surrogatepass")) <= _MAX_KEY_BYTES
        return {self.accounts_table: [self.key(user_id)]} if is_key else {}

    def key(self, user_id: str) -> "dict[str, UniversalAttributeValueTypeDef]":
        """Return the key of an account's item in the accounts table."""
        return to_item({"user_id": user_id})

    def standings(self, read: Beside) -> Mapping[str, Standing]:
        """Return how accounts stand, by id, as it was read; who isn't named has no standing to speak of."""
        items = map(from_item, read.found.get(self.accounts_table, []))
        return {item["user_id"]: standing_of(item) for item in items}

    def is_frozen(self, user_id: str, read: Beside, now: datetime) -> bool:
        """Whether an account is frozen, by what was read together with it."""
        return self.standings(read).get(user_id, NO_STANDING).is_frozen(now)

    def issuance(  # noqa: PLR0913 - a report and what it is about
        self,
        user_id: str,
        identifier: str,
        channel: str,
        proven: Way,
        *,
        changed_at: datetime,
        request: str,
        now: datetime,
    ) -> "tuple[str, PutTypeDef]":
        """Return the token of a new report, in the clear, this once, and the write that stores the report."""
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        item = {
            "token_hash": report_hash(token),
            "user_id": user_id,
            "channel": channel,
            "proven": proven,
            "address_digest": _address_digest(token, identifier),
            "changed_at": milliseconds(changed_at),
            "created_at": int(now.timestamp()),
            "expires_at": int((now + LIFE).timestamp()),
            "request_id": request,
        }
        return token, {"TableName": self.tokens_table, "Item": to_item(item)}

    def find(self, hashed: str) -> Report | None:
        """Read a report by its hash, consistently."""
        key = to_item({"token_hash": hashed})
        found = self.client.get_item(TableName=self.tokens_table, Key=key, ConsistentRead=True)
        if "Item" not in found:
            return None
        item = from_item(found["Item"])
        return Report(
            token_hash=hashed,
            user_id=item["user_id"],
            channel=item["channel"],
            proven=item["proven"],
            changed_at=item["changed_at"],
            created_at=item["created_at"],
            expires_at=datetime.fromtimestamp(item["expires_at"], UTC),
            wrong=item.get("wrong", 0),
            address_digest=item["address_digest"],
            request_id=item["request_id"],
        )

    def count_wrong(self, report: Report) -> None:
        """Count an address that was not the account's, while the report is there."""
        try:
            self.client.update_item(
                TableName=self.tokens_table,
                Key=to_item({"token_hash": report.token_hash}),
                UpdateExpression="ADD wrong :one",
                ConditionExpression="attribute_exists(token_hash)",
                ExpressionAttributeValues=to_item({":one": 1}),
            )
        except self.client.exceptions.ConditionalCheckFailedException:
            return

    def frozen_until(self, now: datetime) -> datetime:
        """Return when a freeze that begins now ends."""
        return now + self.freeze

    def freezing(self, report: Report, attempt: str, now: datetime) -> "TransactWriteItemTypeDef":
        """Return the write, for a transaction, that freezes the account: once a report, and unless it's overruled."""
        conditions = ["(attribute_not_exists(disputed_at) OR disputed_at < :changed)"]
        for way in _OVERRULES[report.proven]:
            name = "reopened_at" if way == "operator" else f"changed_by_{way}"
            conditions.append(f"(attribute_not_exists({name}) OR {name} <= :changed)")
        disputed = way_of(report.channel)
        values = {
            ":until": int(self.frozen_until(now).timestamp()),
            ":barred": barred_by(report.proven, disputed),
            ":dispute": report.token_hash,
            ":attempt": attempt,
            ":at": milliseconds(now),
            ":way": disputed,
            ":changed": report.changed_at,
        }
        return {
            "Update": {
                "TableName": self.accounts_table,
                "Key": self.key(report.user_id),
                "UpdateExpression": "SET frozen_until = :until, barred = :barred, dispute = :dispute, "
                "disputed_by = :attempt, disputed_at = :at, disputed_way = :way",
                "ConditionExpression": " AND ".join(conditions),
                "ExpressionAttributeValues": to_item(values),
            }
        }

    def settlement(
        self, account: "Account", standing: Standing, way: Way, now: datetime
    ) -> "tuple[str, dict[str, int]] | None":
        """Return how an account stands once its password was changed in this way, as an update; None where as before.

        A freeze that this way lifts is over, and the dispute behind it overruled, unless it came the same way.
        """
        frozen = standing.is_frozen(now)
        if not (frozen or way == "factor" or (self.phones and (way == "phone" or account.verified_phone))):
            return None
        sets, values = [f"changed_by_{way} = :changed"], {":changed": milliseconds(now)}
        if not frozen:
            return f"SET {sets[0]}", values
        if standing.disputed_way != way:
            sets.append(f"no_links_by_{standing.disputed_way} = :no_links")
            values[":no_links"] = int((now + NO_LINKS).timestamp())
        return f"SET {', '.join(sets)} REMOVE frozen_until, barred", values

    def reopen(self, user_id: str, now: datetime) -> bool:
        """End a freeze by an operator's word, and overrule what disputes earlier changes.

        Return whether it was frozen.
        """
        beside = self.beside()
        beside.about([user_id])
        beside.read({})
        standing = self.standings(beside).get(user_id, NO_STANDING)
        frozen, way = standing.is_frozen(now), standing.disputed_way
        no_links = f", no_links_by_{way} = :no_links" if frozen else ""
        values = {":now": milliseconds(now)}
        self.client.update_item(
            TableName=self.accounts_table,
            Key=self.key(user_id),
            UpdateExpression=f"SET reopened_at = :now{no_links} REMOVE frozen_until, barred",
            ExpressionAttributeValues=to_item(
                values | ({":no_links": int((now + NO_LINKS).timestamp())} if frozen else {})
            ),
        )
        return frozen


def _address_digest(token: str, identifier: str) -> str:
    # Keyed by the token, which is nowhere: whoever has the table can't try addresses.
    return hmac.new(token.encode(), identifier.encode(), "sha256").hexdigest()
