"""Work for a browser."""

from typing import Literal

from pydantic import Field

from password_reset.edge.api.model import Answer


class ChallengeData(Answer):
    """What a challenge says of itself."""

    difficulty: Literal[1, 2] = Field(description="2 takes twice the work.")


class ChallengeParameters(Answer):
    """What to derive, in the format of ALTCHA 2. Send it back as it is."""

    algorithm: Literal["PBKDF2/SHA-256"]
    cost: int = Field(description="Iterations of a derivation.", examples=[5000])
    data: ChallengeData
    expires_at: int = Field(description="Seconds since 1970 in UTC.", examples=[1795821796])
    key_length: int = Field(description="Bytes to derive.", examples=[32])
    key_prefix: str = Field(description="Hexadecimal: what the right key begins with.")
    key_signature: str = Field(description="The service's own.")
    nonce: str = Field(description="Hexadecimal: the password is these bytes and 4 of a counter, big-endian.")
    salt: str = Field(description="Hexadecimal.")


class ChallengeAnswer(Answer):
    """A challenge: of ALTCHA with `parameters` and `signature`, of Turnstile with `siteKey` and `action`."""

    kind: Literal["altcha", "turnstile"]
    parameters: ChallengeParameters | None = None
    signature: str | None = Field(None, description="The service's, over the parameters.")
    site_key: str | None = Field(None, description="What to render the widget with.")
    action: str | None = Field(None, description="What to render the widget for.")
