"""The password policy as a team sets it and as `GET /auth/password-policy` publishes it."""

import json
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from password_reset.passwords.hashers import BCRYPT_BYTES, WHOLE_BYTES


class PasswordPolicy(BaseModel):
    """What a new password must be. Lengths are in code points after NFC, `max_bytes` in bytes of UTF-8."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, alias_generator=to_camel)

    min_length: int = Field(8, ge=8, le=64)
    max_length: int | None = Field(None, ge=8)
    max_bytes: int = Field(BCRYPT_BYTES, ge=8, le=BCRYPT_BYTES)
    require_uppercase: bool = False
    require_lowercase: bool = False
    require_digit: bool = False
    require_symbol: bool = False
    history: int = Field(1, ge=0, le=5)
    breach_check: bool = False
    symbols: str | None = Field(None, exclude=True, min_length=1)
    """The characters that count as symbols; None: whatever is no letter, digit or space."""

    @model_validator(mode="after")
    def _some_password_fits(self) -> Self:
        if self.min_length > min(self.max_length or self.max_bytes, self.max_bytes):
            message = "minLength is above maxLength or maxBytes"
            raise ValueError(message)
        return self


class WholePolicy(PasswordPolicy):
    """The same where the algorithm reads all of a password."""

    model_config = ConfigDict(defer_build=True)  # most deployments have no use for it, and every function starts here

    max_bytes: int = Field(WHOLE_BYTES, ge=8, le=WHOLE_BYTES)


PRESETS = {
    "default": PasswordPolicy.model_validate({}),
    # NIST SP 800-63B-4, 3.1.1.2: 15 where the password is the only factor.
    "nist-single-factor": PasswordPolicy.model_validate({"minLength": 15}),
    "classic": PasswordPolicy.model_validate(
        {
            "maxLength": 20,
            "requireUppercase": True,
            "requireLowercase": True,
            "requireDigit": True,
            "requireSymbol": True,
            "symbols": "@$!%*?&",
        }
    ),
}


def read_policy(value: Any) -> Any:  # noqa: ANN401 - whatever a settings file holds
    """Return the policy that a setting's value stands for: a preset's name, or members that override the default.

    Raises:
        ValueError: the text is neither.
    """
    if not isinstance(value, str):
        return value
    if value in PRESETS:
        return PRESETS[value]
    return json.loads(value)


def whole(policy: Any) -> PasswordPolicy:  # noqa: ANN401 - the same
    """Return the policy that is read, for an algorithm that reads all of a password.

    Raises:
        ValueError: it is none.
    """
    if isinstance(policy, PasswordPolicy):
        policy = {to_camel(name): getattr(policy, name) for name in policy.model_fields_set}
    return WholePolicy.model_validate(policy)
