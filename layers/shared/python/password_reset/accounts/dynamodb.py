"""Accounts in a DynamoDB table: the team's own, read as it is, written only where the password is.

What an index or a look-up finds is stale at times, so it is read again by key, consistently, and its address
compared. A new password is written only over the very state that was read. What no reset could be written over,
because an attribute has a type that says nothing to us, is no account, and operators are told.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypedDict

from password_reset.accounts.directory import Account, Change, Traits, spelled_first
from password_reset.accounts.shape import WRITTEN, WrongType, resolve
from password_reset.audit import count, logger
from password_reset.aws.items import Beside, canonical, from_item, typed
from password_reset.clock import rfc3339
from password_reset.errors import Superseded

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, TransactWriteItemTypeDef

    from password_reset.accounts.seal import Seal
    from password_reset.accounts.shape import Condition, Shape, Step

    type Key = Mapping[str, AttributeValueTypeDef]

MAX_VERSION = 2**53 - 1
"""The most that every JSON reader takes for a whole number."""
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
# A reset must find these as it read them; whoever changed one in between has voided the token.
_BINDING = ("email", "password_hash", "credentials_version", "disabled", "federated")
_NEVER: "AttributeValueTypeDef" = {"N": "0"}  # the version of an account that was never reset
# What a reset writes over or mails to has these types, or is not there. A hash may be of any: it is compared as stored.
_TYPES: Mapping[str, str] = {"email": "S", "credentials_version": "N", "password_history": "L"}
_TRAITS = Traits(write="atomic")
_HASH = "of nobody's password, as long as bcrypt's hashes are: so 60"


@dataclass(frozen=True)
class _AsStored:
    """The key and the binding attributes with DynamoDB's types, absent ones left out.

    `missing` has, of what a reset writes, what lies in a map that is not there: the steps to the first that is missing,
    and what is there in its place, a null or nothing.
    """

    key: "Key"
    values: "Mapping[str, AttributeValueTypeDef]"
    missing: "Mapping[str, tuple[tuple[Step, ...], AttributeValueTypeDef | None]]"


@dataclass
class _Update:
    """An update of one account as it was read, its conditions and its names put together bit by bit."""

    shape: "Shape"
    stored: _AsStored
    names: dict[str, str] = field(default_factory=dict)
    values: "dict[str, AttributeValueTypeDef]" = field(default_factory=dict)
    _conditions: list[str] = field(default_factory=list)
    _sets: "dict[tuple[Step, ...], AttributeValueTypeDef]" = field(default_factory=dict)
    _removes: list[str] = field(default_factory=list)

    def unchanged(self, names: Iterable[str]) -> None:
        """Make it a condition that the account is there, and these of its attributes are still what was read."""
        partition, *_ = self.shape.key.names
        self.names["#key"] = partition
        self._conditions.append("attribute_exists(#key)")
        for name in names:
            self._unchanged(name, self.shape.path(name), self.stored.values.get(name))

    def set(self, name: str, typed: "AttributeValueTypeDef") -> None:
        """Write a value, together with the maps on the way to it that are missing."""
        steps = self.shape.path(name)
        there, instead = self.stored.missing.get(name, (steps, None))
        if there != steps:
            self._unchanged(f"{name}_in", there, instead)
        for step in reversed(steps[len(there) :]):
            typed = {"M": {str(step): typed}}
        self._sets[there] = _merged(self._sets.get(there), typed)

    def remove(self, name: str) -> None:
        """Have no value."""
        if name not in self.stored.missing:
            self._removes.append(self._place(name, self.shape.path(name)))

    def request(self, table: str) -> Any:  # noqa: ANN401 - UpdateItem's parameters, and those of a transaction's Update
        """Return the update as DynamoDB takes it."""
        changes = []
        for number, (steps, value) in enumerate(self._sets.items()):
            self.values[f":set{number}"] = value
            changes.append(f"{self._place(f'set{number}', steps)} = :set{number}")
        removes = f" REMOVE {', '.join(self._removes)}" if self._removes else ""
        return {
            "TableName": table,
            "Key": self.stored.key,
            "UpdateExpression": f"SET {', '.join(changes)}{removes}",
            "ConditionExpression": " AND ".join(dict.fromkeys(self._conditions)),
            "ExpressionAttributeNames": self.names,
            "ExpressionAttributeValues": self.values,
        }

    def _unchanged(self, name: str, steps: "Sequence[Step]", typed: "AttributeValueTypeDef | None") -> None:
        place = self._place(name, steps)
        if typed is None:
            self._conditions.append(f"attribute_not_exists({place})")
        else:
            self._conditions.append(f"{place} = :was_{name}")
            self.values[f":was_{name}"] = typed

    def _place(self, name: str, steps: "Sequence[Step]") -> str:
        texts: list[str] = []
        for number, step in enumerate(steps):
            if isinstance(step, int):
                texts[-1] += f"[{step}]"
            else:
                place = f"#{name}{number}" if number else f"#{name}"
                self.names[place] = step
                texts.append(place)
        return ".".join(texts)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class DynamoDBDirectory:
    """The users table. `seal` makes the ids of accounts whose key is no id."""

    client: "DynamoDBClient"
    table: str
    shape: "Shape"
    seal: "Seal | None" = None
    traits: Traits = _TRAITS

    def find(
        self, identifier: str, *, spelling: str = "", most: int, evenly: bool = False, beside: Beside | None = None
    ) -> Sequence[Account]:
        """Return the enabled accounts under an identifier: a look-up of their keys, and one read of them.

        The look-up is stale at times, so it tells keys alone. `evenly`, both calls are made where there is nobody, too,
        and an item of nobody's is parsed: the time of an account's would tell that there is one. So would that of a
        long answer: no more of an item is read then than its shape has.
        """
        beside = Beside(self.client) if beside is None else beside
        keys = self.keys_of(identifier)[: beside.room]
        if not keys and not evenly:
            return []
        keys = keys or [self.shape.key.nobody]
        at_once = 2 * len(keys) <= beside.room
        if at_once:
            beside.about(user_id for key in keys if (user_id := self.id_in(key)))
        only = {self.table: self._attributes} if evenly else None
        stored = beside.read({self.table: keys}, only)[self.table]
        read = stored or [self._nobody(spelling or identifier)]
        accounts = [account for item in read if (account := self._account(item))]
        enabled = [account for account in accounts if not account.disabled and account.is_addressed(identifier)]
        chosen = spelled_first(enabled, spelling)[:most]
        if not at_once:  # a crowd under one identifier pushes nobody out
            beside.read_about(account.user_id for account in chosen)
        return chosen if stored else []

    def get(self, user_id: str, *, beside: Beside | None = None) -> Account | None:
        """Read an account by its key, consistently."""
        key = self.key(user_id)
        if beside is not None:
            found = beside.read({self.table: [key or self.shape.key.nobody]})[self.table]
            return self._account(found[0]) if key and found else None
        if key is None:
            return None
        answer = self.client.get_item(TableName=self.table, Key=key, ConsistentRead=True)
        return self._account(answer["Item"]) if "Item" in answer else None

    def change(self, account: Account, change: Change) -> None:
        """Write a new password, alone."""
        from password_reset.aws.transactions import Transactions  # noqa: PLC0415 - resets compose their own

        def took_effect() -> bool:  # no other hash has its salt
            current = self.get(account.user_id)
            return current is not None and current.secret == change.password_hash

        Transactions(client=self.client).write([self.change_item(account, change)], took_effect=took_effect)

    def change_item(self, account: Account, change: Change) -> "TransactWriteItemTypeDef":
        """Return the write, for a transaction, that sets the password of the account as it was read.

        Every other token, code and session of the account dies with the version that it was made under.
        """
        update = _Update(self.shape, account.as_read(_AsStored))
        update.unchanged(_BINDING)
        values = {
            "password_hash": change.password_hash,
            "password_changed_at": rfc3339(change.at),
            "credentials_version": account.version + 1,
            "password_history": list(change.history) or None,
            "email_verified": change.verifies_address or None,
        }
        for name, value in values.items():
            if value is not None:
                update.set(name, typed(value))
        if not change.history:
            update.remove("password_history")
        return {"Update": update.request(self.table)}

    def landed(self, user_id: str, state: str, attempt: str) -> bool | None:  # noqa: ARG002 - the port's
        """Tell that nothing changed, or nothing: whose change it was, the token tells, which is in the same write."""
        current = self.get(user_id)
        return False if current and current.state == state else None

    def rehash(self, account: Account, password_hash: str) -> Account | None:
        """Write another hash of the same password over the hash and the version that were read."""
        stored = account.as_read(_AsStored)
        update = _Update(self.shape, stored)
        update.unchanged(["password_hash", "credentials_version"])
        written: AttributeValueTypeDef = {"S": password_hash}
        update.set("password_hash", written)
        try:
            self.client.update_item(**update.request(self.table))
        except (
            self.client.exceptions.ConditionalCheckFailedException,
            self.client.exceptions.TransactionConflictException,
        ):
            # A reset in between wins, and so does one under way.
            return self.get(account.user_id, beside=Beside(self.client))
        by_now = replace(stored, values={**stored.values, "password_hash": written})
        return replace(account, secret=password_hash, **_bound(account.user_id, by_now))

    def outdate_item(self, account: Account) -> "TransactWriteItemTypeDef":
        """Return the write, for a transaction, that counts the version up over the one that was read."""
        return {"Update": self._outdated(account)}

    def _outdated(self, account: Account) -> Any:  # noqa: ANN401 - UpdateItem's parameters, and a transaction's
        update = _Update(self.shape, account.as_read(_AsStored))
        update.unchanged(["credentials_version"])
        update.set("credentials_version", typed(account.version + 1))
        return update.request(self.table)

    def outdate(self, account: Account) -> None:
        """Count the version up over the one that was read."""
        try:
            self.client.update_item(**self._outdated(account))
        except self.client.exceptions.ConditionalCheckFailedException:
            raise Superseded from None

    def end_sessions(self, user_id: str) -> None:
        """Do nothing: the version ends them."""

    def key(self, user_id: str) -> "dict[str, AttributeValueTypeDef] | None":
        """Return the key of an account's item; None where no account has such an id."""
        if self.seal is None:
            return self.shape.key.fill({"user_id": user_id}) if user_id.isprintable() else None
        opened = self.seal.open(user_id)
        return None if opened is None else self.shape.key.fill(self._values(opened))

    def id_in(self, item: "Mapping[str, AttributeValueTypeDef]") -> str | None:
        """Return the id of the account that an item is; None where it is something else."""
        values = _read_from(self.shape.key, item)
        return None if values is None else self._user_id(values)

    def _values(self, opened: str) -> dict[str, str]:
        return dict(zip(sorted(self.shape.key.places), opened.split("\0"), strict=True))

    def _user_id(self, values: Mapping[str, str]) -> str:
        if self.seal is None:
            return values["user_id"]
        return self.seal.close("\0".join(values[name] for name in sorted(values)))

    def keys_of(self, identifier: str) -> "list[Key]":
        """Return the keys to which an identifier leads; what is there now is another question."""
        lookup = self.shape.lookup
        if lookup is None:
            found = [{"email_key": identifier}]
        elif lookup.index is None:
            found = self._held(lookup.key.fill({"email_key": identifier}))
        else:
            found = self._indexed(lookup.index, lookup.key.fill({"email_key": identifier}))
        keys = [key for values in found if (key := self.shape.key.fill(values))]
        keys = sorted(keys, key=lambda key: [canonical(typed) for typed in key.values()])
        return [key for key in keys if key != self.shape.key.nobody]

    def _held(self, key: "Key | None") -> list[dict[str, str]]:
        """Return what an item of the address holds of the account's key."""
        if key is None or self.shape.lookup is None or self.shape.lookup.holds is None:
            return []
        answer = self.client.get_item(TableName=self.table, Key=key, ConsistentRead=True)
        holds = self.shape.lookup.holds
        values = _read_from(holds, answer.get("Item") or holds.nobody)
        return [] if values is None else [values]

    def _indexed(self, index: str, key: "Key | None") -> list[dict[str, str]]:
        """Return what fills the keys of the index's items that are accounts'."""
        if key is None:
            return []
        by = {f"#by{number}": name for number, name in enumerate(key)}
        own = {f"#key{number}": name for number, name in enumerate(self.shape.key.names)}
        found = self.client.query(
            TableName=self.table,
            IndexName=index,
            KeyConditionExpression=" AND ".join(f"{name} = :{name[1:]}" for name in by),
            ProjectionExpression=", ".join(
                own
            ),  # the rest is stale at times, and would take its time where it is there
            ExpressionAttributeNames=by | own,
            ExpressionAttributeValues={f":{name[1:]}": key[attribute] for name, attribute in by.items()},
        )
        # What shares the index with accounts, orders for one, has keys that are none of theirs.
        items = found["Items"] or [self.shape.key.nobody]
        return [values for item in items if (values := _read_from(self.shape.key, item)) is not None]

    @cached_property
    def _attributes(self) -> Sequence[str]:
        return self.shape.top_level([*self.shape.names, *WRITTEN])

    def _nobody(self, email: str) -> "Mapping[str, AttributeValueTypeDef]":
        """Return an item such as accounts have, with this address; it is nobody's."""
        item: Any = {"M": self.shape.key.nobody}
        for name, text in (("email", email), ("password_hash", _HASH)):
            typed: Any = {"S": text}
            for step in reversed(steps := self.shape.path(name)):
                typed = {"M": {step: typed}} if isinstance(step, str) else {"L": [{"NULL": True}] * step + [typed]}
            if steps[0] not in self.shape.key.names:
                item = _merged(item, typed)
        return dict(item["M"])

    def _account(self, stored: "Mapping[str, AttributeValueTypeDef]") -> Account | None:
        account, faults = self.examine(stored)
        if faults:
            # Names and types alone: what the team stored there may be anything.
            _tell_malformed(user_id=self.id_in(stored), attributes=faults)
        return account

    def examine(self, stored: "Mapping[str, AttributeValueTypeDef]") -> tuple[Account | None, Mapping[str, str]]:
        """Return the account that an item of the table stands for, and why no reset could be written over it.

        Neither where the item is no account's.
        """
        try:
            values = self.shape.key.read_from(stored)
        except WrongType as error:
            return None, {error.attribute: error.found}
        if values is None:
            return None, {}
        user_id, wrong = self._user_id(values), dict[str, str]()
        own = {name: found for name in self.shape.names if (found := self._at(stored, name, wrong)) is not None}
        item = from_item(own)
        wrong |= _malformed(own, item)
        flags = {name: _says(condition, item.get(name)) for name, condition in self.shape.flags.items()}
        if self.shape.federated_when is None and flags["federated"] is None:
            flags["federated"] = isinstance(item.get("federated"), str) or None  # which is what it signs in with
        wrong |= {name: "neither yes nor no" for name, flag in flags.items() if flag is None and name not in wrong}
        if wrong:
            return None, {_spelled(self.shape.path(name)): found for name, found in wrong.items()}
        bound = _AsStored(
            {name: stored[name] for name in self.shape.key.names},
            {name: own[name] for name in _BINDING if name in own},
            self._missing(stored),
        )
        binding = _bound(user_id, bound)
        account = Account(
            user_id=user_id,
            email=_text(item.get("email")) or values.get("email_key", ""),
            name=_text(item.get("name")),
            locale=_text(item.get("locale")),
            verified_phone=_phone(item.get("phone")) if flags["phone_verified"] else None,
            disabled=bool(flags["disabled"]),
            provider=_provider(item.get("federated")) if flags["federated"] else None,
            version=item.get("credentials_version") or 0,
            secret=_secret(item.get("password_hash"), binding["stored_secret"]),
            history=[text for text in item.get("password_history") or () if isinstance(text, str)],
            **binding,
        )
        return account, {}

    def _at(
        self, stored: "Mapping[str, AttributeValueTypeDef]", name: str, wrong: dict[str, str]
    ) -> "AttributeValueTypeDef | None":
        try:
            return resolve(stored, self.shape.path(name))
        except WrongType as error:
            wrong[name] = f"{error.found} at {error.attribute}"
            return None

    def _missing(
        self, stored: "Mapping[str, AttributeValueTypeDef]"
    ) -> "dict[str, tuple[tuple[Step, ...], AttributeValueTypeDef | None]]":
        missing: dict[str, tuple[tuple[Step, ...], AttributeValueTypeDef | None]] = {}
        for name in WRITTEN:
            steps = self.shape.path(name)
            for depth in range(1, len(steps)):
                there = resolve(stored, steps[:depth])
                if there is None or "NULL" in there:
                    missing[name] = steps[:depth], there
                    break
        return missing


class _Bound(TypedDict):
    stored_secret: str
    state: str
    handle: _AsStored


def _bound(user_id: str, stored: _AsStored) -> _Bound:
    stored_secret = canonical(stored.values.get("password_hash"))
    # Tokens that were issued keep this: what it is made of, and how, is for good.
    state = [
        canonical({"S": user_id}),
        canonical(stored.values.get("email")),
        stored_secret,
        canonical(stored.values.get("credentials_version", _NEVER)),
    ]
    digest = hashlib.sha256("\n".join(state).encode()).hexdigest()
    return {"stored_secret": stored_secret, "state": digest, "handle": stored}


def _merged(there: "AttributeValueTypeDef | None", typed: Any) -> Any:  # noqa: ANN401 - typed values, nested
    if there is None or "M" not in there or "M" not in typed:
        return typed
    members = dict(there["M"])
    for name, member in typed["M"].items():
        members[name] = _merged(members.get(name), member)
    return {"M": members}


def _read_from(key: Any, item: "Mapping[str, AttributeValueTypeDef]") -> dict[str, str] | None:  # noqa: ANN401
    try:
        values: dict[str, str] | None = key.read_from(item)
    except WrongType as error:
        _tell_malformed(attributes={error.attribute: error.found})
        return None
    return values


def _tell_malformed(*, attributes: Mapping[str, str], user_id: str | None = None) -> None:
    logger.error("account malformed", extra={"userId": user_id, "attributes": attributes})
    count("malformed-account")


def _malformed(typed: "Mapping[str, AttributeValueTypeDef]", item: Mapping[str, object]) -> dict[str, str]:
    wrong = {
        name: found
        for name, kind in _TYPES.items()
        if (found := next(iter(typed.get(name, {kind: None})))) not in {kind, "NULL"}
    }
    number = item.get("credentials_version") or 0
    if "credentials_version" not in wrong and not (isinstance(number, int) and 0 <= number <= MAX_VERSION):
        wrong["credentials_version"] = "not a whole number"
    return wrong


def _spelled(steps: "Sequence[Step]") -> str:
    return ".".join(map(str, steps))


def _secret(value: object, stored_secret: str) -> str | bytes | None:
    if value is None or isinstance(value, str | bytes):
        return value
    return stored_secret.encode()


def _phone(value: object) -> str | None:
    return value if isinstance(value, str) and _E164.fullmatch(value) else None


_NO = {"", "false", "no", "off", "0", "f", "n"}
_YES = {"true", "yes", "on", "1", "t", "y"}


def _says(condition: "Condition | None", value: object) -> bool | None:
    """Whether an attribute says yes; None where that can't be told, for nobody is locked out, or in, by a guess."""
    if condition:
        return condition.holds(value)
    if isinstance(value, str):
        word = value.strip().casefold()
        return True if word in _YES else False if word in _NO else None
    return bool(value) if value is None or value in (0, 1) else None


def _provider(value: object) -> str:
    return value if isinstance(value, str) and value.strip().casefold() not in _YES else ""


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
