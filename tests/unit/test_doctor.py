"""`make doctor`: each thing that would stop a deployment or go unnoticed, in an account on moto."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import boto3
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from infra.config import Config
from tools import doctor
from tools.doctor import Finding, examine

ACCOUNT = "123456789012"
BLOCK: dict[str, Any] = {
    "environment": "prod",
    "region": "us-east-1",
    "frontendUrl": "https://www.example.com",
    "allowedOrigins": ["https://www.example.com"],
    "productName": "Example",
    "supportEmail": "support@example.com",
    "mailFrom": "Example <no-reply@doctor.example>",
    "createMailIdentity": True,
}
GOOD = [
    f"good  Account {ACCOUNT}.",
    "good  Bootstrap version 21.",
    "good  There is no stack password-reset-prod yet: a first deployment.",
]


@dataclass(frozen=True)
class Place:
    """An account, what some of its calls answer the next time that it is examined, and what was called."""

    account: boto3.Session
    answers: dict[str, Mapping[str, Any] | None] = field(default_factory=dict)
    called: list[str] = field(default_factory=list)


@pytest.fixture
def healthy(account: boto3.Session, monkeypatch: pytest.MonkeyPatch) -> Place:
    """An account in which nothing is amiss."""
    monkeypatch.delenv("ENV", raising=False)
    monkeypatch.delenv("STACK", raising=False)
    boto3.client("ssm").put_parameter(
        Name="/cdk-bootstrap/hnb659fds/version", Value="21", Type="String", Overwrite=True
    )
    patch = {"op": "replace", "path": "/cloudwatchRoleArn", "value": f"arn:aws:iam::{ACCOUNT}:role/gateway"}
    boto3.client("apigateway").update_account(patchOperations=[patch])
    return Place(account)


def told(place: Place, answers: Mapping[str, Mapping[str, Any]] | None = None, /, **changes: object) -> list[str]:
    """Return the lines about a block, where moto does not know some calls, or these answer otherwise."""
    fair: dict[str, Any] = (
        {
            "email.GetAccount": {"ProductionAccessEnabled": True, "SendingEnabled": True},
            "lambda.GetAccountSettings": {
                "AccountLimit": {"ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": 1000}
            },
            "sns.GetSMSAttributes": {"attributes": {"MonthlySpendLimit": "100"}},
            "sns.GetSMSSandboxAccountStatus": {"IsInSandbox": False},
        }
        | dict(answers or {})
        | place.answers
    )

    def call(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        place.called.append(operation)
        name = f"{client.meta.service_model.endpoint_prefix}.{operation}"
        if name not in fair:
            return real(client, operation, parameters)
        if fair[name] is None:
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, operation)
        return fair[name]

    config = Config.load({"prod": {k: v for k, v in (BLOCK | changes).items() if k != "environment"}}, "prod")
    anyone: Any = BaseClient
    real = anyone._make_api_call  # noqa: SLF001 - every call of every client goes through it
    with mock.patch.object(BaseClient, "_make_api_call", call):
        found = list(map(str, examine(config, place.account.client)))
    place.answers.clear()
    return found


def lines(*texts: str) -> str:
    return "\n      ".join(texts)


def test_nothing_is_amiss(healthy: Place) -> None:
    assert (
        told(healthy, accessLogs=True, channels=["email", "sms"], smsCountries=["49"], reservedConcurrency=20) == GOOD
    )


def test_it_writes_nothing(healthy: Place) -> None:
    told(healthy, accessLogs=True)
    assert {name for name in healthy.called if not name.startswith(("Get", "Describe"))} == set()
    assert healthy.called


def test_another_account(healthy: Place) -> None:
    assert told(healthy, account="210987654321") == [
        lines(
            f"STOP  The credentials are of account {ACCOUNT}.",
            "The block says account 210987654321.",
            "Choose another AWS_PROFILE.",
        ),
        *GOOD[1:],
    ]


@pytest.mark.parametrize(
    ("version", "found"),
    [(None, "The account isn't bootstrapped in this region."), ("5", "The CDK's bootstrap has version 5.")],
)
def test_an_account_that_the_cdk_may_not_use(healthy: Place, version: str | None, found: str) -> None:
    parameters, name = boto3.client("ssm"), "/cdk-bootstrap/hnb659fds/version"
    parameters.delete_parameter(Name=name)
    if version:
        parameters.put_parameter(Name=name, Value=version, Type="String")
    line = told(healthy)[1]
    assert line.startswith(f"STOP  {found}\n")
    assert line.endswith("\n      npx cdk bootstrap")


@pytest.mark.parametrize(
    ("status", "mark"),
    [
        ("ROLLBACK_COMPLETE", "STOP"),
        ("ROLLBACK_FAILED", "STOP"),
        ("UPDATE_IN_PROGRESS", "STOP"),
        ("UPDATE_ROLLBACK_COMPLETE", "good"),
        ("CREATE_COMPLETE", "good"),
    ],
)
def test_a_stack_of_an_earlier_try(healthy: Place, status: str, mark: str) -> None:
    stack = {"StackName": "password-reset-prod", "StackStatus": status, "EnableTerminationProtection": True}
    healthy.answers["cloudformation.DescribeStacks"] = {"Stacks": [stack]}
    line = told(healthy)[2]
    assert line.startswith(f"{mark}  Stack password-reset-prod is {status}.")
    if status.startswith("ROLLBACK"):
        assert line.endswith(
            "aws cloudformation update-termination-protection --no-enable-termination-protection --stack-name "
            "password-reset-prod; aws cloudformation delete-stack --stack-name password-reset-prod"
        )


def test_a_change_set_that_was_never_carried_out_is_no_stack(healthy: Place) -> None:
    """CloudFormation refused it before it began; the CDK goes on from there, so nobody is to wait."""
    stack = {"StackName": "password-reset-prod", "StackStatus": "REVIEW_IN_PROGRESS"}
    healthy.answers["cloudformation.DescribeStacks"] = {"Stacks": [stack]}
    assert told(healthy) == GOOD


def test_a_gateway_without_a_role_for_access_logs(healthy: Place) -> None:
    patch = {"op": "replace", "path": "/cloudwatchRoleArn", "value": ""}
    boto3.client("apigateway").update_account(patchOperations=[patch])
    (line,) = set(told(healthy, accessLogs=True)) - set(GOOD)
    assert line.startswith("STOP  API Gateway has no role for CloudWatch Logs in this region.\n")
    assert "aws apigateway update-account" in line
    assert told(healthy, accessLogs=False) == GOOD


def test_a_sandbox_is_a_note(healthy: Place) -> None:
    account = {"ProductionAccessEnabled": False, "SendingEnabled": True, "SendQuota": {"Max24HourSend": 200.0}}
    assert set(told(healthy, {"email.GetAccount": account})) - set(GOOD) == {
        lines(
            "note  SES is in its sandbox.",
            "It mails verified addresses alone, 200 a day: nobody else gets a reset link.",
            "Request production access in the SES console.",
        )
    }


def test_paused_sending(healthy: Place) -> None:
    account = {"ProductionAccessEnabled": True, "SendingEnabled": False}
    (line,) = set(told(healthy, {"email.GetAccount": account})) - set(GOOD)
    assert line.startswith("STOP  SES has paused this account's sending.")


def test_an_identity_that_is_not_there(healthy: Place) -> None:
    (line,) = set(told(healthy, createMailIdentity=False)) - set(GOOD)
    assert line.startswith("STOP  doctor.example is no identity of SES here.")
    smtp = {"mailTransport": "smtp", "smtpHost": "smtp.example.com", "smtpSecret": "doctor/smtp"}
    assert not any("identity" in line for line in told(healthy, **smtp, createMailIdentity=False))


def test_a_teams_stack_without_the_service_is_a_first_deployment(
    healthy: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the stack would create must not be there, though the team's stack is."""
    monkeypatch.setenv("STACK", "shop/Reset")
    there = {"StackName": "shop", "StackStatus": "UPDATE_COMPLETE"}
    identity = healthy.account.client("sesv2")
    identity.create_email_identity(EmailIdentity="doctor.example")
    for functions, stops in ([], True), ([{"LogicalResourceId": "ResetFunctionsDeliver1A2B"}], False):
        summaries = [{**each, "PhysicalResourceId": "x", "ResourceType": "AWS::Lambda::Function"} for each in functions]
        healthy.answers["cloudformation.DescribeStacks"] = {"Stacks": [there]}
        healthy.answers["cloudformation.ListStackResources"] = {"StackResourceSummaries": summaries}
        assert any(line.startswith("STOP  doctor.example is an identity") for line in told(healthy)) is stops
    identity.delete_email_identity(EmailIdentity="doctor.example")


def test_an_identity_that_is_there_already(healthy: Place) -> None:
    ses = boto3.client("sesv2")
    ses.create_email_identity(EmailIdentity="doctor.example")
    try:
        text = "\n".join(told(healthy))
    finally:
        ses.delete_email_identity(EmailIdentity="doctor.example")
    assert "STOP  doctor.example is an identity of SES already.\n" in text
    assert "Set createMailIdentity to false." in text


def test_certificates(healthy: Place) -> None:
    there = boto3.client("acm").request_certificate(DomainName="api.example.com")["CertificateArn"]
    absent = f"{there[:-4]}0000"
    elsewhere = there.replace("us-east-1", "eu-central-1")
    starts = [told(healthy, domainName="api.example.com", certificateArn=arn)[3] for arn in (there, absent, elsewhere)]
    assert [line.partition("\n")[0] for line in starts] == [
        f"STOP  Certificate {there} is PENDING_VALIDATION.",
        f"STOP  There is no certificate {absent}.",
        f"STOP  Certificate {elsewhere} is in eu-central-1.",
    ]


def test_too_little_concurrency(healthy: Place) -> None:
    limits = {"AccountLimit": {"ConcurrentExecutions": 110, "UnreservedConcurrentExecutions": 110}}
    assert set(told(healthy, {"lambda.GetAccountSettings": limits}, reservedConcurrency=20)) - set(GOOD) == {
        lines(
            "STOP  Lambda may run 110 at once.",
            "Each function would reserve 20, and 10 are left to reserve in all.",
            "Leave reservedConcurrency out, or raise the quota L-B99A9384.",
        )
    }


def test_messages_to_phones(healthy: Place) -> None:
    answers: dict[str, dict[str, Any]] = {
        "sns.GetSMSAttributes": {"attributes": {"MonthlySpendLimit": "1"}},
        "sns.GetSMSSandboxAccountStatus": {"IsInSandbox": True},
    }
    found = set(told(healthy, answers, channels=["email", "sms"], smsCountries=["49"])) - set(GOOD)
    assert {line.partition("\n")[0] for line in found} == {
        "note  SNS may spend $1 a month on SMS.",
        "note  SNS is in its SMS sandbox.",
    }


def test_a_users_table_of_another_shape(healthy: Place) -> None:
    tables = boto3.client("dynamodb")
    tables.create_table(
        TableName="doctors-users",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    try:
        found = told(healthy, usersTable={"tableName": "doctors-users"})
    finally:
        tables.delete_table(TableName="doctors-users")
    assert any(line.startswith("STOP  ") and "by_email" in line for line in found)
    (line,) = set(told(healthy, usersTable={"tableName": "doctors-users"})) - set(GOOD)
    assert line.startswith("STOP  There is no table doctors-users in this region.")


def test_secrets(healthy: Place) -> None:
    smtp = {"mailTransport": "smtp", "smtpHost": "smtp.example.com", "smtpSecret": "doctor/smtp"}
    (line,) = set(told(healthy, **smtp)) - set(GOOD)
    assert line.startswith("STOP  There is no secret doctor/smtp (smtpSecret).")
    store = boto3.client("secretsmanager")
    store.create_secret(Name="doctor/smtp", SecretString="{}")
    assert told(healthy, **smtp) == GOOD
    store.delete_secret(SecretId="doctor/smtp")
    (line,) = set(told(healthy, **smtp)) - set(GOOD)
    assert line.startswith("STOP  Secret doctor/smtp (smtpSecret) is to be deleted.")
    turnstile = {"challenge": "turnstile", "turnstileSiteKey": "0x4AAAAAAAexample", "turnstileSecret": "doctor/widget"}
    (line,) = set(told(healthy, **turnstile)) - set(GOOD)
    assert line.startswith("STOP  There is no secret doctor/widget (turnstileSecret).\n      No challenge can be ")


def test_what_it_may_not_look_at_is_said_and_the_rest_is_looked_at(healthy: Place) -> None:
    healthy.answers["ssm.GetParameter"] = None
    assert told(healthy) == [
        GOOD[0],
        lines(
            "note  The bootstrap can't be looked at.",
            "These credentials lack GetParameter.",
            "Grant it, or look yourself.",
        ),
        GOOD[2],
    ]


def test_the_permission_is_named_as_aws_names_it() -> None:
    message = "User: arn:aws:iam::1:user/x is not authorized to perform: ses:GetAccount on resource: *"
    error = boto3.client("sesv2").exceptions.ClientError(
        {"Error": {"Code": "AccessDeniedException", "Message": message}}, "GetAccount"
    )
    assert "lack ses:GetAccount." in str(doctor.unseen("mail", error))


def test_no_block_and_no_login_are_one_line_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENV", "prud")
    with pytest.raises(SystemExit, match="Did you mean prod"):
        doctor.main()


def test_a_finding_is_read_in_three_lines() -> None:
    assert str(Finding("Found.", "Why.", "Mend.", stops=True)) == "STOP  Found.\n      Why.\n      Mend."


def test_a_zone_that_is_not_there_or_has_such_records(healthy: Place) -> None:
    zone = {"id": "Z404", "name": "doctor.example"}
    (line,) = set(told(healthy, hostedZone=zone)) - set(GOOD)
    assert line == lines(
        "STOP  There is no hosted zone Z404.", "The stack would write its DNS records there.", "Correct hostedZone."
    )
    names = boto3.client("route53")
    found = names.create_hosted_zone(Name="doctor.example", CallerReference="1")["HostedZone"]["Id"]
    record = {"Name": "_dmarc.doctor.example", "Type": "TXT", "TTL": 1, "ResourceRecords": [{"Value": '"v=DMARC1"'}]}
    names.change_resource_record_sets(
        HostedZoneId=found, ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
    )
    zone["id"] = found.rpartition("/")[2]
    (line,) = set(told(healthy, hostedZone=zone)) - set(GOOD)
    assert line == lines(
        "STOP  _dmarc.doctor.example has TXT records already.",
        "The stack would fail to write its own.",
        "Set dmarc to null.",
    )
    assert told(healthy, hostedZone=zone, dmarc=None) == GOOD


@pytest.mark.parametrize("identity", ["no-reply@mail.above.example", "mail.above.example", "above.example"])
def test_whichever_identity_sends_will_do(identity: str, healthy: Place) -> None:
    """The address, its domain or one above; of which the note about DKIM is."""
    sender = {"mailFrom": "no-reply@mail.above.example", "createMailIdentity": False}
    (line,) = set(told(healthy, **sender)) - set(GOOD)
    assert line.startswith("STOP  mail.above.example is no identity of SES here.")
    mail = boto3.client("sesv2")
    mail.create_email_identity(EmailIdentity=identity)
    lines_of = set(told(healthy, **sender)) - set(GOOD)
    mail.delete_email_identity(EmailIdentity=identity)
    assert [line.splitlines()[0] for line in lines_of] == [f"note  DKIM of {identity} is not in force."]
