"""How the room of delivery is put together."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from password_reset.accounts.wiring import Accounts
    from password_reset.aws.clients import Clients
    from password_reset.aws.pepper import Pepper
    from password_reset.delivery.changes import Changes
    from password_reset.delivery.deliveries import Deliveries
    from password_reset.delivery.events import Events
    from password_reset.delivery.messages import Queue
    from password_reset.delivery.recipients import Recipients
    from password_reset.delivery.suppressions import Suppressions
    from password_reset.proofs.wiring import Proofs
    from password_reset.settings import Settings


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Delivery:
    """What is on its way, to whom, and what became of it."""

    settings: "Settings"
    clients: "Clients"
    pepper: "Callable[[], Pepper]"
    accounts: "Callable[[], Accounts]"
    proofs: "Callable[[], Proofs]"

    @cached_property
    def queue(self) -> "Queue":
        """The queue from the request path to the workers."""
        from password_reset.delivery.messages import Queue

        return Queue(self.clients.sqs, self.settings.queue_url)

    @cached_property
    def deliveries(self) -> "Deliveries":
        """What became of each message."""
        from password_reset.delivery.deliveries import Deliveries

        return Deliveries(client=self.clients.dynamodb, table=self.settings.deliveries_table)

    @cached_property
    def suppressions(self) -> "Suppressions":
        """The addresses that are not mailed."""
        from password_reset.delivery.suppressions import Suppressions

        table = self.settings.suppressions_table
        return Suppressions(client=self.clients.dynamodb, table=table, pepper=self.pepper())

    @cached_property
    def recipients(self) -> "Recipients":
        """Whom a request reaches."""
        from password_reset.delivery.recipients import Recipients

        return Recipients(
            client=self.clients.dynamodb,
            directory=self.accounts().directory,
            suppressions=self.suppressions,
            reports=self.proofs().reports,
            unknown_too=self.settings.notify_unknown,
        )

    @cached_property
    def changes(self) -> "Changes":
        """What became of announced changes."""
        from password_reset.delivery.changes import Changes

        return Changes(
            client=self.clients.dynamodb,
            tokens=self.proofs().tokens,
            directory=self.accounts().directory,
            suppressions=self.suppressions,
            reports=self.proofs().reports,
        )

    @cached_property
    def events(self) -> "Events":
        """What other systems are told."""
        from password_reset.delivery.events import Events

        return Events(self.clients.events)
