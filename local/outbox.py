"""The messages that moto's SES and SNS and the local Graph API have taken, as the contract shows them."""

import email
import email.policy
import re
from email.header import decode_header, make_header
from email.utils import parseaddr
from functools import lru_cache
from typing import Any

from moto.ses.models import RawMessage, SESBackend, ses_backends
from moto.sns.models import SNSBackend, sns_backends

from local.clock import clock
from local.graph import graph
from password_reset.accounts.identifiers import write_mailbox
from password_reset.clock import rfc3339

ACCOUNT = "123456789012"
"""moto's default account."""


KINDS = {"email": "Email", "sms": "SMS", "whatsapp": "WhatsApp"}
_CODE = re.compile(r"(?<![0-9])[0-9]{8}(?![0-9])")
_CODE_ALONE = re.compile(r"^[0-9]{8}(?=\r?$)", re.MULTILINE)  # a mail has other numbers as well

_first_seen: dict[str, str] = {}


def _ses() -> SESBackend:
    return ses_backends[ACCOUNT]["us-east-1"]


def _sns() -> SNSBackend:
    return sns_backends[ACCOUNT]["us-east-1"]


def messages() -> list[dict[str, Any]]:
    """Return the messages sent so far, the oldest first."""
    mails = [{**_shown(message)} for message in list(_ses().sent_messages) if isinstance(message, RawMessage)]
    texts = [
        *(
            _to_phone("sms", message_id, "SNS", phone, text)
            for message_id, (phone, text) in list(_sns().sms_messages.items())
        ),
        *(_to_phone("whatsapp", sent["id"], sent["from"], sent["to"], sent["text"]) for sent in list(graph.sent)),
    ]
    return sorted(mails + texts, key=lambda message: str(message["sentAt"]))


def for_people(message: dict[str, Any]) -> dict[str, Any]:
    """Return a message with what it is called and the code that it carries, if it does."""
    code = (_CODE_ALONE if message["channel"] == "email" else _CODE).search(message["text"])
    return {**message, "name": KINDS[message["channel"]], "code": code[0] if code else None}


def ids() -> list[str]:
    """Return the ids of the messages sent so far."""
    mails = [message.id for message in list(_ses().sent_messages)]
    return [*mails, *list(_sns().sms_messages), *(str(sent["id"]) for sent in list(graph.sent))]


def clear() -> None:
    """Forget them."""
    _ses().sent_messages.clear()
    _sns().sms_messages.clear()
    graph.sent.clear()


def forget(address: str) -> None:
    """Forget the mails to an address."""
    there = _ses().sent_messages
    there[:] = [message for message in there if address not in getattr(message, "destinations", ())]


def _to_phone(channel: str, message_id: str, sender: str, phone: str, text: str) -> dict[str, Any]:
    return {
        "id": message_id,
        "channel": channel,
        "to": [phone],
        "from": sender,
        "subject": "",
        "headers": {},
        "text": text,
        "html": "",
        "sentAt": _first_seen.setdefault(message_id, rfc3339(clock())),  # providers of texts keep no time
    }


def _sender(raw: str) -> str:
    # The newer parser reads a space between two encoded words of a name (RFC 2047, 6.2, has none).
    name, address = parseaddr(email.message_from_string(raw)["From"])
    return write_mailbox(str(make_header(decode_header(name))), address)


@lru_cache(maxsize=1000)  # to read a mail takes 10 ms, and every look at the outbox would read them all again
def _shown(message: RawMessage) -> dict[str, Any]:
    mail = email.message_from_string(message.raw_data, policy=email.policy.default)
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    return {
        "id": message.id,
        "channel": "email",
        "to": list(dict.fromkeys(parseaddr(destination)[1] for destination in message.destinations)),
        "from": _sender(message.raw_data),
        "subject": str(mail["Subject"]),
        "headers": {name: str(value) for name, value in mail.items()},
        "text": text.get_content() if text else "",
        "html": html.get_content() if html else "",
        "sentAt": rfc3339(mail["Date"].datetime),
    }
