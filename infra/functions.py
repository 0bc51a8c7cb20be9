"""The functions: one role each, which starts with nothing but its own log group and X-Ray."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.assets import FUNCTION, FUNCTIONS, built
from infra.config import BY_EMAIL, Config, function_environment
from infra.gradual import NEW_LAYERS_COUNT, gradual
from infra.layers import ARCHITECTURES, RUNTIME, Layers
from infra.mail import Mail
from infra.memory import (
    CHALLENGE_MEMORY,
    FACTORS_MEMORY,
    MEMORY,
    OPERATOR_EVENTS_MEMORY,
    OPERATOR_MEMORY,
    REPORTS_MEMORY,
    SESSIONS_MEMORY,
)
from infra.nag import acknowledge
from infra.queue import BATCH_SIZE, WORKER_TIMEOUT_SECONDS
from infra.retention import log_group
from infra.routes import FUNCTION_TIMEOUT_SECONDS
from infra.storage import SessionStorage, Storage
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
)
from password_reset.channels.brands import read
from password_reset.edge.start_events import PASSWORD_RESET_REQUESTED

_CONSUME = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
"""What Lambda's poller does with a function's role (AWS's AWSLambdaSQSQueueExecutionRole)."""
_EXCLUDED = ["__pycache__"]
_IN_A_VPC = (
    "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole]"
)
_BY_EVENTS = {"feedback", "start_by_event"}
_COMPARING = {"reset", "sign_in"}
"""The functions that compare passwords, at a third of a second of a processor each."""


@dataclass(frozen=True, kw_only=True)
class Network:
    """Where the functions run, if not in Lambda's own network: they need a way to AWS's services from there."""

    vpc: ec2.IVpc
    subnets: ec2.SubnetSelection | None = None
    security_groups: Sequence[ec2.ISecurityGroup] = ()


class Functions(Construct):
    """The functions by name, as under `functions/`; `allow` is the only way to give one a permission."""

    def __init__(  # noqa: PLR0913 - what a function is told about
        self,
        scope: Construct,
        construct_id: str,
        *,
        config: Config,
        storage: Storage,
        mail: Mail,
        namespace: str,
        network: Network | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        if config.gradual_deployment:
            self.node.set_context(NEW_LAYERS_COUNT, True)  # noqa: FBT003 - the CDK's
        self._network = self._reached_from(network) if network else {}
        self._config = config
        self._storage = storage
        brands = {name: read(name) for name in config.brands.values()}
        self._layers = Layers(self, "Layers", architecture=config.architecture, brands=brands.values())
        self._environment = {**_environment(config, storage, mail), "METRICS_NAMESPACE": namespace}
        memory = MEMORY | (SESSIONS_MEMORY if config.sessions else {})
        memory |= CHALLENGE_MEMORY if config.challenge != "off" else {}
        memory |= FACTORS_MEMORY if config.factors else {}
        memory |= OPERATOR_MEMORY if config.operator_api else {}
        memory |= OPERATOR_EVENTS_MEMORY if config.operator_event_source else {}
        memory |= REPORTS_MEMORY if config.freeze_seconds else {}
        self.by_name = {name: self._function(name, memory) for name, memory in memory.items()}
        self.served: dict[str, lambda_.IFunction] = dict(self.by_name)
        """What callers reach: the function, or the alias that moves them from a version to the next."""
        if config.gradual_deployment:
            self.served = gradual(self, self.by_name, config.gradual_deployment)

    def allow(
        self,
        name: str,
        *actions: str,
        on: str | Sequence[str],
        where: Mapping[str, Mapping[str, str | Sequence[str]]] | None = None,
    ) -> None:
        """Allow a function these actions on these ARNs, under these conditions."""
        self.by_name[name].add_to_role_policy(
            iam.PolicyStatement(
                actions=list(actions), resources=[on] if isinstance(on, str) else list(on), conditions=where
            )
        )

    def deny(self, name: str, action: str, *, on: str) -> None:
        """Deny a function an action that a wildcard would otherwise allow it."""
        self.by_name[name].add_to_role_policy(
            iam.PolicyStatement(effect=iam.Effect.DENY, actions=[action], resources=[on])
        )

    def deliver_messages(self) -> None:
        """Have functions/deliver work through the queue."""
        queue = self._storage.messages
        self.allow("deliver", *_CONSUME, on=queue.queue_arn)
        mapping = lambda_.EventSourceMapping(
            self,
            "Deliveries",
            target=self.served["deliver"],
            event_source_arn=queue.queue_arn,
            batch_size=BATCH_SIZE,
            max_concurrency=self._config.maximum_concurrency,
            report_batch_item_failures=True,
        )
        acknowledge(
            mapping,
            {
                "Serverless-LambdaEventSourceMappingDestination": "For SQS the destination of failed "
                "messages is the queue's own dead-letter queue."
            },
        )

    def start_by_events(self, source: str) -> None:
        """Have functions/start_by_event read what another system puts on the default bus."""
        rule = events.Rule(
            self,
            "Started",
            description="Resets and invitations that another system starts.",
            event_pattern=events.EventPattern(source=[source], detail_type=[PASSWORD_RESET_REQUESTED]),
            targets=[targets.LambdaFunction(self.served["start_by_event"])],
        )
        acknowledge(
            rule,
            {
                "Serverless-EventBusDLQ": "EventBridge tries for a day to hand an event over; what the function then "
                "fails at, an alarm tells."
            },
        )

    def record_feedback(self, rule: events.Rule) -> None:
        """Have functions/feedback read the events that match."""
        rule.add_target(targets.LambdaFunction(self.served["feedback"]))

    def _reached_from(self, network: Network) -> dict[str, Any]:
        own = [] if network.security_groups else [ec2.SecurityGroup(self, "Outgoing", vpc=network.vpc)]
        return {
            "vpc": network.vpc,
            "vpc_subnets": network.subnets,
            "security_groups": [*network.security_groups, *own],
        }

    def _function(self, name: str, memory: int) -> lambda_.Function:
        title = title_of(name)
        group = log_group(self, f"{title}Logs", config=self._config)
        role = iam.Role(self, f"{title}Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        group.grant_write(role)
        timeout = WORKER_TIMEOUT_SECONDS if name == "deliver" else FUNCTION_TIMEOUT_SECONDS
        function = lambda_.Function(
            self,
            title,
            code=lambda_.Code.from_asset(built(FUNCTION.format(name)) or str(FUNCTIONS / name), exclude=_EXCLUDED),
            handler="handler.handler",
            runtime=RUNTIME,
            architecture=ARCHITECTURES[self._config.architecture],
            memory_size=memory,
            timeout=Duration.seconds(timeout),
            layers=[*self._layers.all, *(self._layers.brands if name == "deliver" else ())],
            role=role,
            log_group=group,
            logging_format=lambda_.LoggingFormat.JSON,
            application_log_level_v2=lambda_.ApplicationLogLevel.INFO,
            tracing=lambda_.Tracing.ACTIVE,
            environment=self._environment,
            reserved_concurrent_executions=self._config.reserved_concurrency if name in _COMPARING else None,
            **self._network,
        )
        findings = {"AwsSolutions-IAM5[Resource::*]": "xray:PutTraceSegments and PutTelemetryRecords know no resource."}
        if self._network:
            findings[_IN_A_VPC] = "Lambda makes a function's network interfaces by its role; AWS keeps this policy."
        acknowledge(role, findings)
        one_version = "The layer's bytecode, the tests and every developer's machine are of this Python version."
        acknowledge(
            function,
            {
                "AwsSolutions-L1": one_version,
                "Serverless-LambdaLatestVersion": one_version,
                "Serverless-LambdaDLQ": "Events are tried three times; an alarm tells of a lost one."
                if name in _BY_EVENTS
                else "Nothing calls it asynchronously: the gateway waits, the queue has its own.",
            },
        )
        return function


def title_of(name: str) -> str:
    """Return what constructs and alarms call a function: `SignIn` for `sign_in`."""
    return name.title().replace("_", "")


def _environment(config: Config, storage: Storage, mail: Mail) -> dict[str, str]:
    return {
        **function_environment(config),
        **(_users(config, storage.users) if storage.users else {}),
        RESET_TOKENS.setting: storage.reset_tokens.table_name,
        CODES.setting: storage.codes.table_name,
        LIMITS.setting: storage.limits.table_name,
        DELIVERIES.setting: storage.deliveries.table_name,
        SUPPRESSIONS.setting: storage.suppressions.table_name,
        LEVERS.setting: storage.levers.table_name,
        ACCOUNTS.setting: storage.accounts.table_name,
        **({"FACTORS_KEY": storage.factors_key.key_arn} if storage.factors_key else {}),
        **(_session_names(storage.sessions) if storage.sessions else {}),
        **({"ORIGIN_SECRET": storage.origin_secret.secret_arn} if storage.origin_secret else {}),
        "QUEUE_URL": storage.messages.queue_url,
        "PEPPER_SECRET": storage.pepper.secret_arn,
        "CONFIGURATION_SET": mail.configuration_set.configuration_set_name,
        "NOTICE_CONFIGURATION_SET": mail.notices.configuration_set_name,
    }


def _users(config: Config, table: dynamodb.ITable) -> dict[str, str]:
    shape = config.users_table.environment if config.users_table else {"USERS_INDEX": BY_EMAIL}
    return {USERS.setting: table.table_name, **shape}


def _session_names(sessions: SessionStorage) -> dict[str, str]:
    return {
        SIGN_INS.setting: sessions.sign_ins.table_name,
        REVOKED_SESSIONS.setting: sessions.revoked.table_name,
        "SESSION_KEY_SECRET": sessions.key.secret_arn,
    }
