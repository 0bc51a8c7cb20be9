"""Whom a request for a reset reaches, and whether their address may be mailed.

Accounts under one identifier have one address in all its spellings, and so one suppression, which is read beside them.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from password_reset.aws.items import Beside

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

    from password_reset.accounts.directory import Account, Directory
    from password_reset.delivery.suppressions import Suppressions
    from password_reset.proofs.reports import Reports
    from password_reset.proofs.standing import Standing

MAX_ACCOUNTS = 3
"""Accounts under one identifier that one request reaches."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Recipients:
    """The directory and the suppressions table, read together."""

    client: "DynamoDBClient"
    directory: "Directory"
    suppressions: "Suppressions"
    reports: "Reports | None" = None
    unknown_too: bool = False
    """Whether an address without accounts is mailed, and its suppression so of interest."""

    def find(
        self, identifier: str, now: datetime, spelling: str = ""
    ) -> "tuple[Sequence[Account], bool, Mapping[str, Standing]]":
        """Return the accounts, at most `MAX_ACCOUNTS`, that are enabled and whose address is this identifier's.

        The one whose address is spelled so comes first: whoever signs up in other cases pushes nobody out.
        And whether that address is suppressed, and how the accounts stand that have a standing, by id.

        Raises:
            Unavailable: that could not be found out.
        """
        beside = self._beside(identifier)
        accounts = self.directory.find(
            identifier, spelling=spelling, most=MAX_ACCOUNTS, evenly=self.unknown_too, beside=beside
        )
        return accounts, self._is_suppressed(beside, now), self.reports.standings(beside) if self.reports else {}

    def get(self, user_id: str, address: str, now: datetime) -> "tuple[Account | None, bool]":
        """Return an account, and whether this address, which it had, is suppressed.

        Raises:
            Unavailable: that could not be found out.
        """
        beside = Beside(self.client, self._suppression(address))
        account = self.directory.get(user_id, beside=beside)
        return account, self._is_suppressed(beside, now)

    def _beside(self, address: str) -> Beside:
        keys = self._suppression(address)
        return self.reports.beside(keys) if self.reports else Beside(self.client, keys)

    def _suppression(self, address: str) -> "Mapping[str, Sequence[Mapping[str, Any]]]":
        return {self.suppressions.table: [self.suppressions.key(address)]}

    def _is_suppressed(self, beside: Beside, now: datetime) -> bool:
        return any(self.suppressions.in_force(stored, now) for stored in beside.found[self.suppressions.table])
