"""`make mail-check ENV=prod TO=user@example.com`: send a test mail by the transport in force, or say what is wrong."""

import json
import smtplib
import ssl
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import boto3
from botocore import exceptions

from infra.config import domain_of, identities
from password_reset.accounts.identifiers import InvalidIdentifier, mailable
from password_reset.aws.errors import ClientError, NoAnswerError
from password_reset.bootstrap import Bootstrap
from password_reset.channels import Occasion
from password_reset.errors import Undeliverable
from password_reset.settings import Settings
from tools import ses
from tools.deployment import deployed

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client


def main(arguments: Sequence[str]) -> None:
    """Print what was found; end with an error if the mail did not go out."""
    try:
        (address,) = arguments
        recipient = mailable(address)
    except (ValueError, InvalidIdentifier):
        sys.exit("usage: make mail-check [ENV=prod] TO=user@example.com")
    app = deployed()
    settings = app.settings
    if settings.mail_transport == "ses":
        try:
            for finding in ses_findings(boto3.client("sesv2"), settings, recipient):
                print(finding)
        except exceptions.ClientError as error:
            print(f"These credentials cannot look into SES: {error.response['Error'].get('Message')}")
    try:
        found = app.delivery.suppressions.find(recipient, app.audit.clock())
    except (ClientError, NoAnswerError) as error:
        sys.exit(in_plain_words(error, recipient))
    if found:
        print(f"The service itself does not mail this address now ({found.reason}): python -m tools.suppression.")
    if failure := send(app, recipient):
        sys.exit(failure)
    print(f"Sent to {recipient} by {settings.mail_transport}. Look into the mailbox, and into its spam folder.")


def ses_findings(client: "SESV2Client", settings: Settings, recipient: str) -> Iterator[str]:
    """Yield a line for each thing that keeps SES from carrying mails, or from their being trusted."""
    account = ses.sending(client)
    if account.in_sandbox:
        yield (
            "SES is in its sandbox: it mails verified addresses alone, at most 200 a day. "
            "Request production access in the SES console."
        )
    if account.is_paused:
        yield "SES has paused this account's sending: see the reputation metrics in the SES console."
    yield from _of_the_sender(client, settings.mail_from)
    try:
        suppressed = client.get_suppressed_destination(EmailAddress=recipient)
    except client.exceptions.NotFoundException:
        return
    reason = suppressed["SuppressedDestination"]["Reason"].lower()
    yield f"SES itself suppresses {recipient} after a {reason}: aws sesv2 delete-suppressed-destination."


def _of_the_sender(client: "SESV2Client", mail_from: str) -> Iterator[str]:
    names = identities(mail_from)
    there = {name: found for name in names if (found := ses.identity(client, name))}
    # Any verified one lets SES send; the nearest of those signs.
    name = next((name for name in there if there[name].is_verified), next(iter(there), domain_of(names[0])))
    if name not in there:
        yield (
            f"{name} is no identity in SES here, nor are the sender's address and the domains above: "
            "deploy with createMailIdentity, or create it in this region."
        )
        return
    if not there[name].is_verified:
        mend = "click the link that SES mailed to it" if "@" in name else "put its DkimRecord outputs into its DNS"
        yield f"{name} is not verified yet: {mend}."
    if not there[name].is_signed:
        mend = "Verify its domain" if "@" in name else "Its three CNAME records must be in DNS"
        yield f"DKIM of {name} is not in force: mails will look forged. {mend}."


def send(app: Bootstrap, recipient: str) -> str | None:
    """Send the mail that tells of a change, as a test; return what went wrong in plain words."""
    now = datetime.now(UTC)
    mail = app.channels.mails.changed(Occasion(email=recipient, name="", locales=(), at=now, device="other", now=now))
    del mail["Subject"]
    mail["Subject"] = f"{app.settings.product_name}: a test, nothing was changed"
    try:
        app.channels.transport.send(mail, "mail-check")
    except (Undeliverable, ClientError, NoAnswerError, OSError, ValueError, KeyError) as error:
        return in_plain_words(error, recipient)
    return None


def in_plain_words(error: Exception, recipient: str) -> str:
    """Return what a failed sending means, and what to do."""
    match error:
        case Undeliverable():
            words = f"The server refuses {recipient} for good."
        case ClientError(operation="GetSecretValue"):
            words = f"The secret of SMTP_SECRET cannot be read: {error.response['Error']['Message']}"
        case json.JSONDecodeError() | KeyError():
            words = 'The secret of SMTP_SECRET is not {"username": "…", "password": "…"}.'
        case ssl.SSLCertVerificationError():
            words = f"The server's certificate cannot be trusted: {error.verify_message}. Nothing was sent to it."
        case smtplib.SMTPAuthenticationError():
            words = "The server refuses the login: see the secret of SMTP_SECRET. Gmail wants an app password."
        case smtplib.SMTPNotSupportedError():
            words = "The server offers no STARTTLS on this port: try SMTP_SECURITY=tls with port 465."
        case smtplib.SMTPSenderRefused():
            words = f"The server refuses the sender of MAIL_FROM (code {error.smtp_code})."
        case smtplib.SMTPException():
            words = f"The server does not take the mail: {type(error).__name__}."
        case ClientError():
            words = f"AWS refuses: {error.response['Error']['Message']}"
        case _:
            place, why = ("AWS", error.__cause__) if isinstance(error, NoAnswerError) else ("The server", error)
            words = f"{place} cannot be reached: {why}"
    return words


if __name__ == "__main__":
    main(sys.argv[1:])
