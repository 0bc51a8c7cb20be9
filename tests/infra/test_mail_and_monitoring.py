"""What may send mail and who is told of what becomes of it; what people are alarmed by."""

import re

import pytest
from pydantic import TypeAdapter

from benchmarks.cost.model import deployed, read_inputs
from password_reset.audit import AuditRecord
from tests.infra.conftest import ENVIRONMENTS, ROOT, Synthesise, of_type, properties

FUNCTIONS = ("Forgot", "Verify", "VerifyCode", "Reset", "ReportChange", "Deliver", "Feedback")
OUTAGES = {"DeadLetters", "MessageAge", "ApiDown"}
IMPORTANT = {
    *OUTAGES,
    "ApiFaults",
    "BounceRate",
    "ComplaintRate",
    "MailRate",
    "ChangeUndone",
    "ReplayedTokens",
    "DisputedChanges",
    "Flood",
}
ALL = {
    *IMPORTANT,
    *(f"{name}{what}" for name in FUNCTIONS for what in ("Errors", "Throttles")),
    "ApiLatency",
    "MalformedAccounts",
    "NoAccounts",
    "UnrecognisedHashes",
}


@pytest.mark.parametrize(("environment", "created"), [("dev", True), ("staging", False), ("prod", True)])
def test_one_environment_of_an_account_creates_the_identity(
    *, environment: str, created: bool, synthesise: Synthesise
) -> None:
    """With DKIM, and bounces at the sender's own domain, so that SPF speaks for it; the stack tells the records."""
    template = synthesise(environment)
    identities = [i["Properties"] for i in of_type(template, "AWS::SES::EmailIdentity").values()]
    bounces = {"MailFromDomain": "bounce.example.com", "BehaviorOnMxFailure": "USE_DEFAULT_VALUE"}
    assert identities == ([{"EmailIdentity": "example.com", "MailFromAttributes": bounces}] if created else [])
    assert sum("Dkim" in name for name in template["Outputs"]) == (3 if created else 0)
    assert sum("MailFrom" in name for name in template["Outputs"]) == (2 if created else 0)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_bounces_are_suppressed_and_told_and_nothing_is_tracked(environment: str, synthesise: Synthesise) -> None:
    """Row 55: opens and clicks would rewrite the link."""
    template = synthesise(environment)
    resets, notices = of_type(template, "AWS::SES::ConfigurationSet").values()
    for configuration, reasons in ((resets, ["BOUNCE", "COMPLAINT"]), (notices, ["BOUNCE"])):
        assert configuration["Properties"] == {
            "ReputationOptions": {"ReputationMetricsEnabled": True},
            "SuppressionOptions": {"SuppressedReasons": reasons},
        }
    destinations = of_type(template, "AWS::SES::ConfigurationSetEventDestination").values()
    assert len(destinations) == 2
    for destination in destinations:
        told = destination["Properties"]["EventDestination"]
        assert told["MatchingEventTypes"] == ["bounce", "complaint", "delivery", "reject", "renderingFailure"]
        assert "event-bus/default" in str(told["EventBridgeDestination"]["EventBusArn"])


def test_notices_are_mailed_to_whoever_complained(synthesise: Synthesise) -> None:
    """Row 63: by a configuration set of their own, which SES's list of complaints does not stop."""
    template = synthesise("prod")
    resets, notices = of_type(template, "AWS::SES::ConfigurationSet")
    worker = properties(template, "AWS::Lambda::Function", "Deliver")["Environment"]["Variables"]
    assert (worker["CONFIGURATION_SET"], worker["NOTICE_CONFIGURATION_SET"]) == ({"Ref": resets}, {"Ref": notices})


@pytest.mark.parametrize(("environment", "expected"), [("dev", OUTAGES), ("staging", ALL), ("prod", IMPORTANT)])
def test_every_alarm_reaches_the_topic_and_is_explained(
    environment: str, expected: set[str], synthesise: Synthesise
) -> None:
    """Row 60: dead letters, late mails, errors, throttles, faults, latency, bounces and complaints; by setting."""
    template = synthesise(environment)
    alarms = of_type(template, "AWS::CloudWatch::Alarm")
    (topic,) = of_type(template, "AWS::SNS::Topic")
    names = {name.removeprefix("PasswordResetMonitoring")[:-8] for name in alarms}
    assert names == expected
    for alarm in alarms.values():
        assert alarm["Properties"]["AlarmActions"] == [{"Ref": topic}]
        assert alarm["Properties"]["TreatMissingData"] == "notBreaching"
    operations = (ROOT / "docs" / "operations.md").read_text("utf-8")
    assert [name for name in names if f"`{name}`" not in operations] == []


@pytest.mark.parametrize(("environment", "dashboards"), [("dev", 0), ("staging", 1), ("prod", 0)])
def test_there_is_a_dashboard_by_setting(environment: str, dashboards: int, synthesise: Synthesise) -> None:
    assert len(of_type(synthesise(environment), "AWS::CloudWatch::Dashboard")) == dashboards


def test_cloudwatch_of_this_account_alone_publishes_alarms_over_tls(synthesise: Synthesise) -> None:
    """A topic with a policy of its own has lost the default one."""
    (policy,) = of_type(synthesise("prod"), "AWS::SNS::TopicPolicy").values()
    allow, deny = sorted(policy["Properties"]["PolicyDocument"]["Statement"], key=lambda s: s["Effect"])
    assert allow["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert allow["Action"] == "sns:Publish"
    assert allow["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    assert deny["Effect"] == "Deny"
    assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_alarms_are_mailed_where_an_address_is_set(synthesise: Synthesise) -> None:
    """By setting."""
    assert of_type(synthesise("dev"), "AWS::SNS::Subscription") == {}
    (subscription,) = of_type(synthesise("prod"), "AWS::SNS::Subscription").values()
    assert subscription["Properties"]["Endpoint"] == "operations@example.com"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_reports_of_our_own_mails_reach_the_function(environment: str, synthesise: Synthesise) -> None:
    """Row 55: by the configuration set that they were sent with; another application's are none of ours."""
    template = synthesise(environment)
    resets, notices = of_type(template, "AWS::SES::ConfigurationSet")
    (rule,) = of_type(template, "AWS::Events::Rule").values()
    assert rule["Properties"]["EventPattern"] == {
        "source": ["aws.ses"],
        "detail": {"mail": {"tags": {"ses:configuration-set": [{"Ref": resets}, {"Ref": notices}]}}},
    }
    (target,) = rule["Properties"]["Targets"]
    assert "FunctionsFeedback" in target["Arn"]["Fn::GetAtt"][0]


@pytest.mark.parametrize(
    ("metric", "threshold"), [("Reputation.BounceRate", 0.025), ("Reputation.ComplaintRate", 0.0005)]
)
def test_people_are_told_at_half_of_what_ses_allows(metric: str, threshold: float, synthesise: Synthesise) -> None:
    """Row 60: SES reviews an account at 5 % bounces and 0.1 % complaints."""
    alarms = [a["Properties"] for a in of_type(synthesise("prod"), "AWS::CloudWatch::Alarm").values()]
    assert [a["Threshold"] for a in alarms if a.get("MetricName") == metric] == [threshold]


def test_guessed_factors_are_told(synthesise: Synthesise) -> None:
    """Row 60: where factors are on, twenty wrong ones in five minutes."""
    alarm = properties(synthesise("everything"), "AWS::CloudWatch::Alarm", "RefusedFactors")
    assert (alarm["MetricName"], alarm["Threshold"], alarm["Period"]) == ("verify-reset-factor", 20, 300)
    assert alarm["Dimensions"] == [{"Name": "outcome", "Value": "refused"}]
    assert "`RefusedFactors`" in (ROOT / "docs" / "operations.md").read_text("utf-8")


def test_a_flood_is_what_no_week_before_had(synthesise: Synthesise) -> None:
    """Row 60: above the band that CloudWatch learns of each hour of the week, for a quarter of an hour."""
    alarm = properties(synthesise("prod"), "AWS::CloudWatch::Alarm", "Flood")
    assert alarm["ThresholdMetricId"] == "usual"
    assert (alarm["ComparisonOperator"], alarm["EvaluationPeriods"]) == ("GreaterThanUpperThreshold", 3)
    requests, usual = alarm["Metrics"]
    assert requests["MetricStat"]["Metric"] == {
        "Namespace": "PasswordReset/password-reset-prod",
        "MetricName": "forgot-password",
        "Dimensions": [{"Name": "outcome", "Value": "accepted"}],
    }
    assert usual["Expression"] == "ANOMALY_DETECTION_BAND(requests, 6)"


def test_saved_queries_are_over_every_function(synthesise: Synthesise) -> None:
    """Row 72: of what the audit records are called."""
    template = synthesise("prod")
    queries = [query["Properties"] for query in of_type(template, "AWS::Logs::QueryDefinition").values()]
    groups = {name for name in of_type(template, "AWS::Logs::LogGroup") if "Functions" in name}
    names = {"Failures", "RefusedTokens", "RefusedRequests", "UndeliveredMessages"}
    assert {query["Name"] for query in queries} == {f"password-reset-prod/{name}" for name in names}
    members = set(TypeAdapter(AuditRecord).json_schema(by_alias=True)["properties"])
    for query in queries:
        assert {group["Ref"] for group in query["LogGroupNames"]} == groups
        assert set(re.findall(r"audit\.(\w+)", query["QueryString"])) <= members


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_the_idle_bill_is_of_what_is_deployed(environment: str, synthesise: Synthesise) -> None:
    inputs, _ = read_inputs()

    found = deployed(synthesise(environment))

    assert found == inputs["deployed"][environment], "make cost"
    assert found["KMS keys"] == 0


def test_people_are_told_where_hardly_anybody_is_found(synthesise: Synthesise) -> None:
    """Of enough requests in an hour, nearly all: the look-up's settings are wrong, or somebody makes addresses up."""
    alarm = properties(synthesise("staging"), "AWS::CloudWatch::Alarm", "NoAccounts")
    expression, *metrics = sorted(alarm["Metrics"], key=lambda metric: "MetricStat" in metric)
    assert expression["Expression"] == "IF(FILL(found, 0) + none >= 20, 100 * none / (FILL(found, 0) + none), 0)"
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (95, "GreaterThanOrEqualToThreshold")
    assert {metric["Id"]: metric["MetricStat"] for metric in metrics} == {
        name: {
            "Metric": {
                "Namespace": "PasswordReset/password-reset-staging",
                "MetricName": "account-lookup",
                "Dimensions": [{"Name": "outcome", "Value": name}],
            },
            "Period": 3600,
            "Stat": "Sum",
        }
        for name in ("found", "none")
    }


def test_people_are_told_of_unusually_many_mails(synthesise: Synthesise) -> None:
    """Row 60: of this service's own, however small a part of the account's they are; by a setting."""
    alarm = properties(synthesise("prod"), "AWS::CloudWatch::Alarm", "MailRate")
    assert {name: alarm[name] for name in ("Namespace", "MetricName", "Dimensions", "Statistic", "Period")} == {
        "Namespace": "PasswordReset/password-reset-prod",
        "MetricName": "deliver-reset",
        "Dimensions": [{"Name": "outcome", "Value": "accepted"}],
        "Statistic": "Sum",
        "Period": 3600,
    }
    assert alarm["Threshold"] == 1000
