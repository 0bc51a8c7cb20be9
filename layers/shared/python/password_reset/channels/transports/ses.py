"""Mail through Amazon SES, as the raw message: what is sent is what was rendered, headers included."""

from email.message import EmailMessage
from email.utils import parseaddr
from typing import TYPE_CHECKING, TypedDict

from password_reset.delivery.deliveries import TAG, tagged

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client


class _Options(TypedDict, total=False):
    ConfigurationSetName: str


class SesTransport:
    """SES in the function's own region; the configuration set carries suppression and feedback."""

    def __init__(self, client: "SESV2Client", configuration_set: str | None) -> None:
        self._client = client
        self._options: _Options = {"ConfigurationSetName": configuration_set} if configuration_set else {}

    def send(self, mail: EmailMessage, delivery: str) -> str:
        """Hand the mail over for its one recipient; return SES's message id."""
        answer = self._client.send_email(
            FromEmailAddress=parseaddr(str(mail["From"]))[1],
            Destination={"ToAddresses": [parseaddr(str(mail["To"]))[1]]},
            Content={"Raw": {"Data": mail.as_bytes()}},
            EmailTags=[{"Name": TAG, "Value": tagged(delivery)}],  # events of the mail carry it
            **self._options,
        )
        return answer["MessageId"]
