"""The service as a construct for a CDK app of your own, and as a stack: one construct a concern, composed."""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import CfnOutput, Environment, IStackSynthesizer, Names, Stack
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_sns as sns
from constructs import Construct
from pydantic import BaseModel
from pydantic.alias_generators import to_camel

from infra.api import Api
from infra.config import Config, HostedZone
from infra.found import SETTINGS
from infra.functions import Functions, Network
from infra.grants import grant
from infra.mail import Mail
from infra.monitoring import Monitoring
from infra.storage import Storage
from infra.website import Website as Pages
from password_reset.audit import NAMESPACE
from password_reset.settings import SettingsError

UNPROTECTED = "unprotected"
"""The context of a first deployment, which CloudFormation has to be able to take back: `tools/deploy.py`."""


class PasswordReset(Construct):
    """The whole service: in a stack of its own, or in one of yours, beside what you have.

    What you have is named in `config`, or given as the construct that it is in your app: one of both.
    `users_table` with its own key (`users_key`, if the construct doesn't know it), `certificate` of the API's domain,
    `website_certificate` of the pages', `hosted_zone` for DNS records, `vpc` for the functions, `alarm_topic`, and
    `secrets_key`, which encrypts the secrets that settings name. `name` is the prefix of what an account has one of by
    a name; by default it's unique.
    """

    def __init__(  # noqa: PLR0913 - each is something that a team has
        self,
        scope: Construct,
        construct_id: str,
        *,
        config: Config,
        name: str | None = None,
        users_table: dynamodb.ITable | None = None,
        users_key: kms.IKey | None = None,
        secrets_key: kms.IKey | None = None,
        certificate: acm.ICertificate | None = None,
        website_certificate: acm.ICertificate | None = None,
        alarm_topic: sns.ITopic | None = None,
        hosted_zone: route53.IHostedZone | None = None,
        vpc: ec2.IVpc | None = None,
        vpc_subnets: ec2.SubnetSelection | None = None,
        security_groups: Sequence[ec2.ISecurityGroup] = (),
    ) -> None:
        super().__init__(scope, construct_id)
        if scope.node.try_get_context(UNPROTECTED):
            config = config.model_copy(update={"protect_data": False})
        key = users_key or (users_table.encryption_key if users_table else None)
        config = _named(
            config,
            {
                ("users_table", "table_name"): users_table.table_name if users_table else None,
                ("users_table", "kms_key_arn"): key.key_arn if key else None,
                ("", "secrets_key_arn"): secrets_key.key_arn if secrets_key else None,
                ("", "certificate_arn"): certificate.certificate_arn if certificate else None,
                ("website", "certificate_arn"): website_certificate.certificate_arn if website_certificate else None,
                ("", "alarm_topic_arn"): alarm_topic.topic_arn if alarm_topic else None,
                ("", "hosted_zone"): HostedZone(id=hosted_zone.hosted_zone_id, name=hosted_zone.zone_name)
                if hosted_zone
                else None,
            },
        )
        # It stays in `cdk.out`, where the doctor reads it.
        self.node.add_metadata(SETTINGS, config.model_dump(mode="json", by_alias=True, exclude_unset=True))
        name = name or Names.unique_resource_name(self, max_length=80, separator="-")
        namespace = f"{NAMESPACE}/{name}"
        network = Network(vpc=vpc, subnets=vpc_subnets, security_groups=security_groups) if vpc else None
        storage = Storage(self, "Storage", config=config)
        mail = Mail(self, "Mail", config=config)
        functions = Functions(
            self, "Functions", config=config, storage=storage, mail=mail, namespace=namespace, network=network
        )

        grant(self, functions=functions, storage=storage, mail=mail, config=config)
        functions.deliver_messages()
        functions.record_feedback(mail.reports)
        if config.operator_event_source:
            functions.start_by_events(config.operator_event_source)
        api = Api(self, "Api", name=name, config=config, functions=functions.served)
        monitoring = Monitoring(
            self,
            "Monitoring",
            name=name,
            namespace=namespace,
            config=config,
            storage=storage,
            functions=functions,
            api=api,
        )
        self.authorizer_function = functions.served.get("authorizer")
        """The function behind the sessions' authorizer, for one of your own API's: an authorizer belongs to one API."""
        self.outputs = {
            "ApiUrl": api.url,
            **({"UsersTable": storage.users.table_name} if storage.users else {}),
            "Queue": storage.messages.queue_url,
            "DeadLetters": storage.dead_letters.queue_url,
            "PepperSecret": storage.pepper.secret_arn,
            "AlarmTopic": monitoring.topic.topic_arn,
            **({"SessionKeySecret": storage.sessions.key.secret_arn} if storage.sessions else {}),
            **({"OperatorResets": api.operator_arn} if config.operator_api else {}),
            **mail.dns_records,
            **api.dns_records,
        }
        if config.website:
            website = Pages(
                self,
                "Website",
                name=name,
                config=config,
                website=config.website,
                api=api,
                origin_secret=storage.origin_secret,
            )
            self.outputs |= website.outputs
        self.told = [CfnOutput(self, output, value=value) for output, value in self.outputs.items()]
        """The same, as the stack's outputs."""


class PasswordResetStack(Stack):
    """One environment."""

    def __init__(self, scope: Construct, *, config: Config, synthesizer: IStackSynthesizer | None = None) -> None:
        name = f"password-reset-{config.environment}"
        super().__init__(
            scope,
            name,
            env=Environment(account=config.account, region=config.region),
            description="Password reset, beside the users that are there.",
            synthesizer=synthesizer,
            termination_protection=config.protect_data and not scope.node.try_get_context(UNPROTECTED),
        )
        service = PasswordReset(self, "PasswordReset", config=config, name=name)
        for output in service.told:
            output.override_logical_id(output.node.id)


def _named(config: Config, given: Mapping[tuple[str, str], str | HostedZone | None]) -> Config:
    """Return the settings with what a team has as constructs, by the names of those, and held by the same rules.

    Raises:
        SettingsError: with a line for each that is named already, or doesn't go with the rest.
    """
    named: dict[str, Any] = {
        **(_set_in(config) or {}),
        **{part: _set_in(getattr(config, part)) for part in ("users_table", "website")},
    }
    wrong = []
    for (part, setting), value in given.items():
        if value is None:
            continue
        spelt = ".".join(to_camel(name) for name in (part, setting) if name)
        if part and named[part] is None and setting != "table_name":
            wrong.append(f"{to_camel(part)} is missing, which {spelt} belongs to.")
            continue
        members = named if not part else named[part] or {}
        if members.get(setting):
            wrong.append(f"{spelt} is given twice: as a setting and as a construct.")
        named |= {part: {**members, setting: value}} if part else {setting: value}
    try:
        together = Config.model_validate(named, context={"of": "PasswordReset"})
    except SettingsError as error:
        wrong += str(error).splitlines()[1:]
    if wrong:
        raise SettingsError("\n".join(["PasswordReset:", *wrong]))
    return together


def _set_in(settings: BaseModel | None) -> dict[str, Any] | None:
    """Return what a team has set, as it may be given again."""
    return {name: getattr(settings, name) for name in settings.model_fields_set} if settings else None
