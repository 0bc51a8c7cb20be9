"""Users tables as teams have them: what `describe-table` shows, the settings, and a person in it."""

import base64
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import bcrypt

from tests.world import EMAIL, PASSWORD

HASH = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
ID = "0f8fad5b-d9cb-469f-a165-70867728950e"
BYTES = bytes.fromhex(ID.replace("-", ""))


@dataclass(frozen=True)
class Theirs:
    """A table. `items` are the person's, the account's own the first; `strangers` share the table with accounts."""

    key: dict[str, str]
    settings: dict[str, Any]
    items: list[dict[str, Any]]
    indexes: dict[str, dict[str, str]] = field(default_factory=dict)
    hash_at: tuple[str, ...] = ("password_hash",)
    disabled: dict[str, Any] = field(default_factory=lambda: {"disabled": {"BOOL": True}})
    strangers: list[dict[str, Any]] = field(default_factory=list)
    user_id: str | None = ID
    """None: sealed."""

    @property
    def account(self) -> dict[str, Any]:
        return self.items[0]

    @property
    def environment(self) -> dict[str, str]:
        return {name: value if isinstance(value, str) else json.dumps(value) for name, value in self.settings.items()}

    def write(self, path: Path) -> Path:
        """Write the definition's file."""
        kinds = self.key | {name: kind for keys in self.indexes.values() for name, kind in keys.items()}
        indexes = [
            {"IndexName": name, "KeySchema": _schema(keys), "Projection": {"ProjectionType": "KEYS_ONLY"}}
            for name, keys in self.indexes.items()
        ]
        table = {
            "KeySchema": _schema(self.key),
            "AttributeDefinitions": [{"AttributeName": name, "AttributeType": kind} for name, kind in kinds.items()],
            **({"GlobalSecondaryIndexes": indexes} if indexes else {}),
        }
        items = [*self.items, *self.strangers]
        path.write_text(json.dumps({"Table": table, "Items": items}, default=_base64))
        return path


def _schema(keys: dict[str, str]) -> list[dict[str, str]]:
    return [{"AttributeName": name, "KeyType": kind} for name, kind in zip(keys, ("HASH", "RANGE"), strict=False)]


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def person(**attributes: Any) -> dict[str, Any]:
    return {
        "email": {"S": EMAIL},
        "name": {"S": "Ada"},
        "password_hash": {"S": HASH},
        "theirs": {"M": {"kept": {"BOOL": True}}},
        **attributes,
    }


SHAPES = {
    "as ours": Theirs(
        key={"user_id": "S"},
        settings={},
        indexes={"by_email": {"email_key": "S"}},
        items=[person(user_id={"S": ID}, email_key={"S": EMAIL})],
    ),
    "other names": Theirs(
        key={"customerId": "S"},
        settings={
            "USERS_INDEX": "byEmail",
            "USERS_ATTRIBUTES": {"user_id": "customerId", "email_key": "mailLower", "password_hash": "pwd"},
        },
        indexes={"byEmail": {"mailLower": "S"}},
        items=[person(customerId={"S": ID}, mailLower={"S": EMAIL}, password_hash={"S": ""}, pwd={"S": HASH})],
        hash_at=("pwd",),
    ),
    "index on the address itself": Theirs(
        key={"id": "S"},
        settings={
            "USERS_KEY": {"id": "{user_id}"},
            "USERS_LOOKUP": {"index": "email-index", "key": {"email": "{email_key}"}},
        },
        indexes={"email-index": {"email": "S"}},
        items=[person(id={"S": ID})],
    ),
    "one table for all": Theirs(
        key={"PK": "S", "SK": "S"},
        settings={
            "USERS_KEY": {"PK": "USER#{user_id}", "SK": "PROFILE"},
            "USERS_LOOKUP": {"index": "GSI1", "key": {"GSI1PK": "EMAIL#{email_key}", "GSI1SK": "USER"}},
        },
        indexes={"GSI1": {"GSI1PK": "S", "GSI1SK": "S"}},
        items=[
            person(PK={"S": f"USER#{ID}"}, SK={"S": "PROFILE"}, GSI1PK={"S": f"EMAIL#{EMAIL}"}, GSI1SK={"S": "USER"})
        ],
        strangers=[
            {"PK": {"S": f"USER#{ID}"}, "SK": {"S": "ORDER#1"}, "GSI1PK": {"S": f"EMAIL#{EMAIL}"}, "GSI1SK": {"S": "1"}}
        ],
    ),
    "an index that orders share": Theirs(
        key={"pk": "S", "sk": "S"},
        settings={
            "USERS_KEY": {"pk": "u#{user_id}", "sk": "u#{user_id}"},
            "USERS_LOOKUP": {"index": "mail", "key": {"mail": "{email_key}"}},
        },
        indexes={"mail": {"mail": "S"}},
        items=[person(pk={"S": f"u#{ID}"}, sk={"S": f"u#{ID}"}, mail={"S": EMAIL})],
        strangers=[
            {"pk": {"S": "o#1"}, "sk": {"S": "o#1"}, "mail": {"S": EMAIL}, "email": {"S": EMAIL}},
            {"pk": {"S": f"u#{ID}"}, "sk": {"S": "u#another"}, "mail": {"S": EMAIL}, "email": {"S": EMAIL}},
        ],
    ),
    "an item of the address": Theirs(
        key={"PK": "S", "SK": "S"},
        settings={
            "USERS_KEY": {"PK": "USER#{user_id}", "SK": "PROFILE"},
            "USERS_LOOKUP": {
                "key": {"PK": "EMAIL#{email_key}", "SK": "EMAIL"},
                "holds": {"owner": "USER#{user_id}"},
            },
        },
        items=[
            person(PK={"S": f"USER#{ID}"}, SK={"S": "PROFILE"}),
            {"PK": {"S": f"EMAIL#{EMAIL}"}, "SK": {"S": "EMAIL"}, "owner": {"S": f"USER#{ID}"}},
        ],
    ),
    "the address is the key": Theirs(
        key={"email": "S"},
        settings={"USERS_KEY": {"email": "{email_key}"}},
        items=[person()],
        user_id=None,
    ),
    "the address is in the key": Theirs(
        key={"PK": "S", "SK": "S"},
        settings={"USERS_KEY": {"PK": "ACCOUNT#{email_key}", "SK": "ACCOUNT"}, "USERS_ATTRIBUTES": {"email": "mail"}},
        items=[
            {name: value for name, value in person().items() if name != "email"}
            | {"PK": {"S": f"ACCOUNT#{EMAIL}"}, "SK": {"S": "ACCOUNT"}}
        ],
        user_id=None,
    ),
    "ids are numbers": Theirs(
        key={"id": "N"},
        settings={
            "USERS_KEY": {"id": {"N": "{user_id}"}},
            "USERS_LOOKUP": {"index": "by_email", "key": {"email": "{email_key}"}},
        },
        indexes={"by_email": {"email": "S"}},
        items=[person(id={"N": "4711"})],
        user_id="4711",
    ),
    "ids are bytes": Theirs(
        key={"id": "B"},
        settings={
            "USERS_KEY": {"id": {"B": "{user_id}"}},
            "USERS_LOOKUP": {"index": "by_email", "key": {"email": "{email_key}"}},
        },
        indexes={"by_email": {"email": "S"}},
        items=[person(id={"B": BYTES})],
        user_id="D4-tW9nLRp-hZXCGdyiVDg",
    ),
    "a number to sort by": Theirs(
        key={"tenant": "S", "number": "N"},
        settings={
            "USERS_KEY": {"tenant": "T#{tenant}", "number": {"N": "{user_id}"}},
            "USERS_LOOKUP": {"index": "by_email", "key": {"email": "{email_key}"}},
        },
        indexes={"by_email": {"email": "S"}},
        items=[person(tenant={"S": "T#acme"}, number={"N": "7"})],
        user_id=None,
    ),
    "nested": Theirs(
        key={"id": "S"},
        settings={
            "USERS_KEY": {"id": "{user_id}"},
            "USERS_LOOKUP": {"index": "by_email", "key": {"emailKey": "{email_key}"}},
            "USERS_ATTRIBUTES": {
                "email": "emails[0].address",
                "name": "profile.name\\.full",
                "password_hash": "auth.password.hash",
                "password_changed_at": "auth.password.changedAt",
                "credentials_version": "auth.version",
                "password_history": "auth.password.history",
                "disabled": "auth.flags.disabled",
            },
        },
        indexes={"by_email": {"emailKey": "S"}},
        items=[
            {
                "id": {"S": ID},
                "emailKey": {"S": EMAIL},
                "emails": {"L": [{"M": {"address": {"S": EMAIL}}}]},
                "profile": {"M": {"name.full": {"S": "Ada"}}},
                "auth": {"M": {"password": {"M": {"hash": {"S": HASH}, "theirs": {"N": "1"}}}, "kind": {"S": "local"}}},
            }
        ],
        hash_at=("auth", "password", "hash"),
        disabled={"auth": {"M": {"flags": {"M": {"disabled": {"BOOL": True}}}}}},
    ),
    "what says active": Theirs(
        key={"id": "S"},
        settings={
            "USERS_KEY": {"id": "{user_id}"},
            "USERS_LOOKUP": {"index": "by_email", "key": {"email": "{email_key}"}},
            "USERS_DISABLED_WHEN": {"attribute": "status", "otherThan": ["ACTIVE"]},
            "USERS_PHONE_VERIFIED_WHEN": {"attribute": "verifiedAt.phone", "present": True},
        },
        indexes={"by_email": {"email": "S"}},
        items=[person(id={"S": ID}, status={"S": "ACTIVE"}, phone={"S": "+4915112345678"})],
        disabled={"status": {"S": "LOCKED"}},
    ),
    "what says blocked": Theirs(
        key={"id": "S"},
        settings={
            "USERS_KEY": {"id": "{user_id}"},
            "USERS_LOOKUP": {"index": "by_email", "key": {"email": "{email_key}"}},
            "USERS_DISABLED_WHEN": {"attribute": "state.code", "values": [2, 3]},
        },
        indexes={"by_email": {"email": "S"}},
        items=[person(id={"S": ID}, state={"M": {"code": {"N": "1"}}})],
        disabled={"state": {"M": {"code": {"N": "3"}}}},
    ),
}
