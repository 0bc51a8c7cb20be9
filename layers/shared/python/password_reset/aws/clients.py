"""The clients of AWS's services, each made when it is first used, and how long they wait and how often they try."""

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from password_reset.aws.client import Client, Patience

if TYPE_CHECKING:
    from datetime import datetime

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

    from password_reset.aws.secrets import Secret

SENDING = Patience(connect=1, read=5, tries=1)
"""Neither SES nor SNS has an idempotency key: a second try could send twice, so the queue alone tries again."""
QUICK = Patience(connect=1, read=2, tries=2)
"""A caller waits: better a quick refusal than a slow one. In workers the queue is what tries again."""
DIRECTORY = Patience(connect=1, read=5, tries=1)
"""The team's function may do what it is told before its answer is lost: it is told once."""


class UserPools(Protocol):
    """What is called of Amazon Cognito's client."""

    def list_users(self, **parameters: object) -> dict[str, Any]:
        """Return users by an attribute, as they were a moment ago."""

    def admin_get_user(self, **parameters: object) -> dict[str, Any]:
        """Return a user by name."""

    def admin_set_user_password(self, **parameters: object) -> dict[str, Any]:
        """Set a user's password, if the pool's policy admits it."""

    def admin_user_global_sign_out(self, **parameters: object) -> dict[str, Any]:
        """End a user's sessions."""

    def describe_user_pool(self, **parameters: object) -> dict[str, Any]:
        """Return a pool, its policy too."""


class Clients:
    """What talks to AWS; `make` makes a client of a service, patient as it is told to be."""

    def __init__(self, clock: "Callable[[], datetime]", make: Callable[[str, Patience], Any] = Client) -> None:
        self._clock = clock
        self._make = make

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        """Of every table."""
        client: DynamoDBClient = self._make("dynamodb", QUICK)
        return client

    @cached_property
    def directory(self) -> "LambdaClient":
        """Of the team's directory function."""
        client: LambdaClient = self._make("lambda", DIRECTORY)
        return client

    @cached_property
    def cognito(self) -> "UserPools":
        """Of the team's user pool."""
        client: UserPools = self._make("cognito-idp", QUICK)
        return client

    @cached_property
    def secrets_manager(self) -> "SecretsManagerClient":
        """Of every secret."""
        client: SecretsManagerClient = self._make("secretsmanager", QUICK)
        return client

    @cached_property
    def sqs(self) -> "SQSClient":
        """Of the queue to the workers."""
        client: SQSClient = self._make("sqs", QUICK)
        return client

    @cached_property
    def kms(self) -> "KMSClient":
        """Of the key that second factors are encrypted under."""
        client: KMSClient = self._make("kms", QUICK)
        return client

    @cached_property
    def events(self) -> "EventBridgeClient":
        """Of the event bus."""
        client: EventBridgeClient = self._make("events", QUICK)
        return client

    @cached_property
    def ses(self) -> "SESV2Client":
        """Of mails."""
        client: SESV2Client = self._make("sesv2", SENDING)
        return client

    @cached_property
    def sns(self) -> "SNSClient":
        """Of text messages."""
        client: SNSClient = self._make("sns", SENDING)
        return client

    def secret(self, name: str) -> "Secret":
        """Return a secret, which is read when it is called."""
        from password_reset.aws.secrets import Secret

        return Secret(self.secrets_manager, name, self._clock)

    def previous_secret(self, name: str) -> "Secret":
        """Return what a secret was before its last rotation, read when it is called."""
        from password_reset.aws.secrets import PreviousSecret

        return PreviousSecret(self.secrets_manager, name, self._clock)
