"""How the room of accounts is put together."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from password_reset.accounts.directory import AtomicDirectory
    from password_reset.aws.clients import Clients
    from password_reset.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Accounts:
    """The team's directory."""

    settings: "Settings"
    clients: "Clients"

    @cached_property
    def directory(self) -> "AtomicDirectory":
        """Where the accounts are."""
        from password_reset.accounts.dynamodb import DynamoDBDirectory

        settings = self.settings
        return DynamoDBDirectory(
            client=self.clients.dynamodb,
            table=settings.users_table,
            index=settings.users_index,
            attributes=settings.users_attributes,
        )
