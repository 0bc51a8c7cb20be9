"""What the models of all endpoints have in common."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, PlainSerializer
from pydantic.alias_generators import to_camel
from pydantic.config import JsonDict

from password_reset.accounts.identifiers import MAX_LENGTH, email_key
from password_reset.clock import rfc3339

# What every client may rely on. Spaces around an address and letters of any script in it are taken as well.
ADDRESS: JsonDict = {"format": "email", "maxLength": MAX_LENGTH}


def _one_address(value: str) -> str:
    email_key(value)
    return value


Address = Annotated[str, AfterValidator(_one_address)]
type Time = Annotated[datetime, PlainSerializer(rfc3339, return_type=str, when_used="json")]


class Request(BaseModel):
    """A body: exactly one string per field (ASVS 15.3.5), and no member that nobody reads (15.3.3)."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        alias_generator=to_camel,
        hide_input_in_errors=True,
        defer_build=True,
    )


class Answer(BaseModel):
    """A body, or a part of one, in camel case."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, defer_build=True)


def build_models() -> None:
    """Build the models of the endpoints that are imported, which are otherwise built when they are first used."""
    for model in (*Request.__subclasses__(), *Answer.__subclasses__()):
        model.model_rebuild()
