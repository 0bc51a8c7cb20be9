"""What is kept: the tables, the queue with its dead letters, and the pepper."""

from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.config import Config
from infra.nag import acknowledge
from infra.queue import DEAD_LETTER_DAYS, MAX_RECEIVES, RETENTION_DAYS, VISIBILITY_SECONDS, outlives
from infra.retention import removal_policy
from infra.tables import (
    ACCOUNTS,
    CODES,
    DELIVERIES,
    LEVERS,
    LIMITS,
    RESET_TOKENS,
    REVOKED_SESSIONS,
    SIGN_INS,
    SUPPRESSIONS,
    USERS,
    Table,
)
from password_reset.delivery import deliveries
from password_reset.proofs import tokens

_STRING = dynamodb.AttributeType.STRING


@dataclass(frozen=True, kw_only=True)
class SessionStorage:
    """What exists where sessions are on."""

    sign_ins: dynamodb.Table
    revoked: dynamodb.Table
    key: secretsmanager.Secret


class Storage(Construct):
    """Tables, queue and pepper of one environment. `users` may be a table that the team has, or none."""

    def __init__(self, scope: Construct, construct_id: str, *, config: Config) -> None:
        super().__init__(scope, construct_id)
        self._config = config
        self.users = self._users() if config.directory == "dynamodb" else None
        self.reset_tokens = self._table(RESET_TOKENS)
        self.codes = self._table(CODES)
        self.limits = self._table(LIMITS)
        self.deliveries = self._table(DELIVERIES)
        self.suppressions = self._table(SUPPRESSIONS)
        self.levers = self._table(LEVERS)
        self.accounts = self._table(ACCOUNTS)
        self.factors_key = self._factors_key() if "totp" in config.factors else None
        outlives("that a token was used", tokens.EVIDENCE)
        outlives("that a message was sent", deliveries.KEPT)
        self.dead_letters = sqs.Queue(
            self,
            "DeadLetters",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=Duration.days(DEAD_LETTER_DAYS),
        )
        acknowledge(
            self.dead_letters,
            {"Serverless-SQSRedrivePolicy": "It is the dead-letter queue: an alarm tells of what is in it."},
        )
        self.messages = sqs.Queue(
            self,
            "Messages",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            visibility_timeout=Duration.seconds(VISIBILITY_SECONDS),
            retention_period=Duration.days(RETENTION_DAYS),
            dead_letter_queue=sqs.DeadLetterQueue(
                queue=self.dead_letters, max_receive_count=max_receives(config.token_ttl_seconds)
            ),
        )
        self.pepper = self._generated(
            "Pepper",
            "Key of the pseudonyms that limits and audit records carry instead of addresses.",
            "Rotating it restarts every limit's count, so people choose when: `make rotate-secret`.",
        )
        self.sessions = self._session_storage() if config.sessions else None
        self.origin_secret = self._origin_secret() if config.source == "cloudfront" else None

    def _origin_secret(self) -> secretsmanager.Secret:
        return self._generated(
            "OriginSecret",
            "What CloudFront proves itself to the functions by.",
            "CloudFront is told at a deployment, so a new value is made by one: docs/operations.md.",
        )

    def _factors_key(self) -> kms.Key:
        return kms.Key(
            self,
            "FactorsKey",
            description="Encrypts the secrets of one-time passwords.",
            enable_key_rotation=True,
            removal_policy=removal_policy(self._config),
        )

    def _session_storage(self) -> SessionStorage:
        key = self._generated(
            "SessionKey",
            "Key that signs sessions.",
            "Rotating it twice within a session's life ends sessions, so people choose when: `make rotate-secret`.",
        )
        return SessionStorage(sign_ins=self._table(SIGN_INS), revoked=self._table(REVOKED_SESSIONS), key=key)

    def _users(self) -> dynamodb.ITable:
        existing = self._config.users_table
        if existing is None:
            return self._table(USERS)
        key = kms.Key.from_key_arn(self, "UsersKey", existing.kms_key_arn) if existing.kms_key_arn else None
        return dynamodb.Table.from_table_attributes(self, "Users", table_name=existing.table_name, encryption_key=key)

    def _table(self, data: Table) -> dynamodb.Table:
        # Not TableV2: the offline deploy test's CloudFormation knows this one.
        table = dynamodb.Table(
            self,
            "".join(part.title() for part in data.name.split("-")),
            partition_key=dynamodb.Attribute(name=data.partition_key, type=_STRING),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.AWS_MANAGED,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            time_to_live_attribute=data.ttl,
            deletion_protection=self._config.protect_data,
            removal_policy=removal_policy(self._config),
        )
        for index in data.indexes:
            sort = index.sort_key and dynamodb.Attribute(name=index.sort_key, type=_STRING)
            table.add_global_secondary_index(
                index_name=index.name,
                partition_key=dynamodb.Attribute(name=index.partition_key, type=_STRING),
                sort_key=sort or None,
            )
        return table

    def _generated(self, construct_id: str, description: str, not_rotated: str) -> secretsmanager.Secret:
        secret = secretsmanager.Secret(
            self,
            construct_id,
            description=description,
            # Never to be changed: CloudFormation would generate another value. To rotate it: make rotate-secret.
            generate_secret_string=secretsmanager.SecretStringGenerator(password_length=64, exclude_punctuation=True),
            removal_policy=removal_policy(self._config),
        )
        acknowledge(secret, {"AwsSolutions-SMG4": not_rotated})
        return secret


def max_receives(token_life_seconds: int) -> int:
    """Return the tries that a message gets: visibility and tries outlive a token, so a burst queues, not fails."""
    return max(MAX_RECEIVES, -(-token_life_seconds // VISIBILITY_SECONDS))
