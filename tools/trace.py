"""`ENV=prod python -m tools.trace ADDRESS | --request ID | --source IP`: what happened, as one timeline.

Asked, counted, sent by which channel, bounced, opened, refused and why, reset, notice: from the audit records of all
functions, by CloudWatch Logs Insights, and from the deliveries table. `STACK=name` names another stack, and
`URL=http://127.0.0.1:8000` the local server. `--json` is for programs, `--hours` how far back (a week).

It computes pseudonyms by the pepper in force: records from before its last rotation carry others.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import boto3

from password_reset.accounts.identifiers import email_key
from password_reset.bootstrap import Bootstrap
from password_reset.limits.windows import source_of
from tools.commands import CommandError, Parser, addressing, carry_out
from tools.deployment import resources, stack_name

MESSAGES = 100
"""An account's latest messages: as many as a mailbox gets in ten days at the limits' worst."""
_ROUNDS = 4
"""From an address to its requests, to the accounts, to their resets, to the notices of these."""
_TRIES = 60
_WORDS = {
    "forgot-password": "request",
    "challenge": "challenge",
    "start-reset": "started by an operator",
    "deliver-reset": "message",
    "mail-feedback": "report of an email",
    "verify-reset-token": "link opened",
    "verify-reset-code": "code typed",
    "reset-password": "new password",
    "notify-change": "notice",
    "change-undone": "change undone",
    "sign-in": "sign-in",
    "levers": "levers",
}
_SHOWN = ("why", "operator", "channel", "requestId", "forRequest", "token", "userId", "sourceAddress")

type Entry = dict[str, Any]
type Wanted = Mapping[str, Collection[str]]


class Records(Protocol):
    """Where audit records are."""

    def find(self, wanted: Wanted) -> Iterable[Entry]:
        """Return the records of which a member is one of those wanted."""


@dataclass(frozen=True)
class KeptRecords:
    """Records at hand, as the local server keeps them."""

    records: Sequence[Entry]

    def find(self, wanted: Wanted) -> Iterable[Entry]:
        """Return the records of which a member is one of those wanted."""
        return [record for record in self.records if any(record[name] in values for name, values in wanted.items())]


@dataclass(frozen=True, kw_only=True)
class InsightsRecords:
    """Records in log groups, by CloudWatch Logs Insights."""

    client: Any
    groups: Sequence[str]
    since: datetime
    until: datetime
    sleep: Callable[[float], None] = time.sleep

    def find(self, wanted: Wanted) -> Iterable[Entry]:
        """Return the records of which a member is one of those wanted.

        Raises:
            CommandError: the query failed, or takes longer than a minute.
        """
        # Values are quoted as JSON: an account's id may be any text.
        filters = [f"audit.{name} in {json.dumps(sorted(values))}" for name, values in wanted.items() if values]
        started = self.client.start_query(
            logGroupNames=list(self.groups),
            startTime=int(self.since.timestamp()),
            endTime=int(self.until.timestamp()) + 1,
            queryString=f"fields @message | filter {' or '.join(filters)} | sort @timestamp asc",
            limit=10_000,
        )
        for _ in range(_TRIES):
            answer = self.client.get_query_results(queryId=started["queryId"])
            if answer["status"] == "Complete":
                lines = [field["value"] for row in answer["results"] for field in row if field["field"] == "@message"]
                return [json.loads(line)["audit"] for line in lines]
            if answer["status"] not in {"Scheduled", "Running"}:
                break
            self.sleep(1)
        message = f"CloudWatch Logs Insights has no answer: {answer['status']}."
        raise CommandError(message)


def run(app: Bootstrap, arguments: Sequence[str], records: Callable[[int], Records]) -> str:
    """Return the timeline that is asked for. `records` gives those of so many hours.

    Raises:
        CommandError: it cannot be given, or means nothing.
    """
    asked = _parser().parse_args(arguments)
    entries = _timeline(app, records(asked.hours), asked)
    if asked.json:
        return json.dumps(entries, indent=1)
    return "\n".join(map(_line, entries)) or "Nothing is recorded."


def _timeline(app: Bootstrap, records: Records, asked: argparse.Namespace) -> list[Entry]:
    if [asked.address, asked.request, asked.source].count(None) != 2:  # noqa: PLR2004 - one of three
        message = f"Give an address, or --request, or --source.\n{_parser().format_usage()}"
        raise CommandError(message)
    first, follows_people = _start(app, asked)
    found = _follow(records, first, follows_people=follows_people)
    requests = {record["requestId"] for record in found}
    users = {record["userId"] for record in found if record["userId"] and record["event"] == "deliver-reset"}
    # Of a source's requests the messages are not shown: they are their addressees' affair.
    rows = [row for user in sorted(users) for row in app.delivery.deliveries.latest(user, MESSAGES)]
    told = [entry for row in rows if follows_people or _request(row) in requests for entry in _of_delivery(row)]
    return sorted([*found, *told], key=lambda entry: entry["time"])


def _start(app: Bootstrap, asked: argparse.Namespace) -> tuple[Wanted, bool]:
    if asked.request:
        return {"requestId": {asked.request}, "forRequest": {asked.request}}, False
    if asked.source:
        return {"source": {app.audit.source(source_of(asked.source))}}, False
    with addressing(asked.address):
        return {"identifier": {app.audit.identifier(email_key(asked.address))}}, True


def _follow(records: Records, wanted: Wanted, *, follows_people: bool) -> list[Entry]:
    """Return what is found, and what that led to: by request, and of one person by account too."""
    found: dict[str, Entry] = {}
    before: Wanted = {}
    for _ in range(_ROUNDS):
        found |= {json.dumps(record, sort_keys=True): record for record in records.find(wanted)}
        ids = {record["requestId"] for record in found.values()}
        ids |= {record["forRequest"] for record in found.values() if record["forRequest"]}
        users = {record["userId"] for record in found.values() if record["userId"]} if follows_people else set()
        wanted = {"requestId": ids, "forRequest": ids} | ({"userId": users} if users else {})
        if wanted == before or not ids:
            break
        before = wanted
    return list(found.values())


def _request(row: Entry) -> str:
    request: str = row["request_id"].partition("#")[0]
    return request


def _of_delivery(row: Entry) -> Iterable[Entry]:
    same = {"channel": row["channel"], "requestId": _request(row), "userId": row["user_id"]}
    state = {"event": "delivery", "outcome": row["state"], "reason": row.get("reason")}
    yield {"time": row.get("sent_at") or row["created_at"], **state, **same}
    if "outcome" in row:
        yield {"time": row["outcome_at"], "event": "delivery", "outcome": row["outcome"], "reason": None, **same}


def _line(entry: Entry) -> str:
    what = f"{_WORDS.get(entry['event'], entry['event'])} {entry['outcome']}"
    reason = f": {entry['reason']}" if entry["reason"] else ""
    details = " ".join(f"{name}={entry[name]}" for name in _SHOWN if entry.get(name))
    return f"{entry['time']}  {what + reason:<44}  {details}"


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="python -m tools.trace", add_help=False)
    parser.add_argument("address", nargs="?")
    parser.add_argument("--request")
    parser.add_argument("--source")
    parser.add_argument("--hours", type=int, default=7 * 24)
    parser.add_argument("--json", action="store_true")
    return parser


def main(arguments: Sequence[str]) -> None:
    """Print the timeline of a stack or of the local server."""
    carry_out("trace", arguments, _told)


def _told(app: Bootstrap, arguments: Sequence[str]) -> str:
    return run(app, arguments, of_stack(app))


def of_stack(app: Bootstrap) -> Callable[[int], Records]:
    """Return what gives the records of a stack, of so many hours."""
    groups = [name for _, name in resources(stack_name(), "AWS::Logs::LogGroup") if "AccessLog" not in name]

    def records(hours: int) -> Records:
        now = app.levers.clock()
        since = now - timedelta(hours=hours)
        return InsightsRecords(client=boto3.client("logs"), groups=groups, since=since, until=now)

    return records


if __name__ == "__main__":
    main(sys.argv[1:])
