"""Whether a caller can tell a known address from an unknown one by time.

Prints, for asking and for signing in, the chance that a request for a known address takes longer than one for an
unknown address: 0.5 is no difference, and the bound is 0.45 to 0.55. Frameworks that look the account up first
score 0.8 to 1.0. Then what the authorizer adds to a request.
"""

import json
import os
import random
import statistics
import sys
import time
from typing import Any

import boto3

from local import audit, cloud, gateway
from password_reset.bootstrap import bootstrap
from password_reset.items import to_item

LOW, HIGH = 0.45, 0.55
PASSWORD = "correct horse battery staple"  # noqa: S105 - of accounts that live as long as this run
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


def event(number: int, body: dict[str, str] | None, **headers: str) -> dict[str, Any]:
    """Return a request from a source of its own."""
    source = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
    return {
        "headers": {"Content-Type": "application/json", **headers},
        "requestContext": {"identity": {"sourceIp": source}},
        "methodArn": "arn:aws:execute-api:us-east-1:123456789012:local/GET/auth/me",
        "body": json.dumps(body),
    }


def chance(function: str, count: int, expected: int, **members: str) -> float:
    """Make that many requests of each kind, interleaved at random; print and return the chance to tell."""
    order = [(kind, number) for kind in DOMAINS for number in range(count)]
    random.shuffle(order)
    times: dict[str, list[float]] = {kind: [] for kind in DOMAINS}
    for turn, (kind, number) in enumerate(order):
        email = f"user{number:05}@{DOMAINS[kind]}"
        seconds, answer = timed(function, event(turn, {"email": email, **members}))
        if answer["statusCode"] != expected:
            sys.exit(answer["body"])
        times[kind].append(seconds)
    result = slower(times["known"], times["unknown"])
    medians = ", ".join(f"{kind} {statistics.median(seconds) * 1000:.2f} ms" for kind, seconds in times.items())
    print(f"{function}: {count} of each, interleaved, medians: {medians}")
    print(f"{function}: chance that a known address is slower: {result:.3f} (bound: {LOW} to {HIGH})")
    return result


def authorizer(count: int) -> None:
    """Print what the authorizer adds to a request."""
    _, answer = timed("sign_in", event(0, {"email": "user00000@known.example", "password": PASSWORD}))
    bearer = f"Bearer {json.loads(answer['body'])['accessToken']}"
    times = [timed("authorizer", event(0, None, Authorization=bearer))[0] for _ in range(count)]
    print(f"authorizer: 1 AWS call, median {statistics.median(times) * 1000:.2f} ms on moto")


def main() -> None:
    """Measure; end with an error if an address can be told by time."""
    # moto takes longer over a longer history, for everybody: a short one leaves less to hide in.
    settings = {"RESET_LIMIT_PER_SOURCE": "1", "BCRYPT_COST": "10"}
    environment = cloud.default_settings(8000) | settings | cloud.inherited(os.environ)
    with cloud.running(environment):
        cloud.create_resources(environment)
        audit.keep_console_quiet()
        app, client = bootstrap(), boto3.client("dynamodb")
        password_hash = app.passwords.hash(PASSWORD)
        for number in range(2000):
            email = f"user{number:05}@known.example"
            item = {"user_id": str(number), "email": email, "email_key": email, "password_hash": password_hash}
            client.put_item(TableName=app.settings.users_table, Item=to_item(item))
        results = [chance("forgot", 2000, 200), chance("sign_in", 1000, 401, password="wrong password")]  # noqa: S106
        authorizer(200)
    if not all(LOW <= result <= HIGH for result in results):
        sys.exit("An address can be told by time.")


if __name__ == "__main__":
    main()
