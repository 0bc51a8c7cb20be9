"""A code, and the token that it is exchanged for."""

from pydantic import Field

from password_reset.edge.api.model import Answer, Request, Time


class VerifyResetCodeRequest(Request):
    """The code of a message, and the request that it answers."""

    flow: str = Field(description="As forgot-password returned it.", examples=["kq3v9cX0R1yJ5T7mZb2WdA"])
    code: str = Field(description="The eight digits, without spaces.", examples=["20471163"])


class VerifyResetCodeAnswer(Answer):
    """What the code is exchanged for, once."""

    token: str = Field(
        description="Sets the new password, like the token from a link.",
        pattern=r"^[A-Za-z0-9_-]{43}$",
        examples=["3q2-7wX0R1yJ5T7mZb2WdAkq3v9cL8sPfGhUoEiNaMY"],
    )
    expires_at: Time = Field(
        description="UTC, RFC 3339; the token expires with the code.", examples=["2026-11-20T22:53:16Z"]
    )
    email: str = Field(description="The account's address, as stored.", examples=["demo@example.com"])
    client: str | None = Field(
        None, description="The application that the request named, if it named one.", examples=["app"]
    )
