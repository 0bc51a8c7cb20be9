"""One whole flow, run on moto and counted: AWS calls, DynamoDB's request units, bytes logged, metrics.

Units are AWS's own rules on the real items: a write is 1 for each KB begun, of the larger of the item before and
after; twice that in a transaction; and as much again for each index that shows the item. A read is 1 for each 4 KB
begun, half of that where it need not be consistent, and 1 or a half where nothing is found.
"""

import json
import logging
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any
from unittest import mock

import boto3

from infra.tables import DELIVERIES, TABLES, Table
from local.gateway import Context, function
from password_reset.audit import logger
from password_reset.aws.client import Client
from password_reset.aws.services import Service
from password_reset.delivery.deliveries import TAG
from tests.world import World

DELIVERED = Path(__file__).parents[2] / "tests" / "events" / "ses-delivery.json"
WRITE_BYTES, READ_BYTES = 1024, 4096
STORED_ITEM_BYTES = 100
"""What DynamoDB adds to each item that it stores, and to each in an index (its documentation)."""
LOG_EVENT_BYTES = 26
"""What CloudWatch adds to each line that it bills (PutLogEvents' documentation)."""
DYNAMODB = "DynamoDB"

type Item = Mapping[str, Any]


@dataclass(kw_only=True)
class Step:
    """One invocation of a function, and what it did."""

    name: str
    function: str
    calls: Counter[str] = field(default_factory=Counter)
    writes: float = 0
    reads: float = 0
    log_bytes: int = 0
    metrics: set[str] = field(default_factory=set)


@dataclass
class Meter:
    """Counts what the functions' clients do, step by step."""

    world: World
    steps: list[Step] = field(default_factory=list)
    tag: str = ""
    _before: list[tuple[Table, Item | None, Item, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._reader: Any = boto3.client("dynamodb")  # of another session, so that it is not counted itself
        self._tables = {self.world.environment[table.setting]: table for table in TABLES}

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Count until the block ends."""
        call = Client.call

        def watched(client: Client, operation: str, **parameters: Any) -> dict[str, Any]:  # noqa: ANN401 - as sent
            self._begin(client.service.name, operation, parameters)
            answer = call(client, operation, **parameters)
            self._end(client.service, operation, parameters, answer)
            return answer

        with mock.patch.object(Client, "call", watched):
            yield

    @contextmanager
    def step(self, name: str, of: str) -> Iterator[None]:
        """Count a step: whatever is called, logged and printed within."""
        self.steps.append(Step(name=name, function=of))
        lines, printed = StringIO(), StringIO()
        handler = logging.StreamHandler(lines)
        handler.setFormatter(logger.registered_formatter)
        log = logging.getLogger(logger.service)
        log.addHandler(handler)
        with redirect_stdout(printed):
            yield
        log.removeHandler(handler)
        metrics = [line for line in printed.getvalue().splitlines() if '"CloudWatchMetrics"' in line]
        for line in [*lines.getvalue().splitlines(), *metrics]:
            self.steps[-1].log_bytes += len(line.encode()) + LOG_EVENT_BYTES
        self.steps[-1].metrics |= {_metric(json.loads(line)) for line in metrics}

    def _begin(self, service: str, operation: str, parameters: dict[str, Any]) -> None:
        if operation == "SendEmail":
            (tag,) = parameters["EmailTags"]
            self.tag = tag["Value"]
        if service == DYNAMODB:
            self._before = [
                (table, self._read(table, name, key), {"TableName": name, "Key": key}, factor)
                for name, table, key, factor in self._writes(operation, parameters)
            ]

    def _end(self, service: Service, operation: str, parameters: dict[str, Any], answer: dict[str, Any]) -> None:
        step = self.steps[-1]
        step.calls[f"{service.host}.{operation}"] += 1
        if service.name != DYNAMODB:
            return
        for table, before, where, factor in self._before:
            after = self._read(table, where["TableName"], where["Key"])
            step.writes += written(table, before, after, factor)
        step.reads += read(operation, parameters, answer)

    def _writes(self, operation: str, params: dict[str, Any]) -> list[tuple[str, Table, Item, int]]:
        if operation == "TransactWriteItems":
            writes = [next(iter(member.values())) for member in params["TransactItems"]]
        else:
            writes = [params] if operation in {"PutItem", "UpdateItem", "DeleteItem"} else []
        factor = 2 if operation == "TransactWriteItems" else 1
        found = []
        for write in writes:
            table = self._tables[write["TableName"]]
            key = write.get("Key") or {table.partition_key: write["Item"][table.partition_key]}
            found.append((write["TableName"], table, key, factor))
        return found

    def _read(self, table: Table, name: str, key: Item) -> Item | None:
        assert set(key) == {table.partition_key}  # noqa: S101 - what the tables are
        item: Item | None = self._reader.get_item(TableName=name, Key=key).get("Item")
        return item


def count(world: World) -> list[Step]:
    """Return the steps of one flow on warm functions: secrets are cached, clients made."""
    meter = Meter(world)
    with meter.watching():
        flow(meter, "warming.up@example.com")
        meter.steps.clear()
        flow(meter, "alex.miller@example.com")
    return meter.steps


def flow(meter: Meter, email: str) -> None:
    """Let an account of this address be created, forget its password and get a new one."""
    world = meter.world
    world.add_user(email, name="Alex Miller")
    with meter.step("forgot", "forgot"):
        world.forgot(email)
    with meter.step("deliver", "deliver"):
        world.pump()
    _report(meter)
    token = world.mailed_tokens(email)[-1]
    with meter.step("verify", "verify"):
        verified = world.verify(token)
    with meter.step("reset", "reset"):
        answer = world.reset(token)
    with meter.step("notice", "deliver"):
        world.pump()
    _report(meter)
    assert verified.json["valid"], verified  # noqa: S101 - a flow that failed costs something else
    assert answer.status == 200, answer  # noqa: S101, PLR2004 - the same


def stored_bytes(world: World) -> int:
    """Return what an account's flow keeps for 30 days: its deliveries, in the table and in its index."""
    items = boto3.client("dynamodb").scan(TableName=world.environment[DELIVERIES.setting])["Items"]
    accounts = {item["user_id"]["S"] for item in items}
    total = sum(size(item) + STORED_ITEM_BYTES for item in items) * (1 + len(DELIVERIES.indexes))
    return total // len(accounts)


def _report(meter: Meter) -> None:
    """Let SES report that the mail arrived."""
    event = json.loads(DELIVERED.read_text("utf-8"))
    event["detail"]["mail"]["tags"][TAG] = [meter.tag]
    with meter.step("feedback", "feedback"):
        function("feedback")(event, Context())


def written(table: Table, before: Item | None, after: Item | None, factor: int) -> float:
    """Return the write request units of one write, its indexes' included."""
    units = _blocks(max(size(before), size(after)), WRITE_BYTES)
    if before == after:
        return units * factor
    total = units * factor
    for index in table.indexes:  # all attributes are projected, so every change shows
        keys = [name for name in (index.partition_key, index.sort_key) if name]
        shown = [[item.get(name) for name in keys] for item in (before, after) if item and all(k in item for k in keys)]
        total += units * len({json.dumps(values) for values in shown})  # a changed key is a deletion and a write
    return total


def read(operation: str, params: Mapping[str, Any], answer: Mapping[str, Any]) -> float:
    """Return the read request units of one call."""
    match operation:
        case "GetItem":
            return _read_units([answer.get("Item")], consistent=params.get("ConsistentRead", False))
        case "Query":
            # Of a query the sum is rounded, not each. What a projection leaves out is billed too: here under a block.
            total = sum(map(size, answer["Items"]))
            return _blocks(total, READ_BYTES) * (1 if params.get("ConsistentRead") else 0.5)
        case "BatchGetItem":
            units = 0.0
            for table, wanted in params["RequestItems"].items():
                found: list[Item | None] = list(answer["Responses"].get(table, []))
                found += [None] * (len(wanted["Keys"]) - len(found))
                units += _read_units(found, consistent=wanted.get("ConsistentRead", False))
            return units
    return 0


def size(item: Item | None) -> int:
    """Return an item's size in bytes by DynamoDB's rules."""
    return sum(len(name.encode()) + _value_size(value) for name, value in (item or {}).items())


def _value_size(typed: Mapping[str, Any]) -> int:
    ((kind, value),) = typed.items()
    match kind:
        case "S":
            return len(value.encode())
        case "N":
            return (len(value.strip("-0.")) + 1) // 2 + 1
        case "L":
            return 3 + sum(1 + _value_size(element) for element in value)
        case "M":
            return 3 + sum(1 + len(name.encode()) + _value_size(element) for name, element in value.items())
        case "BOOL" | "NULL":
            return 1
    message = f"no rule for an attribute of type {kind}"
    raise ValueError(message)


def _read_units(items: Sequence[Item | None], *, consistent: bool) -> float:
    return sum(_blocks(size(item), READ_BYTES) for item in items) * (1 if consistent else 0.5)


def _blocks(size: int, block: int) -> int:
    return max(1, math.ceil(size / block))


def _metric(line: Mapping[str, Any]) -> str:
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    (dimensions,) = directive["Dimensions"]
    (metric,) = directive["Metrics"]
    return "/".join([metric["Name"], *(f"{name}={line[name]}" for name in sorted(dimensions))])
