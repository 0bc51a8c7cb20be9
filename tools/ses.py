"""How SES tells the state of an account and of a sender's domain."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client


@dataclass(frozen=True, kw_only=True)
class Sending:
    """Whether an account may mail, and how much in 24 hours."""

    in_sandbox: bool
    is_paused: bool
    a_day: float


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Whether a domain may send, and whether its mails are signed by it."""

    is_verified: bool
    is_signed: bool


def sending(client: "SESV2Client") -> Sending:
    """Read an account."""
    account = client.get_account()
    return Sending(
        in_sandbox=not account.get("ProductionAccessEnabled"),
        is_paused=not account.get("SendingEnabled", True),
        a_day=account.get("SendQuota", {}).get("Max24HourSend", 0),
    )


def identity(client: "SESV2Client", domain: str) -> Identity | None:
    """Read a domain's identity; None where there is none."""
    try:
        found = client.get_email_identity(EmailIdentity=domain)
    except client.exceptions.NotFoundException:
        return None
    return Identity(
        is_verified=bool(found.get("VerifiedForSendingStatus")),
        is_signed=found.get("DkimAttributes", {}).get("Status") == "SUCCESS",
    )
