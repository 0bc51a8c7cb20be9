"""What the endpoints take and give, as models: the functions parse with them, `docs/openapi.json` is made of them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer
from pydantic.alias_generators import to_camel
from pydantic.config import JsonDict

from password_reset.clock import rfc3339
from password_reset.identifiers import MAX_LENGTH, email_key

# What every client may rely on. Spaces around an address and letters of any script in it are taken as well.
_ADDRESS: JsonDict = {"format": "email", "maxLength": MAX_LENGTH}
type Time = Annotated[datetime, PlainSerializer(rfc3339, return_type=str, when_used="json")]


def _one_address(value: str) -> str:
    email_key(value)
    return value


class _Request(BaseModel):
    # Strict: exactly one string per field (ASVS 15.3.5), and no member that nobody reads (15.3.3).
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        alias_generator=to_camel,
        hide_input_in_errors=True,
        defer_build=True,
    )


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, defer_build=True)


class ForgotPasswordRequest(_Request):
    """Who forgot a password, and how to reach them."""

    email: Annotated[str, AfterValidator(_one_address)] = Field(
        description="The account's address, whatever its case.",
        examples=["demo@example.com"],
        max_length=MAX_LENGTH + 64,
        json_schema_extra=_ADDRESS,
    )
    locale: str = Field(
        default_factory=str,
        description="The language of the message, as in `de` or `pt-BR`; the nearest there is will be used.",
        pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$",
        examples=["en"],
    )
    channel: str = Field(
        "email",
        description="One of the enabled channels.",
        examples=["email"],
        json_schema_extra={"enum": ["email", "sms", "whatsapp"]},
    )


class ForgotPasswordAnswer(_Answer):
    """The same for everybody, whether there is an account or not."""

    message: str = "If an account exists for that address, password reset instructions have been sent."
    flow: str = Field(
        description="Names this request to the one who made it; 22 characters.",
        pattern=r"^[A-Za-z0-9_-]{22}$",
        examples=["kq3v9cX0R1yJ5T7mZb2WdA"],
    )


class VerifyResetTokenRequest(_Request):
    """The token of a mail."""

    token: str = Field(description="As it stood in the link.", examples=["3q2-7wX0R1yJ5T7mZb2WdAkq3v9cL8sPfGhUoEiNaMY"])


class VerifyResetTokenAnswer(_Answer):
    """Whether the token may still be used; what is wrong with one that may not is not told."""

    valid: bool
    expires_at: Time | None = Field(
        None,
        description="UTC, RFC 3339; there where the token is valid.",
        examples=["2026-11-20T22:58:16Z"],
    )


class VerifyResetCodeRequest(_Request):
    """The code of a message, and the request that it answers."""

    flow: str = Field(description="As forgot-password returned it.", examples=["kq3v9cX0R1yJ5T7mZb2WdA"])
    code: str = Field(description="The eight digits, without spaces.", examples=["20471163"])


class VerifyResetCodeAnswer(_Answer):
    """What the code is exchanged for, once."""

    token: str = Field(
        description="Sets the new password, as the token of a link does.",
        pattern=r"^[A-Za-z0-9_-]{43}$",
        examples=["3q2-7wX0R1yJ5T7mZb2WdAkq3v9cL8sPfGhUoEiNaMY"],
    )
    expires_at: Time = Field(description="UTC, RFC 3339.", examples=["2026-11-20T22:58:16Z"])


class ResetPasswordRequest(_Request):
    """The token of a mail and the password to set."""

    token: str = Field(description="As it stood in the link.", examples=["3q2-7wX0R1yJ5T7mZb2WdAkq3v9cL8sPfGhUoEiNaMY"])
    new_password: str = Field(
        description="As typed; the policy in force is at `GET /auth/password-policy`.",
        examples=["purple otters read quietly"],
    )


class ResetPasswordAnswer(_Answer):
    """The password is changed, and every other token of the account is void."""

    message: str = "Your password has been reset. You can now sign in with your new password."


class SignInRequest(_Request):
    """Who signs in."""

    email: Annotated[str, AfterValidator(_one_address)] = Field(
        description="The account's address, whatever its case.",
        examples=["demo@example.com"],
        json_schema_extra=_ADDRESS,
    )
    password: str = Field(description="As typed.", examples=["correct horse battery staple"])


class SignInAnswer(_Answer):
    """A session, which ends by itself, by signing out, or with the password."""

    access_token: str = Field(description="For the Authorization header.", examples=["eyJhbGciOi…"])
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - a scheme's name
    expires_in: int = Field(description="Seconds.", examples=[3600])


class MeAnswer(_Answer):
    """Whose session it is."""

    user_id: str = Field(examples=["0b8f6a54-3f0e-4f6a-8c43-5d0d3d6f9b11"])
    email: str = Field(description="As stored.", examples=["demo@example.com"])


class FieldProblem(_Answer):
    """What is wrong with one field."""

    field: str = Field(description="The member's name, or empty for the body as a whole.", examples=["newPassword"])
    code: str = Field(description="Stable, for programs.", examples=["too_short"])
    message: str = Field(description="For people.", examples=["Use at least 8 characters."])


class Problem(_Answer):
    """Problem details, RFC 9457."""

    type: str = Field(description="A URI that names the kind of problem.")
    title: str = Field(description="For people.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="For people: what to do.")
    code: str = Field(description="Stable, for programs.")
    errors: list[FieldProblem] | None = Field(None, description="Field by field, where there is something to say.")
    request_id: str = Field(description="Quote it to support.")
