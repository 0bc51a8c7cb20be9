"""Django's own users in a real PostgreSQL: the contract, rivals, kills, and a person who then signs in to Django."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from pytest_socket import enable_socket

from examples.django_postgresql import handler
from password_reset.accounts.directory import Change, Directory
from password_reset.accounts.function import FunctionDirectory, Unanswered
from password_reset.accounts.invoking import in_process
from password_reset.errors import OutcomeUnknown
from tests import postgresql
from tests.directory import AT, EMAIL, HASH, NEW, change, directory_contract
from tests.waiting import PATIENCE_SECONDS
from tests.world import NEW_PASSWORD, PASSWORD, World

pytestmark = [
    pytest.mark.skipif(
        not postgresql.PROGRAMS and "CI" not in os.environ, reason="no PostgreSQL here: apt-get install postgresql"
    ),
    pytest.mark.xdist_group("postgresql"),
    pytest.mark.usefixtures("socket_enabled"),
]


@pytest.fixture(scope="module")
def server() -> Iterator[dict[str, str]]:
    """A server with Django's tables, and libpq's variables for it."""
    enable_socket()
    with postgresql.running() as variables:
        site(variables, ["prepare", "first@example.com", PASSWORD])
        with pytest.MonkeyPatch.context() as environment:
            for name, value in variables.items():
                environment.setenv(name, value)
            yield variables
            handler.connection().close()


def site(variables: dict[str, str], *commands: list[str]) -> Any:
    """Run Django in a process of its own."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": ".", **variables}
    ended = subprocess.run(
        [sys.executable, "-m", "tests.django_site", json.dumps(commands)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE_SECONDS,
    )
    return json.loads(ended.stdout)


def sql(statement: str, values: Any = None) -> Any:
    with psycopg.connect(autocommit=True) as connection:
        cursor = connection.execute(statement, values)
        return cursor.fetchone() if cursor.description else None


@dataclass
class Behind:
    """Django's users, as Django writes them, and a function that loses answers."""

    directory: Directory
    lost: list[bool]

    def add(self, email: str, **members: Any) -> str:
        row = {"email": email, "secret": "", "name": "", "disabled": False} | members
        (user_id,) = sql(
            "INSERT INTO auth_user (username, email, password, first_name, last_name, is_active, is_staff, "
            "is_superuser, date_joined) VALUES (%(email)s, %(email)s, %(secret)s, %(name)s, '', NOT %(disabled)s, "
            "false, false, now()) RETURNING id",
            row,
        )
        return str(user_id)

    def write(self, user_id: str, **members: Any) -> None:
        columns = {"secret": "password", "email": "email", "disabled": "is_active"}
        for name, value in members.items():
            stored = not value if name == "disabled" else value or ""
            sql(f"UPDATE auth_user SET {columns[name]} = %s WHERE id = %s", (stored, user_id))

    def remove(self, user_id: str) -> None:
        sql("DELETE FROM auth_user WHERE id = %s", (user_id,))

    def enrol(self, _: str) -> str | None:
        return None

    def lose_answers(self, number: int, *, landed: bool) -> None:
        self.lost += [landed] * number


def behind(request: pytest.FixtureRequest) -> Behind:
    for fixture in ("server", "socket_enabled"):
        request.getfixturevalue(fixture)
    sql("DELETE FROM auth_user")
    ask, lost = in_process("examples.django_postgresql.handler:handler"), list[bool]()

    def invoke(document: bytes) -> bytes:
        if b'"operation":"change"' in document and lost:
            if lost.pop(0):
                ask(document)
            raise Unanswered
        return ask(document)

    return Behind(FunctionDirectory(invoke=invoke, clock=handler.now), lost)


class TestDjango(directory_contract(behind)):  # type: ignore[misc]
    """The contract; Django knows neither a locale nor a phone of a user."""

    def test_an_account_is_found_as_it_is_stored(self, bed: Behind) -> None:
        user_id = bed.add(EMAIL, secret=HASH, name="Ada")
        (found,) = bed.directory.find(EMAIL, most=3)
        assert (found.user_id, found.email, found.name, found.version) == (user_id, EMAIL, "Ada", 0)
        assert bed.directory.get(user_id) == found

    def test_of_rivals_one_wins(self, bed: Behind) -> None:
        """Eight functions at once, with a connection each: the row's lock decides."""
        user_id = bed.add(EMAIL, secret=HASH)
        account = bed.directory.get(user_id)
        assert account
        event = {
            "userId": user_id,
            "state": account.handle,
            "passwordHash": NEW,
            "deadline": "9999-01-01T00:00:00Z",
        }

        def rival(number: int) -> Any:
            with handler.connect() as connection:
                return handler.change(connection, event | {"changeId": f"rival {number}"})["result"]

        with ThreadPoolExecutor(8) as rivals:
            results = sorted(rivals.map(rival, range(8)))
        assert results == ["changed"] + ["superseded"] * 7
        after = bed.directory.get(user_id)
        assert after
        assert after.version == 1


def test_a_connection_that_was_cut_is_an_outage_once(server: dict[str, str]) -> None:
    """Killed in its transaction: nothing is written, and the next invocation has a new connection."""
    bed = behind_of(server)
    user_id = bed.add(EMAIL, secret=HASH)
    account = bed.directory.get(user_id)
    assert account
    pid = handler.connection().info.backend_pid
    with psycopg.connect() as blocker:  # holds the row, so that the change waits in its transaction
        blocker.execute("SELECT 1 FROM auth_user WHERE id = %s FOR UPDATE", (user_id,))
        with ThreadPoolExecutor(1) as waiting:
            outcome = waiting.submit(bed.directory.change, account, change())
            while not sql("SELECT 1 FROM pg_stat_activity WHERE pid = %s AND wait_event_type = 'Lock'", (pid,)):
                assert not outcome.done()
            sql("SELECT pg_terminate_backend(%s)", (pid,))
            with pytest.raises(OutcomeUnknown):
                outcome.result(PATIENCE_SECONDS)
    assert bed.directory.get(user_id) == account
    bed.directory.change(account, Change(attempt="next", password_hash=NEW, history=[], at=AT))
    assert bed.directory.landed(user_id, "", "next") is True


def behind_of(server: dict[str, str]) -> Behind:
    sql("DELETE FROM auth_user")
    directory = FunctionDirectory(invoke=in_process("examples.django_postgresql.handler:handler"), clock=handler.now)
    return Behind(directory, [])


def test_connections_are_encrypted_and_the_server_is_verified(server: dict[str, str]) -> None:
    query = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
    found = handler.connection().execute(query).fetchone()
    assert found == {"ssl": True}
    with pytest.raises(psycopg.OperationalError, match="certificate"):
        psycopg.connect(host="127.0.0.1", port=server["PGPORT"])


@pytest.mark.engine
@pytest.mark.settings(
    DIRECTORY="function",
    DIRECTORY_FUNCTION="examples.django_postgresql.handler:handler",
    PASSWORD_HASH="pbkdf2_sha256",
    PASSWORD_HASH_FORMAT="django",
)
def test_a_person_of_djangos_resets_and_signs_in_there(
    server: dict[str, str], engine_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From forgot to a page that needs a session; the old password and the old session are over."""
    world = engine_world
    monkeypatch.setattr(handler, "now", world.clock)
    sql("DELETE FROM auth_user")
    _, (session, shown) = site(server, ["prepare", EMAIL, PASSWORD], ["sign-in", PASSWORD])
    assert (bool(session), shown) == (True, 200)
    token = world.token()
    assert world.verify(token).json["email"] == EMAIL
    assert world.reset(token).status == 200
    old, refused, (renewed, shown) = site(server, ["page", session], ["sign-in", PASSWORD], ["sign-in", NEW_PASSWORD])
    assert (old, refused, bool(renewed), shown) == (302, ["", 302], True, 200)
    assert world.reset(token).json["code"] == "invalid_token"
    world.clock.advance(60)
    world.pump()
    assert [mail["subject"] for mail in world.mails()][1:] == ["Your Example password was changed"]
    sql("UPDATE auth_user SET password = '!unusable'")
    world.forgot()
    world.pump()
    assert world.mails()[-1]["subject"] == "Signing in to Example"
