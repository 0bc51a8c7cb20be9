"""The clock of the local service: this machine's, and as far ahead as somebody has moved it."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from unittest import mock

import boto3
from moto.sqs import models as sqs_models

from infra.tables import TABLES
from password_reset import bootstrap as bootstrap_module
from password_reset.aws.items import from_item, to_item
from password_reset.bootstrap import Bootstrap, bootstrap
from password_reset.clock import utc_now

MOST = timedelta(days=3660)
"""How far the clock goes ahead in all: ten years are enough for anybody's session."""


class TooFarError(ValueError):
    """The clock does not go there."""


@dataclass
class LocalClock:
    """Tells the time, and can be moved ahead."""

    ahead: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        """Return the time, in UTC."""
        return utc_now() + self.ahead

    def seconds(self) -> float:
        """Return the time as seconds since 1970."""
        return self().timestamp()

    def milliseconds(self) -> float:
        """Return the time as milliseconds since 1970."""
        return self.seconds() * 1000


clock = LocalClock()


@contextmanager
def in_use() -> Iterator[None]:
    """Let the service tell the time by this clock, and the queue: its delays pass as the clock is moved."""
    deployment = partial(Bootstrap, clock=clock)
    with (
        mock.patch.object(bootstrap_module, "Bootstrap", deployment),
        mock.patch.object(sqs_models, "unix_time", clock.seconds),
        mock.patch.object(sqs_models, "unix_time_millis", clock.milliseconds),
    ):
        yield


def advance(seconds: float) -> datetime:
    """Move the clock ahead, let what has expired be gone, and return the time.

    Raises:
        TooFarError: it goes neither back nor further ahead than `MOST`.
    """
    if not 0 <= seconds <= (MOST - clock.ahead).total_seconds():
        message = f"advanceSeconds: from 0 to {MOST.days} days in all"
        raise TooFarError(message)
    clock.ahead += timedelta(seconds=seconds)
    expire()
    return clock()


def expire() -> None:
    """Delete what native TTL would have deleted by now; DynamoDB itself takes up to some days."""
    settings = bootstrap().settings
    dynamodb = boto3.client("dynamodb")
    for table in TABLES:
        name = getattr(settings, table.setting.lower())
        if not table.ttl or not name:
            continue
        for page in dynamodb.get_paginator("scan").paginate(TableName=name):
            for item in map(from_item, page["Items"]):
                if item.get(table.ttl, math.inf) <= clock.seconds():
                    key = to_item({table.partition_key: item[table.partition_key]})
                    dynamodb.delete_item(TableName=name, Key=key)
