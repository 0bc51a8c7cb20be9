"""Worlds to test in: on a real DynamoDB engine, and the same on moto."""

import gc
import logging
import os
import uuid
from collections.abc import Iterator, Mapping
from contextlib import closing
from io import StringIO
from typing import Any

import boto3
import hypothesis
import pytest
from pytest_socket import enable_socket

from infra.tables import TABLES, USERS
from local import audit, bus, cloud, definition, engine, outbox
from local.graph import graph
from password_reset.audit import logger
from tests.aws import Account
from tests.cheap import keep_keys, make_bcrypt_cheap
from tests.spare import Spare
from tests.tables import Tables
from tests.whole import WHOLE
from tests.wire import Wire
from tests.world import Clock, World, deploy

pytest_plugins = ["tests.rows"]

# Examples a test: the same each time, so that a change alone turns a test red. `make fuzz` loads the second, and prints
# how to run a failure again.
hypothesis.settings.register_profile(
    "test",
    max_examples=20,
    deadline=None,
    database=None,
    derandomize=True,
    print_blob=True,
    phases=[phase for phase in hypothesis.Phase if phase is not hypothesis.Phase.explain],  # it multiplies the time
    suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture, hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.register_profile(
    "fuzz", hypothesis.settings.get_profile("test"), max_examples=2000, derandomize=False
)
hypothesis.settings.load_profile("test")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests that share what is made at a cost stay on one worker; all others go where there is time."""
    nightly = [] if WHOLE else [item for item in items if item.get_closest_marker("nightly")]
    items[:] = [item for item in items if item not in nightly]
    config.hook.pytest_deselected(items=nightly)
    for item in items:
        information: Any = getattr(item, "_fixtureinfo", None)  # no API tells the scopes of what a test uses
        fixtures: dict[str, Any] = information.name2fixturedefs if information else {}
        module: Any = getattr(item, "module", None)
        if hasattr(module, "Synthesise") or hasattr(module, "cdk"):
            item.add_marker(pytest.mark.xdist_group("templates"))
        elif any(definitions[-1].scope == "module" for definitions in fixtures.values()):
            item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """What was imported stays: no collection of garbage looks through it again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def account() -> Iterator[boto3.Session]:
    """An AWS account on moto, for the whole run: worlds differ by the names of their resources."""
    audit.keep()
    keep_keys()
    with cloud.running({name: value for name, value in os.environ.items() if not name.startswith("AWS_")}):
        boto3.DEFAULT_SESSION = Account()  # the local server's, watched by no wire
        yield Account()
        boto3.DEFAULT_SESSION = None


@pytest.fixture(scope="session")
def engine_url() -> Iterator[str]:
    """The address of a real DynamoDB engine."""
    if url := os.environ.get("AWS_ENDPOINT_URL_DYNAMODB"):
        yield url
        return
    if why := engine.lacking():
        pytest.skip(why)
    enable_socket()
    with engine.running() as started:
        yield started.url


@pytest.fixture(scope="session")
def session_wire(account: boto3.Session) -> Iterator[Wire]:
    """The wire of every client that functions make."""
    wire = Wire()
    with wire.attached():
        yield wire


@pytest.fixture
def wire(session_wire: Wire) -> Wire:
    """The wire, watched from here on."""
    session_wire.reset()
    return session_wire


@pytest.fixture(scope="session")
def tables(engine_url: str) -> Iterator[Tables]:
    """Tables to lend to worlds."""
    with closing(Tables(engine_url)) as tables:
        yield tables


@pytest.fixture
def log() -> Iterator[StringIO]:
    """Every line that the service logs, as CloudWatch would get it."""
    lines = StringIO()
    handler = logging.StreamHandler(lines)
    handler.setFormatter(logger.registered_formatter)
    underlying = logging.getLogger(logger.service)
    underlying.addHandler(handler)
    yield lines
    underlying.removeHandler(handler)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def settings(request: pytest.FixtureRequest) -> dict[str, str]:
    """What the test's `settings` marker sets in its world."""
    marker = request.node.get_closest_marker("settings")
    return marker.kwargs if marker else {}


@pytest.fixture(scope="session")
def spare() -> Spare:
    """Queues and secrets to lend to worlds."""
    return Spare()


@pytest.fixture
def moto_world(
    account: boto3.Session,
    wire: Wire,
    spare: Spare,
    clock: Clock,
    settings: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[World]:
    """A deployment on moto."""
    dynamodb = boto3.client("dynamodb")
    names = {table.setting: f"{table.name}-{uuid.uuid4().hex[:8]}" for table in TABLES}
    for table in TABLES:
        cloud.create_table(dynamodb, table, names[table.setting])
    with spare.lent() as others:
        yield from _deploy(account, {**names, **others}, clock, settings, monkeypatch)


@pytest.fixture
def engine_world(
    account: boto3.Session,
    wire: Wire,
    engine_url: str,
    tables: Tables,
    spare: Spare,
    clock: Clock,
    settings: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    socket_enabled: None,
) -> Iterator[World]:
    """A deployment whose tables are in a real engine."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", engine_url)
    with tables.lent(boto3.client("dynamodb")) as names, spare.lent() as others:
        yield from _deploy(account, {**names, **others}, clock, settings, monkeypatch)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A `world` is on a real engine where there is one: it is exact, and takes a tenth of moto's time.

    What moto must answer alike, because `make run` is served by it, is marked `moto_too`.
    """
    if "world" in metafunc.fixturenames:
        has_engine = "AWS_ENDPOINT_URL_DYNAMODB" in os.environ or engine.BINARY.exists()
        on_engine = [pytest.param("engine", marks=pytest.mark.engine)] if has_engine else []
        on_moto = ["moto"] if metafunc.definition.get_closest_marker("moto_too") or not has_engine else []
        metafunc.parametrize("world", [*on_engine, *on_moto], indirect=True)


@pytest.fixture
def world(request: pytest.FixtureRequest) -> World:
    """A deployment on an engine; of a test that is marked `moto_too` another one on moto."""
    deployed: World = request.getfixturevalue(f"{request.param}_world")
    return deployed


def _deploy(
    session: boto3.Session,
    names: Mapping[str, str],
    clock: Clock,
    settings: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[World]:
    make_bcrypt_cheap(monkeypatch.setattr)
    environment = cloud.default_settings(8000) | {"BCRYPT_COST": "10", **names, **settings}
    if path := settings.get(definition.SETTING):
        environment[USERS.setting] = f"users-{uuid.uuid4().hex[:8]}"
        theirs = definition.read(path)
        cloud.create_theirs(boto3.client("dynamodb"), theirs, environment[USERS.setting])
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    cloud.create_key_and_identity(environment)
    with deploy(clock, session, environment) as world:
        yield world
    outbox.clear()
    bus.clear()
    graph.failures.clear()
    audit.clear()
