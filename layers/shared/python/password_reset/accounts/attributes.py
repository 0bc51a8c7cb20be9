"""What the attributes of an account are called in the team's own table."""

from pydantic import BaseModel, ConfigDict, field_validator

from password_reset.accounts.shape import path


class UserAttributes(BaseModel):
    """What the attributes are called in the users table: names here are ours, values the team's, or paths to them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    user_id: str = "user_id"
    email_key: str = "email_key"
    email: str = "email"
    email_verified: str = "email_verified"
    name: str = "name"
    phone: str = "phone"
    phone_verified: str = "phone_verified"
    locale: str = "locale"
    disabled: str = "disabled"
    federated: str = "federated"
    password_hash: str = "password_hash"  # noqa: S105 - an attribute's name
    password_changed_at: str = "password_changed_at"  # noqa: S105 - the same
    credentials_version: str = "credentials_version"
    password_history: str = "password_history"  # noqa: S105 - the same

    @field_validator("*")
    @classmethod
    def _a_path(cls, text: str) -> str:
        path(text)
        return text
