"""A directory function over Django's own users in PostgreSQL: psycopg 3, TLS, one connection an environment.

libpq reads PGHOST, PGDATABASE, PGSSLMODE (`verify-full`) and PGSSLROOTCERT; user and password come from the secret that
DATABASE_SECRET names, or from PGUSER and PGPASSWORD on your machine. Set PASSWORD_HASH=pbkdf2_sha256 and
PASSWORD_HASH_FORMAT=django for the service to write what Django writes; without them each user keeps their scheme.
"""

import hashlib
import json
import os
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.rows import dict_row

if TYPE_CHECKING:
    from collections.abc import Callable

# Statements end before whoever asked stops waiting; connections that died in a frozen environment are found out.
OPTIONS = "-c statement_timeout=3000 -c lock_timeout=2500 -c idle_in_transaction_session_timeout=5000"
# Django's `!` marks a password that can't be used: those users sign in elsewhere, as its own reset form has it.
SELECT = """
SELECT u.id, u.email, u.first_name, u.password, u.is_active, coalesce(r.version, 0) AS version, r.change_id
FROM auth_user u LEFT JOIN password_resets r ON r.user_id = u.id
"""
COUNT = """
INSERT INTO password_resets (user_id, version, change_id) VALUES (%(userId)s, 1, %(changeId)s)
ON CONFLICT (user_id) DO UPDATE SET version = password_resets.version + 1,
    change_id = coalesce(excluded.change_id, password_resets.change_id)
"""
ID = re.compile("[1-9][0-9]{0,8}")
"""An integer of PostgreSQL's."""
type Database = psycopg.Connection[dict[str, Any]]

_open: list[Database] = []


def handler(event: dict[str, Any], _: object) -> dict[str, Any]:
    """Answer one document with another."""
    operations: dict[str, Callable[[Database, dict[str, Any]], dict[str, Any]]] = {
        "find": find,
        "get": get,
        "change": change,
        "landed": landed,
        "outdate": outdate,
        "end_sessions": end_sessions,
    }
    return operations[event["operation"]](connection(), event)


def find(database: Database, event: dict[str, Any]) -> dict[str, Any]:
    """One query by index, whether there is a user or not."""
    rows = database.execute(f"{SELECT} WHERE lower(u.email) = %(identifier)s ORDER BY u.id LIMIT %(most)s", event)
    return {"accounts": [account(row) for row in rows]}


def get(database: Database, event: dict[str, Any]) -> dict[str, Any]:
    """From the primary: PGHOST must be the writer's endpoint."""
    row = _row(database, event)
    return {"account": row and account(row)}


def change(database: Database, event: dict[str, Any]) -> dict[str, Any]:
    """Lock the user's row, compare, write: rivals wait for the lock and find another state."""
    with database.transaction():
        row = _row(database, event, "FOR UPDATE OF u")
        if now() > datetime.fromisoformat(event["deadline"]):
            raise TimeoutError  # whoever asked has stopped waiting
        if row is None or state(row) != event["state"]:
            return {"result": "superseded"}
        database.execute("UPDATE auth_user SET password = %(passwordHash)s WHERE id = %(userId)s", event)
        database.execute(COUNT, event)
    return {"result": "changed"}


def landed(database: Database, event: dict[str, Any]) -> dict[str, Any]:
    """The last change's id is kept; whether one before it took effect, nobody can tell."""
    row = _row(database, event)
    if row is None:
        return {"landed": None}
    if row["change_id"] == event["changeId"]:
        return {"landed": True}
    return {"landed": None if row["version"] > 1 else False}


def outdate(database: Database, event: dict[str, Any]) -> dict[str, Any]:
    """As a change, of the version alone."""
    with database.transaction():
        row = _row(database, event, "FOR UPDATE OF u")
        if row is None or state(row) != event["state"]:
            return {"result": "superseded"}
        database.execute(COUNT, event | {"changeId": None})
    return {"result": "changed"}


def end_sessions(_: Database, __: dict[str, Any]) -> dict[str, Any]:
    """Django ends them itself: a session carries a digest of the password (SessionAuthenticationMiddleware)."""
    return {"ended": True}


def account(row: dict[str, Any]) -> dict[str, Any]:
    """Return a user as the contract has it."""
    usable = not row["password"].startswith("!")
    return {
        "userId": str(row["id"]),
        "email": row["email"],
        "name": row["first_name"],
        "disabled": not row["is_active"],
        "version": row["version"],
        "passwordHash": row["password"] or None if usable else None,
        "provider": None if usable else "",
        "state": state(row),
    }


def state(row: dict[str, Any]) -> str:
    """Return a digest of what a change must not be written over."""
    bound = [row[name] for name in ("email", "password", "version", "is_active")]
    return hashlib.sha256(json.dumps(bound).encode()).hexdigest()


def connection() -> Database:
    """Return this environment's connection, or a new one where it was lost."""
    if _open and not _open[0].closed:
        return _open[0]
    _open[:] = [connect()]
    return _open[0]


def connect() -> Database:
    """Return a new connection."""
    return psycopg.connect(**credentials(), options=OPTIONS, connect_timeout=2, autocommit=True, row_factory=dict_row)


def credentials() -> dict[str, Any]:
    """Return user and password, where a secret has them."""
    name = os.environ.get("DATABASE_SECRET")
    if not name:
        return {}
    import boto3  # noqa: PLC0415 - Lambda's runtime has it, and your machine needs none

    secret = json.loads(boto3.client("secretsmanager").get_secret_value(SecretId=name)["SecretString"])
    return {"user": secret["username"], "password": secret["password"]}


def now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


def _row(database: Database, event: dict[str, Any], lock: str = "") -> dict[str, Any] | None:
    if not ID.fullmatch(event["userId"]):
        return None
    return database.execute(f"{SELECT} WHERE u.id = %(userId)s::integer {lock}", event).fetchone()
