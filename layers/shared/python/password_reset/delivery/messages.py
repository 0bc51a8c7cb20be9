"""What the queue carries from the request path to the workers: never a token, a code or a password."""

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from pydantic.alias_generators import to_camel

from password_reset.delivery import Channel
from password_reset.devices import Browser, Device
from password_reset.errors import Purpose

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class _Message(BaseModel):
    """What all messages say; what is new is left out where it says nothing, for a worker of the version before."""

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",  # what a later version adds is passed over, so that a deployment can be taken back
        alias_generator=to_camel,
        populate_by_name=True,
        hide_input_in_errors=True,
        defer_build=True,
    )

    request_id: str
    email: str
    locale: str
    device: Device
    browser: Browser = Field("other", exclude_if=lambda browser: browser == "other")
    client: str = Field("", exclude_if=lambda client: not client)
    at: datetime


class ResetRequested(_Message):
    """Somebody asked, `at` that time, for a reset of the accounts under `email`, an identifier.

    `locale` is what could be read of the hint of whoever asked.
    `flow` names the request to whoever made it; a code is good together with it alone. Messages queued by the
    version before have none, and are answered by links. `full_until` is there where the request took the last of its
    identifier's places: until then nobody can ask again, so what it is answered by must do for the owner.
    `spelling` is the address as it was typed, where that is another than `email`: of accounts that share the
    identifier, the one stored so comes first.
    """

    type: Literal["reset-requested"] = "reset-requested"
    flow: str = ""
    spelling: str | None = None
    channel: Channel
    full_until: datetime | None = None


class ResetStarted(_Message):
    """An operator started a reset or an invitation for an account, `email` being its address then.

    `forced`: its password and its sessions are gone already.
    """

    type: Literal["reset-started"] = "reset-started"
    user_id: str
    purpose: Purpose
    lifetime_seconds: int
    forced: bool = Field(default=False, exclude_if=lambda forced: not forced)

    @property
    def life(self) -> timedelta:
        """How long the link is to work."""
        return timedelta(seconds=self.lifetime_seconds)


class PasswordChanging(_Message):
    """A reset is about to be written: once it is final, tell the stored address if it was.

    `name` and `phone`, where it is verified, are the account's from before the change: whoever changed the password may
    change those next. `locale` is the link's, or the account's. `token_hash` finds the token and so the outcome.
    """

    type: Literal["password-changing"] = "password-changing"
    user_id: str
    name: str
    phone: str | None = None
    token_hash: str


class RecoveryCodeUsed(_Message):
    """A recovery code is about to be used up: once that is final, tell the stored address if it was.

    `token_hash` finds the token that it proves, and so the outcome.
    """

    type: Literal["recovery-code-used"] = "recovery-code-used"
    user_id: str
    name: str
    token_hash: str


class FactorCodeRequested(_Message):
    """The holder of a token requests a code by the account's other channel, which the worker makes."""

    type: Literal["factor-code-requested"] = "factor-code-requested"
    user_id: str
    token_hash: str


class ChangeDisputing(_Message):
    """An account is about to be frozen: once that is final, end what is open and tell its channels if it was.

    `token_hash` is the report's, and `state` the account's as it was read: whoever can't freeze and count the version
    up together does the second where it is still that.
    """

    type: Literal["change-disputing"] = "change-disputing"
    user_id: str
    name: str
    phone: str | None = None
    token_hash: str
    state: str
    frozen_until: datetime


type Message = (
    ResetRequested | ResetStarted | PasswordChanging | RecoveryCodeUsed | FactorCodeRequested | ChangeDisputing
)
_messages: TypeAdapter[Message] = TypeAdapter(
    Annotated[Message, Field(discriminator="type")], config=ConfigDict(defer_build=True)
)


def parse(body: str) -> Message:
    """Read a message from the queue.

    Raises:
        pydantic.ValidationError: it is none of ours.
    """
    return _messages.validate_json(body)


def build_messages() -> None:
    """Build the models of all messages, which are otherwise built when the first is read."""
    _messages.rebuild()


class Queue:
    """The queue of messages."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def send(self, message: Message, delay_seconds: int = 0) -> None:
        """Queue a message; workers see it after the delay."""
        self._client.send_message(
            QueueUrl=self._url,
            # In ASCII: SQS refuses some characters that a name may have.
            MessageBody=json.dumps(message.model_dump(mode="json", by_alias=True, exclude_none=True)),
            DelaySeconds=delay_seconds,
        )
