"""An AWS account's clients, made once: to make them takes longer than most tests."""

import os
from functools import cache
from typing import Any

import boto3

from password_reset.aws.client import Client, Patience


class Account(boto3.Session):
    """A session that makes one client for the same service, settings and endpoints."""

    def __init__(self) -> None:
        super().__init__()
        self._made: dict[object, tuple[Any, object]] = {}

    def client(self, service_name: str, **options: Any) -> Any:  # type: ignore[override]
        """Return the client that an earlier test made, or a new one."""
        # A child of a fork makes its own: it must not read what is answered on its parent's connections.
        asked = sorted((name, id(option)) for name, option in options.items())
        known = (os.getpid(), service_name, _endpoints(), *asked)
        if known not in self._made:
            make: Any = super().client
            self._made[known] = make(service_name, **options), options  # kept, so that no id is used again
        return self._made[known][0]


def made(service: str, patience: Patience) -> Client:
    """Return the client of ours that an earlier test made, or a new one."""
    return _made(os.getpid(), _endpoints(), service, patience)


@cache
def _made(_: int, __: object, service: str, patience: Patience) -> Client:
    return Client(service, patience)


def _endpoints() -> tuple[tuple[str, str], ...]:
    return tuple(sorted(item for item in os.environ.items() if item[0].startswith("AWS_ENDPOINT_URL")))
