"""A new password."""

from pydantic import Field

from password_reset.edge.api.model import Answer, Request


class ResetPasswordRequest(Request):
    """The token of a mail and the password to set."""

    token: str = Field(description="The token from the link.", examples=["3q2-7wX0R1yJ5T7mZb2WdAkq3v9cL8sPfGhUoEiNaMY"])
    new_password: str = Field(
        description="As typed. `GET /auth/password-policy` has the rules.",
        examples=["purple otters read quietly"],
    )


class ResetPasswordAnswer(Answer):
    """The password is changed, and every other token of the account is void."""

    message: str = "Your password has been reset. You can now sign in with your new password."
