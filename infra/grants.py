"""What each function may do, action by action: all of it is here, and nothing is granted elsewhere."""

from collections.abc import Mapping, Sequence

from aws_cdk import Stack
from constructs import Construct

from infra.arns import arn, secret_arn
from infra.config import Config
from infra.functions import Functions
from infra.mail import Mail
from infra.storage import SessionStorage, Storage
from password_reset.accounts.attributes import UserAttributes
from password_reset.delivery.events import PASSWORD_CHANGED, SOURCE

_READ, _PUT, _UPDATE = "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"
# What an update of an account names: what it writes, and what it compares with what was read.
_UPGRADE = ("user_id", "password_hash", "credentials_version")
_RESET = (*_UPGRADE, "email", "disabled", "password_changed_at", "password_history")


def grant(scope: Construct, *, functions: Functions, storage: Storage, mail: Mail, config: Config) -> None:
    """Allow every function the calls that it makes, on the resources that it makes them on."""
    users, users_index = storage.users.table_arn, storage.users_index_arn
    tokens, codes = storage.reset_tokens.table_arn, storage.codes.table_arn
    limits, deliveries = storage.limits.table_arn, storage.deliveries.table_arn
    suppressions, queue = storage.suppressions.table_arn, storage.messages.queue_arn

    for name in functions.by_name:
        functions.allow(name, "secretsmanager:GetSecretValue", on=storage.pepper.secret_arn)
    functions.allow("forgot", _UPDATE, on=limits)
    functions.allow("forgot", "sqs:SendMessage", on=queue)
    functions.allow("verify", _READ, on=[tokens, users])
    functions.allow("verify_code", _READ, on=[users, tokens])
    functions.allow("verify_code", _PUT, on=tokens)
    functions.allow("verify_code", _UPDATE, on=[codes, limits])
    functions.allow("reset", _READ, on=[tokens, users])
    functions.allow("reset", _UPDATE, on=tokens)
    functions.allow("reset", _UPDATE, on=users, where=_attributes(config, _RESET))
    functions.allow("reset", "sqs:SendMessage", on=queue)
    functions.allow("feedback", _PUT, on=suppressions)
    functions.allow("feedback", _UPDATE, on=deliveries)
    functions.allow("deliver", "dynamodb:Query", on=users_index)
    functions.allow("deliver", "dynamodb:BatchGetItem", on=[users, suppressions, tokens])
    functions.allow("deliver", _READ, on=limits)
    functions.allow("deliver", _PUT, on=[tokens, codes, deliveries])
    functions.allow("deliver", _UPDATE, on=[codes, limits, deliveries])
    event = {"ForAllValues:StringEquals": {"events:source": SOURCE, "events:detail-type": PASSWORD_CHANGED}}
    functions.allow("deliver", "events:PutEvents", on=arn(scope, "events", "event-bus/default"), where=event)
    # SendEmail with a raw message is checked as SendRawEmail.
    from_address = {"StringEquals": {"ses:FromAddress": config.sender}}
    functions.allow("deliver", "ses:SendEmail", "ses:SendRawEmail", on=mail.sending, where=from_address)
    functions.allow("deliver", "ses:GetAccount", on="*")  # what is left of the day's mails; it knows no resource
    if "sms" in config.channels:  # a phone number is no resource; a topic is one, and none is ours to publish to
        functions.allow("deliver", "sns:Publish", on="*")
        functions.deny("deliver", "sns:Publish", on=f"arn:{Stack.of(scope).partition}:sns:*:*:*")
    for secret in filter(None, (config.smtp_secret, config.whatsapp_secret)):
        functions.allow("deliver", "secretsmanager:GetSecretValue", on=secret_arn(scope, secret))
    if config.challenge == "turnstile" and config.turnstile_secret:
        functions.allow("forgot", "secretsmanager:GetSecretValue", on=secret_arn(scope, config.turnstile_secret))
    if storage.sessions:
        _grant_sessions(functions, storage.sessions, users=users, users_index=users_index)
        functions.allow("sign_in", _UPDATE, on=users, where=_attributes(config, _UPGRADE))
    if storage.users.encryption_key:
        via = {"StringEquals": {"kms:ViaService": f"dynamodb.{Stack.of(scope).region}.amazonaws.com"}}
        readers = {"verify", "verify_code", "reset", "deliver", "sign_in", "authorizer"}
        for name in sorted(functions.by_name.keys() & readers):
            functions.allow(name, "kms:Decrypt", on=storage.users.encryption_key.key_arn, where=via)


def _grant_sessions(functions: Functions, sessions: SessionStorage, *, users: str, users_index: str) -> None:
    sign_ins, revoked = sessions.sign_ins.table_arn, sessions.revoked.table_arn
    for name in ("sign_in", "authorizer"):
        functions.allow(name, "secretsmanager:GetSecretValue", on=sessions.key.secret_arn)
    functions.allow("sign_in", "dynamodb:Query", on=users_index)
    functions.allow("sign_in", "dynamodb:BatchGetItem", on=users)
    functions.allow("sign_in", "dynamodb:BatchGetItem", _PUT, _UPDATE, on=sign_ins)
    functions.allow("sign_out", _PUT, on=revoked)
    functions.allow("authorizer", "dynamodb:BatchGetItem", on=[users, revoked])


def _attributes(config: Config, names: Sequence[str]) -> Mapping[str, Mapping[str, Sequence[str]]]:
    """Allow a write that names these attributes of an account and no others, by what the team calls them."""
    attributes = config.users_table.names if config.users_table else UserAttributes()
    return {"ForAllValues:StringEquals": {"dynamodb:Attributes": [getattr(attributes, name) for name in names]}}
