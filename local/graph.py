"""Meta's Graph API on one machine: takes what the documentation shows and nothing else, and keeps what it took.

Source: "Authentication templates", "Text messages" and "Error codes" of the WhatsApp Business Platform.
"""

import io
import json
import re
import urllib.error
import urllib.request
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message as Headers
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

_STATUS = {0: 401, 100: 400, 190: 401, 130429: 429, 131026: 400}
_TITLE = {
    0: "AuthException",
    100: "Invalid parameter",
    190: "Access token has expired",
    130429: "Rate limit hit",
    131026: "Message undeliverable",
}


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Text(_Part):
    type: Literal["text"]
    text: str = Field(min_length=1, max_length=15)


class _Body(_Part):
    type: Literal["body"]
    parameters: list[_Text] = Field(min_length=1, max_length=1)


class _Button(_Part):
    type: Literal["button"]
    sub_type: Literal["url"]
    index: Literal["0"]
    parameters: list[_Text] = Field(min_length=1, max_length=1)


class _Ending(_Part):
    type: Literal["text"]
    text: str = Field(min_length=1, max_length=2000)


class _LinkButton(_Part):
    """Of a utility template: what its address ends in."""

    type: Literal["button"]
    sub_type: Literal["url"]
    index: Literal["0"]
    parameters: list[_Ending] = Field(min_length=1, max_length=1)


class _Language(_Part):
    code: str = Field(pattern=r"^[a-z]{2,3}(_[A-Z]{2})?$")


class _Template(_Part):
    name: str = Field(pattern=r"^[a-z0-9_]{1,512}$")
    language: _Language
    components: (
        Annotated[tuple[_Body, _Button], Field(strict=False)]
        | Annotated[tuple[_LinkButton], Field(strict=False)]
        | None
    ) = None


class _TextBody(_Part):
    preview_url: bool
    body: str = Field(min_length=1, max_length=4096)


class _Envelope(_Part):
    messaging_product: Literal["whatsapp"]
    recipient_type: Literal["individual"]
    to: str = Field(pattern=r"^[1-9][0-9]{6,14}$")


class _TemplateMessage(_Envelope):
    type: Literal["template"]
    template: _Template


class _TextMessage(_Envelope):
    type: Literal["text"]
    text: _TextBody


_messages: TypeAdapter[_TemplateMessage | _TextMessage] = TypeAdapter(
    Annotated[_TemplateMessage | _TextMessage, Field(discriminator="type")]
)


@dataclass
class Graph:
    """One business phone number. `failures` are the error codes with which the next requests are answered."""

    sent: list[dict[str, Any]] = field(default_factory=list)
    failures: list[int] = field(default_factory=list)

    def answer(self, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, dict[str, Any]]:
        """Answer a POST: the HTTP status and the JSON."""
        if self.failures:
            return self._refuse(self.failures.pop(0))
        given = {name.lower(): value for name, value in headers.items()}
        scheme, _, token = given.get("authorization", "").partition(" ")
        if scheme != "Bearer" or not token:
            return self._refuse(0)
        place = re.fullmatch(r"/v[0-9]+\.[0-9]+/([0-9]+)/messages", path)
        if place is None or given.get("content-type") != "application/json":
            return self._refuse(100)
        try:
            message = _messages.validate_json(body)
        except ValidationError:
            return self._refuse(100)
        if isinstance(message, _TemplateMessage):
            template = message.template
            texts = [component.parameters[0].text for component in template.components or ()]
            if len(set(texts)) > 1:
                return self._refuse(100)
            text = f"{''.join(texts[:1])} ({template.name}, {template.language.code})".lstrip()
        else:
            text = message.text.body
        message_id = f"wamid.{uuid.uuid4().hex.upper()}"
        self.sent.append({"id": message_id, "to": f"+{message.to}", "from": place[1], "text": text})
        return 200, {
            "messaging_product": "whatsapp",
            "contacts": [{"input": message.to, "wa_id": message.to}],
            "messages": [{"id": message_id, "message_status": "accepted"}],
        }

    def open_url(self, request: urllib.request.Request, timeout: float) -> io.BytesIO:  # noqa: ARG002 - as urllib's
        """Answer a request without a socket, in the place of urllib."""
        assert isinstance(request.data, bytes)  # noqa: S101 - a POST has a body
        status, answer = self.answer(request.selector, dict(request.header_items()), request.data)
        body = io.BytesIO(json.dumps(answer).encode())
        if status != 200:  # noqa: PLR2004 - OK
            raise urllib.error.HTTPError(request.full_url, status, "", Headers(), body)
        return body

    @staticmethod
    def _refuse(code: int) -> tuple[int, dict[str, Any]]:
        error = {
            "message": f"(#{code}) {_TITLE[code]}",
            "type": "OAuthException",
            "code": code,
            "error_data": {"messaging_product": "whatsapp", "details": _TITLE[code]},
            "fbtrace_id": "Az8or2yhqkZfEZ-_4Qn_Bam",
        }
        return _STATUS[code], {"error": error}


graph = Graph()
"""The one that the local server and the tests talk to."""
