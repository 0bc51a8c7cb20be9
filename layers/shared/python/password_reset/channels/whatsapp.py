"""WhatsApp through Meta's Graph API (Cloud API), by templates, for the first word is ours.

A code goes by an authentication template, a notice by a utility template. Only a template may
open a conversation; `text` is for Meta's test number and for people who wrote within 24 hours.
Source: "Authentication templates" and "Error codes" of the WhatsApp Business Platform.
"""

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from password_reset.errors import Undeliverable

if TYPE_CHECKING:
    from password_reset.channels.phone import PhoneMessage

GRAPH_URL = "https://graph.facebook.com"
TIMEOUT_SECONDS = 5.0
_UNDELIVERABLE = 131026
"""The number has no WhatsApp, an old one, or has not accepted the terms."""


_TAGS = {
    "pt": "pt_BR",
    "zh": "zh_CN",
    "zh-hans": "zh_CN",
    "zh-hans-cn": "zh_CN",
    "zh-hant": "zh_TW",
    "zh-hant-tw": "zh_TW",
    "zh-hant-hk": "zh_HK",
}
"""What Meta calls otherwise: it has regions and no scripts."""


class GraphError(Exception):
    """The API refused: an expired token (190), too much at once (130429), or anything else. It is tried again."""

    def __init__(self, code: object) -> None:
        super().__init__(code)
        self.response = {"Error": {"Code": str(code)}}  # where audit records look for one


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Nobody else is to be shown the access token."""

    def redirect_request(self, *_: object) -> None:
        """Follow nothing."""


open_url: Callable[..., Any] = urllib.request.build_opener(_NoRedirect).open


@dataclass(frozen=True, kw_only=True)
class WhatsAppChannel:
    """One business phone number. `access_token` reads the token, from its cache where that is fresh."""

    version: str
    phone_number_id: str
    kind: Literal["template", "text"]
    template: str | None
    access_token: Callable[[], str]
    notice_template: str = "password_changed"
    report_template: str | None = None
    locked_template: str = "account_locked"
    url: str = GRAPH_URL

    def send(self, phone: str, message: "PhoneMessage") -> str:
        """Hand the message over; return its WhatsApp id.

        Raises:
            Undeliverable: the number cannot be reached by WhatsApp.
            GraphError: the API refused for another reason.
            OSError: it did not answer.
        """
        request = urllib.request.Request(  # noqa: S310 - the address is a constant
            f"{self.url}/{self.version}/{self.phone_number_id}/messages",
            json.dumps(self._message(phone, message)).encode(),
            {"Authorization": f"Bearer {self.access_token()}", "Content-Type": "application/json"},
        )
        try:
            with open_url(request, timeout=TIMEOUT_SECONDS) as answer:
                sent: str = json.load(answer)["messages"][0]["id"]
        except urllib.error.HTTPError as refusal:
            code = _code(refusal)
            if code == _UNDELIVERABLE:
                raise Undeliverable(reason="number_unreachable") from None
            raise GraphError(code) from None
        return sent

    def _message(self, phone: str, message: "PhoneMessage") -> dict[str, Any]:
        envelope = {"messaging_product": "whatsapp", "recipient_type": "individual", "to": phone.removeprefix("+")}
        if self.kind == "text":
            return envelope | {"type": "text", "text": {"preview_url": False, "body": message.text}}
        language = {"code": language_tag(message.language)}
        if message.link and self.report_template:  # what the button's address ends in is the token
            ending = [{"type": "text", "text": message.link.rpartition("#token=")[2]}]
            button = {"type": "button", "sub_type": "url", "index": "0", "parameters": ending}
            disputed = {"name": self.report_template, "language": language, "components": [button]}
            return envelope | {"type": "template", "template": disputed}
        if message.code is None:  # a template of no parameters: its words are approved as they are
            name = self.locked_template if message.kind == "locked" else self.notice_template
            return envelope | {"type": "template", "template": {"name": name, "language": language}}
        code = [{"type": "text", "text": message.code}]
        components = [
            {"type": "body", "parameters": code},
            {"type": "button", "sub_type": "url", "index": "0", "parameters": code},  # the copy-code button
        ]
        template = {"name": self.template, "language": language, "components": components}
        return envelope | {"type": "template", "template": template}


def language_tag(language: str) -> str:
    """Return a language as Meta's templates have it ("Supported languages")."""
    return _TAGS.get(language.lower(), language.replace("-", "_"))


def _code(refusal: urllib.error.HTTPError) -> object:
    try:
        with refusal:
            return json.load(refusal)["error"]["code"]
    except (ValueError, LookupError, TypeError):  # a proxy's answer, not Meta's
        return refusal.status
