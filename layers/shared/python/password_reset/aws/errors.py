"""How a call to AWS fails: it is answered with an error, or it isn't answered."""

from collections.abc import Mapping
from functools import cache
from typing import Any

_SERVER_FAULT = 500


class ClientError(Exception):
    """AWS answered with an error; `response` has its members, and `Error` and `ResponseMetadata` as in botocore."""

    def __init__(self, operation: str, response: Mapping[str, Any]) -> None:
        self.operation, self.response = operation, response
        self.code: str = response["Error"]["Code"]
        self.headers: Mapping[str, str] = response["ResponseMetadata"]["HTTPHeaders"]
        self.status: int = response["ResponseMetadata"]["HTTPStatusCode"]
        super().__init__(f"{operation}: {self.code}")

    @property
    def is_server_fault(self) -> bool:
        """Whether it says nothing of whether the call had its effect."""
        return self.status >= _SERVER_FAULT

    @property
    def may_have_happened(self) -> bool:
        """Whether the call may have had its effect: a refusal speaks of the last try alone."""
        return self.is_server_fault or self.response["ResponseMetadata"]["RetryAttempts"] > 0


class NoAnswerError(Exception):
    """No answer came, or none that can be understood: the call may have had its effect."""

    operation = ""


class NotSentError(NoAnswerError):
    """There was no connection to send it on."""


@cache
def error(code: str) -> type[ClientError]:
    """Return the class of the errors of a code."""
    return type(code, (ClientError,), {})


class Errors:
    """The classes of all codes, as attributes."""

    def __getattr__(self, code: str) -> type[ClientError]:
        return error(code)
