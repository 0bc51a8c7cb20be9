"""Whether a caller can tell a known address from an unknown one by time.

For asking and for signing in, the chance that a request for a known address takes longer than one for an unknown
address: 0.5 is no difference, and the bound is 0.45 to 0.55. Frameworks that look the account up first score 0.8 to
1.0. The tables are a real engine's: moto itself takes longer over an item that is there.
"""

import json
import math
import os
import random
import statistics
import sys
import time
from ipaddress import IPv4Address
from typing import Any

import boto3

from local import audit, cloud, engine, gateway
from password_reset.aws.items import to_item
from password_reset.bootstrap import bootstrap
from tests.world import PASSWORD, gateway_event

LOW, HIGH = 0.45, 0.55
COUNT = 1000
"""Requests of each kind."""
ERROR = math.sqrt((2 * COUNT + 1) / (12 * COUNT * COUNT))
"""The standard error of the chance where there is no difference (Mann and Whitney's U)."""
# Both domains have one length, so that the addresses differ in nothing but being known.
DOMAINS = {"known": "known.example", "unknown": "other.example"}


def slower(known: list[float], unknown: list[float]) -> float:
    """Return the chance that a known address takes longer than an unknown one."""
    ordered = sorted([(seconds, True) for seconds in known] + [(seconds, False) for seconds in unknown])
    unknown_so_far = wins = 0
    for _, is_known in ordered:
        if is_known:
            wins += unknown_so_far
        else:
            unknown_so_far += 1
    return wins / (len(known) * len(unknown))


def timed(function: str, event: dict[str, Any]) -> tuple[float, Any]:
    """Call a function; return the seconds it took, and its answer."""
    context, handler = gateway.Context(), gateway.function(function)
    start = time.perf_counter()
    answer = handler(event, context)
    return time.perf_counter() - start, answer


def chance(function: str, expected: int, **members: str) -> float:
    """Make that many requests of each kind, interleaved at random; print and return the chance to tell."""
    order = [(kind, number) for kind in DOMAINS for number in range(COUNT)]
    random.shuffle(order)
    times: dict[str, list[float]] = {kind: [] for kind in DOMAINS}
    for turn, (kind, number) in enumerate(order):
        email = f"user{number:05}@{DOMAINS[kind]}"
        source = str(IPv4Address("10.0.0.0") + turn)  # of its own
        event = gateway_event("/auth", json.dumps({"email": email, **members}), source=source)
        seconds, answer = timed(function, event)
        if answer["statusCode"] != expected:
            sys.exit(answer["body"])
        times[kind].append(seconds)
    result = slower(times["known"], times["unknown"])
    medians = ", ".join(f"{kind} {statistics.median(seconds) * 1000:.2f} ms" for kind, seconds in times.items())
    print(f"{function}: {COUNT} of each, interleaved, medians: {medians}")
    print(f"{function}: chance that a known address is slower: {result:.3f} ± {ERROR:.3f}")
    return result


def can_be_told(chance: float) -> bool:
    """Whether the chance is out of its bound, by more than two standard errors."""
    return not LOW - 2 * ERROR <= chance <= HIGH + 2 * ERROR


def measure() -> dict[str, float]:
    """Return the chance to tell, by function."""
    with engine.running() as tables:
        environment = cloud.default_settings(8000) | cloud.inherited(os.environ)
        environment |= {"RESET_LIMIT_PER_SOURCE": "1", "AWS_ENDPOINT_URL_DYNAMODB": tables.url}
        environment |= {"BCRYPT_COST": "10"}  # the least: a hash that takes longer varies by more, and hides more
        with cloud.running(environment):
            cloud.create_resources(environment)
            audit.keep_console_quiet()
            _create_accounts()
            return {
                "forgot": chance("forgot", 200),
                "sign_in": chance("sign_in", 401, password="wrong password"),  # noqa: S106
            }


def _create_accounts() -> None:
    app, client = bootstrap(), boto3.client("dynamodb")
    password_hash = app.passwords.hash(PASSWORD)
    for number in range(COUNT):
        email = f"user{number:05}@known.example"
        item = {"user_id": str(number), "email": email, "email_key": email, "password_hash": password_hash}
        client.put_item(TableName=app.settings.needed("users_table"), Item=to_item(item))
