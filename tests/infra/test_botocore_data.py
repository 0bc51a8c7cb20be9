"""botocore's data as the layer has them, beside the whole: the same requests, answers and regions of every call."""

import ast
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import botocore
import botocore.session
import pytest
from botocore import xform_name
from botocore.config import Config
from botocore.loaders import Loader
from botocore.model import ListShape, MapShape, OperationModel, ServiceModel, Shape, StructureShape
from botocore.regions import EndpointResolver
from botocore.session import Session

from infra import botocore_data
from infra.assets import LAYERS
from infra.packages import OPERATIONS
from tests.infra.conftest import ROOT

WHOLE = Path(botocore.__file__).parent / "data"
CALLED: dict[str, list[str]] = json.loads((LAYERS / "dependencies" / OPERATIONS).read_text("utf-8"))
EACH = [(service, operation) for service, operations in CALLED.items() for operation in operations]
BY_OPERATORS = {("dynamodb", "DeleteItem"), ("kms", "Encrypt")}
"""What commands of operators call, with the boto3 of their machines."""
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
REGIONS = ("eu-central-1", "cn-north-1")


@pytest.fixture(scope="module")
def cut(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of the botocore that is installed, which is the locked one."""
    folder = tmp_path_factory.mktemp("botocore") / "data"
    botocore_data.write(WHOLE, folder, CALLED)
    return folder


def loader(data: Path) -> Loader:
    return Loader(extra_search_paths=[str(data)], include_default_search_paths=False)


def session(data: Path) -> Session:
    made = botocore.session.get_session()
    made.set_credentials("testing", "testing", "token")
    made.register_component("data_loader", loader(data))
    return made


@cache
def models(data: Path) -> dict[str, ServiceModel]:
    reader = loader(data)
    return {service: ServiceModel(reader.load_service_model(service, "service-2"), service) for service in CALLED}


class Sent(Exception):
    """A request was ready to be sent."""


class Requests:
    """Makes requests on a folder of data, and sends none."""

    def __init__(self, data: Path) -> None:
        self._session = session(data)
        self._clients: dict[tuple[str, str], Any] = {}

    def __call__(self, service: str, operation: str, region: str, parameters: dict[str, Any]) -> list[Any]:
        """Return a request's method, address, headers and body."""
        client = self._clients.get((service, region)) or self._client(service, region)
        with pytest.raises(Sent) as sent:
            getattr(client, xform_name(operation))(**parameters)
        request = sent.value.args[0]
        return [request.method, request.url, sorted(request.headers.items()), request.body]

    def _client(self, service: str, region: str) -> Any:
        def send(request: Any, **_: object) -> None:
            raise Sent(request)

        config = Config(retries={"mode": "standard", "total_max_attempts": 1})
        client = self._session.create_client(service, region_name=region, config=config)
        client.meta.events.register_first("before-send", send)
        self._clients[service, region] = client
        return client


@pytest.fixture(scope="module")
def requests(cut: Path) -> list[Requests]:
    """Of the whole data, and of the cut."""
    return [Requests(WHOLE), Requests(cut)]


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


@pytest.mark.parametrize("whole", [True, False], ids=["all members", "what it must have"])
@pytest.mark.parametrize(("service", "operation"), EACH)
def test_requests_are_the_same_bytes(
    service: str, operation: str, *, whole: bool, requests: list[Requests], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Address, headers, signature and body."""
    now = datetime(2026, 11, 29)  # noqa: DTZ001 - as botocore has it
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: now)
    monkeypatch.setattr("uuid.uuid4", lambda: "00000000-0000-4000-8000-000000000000")
    shape = models(WHOLE)[service].operation_model(operation).input_shape
    parameters = sample(shape, whole=whole) if shape else {}
    for region in REGIONS:
        of_whole, of_cut = (made(service, operation, region, parameters) for made in requests)
        assert of_cut == of_whole
        assert ("Authorization" in dict(of_cut[2])) or service == "cognito-idp"


def described(shape: Shape | None, seen: frozenset[str] = frozenset()) -> Any:
    """Return all that botocore's serialisers and parsers can know of a shape."""
    if shape is None:
        return None
    known = [shape.name, shape.type_name, dict(shape.serialization), dict(shape.metadata)]
    if shape.name in seen:
        return known
    inner = seen | {shape.name}
    if isinstance(shape, StructureShape):
        of_members = {name: described(member, inner) for name, member in shape.members.items()}
        return [*known, shape.error_code, list(shape.required_members), of_members]
    if isinstance(shape, ListShape):
        return [*known, described(shape.member, inner)]
    return (
        [*known, described(shape.key, inner), described(shape.value, inner)] if isinstance(shape, MapShape) else known
    )


def told(model: OperationModel) -> list[Any]:
    """Return what a model says of an operation, its texts left out."""
    names = ("name", "http", "idempotent", "auth", "auth_type", "endpoint", "context_parameters", "http_checksum")
    return [
        {
            name: getattr(model, name, None)
            for name in (*names, "static_context_parameters", "operation_context_parameters")
        },
        described(model.input_shape),
        described(model.output_shape),
        [described(shape) for shape in model.error_shapes],
    ]


@pytest.mark.parametrize("service", CALLED)
def test_answers_and_errors_are_read_alike(service: str, cut: Path) -> None:
    """By the shapes of each: nothing else tells botocore's parsers what is in an answer."""
    of_whole, of_cut = models(WHOLE)[service], models(cut)[service]
    assert of_cut.metadata == of_whole.metadata
    assert of_cut.client_context_parameters == of_whole.client_context_parameters
    assert list(of_cut.operation_names) == sorted(CALLED[service])
    for operation in CALLED[service]:
        model = of_cut.operation_model(operation)
        assert told(model) == told(of_whole.operation_model(operation))
        for shape in model.error_shapes:
            code: Any = getattr(shape, "error_code", None) or shape.name
            assert described(of_cut.shape_for_error_code(code)) == described(of_whole.shape_for_error_code(code))


def resolved(data: Path) -> Iterator[Any]:
    """Yield where each service is, in each region of each partition, in each variant."""
    reader, by_service = loader(data), models(WHOLE)
    resolver = EndpointResolver(reader.load_data("endpoints"))
    partitions = json.loads((WHOLE / "endpoints.json").read_text("utf-8"))["partitions"]
    regions = [region for partition in partitions for region in (*partition["regions"], "zz-nowhere-1")]
    for service, model in by_service.items():
        yield service, resolver.get_available_endpoints(model.endpoint_prefix, allow_non_regional=True)
        yield reader.load_service_model(service, "endpoint-rule-set-1")
        for region in regions:
            variants: list[Any] = [{}, {"use_fips_endpoint": True}, {"use_dualstack_endpoint": True}]
            for variant in variants:
                try:
                    yield service, region, resolver.construct_endpoint(model.endpoint_prefix, region, **variant)
                except botocore.exceptions.BotoCoreError as error:
                    yield service, region, repr(error)


def test_every_region_is_resolved_alike(cut: Path) -> None:
    """All that AWS lists, and one that it doesn't: by the list of regions, and by each service's rules."""
    of_cut = list(resolved(cut))
    assert len(of_cut) > 9 * 3 * 40
    assert of_cut == list(resolved(WHOLE))
    for name in ("partitions", "sdk-default-configuration", "_retry"):
        assert loader(cut).load_data(name) == loader(WHOLE).load_data(name)


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
    for service, model in models(WHOLE).items():
        for operation in model.operation_names:
            names.setdefault(xform_name(operation), []).append((service, operation))
    modules = [*(LAYERS / "shared").rglob("*.py"), *(ROOT / "functions").rglob("*.py")]
    found = {call for module in modules for call in calls(module.read_text("utf-8"), names)}
    assert found - BY_OPERATORS - OTHERS == set(EACH)
    assert list(calls("client.create_table()", names)) == [("dynamodb", "CreateTable")]


def test_every_permission_is_for_a_call_in_the_data() -> None:
    """As `docs/iam.md` has them, which another test compares with the template."""
    granted = set(
        re.findall(r"^\| \w+ \| `((?!logs|xray)\w+:\w+)` \|", (ROOT / "docs" / "iam.md").read_text(), re.MULTILINE)
    )
    prefixes = {"sesv2": "ses"}
    called = {f"{prefixes.get(service, service)}:{operation}" for service, operation in EACH}
    assert len(granted) > 10
    assert granted - NO_CALLS <= called


def test_what_is_not_called_is_not_in_the_data(cut: Path) -> None:
    """Small enough that nobody waits for it, and no service but these to look through."""
    assert sum(path.stat().st_size for path in cut.rglob("*.json")) < 250_000
    assert sorted(path.name for path in cut.iterdir() if path.is_dir()) == sorted(CALLED)
    assert "documentation" not in (cut / "sqs" / "2012-11-05" / "service-2.json").read_text("utf-8")
    with pytest.raises(KeyError, match="Missing"):
        botocore_data.write(WHOLE, cut.with_name("wrong"), {"sqs": ["Missing"]})


def test_what_botocore_would_merge_is_merged(cut: Path) -> None:
    """Its extras of Secrets Manager, which name the service as people do."""
    assert not list(cut.rglob("*extras*"))
    [model] = cut.glob("secretsmanager/*/service-2.json")
    assert json.loads(model.read_text("utf-8"))["metadata"]["serviceId"] == "Secrets Manager"
