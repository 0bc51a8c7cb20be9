"""Who forgot a password."""

from pydantic import Field

from password_reset.accounts.identifiers import MAX_LENGTH
from password_reset.edge.api.model import ADDRESS, Address, Answer, Request


class ForgotPasswordRequest(Request):
    """Who forgot a password, and how to reach them."""

    email: Address = Field(
        description="The account's address, in upper or lower case.",
        examples=["demo@example.com"],
        max_length=MAX_LENGTH + 64,
        json_schema_extra=ADDRESS,
    )
    locale: str | None = Field(
        None,
        description="Preferred language of the message, for example `de` or `pt-BR`, used if the account has none. "
        "Any text is accepted: the closest supported language is used, and what can't be read is ignored.",
        examples=["en"],
    )
    channel: str = Field(
        "email",
        description="One of the enabled channels; email if it is left out.",
        examples=["email"],
        json_schema_extra={"enum": ["email", "sms", "whatsapp"]},
    )
    client: str = Field(
        default_factory=str,
        description="One of the applications that the service knows, which the message then leads to.",
        examples=["app"],
    )
    challenge: str = Field(
        default_factory=str,
        description="The solution of a challenge, where the answer before was `challenge_required`.",
        examples=["eyJjaGFsbGVuZ2UiOnsicGFyYW1ldGVycyI6…"],
    )


class ForgotPasswordAnswer(Answer):
    """The same for everybody, whether there is an account or not."""

    message: str = "If an account exists for that address, password reset instructions have been sent."
    flow: str = Field(
        description="Identifies this request to whoever made it; 22 characters.",
        pattern=r"^[A-Za-z0-9_-]{22}$",
        examples=["kq3v9cX0R1yJ5T7mZb2WdA"],
    )
