"""An address and its password become a session."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from password_reset.accounts.identifiers import email_key
from password_reset.errors import InvalidCredentials

if TYPE_CHECKING:
    from password_reset.accounts.directory import Account, Directory
    from password_reset.audit import Attempt
    from password_reset.limits.sign_ins import SignIns
    from password_reset.passwords.passwords import Passwords
    from password_reset.proofs.reports import Reports
    from password_reset.sessions.known_devices import KnownDevices
    from password_reset.sessions.sessions import Sessions


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SignIn:
    """Open a session, in the same work for known, unknown, disabled, frozen and passwordless accounts."""

    directory: "Directory"
    passwords: "Passwords"
    sign_ins: "SignIns"
    sessions: "Sessions"
    devices: "KnownDevices"
    reports: "Reports | None"
    clock: Callable[[], datetime]

    def __call__(
        self, attempt: "Attempt", *, email: str, password: str, source: str, device_token: str
    ) -> tuple[str, str]:
        """Return a session's token and the device's.

        Raises:
            RateLimited: this source, or the whole world, failed too often.
            InvalidCredentials: address or password is wrong; nobody is told which.
        """
        attempt.identifier = identifier = email_key(email)
        beside = self.reports.beside() if self.reports else None
        found = self.directory.find(identifier, spelling=email.strip(" "), most=1, evenly=True, beside=beside)
        account, why = found[0] if found else None, None
        user_id = account.user_id if account else ""
        if self.reports and beside and self.reports.is_frozen(user_id, beside, self.clock()):
            account, why = None, "frozen"  # and so refused like an address that nobody has
        device = self.devices.recognise(device_token, account)
        standing = self.sign_ins.begin(
            identifier,
            source,
            user_id=account.user_id if account else "",
            version=account.version if account else 0,
            device=device,
            now=self.clock(),
        )
        stored = account.password_hash if account else None
        matches = self.passwords.verify(password, stored)
        # Another library may have cut a password that bcrypt doesn't read whole. A reset never did: the rest counts.
        if account and stored and account.version > 0:
            matches = matches and not self.passwords.cuts(password, stored)
        if account is None or not matches:
            self.sign_ins.fail(standing, self.clock())
            raise InvalidCredentials(why=why)
        attempt.user_id = account.user_id
        self.sign_ins.succeed(standing, self.clock())
        if stored and self.passwords.is_outdated(password, stored):
            account = self._upgraded(account, password)
        return self.sessions.issue(account), self.devices.remember(account, device)

    def _upgraded(self, account: "Account", password: str) -> "Account":
        """Return the account with a hash of the configured cost, for the session to be of that hash."""
        upgraded = self.passwords.hash(password, account.password_hash)
        current = self.directory.rehash(account, upgraded)
        if current is None or current.version != account.version:
            return account  # a reset won: the session of what was read is refused
        if current.secret == upgraded or self.passwords.verify(password, current.password_hash):
            return current  # a rival sign-in may have upgraded it first
        return account
