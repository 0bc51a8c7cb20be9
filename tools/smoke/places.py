"""Where the suite runs: who makes its account there, and where its mail and its event arrive.

A place says what it cannot do, by its name, so that nothing is left out in silence.
"""

import email
import email.policy
import imaplib
import json
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

import bcrypt
import boto3
import httpx

from local import shapes
from password_reset.accounts.dynamodb import DynamoDBDirectory
from password_reset.bootstrap import Bootstrap
from tools.deployment import settings_of

SIMULATOR = "bounce@simulator.amazonses.com"
"""What Amazon SES keeps for tests: mail to it bounces."""


class Unable(Exception):
    """A place cannot do that, because of what it is."""

    def __init__(self, where: str, because: str) -> None:
        super().__init__(f"{where}: {because}")


class Place(Protocol):
    """Where the suite runs, and `origin`, which may call the API there."""

    name: str
    origin: str

    def add_account(self, address: str, password: str) -> str:
        """Return the id of a new account."""

    def mails(self, address: str) -> Sequence[str]:
        """Return the texts of the mails to an address, the oldest first."""

    def change_events(self, user_id: str) -> int:
        """Return how many events told of changes of an account's password."""

    def bounced(self, user_id: str) -> bool:
        """Return whether a mail to an account is recorded as bounced."""

    def clean_up(self) -> None:
        """Remove what the suite made."""


class Local:
    """`make run`."""

    def __init__(self, url: str, client: httpx.Client, origin: str) -> None:
        self.name = "make run"
        self.origin = origin or url
        self._client, self._url = client, url

    def add_account(self, address: str, password: str) -> str:
        """Return the id of a new account."""
        answer = self._client.post(f"{self._url}/_local/users", json={"email": address, "password": password})
        return str(answer.json()["userId"])

    def mails(self, address: str) -> list[str]:
        """Return the texts of the mails to an address, the oldest first."""
        outbox = self._client.get(f"{self._url}/_local/outbox").json()
        return [mail["text"] for mail in outbox if mail["to"] == [address]]

    def change_events(self, user_id: str) -> int:
        """Return how many events told of changes of an account's password."""
        return self._client.get(f"{self._url}/_local/events").text.count(user_id)

    def bounced(self, user_id: str) -> bool:
        """Refuse: nobody carries its mails."""
        raise Unable(self.name, "no mail leaves the machine")

    def clean_up(self) -> None:
        """Leave it: everything ends with the process."""


class Cloud:
    """A stack of an account that these credentials reach; its mail is read by `mailbox`."""

    def __init__(
        self, stack: str, origin: str, mailbox: Callable[[str], Sequence[str]], *, emulator: str | None = None
    ) -> None:
        self._settings = settings_of(stack)
        self.name = emulator or f"{stack} on AWS"
        self.origin = origin or self._settings["ALLOWED_ORIGINS"].split(",")[0]
        self.mails = mailbox
        self._emulator = emulator
        self._dynamodb = boto3.client("dynamodb")
        self._made = ExitStack()
        self._events = self._watch()

    def add_account(self, address: str, password: str) -> str:
        """Return the id of a new account, in the stack's users table; it goes with the suite."""
        app = Bootstrap(self._settings)
        shape, table = app.settings.users_shape, app.settings.needed("users_table")
        values = shapes.new_key(shape, address)
        key, password_hash = shapes.key_of(shape, values), bcrypt.hashpw(password.encode(), bcrypt.gensalt()).decode()
        members = {"email": address, "password_hash": password_hash} | (
            {"disabled": False} if shape.disabled_when else {}
        )
        item = shapes.written(shape, key, members)
        for made in filter(None, (item, shapes.pointer(shape, address, values))):
            self._dynamodb.put_item(TableName=table, Item=made)
            own = {name: made[name] for name in key}
            self._made.callback(self._dynamodb.delete_item, TableName=table, Key=own)
        directory = app.accounts.directory
        assert isinstance(directory, DynamoDBDirectory)  # noqa: S101 - the item was put into its table
        return directory.id_in(item) or ""

    def change_events(self, user_id: str) -> int:
        """Return how many events told of changes of an account's password."""
        sqs, queue = self._events
        messages = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages", [])
        return sum(user_id in message["Body"] for message in messages)

    def bounced(self, user_id: str) -> bool:
        """Return whether a mail to an account is recorded as bounced."""
        if self._emulator:
            raise Unable(self._emulator, "its SES reports no bounces")
        found = self._dynamodb.query(
            TableName=self._settings["DELIVERIES_TABLE"],
            IndexName="by_user",
            KeyConditionExpression="user_id = :user",
            ExpressionAttributeValues={":user": {"S": user_id}},
        )
        return "bounced" in json.dumps(found["Items"])

    def clean_up(self) -> None:
        """Remove the accounts, the rule and the queue."""
        self._made.close()

    def _watch(self) -> tuple[Any, str]:
        """Have the service's events go to a queue of the suite's own."""
        sqs, events, name = boto3.client("sqs"), boto3.client("events"), f"password-reset-smoke-{uuid.uuid4()}"
        queue = sqs.create_queue(QueueName=name)["QueueUrl"]
        self._made.callback(sqs.delete_queue, QueueUrl=queue)
        arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        rule = events.put_rule(Name=name, EventPattern=json.dumps({"source": ["password-reset"]}))["RuleArn"]
        self._made.callback(events.delete_rule, Name=name)
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": rule}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
        events.put_targets(Rule=name, Targets=[{"Id": "smoke", "Arn": arn}])
        self._made.callback(events.remove_targets, Rule=name, Ids=["smoke"])
        return sqs, queue


class Unseen:
    """An address alone: no account can be made there, and none is read."""

    def __init__(self, origin: str) -> None:
        self.name, self.origin = "without ENV", origin

    def add_account(self, address: str, password: str) -> str:
        """Refuse: there are no credentials of a stack."""
        raise Unable(self.name, "no users table to put an account into")

    def mails(self, address: str) -> list[str]:
        """Return none."""
        raise Unable(self.name, "no mailbox to read")

    def change_events(self, user_id: str) -> int:
        """Return none."""
        raise Unable(self.name, "no bus to watch")

    def bounced(self, user_id: str) -> bool:
        """Return none."""
        raise Unable(self.name, "no deliveries to look up")

    def clean_up(self) -> None:
        """Leave nothing."""


def place(url: str, client: httpx.Client, settings: Mapping[str, str]) -> Place:
    """Return what serves at an address, by its answers and by ENV or STACK, ORIGIN, IMAP and IMAP_PASSWORD."""
    origin = settings.get("ORIGIN", "")
    if stack := settings.get("STACK") or (settings.get("ENV") and f"password-reset-{settings['ENV']}"):
        if emulator := re.match(r"(https?://[^/]+)/_aws/execute-api/", url):
            return Cloud(stack, origin, _ministack(client, emulator[1]), emulator="MiniStack")
        mailbox = settings.get("IMAP")
        return Cloud(stack, origin, _imap(mailbox, settings.get("IMAP_PASSWORD", "")) if mailbox else _pasted)
    if client.get(f"{url}/_local/outbox").headers.get("content-type", "").startswith("application/json") and (
        client.get(f"{url}/_local/events").is_success
    ):
        return Local(url, client, origin)
    return Unseen(origin)


def _ministack(client: httpx.Client, server: str) -> Callable[[str], list[str]]:
    def mails(address: str) -> list[str]:
        taken = client.get(f"{server}/_ministack/ses/messages").json()["messages"]
        return [mail["BodyText"] for mails in taken.values() for mail in mails if mail["To"] == [address]]

    return mails


def _imap(mailbox: str, password: str) -> Callable[[str], list[str]]:
    """Read a mailbox of the team's: `imaps://user@host/folder`."""
    parts = urlsplit(mailbox)

    def mails(address: str) -> list[str]:
        with imaplib.IMAP4_SSL(parts.hostname or "", parts.port or 993) as server:
            server.login(unquote(parts.username or ""), password)
            server.select(parts.path.strip("/") or "INBOX", readonly=True)
            _, numbers = server.search(None, "TO", f'"{address}"')
            found = [server.fetch(number, "(RFC822)")[1][0] for number in numbers[0].split()]
        return [_text(message[1]) for message in found if isinstance(message, tuple)]

    return mails


def _pasted(address: str) -> list[str]:
    """Ask the person who runs this for what was mailed."""
    _PASTED.append(input(f"Paste the link that {address} was mailed, and the text of the notice next: "))
    return list(_PASTED)


_PASTED: list[str] = []


def _text(message: bytes) -> str:
    body = email.message_from_bytes(message, policy=email.policy.default).get_body(("plain",))
    return str(body.get_content()) if body else ""
