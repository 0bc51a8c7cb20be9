"""Accounts of the local users table, for the person who tries the service and for tests."""

import uuid
from typing import Any

import boto3
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from password_reset.accounts.identifiers import email_key
from password_reset.aws.items import from_item, to_item
from password_reset.bootstrap import bootstrap

DEMO_EMAIL = "demo@example.com"
DEMO_PASSWORD = "correct horse battery staple"  # noqa: S105 - the contract publishes it


class NewAccount(BaseModel):
    """An account to create; without a password it has none, as one that signs in elsewhere."""

    model_config = ConfigDict(extra="forbid", strict=True, alias_generator=to_camel, populate_by_name=True)

    email: str
    password: str | None = None
    name: str | None = None
    phone: str | None = None
    phone_verified: bool | None = None
    locale: str | None = None
    disabled: bool | None = None


class EmailTaken(Exception):
    """An account has this very address."""


def create(account: NewAccount) -> str:
    """Create an account; return its id.

    Raises:
        EmailTaken: an account has this very address. One that differs in case alone is another account.
        InvalidIdentifier: the address is none.
    """
    if find(account.email):
        raise EmailTaken
    app = bootstrap()
    passwords = app.passwords
    user_id = str(uuid.uuid4())
    item = {
        "user_id": user_id,
        "email_key": email_key(account.email),
        "password_hash": account.password and passwords.hash(passwords.normalise(account.password)),
        **account.model_dump(exclude={"password"}),
    }
    boto3.client("dynamodb").put_item(TableName=app.settings.users_table, Item=to_item(item))
    return user_id


def find(email: str) -> dict[str, Any] | None:
    """Return the item of the account with this very address, or of one under the same identifier."""
    settings = bootstrap().settings
    found = boto3.client("dynamodb").query(
        TableName=settings.users_table,
        IndexName=settings.users_index,
        KeyConditionExpression="email_key = :key",
        ExpressionAttributeValues=to_item({":key": email_key(email)}),
    )
    return next((item for item in map(from_item, found["Items"]) if item["email"] == email), None)
