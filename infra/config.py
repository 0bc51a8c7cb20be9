"""An environment's settings: its block in `cdk.json`, refused with a line for each thing wrong, before synthesis."""

import difflib
import json
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
    model_validator,
)
from pydantic.alias_generators import to_camel

from infra.pages import PageSettings
from infra.routes import FUNCTION_TIMEOUT_SECONDS
from infra.tables import USERS
from infra.tokens import literal, unresolved
from password_reset.accounts.attributes import UserAttributes
from password_reset.accounts.identifiers import mailable, read_mailbox
from password_reset.accounts.shape import Shape, UnusableShape, read_shape
from password_reset.passwords.policy import PRESETS
from password_reset.settings import ServiceSettings, SettingsError, explain, origin_of, unusable

# fmt: off
RETENTION_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288,
                  3653)
# fmt: on
"""The periods that CloudWatch Logs knows."""
BY_EMAIL = USERS.indexes[0].name
PROD_WAF_RATE_LIMIT = 300
"""Where the environment is called prod and says nothing else: one request a second, which no person needs."""
_DOMAIN = r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$"
_CERTIFICATE = r"^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate/[A-Za-z0-9-]+$"
_TABLE_NAME: dict[str, Any] = {"min_length": 3, "max_length": 255, "pattern": r"^[A-Za-z0-9_.-]+$"}
_KEY = r"^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[A-Za-z0-9-]+$"
_AT_DEPLOYMENT = {
    *(
        "alarm_email",
        "alarm_topic_arn",
        "web_acl_arn",
        "allowed_origins",
        "certificate_arn",
        "directory_function",
        "domain_name",
    ),
    *("frontend_url", "secrets_key_arn", "smtp_host", "smtp_secret", "turnstile_secret", "user_pool"),
    "whatsapp_secret",
}
"""What may be known at deployment alone: it's handed on as it is."""
_OF_THEIR_OWN = {"hosted_zone", "users_table", "website"}
"""Objects that say so of their own members."""
_BEFORE = {
    "environment": "the stage and the default of wafRateLimit follow from it",
    "mail_from": "the identity in SES, its DNS records and the permission to send are made of it",
    "mail_from_domain": "DNS records are made of it",
    "account": "the CDK looks for it before it deploys",
    "region": "the CDK looks for it before it deploys",
}
"""Why a setting has to be known before. Of the rest, what is made depends on the value."""

type AlarmLevel = Literal["outages", "important", "all"]
type _Address = Annotated[str, AfterValidator(mailable)]


class UsersTable(BaseModel):
    """A users table that the team has, of whatever shape (`password_reset/accounts/shape.py`).

    `attributes` says what the table calls the attributes, where it differs from us, or where they are in it. A `key`
    that is a name is a partition key that is the account's id, a text; `index` is one by normalised address.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)

    table_name: str | None = Field(None, **_TABLE_NAME)
    key: str | dict[str, Any] = Field("user_id", min_length=1)
    index: str | None = Field(None, min_length=3)
    lookup: dict[str, Any] | None = None
    attributes: dict[str, str] = Field(default_factory=dict)
    disabled_when: dict[str, Any] | None = None
    phone_verified_when: dict[str, Any] | None = None
    federated_when: dict[str, Any] | None = None
    kms_key_arn: str | None = Field(None, pattern=_KEY)

    @field_validator("table_name", "kms_key_arn", mode="wrap")
    @classmethod
    def _known_or_not(cls, value: Any, handler: ValidatorFunctionWrapHandler) -> Any:  # noqa: ANN401 - whatever is set
        return value if isinstance(value, str) and unresolved(value) else handler(value)

    @field_validator("attributes")
    @classmethod
    def _known(cls, attributes: dict[str, str]) -> dict[str, str]:
        UserAttributes.model_validate(attributes)
        return attributes

    @model_validator(mode="after")
    def _usable(self) -> Self:
        if self.index and self.lookup:
            message = "index and lookup say the same: give one of them"
            raise unusable(UnusableShape(message))
        try:
            _ = self.shape
        except UnusableShape as error:
            raise unusable(error) from None
        return self

    @property
    def names(self) -> UserAttributes:
        """What the functions call by which name, a key that is the account's id included."""
        own = {"user_id": self.key} if isinstance(self.key, str) else {}
        return UserAttributes.model_validate({**self.attributes, **own})

    @property
    def shape(self) -> Shape:
        """The table's shape.

        Raises:
            UnusableShape: it could not be used.
        """
        return read_shape(
            attributes=self.names,
            index=self.index or BY_EMAIL,
            key=None if isinstance(self.key, str) else self.key,
            lookup=self.lookup,
            disabled_when=self.disabled_when,
            phone_verified_when=self.phone_verified_when,
            federated_when=self.federated_when,
        )

    @property
    def environment(self) -> dict[str, str]:
        """What the functions are told about the table."""
        attributes = self.names.model_dump(exclude_defaults=True)
        told = {
            "USERS_ATTRIBUTES": attributes or None,
            "USERS_KEY": None if isinstance(self.key, str) else self.key,
            "USERS_LOOKUP": self.lookup,
            "USERS_DISABLED_WHEN": self.disabled_when,
            "USERS_PHONE_VERIFIED_WHEN": self.phone_verified_when,
            "USERS_FEDERATED_WHEN": self.federated_when,
        }
        index = {"USERS_INDEX": self.index or BY_EMAIL} if self.lookup is None and self.shape.lookup else {}
        return index | {name: json.dumps(value, separators=(",", ":")) for name, value in told.items() if value}


class _NamedTable(UsersTable):
    table_name: str = Field(**_TABLE_NAME)


class Website(PageSettings):
    """The hosted pages; without a domain of its own CloudFront gives them one."""

    domain_name: str | None = Field(None, pattern=_DOMAIN)
    certificate_arn: str | None = Field(
        None, pattern=_CERTIFICATE.replace("[a-z0-9-]+:", "us-east-1:", 1), validate_default=True
    )

    @field_validator("domain_name", "certificate_arn", mode="wrap")
    @classmethod
    def _known_or_not(cls, value: Any, handler: ValidatorFunctionWrapHandler) -> Any:  # noqa: ANN401 - whatever is set
        return value if isinstance(value, str) and unresolved(value) else handler(value)

    @field_validator("certificate_arn")
    @classmethod
    def _with_the_domain(cls, arn: str | None, info: ValidationInfo) -> str | None:
        return _both_or_neither(arn, info)


class HostedZone(BaseModel):
    """The zone of Route 53 that DNS records are written into."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)

    id: str = Field(pattern=r"^[A-Z0-9]{1,32}$")
    name: str = Field(pattern=_DOMAIN)

    @field_validator("id", "name", mode="wrap")
    @classmethod
    def _known_or_not(cls, value: Any, handler: ValidatorFunctionWrapHandler) -> Any:  # noqa: ANN401 - whatever is set
        return value if isinstance(value, str) and unresolved(value) else handler(value)


class Config(ServiceSettings):
    """What a team chooses for an environment: the functions' settings, and what only the deployment needs."""

    environment: str = Field(
        pattern=r"^[a-z][a-z0-9-]{0,19}$", description="1 to 20 lower-case letters, digits and hyphens"
    )
    account: str | None = Field(None, pattern=r"^\d{12}$", description="an AWS account's 12 digits")
    region: str | None = Field(
        None, pattern=r"^[a-z]{2}(-[a-z]+)+-\d$", description="an AWS region as in `eu-central-1`"
    )
    architecture: Literal["arm64", "x86_64"] = Field("arm64", description="arm64 or x86_64: the functions' processor")
    protect_data: bool = Field(
        default=True, description="true: tables and audit logs outlive the stack; or false: they go with it"
    )
    users_table: UsersTable | None = Field(
        None,
        description="an object with tableName, key, index or lookup, attributes, disabledWhen, phoneVerifiedWhen, "
        "federatedWhen, kmsKeyArn",
    )
    create_mail_identity: bool = Field(
        default=True,
        description="true or false: one environment of an account creates the identity of MAIL_FROM's domain",
    )
    mail_from_domain: str | None = Field(
        None,
        pattern=_DOMAIN,
        description="a subdomain of MAIL_FROM's domain that nothing else uses, for bounces; `bounce.` of it if null",
    )
    sandbox_recipients: tuple[_Address, ...] = Field(
        (), description="email addresses verified in SES, for as long as the account is in its sandbox"
    )
    notify_delay_seconds: int = Field(
        30,
        gt=FUNCTION_TIMEOUT_SECONDS,
        le=900,
        description=f"whole seconds from {FUNCTION_TIMEOUT_SECONDS + 1}, for a reset may run "
        f"for {FUNCTION_TIMEOUT_SECONDS}, to 900",
    )
    gradual_deployment: Literal["canary", "linear"] | None = Field(
        None,
        description="canary (a tenth for five minutes), linear (a tenth more each minute), or null: at once",
    )
    maximum_concurrency: int = Field(
        10, ge=2, le=1000, description="a whole number from 2 to 1000: workers that deliver at once"
    )
    alarms: AlarmLevel = Field(
        "all",
        description="outages (nobody is served), important (those, attacks, and what SES or the account suffers by) "
        "or all: which alarms there are",
    )
    dashboard: bool = Field(default=True, description="true or false: a dashboard in CloudWatch")
    mail_rate_alarm: int = Field(
        1000, ge=1, le=10_000_000, description="messages an hour, from 1, at which people are alarmed"
    )
    log_retention_days: int = Field(90, description=f"one of {', '.join(map(str, RETENTION_DAYS))}")
    access_logs: bool = Field(
        default=False, description="true, once the account's API Gateway has a CloudWatch role, or false"
    )
    alarm_email: _Address | None = Field(None, description="one email address")
    alarm_topic_arn: str | None = Field(
        None,
        pattern=r"^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]+$",
        description="the ARN of an SNS topic of yours that gets the alarms; alarmEmail subscribes to ours alone",
    )
    secrets_key_arn: str | None = Field(
        None,
        pattern=_KEY,
        description="the ARN of the KMS key that encrypts the secrets which settings name, if it's your own",
    )
    waf_rate_limit: int | None = Field(
        None,
        ge=10,
        le=2_000_000_000,
        description="requests to /auth/ from one address in five minutes, from 10, or null: no firewall",
    )
    web_acl_arn: str | None = Field(
        None,
        pattern=r"^arn:aws[a-z-]*:wafv2:us-east-1:\d{12}:global/webacl/.+$",
        validate_default=True,
        description="the ARN of a firewall in us-east-1, for source cloudfront outside of that region: "
        "`make firewall ENV=…`",
    )
    reserved_concurrency: int | None = Field(
        None,
        ge=2,
        le=1000,
        description="a whole number from 2 to 1000, or null: how many of each function that compares passwords run at "
        "once; the account must keep 100 unreserved",
    )
    domain_name: str | None = Field(
        None, pattern=_DOMAIN, description="a domain name in lower case as in `api.example.com`"
    )
    certificate_arn: str | None = Field(
        None,
        pattern=_CERTIFICATE,
        description="the ARN of a certificate for domainName in the same region; both or neither",
    )
    hosted_zone: HostedZone | None = Field(
        None,
        description="an object with id and name of a hosted zone of Route 53, which gets the DNS records; or null: the "
        "stack tells them as outputs",
    )
    dmarc: Literal["none", "quarantine", "reject"] | None = Field(
        "none",
        description="none, quarantine or reject: what receivers do with emails that are not the domain's; or null: no "
        "DMARC record",
    )
    website: Website | None = Field(
        None,
        description="an object with domainName, certificateArn (in us-east-1), signInUrl, signInAction, logoUrl, "
        "androidApps, appleApps; allowedOrigins must have the origin of frontendUrl; not with challenge turnstile, "
        "whose script the pages' policy refuses: take altcha",
    )

    @model_validator(mode="wrap")
    @classmethod
    def _explained(cls, block: Any, handler: ModelWrapValidatorHandler[Self], info: ValidationInfo) -> Self:  # noqa: ANN401 - whatever is set
        of = (info.context or {}).get("of") or "Config"
        try:
            config = handler(block)
        except ValidationError as error:
            raise SettingsError("\n".join([f"{of}:", *explain(cls, error, to_camel)])) from None
        if lines := brand_faults(config):
            raise SettingsError("\n".join([f"{of}:", *lines]))
        return config

    @field_validator("*", mode="wrap")
    @classmethod
    def _known_where_it_must_be(cls, value: Any, handler: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:  # noqa: ANN401 - the same
        name = info.field_name or ""
        if name == "users_table" and value is not None and info.context:
            _NamedTable.model_validate(value)  # there is no app that could bring a table
        if name in _OF_THEIR_OWN or not unresolved(value):
            return handler(value)
        parts = value if isinstance(value, list | tuple) else [value]
        if name not in _AT_DEPLOYMENT or not all(isinstance(part, str) and "#{Token[" not in part for part in parts):
            why = _BEFORE.get(name, "what is made depends on it")
            raise unusable(UnusableShape(f"only a deployment knows this (a token). Give a literal, for {why}"))
        if isinstance(value, str):
            return (value,) if name == "allowed_origins" else value
        handler(literal(value))
        return tuple(value)

    @model_validator(mode="before")
    @classmethod
    def _prod_has_a_firewall(cls, block: dict[str, Any]) -> dict[str, Any]:
        unsaid = block.get("environment") == "prod" and not {"wafRateLimit", "waf_rate_limit"} & block.keys()
        return {**block, "wafRateLimit": PROD_WAF_RATE_LIMIT} if unsaid else block

    @field_validator("directory_function")
    @classmethod
    def _deployed(cls, name: str | None) -> str | None:
        if name and not name.startswith("arn:"):
            message = "a deployment invokes a function by its ARN"
            raise ValueError(message)
        return name

    @field_validator("users_table")
    @classmethod
    def _one_directory(cls, table: UsersTable | None, info: ValidationInfo) -> UsersTable | None:
        elsewhere = {"function": "behind directoryFunction", "cognito": "in userPool"}.get(
            info.data.get("directory", "")
        )
        if table and elsewhere:
            message = f"the accounts are {elsewhere}: give one of them"
            raise unusable(UnusableShape(message))
        return table

    @field_validator("region")
    @classmethod
    def _of_the_pool(cls, region: str | None, info: ValidationInfo) -> str | None:
        pool = info.data.get("user_pool") or ""
        place = pool.partition("_")[0]
        if region and place and place != region and not unresolved(pool):
            message = f"userPool is in {place}: a pool is reached in its own region"
            raise unusable(UnusableShape(message))
        return region

    @field_validator("mail_from_domain")
    @classmethod
    def _below_the_senders(cls, domain: str | None, info: ValidationInfo) -> str | None:
        sender = read_mailbox(info.data.get("mail_from", "x@invalid"))[1].rpartition("@")[2]
        if domain and not domain.endswith(f".{sender}"):
            message = "SES takes a subdomain of the identity alone"
            raise ValueError(message)
        return domain

    @field_validator("log_retention_days")
    @classmethod
    def _a_period_of_cloudwatch(cls, days: int) -> int:
        if days not in RETENTION_DAYS:
            message = "not a period of CloudWatch Logs"
            raise ValueError(message)
        return days

    @field_validator("certificate_arn")
    @classmethod
    def _with_the_domain(cls, arn: str | None, info: ValidationInfo) -> str | None:
        return _both_or_neither(arn, info)

    @field_validator("alarm_topic_arn")
    @classmethod
    def _one_topic(cls, arn: str | None, info: ValidationInfo) -> str | None:
        if arn and info.data.get("alarm_email"):
            message = "subscribe alarmEmail to that topic yourself"
            raise unusable(UnusableShape(message))
        return arn

    @field_validator("web_acl_arn")
    @classmethod
    def _where_firewalls_of_distributions_are(cls, arn: str | None, info: ValidationInfo) -> str | None:
        behind = info.data.get("source") == "cloudfront"
        if arn and not behind:
            message = "there is no distribution before the API: wafRateLimit makes its firewall"
            raise unusable(UnusableShape(message))
        if behind and not arn and info.data.get("waf_rate_limit") and info.data.get("region") != "us-east-1":
            message = "a distribution's firewall is in us-east-1; or set wafRateLimit to null"
            raise unusable(UnusableShape(message))
        return arn

    @field_validator("website")
    @classmethod
    def _before_the_api(cls, website: Website | None, info: ValidationInfo) -> Website | None:
        lacks = website is None or not info.data.get("domain_name")
        if info.data.get("source") == "cloudfront" and lacks:
            message = "source cloudfront needs website, domainName and certificateArn: the API's own address is off"
            raise unusable(UnusableShape(message))
        return website

    @field_validator("website")
    @classmethod
    def _may_call_the_api(cls, website: Website | None, info: ValidationInfo) -> Website | None:
        url, origins = info.data.get("frontend_url", ""), info.data.get("allowed_origins", ())
        apart = website and info.data.get("source") != "cloudfront"
        if apart and (url if unresolved(url) else origin_of(url)) not in origins:
            message = "its origin is not allowed to call the API"
            raise ValueError(message)
        if website and info.data.get("challenge") == "turnstile":
            message = "the pages' policy admits no scripts of third parties: altcha is the challenge for them"
            raise ValueError(message)
        return website

    @property
    def users_shape(self) -> Shape:
        """The shape of the users table, the team's or ours."""
        return self.users_table.shape if self.users_table else read_shape(attributes=UserAttributes(), index=BY_EMAIL)

    @property
    def sender(self) -> str:
        """The address of MAIL_FROM."""
        return read_mailbox(self.mail_from)[1]

    @property
    def mail_domain(self) -> str:
        """The domain whose identity in SES the stack makes."""
        return domain_of(self.sender)

    @property
    def identities(self) -> list[str]:
        """What may be the identity in SES that sends."""
        return identities(self.mail_from)

    @property
    def bounce_domain(self) -> str:
        """The domain of the envelope's sender (SES's custom MAIL FROM domain)."""
        return self.mail_from_domain or f"bounce.{self.mail_domain}"

    @classmethod
    def load(cls, environments: object, environment: object) -> Self:
        """Return the settings of one environment out of `cdk.json`'s `environments`.

        Raises:
            SettingsError: with a line for each thing wrong.
        """
        if not isinstance(environments, dict) or not environments:
            message = "cdk.json has no context.environments: an object with a block for each environment."
            raise SettingsError(message)
        known = ", ".join(environments)
        if not isinstance(environment, str) or not environment:
            message = f"Say which environment, as in `make deploy ENV=NAME`: one of {known}."
            raise SettingsError(message)
        block = environments.get(environment)
        if not isinstance(block, dict):
            close = difflib.get_close_matches(environment, environments, n=1)
            hint = f" Did you mean {close[0]}?" if close else ""
            message = f"cdk.json has no environment {environment!r}.{hint} It has: {known}."
            raise SettingsError(message)
        named = {**block, "environment": environment}
        return cls.model_validate(named, context={"of": f"cdk.json, environment {environment}"})


def domain_of(address: str) -> str:
    """Return an address's domain, as SES names it."""
    return address.rpartition("@")[2].lower()


def identities(mail_from: str) -> list[str]:
    """Return what may be the identity in SES that sends: the sender's address, its domain, or a domain above."""
    sender = read_mailbox(mail_from)[1]
    labels = domain_of(sender).split(".")
    return [sender, *(".".join(labels[first:]) for first in range(len(labels) - 1))]


def brand_faults(settings: ServiceSettings) -> list[str]:
    """Return a line for each thing wrong with the brands that the settings name."""
    if not settings.brands:
        return []
    from infra.branding import faults  # noqa: PLC0415 - it renders every mail, and most environments have no brand

    return [line for name in sorted(set(settings.brands.values())) for line in faults(name, settings)]


def function_environment(config: ServiceSettings) -> dict[str, str]:
    """Return the team's choices as the functions read them: `Settings.from_environment` takes them back."""
    values = {name: getattr(config, name) for name in ServiceSettings.model_fields}
    return {name.upper(): _as_text(value) for name, value in values.items() if value not in (None, ())} | {
        "PASSWORD_POLICY": _policy_as_text(config)
    }


def _as_text(value: Any) -> str:  # noqa: ANN401 - any setting's value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        members = {name: member.model_dump(by_alias=True, exclude_none=True) for name, member in value.items()}
        return json.dumps(members, separators=(",", ":"))
    return ",".join(value) if isinstance(value, tuple) else str(value)


def _policy_as_text(config: ServiceSettings) -> str:
    policy = config.password_policy
    for name, preset in PRESETS.items():
        if policy == preset:
            return name
    return json.dumps({**policy.model_dump(by_alias=True), "symbols": policy.symbols}, separators=(",", ":"))


def _both_or_neither(arn: str | None, info: ValidationInfo) -> str | None:
    may_follow = not info.context  # in an app, as a construct
    if bool(arn) != bool(info.data.get("domain_name")) and (arn or not may_follow):
        message = "domainName and certificateArn come together"
        raise ValueError(message)
    return arn
