"""A second factor, shown for a token."""

from typing import Literal

from pydantic import Field

from password_reset.edge.api.model import Answer, Request


class VerifyResetFactorRequest(Request):
    """The token, and what proves that more than a mailbox is there."""

    token: str = Field(description="The token from the link.", examples=["3q2-7wX0R1yJ5T7mZb2WdAkq3v9cL8sPfGhUoEiNaMY"])
    kind: Literal["totp", "recovery_code", "phone", "directory"] = Field(
        description="One of the `factors` that verify-reset-token told.", examples=["totp"]
    )
    value: str = Field(
        "",
        description="The six digits that the authenticator app shows, a recovery code, the code of the message, or, "
        "with `directory`, what the accounts' own store takes. Left out with `phone`, it sends that code.",
        examples=["492039"],
    )


class VerifyResetFactorAnswer(Answer):
    """What became of it."""

    verified: Literal[True] | None = Field(None, description="The token is proven: reset-password takes it now.")
    sent: Literal[True] | None = Field(None, description="A code is on its way, if it can be delivered.")
