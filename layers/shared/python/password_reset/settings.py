"""What a deployment chooses, validated before anything runs, with messages for the person who set it.

One model serves all: the functions' environment (`TOKEN_TTL_SECONDS`), a block in `cdk.json`
(`tokenTtlSeconds`) and the local server. Secrets are here by name only.
"""

import difflib
import ipaddress
import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails, PydanticCustomError

from password_reset.accounts.attributes import UserAttributes
from password_reset.accounts.identifiers import is_deliverable, mailable, read_mailbox, write_mailbox
from password_reset.accounts.shape import Condition, Key, Lookup, Shape, UnusableShape, read_shape
from password_reset.channels.words.catalogue import LANGUAGES
from password_reset.delivery import SOURCE, Channel
from password_reset.errors import Factor
from password_reset.levers import MAX_BLOCKED, Paused, network
from password_reset.limits.windows import MAX_LIMIT
from password_reset.passwords.hashers import FORMS, Algorithm, Form, reads_whole
from password_reset.passwords.policy import PRESETS, PasswordPolicy, read_policy, whole

_PORTS = {"https": 443, "http": 80}
_HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+")
_INDIAN_ID = r"^[0-9]{1,50}$"
_LOCALHOSTS = {"localhost", "127.0.0.1", "::1"}
_NO_APPLICATIONS = {"http", "https", "javascript", "data", "vbscript", "file", "blob", "about"}
_BRAND = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$"
_BRAND_FOLDER = r"^([A-Za-z0-9._/-]+/)?[A-Za-z0-9][A-Za-z0-9_-]{0,39}/?$"
_SAFE_URL = re.compile(r"[!#-;=?-Z_a-z~\[\]]+")  # RFC 3986, less what would need escaping in a mail or header
_PRINTABLE = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]+")

MAX_PHONE_CODE_SECONDS = 600
"""What NIST SP 800-63B-4 (4.2) and ASVS 6.5.5 give a code that a phone gets."""

_REASONED = "shape"
"""The kind of an error whose text is for the person who set it."""

type EmailStyle = Literal["link", "code", "both"]
type Source = Literal["gateway", "cloudfront"]
type Challenge = Literal["off", "altcha", "turnstile"]


class SettingsError(Exception):
    """A setting is unknown, missing or unusable. The text, a line each, is for the person who set it."""


def _refuse_unless(condition: object) -> None:
    if not condition:
        message = "not usable"
        raise ValueError(message)


def _is_web(scheme: str, host: str | None) -> bool:
    return bool(host) and (scheme == "https" or (scheme == "http" and host in _LOCALHOSTS))


def _frontend_url(value: str) -> str:
    url = urlsplit(value)
    _refuse_unless(_SAFE_URL.fullmatch(value) and _is_web(url.scheme, url.hostname))
    _refuse_unless("@" not in url.netloc and "?" not in value and "#" not in value)
    _refuse_unless(url.port != 0)
    return value.rstrip("/")


def origin_of(url: str) -> str:
    """Return a URL's origin as a browser writes it: no port where it is the scheme's own."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if ":" in host:
        host = f"[{ipaddress.ip_address(host)}]"
    port = "" if parts.port in {None, _PORTS.get(parts.scheme)} else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"


def _origin(value: str) -> str:
    url = urlsplit(value)
    _refuse_unless(_SAFE_URL.fullmatch(value) and _is_web(url.scheme, url.hostname) and url.port != 0)
    _refuse_unless(
        _HOST.fullmatch(url.hostname or "") and value == origin_of(value)
    )  # what no browser sends never matches
    return value


def _printable(value: str) -> str:
    _refuse_unless(_PRINTABLE.fullmatch(value) and value.strip())
    return value


def _time_zone(value: str) -> str:
    if value != "UTC":
        from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: PLC0415 - few set one, every function starts here

        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, OSError):  # a folder's name among them
            _refuse_unless(condition=False)
    return value


def _address(value: str) -> str:
    _refuse_unless(is_deliverable(value))
    return mailable(value)


def _sender(value: str) -> str:
    _refuse_unless(_PRINTABLE.fullmatch(value))
    name, address = read_mailbox(value)
    return write_mailbox(name, _address(address))


def _event_source(value: str) -> str:
    _refuse_unless(re.fullmatch(r"[A-Za-z0-9._/-]{1,256}", value))
    _refuse_unless(value != SOURCE and not value.startswith("aws."))  # neither our own events, nor AWS's
    return value


def _application_scheme(value: str) -> str:
    _refuse_unless(re.fullmatch(r"[a-z][a-z0-9+.-]*", value) and value not in _NO_APPLICATIONS)
    return value


def _provider(value: str) -> str:
    _refuse_unless(re.fullmatch(r"[^=,]{1,60}=[^=,]{1,60}", value) and _PRINTABLE.fullmatch(value))
    return value


def _past(value: object) -> datetime:
    time = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    # A time to come would void what is issued until then as well: nobody could reset anything.
    _refuse_unless(time.tzinfo is not None and time <= datetime.now(UTC))
    return time


def _country(value: str) -> str:
    _refuse_unless(re.fullmatch(r"[1-9][0-9]{0,2}|[A-Z]{2}", value))
    return value


def _need[Value](value: Value, *, where: bool) -> Value:
    if where and not value:
        kind = "missing"  # as a field is that has no default
        raise PydanticCustomError(kind, kind)
    return value


def _by_phone(info: ValidationInfo) -> bool:
    return bool({"sms", "whatsapp"} & set(info.data.get("channels", ())))


def _language(value: str) -> str:
    _refuse_unless(value in LANGUAGES)
    return value


def _separate(value: Any) -> Any:  # noqa: ANN401 - whatever a settings file holds
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _parse_json(value: Any) -> Any:  # noqa: ANN401 - the same
    return json.loads(value) if isinstance(value, str) else value


type _Separated[Item] = Annotated[tuple[Item, ...], BeforeValidator(_separate)]
type _Address = Annotated[str, AfterValidator(_address)]
type _Origin = Annotated[str, AfterValidator(_origin)]
type _Scheme = Annotated[str, AfterValidator(_application_scheme)]
type _Provider = Annotated[str, AfterValidator(_provider)]
type _Network = Annotated[str, AfterValidator(network)]
type _Language = Annotated[str, AfterValidator(_language)]
type _Past = Annotated[datetime, BeforeValidator(_past)]
type _Country = Annotated[str, AfterValidator(_country)]
type _Attributes = Annotated[UserAttributes, BeforeValidator(_parse_json)]
type _Key = Annotated[dict[str, Any], BeforeValidator(_parse_json), AfterValidator(_read_by(Key.read))]
type _Lookup = Annotated[dict[str, Any], BeforeValidator(_parse_json), AfterValidator(_read_by(Lookup.read))]
type _Condition = Annotated[dict[str, Any], BeforeValidator(_parse_json), AfterValidator(_read_by(Condition.read))]


def _read_by(read: Callable[[Any], object]) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:  # noqa: ANN401 - whatever a settings file holds
        try:
            read(value)
        except UnusableShape as error:
            raise unusable(error) from None
        return value

    return check


def unusable(error: UnusableShape) -> PydanticCustomError:
    """Return the error of a setting that says why."""
    return PydanticCustomError(_REASONED, "{reason}", {"reason": str(error)})


def _web_link(value: str) -> str:
    _refuse_unless(value.startswith("https://"))
    _check_link(value)
    return value


def _web_address(value: str) -> str:
    _refuse_unless(_SAFE_URL.fullmatch(value) and value.startswith("https://") and urlsplit(value).hostname)
    _refuse_unless("@" not in urlsplit(value).netloc)
    return value


def _check_link(template: str, schemes: Collection[str] = ()) -> None:
    _refuse_unless(template.count("{token}") == 1)
    one, other = (template.replace("{token}", fill).replace("{language}", fill) for fill in ("a", "b"))
    url = urlsplit(one)
    _refuse_unless(_SAFE_URL.fullmatch(one))
    _refuse_unless(url.scheme in schemes or _is_web(url.scheme, url.hostname))
    _refuse_unless("@" not in url.netloc)
    _refuse_unless(url[:2] == urlsplit(other)[:2])  # neither scheme nor host is what a message fills in


class Client(BaseModel):
    """One of a team's applications: what its links look like, and where its people go on after a reset."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    link: Annotated[str, AfterValidator(_web_link)]
    return_to: Annotated[str, AfterValidator(_web_address)] | None = Field(None, alias="return")
    brand: str | None = Field(None, pattern=_BRAND)


type _ClientName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$")]
type _Clients = Annotated[dict[_ClientName, Client], BeforeValidator(_parse_json)]


class ServiceSettings(BaseModel):
    """What a team chooses for an environment. A field's description is what it allows."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        populate_by_name=True,
        validate_default=True,
        defer_build=True,
    )

    frontend_url: Annotated[str, AfterValidator(_frontend_url)] = Field(
        description="an https URL, or http for localhost, without query and fragment"
    )
    application_schemes: _Separated[_Scheme] = Field(
        (), description="URL schemes of your own applications, as in `exampleapp`, separated by commas"
    )
    reset_link_template: str | None = Field(
        None,
        description="a URL with exactly one {token}, and {language} where wanted: https, http for localhost, or a "
        "scheme of APPLICATION_SCHEMES",
    )
    clients: _Clients = Field(
        default_factory=dict,
        description="a JSON object from a name to an object with `link`, an https URL with exactly one {token}, and "
        "{language} where wanted, and, where wanted, `return`, an https URL, and `brand`, a brand's name",
    )
    allowed_origins: _Separated[_Origin] = Field(
        (),
        description="origins as in `https://www.example.com`, https or http for localhost, separated by commas",
    )
    product_name: Annotated[str, AfterValidator(_printable)] = Field(
        max_length=60, description="1 to 60 printable characters"
    )
    support_email: _Address = Field(description="one email address")
    brand_color: str = Field("#1f5fd0", pattern=r"^#[0-9a-fA-F]{6}$", description="a colour as in `#1f5fd0`")
    mail_from: Annotated[str, AfterValidator(_sender)] = Field(
        description="one email address, alone or as in `Example <no-reply@example.com>`"
    )
    mail_transport: Literal["ses", "smtp"] = Field("ses", description="ses or smtp")
    smtp_host: str | None = Field(
        None, pattern=r"^[A-Za-z0-9.-]+$", description="a host name; needed where MAIL_TRANSPORT is smtp"
    )
    smtp_port: int = Field(587, ge=1, le=65535, description="a whole number from 1 to 65535")
    smtp_security: Literal["starttls", "tls"] = Field("starttls", description="starttls or tls")
    smtp_secret: str | None = Field(
        None,
        min_length=1,
        description="the name of a Secrets Manager secret with a JSON object of username and password; needed "
        "where MAIL_TRANSPORT is smtp",
    )
    company_line: Annotated[str, AfterValidator(_printable)] | None = Field(
        None, max_length=200, description="at most 200 printable characters that say who sends the emails"
    )
    time_zone: Annotated[str, AfterValidator(_time_zone)] = Field(
        "UTC", description="an IANA time zone as in `Europe/Berlin`"
    )
    branding: str | None = Field(
        None, pattern=_BRAND_FOLDER, description="a brand's folder, as in `branding/acme`, or its name alone"
    )
    locales: _Separated[_Language] = Field(
        (), description=f"any of {', '.join(LANGUAGES)}, separated by commas; all of them where none is named"
    )
    default_locale: _Language = Field(
        "en", description=f"one of LOCALES, or of {', '.join(LANGUAGES)} where that is empty"
    )
    token_ttl_seconds: int = Field(900, ge=1, le=3600, description="whole seconds from 1 to 3600")
    reset_limit_per_identifier: int = Field(
        3, ge=0, le=MAX_LIMIT, description=f"a whole number from 0 (off) to {MAX_LIMIT}"
    )
    reset_limit_per_source: int = Field(
        30, ge=0, le=MAX_LIMIT, description=f"a whole number from 0 (off) to {MAX_LIMIT}"
    )
    reset_limit_window_seconds: int = Field(3600, ge=1, le=86400, description="whole seconds from 1 to 86400")
    reset_limit_per_identifier_day: int = Field(
        10,
        ge=0,
        le=MAX_LIMIT,
        description=f"a whole number from 0 (off) to {MAX_LIMIT}; counts where CHALLENGE is on",
    )
    challenge: Challenge = Field("off", description="off, altcha or turnstile")
    turnstile_site_key: str | None = Field(
        None,
        pattern=r"^[0-9A-Za-z_-]{10,100}$",
        description="the site key of a Turnstile widget; needed where CHALLENGE is turnstile",
    )
    turnstile_secret: str | None = Field(
        None,
        min_length=1,
        description="the name of a Secrets Manager secret that is the widget's secret key; needed where CHALLENGE "
        "is turnstile",
    )
    password_hash: Algorithm = Field("bcrypt", description="bcrypt, argon2id, scrypt or pbkdf2_sha256")
    password_hash_format: Form = Field(
        "phc", description="phc, django or spring; werkzeug where PASSWORD_HASH is scrypt or pbkdf2_sha256"
    )
    password_policy: PasswordPolicy = Field(
        PRESETS["default"],
        description=f"one of {', '.join(PRESETS)}, or a JSON object with members of the password policy",
    )
    bcrypt_cost: int = Field(12, ge=10, le=14, description="a whole number from 10 to 14")
    channels: _Separated[Channel] = Field(
        ("email",), min_length=1, description="any of email, sms, whatsapp, separated by commas"
    )
    code_ttl_seconds: int = Field(
        600,
        ge=1,
        le=3600,
        description="whole seconds from 1 to 3600; "
        f"to {MAX_PHONE_CODE_SECONDS} where sms or whatsapp is one of CHANNELS",
    )
    fallback_channel: Channel | None = Field(None, description="one of CHANNELS")
    sms_sender_id: str | None = Field(
        None,
        pattern=r"^[A-Za-z][A-Za-z0-9]{0,10}$",
        description="1 to 11 letters and digits, a letter first",
    )
    sms_countries: _Separated[_Country] = Field(
        (),
        description="countries as in `DE`, or by calling code as in `49`, which is its main country alone, separated "
        "by commas; needed where sms or whatsapp is one of CHANNELS",
    )
    sms_android_hash: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9+/]{11}$",
        description="the 11 characters by which Android's SMS Retriever knows your app",
    )
    sms_india_entity_id: str | None = Field(
        None, pattern=_INDIAN_ID, description="1 to 50 digits; together with SMS_INDIA_TEMPLATE_ID"
    )
    sms_india_template_id: str | None = Field(
        None, pattern=_INDIAN_ID, description="1 to 50 digits; together with SMS_INDIA_ENTITY_ID"
    )
    whatsapp_version: str = Field(
        "v23.0", pattern=r"^v[0-9]+\.[0-9]+$", description="a Graph API version as in `v23.0`"
    )
    whatsapp_phone_number_id: str | None = Field(
        None, pattern=r"^[0-9]+$", description="digits; needed where whatsapp is one of CHANNELS"
    )
    whatsapp_type: Literal["template", "text"] = Field("template", description="template or text")
    whatsapp_template: str | None = Field(
        None,
        pattern=r"^[a-z0-9_]{1,512}$",
        description="an authentication template's name; needed where whatsapp is one of CHANNELS, but for text",
    )
    whatsapp_notice_template: str = Field(
        "password_changed",
        pattern=r"^[a-z0-9_]{1,512}$",
        description="a utility template's name: 1 to 512 lower-case letters, digits and underscores",
    )
    whatsapp_report_template: str | None = Field(
        None,
        pattern=r"^[a-z0-9_]{1,512}$",
        description="a utility template's name: 1 to 512 lower-case letters, digits and underscores",
    )
    whatsapp_locked_template: str = Field(
        "account_locked",
        pattern=r"^[a-z0-9_]{1,512}$",
        description="a utility template's name: 1 to 512 lower-case letters, digits and underscores",
    )
    whatsapp_secret: str | None = Field(
        None,
        min_length=1,
        description="the name of a Secrets Manager secret that is an access token; needed where whatsapp is one "
        "of CHANNELS",
    )
    directory: Literal["dynamodb", "function", "cognito"] = Field(
        "dynamodb", description="dynamodb, function or cognito"
    )
    directory_function: str | None = Field(
        None,
        pattern=r"^(arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_-]+(:[A-Za-z0-9$_-]+)?"
        r"|[A-Za-z_][\w.]*:[A-Za-z_]\w*)$",
        description="the ARN of a Lambda function, or package.module:handler on one machine; needed where DIRECTORY "
        "is function",
    )
    user_pool: str | None = Field(
        None,
        pattern=r"^[a-z0-9-]{1,30}_[A-Za-z0-9]{1,40}$",
        description="the id of a Cognito user pool, as in `eu-central-1_AbCdEfGhI`; needed where DIRECTORY is cognito",
    )
    federated_providers: _Separated[_Provider] = Field(
        (),
        description="what people know the values of USERS_FEDERATED_WHEN's attribute as, as in `google=Google`, "
        "separated by commas",
    )
    notify_unknown: bool = Field(default=False, description="true or false")
    verify_on_reset: bool = Field(default=False, description="true or false")
    email_style: EmailStyle = Field("link", description="one of link, code, both")
    paused: Paused = Field("off", description="off, silent, refuse, silent+reset or refuse+reset")
    tokens_not_before: _Past | None = Field(None, description="a time that is past, as in `2026-11-28T16:00:00Z`")
    blocked_sources: _Separated[_Network] = Field(
        (),
        max_length=MAX_BLOCKED,
        description=f"at most {MAX_BLOCKED} addresses or networks as in `203.0.113.0/24`, separated by commas",
    )
    freeze_seconds: int = Field(
        259_200,
        ge=0,
        le=2_592_000,
        description="whole seconds from 0 (off: notices carry no link that disputes) to 2592000",
    )
    factors: _Separated[Factor] = Field(
        (),
        description="any of totp, recovery_code, phone, directory, separated by commas; phone needs sms or whatsapp in "
        "CHANNELS, directory needs DIRECTORY to be function",
    )
    operator_api: bool = Field(default=False, description="true or false")
    source: Source = Field(
        "gateway",
        description="gateway, or cloudfront where it is in front of the API: who tells the source address",
    )
    operator_event_source: Annotated[str, AfterValidator(_event_source)] | None = Field(
        None,
        description="the source of your own EventBridge events, as in `example.crm`; neither `password-reset` nor one "
        "that begins with `aws.`",
    )
    sessions: bool = Field(default=False, description="true or false")
    session_ttl_seconds: int = Field(3600, ge=60, le=86400, description="whole seconds from 60 to 86400")
    notify_delay_seconds: int = Field(30, ge=1, le=900, description="whole seconds from 1 to 900")

    @field_validator("default_locale")
    @classmethod
    def _offered(cls, language: str, info: ValidationInfo) -> str:
        _refuse_unless(language in (info.data.get("locales") or LANGUAGES))
        return language

    @field_validator("factors")
    @classmethod
    def _of_what_there_is(cls, factors: tuple[Factor, ...], info: ValidationInfo) -> tuple[Factor, ...]:
        _refuse_unless("phone" not in factors or _by_phone(info))
        _refuse_unless("directory" not in factors or info.data.get("directory") == "function")
        return factors

    @field_validator("password_hash_format")
    @classmethod
    def _written(cls, form: Form, info: ValidationInfo) -> Form:
        _refuse_unless(form in FORMS.get(info.data.get("password_hash", "bcrypt"), ()))
        return form

    @field_validator("password_policy", mode="before")
    @classmethod
    def _as_long_as_is_read(cls, policy: Any, info: ValidationInfo) -> Any:  # noqa: ANN401 - whatever a file holds
        algorithm, form = info.data.get("password_hash"), info.data.get("password_hash_format")
        read = read_policy(policy)
        return whole(read) if algorithm and form and reads_whole(algorithm, form) else read

    @field_validator("reset_link_template")
    @classmethod
    def _one_token(cls, template: str | None, info: ValidationInfo) -> str | None:
        if template is not None:
            _check_link(template, info.data.get("application_schemes", ()))
        return template

    @field_validator("fallback_channel")
    @classmethod
    def _enabled(cls, channel: str | None, info: ValidationInfo) -> str | None:
        _refuse_unless(channel is None or channel in info.data.get("channels", ()))
        return channel

    @field_validator("smtp_host", "smtp_secret")
    @classmethod
    def _smtp(cls, value: str | None, info: ValidationInfo) -> str | None:
        return _need(value, where=info.data.get("mail_transport") == "smtp")

    @field_validator("sms_countries")
    @classmethod
    def _countries(cls, countries: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        by_phone = _by_phone(info)
        if by_phone and countries:
            from password_reset.channels.countries import listed  # noqa: PLC0415 - most deployments have no use for it

            _refuse_unless(all(map(listed, countries)))
        return _need(countries, where=by_phone)

    @field_validator("code_ttl_seconds")
    @classmethod
    def _no_longer_by_phone(cls, seconds: int, info: ValidationInfo) -> int:
        _refuse_unless(seconds <= MAX_PHONE_CODE_SECONDS or not _by_phone(info))
        return seconds

    @field_validator("sms_india_template_id")
    @classmethod
    def _with_the_entity(cls, template: str | None, info: ValidationInfo) -> str | None:
        entity = info.data.get("sms_india_entity_id")
        _refuse_unless(template is None or entity)
        return _need(template, where=entity is not None)

    @field_validator("whatsapp_phone_number_id", "whatsapp_secret", "whatsapp_template")
    @classmethod
    def _whatsapp(cls, value: str | None, info: ValidationInfo) -> str | None:
        unneeded = info.field_name == "whatsapp_template" and info.data.get("whatsapp_type") == "text"
        return _need(value, where="whatsapp" in info.data.get("channels", ()) and not unneeded)

    @field_validator("directory_function")
    @classmethod
    def _behind_a_function(cls, value: str | None, info: ValidationInfo) -> str | None:
        return _need(value, where=info.data.get("directory") == "function")

    @field_validator("directory_function")
    @classmethod
    def _without_history(cls, value: str | None, info: ValidationInfo) -> str | None:
        policy = info.data.get("password_policy")
        if value and policy and policy.history > 1 and info.data.get("directory") == "function":
            message = "a directory function keeps no earlier hashes: PASSWORD_POLICY's history must be 0 or 1"
            raise PydanticCustomError(_REASONED, "{reason}", {"reason": message})
        return value

    @field_validator("user_pool")
    @classmethod
    def _in_a_pool(cls, value: str | None, info: ValidationInfo) -> str | None:
        policy, pool = info.data.get("password_policy"), info.data.get("directory") == "cognito"
        needed = _need(value, where=pool)
        if pool and policy and policy.history:
            message = "Cognito lets nobody read passwords: PASSWORD_POLICY's history must be 0; the pool has its own"
            raise PydanticCustomError(_REASONED, "{reason}", {"reason": message})
        return needed

    @field_validator("verify_on_reset", "sessions")
    @classmethod
    def _not_with_a_pool(cls, value: bool, info: ValidationInfo) -> bool:  # noqa: FBT001 - a validator's
        if value and info.data.get("directory") == "cognito":
            message = "Cognito itself signs people in, and mail goes to verified addresses alone"
            raise PydanticCustomError(_REASONED, "{reason}", {"reason": message})
        return value

    @field_validator("turnstile_site_key", "turnstile_secret")
    @classmethod
    def _turnstile(cls, value: str | None, info: ValidationInfo) -> str | None:
        return _need(value, where=info.data.get("challenge") == "turnstile")

    def reset_link(self, token: str, language: str = "", client: str = "") -> str:
        """Return the address that a mail leads to: the token is in the fragment, unless a template says otherwise.

        Where the pages are ours they open in the mail's language. A client that is none any more has no link.
        """
        query = "?lang={language}" if language else ""
        own = self.clients[client].link if client in self.clients else None
        template = own or self.reset_link_template or f"{self.frontend_url}/reset-password{query}#token={{token}}"
        return template.replace("{language}", language).replace("{token}", token)

    def report_link(self, token: str, language: str = "") -> str:
        """Return the address at which a change is disputed, in the language where the page is ours."""
        query = f"?lang={language}" if language and not self.reset_link_template else ""
        return f"{self.frontend_url}/report-change{query}#token={token}"

    def report_channels(self) -> set[str]:
        """Return the channels whose notices can carry a link that disputes."""
        by_whatsapp = self.whatsapp_type == "text" or self.whatsapp_report_template
        return {channel for channel in ("email", *self.channels) if channel != "whatsapp" or by_whatsapp}

    def provider_name(self, provider: str) -> str:
        """Return what people know a provider as that they sign in with; empty where that is not set."""
        return dict(known.split("=") for known in self.federated_providers).get(provider, "")

    def may_send_code(self, channel: str) -> bool:
        """Whether a request by the channel may be answered by a code."""
        return channel != "email" or self.email_style != "link" or self.fallback_channel not in {None, "email"}

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that messages and pages are offered in."""
        return self.locales or LANGUAGES

    @property
    def brands(self) -> dict[str, str]:
        """The brand of each client that has one, and the deployment's under no name."""
        own = {name: client.brand for name, client in self.clients.items() if client.brand}
        return own | ({"": self.branding} if self.branding else {})

    @property
    def sms_india(self) -> tuple[str, str] | None:
        """The entity and the template that India wants named."""
        entity, template = self.sms_india_entity_id, self.sms_india_template_id
        return (entity, template) if entity and template else None

    @property
    def pages_host(self) -> str:
        """The domain of the pages."""
        return urlsplit(self.frontend_url).hostname or ""

    @property
    def page_hosts(self) -> set[str]:
        """The domains of the pages that may call the API."""
        return {self.pages_host} | {urlsplit(origin).hostname or "" for origin in self.allowed_origins}

    @property
    def forgot_url(self) -> str:
        """The page on which a reset is requested, with a place for the language where the page is ours."""
        query = "" if self.reset_link_template else "?lang={language}"
        return f"{self.frontend_url}/forgot-password{query}"


KEY_ALLOWED = 'a JSON object of one or two key attributes, as in `{"PK": "USER#{user_id}", "SK": "PROFILE"}`'
LOOKUP_ALLOWED = (
    'a JSON object as in `{"index": "by_email", "key": {"email_key": "{email_key}"}}` or '
    '`{"key": {"PK": "EMAIL#{email_key}", "SK": "EMAIL"}, "holds": {"userId": "{user_id}"}}`'
)
CONDITION_ALLOWED = 'a JSON object as in `{"attribute": "status", "values": ["blocked"]}`'


class Settings(ServiceSettings):
    """What the functions run with: the team's choices, and what their resources are called."""

    users_table: str | None = Field(
        None, min_length=3, description="a DynamoDB table's name; needed where DIRECTORY is dynamodb"
    )
    users_index: str = Field("by_email", min_length=3, description="the name of the index by email")
    users_attributes: _Attributes = Field(
        UserAttributes(), description="a JSON object from our attributes' names to your table's, or to paths in it"
    )
    users_key: _Key | None = Field(None, description=KEY_ALLOWED)
    users_disabled_when: _Condition | None = Field(None, description=CONDITION_ALLOWED)
    users_phone_verified_when: _Condition | None = Field(None, description=CONDITION_ALLOWED)
    users_federated_when: _Condition | None = Field(None, description=CONDITION_ALLOWED)
    users_lookup: _Lookup | None = Field(None, description=LOOKUP_ALLOWED)
    reset_tokens_table: str = Field(min_length=3, description="a DynamoDB table's name")
    codes_table: str = Field(min_length=3, description="a DynamoDB table's name")
    accounts_table: str | None = Field(None, min_length=3, description="a DynamoDB table's name")
    factors_key: str | None = Field(None, min_length=1, description="a KMS key's id, ARN or alias")
    limits_table: str = Field(min_length=3, description="a DynamoDB table's name")
    suppressions_table: str = Field(min_length=3, description="a DynamoDB table's name")
    levers_table: str = Field(min_length=3, description="a DynamoDB table's name")
    deliveries_table: str = Field(min_length=3, description="a DynamoDB table's name")
    queue_url: str = Field(min_length=1, description="an SQS queue's URL")
    pepper_secret: str = Field(min_length=1, description="a Secrets Manager secret's name or ARN")
    sign_ins_table: str | None = Field(None, min_length=3, description="a DynamoDB table's name")
    revoked_sessions_table: str | None = Field(None, min_length=3, description="a DynamoDB table's name")
    session_key_secret: str | None = Field(None, min_length=1, description="a Secrets Manager secret's name or ARN")
    configuration_set: str | None = Field(None, min_length=1, description="an SES configuration set's name")
    notice_configuration_set: str | None = Field(None, min_length=1, description="an SES configuration set's name")
    origin_secret: str | None = Field(None, min_length=1, description="a Secrets Manager secret's name or ARN")
    metrics_namespace: str = Field(
        "PasswordReset", pattern=r"^[A-Za-z0-9._/#:-]{1,255}$", description="a CloudWatch namespace"
    )

    @field_validator("sign_ins_table", "revoked_sessions_table", "session_key_secret")
    @classmethod
    def _named_where_sessions_are_on(cls, name: str | None, info: ValidationInfo) -> str | None:
        _refuse_unless(name or not info.data.get("sessions"))
        return name

    @field_validator("origin_secret")
    @classmethod
    def _behind_cloudfront(cls, value: str | None, info: ValidationInfo) -> str | None:
        return _need(value, where=info.data.get("source") == "cloudfront")

    @field_validator("users_table")
    @classmethod
    def _in_a_table(cls, value: str | None, info: ValidationInfo) -> str | None:
        return _need(value, where=info.data.get("directory") == "dynamodb")

    @field_validator("users_lookup")
    @classmethod
    def _fits_the_rest(cls, lookup: dict[str, Any] | None, info: ValidationInfo) -> dict[str, Any] | None:
        try:
            _shape({**info.data, "users_lookup": lookup})
        except UnusableShape as error:
            raise unusable(error) from None
        except KeyError:  # one of the rest is wrong itself, and says so
            return lookup
        return lookup

    @property
    def users_shape(self) -> Shape:
        """The shape of the users table."""
        return _shape(dict(self))

    @field_validator("accounts_table")
    @classmethod
    def _named_where_it_is_used(cls, name: str | None, info: ValidationInfo) -> str | None:
        used = info.data.get("factors") or info.data.get("freeze_seconds") or info.data.get("directory") == "cognito"
        return _need(name, where=bool(used))

    @field_validator("factors_key")
    @classmethod
    def _named_where_secrets_are_kept(cls, key: str | None, info: ValidationInfo) -> str | None:
        return _need(key, where="totp" in info.data.get("factors", ()))

    def needed(self, name: str) -> str:
        """Return a setting that may be left out where nothing needs it, and is needed here.

        Raises:
            SettingsError: it is not set.
        """
        value: str | None = getattr(self, name)
        if value is None:
            message = f"{name.upper()} is needed here, and is not set."
            raise SettingsError(message)
        return value

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read the settings from environment variables.

        Raises:
            SettingsError: with a line for each that is unknown, missing or unusable.
        """
        names = {field.upper(): field for field in cls.model_fields}
        unknown = [
            f"{name} is no setting. Did you mean {close[0]}?"
            for name in environment
            if name not in names and (close := difflib.get_close_matches(name, names, n=1, cutoff=0.9))
        ]
        values = {names[name]: value for name, value in environment.items() if name in names}
        try:
            settings = cls.model_validate(values)
        except ValidationError as error:
            raise SettingsError("\n".join([*unknown, *explain(cls, error, str.upper)])) from None
        if unknown:
            raise SettingsError("\n".join(unknown))
        return settings


def _shape(settings: Mapping[str, Any]) -> Shape:
    return read_shape(
        attributes=settings["users_attributes"],
        index=settings["users_index"],
        key=settings["users_key"],
        lookup=settings["users_lookup"],
        disabled_when=settings["users_disabled_when"],
        phone_verified_when=settings["users_phone_verified_when"],
        federated_when=settings["users_federated_when"],
    )


def explain(model: type[BaseModel], error: ValidationError, spell: Callable[[str], str]) -> list[str]:
    """Return a line for each setting that is wrong: its name as `spell` writes it, its value, and what is allowed."""
    fields = {alias: name for name, field in model.model_fields.items() for alias in (name, field.alias)}
    lines = []
    for fault in _faults(error):
        top, *inner = fault["loc"]
        name = fields.get(str(top))
        if name is None:
            close = difflib.get_close_matches(str(top), map(str, fields), n=1)
            lines.append(f"{top} is no setting.{f' Did you mean {close[0]}?' if close else ''}")
            continue
        missing = not inner and (fault["type"] == "missing" or fault["input"] is None)
        wrong = "is missing" if missing else f"cannot be {fault['input']!r:.100}"
        where = f" ({'.'.join(map(str, inner))}: {fault['msg']})" if inner else ""
        where = f": {fault['msg']}" if fault["type"] == _REASONED else where
        lines.append(f"{spell(name)} {wrong}{where}. Allowed: {model.model_fields[name].description}.")
    return lines


def _faults(error: ValidationError, *outer: int | str) -> Iterator[ErrorDetails]:
    for fault in error.errors(include_url=False):
        loc = (*outer, *fault["loc"])
        cause = fault.get("ctx", {}).get("error")
        if isinstance(cause, ValidationError):  # of a model that a validator chose
            yield from _faults(cause, *loc)
        else:
            fault["loc"] = loc
            yield fault
