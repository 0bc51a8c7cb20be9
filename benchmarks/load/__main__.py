"""Drive the functions on a real engine for a bounded time, and end with an error if anything does not add up.

Two processes share an engine's tables; then two more, whose reset-tokens tables differ in size alone, take turns.
"""

import argparse
import gzip
import hashlib
import json
import secrets
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import boto3

from benchmarks.load import ledger
from benchmarks.load.life import Odds, fill_accounts, live, resident
from infra.tables import RESET_TOKENS, USERS
from local import engine
from password_reset.aws.items import from_item

PROCESSES = 2
SMALL = 1000
"""Tokens in the smaller table."""
ACCOUNTS_IN_TURNS = 2000
NO_DEATHS = Odds(before=0, after=0, cursed=0, again=0)


class Process:
    """Another process that lives one `Life`."""

    def __init__(self, engine_url: str, pepper: str, **plan: object) -> None:
        spawn = get_context("spawn")
        self._connection, theirs = spawn.Pipe()
        self._process = spawn.Process(target=live, args=(theirs, engine_url, pepper, plan), daemon=True)
        self._process.start()
        theirs.close()

    def order(self, method: str, *arguments: object) -> None:
        """Have it do something; `answer` waits until it did."""
        self._connection.send((method, arguments))

    def answer(self) -> Any:  # noqa: ANN401 - of any method
        """Return what the last order led to. Raises EOFError if the process died of it."""
        return self._connection.recv()

    def stop(self) -> None:
        """End it."""
        self._connection.send(None)
        self._process.join()


@contextmanager
def watched(pid: int, samples: list[tuple[float, float]]) -> Iterator[None]:
    """Note a process's memory every second."""
    done, start = threading.Event(), time.monotonic()

    def watch() -> None:
        while not done.wait(1):
            samples.append((time.monotonic() - start, resident(Path(f"/proc/{pid}"))))

    thread = threading.Thread(target=watch)
    thread.start()
    yield
    done.set()
    thread.join()


def load(arguments: argparse.Namespace, odds: Odds) -> tuple[dict[str, Any], list[str], dict[str, Any]]:
    """Make the requests; return the report, what does not add up, and the memory over time."""
    paths = [arguments.out / f"load-{number}.jsonl" for number in range(PROCESSES)]
    engine_memory: list[tuple[float, float]] = []
    with engine.running() as tables:
        fill_accounts(tables.url, arguments.accounts)
        pepper = secrets.token_urlsafe(48)
        crew = [
            Process(tables.url, pepper, journal_path=path, accounts=arguments.accounts, odds=odds, seed=number)
            for number, path in enumerate(paths)
        ]
        for process in crew:
            process.answer()
        start = time.monotonic()
        with watched(tables.pid, engine_memory):
            for process in crew:
                process.order("run", arguments.requests // PROCESSES, arguments.seconds)
            for process in crew:
                process.answer()
        seconds = time.monotonic() - start
        for process in crew:
            process.order("drain")
        for process in crew:
            process.answer()
            process.stop()
        versions = _versions(tables.url)
    journals = [ledger.read([path]) for path in paths]
    journal = [line for one in journals for line in one]
    memory = {f"process {number + 1}": _memory(one) for number, one in enumerate(journals)}
    flat = {name: ledger.memory(samples, seconds) for name, samples in memory.items()}
    report = {
        "wanted": arguments.requests,
        "seconds": round(seconds, 1),
        "counts": ledger.counts(journal),
        "tenths": ledger.tenths(journal, seconds),
        "memory": flat | {"engine": ledger.memory(engine_memory, seconds)},
    }
    (arguments.out / "versions.json").write_text(json.dumps(versions))
    found = ledger.faults(journal, versions)
    if seconds >= ledger.MEMORY_SECONDS:
        found += [f"{name}: memory grew {of['ratio']} times" for name, of in flat.items() if of["ratio"] > ledger.FLAT]
    return report, found, memory | {"engine": engine_memory}


def turns(arguments: argparse.Namespace) -> tuple[dict[str, Any], list[str]]:
    """Take turns on a small and a large table; return the report, and which function is slower on the large one."""
    paths = [arguments.out / f"{name}.jsonl" for name in ("small", "large")]
    start = time.monotonic()
    with ExitStack() as stack:
        engines = [stack.enter_context(_with_tokens(count)) for count in (SMALL, arguments.tokens)]
        filled = time.monotonic() - start
        crew = []
        for tables, path in zip(engines, paths, strict=True):
            fill_accounts(tables.url, ACCOUNTS_IN_TURNS)
            plan = {"journal_path": path, "accounts": ACCOUNTS_IN_TURNS, "odds": NO_DEATHS, "seed": 0}
            crew.append(Process(tables.url, secrets.token_urlsafe(48), **plan))
        for process in crew:
            process.answer()
        for number in range(arguments.rounds + 1):
            for process in crew[:: 1 if number % 2 else -1]:
                for method in [("mark", str(number))] if number else []:  # the first round warms up
                    process.order(*method)
                    process.answer()
                process.order("run", 100, 60.0)
                process.answer()
        for process in crew:
            process.stop()
        memory = [round(resident(Path(f"/proc/{tables.pid}"))) for tables in engines]
    growth = ledger.growth(*(ledger.read([path]) for path in paths))
    report = {
        "tokens": [SMALL, arguments.tokens],
        "fill seconds": round(filled, 1),
        "engine memory": memory,
        "growth": growth,
    }
    slower = [
        f"{function}: {of['ratio']} times as slow with {arguments.tokens:,} tokens"
        for function, of in growth.items()
        if of["ratio"] > ledger.GROWTH
    ]
    return report, slower


def _memory(journal: list[ledger.Line]) -> list[tuple[float, float]]:
    return [(at, mb) for at, mb in ledger.of("memory", journal)]


@contextmanager
def _with_tokens(count: int) -> Iterator[engine.Engine]:
    """Run an engine whose reset-tokens table has that many live tokens of nobody."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / RESET_TOKENS.name / "data"
        data.mkdir(parents=True)
        expires = int(time.time()) + 86_400
        with gzip.open(data / "tokens.json.gz", "wt", compresslevel=1) as file:
            for number in range(count):
                digest = hashlib.sha256(b"%d" % number).hexdigest()
                file.write(
                    f'{{"Item": {{"token_hash": {{"S": "{digest}"}}, "user_id": {{"S": "nobody-{number}"}}, '
                    f'"account_digest": {{"S": "{digest}"}}, "created_at": {{"N": "{expires}"}}, '
                    f'"expires_at": {{"N": "{expires}"}}, "used": {{"BOOL": false}}, '
                    f'"refusals": {{"N": "0"}}, "channel": {{"S": "email"}}}}}}\n'
                )
        engine.write_schema(Path(folder), RESET_TOKENS.name, RESET_TOKENS.partition_key)
        with engine.running(Path(folder)) as tables:
            yield tables


def _versions(engine_url: str) -> dict[str, int]:
    keys = {"aws_access_key_id": "local", "aws_secret_access_key": "local", "region_name": "us-east-1"}
    client = boto3.client("dynamodb", endpoint_url=engine_url, **keys)  # type: ignore[call-overload]
    pages = client.get_paginator("scan").paginate(TableName=USERS.name)
    users = [from_item(item) for page in pages for item in page["Items"]]
    return {user["user_id"]: user["credentials_version"] for user in users if "credentials_version" in user}


def _print(report: dict[str, Any]) -> None:
    made, wanted = report["counts"]["requests"], report["wanted"]
    ended = "" if made >= wanted else f" of {wanted:,}: the time ended it"
    print(f"{made:,} requests{ended}, in {report['seconds']} s")
    for name, count in report["counts"].items():
        print(f"  {name}: {count}")
    print("median (p99) in ms, by tenth of the run")
    for function, tenths in report["tenths"].items():
        print(f"  {function:8}" + "".join(f"{of['median']:8.1f} ({of['p99']:.0f})" for of in tenths))
    for name, of in report["memory"].items():
        print(f"memory of {name}: {of['sixth tenth']:.1f} MB, at the end {of['last tenth']:.1f} MB ({of['ratio']})")
    if "growth" not in report:
        return
    small, large = report["tokens"]
    print(f"{small:,} against {large:,} tokens (filled in {report['fill seconds']} s), medians in ms")
    for function, of in report["growth"].items():
        spread = f"{of['lower quartile']} to {of['upper quartile']}"
        print(f"  {function:8}{of['small']:8.2f}{of['large']:8.2f}  ratio {of['ratio']} (quartiles {spread})")


def main() -> None:
    """Run, report, and fail on what does not add up."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=900, help="of the requests, at most")
    parser.add_argument("--accounts", type=int, default=10_000)
    parser.add_argument("--tokens", type=int, default=1_000_000, help="in the larger table; 0 leaves the tables out")
    parser.add_argument("--rounds", type=int, default=20, help="of 100 requests, on each table")
    parser.add_argument("--deaths", type=float, default=0.002, help="the chance of each kind, at each mail")
    parser.add_argument("--out", type=Path, default=Path("build"))
    parser.add_argument("--picture", type=Path)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    deaths = arguments.deaths
    report, found, memory = load(arguments, Odds(before=deaths, after=deaths, cursed=deaths / 8, again=deaths * 2))
    if arguments.tokens:
        of_tables, slower = turns(arguments)
        report |= of_tables
        found += slower
    _print(report)
    if arguments.picture and arguments.tokens:
        from benchmarks.load import picture  # noqa: PLC0415 - takes a second

        picture.draw(report, memory, arguments.picture)
    report["faults"] = found
    (arguments.out / "load.json").write_text(json.dumps(report, indent=2) + "\n")
    if found:
        sys.exit("\n".join(found[:50]))
    print("Everything adds up.")


if __name__ == "__main__":
    main()
