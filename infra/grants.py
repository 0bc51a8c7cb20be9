"""What each function may do, action by action: all of it is here, and nothing is granted elsewhere."""

from collections.abc import Mapping, Sequence

from aws_cdk import Stack
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from infra.arns import arn, secret_arn
from infra.config import Config
from infra.functions import Functions
from infra.mail import Mail
from infra.storage import SessionStorage, Storage
from password_reset.accounts.shape import Key
from password_reset.delivery import SOURCE
from password_reset.delivery.events import CHANGE_DISPUTED, PASSWORD_CHANGED

_READ, _PUT, _UPDATE = "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"
_STARTERS = {"start_reset", "start_by_event"}
_READERS = {
    *("verify", "verify_code", "verify_factor", "reset", "report_change", "deliver", "sign_in", "authorizer"),
    *_STARTERS,
}
"""The functions that read accounts."""
# What an update of an account names: what it writes, and what it compares with what was read.
_UPGRADE = ("password_hash", "credentials_version")
_OUTDATE = ("credentials_version",)
_NOT_BY_HTTP = {"deliver", "feedback", "start_reset", "start_by_event"}
"""What comes from elsewhere, or is signed with AWS credentials: CloudFront isn't before it."""
_PULLED = {"forgot", *_READERS}
"""What operators' levers are about."""
_RESET = (*_UPGRADE, "email", "disabled", "federated", "password_changed_at", "password_history")


def grant(scope: Construct, *, functions: Functions, storage: Storage, mail: Mail, config: Config) -> None:
    """Allow every function the calls that it makes, on the resources that it makes them on."""
    tokens, codes = storage.reset_tokens.table_arn, storage.codes.table_arn
    limits, deliveries = storage.limits.table_arn, storage.deliveries.table_arn
    suppressions, queue = storage.suppressions.table_arn, storage.messages.queue_arn

    _grant_what_many_need(functions, storage)
    functions.allow("forgot", _UPDATE, on=limits)
    functions.allow("forgot", "sqs:SendMessage", on=queue)
    _grant_tokens(functions, storage, config)
    if config.freeze_seconds:
        _grant_reports(functions, storage)
    functions.allow("verify_code", _PUT, on=tokens)
    functions.allow("verify_code", _UPDATE, on=[codes, limits])
    functions.allow("reset", _UPDATE, on=tokens)
    functions.allow("reset", "sqs:SendMessage", on=queue)
    for name in sorted(_STARTERS & functions.by_name.keys()):
        functions.allow(name, _UPDATE, on=limits)
        functions.allow(name, "sqs:SendMessage", on=queue)
    functions.allow("feedback", _PUT, on=suppressions)
    functions.allow("feedback", _UPDATE, on=deliveries)
    functions.allow("deliver", "dynamodb:BatchGetItem", on=[suppressions, tokens])
    functions.allow("deliver", _READ, on=limits)
    functions.allow("deliver", _PUT, on=[tokens, codes, deliveries])
    functions.allow("deliver", _UPDATE, on=[codes, limits, deliveries])
    told = [PASSWORD_CHANGED, *([CHANGE_DISPUTED] if config.freeze_seconds else [])]
    event = {"ForAllValues:StringEquals": {"events:source": SOURCE, "events:detail-type": told}}
    functions.allow("deliver", "events:PutEvents", on=arn(scope, "events", "event-bus/default"), where=event)
    # SendEmail with a raw message is checked as SendRawEmail.
    from_address = {"StringEquals": {"ses:FromAddress": config.sender}}
    functions.allow("deliver", "ses:SendEmail", "ses:SendRawEmail", on=mail.sending, where=from_address)
    functions.allow("deliver", "ses:GetAccount", on="*")  # what is left of the day's mails; it knows no resource
    if "sms" in config.channels:  # a phone number is no resource; a topic is one, and none is ours to publish to
        functions.allow("deliver", "sns:Publish", on="*")
        functions.deny("deliver", "sns:Publish", on=f"arn:{Stack.of(scope).partition}:sns:*:*:*")
    _grant_named_secrets(scope, functions, config)
    if storage.sessions:
        _grant_sessions(functions, storage.sessions)
    readers = sorted(functions.by_name.keys() & _READERS)
    _grant_directory(scope, functions, storage, config, readers)


def _grant_named_secrets(scope: Construct, functions: Functions, config: Config) -> None:
    """Allow what reads secrets that the team keeps, under its own key where it has one."""
    turnstile = config.turnstile_secret if config.challenge == "turnstile" else None
    named = {"deliver": (config.smtp_secret, config.whatsapp_secret), "forgot": (turnstile,)}
    for name, secrets in named.items():
        for secret in filter(None, secrets):
            functions.allow(name, "secretsmanager:GetSecretValue", on=secret_arn(scope, secret))
        if config.secrets_key_arn and any(secrets):
            via = {"StringEquals": {"kms:ViaService": f"secretsmanager.{Stack.of(scope).region}.amazonaws.com"}}
            functions.allow(name, "kms:Decrypt", on=config.secrets_key_arn, where=via)


def _grant_directory(
    scope: Construct, functions: Functions, storage: Storage, config: Config, readers: Sequence[str]
) -> None:
    """Allow what reads accounts, and what writes their passwords, wherever they are."""
    if storage.users:
        _grant_table(scope, functions, storage.users, config, readers)
    elif config.directory == "cognito" and config.user_pool:
        _grant_pool(functions, storage, arn(scope, "cognito-idp", f"userpool/{config.user_pool}"), readers)
    elif config.directory_function:
        for name in readers:
            functions.allow(name, "lambda:InvokeFunction", on=config.directory_function)


def _grant_table(
    scope: Construct, functions: Functions, table: dynamodb.ITable, config: Config, readers: Sequence[str]
) -> None:
    """Allow what reads accounts in a table, and what writes their passwords."""
    users, by_key = table.table_arn, _partition(config.users_shape.key)
    # With factors or reports an account is read together with what is ours of it.
    alone = {"verify_code"} if config.factors or config.freeze_seconds else {"verify", "verify_code", "reset"}
    for name in readers:
        if name in alone | _STARTERS:
            functions.allow(name, _READ, on=users, where=by_key)
        if name not in alone:
            functions.allow(name, "dynamodb:BatchGetItem", on=users, where=by_key)
    resets = _RESET + (("email_verified",) if config.verify_on_reset else ())
    functions.allow("reset", _UPDATE, on=users, where=_attributes(config, resets) | by_key)
    if "report_change" in readers:
        functions.allow("report_change", _UPDATE, on=users, where=_attributes(config, _OUTDATE) | by_key)
    if "sign_in" in readers:
        functions.allow("sign_in", _UPDATE, on=users, where=_attributes(config, _UPGRADE) | by_key)
    # Where the address is the key of accounts, nothing needs to be looked up.
    if lookup := config.users_shape.lookup:
        place = f"{users}/index/{lookup.index}" if lookup.index else users
        for name in sorted({"deliver", "sign_in", *_STARTERS} & set(readers)):
            functions.allow(name, "dynamodb:Query" if lookup.index else _READ, on=place, where=_partition(lookup.key))
    if table.encryption_key:
        via = {"StringEquals": {"kms:ViaService": f"dynamodb.{Stack.of(scope).region}.amazonaws.com"}}
        for name in readers:
            functions.allow(name, "kms:Decrypt", on=table.encryption_key.key_arn, where=via)


def _grant_pool(functions: Functions, storage: Storage, pool: str, readers: Sequence[str]) -> None:
    """Allow what reads users of a pool and our rows beside them, what sets their passwords, and what ends sessions."""
    for name in readers:
        functions.allow(name, "cognito-idp:AdminGetUser", on=pool)
        functions.allow(name, "dynamodb:BatchGetItem", on=storage.accounts.table_arn)
    for name in sorted({"deliver", *_STARTERS} & set(readers)):
        functions.allow(name, "cognito-idp:ListUsers", on=pool)
    for name in sorted({"deliver", "report_change"} & set(readers)):
        functions.allow(name, "cognito-idp:AdminUserGlobalSignOut", on=pool)
    setting = ("cognito-idp:AdminSetUserPassword", "cognito-idp:AdminUserGlobalSignOut", "cognito-idp:DescribeUserPool")
    functions.allow("reset", *setting, on=pool)
    for name in ("reset", "deliver"):
        functions.allow(name, _UPDATE, on=storage.accounts.table_arn)


def _grant_what_many_need(functions: Functions, storage: Storage) -> None:
    if storage.origin_secret:
        for name in sorted(functions.by_name.keys() - _NOT_BY_HTTP):
            functions.allow(name, "secretsmanager:GetSecretValue", on=storage.origin_secret.secret_arn)
    for name in functions.by_name:
        functions.allow(name, "secretsmanager:GetSecretValue", on=storage.pepper.secret_arn)
    for name in sorted(_PULLED & functions.by_name.keys()):
        functions.allow(name, _READ, on=storage.levers.table_arn)


def _grant_tokens(functions: Functions, storage: Storage, config: Config) -> None:
    """Allow what reads a token, and with factors what is ours of its account."""
    for name in ("verify", "verify_code", "reset"):
        functions.allow(name, _READ, on=storage.reset_tokens.table_arn)
    if not config.factors:
        return
    accounts, tokens = storage.accounts.table_arn, storage.reset_tokens.table_arn
    functions.allow("verify_factor", "dynamodb:BatchGetItem", on=accounts)
    if not config.freeze_seconds:
        for name in ("verify", "reset"):
            functions.allow(name, "dynamodb:BatchGetItem", on=accounts)
    functions.allow("reset", "dynamodb:ConditionCheckItem", on=accounts)
    functions.allow("verify_factor", _READ, on=tokens)
    functions.allow("verify_factor", _UPDATE, on=[tokens, accounts, storage.limits.table_arn])
    if "phone" in config.factors:
        functions.allow("deliver", _UPDATE, on=tokens)
    if {"recovery_code", "phone"} & set(config.factors):
        functions.allow("verify_factor", "sqs:SendMessage", on=storage.messages.queue_arn)
    if storage.factors_key:
        functions.allow("verify_factor", "kms:Decrypt", on=storage.factors_key.key_arn)


def _grant_reports(functions: Functions, storage: Storage) -> None:
    """Allow what honours a freeze, what lifts one, and what disputes a change."""
    accounts, tokens = storage.accounts.table_arn, storage.reset_tokens.table_arn
    for name in sorted(
        {"verify", "reset", "report_change", "deliver", "sign_in", "authorizer"} & functions.by_name.keys()
    ):
        functions.allow(name, "dynamodb:BatchGetItem", on=accounts)
    functions.allow("reset", _UPDATE, on=accounts)
    functions.allow("report_change", _READ, on=tokens)
    functions.allow("report_change", _UPDATE, on=[tokens, accounts])
    functions.allow("report_change", "sqs:SendMessage", on=storage.messages.queue_arn)


def _grant_sessions(functions: Functions, sessions: SessionStorage) -> None:
    sign_ins, revoked = sessions.sign_ins.table_arn, sessions.revoked.table_arn
    for name in ("sign_in", "authorizer"):
        functions.allow(name, "secretsmanager:GetSecretValue", on=sessions.key.secret_arn)
    functions.allow("sign_in", "dynamodb:BatchGetItem", _PUT, _UPDATE, on=sign_ins)
    functions.allow("sign_out", _PUT, on=revoked)
    functions.allow("authorizer", "dynamodb:BatchGetItem", on=revoked)


type _Conditions = dict[str, Mapping[str, Sequence[str]]]


def _attributes(config: Config, names: Sequence[str]) -> _Conditions:
    """Allow a write that names these attributes of an account and no others, by what the team calls them."""
    return {"ForAllValues:StringEquals": {"dynamodb:Attributes": config.users_shape.top_level(names)}}


def _partition(key: Key) -> _Conditions:
    """Allow the partitions that a template fits: in a table that accounts share with other things, theirs alone."""
    template = key.partition
    fixed = template.prefix if template.places else template.text
    if template.kind != "S" or not fixed or set(fixed) & set("*?$"):  # which IAM reads as its own
        return {}
    return {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [f"{fixed}*" if template.places else fixed]}}
