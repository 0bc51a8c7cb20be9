"""A reset or an invitation that an operator starts."""

from typing import Literal

from pydantic import Field

from password_reset.accounts.identifiers import MAX_LENGTH
from password_reset.edge.api.model import ADDRESS, Address, Answer, Request

MAX_ID = 1024


class StartResetRequest(Request):
    """For whom, what, and how long its link lives. There is no member for a password: nobody chooses another's."""

    email: Address = Field(
        "",
        description="The account's address. Leave it out where you give `userId`.",
        examples=["demo@example.com"],
        max_length=MAX_LENGTH + 64,
        json_schema_extra=ADDRESS,
    )
    user_id: str = Field(
        "", description="The account's id. Leave it out where you give `email`.", min_length=1, max_length=MAX_ID
    )
    purpose: Literal["reset", "invitation"] = Field(
        "reset", description="`invitation` is for an account that has no password yet: it sets the first one."
    )
    lifetime_seconds: int = Field(
        0,
        description="How long the link works. A reset: as `TOKEN_TTL_SECONDS` says, and no longer. "
        "An invitation: a day (86400), and 7 days (604800) at most.",
        ge=1,
        le=604800,
        examples=[86400],
    )
    locale: str | None = Field(
        None, description="Language of the message, used if the account has none.", examples=["en"]
    )


class StartResetAnswer(Answer):
    """Taken: a message is on its way to the account's address. Nobody but its reader is shown the token."""

    request_id: str = Field(
        description="The same in the audit records.", examples=["5f0c1d2e-7c3b-4a57-9a4e-2f6f0d4b8c11"]
    )
