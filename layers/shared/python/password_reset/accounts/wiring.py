"""How the room of accounts is put together."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from password_reset.accounts.directory import AtomicDirectory
    from password_reset.aws.clients import Clients
    from password_reset.aws.pepper import Pepper
    from password_reset.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Accounts:
    """The team's directory."""

    settings: "Settings"
    clients: "Clients"
    pepper: "Callable[[], Pepper]"

    @cached_property
    def directory(self) -> "AtomicDirectory":
        """Where the accounts are."""
        from password_reset.accounts.dynamodb import DynamoDBDirectory

        shape = self.settings.users_shape
        seal = None
        if not shape.is_plain:
            from password_reset.accounts.seal import Seal

            seal = Seal(pepper=self.pepper)
        return DynamoDBDirectory(client=self.clients.dynamodb, table=self.settings.users_table, shape=shape, seal=seal)
