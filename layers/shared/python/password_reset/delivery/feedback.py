"""What Amazon SES reports of a mail that it took, as EventBridge brings it.

Whom a bounce names is what the other mail server wrote, and that may be a stranger's: only `mail.destination`, which
SES wrote when it sent, tells whom a mail was for. Nobody is put out of reach by a report about somebody else's mail.
Source: "Examples of event data that Amazon SES publishes", whose records are an event's `detail`.
"""

from contextlib import suppress
from datetime import datetime
from email.utils import parseaddr
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from password_reset.accounts.identifiers import InvalidIdentifier, email_key
from password_reset.delivery.deliveries import TAG, untagged

type MailOutcome = Literal["delivered", "bounced", "bounced_for_now", "complained", "rejected", "rendering_failed"]


class UnknownReport(ValueError):
    """The event is none that SES documents."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, alias_generator=to_camel, hide_input_in_errors=True)


class _Recipient(_Part):
    email_address: str


class _Mail(_Part):
    destination: list[str] = Field(default_factory=list)
    tags: Any = None  # whatever is wrong with them, a suppression does not wait for it


class _Bounce(_Part):
    bounce_type: str
    bounced_recipients: list[_Recipient]


class _Complaint(_Part):
    complained_recipients: list[_Recipient]
    complaint_feedback_type: str | None = None


class _Detail(_Part):
    mail: _Mail


class _Bounced(_Detail):
    event_type: Literal["Bounce"]
    bounce: _Bounce


class _Complained(_Detail):
    event_type: Literal["Complaint"]
    complaint: _Complaint


class _Other(_Detail):
    event_type: Literal["Delivery", "Reject", "Rendering Failure"]


class MailEvent(_Part):
    """One event."""

    id: str
    time: datetime
    detail: Annotated[_Bounced | _Complained | _Other, Field(discriminator="event_type")]

    @property
    def delivery(self) -> str | None:
        """The key of the delivery that this is about; None for a mail that is none of ours."""
        tags = self.detail.mail.tags
        match tags.get(TAG) if isinstance(tags, dict) else None:
            case [str(tag), *_]:
                return untagged(tag)
            case _:
                return None

    @property
    def is_of_another_mail(self) -> bool:
        """Whether it names recipients, and this mail's is not among them: then nothing is to be made of it."""
        return bool(self._named) and not self._reached

    @property
    def outcome(self) -> MailOutcome:
        """What became of the mail."""
        match self.detail:
            case _Bounced(bounce=bounce):
                return "bounced" if bounce.bounce_type == "Permanent" else "bounced_for_now"
            case _Complained():
                return "complained"
            case _Other(event_type="Delivery"):
                return "delivered"
            case _Other(event_type="Reject"):
                return "rejected"
            case _:
                return "rendering_failed"

    @property
    def unwanted(self) -> list[str]:
        """The addresses that are not to be mailed again, normalised: of this very mail's recipients alone."""
        match self.detail:
            case _Bounced(bounce=bounce) if bounce.bounce_type == "Permanent":
                return self._reached
            case _Complained(complaint=complaint) if complaint.complaint_feedback_type != "not-spam":
                return self._reached
            case _:
                return []

    @property
    def _named(self) -> list[str]:
        match self.detail:
            case _Bounced(bounce=bounce):
                return [recipient.email_address for recipient in bounce.bounced_recipients]
            case _Complained(complaint=complaint):
                return [recipient.email_address for recipient in complaint.complained_recipients]
            case _:
                return []

    @property
    def _reached(self) -> list[str]:
        return sorted(_keys(self._named) & _keys(self.detail.mail.destination))


def _keys(addresses: list[str]) -> set[str]:
    keys = set()
    for address in addresses:
        with suppress(InvalidIdentifier):
            keys.add(email_key(parseaddr(address)[1]))
    return keys


def parse(event: dict[str, Any]) -> MailEvent:
    """Read an event.

    Raises:
        UnknownReport: it is none that SES documents.
    """
    try:
        return MailEvent.model_validate(event)
    except ValidationError:
        raise UnknownReport from None  # whose text would quote the event's type, hidden inputs or not
