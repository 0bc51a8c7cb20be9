"""`make users-check ENV=prod [EMAIL=user@example.com]`: does the service find the users, and what would go wrong?

It describes the table, looks at a sample of its items, and tries what a reset for one address would do. It only reads.
Nothing of anybody's account is shown but what an operator has to know: ids, schemes of hashes, types, states.
"""

import os
import re
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore import exceptions

from local.definition import misfits
from password_reset.accounts.cognito import CognitoDirectory
from password_reset.accounts.directory import Account
from password_reset.accounts.dynamodb import DynamoDBDirectory
from password_reset.accounts.identifiers import InvalidIdentifier, email_key, is_deliverable
from password_reset.accounts.shape import Key, WrongType, resolve
from password_reset.aws.errors import ClientError, NoAnswerError
from password_reset.aws.items import from_item
from password_reset.bootstrap import Bootstrap
from password_reset.errors import Unavailable
from password_reset.passwords.hashers import DEFAULT
from tools import pool_check
from tools.deployment import deployed, stack_name

SAMPLE = 100
_SHOWN = 5
"""Values of a flag that are listed, the most frequent first."""


_SCHEMES = {
    *("2a", "2b", "2y", "bcrypt", "bcrypt_sha256", "bcrypt-sha256"),
    *("argon2", "argon2i", "argon2d", "argon2id", "scrypt"),
    *("pbkdf2", "pbkdf2_sha1", "pbkdf2_sha256", "pbkdf2_sha512", "pbkdf2-sha1", "pbkdf2-sha256", "pbkdf2-sha512"),
    *("1", "5", "6", "y", "apr1", "md5", "sha1", "sha256", "sha512", "ssha", "noop", "p", "h"),
}
"""By what names libraries call theirs, the bad ones too."""


@dataclass
class Report:
    """Lines to read at night: what was found, and what is wrong with the setting that mends it."""

    facts: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        """Yield all of it, the faults last."""
        yield from self.facts
        for fault in self.faults:
            yield f"WRONG: {fault}"
        yield f"{len(self.faults)} things are wrong." if self.faults else "Nothing is wrong."


def main(arguments: Sequence[str]) -> None:
    """Print the report; end with an error if something is wrong."""
    email = arguments[0] if arguments else ""
    try:
        text = "\n".join(check(deployed(), email).lines()) if stack_name() else running(email)
    except InvalidIdentifier:
        sys.exit("usage: make users-check [ENV=prod] [EMAIL=user@example.com]")
    except (exceptions.BotoCoreError, exceptions.ClientError, NoAnswerError) as error:
        sys.exit(f"The table can't be looked into: {error.__cause__ or error}")
    except ClientError as error:
        sys.exit(f"The table can't be looked into: {error}: {error.response['Error']['Message']}")
    print(text)
    if "\nWRONG: " in text:
        sys.exit(1)


def running(email: str) -> str:
    """Return the report of `make run`, whose tables are in its own process."""
    place = f"http://127.0.0.1:{os.environ.get('PORT', '8000')}"
    query = urllib.parse.urlencode({"email": email})
    try:
        with urllib.request.urlopen(f"{place}/_local/users-check?{query}", timeout=30) as answer:  # noqa: S310 - ours
            found: bytes = answer.read()
    except urllib.error.HTTPError as error:
        raise InvalidIdentifier from error
    except OSError:
        sys.exit(f"Nothing answers at {place}: start `make run`, or name a deployment, ENV=prod or STACK=name.")
    return found.decode()


def check(app: Bootstrap, email: str = "") -> Report:
    """Return what was found of the table, of a sample, and of one address if it is given.

    Raises:
        InvalidIdentifier: that is no address.
    """
    identifier = email_key(email) if email else ""
    report, directory = Report(), app.accounts.directory
    if isinstance(directory, CognitoDirectory):
        pool_check.look_at(report, app, directory, identifier)
        return report
    if not isinstance(directory, DynamoDBDirectory):
        report.facts.append("The users are behind DIRECTORY_FUNCTION: there is no table to look into.")
        if identifier:
            _ask(report, app, identifier)
        return report
    table = directory.client.describe_table(TableName=directory.table)["Table"]
    _describe(report, directory, table)
    if not report.faults:  # what follows would only say so again
        _look_at_sample(report, app, directory)
        if identifier:
            _try(report, app, directory, identifier)
    return report


def _describe(report: Report, directory: DynamoDBDirectory, table: Any) -> None:  # noqa: ANN401 - a description
    keys = ", ".join(part["AttributeName"] for part in table["KeySchema"])
    report.facts.append(f"Table {directory.table}: about {table.get('ItemCount', 0)} items, key {keys}.")
    lookup = directory.shape.lookup
    if lookup is None:
        report.facts.append("The address is the key. Ids of accounts are sealed.")
    elif lookup.index is None:
        report.facts.append(f"An address leads to the item {_written(lookup.key)}, which holds the account's key.")
    else:
        report.facts.append(f"An address is looked up in index {lookup.index} by {_written(lookup.key)}.")
    report.faults += misfits(directory.shape, table)
    for index in table.get("GlobalSecondaryIndexes") or ():
        status = index.get("IndexStatus", "ACTIVE")
        if lookup and index["IndexName"] == lookup.index and status != "ACTIVE":
            report.faults.append(f"Index {lookup.index} is {status}: until it is ACTIVE, accounts are missing from it.")
    if key := table.get("SSEDescription", {}).get("KMSMasterKeyArn"):
        report.facts.append(f"The table is encrypted with {key}: if it's your own key, usersTable needs kmsKeyArn.")


@dataclass
class _Sample:
    accounts: list[Account] = field(default_factory=list)
    malformed: Counter[str] = field(default_factory=Counter)
    others: int = 0
    not_indexed: Counter[str] = field(default_factory=Counter)
    flags: Counter[str] = field(default_factory=Counter)


def _look_at_sample(report: Report, app: Bootstrap, directory: DynamoDBDirectory) -> None:
    items = directory.client.scan(TableName=directory.table, Limit=SAMPLE)["Items"]
    sample = _Sample()
    for item in items:
        _count(sample, directory, item)
    accounts = sample.accounts
    found = len(accounts) + sample.malformed.total()
    report.facts.append(f"Sample: {len(items)} items, {found} accounts, {sample.others} other things.")
    if items and not found:
        report.faults.append(
            f"Nothing in the sample is an account: no item's key fits {_written(directory.shape.key)}. "
            f"Keys look like {_example(items, directory.shape.key)}. Set USERS_KEY."
        )
        return
    for what, number in sample.malformed.most_common():
        report.faults.append(f"{number} accounts have {what}. {_remedy(what, directory)}")
    for what, number in sample.not_indexed.most_common():
        report.faults.append(f"{number} accounts {what}.")
    _judge(report, app, accounts, sample)
    if not sample.not_indexed:
        _look_up(report, directory, accounts)


def _look_up(report: Report, directory: DynamoDBDirectory, accounts: Sequence[Account]) -> None:
    tried = accounts[:_SHOWN]
    lost = [one for one in tried if directory.key(one.user_id) not in directory.keys_of(email_key(one.email))]
    report.facts.append(f"Looked up {len(tried)} accounts by their addresses: {len(tried) - len(lost)} found.")
    if lost:
        ids = ", ".join(account.user_id for account in lost)
        report.faults.append(f"The address of {ids} doesn't lead to the account. Set USERS_LOOKUP.")


def _count(sample: _Sample, directory: DynamoDBDirectory, item: Mapping[str, Any]) -> None:
    account, faults = directory.examine(item)
    if account is None and not faults:
        sample.others += 1
    for attribute, found in faults.items():
        sample.malformed[f"{attribute} ({found})"] += 1
        break
    if account:
        sample.accounts.append(account)
        if missing := _not_found_by(directory, item, account):
            sample.not_indexed[missing] += 1
        try:
            value = from_item({"": resolve(item, directory.shape.path("disabled")) or {"NULL": True}})[""]
        except WrongType:
            return
        sample.flags["absent" if value is None else repr(value)[:40]] += 1


def _not_found_by(directory: DynamoDBDirectory, item: Mapping[str, Any], account: Account) -> str | None:
    """Return why no look-up of the account's address leads to it, as far as its item tells."""
    lookup = directory.shape.lookup
    try:
        wanted = email_key(account.email)
    except InvalidIdentifier:
        return "have no address that could be mailed (attribute email)"
    if not is_deliverable(account.email):
        return "have an address beyond ASCII, which providers don't deliver to"
    key = lookup.key if lookup and lookup.index else directory.shape.key if lookup is None else None
    return _misses(key, item, wanted) if key else None


def _misses(key: Key, item: Mapping[str, Any], wanted: str) -> str | None:
    place = " and ".join(key.names)
    try:
        values = key.read_from(item)
    except WrongType as error:
        return f"have {error.attribute} of type {error.found}, so no look-up finds them. Set USERS_LOOKUP"
    if values is None:
        return f"have no {place} as in {_written(key)}, so no look-up finds them. Write it, or set USERS_LOOKUP"
    if values["email_key"] == wanted:
        return None
    if values["email_key"].casefold() == wanted.casefold():
        return f"have {place} with capital letters, so no look-up finds them. Write the address in lower case there"
    return f"have {place} of another address than email, so no reset reaches them"


def _judge(report: Report, app: Bootstrap, accounts: Sequence[Account], sample: _Sample) -> None:
    passwords = app.passwords
    schemes = Counter(scheme(account.secret) for account in accounts)
    report.facts.append(f"Passwords: {_listed(schemes)}.")
    own = sum(account.email != account.email.lower() for account in accounts)
    report.facts.append(f"Addresses: {own} with capital letters, {len(accounts) - own} without.")
    report.facts.append(f"Values that say whether an account is disabled: {_listed(sample.flags)}.")
    report.facts.append(f"Phones: {sum(account.verified_phone is not None for account in accounts)} verified.")
    unknown = [one for one in accounts if one.secret is not None and not passwords.recognises(one.password_hash)]
    if unknown:
        report.faults.append(
            f"{len(unknown)} accounts have a password of a scheme that isn't known here: a reset writes over none of "
            "them, and answers 503. Have those people set a password where you do, or remove the attribute."
        )
    if (passwords.algorithm, passwords.form) == DEFAULT and len(schemes - Counter(none=len(accounts))) > 1:
        report.facts.append("Several schemes: each account keeps its own. PASSWORD_HASH writes one for all.")
    disabled = sum(account.disabled for account in accounts)
    if accounts and disabled == len(accounts):
        report.faults.append(
            f"All {disabled} accounts in the sample are disabled, so nobody gets a reset. Set USERS_DISABLED_WHEN."
        )


def _try(report: Report, app: Bootstrap, directory: DynamoDBDirectory, identifier: str) -> None:
    keys = directory.keys_of(identifier)
    report.facts.append(f"The address leads to {len(keys)} keys.")
    reached = 0
    for key in keys:
        item = directory.client.get_item(TableName=directory.table, Key=key, ConsistentRead=True).get("Item")
        if item is None:
            report.facts.append("  Nothing is stored there.")
            continue
        account, faults = directory.examine(item)
        story = _story(app, account, faults, identifier)
        report.facts.append(f"  Account {directory.id_in(item)}: {story}")
        reached += story.startswith("a reset would be mailed")
    if not reached:
        report.faults.append("A reset requested for this address would mail nothing.")


def _ask(report: Report, app: Bootstrap, identifier: str) -> None:
    try:
        found = app.accounts.directory.find(identifier, most=SAMPLE)
    except Unavailable:
        report.faults.append("The function didn't answer, or with nothing that its schema allows. Its log says more.")
        return
    report.facts += [f"  Account {one.user_id}: {_story(app, one, {}, identifier)}" for one in found]
    if not found:
        report.faults.append("A reset requested for this address would mail nothing: no enabled account has it.")


def _story(app: Bootstrap, account: Account | None, faults: Mapping[str, str], identifier: str) -> str:
    if account is None:
        return (
            f"{', '.join(f'{name} ({found})' for name, found in faults.items()) or 'no account'}: no reset reaches it."
        )
    if account.disabled:
        return "disabled: nothing would be mailed."
    if not account.is_addressed(identifier):
        return "its address is another one by now: nothing would be mailed."
    if found := app.delivery.suppressions.find(identifier, app.audit.clock()):
        return f"the address isn't mailed now ({found.reason}): see python -m tools.suppression."
    if account.secret is not None and not app.passwords.recognises(account.password_hash):
        return f"a reset would be mailed, and then fail: its password is {scheme(account.secret)}."
    return f"a reset would be mailed; its password is {scheme(account.secret)}, its version {account.version}."


def scheme(secret: str | bytes | None) -> str:
    """Return what a stored hash calls itself, and nothing else of it: it may be a password as it is typed."""
    if secret is None:
        return "none"
    if isinstance(secret, bytes):
        return "not text"
    names = [name for name in re.split(r"[{}$:@]", secret) if name][:2]
    named = next((name for name in names if name.casefold() in _SCHEMES), "unnamed")
    return f"bcrypt (${named}$)" if named in {"2a", "2b", "2y"} else named


def _remedy(what: str, directory: DynamoDBDirectory) -> str:
    if "neither yes nor no" in what:
        return "Say what its values mean: USERS_DISABLED_WHEN, USERS_PHONE_VERIFIED_WHEN or USERS_FEDERATED_WHEN."
    if what.partition(" ")[0] in directory.shape.key.names:
        return "Set USERS_KEY to the key's type."
    return "Map another attribute (USERS_ATTRIBUTES), or correct these items: no reset reaches them."


def _written(key: Key) -> str:
    return ", ".join(f"{name} = {template.text}" for name, template in key.templates.items())


def _example(items: Sequence[Mapping[str, Any]], key: Key) -> str:
    """Return the beginnings of keys, up to what might name somebody."""
    seen = Counter(", ".join(f"{name} = {_beginning(item.get(name, {}))}" for name in key.names) for item in items)
    return " or ".join(shape for shape, _ in seen.most_common(2))


def _beginning(typed: Mapping[str, Any]) -> str:
    if not typed:
        return "absent"
    [(kind, value)] = typed.items()
    if kind != "S":
        return f"a value of type {kind}"
    for separator in "#|:/":
        if separator in value:
            return f"{value.partition(separator)[0][:20]}{separator}…"
    return value if value.isupper() and len(value) <= 20 else "…"  # noqa: PLR2004 - a constant, no name or address


def _listed(counted: Counter[str]) -> str:
    return ", ".join(f"{number} {what}" for what, number in counted.most_common(_SHOWN)) or "none"


if __name__ == "__main__":
    main(sys.argv[1:])
