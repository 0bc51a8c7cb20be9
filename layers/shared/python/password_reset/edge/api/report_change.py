"""A change that was somebody else's."""

from pydantic import Field

from password_reset.accounts.identifiers import MAX_LENGTH
from password_reset.edge.api.model import ADDRESS, Address, Answer, Request

LOCKED = "Your account is locked. Its sessions have ended, and nobody can sign in for now."
ENDED = "This change was reported, and your account was locked. The lock has ended."


class ReportChangeRequest(Request):
    """The token of a notice, and the account's address, which a program that opens links doesn't type."""

    token: str = Field(
        description="The token from the notice's link.", examples=["3q2-7wX0R1yJ5T7mZb2WdAkq3v9cL8sPfGhUoEiNaMY"]
    )
    email: Address = Field(
        description="The account's address, in upper or lower case.",
        examples=["demo@example.com"],
        max_length=MAX_LENGTH + 64,
        json_schema_extra=ADDRESS,
    )


class ReportChangeAnswer(Answer):
    """The account is frozen, by this request or before; or this request froze it, and that is over."""

    message: str = LOCKED
