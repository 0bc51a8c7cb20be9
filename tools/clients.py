"""AWS for whoever runs a command: boto3's clients, with the profiles, proxies and sign-ins of that machine."""

from collections.abc import Callable
from functools import partial
from typing import Any

import boto3
from botocore import exceptions
from botocore.config import Config

from password_reset.aws.client import USER_AGENT, Patience
from password_reset.aws.errors import Errors, NoAnswerError, error


class OperatorsClient:
    """A client of boto3's that fails as the service's own do."""

    exceptions = Errors()

    def __init__(self, service: str, patience: Patience) -> None:
        config = Config(
            connect_timeout=patience.connect,
            read_timeout=patience.read,
            retries={"mode": "standard", "total_max_attempts": patience.tries},
            user_agent=USER_AGENT,
        )
        make: Any = boto3.client
        self._client = make(service, config=config)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return partial(self._call, name)

    def _call(self, name: str, **parameters: object) -> Any:  # noqa: ANN401 - as boto3 answers
        try:
            return getattr(self._client, name)(**parameters)
        except exceptions.ClientError as refused:
            raise error(refused.response["Error"]["Code"])(refused.operation_name, refused.response) from refused
        except exceptions.BotoCoreError as failed:
            raise NoAnswerError(name) from failed
