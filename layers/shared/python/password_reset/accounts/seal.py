"""Ids for accounts that have none of their own: what their key is made of, an address for one, sealed.

Who has the pepper opens it, so that nothing has to be stored to find the account again; to everybody else it is random
text. The same account always has the same id. SIV (RFC 5297) with HMAC-SHA256 as its pseudo-random function: the
tag of the text is the nonce of its key stream, and whoever makes an id up meets the tag.
"""

import base64
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from password_reset.aws.pepper import Pepper

_TAG = 16
_BLOCK = 32
"""Texts are filled up to blocks, so that an id doesn't tell the length of an address."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Seal:
    """Seals and opens texts under the pepper. A new pepper opens none of the old ids."""

    pepper: "Callable[[], Pepper]"

    def close(self, text: str) -> str:
        """Return the id that stands for a text."""
        plain = text.encode()
        tag = self._tag(plain)
        plain += bytes(-len(plain) % _BLOCK)
        return base64.urlsafe_b64encode(tag + self._crypt(tag, plain)).decode().rstrip("=")

    def open(self, sealed: str) -> str | None:
        """Return the text that an id stands for; None where it is none of ours."""
        try:
            found = base64.b64decode(sealed + "=" * (-len(sealed) % 4), altchars=b"-_", validate=True)
        except ValueError:
            return None
        tag, body = found[:_TAG], found[_TAG:]
        if not body or len(body) % _BLOCK:
            return None
        plain = self._crypt(tag, body).rstrip(b"\0")
        return plain.decode() if hmac.compare_digest(tag, self._tag(plain)) else None

    def _tag(self, plain: bytes) -> bytes:
        return bytes.fromhex(self.pepper().pseudonym("account id", plain.hex()))[:_TAG]

    def _crypt(self, tag: bytes, body: bytes) -> bytes:
        blocks = (
            self.pepper().pseudonym("account id stream", f"{tag.hex()}\0{number}")
            for number in range(len(body) // _BLOCK)
        )
        return bytes(one ^ other for one, other in zip(body, bytes.fromhex("".join(blocks)), strict=True))
