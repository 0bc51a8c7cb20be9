"""The clients of AWS's services, each made when it is first used, and how long they wait and how often they try."""

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import botocore.session
from botocore.config import Config

from password_reset import __version__

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

# What CloudTrail shows first; Powertools adds its version. botocore would put its own together twice a call, a tenth
# of a request's processor time.
USER_AGENT = f"password-reset/{__version__}"
# Neither SES nor SNS has an idempotency key: a second try within a call could send twice.
# So the queue alone tries again.
SENDING = Config(
    connect_timeout=1,
    read_timeout=5,
    retries={"mode": "standard", "total_max_attempts": 1},
    user_agent=USER_AGENT,
)
# A caller waits: better a quick refusal than a slow one. In workers the queue is what tries again.
QUICK = Config(
    connect_timeout=1,
    read_timeout=2,
    retries={"mode": "standard", "total_max_attempts": 2},
    tcp_keepalive=True,
    user_agent=USER_AGENT,
)


# The team's function may do what it is told before its answer is lost: it is told once.
DIRECTORY = Config(
    connect_timeout=1,
    read_timeout=5,
    retries={"mode": "standard", "total_max_attempts": 1},
    tcp_keepalive=True,
    user_agent=USER_AGENT,
)


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
    """What talks to AWS. `make` is called as boto3's `client` is."""

    def __init__(self, clock: "Callable[[], datetime]", make: Callable[..., Any] | None = None) -> None:
        self._clock = clock
        # boto3 itself would cost each cold start 20 ms, and is not needed.
        self._make: Callable[..., Any] = make or botocore.session.get_session().create_client

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        """Of every table."""
        client: DynamoDBClient = self._make("dynamodb", config=QUICK)
        return client

    @cached_property
    def directory(self) -> "LambdaClient":
        """Of the team's directory function."""
        client: LambdaClient = self._make("lambda", config=DIRECTORY)
        return client

    @cached_property
    def cognito(self) -> "UserPools":
        """Of the team's user pool."""
        client: UserPools = self._make("cognito-idp", config=QUICK)
        return client

    @cached_property
    def secrets_manager(self) -> "SecretsManagerClient":
        """Of every secret."""
        client: SecretsManagerClient = self._make("secretsmanager", config=QUICK)
        return client

    @cached_property
    def sqs(self) -> "SQSClient":
        """Of the queue to the workers."""
        client: SQSClient = self._make("sqs", config=QUICK)
        return client

    @cached_property
    def kms(self) -> "KMSClient":
        """Of the key that second factors are encrypted under."""
        client: KMSClient = self._make("kms", config=QUICK)
        return client

    @cached_property
    def events(self) -> "EventBridgeClient":
        """Of the event bus."""
        client: EventBridgeClient = self._make("events", config=QUICK)
        return client

    @cached_property
    def ses(self) -> "SESV2Client":
        """Of mails."""
        client: SESV2Client = self._make("sesv2", config=SENDING)
        return client

    @cached_property
    def sns(self) -> "SNSClient":
        """Of text messages."""
        client: SNSClient = self._make("sns", config=SENDING)
        return client

    def secret(self, name: str) -> "Secret":
        """Return a secret, which is read when it is called."""
        from password_reset.aws.secrets import Secret

        return Secret(self.secrets_manager, name, self._clock)

    def previous_secret(self, name: str) -> "Secret":
        """Return what a secret was before its last rotation, read when it is called."""
        from password_reset.aws.secrets import PreviousSecret

        return PreviousSecret(self.secrets_manager, name, self._clock)
