"""Accounts of the local users table, for the person who tries the service and for tests."""

from typing import TYPE_CHECKING, Any, Self

import boto3
from pydantic import BaseModel, ConfigDict, model_validator
from pydantic.alias_generators import to_camel

from local import shapes
from password_reset.accounts.dynamodb import DynamoDBDirectory
from password_reset.accounts.identifiers import InvalidIdentifier, email_key
from password_reset.accounts.shape import Shape, WrongType, resolve
from password_reset.aws.items import from_item
from password_reset.bootstrap import bootstrap

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb import DynamoDBClient

DEMO_EMAIL = "demo@example.com"
DEMO_PASSWORD = "correct horse battery staple"  # noqa: S105 - the contract publishes it


_FACTORS = {"totp_secret", "recovery_codes"}


class _Members(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, alias_generator=to_camel, populate_by_name=True)

    password: str | None = None
    password_hash: str | None = None
    name: str | None = None
    phone: str | None = None
    phone_verified: bool | None = None
    locale: str | None = None
    disabled: bool | None = None
    federated: bool | None = None
    totp_secret: str | None = None
    recovery_codes: list[str] | None = None

    @model_validator(mode="after")
    def _one_password(self) -> Self:
        if {"password", "password_hash"} <= self.model_fields_set:
            message = "password and passwordHash are one attribute: give one of them"
            raise ValueError(message)
        return self

    def attributes(self) -> dict[str, Any]:
        """Return what was given, by the attributes' names; None is for one that the account is not to have."""
        given = self.model_dump(exclude_unset=True, exclude=_FACTORS)
        if "password" in given:
            password: str | None = given.pop("password")
            passwords = bootstrap().passwords
            given["password_hash"] = None if password is None else passwords.hash(passwords.normalise(password))
        if "email" in given:
            given["email_key"] = email_key(given["email"])
        return given

    def enrol(self, user_id: str) -> None:
        """Enrol or remove the factors that are given.

        Raises:
            ValueError: factors are off, or a secret is none.
        """
        if not _FACTORS & self.model_fields_set:
            return
        factors = bootstrap().proofs.factors
        if factors is None:
            message = "FACTORS is off: there is nothing to enrol"
            raise ValueError(message)
        if "totp_secret" in self.model_fields_set:
            if self.totp_secret is None:
                factors.remove(user_id, "totp")
            else:
                factors.enrol_totp(user_id, self.totp_secret)
        if "recovery_codes" in self.model_fields_set:
            if self.recovery_codes:
                factors.enrol_codes(user_id, self.recovery_codes)
            else:
                factors.remove(user_id, "recovery_code")


class NewAccount(_Members):
    """An account to create; without a password it has none, as one that signs in elsewhere."""

    email: str


class Changes(_Members):
    """What another application writes into an account: the members that are given; None removes one."""

    # The address alone cannot be removed: its default says nothing but that it was left out.
    email: str = ""


class EmailTaken(ValueError):
    """An account has this very address."""


class ElsewhereError(ValueError):
    """The accounts are behind a function, or in a user pool: nobody but that writes them."""

    def __init__(self) -> None:
        super().__init__("the accounts are in no users table: see DIRECTORY")


class NoSuchAccount(Exception):
    """No account has this very address."""


def create(account: NewAccount) -> str:
    """Create an account; return its id.

    Raises:
        EmailTaken: an account has this very address. One that differs in case alone is another account.
        InvalidIdentifier: the address is none.
    """
    _ = _directory()
    if find(account.email):
        raise EmailTaken
    shape = _shape()
    values = shapes.new_key(shape, account.email)
    enabled = {"disabled": False} if shape.disabled_when else {}  # which absence need not mean
    item = shapes.written(shape, shapes.key_of(shape, values), enabled | account.attributes())
    if _is_there(shapes.key_of(shape, values)):
        raise EmailTaken  # where the address is the key, it is one however it is spelled
    _put(item, shapes.pointer(shape, account.email, values))
    user_id = _directory().id_in(item)
    assert user_id  # noqa: S101 - it has the key of an account
    account.enrol(user_id)
    return user_id


def change(email: str, changes: Changes) -> dict[str, Any]:
    """Change what is given of an account and nothing else, as another application would; return its item.

    Raises:
        NoSuchAccount: none has this very address.
        EmailTaken: another account has the new address.
        InvalidIdentifier: the new address is none.
    """
    stored, shape = _stored(email), _shape()
    if stored is None:
        raise NoSuchAccount
    attributes = changes.attributes()
    new = attributes.get("email", email)
    if new != email and find(new):
        raise EmailTaken
    values = shape.key.read_from(stored) or {}
    key, there = shapes.key_of(shape, values), {"email_key": email_key(new)}
    to = shapes.key_of(shape, {name: there.get(name, value) for name, value in values.items()})
    item = shapes.written(shape, stored, attributes) | to
    changes.enrol(_directory().id_in(stored) or "")
    if to != key:  # where the address is the key, another one is another item
        _client().delete_item(TableName=_table(), Key=key)
    held, was = shapes.pointer(shape, new, values), shapes.pointer(shape, email, values)
    if was and held != was:
        _client().delete_item(TableName=_table(), Key={name: was[name] for name in shape.key.names})
    if to != key or held != was:
        _put(item, held)
    elif item != stored:
        _client().update_item(TableName=_table(), Key=key, **_update(stored, item))
    return get(new)


def get(email: str) -> dict[str, Any]:
    """Return the item of the account with this very address.

    Raises:
        NoSuchAccount: there is none.
    """
    try:
        item = find(email)
    except InvalidIdentifier:
        item = None
    if item is None:
        raise NoSuchAccount
    return item


def find(email: str) -> dict[str, Any] | None:
    """Return the item of the account with this very address.

    Raises:
        InvalidIdentifier: the address is none.
    """
    email_key(email)
    stored = _stored(email)
    return stored and from_item(stored)


def _stored(email: str) -> "dict[str, Any] | None":
    shape = _shape()
    for page in _client().get_paginator("scan").paginate(TableName=_table(), ConsistentRead=True):
        for item in page["Items"]:
            if _address(shape, item) == email:
                return item
    return None


def _address(shape: Shape, item: "Mapping[str, Any]") -> str | None:
    try:
        values = shape.key.read_from(item)
        typed = resolve(item, shape.path("email")) or {}
    except WrongType:
        return None
    return None if values is None else typed.get("S") or values.get("email_key")


def _is_there(key: dict[str, Any]) -> bool:
    return "Item" in _client().get_item(TableName=_table(), Key=key)


def _put(*items: "Mapping[str, Any] | None") -> None:
    for item in items:
        if item:
            _client().put_item(TableName=_table(), Item=item)


def _update(before: "Mapping[str, Any]", after: "Mapping[str, Any]") -> dict[str, Any]:
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    numbered = {f"#{number}": name for number, name in enumerate(sorted(changed))}
    sets = [place for place, name in numbered.items() if name in after]
    removes = [place for place, name in numbered.items() if name not in after]
    expression = [f"SET {', '.join(f'{place} = :{place[1:]}' for place in sets)}"] if sets else []
    expression += [f"REMOVE {', '.join(removes)}"] if removes else []
    values = {f":{place[1:]}": after[numbered[place]] for place in sets}
    return {
        "UpdateExpression": " ".join(expression),
        "ExpressionAttributeNames": numbered,
        **({"ExpressionAttributeValues": values} if values else {}),
    }


def _client() -> "DynamoDBClient":
    return boto3.client("dynamodb")


def _table() -> str:
    return bootstrap().settings.needed("users_table")


def _shape() -> Shape:
    return bootstrap().settings.users_shape


def _directory() -> "DynamoDBDirectory":
    directory = bootstrap().accounts.directory
    if not isinstance(directory, DynamoDBDirectory):
        raise ElsewhereError
    return directory
