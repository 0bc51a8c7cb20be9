"""Mail through Amazon SES, as the raw message: what is sent is what was rendered, headers included."""

from email.message import EmailMessage
from typing import TYPE_CHECKING, TypedDict

from password_reset.audit import count
from password_reset.aws.errors import ClientError, NoAnswerError
from password_reset.delivery.deliveries import TAG, tagged

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client


RESERVE = 0.1
"""The part of the account's mails a day that is for notices of changes, however many resets are requested."""
CHECKED_EVERY = 50
"""Mails of one execution environment between two looks at what is left: SES answers that once a second at most."""


class MailReserved(Exception):
    """What is left of the day's mails is for notices of changes; a reset is tried again later."""


class _Options(TypedDict, total=False):
    ConfigurationSetName: str


class SesTransport:
    """SES in the function's own region; the configuration set carries suppression and feedback."""

    def __init__(self, client: "SESV2Client", configuration_set: str | None, *, leaves_a_reserve: bool = False) -> None:
        self._client = client
        self._leaves_a_reserve = leaves_a_reserve
        self._asked = 0
        self._is_reserved = False
        self._options: _Options = {"ConfigurationSetName": configuration_set} if configuration_set else {}

    def send(self, mail: EmailMessage, delivery: str) -> str:
        """Hand the mail over for its one recipient; return SES's message id.

        Raises:
            MailReserved: the day's mails are used up, but for the reserve.
        """
        if self._leaves_a_reserve and self._is_used_up():
            count("mail-reserved")
            raise MailReserved
        answer = self._client.send_email(
            FromEmailAddress=mail["From"].addresses[0].addr_spec,
            Destination={"ToAddresses": [mail["To"].addresses[0].addr_spec]},
            Content={"Raw": {"Data": mail.as_bytes()}},
            EmailTags=[{"Name": TAG, "Value": tagged(delivery)}],  # events of the mail carry it
            **self._options,
        )
        return answer["MessageId"]

    def _is_used_up(self) -> bool:
        self._asked += 1
        if self._asked % CHECKED_EVERY == 0:
            try:
                quota = self._client.get_account()["SendQuota"]
            except (NoAnswerError, ClientError):  # then the last answer stands: nobody goes without a mail for this
                count("mail-quota-unknown")
            else:
                usable = quota["Max24HourSend"] * (1 - RESERVE)  # -1 is no limit
                self._is_reserved = 0 < usable <= quota["SentLast24Hours"]
        return self._is_reserved
