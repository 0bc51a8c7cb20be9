"""Codes: eight digits that a person types, worth something only together with the flow that asked for them.

A code is guessable, so every guess is counted before it is compared, and counts outlive a code that is sent
again (ASVS 6.6.3, NIST 800-63B 3.2.2). The flow is known to the requester's browser alone: nobody else can try, or
burn, somebody's code. A flow without a code has a decoy of the same shape, so that guessing tells nothing either.
"""

import hashlib
import hmac
import secrets
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from password_reset.aws.items import from_item, to_item
from password_reset.errors import InvalidCode, RateLimited

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from password_reset.accounts.directory import Account
    from password_reset.aws.pepper import Pepper
    from password_reset.limits.windows import Limit

DIGITS = 8
MAX_GUESSES = 5
"""Guesses at one code, right ones included."""
MAX_WRONG_GUESSES = 20
"""Wrong guesses on one identifier in `WRONG_GUESSES_WINDOW`, over all flows, after which none gets a new code."""
WRONG_GUESSES_WINDOW = timedelta(days=1)
MAX_OPEN = 10
"""Codes of one identifier that can be open at once: with the above, what can be guessed in a day is bounded."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Code:
    """A code that was guessed right."""

    flow_hash: str
    code_digest: str
    user_id: str
    account_digest: str
    channel: str
    request_id: str
    created_at: int
    expires_at: int
    locale: str
    client: str
    carried_to: str
    """Digest of the phone that got it."""

    def life(self, now: datetime) -> timedelta:
        """Return how long the code is good for: so is what it is exchanged for (ASVS 6.5.5)."""
        return datetime.fromtimestamp(self.expires_at, UTC) - now


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Codes:
    """The codes table."""

    client: "DynamoDBClient"
    table: str
    pepper: "Pepper"
    life: timedelta
    wrong_guesses: "Limit"
    open_codes: "Limit"

    def may_issue(self, identifier: str, now: datetime) -> bool:
        """Whether the identifier may have one more code; if so, that is counted."""
        pseudonym = self.pseudonym(identifier)
        if self.wrong_guesses.is_full(pseudonym, now):
            return False
        try:
            self.open_codes.admit(pseudonym, now)
        except RateLimited:
            return False
        return True

    def prepare(  # noqa: PLR0913 - a code and what led to it
        self,
        flow: str,
        identifier: str,
        channel: str,
        now: datetime,
        locale: str = "",
        *,
        client: str = "",
        request: str = "",
    ) -> None:
        """Give the flow a decoy, which no guess fits, unless it has a code or decoy.

        `locale` is the language that a code would be sent in, as far as the request tells.
        """
        decoy = {
            "flow_hash": _flow_hash(flow),
            "code_digest": secrets.token_hex(32),
            "identifier": self.pseudonym(identifier),
            "user_id": str(uuid.uuid4()),
            "account_digest": secrets.token_hex(32),
            "channel": channel,
            "locale": locale,
            "client": client,
            "carried_to": "",
            "request_id": request,
            "created_at": int(now.timestamp()),
            "expires_at": int((now + self.life).timestamp()),
            "used": False,
            "guesses": 0,
        }
        try:
            self.client.put_item(
                TableName=self.table, Item=to_item(decoy), ConditionExpression="attribute_not_exists(flow_hash)"
            )
        except self.client.exceptions.ConditionalCheckFailedException:
            return  # a redelivered message: what was sent stays good

    def issue(  # noqa: PLR0913 - the same
        self,
        flow: str,
        account: "Account",
        channel: str,
        now: datetime,
        locale: str = "",
        *,
        client: str = "",
        carried_to: str = "",
    ) -> str:
        """Put a code for the account, as it is now, in the decoy's place; return it in the clear, this once."""
        code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
        changes = {
            ":digest": self._digest(flow, code),
            ":user_id": account.user_id,
            ":account_digest": account.state,
            ":channel": channel,
            ":locale": locale,
            ":client": client,
            ":to": carried_to,
            ":now": int(now.timestamp()),
            ":expiry": int((now + self.life).timestamp()),
        }
        # Neither `used` nor `guesses`: sending again gives nobody another five.
        self.client.update_item(
            TableName=self.table,
            Key=to_item({"flow_hash": _flow_hash(flow)}),
            UpdateExpression="SET code_digest = :digest, user_id = :user_id, account_digest = :account_digest, "
            "channel = :channel, locale = :locale, client = :client, created_at = :now, expires_at = :expiry, "
            "carried_to = :to",
            ConditionExpression="attribute_exists(flow_hash)",
            ExpressionAttributeValues=to_item(changes),
        )
        return code

    def guess(self, flow: str, guessed: str, now: datetime) -> Code:
        """Count a guess at the flow's code, then compare it; return the code if it is right.

        Raises:
            InvalidCode: there is no code that may be guessed, or it is another one.
        """
        open_code = "attribute_exists(flow_hash) AND used = :no AND expires_at > :now AND guesses < :most"
        values = {":no": False, ":now": int(now.timestamp()), ":most": MAX_GUESSES, ":one": 1}
        try:
            counted = self.client.update_item(
                TableName=self.table,
                Key=to_item({"flow_hash": _flow_hash(flow)}),
                UpdateExpression="ADD guesses :one",
                ConditionExpression=open_code,
                ExpressionAttributeValues=to_item(values),
                ReturnValues="ALL_NEW",
            )
        except self.client.exceptions.ConditionalCheckFailedException:
            raise InvalidCode from None
        item = from_item(counted["Attributes"])
        if not hmac.compare_digest(item["code_digest"], self._digest(flow, guessed)):
            # Codes that are open stay so: a stranger must not burn their owner's. Every wrong guess counts, past the
            # most too, or a place that falls free would let a whole flow be guessed at the price of one.
            self.wrong_guesses.record(item["identifier"], now)
            raise InvalidCode
        return Code(**{name: item.get(name, "") for name in Code.__dataclass_fields__})

    def consumption(self, code: Code, now: datetime) -> "TransactWriteItemTypeDef":
        """Return the write, for a transaction, that uses the code up, once, while it is live."""
        return {
            "Update": {
                "TableName": self.table,
                "Key": to_item({"flow_hash": code.flow_hash}),
                "UpdateExpression": "SET used = :yes",
                "ConditionExpression": "used = :no AND expires_at > :now AND code_digest = :digest",
                "ExpressionAttributeValues": to_item(
                    {":yes": True, ":no": False, ":now": int(now.timestamp()), ":digest": code.code_digest}
                ),
            }
        }

    def pseudonym(self, identifier: str) -> str:
        """Return the pseudonym under which codes and guesses have an identifier."""
        return self.pepper.pseudonym("code identifier", identifier)

    def _digest(self, flow: str, code: str) -> str:
        return self.pepper.pseudonym("code", f"{flow}\0{code}")


def _flow_hash(flow: str) -> str:
    # A table that is read over somebody's shoulder names no flow: 128 random bits need no pepper.
    return hashlib.sha256(flow.encode()).hexdigest()
