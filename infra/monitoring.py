"""Alarms, to a topic that people subscribe to, and a dashboard: what of them, settings say.

`docs/operations.md` says what to do about each.
"""

from collections.abc import Container, Mapping

from aws_cdk import Aws, Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.api import Api
from infra.config import AlarmLevel, Config
from infra.functions import Functions, title_of
from infra.nag import acknowledge
from infra.storage import Storage

_PERIOD = Duration.minutes(5)
_HALF = 0.5
_SLOW_MILLISECONDS = 5_000
"""p99 of the API: a reset spends about a second in bcrypt, and a cold start as much again."""
_ENOUGH = 20
"""Requests in an hour that say something about all of them."""
_NEARLY_ALL = 95
_BOUNCE_RATE = 0.025
_COMPLAINT_RATE = 0.0005
"""Half of the rates (5 % and 0.1 %) over which SES reviews an account, and may then pause its sending."""

_REPLAYS = 10
"""Used links tried again in five minutes: people click a link twice, so a few are nothing."""
_WRONG_FACTORS = 20
"""Wrong second factors in five minutes, by people who hold a link: as many as an account takes a day."""
_UNUSUAL = 6
"""Standard deviations: small deployments have quiet hours, in which a handful is many."""

_OUTAGES = frozenset(("DeadLetters", "MessageAge", "ApiDown"))
_IMPORTANT = _OUTAGES.union(
    ("ApiFaults", "BounceRate", "ComplaintRate", "MailRate", "ChangeUndone"),
    ("Flood", "ReplayedTokens", "RefusedFactors", "DisputedChanges"),
)
_LEVELS: Mapping[AlarmLevel, Container[str] | None] = {"outages": _OUTAGES, "important": _IMPORTANT, "all": None}
"""The alarms of each level. All of them is None."""

_SHOWN = [f"audit.{name}" for name in ("time", "event", "outcome", "reason", "why", "channel", "requestId", "source")]
_QUERIES = {
    "Failures": "audit.outcome = 'failed'",
    "RefusedTokens": "ispresent(audit.token) and audit.outcome = 'refused'",
    "RefusedRequests": "audit.event = 'forgot-password' and audit.outcome = 'refused'",
    "UndeliveredMessages": "audit.event = 'deliver-reset' and audit.outcome != 'accepted'",
}
"""What people look for first; `python -m tools.trace` follows one person, request or source."""


class Monitoring(Construct):
    """What tells people that something is wrong."""

    def __init__(  # noqa: PLR0913 - it watches everything
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        namespace: str,
        config: Config,
        storage: Storage,
        functions: Functions,
        api: Api,
    ) -> None:
        super().__init__(scope, construct_id)
        self._namespace = namespace
        self._alarmed = _LEVELS[config.alarms]
        arn = config.alarm_topic_arn
        self.topic = sns.Topic.from_topic_arn(self, "Alarms", arn) if arn else self._create_topic(config)
        # CloudWatch has one list of dashboards for all regions.
        named = f"{name}-{Aws.REGION}"
        self._dashboard = cloudwatch.Dashboard(self, "Dashboard", dashboard_name=named) if config.dashboard else None
        self._watch_queue(storage, half_a_token_life=config.token_ttl_seconds / 2)
        self._watch_functions(functions)
        self._watch_api(api)
        self._watch_mail(config.mail_rate_alarm)
        self._watch_accounts()
        self._watch_attacks(factors=bool(config.factors), reports=bool(config.freeze_seconds))
        self._save_queries(name, functions)

    def _create_topic(self, config: Config) -> sns.Topic:
        topic = sns.Topic(self, "Alarms", enforce_ssl=True)
        # A topic with a policy of its own lacks the default one, by which CloudWatch may publish.
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                actions=["sns:Publish"],
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                resources=[topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
            )
        )
        if config.alarm_email:
            topic.add_subscription(subscriptions.EmailSubscription(config.alarm_email))
            acknowledge(
                topic, {"Serverless-SNSRedrivePolicy": "A mail that bounces is of no use in a queue; SNS tries again."}
            )
        return topic

    def _watch_queue(self, storage: Storage, *, half_a_token_life: float) -> None:
        dead = storage.dead_letters.metric_approximate_number_of_messages_visible(period=_PERIOD, statistic="Maximum")
        age = storage.messages.metric_approximate_age_of_oldest_message(period=_PERIOD, statistic="Maximum")
        self._alarm("DeadLetters", dead, 1, "Messages failed every try: somebody got no mail.")
        self._alarm("MessageAge", age, half_a_token_life, "Mails are late: requests wait in the queue.")
        self._graph("Queue", [storage.messages.metric_number_of_messages_received(period=_PERIOD), dead, age])

    def _watch_functions(self, functions: Functions) -> None:
        for name, function in functions.by_name.items():
            errors = function.metric_errors(period=_PERIOD, statistic="Sum")
            throttles = function.metric_throttles(period=_PERIOD, statistic="Sum")
            self._alarm(f"{title_of(name)}Errors", errors, 1, f"functions/{name} crashed or ran out of time.")
            self._alarm(f"{title_of(name)}Throttles", throttles, 1, f"functions/{name} had no concurrency left.")
            duration = function.metric_duration(period=_PERIOD, statistic="p99")
            self._graph(title_of(name), [function.metric_invocations(period=_PERIOD), errors, throttles, duration])

    def _watch_api(self, api: Api) -> None:
        faults = api.rest_api.metric_server_error(period=_PERIOD, statistic="Sum")
        latency = api.rest_api.metric_latency(period=_PERIOD, statistic="p99")
        down = api.rest_api.metric_server_error(period=Duration.minutes(15), statistic="Average")
        self._alarm("ApiFaults", faults, 5, "The API answered 5xx: callers are told to try again.")
        self._alarm("ApiDown", down, _HALF, "Half of the API's answers, or the only ones, are 5xx.")
        self._alarm("ApiLatency", latency, _SLOW_MILLISECONDS, "One answer in a hundred is slow.", periods=3)
        refused = api.rest_api.metric_client_error(period=_PERIOD, statistic="Sum")
        self._graph("API", [api.rest_api.metric_count(period=_PERIOD), refused, faults, latency])

    def _watch_mail(self, rate: int) -> None:
        bounces, complaints = (
            cloudwatch.Metric(namespace="AWS/SES", metric_name=name, period=Duration.hours(1), statistic="Maximum")
            for name in ("Reputation.BounceRate", "Reputation.ComplaintRate")
        )
        self._alarm("BounceRate", bounces, _BOUNCE_RATE, "Too many of the account's mails bounce.")
        self._alarm("ComplaintRate", complaints, _COMPLAINT_RATE, "Too many recipients call the account's mails spam.")
        # Of our own, by any channel and transport: the account's other applications send at rates of theirs.
        sent = cloudwatch.Metric(
            namespace=self._namespace,
            metric_name="deliver-reset",
            dimensions_map={"outcome": "accepted"},
            period=Duration.hours(1),
            statistic="Sum",
        )
        self._alarm("MailRate", sent, rate, "Unusually many resets are sent: somebody may be spending the quota.")
        self._graph("Mail", [bounces, complaints, sent])

    def _watch_accounts(self) -> None:
        undone, malformed, unrecognised = (
            cloudwatch.Metric(
                namespace=self._namespace, metric_name=name, dimensions_map=dimensions, period=_PERIOD, statistic="Sum"
            )
            for name, dimensions in (
                ("change-undone", {"outcome": "refused"}),
                ("malformed-account", {}),
                ("unrecognised-hash", {}),
            )
        )
        self._alarm("ChangeUndone", undone, 1, "A new password is gone: another application wrote over it.")
        self._alarm(
            "MalformedAccounts", malformed, 1, "Accounts have attributes of wrong types: no reset reaches them."
        )
        self._alarm(
            "UnrecognisedHashes", unrecognised, 1, "A reset was refused: what is stored is no password hash we know."
        )
        self._graph("Accounts", [undone, malformed, unrecognised, *self._watch_look_ups()])

    def _watch_look_ups(self) -> list[cloudwatch.Metric]:
        found, none = (
            cloudwatch.Metric(
                namespace=self._namespace,
                metric_name="account-lookup",
                dimensions_map={"outcome": outcome},
                period=Duration.hours(1),
                statistic="Sum",
            )
            for outcome in ("found", "none")
        )
        share = cloudwatch.MathExpression(
            expression=f"IF(FILL(found, 0) + none >= {_ENOUGH}, 100 * none / (FILL(found, 0) + none), 0)",
            using_metrics={"found": found, "none": none},
            label="requests for addresses without an account, in percent",
            period=Duration.hours(1),
        )
        self._alarm("NoAccounts", share, _NEARLY_ALL, "Hardly any request finds an account: are people found at all?")
        return [found, none]

    def _watch_attacks(self, *, factors: bool, reports: bool) -> None:
        replayed = cloudwatch.Metric(
            namespace=self._namespace, metric_name="replayed-token", period=_PERIOD, statistic="Sum"
        )
        self._alarm("ReplayedTokens", replayed, _REPLAYS, "Used links are tried again: somebody collects them.")
        if reports:
            disputed = cloudwatch.Metric(
                namespace=self._namespace,
                metric_name="report-change",
                dimensions_map={"outcome": "accepted"},
                period=_PERIOD,
                statistic="Sum",
            )
            self._alarm("DisputedChanges", disputed, 1, "Somebody says that a password change wasn't theirs.")
        if factors:
            guessed = cloudwatch.Metric(
                namespace=self._namespace,
                metric_name="verify-reset-factor",
                dimensions_map={"outcome": "refused"},
                period=_PERIOD,
                statistic="Sum",
            )
            self._alarm("RefusedFactors", guessed, _WRONG_FACTORS, "Second factors are being guessed.")
        if self._wanted("Flood"):
            self._watch_floods()
        self._graph("Attacks", [replayed])

    def _watch_floods(self) -> None:
        dimension = cloudwatch.CfnAlarm.DimensionProperty(name="outcome", value="accepted")
        cloudwatch.CfnAlarm(
            self,
            "Flood",
            comparison_operator="GreaterThanUpperThreshold",
            evaluation_periods=3,
            datapoints_to_alarm=3,
            treat_missing_data="notBreaching",
            threshold_metric_id="usual",
            metrics=[
                cloudwatch.CfnAlarm.MetricDataQueryProperty(
                    id="requests",
                    return_data=True,
                    metric_stat=cloudwatch.CfnAlarm.MetricStatProperty(
                        metric=cloudwatch.CfnAlarm.MetricProperty(
                            namespace=self._namespace, metric_name="forgot-password", dimensions=[dimension]
                        ),
                        period=int(_PERIOD.to_seconds()),
                        stat="Sum",
                    ),
                ),
                cloudwatch.CfnAlarm.MetricDataQueryProperty(
                    id="usual",
                    return_data=True,
                    # What this hour of the week had before, by CloudWatch's own model of the weeks behind.
                    expression=f"ANOMALY_DETECTION_BAND(requests, {_UNUSUAL})",
                ),
            ],
            alarm_actions=[self.topic.topic_arn],
            alarm_description="Far more requests than at this hour of the weeks before. See docs/operations.md, Flood.",
        )

    def _save_queries(self, prefix: str, functions: Functions) -> None:
        groups = [function.log_group for function in functions.by_name.values()]
        for title, filters in _QUERIES.items():
            logs.QueryDefinition(
                self,
                f"Query{title}",
                query_definition_name=f"{prefix}/{title}",
                query_string=logs.QueryString(
                    fields=_SHOWN,
                    filter_statements=[f"ispresent(audit.event) and {filters}"],
                    sort="@timestamp desc",
                    limit=1000,
                ),
                log_groups=groups,
            )

    def _alarm(
        self,
        name: str,
        metric: cloudwatch.Metric | cloudwatch.MathExpression,
        threshold: float,
        description: str,
        *,
        periods: int = 1,
    ) -> None:
        if not self._wanted(name):
            return
        alarm = cloudwatch.Alarm(
            self,
            name,
            metric=metric,
            threshold=threshold,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            evaluation_periods=periods,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            alarm_description=f"{description} See docs/operations.md, {name}.",
        )
        alarm.add_alarm_action(actions.SnsAction(self.topic))

    def _wanted(self, alarm: str) -> bool:
        return self._alarmed is None or alarm in self._alarmed

    def _graph(self, title: str, metrics: list[cloudwatch.Metric]) -> None:
        if not self._dashboard:
            return
        left = [metric for metric in metrics if metric.statistic != "p99"]
        right = [metric for metric in metrics if metric.statistic == "p99"]
        self._dashboard.add_widgets(cloudwatch.GraphWidget(title=title, left=left, right=right, width=12))
