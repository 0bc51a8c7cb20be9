"""How the room of accounts is put together."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from password_reset.accounts.users import Users
    from password_reset.aws.clients import Clients
    from password_reset.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Accounts:
    """The team's directory."""

    settings: "Settings"
    clients: "Clients"

    @cached_property
    def users(self) -> "Users":
        """The accounts."""
        from password_reset.accounts.users import Users

        settings = self.settings
        return Users(
            client=self.clients.dynamodb,
            table=settings.users_table,
            index=settings.users_index,
            attributes=settings.users_attributes,
        )
