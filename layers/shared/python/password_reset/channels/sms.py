"""SMS through Amazon SNS."""

from typing import TYPE_CHECKING

from password_reset.errors import Undeliverable

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sns.type_defs import MessageAttributeValueTypeDef

    from password_reset.channels.phone import PhoneMessage


class SmsChannel:
    """SNS in the function's own region."""

    def __init__(self, client: "SNSClient", sender_id: str | None) -> None:
        self._client = client
        # Transactional: sent by the route of the highest reliability.
        attributes = {"AWS.SNS.SMS.SMSType": "Transactional", "AWS.SNS.SMS.SenderID": sender_id}
        self._attributes: dict[str, MessageAttributeValueTypeDef] = {
            name: {"DataType": "String", "StringValue": value} for name, value in attributes.items() if value
        }

    def send(self, phone: str, message: "PhoneMessage") -> str:
        """Hand the message over; return SNS's message id.

        Raises:
            Undeliverable: SNS takes the number for none.
        """
        try:
            answer = self._client.publish(PhoneNumber=phone, Message=message.text, MessageAttributes=self._attributes)
        except self._client.exceptions.InvalidParameterException:
            raise Undeliverable(reason="number_refused") from None
        return answer["MessageId"]
