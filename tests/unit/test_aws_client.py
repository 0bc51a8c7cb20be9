"""The client of AWS beside botocore: the same bytes sent on the same occasions, the same answers and errors read."""

import ast
import re
import ssl
import traceback
from binascii import crc32
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
import pytest
import trustme
from botocore import xform_name
from botocore.config import Config
from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import BotoCoreError
from botocore.exceptions import ClientError as BotocoreError
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StructureShape

from local.ports import free_port
from password_reset.aws import client as module
from password_reset.aws import connections
from password_reset.aws.client import USER_AGENT, Client, Patience
from password_reset.aws.connections import Connections
from password_reset.aws.errors import ClientError, NoAnswerError, NotSentError
from password_reset.aws.services import SERVICES
from tests.wires import CLOSE, NEVER, Host, answer, scripted

ROOT = Path(__file__).parents[2]
CALLED = {
    "cognito-idp": {"AdminGetUser", "AdminSetUserPassword", "AdminUserGlobalSignOut", "DescribeUserPool", "ListUsers"},
    "dynamodb": {"BatchGetItem", "GetItem", "PutItem", "Query", "TransactWriteItems", "UpdateItem"},
    "events": {"PutEvents"},
    "kms": {"Decrypt"},
    "lambda": {"Invoke"},
    "secretsmanager": {"GetSecretValue"},
    "sesv2": {"GetAccount", "SendEmail"},
    "sns": {"Publish"},
    "sqs": {"SendMessage"},
}
"""What functions call of each service."""
EACH = [(service, operation) for service, operations in CALLED.items() for operation in sorted(operations)]
AS_CALLED: dict[str, dict[str, Any]] = {
    "Invoke": {
        "FunctionName": "arn:aws:lambda:eu-central-1:123456789012:function:directory",
        "InvocationType": "RequestResponse",
        "Payload": b'{"operation": "get"}',
    },
    "TransactWriteItems": {
        "TransactItems": [{"Put": {"TableName": "tokens", "Item": {"hash": {"S": "a"}, "key": {"B": b"\x00\xff"}}}}],
        "ClientRequestToken": "5e8f",
    },
    "Publish": {
        "PhoneNumber": "+491701234567",
        "Message": "Ihr Code & mehr: 12345678 \u00e9~",
        "MessageAttributes": {
            "AWS.SNS.SMS.SMSType": {"DataType": "String", "StringValue": "Transactional"},
            "AWS.SNS.SMS.SenderID": {"DataType": "String", "StringValue": "Example"},
        },
    },
}
"""What is used, as it is used, where not every member is supported, or botocore makes one up."""
BY_OPERATORS = {("dynamodb", "DeleteItem"), ("dynamodb", "Scan"), ("kms", "Encrypt")}
"""What commands of operators call."""
OTHERS = {("kms", "Sign"), ("kms", "Verify")}
"""What methods of ours are called as well."""
NO_CALLS = {
    "dynamodb:ConditionCheckItem",
    *("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
    "ses:SendRawEmail",
}
"""Permissions that need no operation: Lambda's poller uses them, or they are asked for within another's call."""
NEEDS_CRT = "EndpointId"
"""The one member whose requests are signed by a library that Lambda has not."""
NOW = datetime(2026, 11, 29, 5, 30, tzinfo=UTC)
PATIENCE = Patience(connect=1, read=2, tries=3)
ONCE = PATIENCE._replace(tries=1)
BRIEFLY = ONCE._replace(read=0.05)
IN_XML = (
    b"<ErrorResponse><Error><Type>Sender</Type><Code>InternalError</Code><Message>no</Message></Error></ErrorResponse>"
)
DATE = "Sun, 29 Nov 2026 05:29:48 GMT"

type Make = Callable[..., Client]
_MADE: list[tuple[Any, Client]] = []

pytestmark = pytest.mark.enable_socket


@cache
def models() -> dict[str, ServiceModel]:
    session = botocore.session.get_session()
    return {service: session.get_service_model(service) for service in CALLED}


@cache
def both(service: str, tries: int) -> tuple[Any, Client]:
    """Return botocore's client and ours, with the same past."""
    patience = PATIENCE._replace(tries=tries)
    config = Config(
        connect_timeout=PATIENCE.connect,
        read_timeout=PATIENCE.read,
        retries={"mode": "standard", "total_max_attempts": tries},
        user_agent=USER_AGENT,
    )
    made = botocore.session.get_session().create_client(service, config=config), Client(service, patience)
    _MADE.append(made)
    return made


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with scripted() as host:
        yield host
        for theirs, ours in _MADE:
            theirs.close()
            _hang_up(ours)


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch, host: Host) -> list[float]:
    """As in Lambda, at one time, with one id; how long was waited between tries."""
    variables = {
        "AWS_ACCESS_KEY_ID": "AKID",
        "AWS_SECRET_ACCESS_KEY": "a key/with+such=letters",
        "AWS_SESSION_TOKEN": "a/token+that=ends==",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_LAMBDA_FUNCTION_NAME": "forgot",
        "_X_AMZN_TRACE_ID": "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1 x",
        "AWS_ENDPOINT_URL": host.url,
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    waited: list[float] = []
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: NOW.replace(tzinfo=None))
    monkeypatch.setattr("botocore.endpoint.get_current_datetime", lambda: NOW.replace(tzinfo=None))
    monkeypatch.setattr(module, "utc_now", lambda: NOW)
    monkeypatch.setattr("uuid.uuid4", lambda: "00000000-0000-4000-8000-000000000000")
    monkeypatch.setattr("time.sleep", waited.append)
    monkeypatch.setattr("random.random", lambda: 0.5)
    monkeypatch.setattr(
        "botocore.retries.standard.ExponentialBackoff.__init__.__defaults__", (20, lambda: 0.5, None, None)
    )
    host.requests.clear()
    return waited


@pytest.fixture
def client_of() -> Iterator[Make]:
    """What makes clients of a service whose connections end with the test."""
    made = []

    def make(service: str, patience: Patience = ONCE) -> Client:
        made.append(Client(service, patience))
        return made[-1]

    yield make
    for client in made:
        _hang_up(client)


def _hang_up(client: Client) -> None:
    for connection in client.connections.idle:
        connection.close()


def sent(host: Host) -> list[Any]:
    """Return what was sent, without what Powertools has botocore say of it."""
    return [
        (first, [re.sub(rb" PT/\S+ PTEnv/\S+$", b"", header) for header in headers], body)
        for first, headers, body in host.told()
    ]


def outcome(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
    """Return the answer or what the error says, without what only people read."""
    try:
        found = getattr(client, xform_name(operation))(**parameters)
    except (ClientError, BotocoreError) as error:
        metadata = error.response["ResponseMetadata"]
        members = {name: value for name, value in error.response.items() if name in {"Item", "CancellationReasons"}}
        code, status = error.response["Error"]["Code"], metadata["HTTPStatusCode"]
        return code, status, metadata["RetryAttempts"], members
    except (NoAnswerError, BotoCoreError):
        return "no answer"
    for of_http in ("ResponseMetadata", "StatusCode"):
        found.pop(of_http, None)
    return {
        name: value.read() if hasattr(value, "read") else value for name, value in found.items() if value is not None
    }


def sample(shape: Shape, *, whole: bool, within: tuple[str, ...] = ()) -> Any:
    """Return a value of a shape: with all members, or with those alone that it must have."""
    if isinstance(shape, StructureShape):
        members = {
            name: member
            for name, member in shape.members.items()
            if member.name not in within and (whole or name in shape.required_members) and name != NEEDS_CRT
        }
        if shape.is_tagged_union:
            members = dict(list(members.items())[:1])
        return {name: sample(member, whole=whole, within=(*within, shape.name)) for name, member in members.items()}
    if isinstance(shape, ListShape):
        return [] if shape.member.name in within else [sample(shape.member, whole=whole, within=within)]
    if isinstance(shape, MapShape):
        return {} if shape.value.name in within else {"key": sample(shape.value, whole=whole, within=within)}
    values: dict[str, Any] = {
        "string": (shape.metadata.get("enum") or ["a" * max(shape.metadata.get("min", 1), 1)])[0],
        "blob": b"bytes",
        "boolean": True,
        "timestamp": datetime(2026, 11, 29, tzinfo=UTC),
        "double": 1.0,
    }
    return values.get(shape.type_name, shape.metadata.get("min", 1))


def parameters_of(service: str, operation: str, *, whole: bool) -> dict[str, Any]:
    if operation in AS_CALLED:
        return AS_CALLED[operation]
    shape = models()[service].operation_model(operation).input_shape
    found: dict[str, Any] = sample(shape, whole=whole) if shape else {}
    return found


@pytest.mark.parametrize("whole", [True, False], ids=["all members", "what it must have"])
@pytest.mark.parametrize(("service", "operation"), EACH)
def test_requests_are_the_same_bytes(service: str, operation: str, host: Host, *, whole: bool) -> None:
    """Address, headers, signature and body, as they come over the wire."""
    parameters = parameters_of(service, operation, whole=whole)
    host.script += [answer(500, IN_XML)] * 2
    for client in both(service, 1):
        outcome(client, operation, parameters)
    of_botocore, ours = sent(host)
    assert ours == of_botocore
    assert any(line.startswith(b"Authorization: AWS4-HMAC-SHA256 Credential=AKID/") for line in ours[1])


FAULTS = {
    "answered": [answer()],
    "a fault, then answered": [answer(500), answer()],
    "faults alone": [answer(503, Date=DATE)] * 3,
    "of a kind that is not tried again": [answer(501)],
    "refused": [answer(400, b'{"__type": "com.amazonaws#ValidationException", "message": "no"}')],
    "throttled": [answer(400, b'{"__type": "com.amazonaws#ThrottlingException"}', Date=DATE), answer()],
    "throttled by status": [answer(429, b""), answer(429, b"<html>"), answer()],
    "told when to come": [answer(503, x_amz_retry_after="700"), answer(503, x_amz_retry_after="60000"), answer()],
    "told nonsense": [answer(503, x_amz_retry_after="-1", Date="soon"), answer(503, x_amz_retry_after="x"), answer()],
    "told for ever": [answer(503, x_amz_retry_after="9" * 400, Date="Fri, 31 Dec 9999 23:59:59 GMT"), answer()],
    "cut off": [CLOSE, answer()],
    "cut off always": [CLOSE] * 3,
    "no JSON": [answer(502, b"<html>Bad gateway</html>"), answer()],
    "timed out there": [answer(400, b'{"__type": "RequestTimeoutException"}'), answer()],
    "in progress": [answer(400, b'{"__type": "TransactionInProgressException"}'), answer()],
}


@pytest.mark.parametrize("script", FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize(
    ("service", "operation", "tries"),
    [("dynamodb", "PutItem", 3), ("sqs", "SendMessage", 2), ("sesv2", "GetAccount", 1)],
)
def test_retries_are_the_same(
    service: str, operation: str, script: list[bytes], tries: int, host: Host, waits: list[float]
) -> None:
    """Which request is sent again and how often, what it says, after which pause, and what becomes of it."""
    parameters = parameters_of(service, operation, whole=False)
    found = []
    for client in both(service, tries):
        host.script[:] = script
        found.append((outcome(client, operation, parameters), sent(host), list(waits)))
        waits.clear()
    assert found[1] == found[0]


def test_retries_end_when_the_quota_is_used_up(host: Host, waits: list[float]) -> None:
    """Before a service that is down is asked twice by everybody; what succeeds gives some of it back."""
    found = []
    for client in both("kms", 2):
        host.script[:] = [answer(500)] * 100
        told = [outcome(client, "Decrypt", {"CiphertextBlob": b"a"}) for _ in range(40)]
        host.script[:] = [answer()] * 16
        told += [outcome(client, "Decrypt", {"CiphertextBlob": b"a"}) for _ in range(16)]
        host.script[:] = [answer(500)] * 4
        told += [outcome(client, "Decrypt", {"CiphertextBlob": b"a"}) for _ in range(2)]
        found.append((told, len(sent(host)), len(waits)))
        waits.clear()
    assert found[1] == found[0]
    assert found[1][1] == 40 + 35 + 16 + 2 + 1


ITEM = (
    b'{"B": {"B": "AP8="}, "BS": {"BS": ["AP8=", "YQ=="]}, "L": {"L": [{"B": "YQ=="}, {"N": "1.50"}, {"NULL": true}]},'
    b' "M": {"M": {"B": {"S": "text"}, "x": {"M": {}}}}, "S": {"S": "\xc3\xa9"}, "SS": {"SS": ["B"]}}'
)
CANCELLED = b'"CancellationReasons": [{"Code": "None"}, {"Code": "ConditionalCheckFailed", "Item": ' + ITEM + b"}]}"
ANSWERS: list[tuple[str, str, bytes]] = [
    ("dynamodb", "GetItem", answer(body=b'{"Item": ' + ITEM + b"}")),
    ("dynamodb", "GetItem", answer(body=b"{}", x_amz_crc32=str(crc32(b"{}")))),
    ("dynamodb", "BatchGetItem", answer(body=b'{"Responses": {"tokens": [' + ITEM + b']}, "UnprocessedKeys": {}}')),
    ("dynamodb", "UpdateItem", answer(body=b'{"Attributes": ' + ITEM + b"}")),
    (
        "dynamodb",
        "UpdateItem",
        answer(
            400,
            b'{"__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException", "Item": ' + ITEM + b"}",
        ),
    ),
    (
        "dynamodb",
        "TransactWriteItems",
        answer(400, b'{"__type": "x#TransactionCanceledException", "Message": "no", ' + CANCELLED),
    ),
    ("secretsmanager", "GetSecretValue", answer(body=b'{"SecretString": "s", "CreatedDate": 1795930215.123}')),
    ("secretsmanager", "GetSecretValue", answer(body=b'{"SecretString": "s", "CreatedDate": 1795930215}')),
    ("secretsmanager", "GetSecretValue", answer(400, b'{"__type": "ResourceNotFoundException"}')),
    ("kms", "Decrypt", answer(body=b'{"KeyId": "k", "Plaintext": "AP8="}')),
    ("sqs", "SendMessage", answer(body=b'{"MessageId": "m"}')),
    (
        "sqs",
        "SendMessage",
        answer(
            400,
            b'{"__type": "com.amazonaws.sqs#QueueDoesNotExist"}',
            x_amzn_query_error="AWS.SimpleQueueService.NonExistentQueue;Sender",
        ),
    ),
    ("events", "PutEvents", answer(body=b'{"FailedEntryCount": 0, "Entries": [{"EventId": "e"}]}')),
    ("sesv2", "SendEmail", answer(body=b'{"MessageId": "m"}')),
    ("sesv2", "SendEmail", answer(400, b'{"message": "no"}', x_amzn_errortype="MessageRejected:http://told.example/")),
    ("sesv2", "GetAccount", answer(body=b'{"SendQuota": {"Max24HourSend": 200.0, "SentLast24Hours": 1.0}}')),
    ("sns", "Publish", answer(body=b"<a><PublishResult><MessageId>m</MessageId></PublishResult></a>")),
    ("sns", "Publish", answer(400, IN_XML.replace(b"InternalError", b"InvalidParameter"))),
    ("lambda", "Invoke", answer(body=b'{"found": []}')),
    ("lambda", "Invoke", answer(body=b'{"errorType": "x"}', X_Amz_Function_Error="Unhandled")),
    ("lambda", "Invoke", answer(429, b'{"Type": "User"}', x_amzn_errortype="TooManyRequestsException")),
    (
        "cognito-idp",
        "ListUsers",
        answer(body=b'{"Users": [{"Username": "u", "UserLastModifiedDate": 1795930215.057}]}'),
    ),
    ("cognito-idp", "AdminGetUser", answer(body=b'{"Username": "u", "UserLastModifiedDate": 1.795930215E9}')),
    ("cognito-idp", "AdminGetUser", answer(400, b'{"__type": "UserNotFoundException", "message": "no"}')),
    ("cognito-idp", "AdminGetUser", answer(400, b"")),
]


@pytest.mark.parametrize(("service", "operation", "told"), ANSWERS)
def test_answers_are_read_alike(service: str, operation: str, told: bytes, host: Host) -> None:
    """With their bytes and times, and of errors the code, the status and what functions read of them."""
    found = []
    for client in both(service, 1):
        host.script[:] = [told]
        found.append(outcome(client, operation, parameters_of(service, operation, whole=False)))
    assert found[1] == found[0]
    assert host.requests


def test_every_region_is_resolved_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that AWS lists, and one that it doesn't."""
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    loader = botocore.session.get_session().get_component("data_loader")
    partitions = loader.load_data("partitions")
    regions = [region for partition in partitions["partitions"] for region in partition["regions"]]
    regions = [region for region in regions if not region.endswith("-global")] + ["eu-none-9", "cn-none-9"]
    assert len(regions) > 40
    for service in CALLED:
        rules = EndpointProvider(loader.load_service_model(service, "endpoint-rule-set-1"), partitions)
        for region in regions:
            found = rules.resolve_endpoint(Region=region, UseDualStack=False, UseFIPS=False)
            assert SERVICES[service].url(region) == found.url


def test_a_connection_is_kept_until_the_host_ends_it(host: Host, client_of: Make) -> None:
    """Idle ones are looked at first: no call is lost to one that ended meanwhile, and none is tried twice."""
    client, before = client_of("sesv2"), host.connections
    host.script[:] = [answer()] * 2
    assert [client.get_account(), client.get_account()] == [{}, {}]
    assert host.connections == before + 1
    host.hang_up()
    host.script[:] = [answer(Connection="close"), answer()]
    assert [client.get_account(), client.get_account()] == [{}, {}]
    assert host.connections == before + 3


@pytest.mark.parametrize(
    "told",
    [
        answer(body=b'{"Item": {}}', x_amz_crc32="1"),
        answer(body=b"<html>"),
        answer()[:-1],
        answer()[:20],
        b"HTTP/1.1 200 OK\r\n\r\n",
        answer(103),
        *(answer(status, body) for status in (200, 500) for body in (b"null", b"[]", b'"text"', b"5", b"[" * 10**5)),
        answer(400, b'{"__type": 5}'),
        answer(400, b'{"__type": "\\u0000"}'),
        CLOSE,
    ],
    ids=str,
)
def test_what_cannot_be_trusted_is_no_answer(told: bytes, host: Host, client_of: Make) -> None:
    """Damaged or cut off on its way, or nothing that the service says: the call may have had its effect."""
    host.script[:] = [told, CLOSE]
    with pytest.raises(NoAnswerError) as ended:
        client_of("dynamodb", BRIEFLY).get_item(TableName="tokens", Key={})
    assert ended.value.operation == "GetItem"


def test_a_call_that_was_sent_once_is_not_called_unsent(
    host: Host, monkeypatch: pytest.MonkeyPatch, client_of: Make
) -> None:
    client, send, tries = client_of("dynamodb", PATIENCE), Connections.send, [NotSentError(), None, NotSentError()]

    def sent(connections: Connections, request: Any) -> Any:
        if failure := tries.pop():
            raise failure
        return send(connections, request)

    monkeypatch.setattr(Connections, "send", sent)
    host.script[:] = [CLOSE]
    with pytest.raises(NoAnswerError) as ended:
        client.get_item(TableName="tokens", Key={})
    assert (type(ended.value), tries) == (NoAnswerError, [])


def test_nothing_of_a_secret_is_in_an_error(host: Host, monkeypatch: pytest.MonkeyPatch, client_of: Make) -> None:
    """Where the library would quote a header that it can't send."""
    monkeypatch.setenv("AWS_SESSION_TOKEN", "canary\nX: y")
    with pytest.raises(NoAnswerError) as ended:
        client_of("dynamodb").get_item(TableName="tokens", Key={})
    assert "canary" not in "".join(traceback.format_exception(ended.value))


@pytest.mark.parametrize("url", ["htps://localhost", "localhost:8000"])
def test_an_address_is_of_http(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A typing mistake sends nothing in the clear."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    with pytest.raises(ValueError, match=url):
        Client("dynamodb", PATIENCE)


def test_what_takes_too_long_is_no_answer(host: Host, client_of: Make) -> None:
    host.script[:] = [NEVER]
    client = client_of("dynamodb", BRIEFLY)
    with pytest.raises(NoAnswerError) as ended:
        client.get_item(TableName="tokens", Key={})
    assert isinstance(ended.value.__cause__, TimeoutError)


def test_where_nobody_listens_nothing_is_sent(monkeypatch: pytest.MonkeyPatch, client_of: Make) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", f"http://127.0.0.1:{free_port()}")
    with pytest.raises(NotSentError):
        client_of("dynamodb").get_item(TableName="tokens", Key={})


@pytest.mark.parametrize("name", ["localhost", "other.example"])
def test_a_host_proves_who_it_is(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: Host, client_of: Make
) -> None:
    """By a certificate for its own name, of an authority that is trusted."""
    authority, stranger = trustme.CA(), trustme.CA()
    bundle = tmp_path / "authorities.pem"
    authority.cert_pem.write_to_path(bundle)
    monkeypatch.setenv("AWS_CA_BUNDLE", str(bundle))
    for issuer in (authority, stranger):
        connections.trust.cache_clear()
        with scripted(issuer.issue_cert(name)) as secure:
            monkeypatch.setenv("AWS_ENDPOINT_URL", secure.url)
            secure.script[:] = [answer()]
            client = client_of("sesv2")
            if issuer is authority and name == "localhost":
                assert client.get_account() == {}
            else:
                with pytest.raises(NotSentError) as refused:
                    client.get_account()
                assert isinstance(refused.value.__cause__, ssl.SSLCertVerificationError)
                assert not secure.requests
    connections.trust.cache_clear()


def calls(text: str, names: dict[str, list[tuple[str, str]]]) -> Iterator[tuple[str, str]]:
    """Yield the operations that a module calls, by their names in Python: as methods, or as texts that name one."""
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Call(func=ast.Attribute(attr=name)):
                yield from names.get(name, ())
            case ast.Constant(value=str(name)) if "_" in name:
                yield from names.get(name, ())


def test_every_call_of_the_functions_is_in_the_data_and_no_other() -> None:
    """Read from the code, whichever settings lead to it: what is missing would be found by a request."""
    names: dict[str, list[tuple[str, str]]] = {}
    for service, model in models().items():
        for operation in model.operation_names:
            names.setdefault(xform_name(operation), []).append((service, operation))
    modules = [*(ROOT / "layers" / "shared").rglob("*.py"), *(ROOT / "functions").rglob("*.py")]
    found = {call for module in modules for call in calls(module.read_text("utf-8"), names)}
    assert found - BY_OPERATORS - OTHERS == set(EACH)
    assert list(calls("client.create_table()", names)) == [("dynamodb", "CreateTable")]


def test_every_error_that_is_told_apart_is_one_of_the_services() -> None:
    """A misspelled one would never be met."""
    codes = {
        shape.metadata.get("error", {}).get("code") or shape.name
        for service, operation in EACH
        for shape in models()[service].operation_model(operation).error_shapes
    }
    texts = [module.read_text("utf-8") for module in (ROOT / "layers" / "shared").rglob("*.py")]
    met = {code for text in texts for code in re.findall(r"\.exceptions\.(\w+)", text)}
    met |= {code for text in texts for code in re.findall(r"error\.code [!=]= \"(\w+)\"", text)}
    assert len(met) > 5
    assert met <= codes


def test_every_permission_is_for_a_call_in_the_data() -> None:
    """As `docs/iam.md` has them, which another test compares with the template."""
    granted = set(
        re.findall(r"^\| \w+ \| `((?!logs|xray)\w+:\w+)` \|", (ROOT / "docs" / "iam.md").read_text(), re.MULTILINE)
    )
    prefixes = {"sesv2": "ses"}
    called = {f"{prefixes.get(service, service)}:{operation}" for service, operation in EACH}
    assert len(granted) > 10
    assert granted - NO_CALLS <= called
