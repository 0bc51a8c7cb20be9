"""Whether a caller can tell a known address from an unknown one by time.

Prints the chance that a request for a known address takes longer than one for an unknown address: 0.5 is
no difference, and the bound is 0.45 to 0.55. Frameworks that look the account up first score 0.8 to 1.0.
"""

import json
import os
import random
import statistics
import sys
import time

import boto3

from infra.routes import ROUTES
from local import audit, cloud, gateway
from password_reset.bootstrap import bootstrap
from password_reset.items import to_item

REQUESTS = 2000
LOW, HIGH = 0.45, 0.55
FORGOT = next(route for route in ROUTES if route.function == "forgot")


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


def request(address: str, number: int) -> float:
    """Make a request from a source of its own; return the seconds it took."""
    event = {
        "headers": {"Content-Type": "application/json"},
        "requestContext": {"identity": {"sourceIp": f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"}},
        "body": json.dumps({"email": address}),
    }
    context = gateway.Context()
    handler = gateway.function("forgot")
    start = time.perf_counter()
    answer = handler(event, context)
    seconds = time.perf_counter() - start
    if answer["statusCode"] != 200:  # noqa: PLR2004 - success
        sys.exit(answer["body"])
    return seconds


def main() -> None:
    """Measure, interleaved at random, and print the chance and the medians."""
    # moto takes longer over a longer history, for everybody: a short one leaves less to hide in.
    environment = cloud.default_settings(8000) | {"RESET_LIMIT_PER_SOURCE": "1"} | os.environ
    with cloud.running(environment):
        cloud.create_resources(environment)
        audit.keep_console_quiet()
        table, client = bootstrap().settings.users_table, boto3.client("dynamodb")
        for number in range(REQUESTS):
            address = f"user{number:05}@known.example"
            item = {"user_id": str(number), "email": address, "email_key": address}
            client.put_item(TableName=table, Item=to_item(item))
        order = [(kind, number) for kind in ("known", "unknown") for number in range(REQUESTS)]
        random.shuffle(order)
        times: dict[str, list[float]] = {"known": [], "unknown": []}
        for turn, (kind, number) in enumerate(order):
            # Both domains have one length, so that the addresses differ in nothing but being known.
            domain = "known.example" if kind == "known" else "other.example"
            times[kind].append(request(f"user{number:05}@{domain}", turn))
    chance = slower(times["known"], times["unknown"])
    medians = {kind: statistics.median(seconds) * 1000 for kind, seconds in times.items()}
    known, unknown = (f"{kind} {medians[kind]:.2f} ms" for kind in times)
    print(f"{REQUESTS} of each, interleaved, medians: {known}, {unknown}")
    print(f"chance that a known address is slower: {chance:.3f} (bound: {LOW} to {HIGH})")
    if not LOW <= chance <= HIGH:
        sys.exit("An address can be told by time.")


if __name__ == "__main__":
    main()
