"""Signing in."""

from typing import Literal

from pydantic import Field

from password_reset.edge.api.model import ADDRESS, Address, Answer, Request


class SignInRequest(Request):
    """Who signs in."""

    email: Address = Field(
        description="The account's address, in upper or lower case.",
        examples=["demo@example.com"],
        json_schema_extra=ADDRESS,
    )
    password: str = Field(description="As typed.", examples=["correct horse battery staple"])
    device_token: str = Field(
        default_factory=str,
        description="The `deviceToken` of this device's last sign-in, if it has one. Any other text is as none.",
        examples=["eyJhbGciOi…"],
    )


class SignInAnswer(Answer):
    """A session, which ends by itself, by signing out, or with the password."""

    access_token: str = Field(description="For the Authorization header.", examples=["eyJhbGciOi…"])
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - a scheme's name
    expires_in: int = Field(description="Seconds.", examples=[3600])
    device_token: str = Field(
        description="Keep it on the device, and send it with the next sign-in: it is heard then while strangers guess. "
        "It signs nobody in.",
        examples=["eyJhbGciOi…"],
    )
