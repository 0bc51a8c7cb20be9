"""The construct in a team's own app: beside what it has, several times; and what a stack of ours keeps."""

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Template
from cdk_nag import AwsSolutionsChecks, ServerlessChecks

from infra.config import Config, HostedZone, UsersTable, Website
from infra.mail import Mail
from infra.stack import PasswordReset
from infra.tokens import unresolved
from password_reset.settings import SettingsError
from tests.infra.conftest import ENVIRONMENTS, Synthesise, of_type
from tools.synthesised import settings

KEPT: dict[str, dict[str, list[str]]] = json.loads((Path(__file__).parent / "kept_ids.json").read_text("utf-8"))
ARN = "arn:aws:acm:us-east-1:123456789012:certificate/0f1e2d3c-0000-4000-8000-000000000000"
CERTIFICATE = "the ARN of a certificate for domainName in the same region; both or neither."
TOPIC = "the ARN of an SNS topic of yours that gets the alarms; alarmEmail subscribes to ours alone."
ORIGINS = "origins as in `https://www.example.com`, https or http for localhost, separated by commas."
SETTINGS: dict[str, Any] = {
    "environment": "prod",
    "frontend_url": "https://shop.example.com",
    "allowed_origins": ["https://shop.example.com"],
    "product_name": "Shop",
    "support_email": "help@example.com",
    "mail_from": "no-reply@example.com",
}


@pytest.mark.parametrize("environment", KEPT)
def test_what_an_existing_deployment_keeps_data_in_is_not_replaced(environment: str, synthesise: Synthesise) -> None:
    """Another logical id is another resource: empty tables, another pepper, another address of the API."""
    template = synthesise(environment)
    kept = {kind: [name.replace(" ", "") for name in names] for kind, names in KEPT[environment].items()}
    assert {kind: sorted(of_type(template, kind)) for kind in kept} == kept


@pytest.fixture(scope="module")
def synthesised() -> tuple[dict[str, Any], Path]:
    """A stack of a team's with the service twice, without our flags, and with the nag packs: a finding raises."""
    app = cdk.App(context={"aws:cdk:bundling-stacks": []})
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app), ServerlessChecks(app))
    stack = cdk.Stack(app, "shop")
    customers = dynamodb.Table(
        stack,
        "Customers",
        partition_key=dynamodb.Attribute(name="customerId", type=dynamodb.AttributeType.STRING),
        point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
            point_in_time_recovery_enabled=True
        ),
        encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED,
    )
    distribution = cdk.CfnParameter(stack, "Pages").value_as_string
    PasswordReset(
        stack,
        "Customer",
        users_table=customers,
        secrets_key=kms.Key(stack, "Secrets", enable_key_rotation=True),
        certificate=acm.Certificate(stack, "Certificate", domain_name="api.example.com"),
        alarm_topic=sns.Topic.from_topic_arn(stack, "Pager", "arn:aws:sns:eu-central-1:123456789012:pager"),
        vpc=ec2.Vpc.from_vpc_attributes(
            stack, "Vpc", vpc_id="vpc-1", availability_zones=["a"], private_subnet_ids=["subnet-1"]
        ),
        config=Config(
            **SETTINGS | {"frontend_url": f"https://{distribution}", "allowed_origins": [f"https://{distribution}"]},
            users_table=UsersTable(key="customerId"),
            domain_name="api.example.com",
            create_mail_identity=False,
            mail_transport="smtp",
            smtp_host=cdk.CfnParameter(stack, "Smtp").value_as_string,
            smtp_secret="smtp",
        ),
    )
    PasswordReset(
        stack,
        "Staff",
        config=Config(**SETTINGS, website=Website(domain_name="reset.example.com"), sessions=True),
        website_certificate=acm.Certificate.from_certificate_arn(stack, "WebsiteCertificate", ARN),
        hosted_zone=route53.HostedZone.from_hosted_zone_attributes(
            stack, "Zone", hosted_zone_id="Z123", zone_name="example.com"
        ),
    )
    return dict(Template.from_stack(stack).to_json()), Path(app.outdir)


@pytest.fixture(scope="module")
def template(synthesised: tuple[dict[str, Any], Path]) -> dict[str, Any]:
    return synthesised[0]


def test_the_doctor_reads_a_constructs_settings(synthesised: tuple[dict[str, Any], Path]) -> None:
    """Out of `cdk.out`, with what constructs brought; what a deployment alone knows is told as that."""
    out = synthesised[1]
    staff = settings("shop/Staff", out)
    assert (staff.environment, staff.sessions, staff.mail_from) == ("prod", True, "no-reply@example.com")
    assert (staff.hosted_zone, staff.region) == (HostedZone(id="Z123", name="example.com"), None)
    assert staff.website == Website(domain_name="reset.example.com", certificate_arn=ARN)
    customer = settings("shop/Customer", out)
    assert customer.users_table
    handed_on = (customer.users_table.table_name, customer.certificate_arn, customer.smtp_host, customer.frontend_url)
    assert [unresolved(each) for each in handed_on] == [True] * 4
    assert (customer.users_table.key, customer.smtp_secret) == ("customerId", "smtp")


@pytest.mark.parametrize("stack", ["shop", "shop/Nobody", "other/Staff"])
def test_which_construct_is_asked_about_is_never_guessed(stack: str, synthesised: tuple[dict[str, Any], Path]) -> None:
    known = "none" if stack.startswith("other") else "shop/Customer, shop/Staff"
    with pytest.raises(SettingsError, match=rf"no one PasswordReset {stack}: run .* one of these: {known}\."):
        settings(stack, synthesised[1])


def of(template: dict[str, Any], construct: str, kind: str) -> dict[str, Any]:
    return {name: each["Properties"] for name, each in of_type(template, kind).items() if name.startswith(construct)}


def variables(template: dict[str, Any], construct: str) -> dict[str, Any]:
    (found,) = [each for name, each in of(template, construct, "AWS::Lambda::Function").items() if "Deliver" in name]
    read: dict[str, Any] = found["Environment"]["Variables"]
    return read


def test_several_share_an_account_without_meeting(template: dict[str, Any]) -> None:
    """Names that an account has once are of the construct."""
    for kind, name in (
        ("AWS::CloudWatch::Dashboard", "DashboardName"),
        ("AWS::Logs::QueryDefinition", "Name"),
        ("AWS::ApiGateway::RestApi", "Name"),
    ):
        names = [json.dumps(each["Properties"][name]) for each in of_type(template, kind).values()]
        assert len(set(names)) == len(names) > 1
    spaces = {name: variables(template, name)["METRICS_NAMESPACE"] for name in ("Customer", "Staff")}
    for name, space in spaces.items():
        assert space.startswith(f"PasswordReset/shop-{name}-")
        alarms = of(template, f"{name}Monitoring", "AWS::CloudWatch::Alarm").values()
        assert {alarm["Namespace"] for alarm in alarms if "PasswordReset" in alarm.get("Namespace", "")} == {space}


def test_the_stack_tells_where_the_api_is(template: dict[str, Any]) -> None:
    """Of each, without a line of the app's."""
    urls = [name for name in template["Outputs"] if "ApiUrl" in name]
    assert sorted(name[:-8] for name in urls) == ["CustomerApiUrl", "StaffApiUrl"]


def test_constructs_stand_for_settings(template: dict[str, Any]) -> None:
    told = variables(template, "Customer")
    (table,) = [name for name in of_type(template, "AWS::DynamoDB::Table") if name.startswith("Customers")]
    (certificate,) = of_type(template, "AWS::CertificateManager::Certificate")
    assert told["USERS_TABLE"] == {"Ref": table}
    assert told["USERS_ATTRIBUTES"] == '{"user_id":"customerId"}'
    assert not [name for name in of(template, "CustomerStorage", "AWS::DynamoDB::Table") if "Users" in name]
    (domain,) = of(template, "Customer", "AWS::ApiGateway::DomainName").values()
    assert domain["RegionalCertificateArn"] == {"Ref": certificate}
    for name in ("ForgotErrors", "DeadLetters"):
        (alarm,) = [a for key, a in of(template, "Customer", "AWS::CloudWatch::Alarm").items() if f"ing{name}" in key]
        assert alarm["AlarmActions"] == ["arn:aws:sns:eu-central-1:123456789012:pager"]
    assert of(template, "Customer", "AWS::SNS::Topic") == {}
    functions = of(template, "CustomerFunctions", "AWS::Lambda::Function").values()
    assert {json.dumps(each["VpcConfig"]["SubnetIds"]) for each in functions} == {'["subnet-1"]'}


def test_keys_of_the_team_may_be_decrypted_with(template: dict[str, Any]) -> None:
    """The users table's through DynamoDB, the named secrets' through Secrets Manager."""
    policies = of(template, "CustomerFunctionsDeliver", "AWS::IAM::Policy").values()
    decrypts = [
        (statement["Resource"]["Fn::GetAtt"][0], json.dumps(statement["Condition"]))
        for policy in policies
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Action"] == "kms:Decrypt"
    ]
    assert sorted((key[:7], "dynamodb." in via, "secretsmanager." in via) for key, via in decrypts) == [
        ("Custome", True, False),
        ("Secrets", False, True),
    ]


def test_what_a_deployment_alone_knows_is_handed_on(template: dict[str, Any]) -> None:
    told = variables(template, "Customer")
    assert told["FRONTEND_URL"] == {"Fn::Join": ["", ["https://", {"Ref": "Pages"}]]}
    assert told["ALLOWED_ORIGINS"] == told["FRONTEND_URL"]
    assert told["SMTP_HOST"] == {"Ref": "Smtp"}


def test_a_zone_gets_every_record(template: dict[str, Any]) -> None:
    """Of the mail identity, of bounces, DMARC, and the pages at CloudFront's own zone."""
    found = {
        name.removeprefix("Staff")[:-8]: (each["Type"], each.get("ResourceRecords"), each.get("AliasTarget"))
        for name, each in of(template, "Staff", "AWS::Route53::RecordSet").items()
    }
    (distribution,) = of(template, "Staff", "AWS::CloudFront::Distribution")
    (identity,) = of_type(template, "AWS::SES::EmailIdentity")
    pages = {"DNSName": {"Fn::GetAtt": [distribution, "DomainName"]}, "HostedZoneId": "Z2FDTNDATAQYW2"}
    server = {"Fn::Join": ["", ["10 feedback-smtp.", {"Ref": "AWS::Region"}, ".amazonses.com"]]}
    assert found == {
        **{
            f"MailDkimRecord{n}": ("CNAME", [{"Fn::GetAtt": [identity, f"DkimDNSTokenValue{n}"]}], None)
            for n in (1, 2, 3)
        },
        "MailMailFromMxRecord": ("MX", [server], None),
        "MailMailFromSpfRecord": ("TXT", ['"v=spf1 include:amazonses.com ~all"'], None),
        "MailDmarcRecord": ("TXT", ['"v=DMARC1; p=none"'], None),
        "WebsiteWebsiteRecordA": ("A", None, pages),
        "WebsiteWebsiteRecordAAAA": ("AAAA", None, pages),
    }
    zones = {each["HostedZoneId"] for each in of(template, "Staff", "AWS::Route53::RecordSet").values()}
    assert zones == {"Z123"}


def test_one_identity_of_a_domain_in_an_app() -> None:
    """The second one uses the first one's; in another region it makes its own."""
    app = cdk.App(context={"aws:cdk:bundling-stacks": []})
    here, there = (cdk.Stack(app, name, env=cdk.Environment(region=name)) for name in ("eu-west-1", "us-east-1"))
    config = Config(**SETTINGS)
    first, second, third = (
        Mail(
            cdk.Stack(app, "x", env=cdk.Environment(region="eu-west-1")) if n == 1 else stack, f"Mail{n}", config=config
        )
        for n, stack in enumerate((here, here, there))
    )
    assert [mail.creates_identity for mail in (first, second, third)] == [True, False, True]
    assert set(first.dns_records) == {
        *("DkimRecord1", "DkimRecord2", "DkimRecord3", "MailFromMxRecord", "MailFromSpfRecord", "DmarcRecord")
    }
    assert (second.dns_records, first.dns_records["DmarcRecord"]) == (
        {},
        '_dmarc.example.com TXT "v=DMARC1; p=none"',
    )


def test_the_parents_of_the_senders_domain_may_be_the_identity() -> None:
    """Whichever is verified; no top-level domain is one."""
    stack = cdk.Stack(cdk.App(), "shop", env=cdk.Environment(account="123456789012", region="eu-west-1"))
    mail = Mail(stack, "Mail", config=Config(**SETTINGS | {"mail_from": "a@mail.shop.example.com"}))
    identities = [arn.partition(":identity/")[2] for arn in mail.sending if ":identity/" in arn]
    assert identities == ["a@mail.shop.example.com", "mail.shop.example.com", "shop.example.com", "example.com"]


def test_what_a_zone_has_no_place_for_is_told() -> None:
    stack = cdk.Stack(cdk.App(), "shop")
    config = Config(**SETTINGS, hosted_zone=HostedZone(id="Z123", name="shop.example.com"))
    told = Mail(stack, "Mail", config=config).dns_records
    assert set(told) == {*(f"DkimRecord{n}" for n in (1, 2, 3)), "MailFromMxRecord", "MailFromSpfRecord", "DmarcRecord"}


def refused(**settings: Any) -> list[str]:
    with pytest.raises(SettingsError) as wrong:
        Config(**SETTINGS | settings)
    head, *lines = str(wrong.value).splitlines()
    assert head == "Config:"
    return lines


def test_where_a_literal_is_needed_the_error_says_why() -> None:
    """All of them at once."""
    name, number = cdk.Aws.STACK_NAME, cdk.Token.as_number({"Ref": "Seconds"})
    lists = cdk.Token.as_list({"Ref": "Origins"})
    why = "only a deployment knows this (a token). Give a literal, for"
    told = refused(mail_from=f"a@{name}", token_ttl_seconds=number, allowed_origins=lists, environment=name)
    assert told == [
        line.strip()
        for line in f"""
        allowedOrigins cannot be {lists!r}: {why} what is made depends on it. Allowed: {ORIGINS}
        mailFrom cannot be {f"a@{name}"!r}: {why} the identity in SES, its DNS records and the permission to send are \
made of it. Allowed: one email address, alone or as in `Example <no-reply@example.com>`.
        tokenTtlSeconds cannot be {number!r}: {why} what is made depends on it. Allowed: whole seconds from 1 to 3600.
        environment cannot be {name!r}: {why} the stage and the default of wafRateLimit follow from it. Allowed: 1 to \
20 lower-case letters, digits and hyphens.""".splitlines()[1:]
    ]


def test_an_app_reads_the_same_lines_as_cdk_json() -> None:
    wrong = {"frontendUrl": "ftp://x", "nonsense": 1, "usersTable": {"nmae": "x"}, "supportEmail": None}
    with pytest.raises(SettingsError) as told:
        Config.load({"dev": ENVIRONMENTS["dev"] | wrong}, "dev")
    lines = str(told.value).splitlines()[1:]
    with pytest.raises(SettingsError) as app:
        Config(**ENVIRONMENTS["dev"] | wrong, environment="dev")
    # An app may give the table itself.
    assert str(app.value).splitlines()[1:] == [line for line in lines if "tableName: Field required" not in line]
    assert len(lines) == 5


def test_a_thing_is_given_once() -> None:
    """As a setting or as a construct, and with what it belongs to."""
    stack = cdk.Stack(cdk.App(context={"aws:cdk:bundling-stacks": []}), "shop")
    certificate = acm.Certificate.from_certificate_arn(stack, "Certificate", ARN)
    table = dynamodb.Table.from_table_name(stack, "Customers", "customers")
    topic = sns.Topic.from_topic_arn(stack, "Topic", "arn:aws:sns:us-east-1:123456789012:pager")
    config = Config(**SETTINGS, users_table=UsersTable(table_name="other"), alarm_email="a@example.com")
    with pytest.raises(SettingsError) as refused:
        PasswordReset(
            stack,
            "Reset",
            config=config,
            users_table=table,
            certificate=certificate,
            website_certificate=certificate,
            alarm_topic=topic,
        )
    assert str(refused.value).splitlines() == [
        "PasswordReset:",
        "usersTable.tableName is given twice: as a setting and as a construct.",
        "website is missing, which website.certificateArn belongs to.",
        f"alarmTopicArn cannot be '{topic.topic_arn}': subscribe alarmEmail to that topic yourself. Allowed: {TOPIC}",
        f"certificateArn cannot be '{ARN}'. Allowed: {CERTIFICATE}",
    ]


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"domain_name": "api.example.com"}, f"certificateArn is missing. Allowed: {CERTIFICATE}"),
        (
            {"users_table": UsersTable()},
            "usersTable cannot be {} (tableName: Field required). Allowed: an object with ",
        ),
        (
            {"website": Website(domain_name="reset.example.com")},
            "website cannot be None (certificate_arn: Value error, domainName and certificateArn come together). ",
        ),
    ],
)
def test_what_no_construct_brought_is_missed(settings: dict[str, Any], told: str) -> None:
    """By the rules that `cdk.json` is held by, and in their words."""
    stack = cdk.Stack(cdk.App(context={"aws:cdk:bundling-stacks": []}), "shop")
    with pytest.raises(SettingsError) as refused:
        PasswordReset(stack, "Reset", config=Config(**SETTINGS, **settings))
    (head, line) = str(refused.value).splitlines()
    assert (head, line[: len(told)]) == ("PasswordReset:", told)
