"""Known devices: where somebody signed in before, whatever network they are in now.

A device token is no credential: it opens nothing, and only lets an attempt be heard while strangers guess at its
account or from its network. It is good for one account, for 90 days, and, as a session, for one password: whoever knew
the old one can't have made themselves devices for guessing at the new one.
"""

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from password_reset.accounts.directory import Account
    from password_reset.sessions.signed import Signer


@dataclass(frozen=True, kw_only=True)
class KnownDevices:
    """Reads and issues device tokens. Their audience is one of their own: none is a session, nor a session one."""

    signer: "Signer"

    def recognise(self, token: str, account: "Account | None") -> str:
        """Return the id of the device, empty where the account doesn't know it."""
        claims = self.signer.read(token) if token else None
        return claims.token_id if claims and claims.hold_for(account) else ""

    def remember(self, account: "Account", device: str) -> str:
        """Return a token for the next 90 days, of the device that was recognised or of a new one.

        A device keeps its id, and with it the count of its failures.
        """
        return self.signer.sign(account, device or secrets.token_urlsafe(16))
