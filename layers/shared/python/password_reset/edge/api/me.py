"""Whose session it is."""

from pydantic import Field

from password_reset.edge.api.model import Answer


class MeAnswer(Answer):
    """Whose session it is."""

    user_id: str = Field(examples=["0b8f6a54-3f0e-4f6a-8c43-5d0d3d6f9b11"])
    email: str = Field(description="As stored.", examples=["demo@example.com"])
