"""How the room of sessions is put together."""

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from password_reset.accounts.directory import Directory
    from password_reset.aws.clients import Clients
    from password_reset.levers import Levers
    from password_reset.proofs.reports import Reports
    from password_reset.sessions.known_devices import KnownDevices
    from password_reset.sessions.sessions import Sessions
    from password_reset.settings import Settings


def sessions(  # noqa: PLR0913, PLR0917 - what sessions are made of
    settings: "Settings",
    clients: "Clients",
    directory: "Directory",
    clock: "Callable[[], datetime]",
    levers: "Callable[[], Levers]",
    reports: "Callable[[], Reports | None]" = lambda: None,
) -> "Sessions":
    """Return the sessions, where they are on."""
    from password_reset.sessions.sessions import Sessions
    from password_reset.sessions.signing_keys import SigningKeys

    return Sessions(
        client=clients.dynamodb,
        directory=directory,
        table=settings.needed("revoked_sessions_table"),
        keys=SigningKeys(client=clients.secrets_manager, secret=settings.needed("session_key_secret"), clock=clock),
        audience=settings.frontend_url,
        life=timedelta(seconds=settings.session_ttl_seconds),
        clock=clock,
        levers=levers,
        reports=reports,
    )


def known_devices(sessions: "Sessions") -> "KnownDevices":
    """Return the known devices, whose tokens the sessions' keys sign."""
    from password_reset.limits.sign_ins import TRUST
    from password_reset.sessions.known_devices import KnownDevices
    from password_reset.sessions.signed import Signer

    signer = Signer(keys=sessions.keys, audience=f"{sessions.audience} device", life=TRUST, clock=sessions.clock)
    return KnownDevices(signer=signer)
