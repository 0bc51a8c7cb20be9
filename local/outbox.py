"""The mails that moto's SES has taken, as the contract shows them."""

import email
import email.policy
from email.utils import parseaddr
from typing import Any

from moto.ses.models import RawMessage, SESBackend, ses_backends

from password_reset.clock import rfc3339

ACCOUNT = "123456789012"
"""moto's default account."""


def _backend() -> SESBackend:
    return ses_backends[ACCOUNT]["us-east-1"]


def messages() -> list[dict[str, Any]]:
    """Return the messages sent so far, the oldest first."""
    return [_shown(message) for message in list(_backend().sent_messages) if isinstance(message, RawMessage)]


def clear() -> None:
    """Forget them."""
    _backend().sent_messages.clear()


def _shown(message: RawMessage) -> dict[str, Any]:
    mail = email.message_from_string(message.raw_data, policy=email.policy.default)
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    return {
        "id": message.id,
        "channel": "email",
        "to": list(dict.fromkeys(parseaddr(destination)[1] for destination in message.destinations)),
        "from": str(mail["From"]),
        "subject": str(mail["Subject"]),
        "headers": {name: str(value) for name, value in mail.items()},
        "text": text.get_content() if text else "",
        "html": html.get_content() if html else "",
        "sentAt": rfc3339(mail["Date"].datetime),
    }
