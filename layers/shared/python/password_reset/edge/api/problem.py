"""What every endpoint answers where it cannot serve."""

from typing import Literal

from pydantic import Field

from password_reset.edge.api.model import Answer


class FieldProblem(Answer):
    """What is wrong with one field."""

    field: str = Field(description="Name of the member; empty for the body as a whole.", examples=["newPassword"])
    code: str = Field(description="Stable, for programs.", examples=["too_short"])
    message: str = Field(description="For people.", examples=["Use at least 8 characters."])


class Problem(Answer):
    """Problem details, RFC 9457."""

    type: str = Field(description="A URI that names the kind of problem.")
    title: str = Field(description="For people.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="For people: what to do next.")
    code: str = Field(description="Stable, for programs.")
    errors: list[FieldProblem] | None = Field(None, description="Details for each field, if there are any.")
    factors: list[Literal["totp", "recovery_code", "phone", "directory"]] | None = Field(
        None, description="Kinds of second factors of which one is required; there with `factor_required`."
    )
    outcome: Literal["unchanged"] | None = Field(
        None,
        description="There with `unavailable` where nothing of what was requested is done, for certain. Without it, it "
        "may be done or not.",
    )
    request_id: str = Field(description="Quote this to support.")
