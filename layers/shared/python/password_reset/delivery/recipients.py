"""Whom a request for a reset reaches, and whether their address may be mailed.

Accounts under one identifier have one address in all its spellings, and so one suppression: what the index
finds and that suppression are read together, by key and consistently.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from password_reset.aws.items import MAX_READ, read_all

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

    from password_reset.accounts.users import Account, Users
    from password_reset.delivery.suppressions import Suppressions

MAX_ACCOUNTS = 3
"""Accounts under one identifier that one request reaches."""


@dataclass(frozen=True, kw_only=True)
class Recipients:
    """The users and suppressions tables, read together."""

    client: "DynamoDBClient"
    users: "Users"
    suppressions: "Suppressions"

    def find(self, identifier: str, now: datetime, spelling: str = "") -> "tuple[Sequence[Account], bool]":
        """Return the accounts, at most `MAX_ACCOUNTS`, that are enabled and whose address is this identifier's.

        Those whose address is spelled in this very way come first: however many others share the identifier, whoever
        types the address as it is stored is reached. And return whether that address is suppressed.

        Raises:
            Unavailable: the tables left a key unread.
        """
        ids = self.users.ids(identifier)[: MAX_READ - 1]
        if not ids:
            return [], False
        users, suppressions = self.users, self.suppressions
        found = read_all(
            self.client,
            {users.table: [users.key(user_id) for user_id in ids], suppressions.table: [suppressions.key(identifier)]},
        )
        accounts = [account for stored in found[users.table] if (account := users.reachable(stored, identifier))]
        typed = spelling or identifier
        accounts.sort(key=lambda account: (account.email.strip(" ") != typed, account.user_id))
        suppressed = any(suppressions.in_force(stored, now) for stored in found[suppressions.table])
        return accounts[:MAX_ACCOUNTS], suppressed
