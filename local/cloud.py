"""An AWS account in this process: moto, with the resources that the functions' settings name."""

import os
import secrets
import threading
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import boto3
from botocore.awsrequest import AWSRequest
from botocore.handlers import BUILTIN_HANDLERS
from moto import mock_aws
from moto.core.models import botocore_stubber

from infra.queue import MAX_RECEIVES, VISIBILITY_SECONDS
from infra.tables import TABLES, USERS, Table
from local import bus, clock, definition
from local.graph import graph
from password_reset.accounts.identifiers import read_mailbox
from password_reset.aws.connections import Connections, Request, Response
from password_reset.channels import whatsapp

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_kms import KMSClient

queued = threading.Event()
"""Set whenever a message was put into a queue, whether or not it is due."""

_over_https = whatsapp.open_url
_over_network = Connections.send
_one_at_a_time = threading.Lock()


def _sent(connections: Connections, request: Request) -> Response:
    """Send to moto what a client of ours would send to AWS."""
    url = connections.url.rstrip("/") + request.path
    as_botocore = AWSRequest(request.method, url, dict(request.headers), request.body or None).prepare()
    answer = _serialised("before-send", as_botocore)
    if answer is None:
        return _over_network(connections, request)
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return Response(answer.status_code, headers, answer.content)


def _serialised(event_name: str, request: Any, **_: object) -> Any:  # noqa: ANN401 - botocore's hook
    if request.url.startswith(os.environ.get("AWS_ENDPOINT_URL_DYNAMODB", "aws:")):
        return None  # to an engine; moto would compare it with the address of every service first
    # moto is not atomic under threads: without this, two rivals could both pass one condition.
    with _one_at_a_time:
        answer = botocore_stubber(event_name, request)
    if request.headers.get("X-Amz-Target") in {"AmazonSQS.SendMessage", b"AmazonSQS.SendMessage"}:
        queued.set()
    return answer


def _open_url(request: urllib.request.Request, timeout: float) -> Any:  # noqa: ANN401 - as urllib's
    # As moto does: what goes to the provider is answered here, what goes elsewhere goes there.
    opener = graph.open_url if request.full_url.startswith(whatsapp.GRAPH_URL) else _over_https
    return opener(request, timeout=timeout)


def default_settings(port: int) -> dict[str, str]:
    """Return the settings of a local server, each of which the environment may override."""
    origins = [f"http://{host}:{p}" for host in ("localhost", "127.0.0.1") for p in (port, 3000, 5173)]
    return {
        "FRONTEND_URL": f"http://127.0.0.1:{port}",
        "ALLOWED_ORIGINS": ",".join(origins),
        "PRODUCT_NAME": "Example",
        "SUPPORT_EMAIL": "support@example.com",
        "MAIL_FROM": "Example <no-reply@example.com>",
        "NOTIFY_DELAY_SECONDS": "1",
        "SMS_COUNTRIES": "1,33,34,44,49,81,966",
        "WHATSAPP_PHONE_NUMBER_ID": "106540352242922",
        "WHATSAPP_TEMPLATE": "reset_code",
        "WHATSAPP_SECRET": "password-reset/whatsapp",
        "OPERATOR_API": "true",
        "OPERATOR_EVENT_SOURCE": "example.crm",
        "SESSIONS": "true",
        "SESSION_KEY_SECRET": "password-reset/session-key",
        "ORIGIN_SECRET": "password-reset/origin",
        "PEPPER_SECRET": "password-reset/pepper",
        "FACTORS_KEY": "alias/password-reset-factors",
        "QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/messages",
        **{table.setting: table.name for table in TABLES},
    }


def inherited(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what of a shell's environment is for us: an engine's address, but no real account, profile or region."""
    return {
        name: value
        for name, value in environment.items()
        if not name.startswith("AWS_") or name == "AWS_ENDPOINT_URL_DYNAMODB"
    }


@contextmanager
def running(environment: Mapping[str, str]) -> Iterator[None]:
    """Put an empty account and the environment in place, and take them away again.

    `AWS_ENDPOINT_URL_DYNAMODB` names a real engine to use instead of moto's tables.
    """
    before = dict(os.environ)
    # In moto's place: botocore calls every handler of an event.
    place = BUILTIN_HANDLERS.index(("before-send", botocore_stubber))
    os.environ.clear()
    os.environ |= {"POWERTOOLS_METRICS_DISABLED": "true", **environment, "AWS_DEFAULT_REGION": "us-east-1"}
    BUILTIN_HANDLERS[place] = ("before-send", _serialised)
    whatsapp.open_url = _open_url
    Connections.send = _sent  # type: ignore[method-assign,assignment]
    try:
        with mock_aws(), clock.in_use():
            yield
    finally:
        whatsapp.open_url = _over_https
        Connections.send = _over_network  # type: ignore[method-assign]
        BUILTIN_HANDLERS[place] = ("before-send", botocore_stubber)
        os.environ.clear()
        os.environ |= before


def create_resources(settings: Mapping[str, str]) -> None:
    """Create what the settings name: tables, and all else.

    Raises:
        botocore.exceptions.EndpointConnectionError: the engine for the tables does not answer.
    """
    dynamodb = boto3.client("dynamodb")
    for table in TABLES:
        if table is USERS and (path := settings.get(definition.SETTING)):
            create_theirs(dynamodb, definition.read(path), settings[table.setting])
        else:
            create_table(dynamodb, table, settings[table.setting])
    create_queues_and_secrets(settings)
    create_key_and_identity(settings)


def create_queues_and_secrets(settings: Mapping[str, str]) -> None:
    """Create the queues and secrets that the settings name."""
    sqs = boto3.client("sqs")
    queue = settings["QUEUE_URL"].rpartition("/")[2]
    dead_letters = sqs.create_queue(QueueName=f"{queue}-dead-letters")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead_letters, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = f'{{"deadLetterTargetArn": "{arn}", "maxReceiveCount": {MAX_RECEIVES}}}'
    sqs.create_queue(
        QueueName=queue, Attributes={"VisibilityTimeout": str(VISIBILITY_SECONDS), "RedrivePolicy": redrive}
    )
    for name in (settings["PEPPER_SECRET"], settings["SESSION_KEY_SECRET"], settings["WHATSAPP_SECRET"]):
        boto3.client("secretsmanager").create_secret(Name=name, SecretString=secrets.token_urlsafe(48))


def create_key_and_identity(settings: Mapping[str, str]) -> None:
    """Create the key, the mail identity and what CloudFront would prove itself by, and keep what the bus is given."""
    if settings.get("SOURCE") == "cloudfront":
        store = boto3.client("secretsmanager")
        with suppress(store.exceptions.ResourceExistsException):
            store.create_secret(Name=settings["ORIGIN_SECRET"], SecretString=secrets.token_urlsafe(48))
    if "totp" in settings.get("FACTORS", ""):
        _create_key(boto3.client("kms"), settings["FACTORS_KEY"])
    bus.keep(boto3.client("events"))
    domain = read_mailbox(settings["MAIL_FROM"])[1].rpartition("@")[2]
    boto3.client("sesv2").create_email_identity(EmailIdentity=domain)


def create_theirs(client: "DynamoDBClient", theirs: definition.Definition, name: str) -> None:
    """Create a users table of somebody's own, and its items, unless an engine that outlived an earlier run has it."""
    try:
        client.create_table(**theirs.request(name))
    except client.exceptions.ResourceInUseException:
        return
    for item in theirs.items:
        client.put_item(TableName=name, Item=item)


def _create_key(client: "KMSClient", alias: str) -> None:
    key = client.create_key()["KeyMetadata"]["KeyId"]
    with suppress(client.exceptions.AlreadyExistsException):
        client.create_alias(AliasName=alias, TargetKeyId=key)


def create_table(client: "DynamoDBClient", table: Table, name: str) -> None:
    """Create a table, unless an engine that outlived an earlier run has it."""
    keys = {table.partition_key} | {
        key for index in table.indexes for key in (index.partition_key, index.sort_key) if key
    }
    indexes = [
        {
            "IndexName": index.name,
            "KeySchema": [
                {"AttributeName": index.partition_key, "KeyType": "HASH"},
                *([{"AttributeName": index.sort_key, "KeyType": "RANGE"}] if index.sort_key else []),
            ],
            "Projection": {"ProjectionType": "ALL"},
        }
        for index in table.indexes
    ]
    request: Any = {
        "TableName": name,
        "KeySchema": [{"AttributeName": table.partition_key, "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"} for key in sorted(keys)],
        "BillingMode": "PAY_PER_REQUEST",
    }
    if indexes:
        request["GlobalSecondaryIndexes"] = indexes
    try:
        client.create_table(**request)
    except client.exceptions.ResourceInUseException:
        return
    if table.ttl:
        client.update_time_to_live(
            TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": table.ttl}
        )
