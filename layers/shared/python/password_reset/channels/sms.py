"""SMS through Amazon SNS."""

from typing import TYPE_CHECKING

from password_reset.aws.errors import ClientError
from password_reset.channels.phone import INDIA
from password_reset.errors import Undeliverable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sns.type_defs import MessageAttributeValueTypeDef

    from password_reset.channels.phone import PhoneMessage


class SmsChannel:
    """SNS in the function's own region.

    `india` names the entity and the template that India's operators compare a text with, and drop others.
    """

    def __init__(self, client: "SNSClient", sender_id: str | None, india: tuple[str, str] | None = None) -> None:
        self._client = client
        # Transactional: sent by the route of the highest reliability.
        attributes = {"AWS.SNS.SMS.SMSType": "Transactional", "AWS.SNS.SMS.SenderID": sender_id}
        self._attributes = _texts(attributes)
        names = ("AWS.MM.SMS.EntityId", "AWS.MM.SMS.TemplateId")
        self._of_india = self._attributes | _texts(dict(zip(names, india or (), strict=False)))

    def send(self, phone: str, message: "PhoneMessage") -> str:
        """Hand the message over; return SNS's message id.

        Raises:
            Undeliverable: SNS takes the number for none.
        """
        attributes = self._of_india if phone.startswith(INDIA) else self._attributes
        try:
            answer = self._client.publish(PhoneNumber=phone, Message=message.text, MessageAttributes=attributes)
        except ClientError as error:
            if error.code == "InvalidParameter":
                raise Undeliverable(reason="number_refused") from None
            raise
        return answer["MessageId"]


def _texts(attributes: "Mapping[str, str | None]") -> "dict[str, MessageAttributeValueTypeDef]":
    return {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items() if value}
