"""Accounts of the local users table, for the person who tries the service and for tests."""

import uuid
from typing import TYPE_CHECKING, Any, Self, TypedDict

import boto3
from pydantic import BaseModel, ConfigDict, model_validator
from pydantic.alias_generators import to_camel

from password_reset.accounts.identifiers import InvalidIdentifier, email_key
from password_reset.aws.items import from_item, to_item
from password_reset.bootstrap import bootstrap

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb.type_defs import UniversalAttributeValueTypeDef

DEMO_EMAIL = "demo@example.com"
DEMO_PASSWORD = "correct horse battery staple"  # noqa: S105 - the contract publishes it


class _Members(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, alias_generator=to_camel, populate_by_name=True)

    password: str | None = None
    password_hash: str | None = None
    name: str | None = None
    phone: str | None = None
    phone_verified: bool | None = None
    locale: str | None = None
    disabled: bool | None = None

    @model_validator(mode="after")
    def _one_password(self) -> Self:
        if {"password", "password_hash"} <= self.model_fields_set:
            message = "password and passwordHash are one attribute: give one of them"
            raise ValueError(message)
        return self

    def attributes(self) -> dict[str, Any]:
        """Return what was given, by the attributes' names; None is for one that the account is not to have."""
        given = self.model_dump(exclude_unset=True)
        if "password" in given:
            password: str | None = given.pop("password")
            passwords = bootstrap().passwords
            given["password_hash"] = None if password is None else passwords.hash(passwords.normalise(password))
        if "email" in given:
            given["email_key"] = email_key(given["email"])
        return given


class NewAccount(_Members):
    """An account to create; without a password it has none, as one that signs in elsewhere."""

    email: str


class Changes(_Members):
    """What another application writes into an account: the members that are given; None removes one."""

    # The address alone cannot be removed: its default says nothing but that it was left out.
    email: str = ""


class _Update(TypedDict, total=False):
    UpdateExpression: str
    ExpressionAttributeNames: dict[str, str]
    ExpressionAttributeValues: "dict[str, UniversalAttributeValueTypeDef]"


class EmailTaken(Exception):
    """An account has this very address."""


class NoSuchAccount(Exception):
    """No account has this very address."""


def create(account: NewAccount) -> str:
    """Create an account; return its id.

    Raises:
        EmailTaken: an account has this very address. One that differs in case alone is another account.
        InvalidIdentifier: the address is none.
    """
    if find(account.email):
        raise EmailTaken
    user_id = str(uuid.uuid4())
    item = to_item({"user_id": user_id, **account.attributes()})
    boto3.client("dynamodb").put_item(TableName=bootstrap().settings.users_table, Item=item)
    return user_id


def change(email: str, changes: Changes) -> dict[str, Any]:
    """Change what is given of an account and nothing else, as another application would; return its item.

    Raises:
        NoSuchAccount: none has this very address.
        EmailTaken: another account has the new address.
        InvalidIdentifier: the new address is none.
    """
    item = get(email)
    attributes = changes.attributes()
    if attributes.get("email", email) != email and find(attributes["email"]):
        raise EmailTaken
    if attributes:
        boto3.client("dynamodb").update_item(
            TableName=bootstrap().settings.users_table,
            Key=to_item({"user_id": item["user_id"]}),
            **_update(attributes),
        )
    return get(attributes.get("email", email))


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
    settings = bootstrap().settings
    found = boto3.client("dynamodb").query(
        TableName=settings.users_table,
        IndexName=settings.users_index,
        KeyConditionExpression="email_key = :key",
        ExpressionAttributeValues=to_item({":key": email_key(email)}),
    )
    return next((item for item in map(from_item, found["Items"]) if item["email"] == email), None)


def _update(attributes: "Mapping[str, Any]") -> "_Update":
    kept = {f":{name}": value for name, value in attributes.items() if value is not None}
    sets = ", ".join(f"#{name} = :{name}" for name, value in attributes.items() if value is not None)
    removes = ", ".join(f"#{name}" for name, value in attributes.items() if value is None)
    update: _Update = {
        "UpdateExpression": " ".join([*(["SET", sets] if sets else []), *(["REMOVE", removes] if removes else [])]),
        "ExpressionAttributeNames": {f"#{name}": name for name in attributes},
    }
    return {**update, "ExpressionAttributeValues": to_item(kept)} if kept else update
