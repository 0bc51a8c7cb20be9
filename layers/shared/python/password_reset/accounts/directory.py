"""The port to the team's accounts: whatever they are kept in, the service knows them by this alone.

An account carries what its directory will compare when it is written: a new password is written only over the very
state that was read. Nothing of it, the secret least of all, is meant for a log or a queue.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

from password_reset.accounts.identifiers import InvalidIdentifier, email_key
from password_reset.errors import Superseded

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from password_reset.accounts.rows import Condition, Noted
    from password_reset.aws.items import Beside
    from password_reset.errors import Issue


@dataclass(frozen=True, kw_only=True, repr=False)
class Account:
    """An account as it was read."""

    user_id: str
    """Opaque: it stands in tokens, sessions, events and the audit."""
    email: str
    name: str
    locale: str
    verified_phone: str | None
    disabled: bool
    provider: str | None
    """Where it signs in instead of here, as the directory calls that; empty where it doesn't say. None: here."""
    version: int
    """Of the credentials: it grows with each reset. 0 where the directory keeps none."""
    secret: str | bytes | None = field(repr=False)
    """The stored hash; None where there is none, or nobody may read it. What is neither text nor bytes is given as
    bytes that no hash has."""
    history: Sequence[str] = field(repr=False)
    """Earlier hashes, the latest first."""
    stored_secret: str = field(repr=False)
    """A text that is another one whenever the stored secret is, its type included."""
    state: str = field(repr=False)
    """A digest of what a token is bound to: id, address, stored secret and version, each as stored."""
    handle: object = field(repr=False, compare=False)
    """What the directory compares when it writes; nobody else looks into it."""
    has_hidden_secret: bool = False
    """Whether it has a password, which nobody may read."""
    has_factor: bool = False
    """Whether it has a second factor that the directory verifies."""
    factor_since: datetime | None = None
    """When that was enrolled or replaced, where the directory tells."""

    @property
    def password_hash(self) -> str | None:
        """The stored hash where it is a text."""
        return self.secret if isinstance(self.secret, str) else None

    @property
    def has_password(self) -> bool:
        """Whether there is a password."""
        return self.secret is not None or self.has_hidden_secret

    @property
    def may_reset(self) -> bool:
        """Whether a new password would let the account's owner in."""
        return not self.disabled and self.provider is None

    def has(self, channel: str) -> bool:
        """Whether the account can be reached by the channel."""
        return channel == "email" or self.verified_phone is not None

    def as_read[Handle](self, kind: type[Handle]) -> Handle:
        """Return what the account was when its directory read it.

        Raises:
            TypeError: another directory read it.
        """
        if not isinstance(self.handle, kind):
            message = "The account is of another directory."
            raise TypeError(message)
        return self.handle

    def is_addressed(self, identifier: str) -> bool:
        """Whether the account's address is this identifier's."""
        try:
            return email_key(self.email) == identifier
        except InvalidIdentifier:
            return False


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Change:
    """A new password: the attempt that writes it, its hash, the earlier hashes to keep, and when.

    `verifies_address`: whoever writes it has read a mail to the account's address. `password` is there, and the hash is
    not, where the directory hashes itself.
    """

    attempt: str
    password_hash: str = field(repr=False)
    password: str = field(default="", repr=False)
    history: Sequence[str] = field(repr=False)
    at: datetime
    verifies_address: bool = False


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Traits:
    """What a directory can do.

    A write is `atomic` where it can share a transaction with ours, `conditional` where it compares what was read, and
    `blind` where it can't: then rivals are kept apart by a row of ours.
    """

    write: Literal["atomic", "conditional", "blind"]
    hashes_itself: bool = False
    """Whether it takes the password, and lets nobody read a hash."""
    knows_changes: bool = False
    """Whether it keeps the ids of changes, and so can tell which took effect."""
    rehashes: bool = True
    keeps_history: bool = True


class Refused(Exception):
    """A policy of the directory's own refuses the password, for these reasons; nothing was written."""

    def __init__(self, *issues: "Issue") -> None:
        super().__init__()
        self.issues = issues


class Directory(Protocol):
    """The team's accounts."""

    @property
    def traits(self) -> Traits:
        """What this directory can do."""

    def find(
        self, identifier: str, *, spelling: str = "", most: int, evenly: bool = False, beside: "Beside | None" = None
    ) -> Sequence[Account]:
        """Return the enabled accounts whose address is this identifier's, at most `most`, as they are stored now.

        The one whose address is spelled so comes first. `evenly`: the work is the same for none, one and many, for a
        caller waits. `beside` is read along, where that costs no call of its own; it may be left unread where there is
        no account.

        Raises:
            Unavailable: that could not be found out.
        """

    def get(self, user_id: str, *, beside: "Beside | None" = None) -> Account | None:
        """Return an account as it is stored now, each write that was answered included. `beside` is read along.

        Raises:
            Unavailable: that could not be found out.
        """

    def change(self, account: Account, change: Change) -> None:
        """Write a new password over the account as it was read. The version grows by one.

        Raises:
            Superseded: the account is not what was read, and nothing was written.
            Refused: by a policy of the directory's own; nothing was written.
            Unavailable: nothing was written.
            OutcomeUnknown: it may have been written.
        """

    def landed(self, user_id: str, state: str, attempt: str) -> bool | None:
        """Whether that attempt's change of the account, as it was in that state, took effect.

        None where nobody can tell.
        """

    def rehash(self, account: Account, password_hash: str) -> Account | None:
        """Write another hash of the same password, and return the account as it is by then.

        Where its secret or version are no longer what was read, nothing is written. None where there is no account.
        """

    def outdate(self, account: Account) -> None:
        """Count the version up: whatever is bound to the account as it was read, sessions too, is void.

        Raises:
            Superseded: the account is not what was read, so that is void already.
        """

    def end_sessions(self, user_id: str) -> None:
        """End the sessions that the directory itself keeps, before anybody is told of the change. May be repeated."""


@runtime_checkable
class AtomicDirectory(Directory, Protocol):
    """A directory whose write can be part of our transaction."""

    def change_item(self, account: Account, change: Change) -> "TransactWriteItemTypeDef":
        """Return `change` as a write for a transaction."""

    def outdate_item(self, account: Account) -> "TransactWriteItemTypeDef":
        """Return `outdate` as a write for a transaction."""


class BlindDirectory(Directory, Protocol):
    """A directory that writes over whatever is there, and so is written to by one attempt at a time.

    The version of its accounts is that of a row of ours, which an attempt claims together with its token.
    """

    def claiming(self, account: Account, attempt: str, until: int, *, also: "Condition") -> "TransactWriteItemTypeDef":
        """Return the write, for a transaction, that lets an attempt alone write to the account as it was read.

        `also` is a condition on what is ours of the account.
        """

    def settling(self, account: Account, attempt: str, also: "Noted | None" = None) -> "TransactWriteItemTypeDef":
        """Return the write, for a transaction, that ends a claim: the account was changed; and `also` notes it."""

    def releasing(self, account: Account, attempt: str) -> "TransactWriteItemTypeDef":
        """Return the write, for a transaction, that ends a claim: nothing was changed."""

    def busy_for(self, account: Account) -> int:
        """Return for how many seconds an attempt has the account to itself."""


class VerifyingDirectory(Directory, Protocol):
    """A directory that has second factors of its own, and verifies them."""

    def verify_factor(self, account: Account, value: str) -> bool:
        """Whether a value is of the account's second factor; it is good once.

        Raises:
            Unavailable: that could not be found out.
        """


def spelled_first(accounts: Iterable[Account], address: str) -> list[Account]:
    """Return accounts of one identifier in their order: the exact spelling of the address first, then by id."""
    return sorted(accounts, key=lambda account: (account.email != address, account.user_id))


def outdate(directory: Directory, account: Account, tries: int = 3) -> bool:
    """Count an account's version up, whoever writes at the same time: a reset that has begun may end in between.

    Return whether the account is there still.

    Raises:
        Superseded: it kept changing.
        Unavailable: it may be counted up or not.
    """
    current: Account | None = account
    for _ in range(tries):
        if current is None:
            return False
        try:
            directory.outdate(current)
        except Superseded:
            current = directory.get(account.user_id)
            continue
        return True
    raise Superseded
