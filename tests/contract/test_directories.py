"""The contract of directories, run against each that we have."""

from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from examples.directory import handler
from local import accounts
from password_reset.accounts.directory import Directory
from password_reset.accounts.function import FunctionDirectory, Unanswered
from password_reset.accounts.identifiers import email_key
from password_reset.accounts.invoking import in_process
from tests.directory import directory_contract
from tests.pools import Pool
from tests.shapes import SHAPES
from tests.wire import Wire, timeout
from tests.world import World

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # pragma: allowlist secret - of nobody
SET = "cognito-idp.AdminSetUserPassword"
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
        account = self.directory.get(user_id)
        assert account
        accounts.change(account.email, accounts.Changes.model_validate(_named(members)))

    def remove(self, user_id: str) -> None:
        directory: Any = self.directory
        self.world.dynamodb.delete_item(TableName=self.world.environment["USERS_TABLE"], Key=directory.key(user_id))

    def enrol(self, _: str) -> str | None:
        return None

    def lose_answers(self, number: int, *, landed: bool) -> None:
        if landed:
            self.wire.lose_answer(TRANSACT, number)
        else:
            self.wire.fail(TRANSACT, *[timeout] * number)


def _named(members: dict[str, Any]) -> dict[str, Any]:
    return {"password_hash" if name == "secret" else name: value for name, value in members.items()}


def on(world: str) -> Any:
    return lambda request: Table(request.getfixturevalue(world), request.getfixturevalue("wire"))


@dataclass
class Behind:
    """The example's database, as other applications use it, and a function that loses answers."""

    directory: Directory
    lost: list[bool]

    def add(self, email: str, **members: Any) -> str:
        with closing(handler.connect()) as database:
            user_id = f"u{database.execute('SELECT count(*) FROM users').fetchone()[0]}"
            row = {"id": user_id, "email": email, "email_key": email_key(email), **self._named(members)}
            places = ", ".join(f":{name}" for name in row)
            database.execute(f"INSERT INTO users ({', '.join(row)}) VALUES ({places})", row)
        return user_id

    def write(self, user_id: str, **members: Any) -> None:
        row = self._named(members)
        row |= {"email_key": email_key(row["email"])} if "email" in row else {}
        with closing(handler.connect()) as database:
            changes = ", ".join(f"{name} = :{name}" for name in row)
            database.execute(f"UPDATE users SET {changes} WHERE id = :id", row | {"id": user_id})

    def remove(self, user_id: str) -> None:
        with closing(handler.connect()) as database:
            database.execute("DELETE FROM users WHERE id = ?", (user_id,))

    def enrol(self, user_id: str) -> str | None:
        self.write(user_id, totp=SECRET)
        return handler.password_of(SECRET, int(handler.now().timestamp()) // 30).decode()

    def lose_answers(self, number: int, *, landed: bool) -> None:
        self.lost += [landed] * number

    @staticmethod
    def _named(members: dict[str, Any]) -> dict[str, Any]:
        return {"password" if name == "secret" else name: value for name, value in members.items()}


def behind(request: pytest.FixtureRequest) -> Behind:
    folder, monkeypatch = request.getfixturevalue("tmp_path"), request.getfixturevalue("monkeypatch")
    monkeypatch.setattr(handler, "DATABASE", folder / "users.sqlite")
    monkeypatch.setattr(handler, "DEMO", ("first", "first@example.com", "first@example.com", None))
    ask, lost = in_process("examples.directory.handler:handler"), list[bool]()

    def invoke(document: bytes) -> bytes:
        if b'"operation":"change"' in document and lost:
            if lost.pop(0):
                ask(document)
            raise Unanswered
        return ask(document)

    return Behind(FunctionDirectory(invoke=invoke, clock=handler.now), lost)


@dataclass(frozen=True)
class Users:
    """The users of a pool."""

    world: World
    wire: Wire
    pool: Pool

    @property
    def directory(self) -> Directory:
        return self.world.app.accounts.directory

    def add(self, email: str, **members: Any) -> str:
        return self.pool.add(email, **members)

    def write(self, user_id: str, **members: Any) -> None:
        self.pool.write(user_id, **members)

    def remove(self, user_id: str) -> None:
        self.pool.remove(user_id)

    def secret(self, user_id: str) -> str | None:
        found: str | None = self.pool.users[user_id].password
        return found

    def enrol(self, _: str) -> str | None:
        return None

    def lose_answers(self, number: int, *, landed: bool) -> None:
        if landed:
            self.wire.lose_answer(SET, number)
        else:
            self.wire.fail(SET, *[timeout] * number)


def in_a_pool(request: pytest.FixtureRequest) -> Users:
    world, wire, pool = map(request.getfixturevalue, ("engine_world", "wire", "pool"))
    return Users(world, wire, pool)


class _Theirs:
    """The contract's directory is in a table of this shape."""

    shape: str

    @pytest.fixture
    def settings(self, tmp_path: Path) -> dict[str, str]:
        shape = replace(SHAPES[self.shape], items=[])
        return shape.environment | {"USERS_TABLE_DEFINITION": str(shape.write(tmp_path / "users.json"))}


TestDynamoDBOnAnEngine = pytest.mark.engine(directory_contract(on("engine_world")))
TestDynamoDBOnMoto = directory_contract(on("moto_world"))
TestFunction = directory_contract(behind)


@pytest.mark.engine
class TestCognito(directory_contract(in_a_pool, blind=True)):  # type: ignore[misc]
    """Rivals, and what the pool can't tell, are in `handlers/test_cognito.py`."""

    @pytest.fixture
    def pool(self, account: Any) -> Pool:
        return Pool.create(account)

    @pytest.fixture
    def settings(self, pool: Pool) -> dict[str, str]:
        return pool.settings


@pytest.mark.engine
class TestOneTableForAll(_Theirs, directory_contract(on("engine_world"))):  # type: ignore[misc]
    """Composite keys, and an index that others share."""

    shape = "one table for all"


@pytest.mark.engine
class TestTheAddressIsTheKey(_Theirs, directory_contract(on("engine_world"))):  # type: ignore[misc]
    """Sealed ids."""

    shape = "the address is the key"


@pytest.mark.engine
class TestNested(_Theirs, directory_contract(on("engine_world"))):  # type: ignore[misc]
    """Maps that are missing before the first reset."""

    shape = "nested"
