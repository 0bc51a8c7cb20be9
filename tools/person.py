"""`ENV=prod python -m tools.person export|erase ADDRESS`: what is kept about one person, shown or erased (GDPR 15, 17).

`STACK=name` names another stack, and `URL=http://127.0.0.1:8000` the local server. `--user-id ID` adds an account that
the address no longer leads to, `--source IP` a network address that the person names: what is counted for the two
together can't be found by either alone. Both may be repeated.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import boto3

from password_reset.accounts.directory import outdate
from password_reset.accounts.dynamodb import DynamoDBDirectory
from password_reset.accounts.identifiers import email_key
from password_reset.accounts.shape import resolve
from password_reset.aws.items import from_item, to_item
from password_reset.bootstrap import Bootstrap
from password_reset.clock import rfc3339
from password_reset.errors import Superseded
from password_reset.levers import CURRENT
from password_reset.limits.windows import source_of
from password_reset.service.change_levers import MOST_ACCOUNTS
from tools import trace
from tools.commands import CommandError, Parser, addressing, carry_out, principal

if TYPE_CHECKING:
    from password_reset.accounts.directory import Account

SECRET = frozenset(
    {
        "account_digest",
        "address_digest",
        "carried_to",
        "code_digest",
        "dispute",
        "factor_code",
        "flow_hash",
        "password_hash",
        "password_history",
        "recovery_codes",
        "replaced_hash",
        "stood",
        "token_hash",
        "totp_secret",
    }
)
"""Attributes that are told of, and not shown: an export is mailed, printed and filed."""
NOT_SHOWN = "kept, and not shown: it's a secret, or a hash"
ERASED = "erased"
REMAINS = """\
Audit records in CloudWatch Logs, until they expire: pseudonyms and account ids, which tell what happened to the account.
Messages in the queue, 4 days at most, and 14 among the dead letters: nobody can search them. Once the account is gone, they are dropped.
Point-in-time recovery: 35 days, for a restore alone.
Failed sign-ins and solved challenges of this address from one source or known device: 2 days at most. To find them, name the source: --source IP.
Outside of the service: sent messages, a device token in the browser, and Amazon SES's own suppression list (aws sesv2 delete-suppressed-destination).\
""".splitlines()  # noqa: E501 - a line each
_TRIES = 3

type Item = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Person:
    """An address as it is compared, its accounts, and the sources that the person names."""

    identifier: str
    accounts: "Sequence[Account]"
    user_ids: Sequence[str]
    sources: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Table:
    """How a table is searched for somebody, and how what is found is erased."""

    setting: str
    key: str
    search: "Callable[[Bootstrap, Person], Iterable[Item]]"
    erase: "Callable[[Bootstrap, Person, str, Item], None] | None" = None
    """None: the item is deleted."""


def run(app: Bootstrap, arguments: Sequence[str], records: Callable[[int], trace.Records], by: str) -> str:
    """Show or erase what is kept about a person; return what to tell the operator.

    Raises:
        CommandError: it cannot be done, or means nothing.
    """
    asked = _parser().parse_args(arguments)
    person = _person(app, asked, records(24 * asked.days))
    if asked.command == "export":
        told = _export(app, person, asked, records)
        app.change_levers.note({"export": list(person.user_ids)}, by=by)
        return json.dumps(told, indent=1, default=_plain)
    return _erase(app, person, asked.address, by)


def _export(app: Bootstrap, person: Person, asked: argparse.Namespace, records: Callable[[int], trace.Records]) -> Item:
    told = trace.run(app, [asked.address, "--json", "--hours", str(24 * asked.days)], records)
    return {
        "address": asked.address,
        "identifier": person.identifier,
        "exportedAt": rfc3339(app.audit.clock()),
        "pseudonym": app.audit.identifier(person.identifier),
        "accounts": [_shown(_stored(app, account)) for account in person.accounts],
        "tables": {name: list(map(_shown, items)) for name, items in search(app, person).items()},
        "records": json.loads(told),
        "elsewhere": list(REMAINS),
    }


def _erase(app: Bootstrap, person: Person, address: str, by: str) -> str:
    for account in person.accounts:  # first of all: what is at work with a token or a session of it, fails from here on
        _outdate(app, account)
    count = 0
    for _ in range(_TRIES):
        found = search(app, person)
        if not any(found.values()):
            break
        for name, items in found.items():
            for item in items:
                _forget(app, person, TABLES[name], item)
                count += 1
    else:
        message = "More was written while this was erasing: run it again."
        raise CommandError(message)
    app.change_levers.note({"erase": count}, by=by)
    lines = [f"Erased: {count} items. Nothing of {address} is found in our tables any more.", "", "What remains:"]
    lines += [f"- {reason}" for reason in REMAINS]
    if person.accounts:
        ids = " ".join(f"--user-id {account.user_id}" for account in person.accounts)
        lines += ["", f"{address} still has an account in your directory, and can be written to. Delete it there, then"]
        lines += [f"run this once more: erase {address} {ids}"]
    return "\n".join(lines)


def search(app: Bootstrap, person: Person) -> dict[str, list[Item]]:
    """Return what is found of a person, table by table; the users table is the team's."""
    there = {name: table for name, table in TABLES.items() if getattr(app.settings, table.setting)}
    return {name: list(table.search(app, person)) for name, table in there.items()}


def _person(app: Bootstrap, asked: argparse.Namespace, records: trace.Records) -> Person:
    with addressing(asked.address):
        identifier = email_key(asked.address)
    directory = app.accounts.directory
    accounts = {account.user_id: account for account in _addressed(app, identifier)}
    gone = []
    # An account that was deleted first is known by what was sent to it.
    sent = records.find({"identifier": {app.audit.identifier(identifier)}})
    for user_id in dict.fromkeys([*asked.user_id, *(record["userId"] for record in sent if record["userId"])]):
        account = None if user_id in accounts else directory.get(user_id)
        if account is None:
            gone.append(user_id)
        elif account.is_addressed(identifier):
            accounts[user_id] = account
        elif user_id in asked.user_id:
            message = f"Account {user_id} has another address."
            raise CommandError(message)
    return Person(
        identifier=identifier,
        accounts=list(accounts.values()),
        user_ids=list(dict.fromkeys([*accounts, *gone])),
        sources=[source_of(source) for source in asked.source],
    )


def _addressed(app: Bootstrap, identifier: str) -> "Iterable[Account]":
    """Return the accounts of an address; in a table, disabled ones too, which nothing else has to do with."""
    directory = app.accounts.directory
    if not isinstance(directory, DynamoDBDirectory):
        return directory.find(identifier, most=MOST_ACCOUNTS)
    client, keys = app.clients.dynamodb, directory.keys_of(identifier)
    found = [client.get_item(TableName=directory.table, Key=key, ConsistentRead=True) for key in keys]
    accounts = [directory.examine(answer["Item"])[0] for answer in found if "Item" in answer]
    return [account for account in accounts if account and account.is_addressed(identifier)]


def _stored(app: Bootstrap, account: "Account") -> Item:
    """Return what the service reads and writes of an account, by our names."""
    directory = app.accounts.directory
    if isinstance(directory, DynamoDBDirectory) and (key := directory.key(account.user_id)):
        stored = app.clients.dynamodb.get_item(TableName=directory.table, Key=key, ConsistentRead=True).get("Item", {})
        own: dict[str, Any] = {
            name: typed for name in directory.shape.names if (typed := resolve(stored, directory.shape.path(name)))
        }
        return {"user_id": account.user_id} | from_item(own)
    return {
        "user_id": account.user_id,
        "email": account.email,
        "name": account.name,
        "locale": account.locale,
        "phone": account.verified_phone,
        "disabled": account.disabled,
        "federated": account.provider,
        "credentials_version": account.version,
        "password_hash": account.secret,
    }


def _outdate(app: Bootstrap, account: "Account") -> None:
    directory = app.accounts.directory
    try:
        is_there = outdate(directory, account)
    except Superseded as error:
        message = f"Account {account.user_id} keeps changing: try again."
        raise CommandError(message) from error
    if is_there:
        directory.end_sessions(account.user_id)


def _forget(app: Bootstrap, person: Person, table: Table, item: Item) -> None:
    name = getattr(app.settings, table.setting)
    if table.erase:
        table.erase(app, person, name, item)
    else:
        app.clients.dynamodb.delete_item(TableName=name, Key=to_item({table.key: item[table.key]}))


def _scan(app: Bootstrap, setting: str) -> Iterable[Item]:
    """Return every item of a table: it's indexed by nothing that would find a person, on purpose."""
    scan = boto3.client("dynamodb").get_paginator("scan")
    for page in scan.paginate(TableName=getattr(app.settings, setting), ConsistentRead=True):
        yield from map(from_item, page["Items"])


def _by_key(app: Bootstrap, setting: str, key: str, values: Iterable[str]) -> Iterable[Item]:
    table = getattr(app.settings, setting)
    for value in dict.fromkeys(values):
        found = app.clients.dynamodb.get_item(TableName=table, Key=to_item({key: value}), ConsistentRead=True)
        if "Item" in found:
            yield from_item(found["Item"])


def _tokens(app: Bootstrap, person: Person) -> Iterable[Item]:
    return (item for item in _scan(app, "reset_tokens_table") if item["user_id"] in person.user_ids)


def _codes(app: Bootstrap, person: Person) -> Iterable[Item]:
    pseudonym = app.proofs.codes.pseudonym(person.identifier)
    return (
        item
        for item in _scan(app, "codes_table")
        if item["identifier"] == pseudonym or item["user_id"] in person.user_ids
    )


def _limits(app: Bootstrap, person: Person) -> Iterable[Item]:
    def buckets(purposes: Iterable[str], *values: str) -> Iterable[str]:
        windows = [app.limits.window(purpose, 0) for purpose in purposes]
        return [window.bucket(value) for window in windows for value in values]

    pseudonym = app.proofs.codes.pseudonym(person.identifier)
    by_phone = [f"{channel} {user_id}" for channel in ("sms", "whatsapp") for user_id in person.user_ids]
    return _by_key(
        app,
        "limits_table",
        "bucket",
        [
            *buckets(["identifier"], person.identifier),
            *buckets(["wrong guesses", "open codes"], pseudonym),
            *buckets(["factor day", "factor month", "phone", "phone factor", "started"], *person.user_ids),
            *buckets(["phone notice"], *by_phone),
            *buckets(["solved"], *(f"{person.identifier}\0{source}" for source in person.sources)),
        ],
    )


def _deliveries(app: Bootstrap, person: Person) -> Iterable[Item]:
    deliveries = app.delivery.deliveries
    pages = boto3.client("dynamodb").get_paginator("query")
    for user_id in person.user_ids:
        for page in pages.paginate(
            TableName=deliveries.table,
            IndexName=deliveries.index,
            KeyConditionExpression="user_id = :user_id",
            ExpressionAttributeValues=to_item({":user_id": user_id}),
        ):
            yield from map(from_item, page["Items"])


def _suppressions(app: Bootstrap, person: Person) -> Iterable[Item]:
    address = app.delivery.suppressions.pseudonym(person.identifier)
    return _by_key(app, "suppressions_table", "address", [address])


def _levers(app: Bootstrap, person: Person) -> Iterable[Item]:
    for item in _scan(app, "levers_table"):
        if item["lever"] != CURRENT and set(_texts(json.loads(item["changes"]))) & set(person.user_ids):
            yield item


def _blot_out(app: Bootstrap, person: Person, table: str, item: Item) -> None:
    """Keep what an operator did, and not to whom."""

    def blotted(value: Any) -> Any:  # noqa: ANN401 - JSON
        match value:
            case dict():
                return {name: blotted(part) for name, part in value.items()}
            case list():
                return list(map(blotted, value))
        return ERASED if value in person.user_ids else value

    app.clients.dynamodb.update_item(
        TableName=table,
        Key=to_item({"lever": item["lever"]}),
        UpdateExpression="SET changes = :changes",
        ExpressionAttributeValues=to_item(
            {":changes": json.dumps(blotted(json.loads(item["changes"])), sort_keys=True)}
        ),
    )


def _accounts(app: Bootstrap, person: Person) -> Iterable[Item]:
    return _by_key(app, "accounts_table", "user_id", person.user_ids)


def _sign_ins(app: Bootstrap, person: Person) -> Iterable[Item]:
    sign_ins, now, identifier = app.limits.sign_ins, app.audit.clock(), person.identifier
    accounts = ["", *person.user_ids]  # under no id: from before there was an account
    days = [now - timedelta(days=days) for days in range(3)]
    buckets = [sign_ins.day(identifier, user_id, day) for user_id in accounts for day in days]
    buckets += [sign_ins.pair(identifier, user_id, source) for user_id in accounts for source in person.sources]
    yield from _by_key(app, "sign_ins_table", "bucket", buckets)
    member = sign_ins.member(identifier)
    yield from (item for item in _scan(app, "sign_ins_table") if member in item.get("failed", ()))


def _strike_out(app: Bootstrap, person: Person, table: str, item: Item) -> None:
    """Take the person out of a source's hour, which is others' too."""
    client, key = app.clients.dynamodb, to_item({"bucket": item["bucket"]})
    if "failed" not in item:
        client.delete_item(TableName=table, Key=key)
        return
    client.update_item(
        TableName=table,
        Key=key,
        UpdateExpression="DELETE failed :member",
        ExpressionAttributeValues={":member": {"SS": [app.limits.sign_ins.member(person.identifier)]}},
    )


def _nothing(_: Bootstrap, __: Person) -> Iterable[Item]:
    """Return nothing: a session's random id, kept for a day, leads to nobody."""
    return []


TABLES: Mapping[str, Table] = {
    "reset-tokens": Table(setting="reset_tokens_table", key="token_hash", search=_tokens),
    "codes": Table(setting="codes_table", key="flow_hash", search=_codes),
    "limits": Table(setting="limits_table", key="bucket", search=_limits),
    "deliveries": Table(setting="deliveries_table", key="request_id", search=_deliveries),
    "suppressions": Table(setting="suppressions_table", key="address", search=_suppressions),
    "levers": Table(setting="levers_table", key="lever", search=_levers, erase=_blot_out),
    "accounts": Table(setting="accounts_table", key="user_id", search=_accounts),
    "sign-ins": Table(setting="sign_ins_table", key="bucket", search=_sign_ins, erase=_strike_out),
    "revoked-sessions": Table(setting="revoked_sessions_table", key="jti", search=_nothing),
}
"""All of ours: a test compares them with the tables that there are."""


def _shown(item: Mapping[str, Any]) -> Item:
    return {name: NOT_SHOWN if name in SECRET and value else value for name, value in item.items()}


def _plain(value: object) -> Any:  # noqa: ANN401 - what JSON has no word for
    return sorted(value, key=str) if isinstance(value, set | frozenset) else str(value)


def _texts(value: Any) -> Iterable[str]:  # noqa: ANN401 - JSON
    match value:
        case str():
            yield value
        case list():
            for part in value:
                yield from _texts(part)
        case dict():
            yield from _texts(list(value.values()))


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="python -m tools.person", add_help=False)
    parser.add_argument("command", choices=["export", "erase"])
    parser.add_argument("address")
    parser.add_argument("--user-id", action="append", default=[])
    parser.add_argument("--source", action="append", default=[])
    parser.add_argument("--days", type=int, default=90)
    return parser


def main(arguments: Sequence[str]) -> None:
    """Show or erase what a stack, or the local server, keeps about a person."""
    carry_out("person", arguments, _of_stack)


def _of_stack(app: Bootstrap, arguments: Sequence[str]) -> str:
    return run(app, arguments, trace.of_stack(app), by=principal())


if __name__ == "__main__":
    main(sys.argv[1:])
