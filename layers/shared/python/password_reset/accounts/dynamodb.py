"""Accounts in a DynamoDB table: the team's own, read as it is, written only where the password is.

The index by email is stale at times, so what it finds is read again by key, consistently, and its address
compared. A new password is written only over the very state that was read. What no reset could be written over,
because an attribute has a type that none of ours has, is no account, and operators are told.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypedDict

from password_reset.accounts.directory import Account, Change, Traits, spelled_first
from password_reset.audit import count, logger
from password_reset.aws.items import MAX_READ, Beside, canonical, from_item, to_item
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
MAX_KEY_BYTES = 2048
"""Of a partition key, by DynamoDB's quota."""
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
# A reset must find these as it read them; whoever changed one in between has voided the token.
_BINDING = ("email", "password_hash", "credentials_version", "disabled")
_NEVER: "AttributeValueTypeDef" = {"N": "0"}  # the version of an account that was never reset
# What a reset writes over or mails to has these types, or is not there. A hash may be of any: it is compared as stored.
_TYPES: Mapping[str, str] = {"email": "S", "credentials_version": "N", "password_history": "L"}


@dataclass(frozen=True)
class _AsStored:
    """The binding attributes with DynamoDB's types, absent ones left out."""

    values: "Mapping[str, AttributeValueTypeDef]"

    def condition(self, names: Iterable[str]) -> str:
        """Return the condition that these are still what was read."""
        return " AND ".join(
            f"#{name} = :was_{name}" if name in self.values else f"attribute_not_exists(#{name})" for name in names
        )

    def compared(self, names: Iterable[str]) -> "dict[str, AttributeValueTypeDef]":
        """Return the values that the condition names."""
        return {f":was_{name}": self.values[name] for name in names if name in self.values}

    @classmethod
    def of(cls, account: Account) -> "_AsStored":
        """Return what an account was when it was read.

        Raises:
            TypeError: another directory read it.
        """
        if not isinstance(account.handle, cls):
            message = "The account is of another directory."
            raise TypeError(message)
        return account.handle


_TRAITS = Traits(write="atomic")


@dataclass(frozen=True, kw_only=True)
class DynamoDBDirectory:
    """The users table."""

    client: "DynamoDBClient"
    table: str
    index: str
    attributes: "UserAttributes"
    traits: Traits = _TRAITS

    def find(
        self, identifier: str, *, spelling: str = "", most: int, evenly: bool = False, beside: Beside | None = None
    ) -> Sequence[Account]:
        """Return the enabled accounts under an identifier: an index look-up, and one read of what it found.

        The index is stale at times, so it tells ids alone. `evenly`, both calls are made where there is nobody, too.
        """
        beside = beside or Beside(self.client)
        ids = self._ids(identifier)[: MAX_READ - len(beside)]
        if not ids and not evenly:
            return []
        accounts = self._read(ids or [_NOBODY], beside)
        enabled = [account for account in accounts if not account.disabled and account.is_addressed(identifier)]
        return spelled_first(enabled, spelling)[:most]

    def get(self, user_id: str, *, beside: Beside | None = None) -> Account | None:
        """Read an account by its key, consistently."""
        if not _may_be_key(user_id):
            return None
        if beside is not None:
            return next(iter(self._read([user_id], beside)), None)
        found = self.client.get_item(TableName=self.table, Key=self.key(user_id), ConsistentRead=True)
        return self._account(found["Item"]) if "Item" in found else None

    def change(self, account: Account, change: Change) -> None:
        """Write a new password, alone."""
        from password_reset.aws.transactions import Transactions  # noqa: PLC0415 - resets compose their own

        Transactions(client=self.client).write(
            [self.change_item(account, change)], took_effect=lambda: bool(self.landed(account, change))
        )

    def change_item(self, account: Account, change: Change) -> "TransactWriteItemTypeDef":
        """Return the write, for a transaction, that sets the password of the account as it was read.

        Every other token, code and session of the account dies with the version that it was made under.
        """
        names, stored = self.attributes, _AsStored.of(account)
        changes = "SET #password_hash = :hash, #password_changed_at = :now, #credentials_version = :version"
        values = {
            ":hash": change.password_hash,
            ":now": rfc3339(change.at),
            ":version": account.version + 1,
            ":history": list(change.history) or None,
        }
        past = ", #password_history = :history" if change.history else " REMOVE #password_history"
        written = (*_BINDING, "password_changed_at", "password_history")
        return {
            "Update": {
                "TableName": self.table,
                "Key": self.key(account.user_id),
                "UpdateExpression": changes + past,
                "ConditionExpression": stored.condition(_BINDING),
                "ExpressionAttributeNames": {f"#{name}": getattr(names, name) for name in written},
                "ExpressionAttributeValues": to_item(values) | stored.compared(_BINDING),
            }
        }

    def landed(self, account: Account, change: Change) -> bool | None:
        """Whether the hash of that change, whose salt no other has, is there; None where yet another one is."""
        current = self.get(account.user_id)
        if current and current.secret == change.password_hash:
            return True
        return False if current and current.state == account.state else None

    def rehash(self, account: Account, password_hash: str) -> Account | None:
        """Write another hash of the same password over the hash and the version that were read."""
        names, stored = self.attributes, _AsStored.of(account)
        unchanged = ["password_hash", "credentials_version"]
        try:
            self.client.update_item(
                TableName=self.table,
                Key=self.key(account.user_id),
                UpdateExpression="SET #password_hash = :hash",
                ConditionExpression=stored.condition(unchanged),
                ExpressionAttributeNames={f"#{name}": getattr(names, name) for name in unchanged},
                ExpressionAttributeValues=to_item({":hash": password_hash}) | stored.compared(unchanged),
            )
        except (
            self.client.exceptions.ConditionalCheckFailedException,
            self.client.exceptions.TransactionConflictException,
        ):
            # A reset in between wins, and so does one under way.
            return self.get(account.user_id, beside=Beside(self.client))
        written: AttributeValueTypeDef = {"S": password_hash}
        bound = {**stored.values, "password_hash": written}
        return replace(account, secret=password_hash, **_bound(account.user_id, bound))

    def end_sessions(self, user_id: str) -> None:
        """Do nothing: the version ends them."""

    def key(self, user_id: str) -> "dict[str, UniversalAttributeValueTypeDef]":
        """Return the key of an account's item."""
        return to_item({self.attributes.user_id: user_id})

    def _ids(self, identifier: str) -> list[str]:
        found = self.client.query(
            TableName=self.table,
            IndexName=self.index,
            KeyConditionExpression="#key = :key",
            ProjectionExpression="#user_id",  # the rest is stale at times, and would take its time where it is there
            ExpressionAttributeNames={"#key": self.attributes.email_key, "#user_id": self.attributes.user_id},
            ExpressionAttributeValues=to_item({":key": identifier}),
        )
        return sorted(from_item(item)[self.attributes.user_id] for item in found["Items"])

    def _read(self, user_ids: Sequence[str], beside: Beside) -> list[Account]:
        found = beside.read({self.table: [self.key(user_id) for user_id in user_ids]})[self.table]
        return [account for stored in found if (account := self._account(stored))]

    def _account(self, stored: "Mapping[str, AttributeValueTypeDef]") -> Account | None:
        """Return the account that an item of the table stands for; none where no reset could be written over it."""
        names = self.attributes
        item = from_item(stored)
        user_id = item[names.user_id]
        if wrong := self._malformed(item, stored):
            # Names and types alone: what the team stored there may be anything.
            logger.error("account malformed", extra={"userId": user_id, "attributes": wrong})
            count("malformed-account")
            return None
        bound = {name: stored[getattr(names, name)] for name in _BINDING if getattr(names, name) in stored}
        binding = _bound(user_id, bound)
        return Account(
            user_id=user_id,
            email=_text(item.get(names.email)),
            name=_text(item.get(names.name)),
            locale=_text(item.get(names.locale)),
            verified_phone=_phone(item.get(names.phone)) if item.get(names.phone_verified) is True else None,
            disabled=_is_disabled(item.get(names.disabled)),
            version=item.get(names.credentials_version) or 0,
            secret=_secret(item.get(names.password_hash), binding["stored_secret"]),
            history=[text for text in item.get(names.password_history) or () if isinstance(text, str)],
            **binding,
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


class _Bound(TypedDict):
    stored_secret: str
    state: str
    handle: _AsStored


def _bound(user_id: str, stored: "Mapping[str, AttributeValueTypeDef]") -> _Bound:
    stored_secret = canonical(stored.get("password_hash"))
    # Tokens that were issued keep this: what it is made of, and how, is for good.
    state = [
        canonical({"S": user_id}),
        canonical(stored.get("email")),
        stored_secret,
        canonical(stored.get("credentials_version", _NEVER)),
    ]
    digest = hashlib.sha256("\n".join(state).encode()).hexdigest()
    return {"stored_secret": stored_secret, "state": digest, "handle": _AsStored(stored)}


def _secret(value: object, stored_secret: str) -> str | bytes | None:
    if value is None or isinstance(value, str | bytes):
        return value
    return stored_secret.encode()


def _may_be_key(user_id: str) -> bool:
    return 0 < len(user_id.encode("utf-8", "replace")) <= MAX_KEY_BYTES and user_id.isprintable()


def _phone(value: object) -> str | None:
    return value if isinstance(value, str) and _E164.fullmatch(value) else None


_NOT_DISABLED = {"", "false", "no", "off", "0", "f", "n"}


def _is_disabled(value: object) -> bool:
    # Teams keep it as text too. What is not a plain no locks the account: nobody is let in by a word that we misread.
    return value.strip().casefold() not in _NOT_DISABLED if isinstance(value, str) else bool(value)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
