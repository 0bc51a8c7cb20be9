"""What a directory function is sent, and may answer: `docs/directory-function.schema.json` is made of this."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

MAX_ACCOUNTS = 10
"""Accounts under one identifier, the most that are ever asked for."""


class _Document(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="forbid",
        alias_generator=to_camel,
        populate_by_name=True,
        hide_input_in_errors=True,
        defer_build=True,
    )


type _Id = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[^\x00-\x20#@\x7f-\x9f]+$")]
type _State = Annotated[str, Field(min_length=1, max_length=256)]


class StoredAccount(_Document):
    """An account as it is stored now."""

    user_id: _Id = Field(description="Opaque, and no address: it stands in tokens, sessions, events and logs.")
    email: str = Field(max_length=254, description="As its owner wrote it; emails go there and nowhere else.")
    state: _State = Field(
        description="Differs whenever address, password, status or version do, and never comes back: a change is "
        "written only over the state that it names."
    )
    version: int = Field(ge=0, le=2**53 - 1, description="Grows with each change of the password.")
    password_hash: str | None = Field(None, max_length=512, description="Null where there is none.")
    name: str = Field("", max_length=256)
    locale: str = Field("", max_length=64, description="BCP 47.")
    phone: str | None = Field(None, max_length=16, description="E.164, and only if it is verified.")
    disabled: bool = False
    provider: str | None = Field(
        None, max_length=64, description="Where it signs in instead of here; empty where that has no name. Null: here."
    )
    factor: bool = Field(
        default=False, description="Whether it has a second factor, which `verify_factor` verifies: `state` covers it."
    )
    factor_since: AwareDatetime | None = Field(
        None,
        description="When that factor was enrolled or last replaced. Where it's left out, the factor opens no account "
        "that a dispute has frozen.",
    )


class _Request(_Document):
    version: Literal[1] = 1


class Find(_Request):
    """Return the accounts whose address is this identifier's, disabled ones too, in the same work for none and one."""

    operation: Literal["find"] = "find"
    identifier: str = Field(description="The address, normalised: trimmed, ASCII letters and domain in lower case.")
    most: int = MAX_ACCOUNTS


class Get(_Request):
    """Return an account by its id, as it is after every write that was answered."""

    operation: Literal["get"] = "get"
    user_id: str


class ChangePassword(_Request):
    """Write a hash if the account's state is still this one, and add 1 to its version, in one transaction.

    Keep the change's id in it, for `landed`. Sent once; what isn't written by the deadline must not be written later.
    """

    operation: Literal["change"] = "change"
    user_id: str
    state: str
    change_id: str
    password_hash: str
    changed_at: datetime
    deadline: datetime
    verifies_address: bool = False


class Landed(_Request):
    """Tell whether a change took effect."""

    operation: Literal["landed"] = "landed"
    user_id: str
    change_id: str


class Outdate(_Request):
    """Add 1 to the account's version if its state is still this one: whatever is bound to it, is void."""

    operation: Literal["outdate"] = "outdate"
    user_id: str
    state: str


class VerifyFactor(_Request):
    """Tell whether a value is of the account's second factor, and use it up: it is good once.

    Asked where FACTORS has `directory`, five times for a link and twenty times a day for an account at the most.
    """

    operation: Literal["verify_factor"] = "verify_factor"
    user_id: str
    state: str
    value: str


class EndSessions(_Request):
    """End the account's sessions. May be repeated."""

    operation: Literal["end_sessions"] = "end_sessions"
    user_id: str


class Found(_Document):
    """The answer to `find`."""

    accounts: list[StoredAccount] = Field(max_length=MAX_ACCOUNTS)


class Got(_Document):
    """The answer to `get`; null where there is no such account."""

    account: StoredAccount | None


class Reason(_Document):
    """Why a policy of the directory's own refuses a password."""

    code: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    message: str = Field(max_length=200)


class Changed(_Document):
    """The answer to `change`. Superseded: the state was another one. Refused: by a policy of yours, with reasons."""

    result: Literal["changed", "superseded", "refused"]
    reasons: list[Reason] = Field(default_factory=list, max_length=10)


class Outdated(_Document):
    """The answer to `outdate`."""

    result: Literal["changed", "superseded"]


class TookEffect(_Document):
    """The answer to `landed`; null where nobody can tell."""

    landed: bool | None


class FactorVerified(_Document):
    """The answer to `verify_factor`."""

    verified: bool


class Ended(_Document):
    """The answer to `end_sessions`."""

    ended: Literal[True]


ANSWERS: dict[type[_Request], type[_Document]] = {
    Find: Found,
    Get: Got,
    ChangePassword: Changed,
    Landed: TookEffect,
    Outdate: Outdated,
    EndSessions: Ended,
    VerifyFactor: FactorVerified,
}


def schema() -> dict[str, Any]:
    """Return the JSON schema of every request and its answer."""
    from pydantic.json_schema import models_json_schema  # noqa: PLC0415 - no function has a use for it

    modes: list[tuple[type[BaseModel], Literal["serialization", "validation"]]] = []
    for request, answer in ANSWERS.items():
        modes += [(request, "serialization"), (answer, "validation")]
    _, found = models_json_schema(modes, title="Directory function")
    pairs = {request.__name__: answer.__name__ for request, answer in ANSWERS.items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **found,
        "oneOf": [{"$ref": f"#/$defs/{name}"} for name in pairs],
        "answers": {name: {"$ref": f"#/$defs/{answer}"} for name, answer in pairs.items()},
    }
