"""Whether a link still works."""

from typing import Literal

from pydantic import Field

from password_reset.edge.api.model import Answer, Request, Time


class VerifyResetTokenRequest(Request):
    """The token of a mail."""

    token: str = Field(description="The token from the link.", examples=["3q2-7wX0R1yJ5T7mZb2WdAkq3v9cL8sPfGhUoEiNaMY"])


class VerifyResetTokenAnswer(Answer):
    """Whether the token may still be used; what is wrong with one that may not is not told."""

    valid: bool
    expires_at: Time | None = Field(
        None,
        description="UTC, RFC 3339. Present if the token is valid.",
        examples=["2026-11-20T22:58:16Z"],
    )
    email: str | None = Field(
        None,
        description="The account's address, as stored; there where the token is valid.",
        examples=["demo@example.com"],
    )
    purpose: Literal["reset", "invitation"] | None = Field(
        None,
        description="What the token is for; there where it is valid. An invitation sets an account's first password.",
        examples=["reset"],
    )
    factors: list[Literal["totp", "recovery_code", "phone", "directory"]] | None = Field(
        None,
        description="Kinds of second factors; present if one of them must be shown to verify-reset-factor first.",
        examples=[["totp", "recovery_code"]],
    )
    client: str | None = Field(
        None, description="The application that the request named, if it named one.", examples=["app"]
    )
