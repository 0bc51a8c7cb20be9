"""How the room of accounts is put together."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from password_reset.accounts.cognito import CognitoDirectory
    from password_reset.accounts.directory import BlindDirectory, Directory, VerifyingDirectory
    from password_reset.accounts.function import FunctionDirectory
    from password_reset.aws.clients import Clients
    from password_reset.aws.pepper import Pepper
    from password_reset.settings import Settings


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Accounts:
    """The team's directory."""

    settings: "Settings"
    clients: "Clients"
    pepper: "Callable[[], Pepper]"
    clock: "Callable[[], datetime]"

    @cached_property
    def directory(self) -> "Directory":
        """Where the accounts are."""
        match self.settings.directory:
            case "function":
                return self._function
            case "cognito":
                return self._pool
        return self._table

    @property
    def blind(self) -> "BlindDirectory | None":
        """The directory, where it can't compare what it writes over."""
        return self._pool if self.settings.directory == "cognito" else None

    @property
    def verifier(self) -> "VerifyingDirectory | None":
        """The directory, where it has second factors of its own that count."""
        return self._function if "directory" in self.settings.factors else None

    @cached_property
    def _pool(self) -> "CognitoDirectory":
        from password_reset.accounts.cognito import CognitoDirectory
        from password_reset.accounts.rows import Rows
        from password_reset.accounts.seal import Seal

        table = self.settings.needed("accounts_table")
        return CognitoDirectory(
            client=self.clients.cognito,
            pool=self.settings.needed("user_pool"),
            rows=Rows(client=self.clients.dynamodb, table=table, clock=self.clock),
            seal=Seal(pepper=self.pepper),
            clock=self.clock,
        )

    @cached_property
    def _function(self) -> "FunctionDirectory":
        from password_reset.accounts.function import FunctionDirectory
        from password_reset.accounts.invoking import by_lambda, in_process

        name = self.settings.needed("directory_function")
        invoke = by_lambda(self.clients.directory, name) if name.startswith("arn:") else in_process(name)
        return FunctionDirectory(invoke=invoke, clock=self.clock)

    @property
    def _table(self) -> "Directory":
        from password_reset.accounts.dynamodb import DynamoDBDirectory

        shape, seal = self.settings.users_shape, None
        if not shape.is_plain:
            from password_reset.accounts.seal import Seal

            seal = Seal(pepper=self.pepper)
        return DynamoDBDirectory(
            client=self.clients.dynamodb, table=self.settings.needed("users_table"), shape=shape, seal=seal
        )
