"""Reset tokens: 256 random bits that exist in a mail; here only their SHA-256 is kept.

A token is good once, for a while, for one state of one account. The table's TTL only cleans up
(DynamoDB may delete days late), so every read and the consuming write compare the times themselves.
"""

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from password_reset.aws.items import from_item, refused_by, to_item
from password_reset.errors import Factor, Purpose, Superseded, Unchanged
from password_reset.proofs.standing import NO_STANDING, Standing, Way, way_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import (
        AttributeValueTypeDef,
        PutTypeDef,
        TransactWriteItemTypeDef,
        UniversalAttributeValueTypeDef,
    )

    from password_reset.accounts.directory import Account

TOKEN_BYTES = 32
_LIVE = "used = :no AND expires_at > :now AND refusals < :most"
LONGEST_LIFE = timedelta(hours=1)
"""How long a token may live that has to outlive an identifier's full window."""
LEASE = timedelta(seconds=29)
"""How long an attempt may have a token to itself: longer than a function lives, so that a dead one's is free again."""
MAX_REFUSALS = 10
"""Refusals that cost a bcrypt comparison, after which a token is dead: a stolen one is no oracle."""
EVIDENCE = timedelta(days=30)
"""How long a used token is kept: longer than a message can wait, in the queue and among the dead letters together, so
that the notice of the change finds it. Synthesis compares them."""
MAX_GUESSES = 5
"""Guesses at a second factor, right ones included."""
MAX_SENDINGS = 3
"""Codes by another channel for one token."""
MAX_NOTICES = 3
"""How many changes in a row may each be made by the link of the notice of the one before; more would be free mail."""


def token_hash(token: str) -> str:
    """Return the key under which a token is stored; 256 random bits need no salt or pepper."""
    return hashlib.sha256(token.encode()).hexdigest()


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Held:
    """The factors that an account has, of those that count here, and how it stands after disputes."""

    version: int = 0
    totp_secret: str = ""
    """As it is stored: encrypted."""
    last_step: int = -1
    recovery_codes: Collection[str] = frozenset()
    """Digests of those that are left."""
    other_channel: str = ""
    """A verified channel of the account's that did not carry the token or its code."""
    by_directory: bool = False
    """One that the directory verifies."""
    standing: Standing = NO_STANDING
    opens: bool = True
    """Whether, of a frozen account, what the token shows lifts the freeze; `kinds` are then those that do, where the
    way that carried it alone does not."""

    @property
    def kinds(self) -> list[Factor]:
        """Which there are."""
        kinds: list[Factor] = ["totp"] if self.totp_secret else []
        kinds += ["recovery_code"] if self.recovery_codes else []
        kinds += ["phone"] if self.other_channel else []
        return [*kinds, "directory"] if self.by_directory else kinds


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ResetToken:
    """A stored token. Times are UTC; `used_by` is the request id of the attempt that used it.

    A used one tells what it changed: the version that it wrote, and a digest of the hash that it replaced.
    `locale` is the language of the message that led to it: what comes after it speaks that language too. `client` is
    the application that asked.
    """

    token_hash: str
    user_id: str
    account_digest: str
    expires_at: datetime
    used_by: str | None
    used: bool
    refusals: int
    created_at: int = 0
    notices: int = 0
    """How many notices in a row led to it."""
    written_version: int = 0
    replaced_hash: str = ""
    locale: str = ""
    client: str = ""
    channel: str = ""
    """The one that carried it, or the code that it was exchanged for."""
    proven_by: str = ""
    """The attempt that showed a second factor, and under which version of the account's factors."""
    proven_version: int = 0
    proven_newer: bool = False
    """Whether that factor is newer than a change that can be disputed still: it counts for no more than the link."""
    carried_to: str = ""
    """Digest of the phone that got it, or the code that it was exchanged for."""
    factor_code: str = ""
    """Digest of the code that was sent by another channel, and until when it's good."""
    factor_code_until: int = 0
    request_id: str = ""
    """Of the request that led to it."""
    purpose: Purpose = "reset"
    claimed_by: str | None = None
    """The attempt that may write a password now, where writing and using up are two steps."""
    claimed_until: int = 0

    @property
    def proven(self) -> Way:
        """The way that its use is proven in: a factor that is newer than a change doesn't count."""
        return "factor" if self.proven_by and not self.proven_newer else way_of(self.channel)

    def refusal(self, now: datetime) -> str | None:
        """Why the token itself may no longer be used, as the audit says it; the account's state is the other half."""
        if self.used:
            return "used"
        if now >= self.expires_at:
            return "expired"
        return "refused" if self.refusals >= MAX_REFUSALS else None

    def is_proven(self, held: Held) -> bool:
        """Whether it may be used as it is: nothing is held, or something was shown, and the same is held still."""
        return not held.kinds or (bool(self.proven_by) and self.proven_version == held.version)

    def replacing(self, account: "Account") -> "ResetToken":
        """Return the token with what using it changes of the account as it was read."""
        return replace(self, written_version=account.version + 1, replaced_hash=_digest(account))

    def is_undone(self, account: "Account") -> bool:
        """Whether the account has lost the change: an older version of it, or the replaced hash, is back.

        Whoever saves an item whole, as it was read before the reset, brings the old password back.
        """
        if not self.replaced_hash:  # used under a release that kept no such evidence
            return False
        return account.version < self.written_version or self.replaced_hash == _digest(account)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Tokens:
    """The reset-tokens table."""

    client: "DynamoDBClient"
    table: str
    life: timedelta

    def life_until(self, wanted: datetime | None, now: datetime) -> timedelta:
        """Return a token's life, or the longer one that reaches the wanted time, an hour at the most."""
        return max(self.life, min(wanted - now, LONGEST_LIFE)) if wanted else self.life

    def issue(  # noqa: PLR0913 - a token and what led to it
        self,
        account: "Account",
        channel: str,
        now: datetime,
        life: timedelta | None = None,
        *,
        locale: str = "",
        client: str = "",
        request: str = "",
        purpose: Purpose = "reset",
    ) -> str:
        """Store a new token for the account as it is now; return it in the clear, this once."""
        token, issuance = self.issuance(
            account, channel, now, life, locale=locale, client=client, request=request, purpose=purpose
        )
        self.store(issuance)
        return token

    def store(self, *issuances: "PutTypeDef") -> None:
        """Store what was issued, in one call."""
        if len(issuances) == 1:
            self.client.put_item(**issuances[0])
        elif issuances:
            self.client.transact_write_items(TransactItems=[{"Put": issuance} for issuance in issuances])

    def issuance(  # noqa: PLR0913 - the same
        self,
        account: "Account",
        channel: str,
        now: datetime,
        life: timedelta | None = None,
        *,
        notices: int = 0,
        locale: str = "",
        client: str = "",
        request: str = "",
        purpose: Purpose = "reset",
        carried_to: str = "",
    ) -> "tuple[str, PutTypeDef]":
        """Return a new token for the account as it is now, in the clear, and the write that stores it.

        `channel` is the one that carries the token or carried the code that it is exchanged for, to the phone of which
        `carried_to` is a digest. `request` is the id of
        the request that led to it.
        """
        token = secrets.token_urlsafe(TOKEN_BYTES)
        item = {
            "token_hash": token_hash(token),
            "user_id": account.user_id,
            "account_digest": account.state,
            "created_at": int(now.timestamp()),
            "expires_at": int((now + (self.life if life is None else life)).timestamp()),
            "used": False,
            "refusals": 0,
            "channel": channel,
            "notices": notices or None,
            "locale": locale or None,
            "client": client or None,
            "request_id": request or None,
            "purpose": None if purpose == "reset" else purpose,
            "carried_to": carried_to or None,
        }
        return token, {"TableName": self.table, "Item": to_item(item)}

    def find(self, hashed: str) -> ResetToken | None:
        """Read a token by its hash, consistently."""
        found = self.client.get_item(TableName=self.table, Key=self.key(hashed), ConsistentRead=True)
        return self.token(found["Item"]) if "Item" in found else None

    def key(self, hashed: str) -> "dict[str, UniversalAttributeValueTypeDef]":
        """Return the key of a token's item."""
        return to_item({"token_hash": hashed})

    def token(self, stored: "Mapping[str, AttributeValueTypeDef]") -> ResetToken:
        """Return the token that an item of the table stands for."""
        item = from_item(stored)
        return ResetToken(
            token_hash=item["token_hash"],
            user_id=item["user_id"],
            account_digest=item["account_digest"],
            expires_at=datetime.fromtimestamp(item["expires_at"], UTC),
            used=item["used"],
            used_by=item.get("used_by"),
            refusals=item["refusals"],
            created_at=item["created_at"],
            notices=item.get("notices", 0),
            written_version=item.get("written_version", 0),
            replaced_hash=item.get("replaced_hash", ""),
            locale=item.get("locale", ""),
            channel=item.get("channel", ""),
            client=item.get("client", ""),
            proven_by=item.get("proven_by", ""),
            proven_version=item.get("proven_version", 0),
            proven_newer=item.get("proven_newer", False),
            carried_to=item.get("carried_to", ""),
            factor_code=item.get("factor_code", ""),
            factor_code_until=item.get("factor_code_until", 0),
            request_id=item.get("request_id", ""),
            purpose=item.get("purpose", "reset"),
            claimed_by=item.get("claimed_by"),
            claimed_until=item.get("claimed_until", 0),
        )

    def count_refusal(self, token: ResetToken) -> bool:
        """Count a new password that was refused at the price of a bcrypt comparison; False once the token is dead."""
        try:
            self.client.update_item(
                TableName=self.table,
                Key=to_item({"token_hash": token.token_hash}),
                UpdateExpression="ADD refusals :one",
                ConditionExpression="used = :no AND refusals < :most",
                ExpressionAttributeValues=to_item({":one": 1, ":no": False, ":most": MAX_REFUSALS}),
            )
        except self.client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def count_factor(self, token: ResetToken, now: datetime) -> bool:
        """Count a guess at a second factor, before it is compared; False once the token has had all of its guesses."""
        try:
            self.client.update_item(
                TableName=self.table,
                Key=self.key(token.token_hash),
                UpdateExpression="ADD factor_guesses :one",
                ConditionExpression=f"{_LIVE} AND (attribute_not_exists(factor_guesses) OR factor_guesses < :guesses)",
                ExpressionAttributeValues=to_item({**_live(now), ":one": 1, ":guesses": MAX_GUESSES}),
            )
        except self.client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def count_sending(self, token: ResetToken, now: datetime) -> bool:
        """Count a code that is to be sent by another channel; False once the token has had all of them."""
        try:
            self.client.update_item(
                TableName=self.table,
                Key=self.key(token.token_hash),
                UpdateExpression="ADD factor_sendings :one",
                ConditionExpression=f"{_LIVE} AND (attribute_not_exists(factor_sendings) OR factor_sendings < :sent)",
                ExpressionAttributeValues=to_item({**_live(now), ":one": 1, ":sent": MAX_SENDINGS}),
            )
        except self.client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def keep_code(self, token: ResetToken, digest: str, until: datetime, now: datetime) -> None:
        """Keep the digest of a code that is about to be sent by another channel, in the place of an earlier one."""
        self.client.update_item(
            TableName=self.table,
            Key=self.key(token.token_hash),
            UpdateExpression="SET factor_code = :code, factor_code_until = :until",
            ConditionExpression=_LIVE,
            ExpressionAttributeValues=to_item({**_live(now), ":code": digest, ":until": int(until.timestamp())}),
        )

    def proof(
        self, token: ResetToken, version: int, attempt: str, now: datetime, *, newer: bool
    ) -> "TransactWriteItemTypeDef":
        """Return the write, for a transaction, that notes that a second factor was shown, and whether it's `newer`."""
        return {
            "Update": {
                "TableName": self.table,
                "Key": self.key(token.token_hash),
                "UpdateExpression": "SET proven_by = :attempt, proven_version = :version, proven_newer = :newer",
                "ConditionExpression": f"{_LIVE} AND (attribute_not_exists(proven_by) OR proven_version <> :version)",
                "ExpressionAttributeValues": to_item(
                    {**_live(now), ":attempt": attempt, ":version": version, ":newer": newer}
                ),
            }
        }

    def claim(self, token: ResetToken, attempt: str, now: datetime) -> None:
        """Let an attempt alone write a password, for `LEASE`, while the token is live.

        Raises:
            Superseded: it is not live any more.
            Unchanged: another attempt has it, or died with it less than `LEASE` ago.
        """
        free = "(attribute_not_exists(claimed_until) OR claimed_until <= :now)"
        seconds = int(now.timestamp())
        proven, proof = _proven(token)
        values = {**_live(now), **proof, ":attempt": attempt}
        try:
            self.client.update_item(
                TableName=self.table,
                Key=self.key(token.token_hash),
                UpdateExpression="SET claimed_by = :attempt, claimed_until = :until",
                ConditionExpression=f"{_LIVE}{proven} AND {free}",
                ExpressionAttributeValues=to_item(values | {":until": seconds + int(LEASE.total_seconds())}),
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self.client.exceptions.ConditionalCheckFailedException as refused:
            stored = refused_by(refused)  # the condition names none that is absent: there is an item
            left = stored.get("claimed_until", 0) - seconds
            in_progress = left > 0 and not stored["used"] and seconds < stored["expires_at"]
            raise (Unchanged(retry_after=left) if in_progress else Superseded()) from None

    def claiming(self, token: ResetToken, attempt: str, now: datetime) -> "TransactWriteItemTypeDef":
        """Return the write, for a transaction, that lets an attempt alone write a password, ever."""
        proven, proof = _proven(token)
        values = {**_live(now), **proof, ":attempt": attempt, ":until": int((now + LEASE).timestamp())}
        return {
            "Update": {
                "TableName": self.table,
                "Key": self.key(token.token_hash),
                "UpdateExpression": "SET claimed_by = :attempt, claimed_until = :until",
                "ConditionExpression": f"{_LIVE}{proven} AND attribute_not_exists(claimed_by)",
                "ExpressionAttributeValues": to_item(values),
            }
        }

    def release(self, token: ResetToken, attempt: str) -> None:
        """Give the token back: the attempt has written nothing, and never will."""
        self._write(self.releasing(token, attempt))

    def releasing(self, token: ResetToken, attempt: str) -> "TransactWriteItemTypeDef":
        """Return `release` as a write for a transaction."""
        return self._ending(token, attempt, "REMOVE claimed_by, claimed_until", {})

    def settle(
        self, token: ResetToken, attempt: str, now: datetime, noted: "TransactWriteItemTypeDef | None" = None
    ) -> None:
        """Use the token up: the attempt has written the password. With it, where there is one, write what is noted.

        Raises:
            Superseded: the attempt has the token no longer, or what is noted has changed; nothing was written.
        """
        used = self.settling(token, attempt, now)
        if noted is None:
            self._write(used)
            return
        try:
            self.client.transact_write_items(TransactItems=[used, noted])
        except self.client.exceptions.TransactionCanceledException:
            raise Superseded from None

    def settling(self, token: ResetToken, attempt: str, now: datetime) -> "TransactWriteItemTypeDef":
        """Return `settle` as a write for a transaction."""
        changes = (
            "SET used = :yes, used_at = :now, used_by = :attempt, expires_at = :kept, written_version = :version, "
        )
        values = {
            ":yes": True,
            ":now": int(now.timestamp()),
            ":kept": int((now + EVIDENCE).timestamp()),
            ":version": token.written_version,
            ":replaced": token.replaced_hash,
        }
        return self._ending(token, attempt, f"{changes}replaced_hash = :replaced REMOVE claimed_until", values)

    def _ending(
        self, token: ResetToken, attempt: str, changes: str, values: dict[str, Any]
    ) -> "TransactWriteItemTypeDef":
        return {
            "Update": {
                "TableName": self.table,
                "Key": self.key(token.token_hash),
                "UpdateExpression": changes,
                "ConditionExpression": "used = :no AND claimed_by = :attempt",
                "ExpressionAttributeValues": to_item({":no": False, ":attempt": attempt} | values),
            }
        }

    def _write(self, write: "TransactWriteItemTypeDef") -> None:
        update: Any = write["Update"]
        try:
            self.client.update_item(**update)
        except self.client.exceptions.ConditionalCheckFailedException:
            return  # the lease is over, and somebody else has the token

    def consumption(self, token: ResetToken, attempt: str, now: datetime) -> "TransactWriteItemTypeDef":
        """Return the write, for a transaction, that uses the token up, once, while it is live.

        One that was proven must still be: by the same attempt, under the same version.
        """
        proven, proof = _proven(token)
        return {
            "Update": {
                "TableName": self.table,
                "Key": to_item({"token_hash": token.token_hash}),
                "UpdateExpression": "SET used = :yes, used_at = :now, used_by = :attempt, expires_at = :kept, "
                "written_version = :version, replaced_hash = :replaced",
                "ConditionExpression": _LIVE + proven,
                "ExpressionAttributeValues": to_item(
                    {
                        **_live(now),
                        **proof,
                        ":yes": True,
                        ":attempt": attempt,
                        ":kept": int((now + EVIDENCE).timestamp()),
                        ":version": token.written_version,
                        ":replaced": token.replaced_hash,
                    }
                ),
            }
        }


def _proven(token: ResetToken) -> tuple[str, dict[str, str | int]]:
    if not token.proven_by:
        return "", {}
    condition = " AND proven_by = :proven_by AND proven_version = :proven_version"
    return condition, {":proven_by": token.proven_by, ":proven_version": token.proven_version}


def _live(now: datetime) -> dict[str, int | bool]:
    return {":no": False, ":now": int(now.timestamp()), ":most": MAX_REFUSALS}


def _digest(account: "Account") -> str:
    return hashlib.sha256(account.stored_secret.encode()).hexdigest()
