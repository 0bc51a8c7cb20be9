"""The contract of directories, run against each that we have."""

from dataclasses import dataclass
from typing import Any

import pytest

from local import accounts
from password_reset.accounts.directory import Directory
from password_reset.aws.items import from_item, to_item
from tests.directory import directory_contract
from tests.wire import Wire, timeout
from tests.world import World

TRANSACT = "dynamodb.TransactWriteItems"


@dataclass(frozen=True)
class Table:
    """The users table, as other applications use it."""

    world: World
    wire: Wire

    @property
    def directory(self) -> Directory:
        return self.world.app.accounts.directory

    def add(self, email: str, **members: Any) -> str:
        account = {"email": email, "phone_verified": "phone" in members, **_named(members)}
        return accounts.create(accounts.NewAccount.model_validate(account))

    def write(self, user_id: str, **members: Any) -> None:
        table, key = self.world.environment["USERS_TABLE"], to_item({"user_id": user_id})
        item = from_item(self.world.dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True)["Item"])
        self.world.dynamodb.put_item(TableName=table, Item=to_item(item | _named(members)))

    def remove(self, user_id: str) -> None:
        key = to_item({"user_id": user_id})
        self.world.dynamodb.delete_item(TableName=self.world.environment["USERS_TABLE"], Key=key)

    def lose_answers(self, number: int, *, landed: bool) -> None:
        if landed:
            self.wire.lose_answer(TRANSACT, number)
        else:
            self.wire.fail(TRANSACT, *[timeout] * number)


def _named(members: dict[str, Any]) -> dict[str, Any]:
    return {"password_hash" if name == "secret" else name: value for name, value in members.items()}


def on(world: str) -> Any:
    return lambda request: Table(request.getfixturevalue(world), request.getfixturevalue("wire"))


TestDynamoDBOnAnEngine = pytest.mark.engine(directory_contract(on("engine_world")))
TestDynamoDBOnMoto = directory_contract(on("moto_world"))
