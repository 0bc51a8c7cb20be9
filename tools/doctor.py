"""`make doctor ENV=prod`: what AWS would refuse, or people would miss, before anything is deployed.

In an app of a team's own, `password-reset doctor --stack NAME` asks about what `cdk synth` wrote to `cdk.out`.

It reads with the caller's credentials and writes nothing. A line says what was found, the next why it matters and what
mends it. What the credentials may not look at is said too, and the rest is looked at.
"""

import os
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra.blocks import blocks
from infra.config import Config
from infra.found import resources, services
from infra.tokens import unresolved
from local.definition import misfits
from password_reset.settings import SettingsError
from tools import ses, synthesised
from tools.deployment import stack_name

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.type_defs import StackTypeDef

BOOTSTRAP_VERSION = 6
"""The least that the CDK's templates ask for."""
UNRESERVED = 100
"""What Lambda leaves to functions without a concurrency of their own."""
_DENIED = {"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation"}
_LACKING = re.compile(r"not authorized to perform: ([\w-]+:\w+)")


@dataclass(frozen=True)
class Finding:
    """Something to know. With `stops` a deployment fails, or what it deploys does not work."""

    found: str
    why: str = ""
    mend: str = ""
    stops: bool = False

    def __str__(self) -> str:
        mark = "STOP" if self.stops else "note" if self.why else "good"
        more = [f"      {text}" for text in (self.why, self.mend) if text]
        return "\n".join([f"{mark}  {self.found}", *more])


type Findings = Iterator[Finding]
type Client = Callable[..., Any]


def main() -> Config:
    """Print what was found; end with an error if something stops the deployment, or return what was asked about."""
    try:
        config = asked_about()
    except SettingsError as error:
        sys.exit(str(error))
    found = list(examine(config, boto3.Session(region_name=config.region).client))
    print("\n".join(map(str, found)))
    stops = sum(finding.stops for finding in found)
    if stops:
        sys.exit(f"{stops} of these stop the deployment of {config.environment}.")
    return config


def asked_about() -> Config:
    """Return the settings of the block that `ENV` names, or of the construct in `cdk.out` that `STACK` names.

    Raises:
        SettingsError: they can't be used, or there are none.
    """
    stack, environment = os.environ.get("STACK"), os.environ.get("ENV")
    return synthesised.settings(stack) if stack and not environment else Config.load(blocks(), environment)


def examine(config: Config, client: Client) -> Findings:
    """Yield what was found of each part, whatever cannot be looked at."""
    for look in (
        caller,
        bootstrap,
        earlier_stack,
        gateway,
        mail,
        zone,
        certificate,
        concurrency,
        texts,
        users,
        secrets,
    ):
        try:
            yield from look(config, client)
        except ClientError as error:
            yield unseen(look.__name__, error)
        except BotoCoreError as error:
            yield Finding("AWS can't be asked.", str(error), "Log in: aws sts get-caller-identity.", stops=True)
            return


def unseen(part: str, error: ClientError) -> Finding:
    """Return what it means that a part could not be looked at."""
    code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
    name = part.replace("_", " ")
    if code not in _DENIED:
        return Finding(f"The {name} can't be looked at: {error.operation_name} ends in {code}.", message)
    lacking = _LACKING.search(message)
    return Finding(
        f"The {name} can't be looked at.",
        f"These credentials lack {lacking[1] if lacking else error.operation_name}.",
        "Grant it, or look yourself.",
    )


def caller(config: Config, client: Client) -> Findings:
    """Whether the credentials are of the account that the block names."""
    account = client("sts").get_caller_identity()["Account"]
    if config.account not in {None, account}:
        why = f"The block says account {config.account}."
        yield Finding(f"The credentials are of account {account}.", why, "Choose another AWS_PROFILE.", stops=True)
    else:
        yield Finding(f"Account {account}.")


def bootstrap(_: Config, client: Client) -> Findings:
    """Whether the CDK may deploy here at all."""
    systems, name = client("ssm"), "/cdk-bootstrap/hnb659fds/version"
    mend = "npx cdk bootstrap"
    try:
        version = int(systems.get_parameter(Name=name)["Parameter"]["Value"])
    except systems.exceptions.ParameterNotFound:
        yield Finding(
            "The account isn't bootstrapped in this region.", "The CDK puts its assets there.", mend, stops=True
        )
        return
    if version < BOOTSTRAP_VERSION:
        why = f"The template asks for {BOOTSTRAP_VERSION}."
        yield Finding(f"The CDK's bootstrap has version {version}.", why, mend, stops=True)
    else:
        yield Finding(f"Bootstrap version {version}.")


def earlier_stack(config: Config, client: Client) -> Findings:
    """Whether an earlier try is in the way."""
    name, there = _stack_name(config), stack(config, client)
    status = there["StackStatus"] if there else ""
    if status in {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"}:
        protected = "aws cloudformation update-termination-protection --no-enable-termination-protection"
        first = f"{protected} --stack-name {name}; " if there and there.get("EnableTerminationProtection") else ""
        why = "CloudFormation can only delete a stack whose first deployment failed."
        yield Finding(
            f"Stack {name} is {status}.", why, f"{first}aws cloudformation delete-stack --stack-name {name}", stops=True
        )
    elif status.endswith("_IN_PROGRESS"):
        yield Finding(f"Stack {name} is {status}.", "Somebody is deploying.", "Wait until that is over.", stops=True)
    else:
        yield Finding(f"Stack {name} is {status}." if there else f"There is no stack {name} yet: a first deployment.")


def gateway(config: Config, client: Client) -> Findings:
    """Whether API Gateway may write access logs."""
    if config.access_logs and not client("apigateway").get_account().get("cloudwatchRoleArn"):
        why = "With accessLogs the stage can't be created without it, and a first deployment is rolled back."
        mend = (
            "Create a role for apigateway.amazonaws.com with AmazonAPIGatewayPushToCloudWatchLogs, then: "
            "aws apigateway update-account --patch-operations op=replace,path=/cloudwatchRoleArn,value=ROLE_ARN"
        )
        yield Finding("API Gateway has no role for CloudWatch Logs in this region.", why, mend, stops=True)


def mail(config: Config, client: Client) -> Findings:
    """Whether SES will carry the mail, and whether the stack may create the identity."""
    if config.mail_transport != "ses":
        return
    account = ses.sending(client("sesv2"))
    if account.in_sandbox:
        why = f"It mails verified addresses alone, {account.a_day:.0f} a day: nobody else gets a reset link."
        yield Finding("SES is in its sandbox.", why, "Request production access in the SES console.")
    if account.is_paused:
        yield Finding("SES has paused this account's sending.", "No email leaves.", "See the SES console.", stops=True)
    # Where the stack makes the domain's, another one doesn't matter; otherwise the nearest sends.
    names = [config.mail_domain] if config.create_mail_identity else config.identities
    found = ((name, ses.identity(client("sesv2"), name)) for name in names)
    domain, identity = next((each for each in found if each[1]), (config.mail_domain, None))
    if identity is None:
        if not config.create_mail_identity:
            why, mend = "SES refuses every email.", "Set createMailIdentity, or create the identity in this region."
            yield Finding(f"{domain} is no identity of SES here.", why, mend, stops=True)
        return
    if config.create_mail_identity and not is_deployed(config, client):
        why = "The stack would create it, and fail because it exists."
        yield Finding(f"{domain} is an identity of SES already.", why, "Set createMailIdentity to false.", stops=True)
    if not identity.is_signed:
        mend = "Put its three CNAME records into the domain's DNS: the stack's DkimRecord outputs."
        yield Finding(f"DKIM of {domain} is not in force.", "Filters take such emails for forged.", mend)


def zone(config: Config, client: Client) -> Findings:
    """Whether the hosted zone is there, and without records that the stack would write."""
    if config.hosted_zone is None or unresolved(config.hosted_zone.id):
        return
    names, mine = client("route53"), config.hosted_zone
    pages = names.get_paginator("list_resource_record_sets").paginate(HostedZoneId=mine.id)
    try:
        there = {(found["Name"].rstrip("."), found["Type"]) for page in pages for found in page["ResourceRecordSets"]}
    except names.exceptions.NoSuchHostedZone:
        why = "The stack would write its DNS records there."
        yield Finding(f"There is no hosted zone {mine.id}.", why, "Correct hostedZone.", stops=True)
        return
    if is_deployed(config, client):
        return
    wanted = [(config.domain_name, "A"), (config.website and config.website.domain_name, "A")]
    if config.create_mail_identity:
        wanted += [(config.bounce_domain, "MX"), (config.bounce_domain, "TXT")]
        wanted += [(f"_dmarc.{config.mail_domain}", "TXT")] if config.dmarc else []
    for name, kind in wanted:
        if (name, kind) in there:
            why = "The stack would fail to write its own."
            mend = "Set dmarc to null." if str(name).startswith("_dmarc.") else "Delete it, or choose another name."
            yield Finding(f"{name} has {kind} records already.", why, mend, stops=True)


def certificate(config: Config, client: Client) -> Findings:
    """Whether the API's and the website's certificates are there and issued."""
    arns = [(config.certificate_arn, config.region)]
    arns += [(config.website.certificate_arn, "us-east-1")] if config.website else []
    for arn, region in arns:
        if arn is None or unresolved(arn):
            continue
        place = arn.split(":")[3]
        if region and place != region:
            yield Finding(
                f"Certificate {arn} is in {place}.", f"It has to be in {region}.", "Request one there.", stops=True
            )
            continue
        manager = client("acm", region_name=place)
        try:
            status = manager.describe_certificate(CertificateArn=arn)["Certificate"]["Status"]
        except manager.exceptions.ResourceNotFoundException:
            yield Finding(
                f"There is no certificate {arn}.", "A domain name needs it.", "Correct certificateArn.", stops=True
            )
            continue
        if status != "ISSUED":
            mend = "Put its validation record into the domain's DNS, and wait."
            yield Finding(f"Certificate {arn} is {status}.", "A domain name needs an issued one.", mend, stops=True)


def concurrency(config: Config, client: Client) -> Findings:
    """Whether Lambda has left what `reservedConcurrency` takes."""
    limits = client("lambda").get_account_settings()["AccountLimit"]
    free = limits["UnreservedConcurrentExecutions"] - UNRESERVED
    if config.reserved_concurrency and not is_deployed(config, client) and free < config.reserved_concurrency:
        why = f"Each function would reserve {config.reserved_concurrency}, and {free} are left to reserve in all."
        mend = "Leave reservedConcurrency out, or raise the quota L-B99A9384."
        yield Finding(f"Lambda may run {limits['ConcurrentExecutions']} at once.", why, mend, stops=True)


def texts(config: Config, client: Client) -> Findings:
    """Whether SNS will send messages to phones."""
    if "sms" not in config.channels:
        return
    sns = client("sns")
    limit = sns.get_sms_attributes(attributes=["MonthlySpendLimit"])["attributes"].get("MonthlySpendLimit", "1")
    if float(limit) <= 1:
        why = "After about twenty messages a month no more are sent, without an error."
        yield Finding(f"SNS may spend ${limit} a month on SMS.", why, "Request a higher limit in the SNS console.")
    if sns.get_sms_sandbox_account_status()["IsInSandbox"]:
        why = "It sends to verified phones alone."
        yield Finding("SNS is in its SMS sandbox.", why, "Leave it in the SNS console.")


def users(config: Config, client: Client) -> Findings:
    """Whether the users table is there and of the shape that the block describes."""
    theirs = config.users_table
    if theirs is None or unresolved(theirs.table_name):
        return
    tables = client("dynamodb")
    try:
        table = tables.describe_table(TableName=theirs.table_name)["Table"]
    except tables.exceptions.ResourceNotFoundException:
        why = "The stack doesn't create a table that usersTable names."
        yield Finding(f"There is no table {theirs.table_name} in this region.", why, "Correct tableName.", stops=True)
        return
    wrong = list(misfits(config.users_shape, table))
    for fault in wrong:
        yield Finding(fault, "Nobody would be found.", f"Then: make users-check ENV={config.environment}", stops=True)
    if not wrong:
        yield Finding(f"Table {theirs.table_name} is of the shape that the block describes.")


def secrets(config: Config, client: Client) -> Findings:
    """Whether the secrets that the block names are there."""
    store = client("secretsmanager")
    for setting, name, why in (
        ("smtpSecret", config.smtp_secret, "Nothing is sent without it."),
        ("whatsappSecret", config.whatsapp_secret, "Nothing is sent without it."),
        ("turnstileSecret", config.turnstile_secret, "No challenge can be verified without it."),
    ):
        if name is None or unresolved(name):
            continue
        try:
            described = store.describe_secret(SecretId=name)
        except store.exceptions.ResourceNotFoundException:
            mend = f"aws secretsmanager create-secret --name {name} --secret-string …"
            yield Finding(f"There is no secret {name} ({setting}).", why, mend, stops=True)
            continue
        if "DeletedDate" in described:
            mend = f"aws secretsmanager restore-secret --secret-id {name}"
            yield Finding(f"Secret {name} ({setting}) is to be deleted.", why, mend, stops=True)


def is_deployed(config: Config, client: Client) -> bool:
    """Whether the service is there: as its own stack, or as functions in a team's."""
    if stack(config, client) is None:
        return False
    named = os.environ.get("STACK")
    return not named or bool(services(resources(client("cloudformation"), named, "AWS::Lambda::Function")))


def _stack_name(config: Config) -> str:
    return stack_name().partition("/")[0] or f"password-reset-{config.environment}"


def stack(config: Config, client: Client) -> "StackTypeDef | None":
    """Return the environment's stack, if there is one, and not just a change set for one."""
    try:
        (stack,) = client("cloudformation").describe_stacks(StackName=_stack_name(config))["Stacks"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError":  # there is none
            return None
        raise
    found: StackTypeDef = stack
    return None if found["StackStatus"] == "REVIEW_IN_PROGRESS" else found


if __name__ == "__main__":
    main()
