"""A directory function in one file, over SQLite: what the contract asks of yours, with your database in its place.

`DIRECTORY=function DIRECTORY_FUNCTION=examples.directory.handler:handler make run` serves it, and
`docs/directory-function.md` explains it.
"""

import base64
import hashlib
import hmac
import json
import os
import sqlite3
import struct
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

DATABASE = Path(os.environ.get("EXAMPLE_DATABASE", "build/example-users.sqlite"))
SCHEMA = """
CREATE TABLE IF NOT EXISTS users (
    id TEXT PRIMARY KEY,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,     -- normalised as the service does
    name TEXT NOT NULL DEFAULT '',
    locale TEXT NOT NULL DEFAULT '',
    phone TEXT,                  -- verified ones alone
    disabled INTEGER NOT NULL DEFAULT 0,
    password TEXT,
    version INTEGER NOT NULL DEFAULT 0,
    changed_by TEXT,             -- the last change's id
    email_verified INTEGER NOT NULL DEFAULT 0,
    totp TEXT,                   -- the secret of one-time passwords, in base32: encrypt yours
    totp_since TEXT,             -- when it was enrolled or replaced
    totp_step INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS by_email ON users (email_key);
CREATE TABLE IF NOT EXISTS sessions (user_id TEXT NOT NULL);
"""
DEMO = ("demo", "demo@example.com", "demo@example.com", "$2b$12$jZP4iZman1q0GiK95WTUqeORx0K65zyzRRH4lgHVgRKthcvJEBbj2")


def handler(event: dict[str, Any], _: object) -> dict[str, Any]:
    """Answer one document with another."""
    operations = {
        "find": find,
        "get": get,
        "change": change,
        "landed": landed,
        "outdate": outdate,
        "end_sessions": end_sessions,
        "verify_factor": verify_factor,
    }
    with closing(connect()) as database:
        return operations[event["operation"]](database, event)


def find(database: sqlite3.Connection, event: dict[str, Any]) -> dict[str, Any]:
    """One query, whether there is an account or not."""
    rows = database.execute("SELECT * FROM users WHERE email_key = ? LIMIT ?", (event["identifier"], event["most"]))
    return {"accounts": [account(row) for row in rows]}


def get(database: sqlite3.Connection, event: dict[str, Any]) -> dict[str, Any]:
    """From the primary, not a replica: what was written a moment ago must be there."""
    row = database.execute("SELECT * FROM users WHERE id = ?", (event["userId"],)).fetchone()
    return {"account": account(row) if row else None}


def change(database: sqlite3.Connection, event: dict[str, Any]) -> dict[str, Any]:
    """Compare and write in one transaction, under the row's lock."""
    database.execute("BEGIN IMMEDIATE")  # in PostgreSQL: SELECT … FOR UPDATE
    row = database.execute("SELECT * FROM users WHERE id = ?", (event["userId"],)).fetchone()
    if now() > datetime.fromisoformat(event["deadline"]):
        raise TimeoutError  # whoever asked has stopped waiting
    if row is None or state(row) != event["state"]:
        return {"result": "superseded"}
    database.execute(
        "UPDATE users SET password = ?, version = version + 1, changed_by = ?, email_verified = email_verified OR ? "
        "WHERE id = ?",
        (event["passwordHash"], event["changeId"], event["verifiesAddress"], event["userId"]),
    )
    database.execute("COMMIT")
    return {"result": "changed"}


def landed(database: sqlite3.Connection, event: dict[str, Any]) -> dict[str, Any]:
    """The last change's id is kept with the account; of one before it, nobody can tell."""
    row = database.execute("SELECT changed_by, version FROM users WHERE id = ?", (event["userId"],)).fetchone()
    if row is None:
        return {"landed": None}
    return {"landed": row["changed_by"] == event["changeId"]}


def outdate(database: sqlite3.Connection, event: dict[str, Any]) -> dict[str, Any]:
    """As a change, of the version alone."""
    database.execute("BEGIN IMMEDIATE")
    row = database.execute("SELECT * FROM users WHERE id = ?", (event["userId"],)).fetchone()
    if row is None or state(row) != event["state"]:
        return {"result": "superseded"}
    database.execute("UPDATE users SET version = version + 1 WHERE id = ?", (event["userId"],))
    database.execute("COMMIT")
    return {"result": "changed"}


def end_sessions(database: sqlite3.Connection, event: dict[str, Any]) -> dict[str, Any]:
    """All of them, however often."""
    database.execute("DELETE FROM sessions WHERE user_id = ?", (event["userId"],))
    return {"ended": True}


def verify_factor(database: sqlite3.Connection, event: dict[str, Any]) -> dict[str, Any]:
    """A one-time password (RFC 6238), for a clock that is a step off, and good once: the step is kept."""
    database.execute("BEGIN IMMEDIATE")
    row = database.execute("SELECT * FROM users WHERE id = ?", (event["userId"],)).fetchone()
    if row is None or row["totp"] is None or state(row) != event["state"]:
        return {"verified": False}
    current = int(now().timestamp()) // 30
    steps = [step for step in range(current - 1, current + 2) if step > row["totp_step"]]
    right = [step for step in steps if hmac.compare_digest(password_of(row["totp"], step), event["value"].encode())]
    if right:
        database.execute("UPDATE users SET totp_step = ? WHERE id = ?", (right[-1], event["userId"]))
        database.execute("COMMIT")
    return {"verified": bool(right)}


def password_of(secret: str, step: int) -> bytes:
    """Return the six digits that an authenticator app shows in a step of 30 seconds."""
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", step), hashlib.sha1).digest()
    (number,) = struct.unpack_from(">I", digest, digest[-1] & 0xF)
    return f"{(number & 0x7FFFFFFF) % 10**6:06}".encode()


def now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


def account(row: sqlite3.Row) -> dict[str, Any]:
    """Return an account as the contract has it; what there is none of may be left out."""
    return {
        "userId": row["id"],
        "email": row["email"],
        "name": row["name"],
        "locale": row["locale"],
        "phone": row["phone"],
        "disabled": bool(row["disabled"]),
        "version": row["version"],
        "passwordHash": row["password"],
        "state": state(row),
        "factor": row["totp"] is not None,
        "factorSince": row["totp_since"],
    }


def state(row: sqlite3.Row) -> str:
    """Return a digest of what a change must not be written over."""
    bound = [row[name] for name in ("email", "password", "version", "disabled", "totp")]
    return hashlib.sha256(json.dumps(bound).encode()).hexdigest()


def connect() -> sqlite3.Connection:
    """Return the database, made where there is none."""
    DATABASE.parent.mkdir(parents=True, exist_ok=True)
    database = sqlite3.connect(DATABASE, timeout=3, isolation_level=None)
    database.row_factory = sqlite3.Row
    database.executescript(SCHEMA)
    database.execute("INSERT OR IGNORE INTO users (id, email, email_key, password) VALUES (?, ?, ?, ?)", DEMO)
    return database
