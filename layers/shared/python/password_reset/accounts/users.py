"""The accounts: the team's own table, read as it is, written only where the password is.

The index by email is stale at times, so what it finds is read again by key, consistently, and its address
compared. A new password is written only over the very state that was read. What no reset could be written over,
because an attribute has a type that none of ours has, is no account, and operators are told.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from password_reset.accounts.identifiers import InvalidIdentifier, email_key
from password_reset.audit import count, logger
from password_reset.aws.items import MAX_READ, canonical, from_item, read_all, to_item
from password_reset.clock import rfc3339

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import (
        AttributeValueTypeDef,
        TransactWriteItemTypeDef,
        UniversalAttributeValueTypeDef,
    )

    from password_reset.accounts.attributes import UserAttributes

_NOBODY = "\0"  # no account's id
MAX_VERSION = 2**53 - 1
"""The most that every JSON reader takes for a whole number."""
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
# A reset must find these as it read them; whoever changed one in between has voided the token.
_BINDING = ("email", "password_hash", "credentials_version", "disabled")
_NEVER: "AttributeValueTypeDef" = {"N": "0"}  # the version of an account that was never reset
# What a reset writes over or mails to has these types, or is not there. A hash may be of any: it is compared as stored.
_TYPES: Mapping[str, str] = {"email": "S", "credentials_version": "N", "password_history": "L"}


@dataclass(frozen=True, kw_only=True)
class Account:
    """An account as read. `stored` holds the binding attributes with DynamoDB's types, absent ones left out."""

    user_id: str
    email: str
    name: str
    locale: str
    verified_phone: str | None
    password_hash: str | None
    password_history: Sequence[str]
    credentials_version: int
    disabled: bool
    stored: "Mapping[str, AttributeValueTypeDef]"

    def has(self, channel: str) -> bool:
        """Whether the account can be reached by the channel."""
        return channel == "email" or self.verified_phone is not None

    @property
    def digest(self) -> str:
        """The state that a token is bound to, as it is stored: a changed address or password voids it."""
        state = [
            canonical({"S": self.user_id}),
            canonical(self.stored.get("email")),
            self.stored_hash,
            canonical(self.stored.get("credentials_version", _NEVER)),
        ]
        return hashlib.sha256("\n".join(state).encode()).hexdigest()

    @property
    def stored_hash(self) -> str:
        """The password's hash as it is stored, of whatever type, as a text to compare."""
        return canonical(self.stored.get("password_hash"))


@dataclass(frozen=True, kw_only=True)
class Users:
    """The users table."""

    client: "DynamoDBClient"
    table: str
    index: str
    attributes: "UserAttributes"

    def reachable(self, stored: "Mapping[str, AttributeValueTypeDef]", identifier: str) -> Account | None:
        """Return the account that an item stands for, if it is enabled and its address is this identifier's."""
        account = self.account(from_item(stored)[self.attributes.user_id], stored)
        return account if account and not account.disabled and _is_addressed(account, identifier) else None

    def ids(self, identifier: str) -> list[str]:
        """Return the accounts that the index has under this identifier, in order; the index is stale at times."""
        found = self.client.query(
            TableName=self.table,
            IndexName=self.index,
            KeyConditionExpression="#key = :key",
            ProjectionExpression="#user_id",  # the rest is stale at times, and would take its time where it is there
            ExpressionAttributeNames={"#key": self.attributes.email_key, "#user_id": self.attributes.user_id},
            ExpressionAttributeValues=to_item({":key": identifier}),
        )
        return sorted(from_item(item)[self.attributes.user_id] for item in found["Items"])

    def signing_in(self, identifier: str, address: str) -> Account | None:
        """Return the account that signs in under this identifier: the one with this very address, or the first.

        An index look-up and one read for none, one and many, so that none of them tells whether there is an account.
        """
        accounts = self.read(self.ids(identifier)[:MAX_READ] or [_NOBODY])
        enabled = [account for account in accounts if not account.disabled and _is_addressed(account, identifier)]
        return next(iter(spelled_first(enabled, address)), None)

    def read(self, user_ids: Sequence[str]) -> list[Account]:
        """Read accounts by their keys, consistently, in one call; at most `MAX_READ`."""
        found = read_all(self.client, {self.table: [self.key(user_id) for user_id in user_ids]})[self.table]
        ids = (from_item(stored)[self.attributes.user_id] for stored in found)
        return [
            account for user_id, stored in zip(ids, found, strict=True) if (account := self.account(user_id, stored))
        ]

    def get(self, user_id: str) -> Account | None:
        """Read an account by its key, consistently."""
        found = self.client.get_item(TableName=self.table, Key=self.key(user_id), ConsistentRead=True)
        return self.account(user_id, found["Item"]) if "Item" in found else None

    def key(self, user_id: str) -> "dict[str, UniversalAttributeValueTypeDef]":
        """Return the key of an account's item."""
        return to_item({self.attributes.user_id: user_id})

    def account(self, user_id: str, stored: "Mapping[str, AttributeValueTypeDef]") -> Account | None:
        """Return the account that an item of the table stands for; none where no reset could be written over it."""
        names = self.attributes
        item = from_item(stored)
        if wrong := self._malformed(item, stored):
            # Names and types alone: what the team stored there may be anything.
            logger.error("account malformed", extra={"userId": user_id, "attributes": wrong})
            count("malformed-account")
            return None
        return Account(
            user_id=user_id,
            email=_text(item.get(names.email)),
            name=_text(item.get(names.name)),
            locale=_text(item.get(names.locale)),
            verified_phone=_phone(item.get(names.phone)) if item.get(names.phone_verified) is True else None,
            password_hash=_text(item.get(names.password_hash)) or None,
            password_history=[text for text in item.get(names.password_history) or () if isinstance(text, str)],
            credentials_version=item.get(names.credentials_version) or 0,
            disabled=_is_disabled(item.get(names.disabled)),
            stored={name: stored[getattr(names, name)] for name in _BINDING if getattr(names, name) in stored},
        )

    def _malformed(self, item: Mapping[str, object], stored: "Mapping[str, AttributeValueTypeDef]") -> dict[str, str]:
        names = {getattr(self.attributes, ours): kind for ours, kind in _TYPES.items()}
        wrong = {
            name: found
            for name, kind in names.items()
            if (found := next(iter(stored.get(name, {kind: None})))) not in {kind, "NULL"}
        }
        version = self.attributes.credentials_version
        number = item.get(version) or 0
        if version not in wrong and not (isinstance(number, int) and 0 <= number <= MAX_VERSION):
            wrong[version] = "not a whole number"
        return wrong

    def upgrade_hash(self, account: Account, password_hash: str) -> Account | None:
        """Write a hash of the same password at another cost; return the account with it.

        None where hash or version have changed since they were read.
        """
        names = self.attributes
        unchanged = ["password_hash", "credentials_version"]
        try:
            self.client.update_item(
                TableName=self.table,
                Key=self.key(account.user_id),
                UpdateExpression="SET #password_hash = :hash",
                ConditionExpression=_as_read(account, unchanged),
                ExpressionAttributeNames={f"#{name}": getattr(names, name) for name in unchanged},
                ExpressionAttributeValues=to_item({":hash": password_hash}) | _values_read(account, unchanged),
            )
        except (
            self.client.exceptions.ConditionalCheckFailedException,
            self.client.exceptions.TransactionConflictException,
        ):
            return None  # a reset in between wins, and so does one under way
        return replace(
            account, password_hash=password_hash, stored={**account.stored, "password_hash": {"S": password_hash}}
        )

    def password_change(
        self, account: Account, password_hash: str, history: Sequence[str], now: datetime
    ) -> "TransactWriteItemTypeDef":
        """Return the write, for a transaction, that sets the password of the account as it was read.

        `history` are the earlier hashes to keep, the latest first. The version grows by one, and every
        other token, code and session of the account dies with it.
        """
        names = self.attributes
        changes = "SET #password_hash = :hash, #password_changed_at = :now, #credentials_version = :version"
        values = {
            ":hash": password_hash,
            ":now": rfc3339(now),
            ":version": account.credentials_version + 1,
            ":history": list(history) or None,
        }
        past = ", #password_history = :history" if history else " REMOVE #password_history"
        written = (*_BINDING, "password_changed_at", "password_history")
        return {
            "Update": {
                "TableName": self.table,
                "Key": self.key(account.user_id),
                "UpdateExpression": changes + past,
                "ConditionExpression": _as_read(account, _BINDING),
                "ExpressionAttributeNames": {f"#{name}": getattr(names, name) for name in written},
                "ExpressionAttributeValues": to_item(values) | _values_read(account, _BINDING),
            }
        }


def spelled_first(accounts: Iterable[Account], address: str) -> list[Account]:
    """Return accounts of one identifier in their order: the exact spelling of the address first, then by id."""
    return sorted(accounts, key=lambda account: (account.email != address, account.user_id))


def _as_read(account: Account, names: Iterable[str]) -> str:
    """Return the condition that these binding attributes are still what was read."""
    return " AND ".join(
        f"#{name} = :was_{name}" if name in account.stored else f"attribute_not_exists(#{name})" for name in names
    )


def _values_read(account: Account, names: Iterable[str]) -> "dict[str, AttributeValueTypeDef]":
    return {f":was_{name}": account.stored[name] for name in names if name in account.stored}


def _phone(value: object) -> str | None:
    return value if isinstance(value, str) and _E164.fullmatch(value) else None


_NOT_DISABLED = {"", "false", "no", "off", "0", "f", "n"}


def _is_disabled(value: object) -> bool:
    # Teams keep it as text too. What is not a plain no locks the account: nobody is let in by a word that we misread.
    return value.strip().casefold() not in _NOT_DISABLED if isinstance(value, str) else bool(value)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _is_addressed(account: Account, identifier: str) -> bool:
    try:
        return email_key(account.email) == identifier
    except InvalidIdentifier:
        return False
