"""One process of people and workers: asks, mails, links and passwords, with deaths and redeliveries at known odds.

What happened goes to a journal on disk, a JSON array a line, so that memory shows the functions alone. The functions
run here, behind no gateway; tables are the engine's, all else is moto's, which keeps what it is sent: mails are taken
out as they are accepted, and the receipts of deleted messages after each batch.
"""

import gc
import json
import random
import re
import secrets
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bcrypt
import boto3
from moto.ses.models import RawMessage
from moto.sqs.models import Message, sqs_backends

from infra.queue import BATCH_SIZE
from infra.tables import USERS
from local import cloud, gateway, outbox
from local.worker import event as batch_event
from password_reset import bootstrap as bootstrap_module
from password_reset.audit import logger
from password_reset.aws.client import Client, Patience
from password_reset.aws.collector import THRESHOLD
from password_reset.aws.items import to_item
from password_reset.clock import utc_now
from password_reset.delivery.deliveries import LEASE, Delivery, untagged

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

TOKEN = re.compile(r"#token=([A-Za-z0-9_-]{43})\b")
REQUESTS_A_SOURCE = 10
READ, READ_TWICE, RESET, CLICKED_TWICE = 0.75, 0.25, 0.25, 0.1
"""How many mails are opened, of those opened by a scanner first, used, and of those used twice."""
UNKNOWN = 0.4
"""How many ask for an address that has no account."""
RETRY_SECONDS = int(LEASE.total_seconds()) + 1
"""When what a dead worker held comes back; the deployed queue takes 180 s, which is only longer."""


class WorkerDied(BaseException):
    """A worker's process ended; nothing in it may tidy up."""


@dataclass(frozen=True)
class Odds:
    """How often a worker dies before it hands a mail over, and after the provider took it.

    `cursed` is how many mails it dies of every time, `again` how often a message that was served comes again.
    """

    before: float
    after: float
    cursed: float
    again: float


@dataclass
class Life:
    """People and workers. `seed` decides what they do; each process has its own."""

    environment: dict[str, str]
    journal_path: Path
    accounts: int
    odds: Odds
    seed: int
    _mails: list[tuple[str, str]] = field(default_factory=list)
    _ahead: timedelta = timedelta()
    _made: int = 0
    _asked: int = 0
    _weighed: float = 0

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # nosec B311
        self._journal = self.journal_path.open("w", buffering=1 << 16)
        self._started = time.monotonic()
        gc.set_threshold(THRESHOLD)  # as in Lambda
        bootstrap_module.Bootstrap = partial(  # type: ignore[misc,assignment]
            bootstrap_module.Bootstrap, self.environment, clock=self._now, make_client=self._client
        )
        bootstrap_module.bootstrap.cache_clear()
        self._sqs: SQSClient = boto3.client("sqs")
        self._url = self.environment["QUEUE_URL"]

    def run(self, requests: int, seconds: float) -> int:
        """Live until so many requests were made or the time is over; return how many were made."""
        first, until = self._made, time.monotonic() + seconds
        while self._made - first < requests and time.monotonic() < until:
            self._ask()
            if self._asked % BATCH_SIZE == 0:
                self._serve()
        self._serve()
        self._journal.flush()
        return self._made - first

    def drain(self) -> None:
        """Let every delay pass until the queue is empty, and write down what lies in the dead letters."""
        while messages := self._queue()._messages:  # noqa: SLF001 - no API moves its clock
            self._ahead += timedelta(seconds=RETRY_SECONDS)
            for message in messages:
                message.delayed_until = message.visible_at = 0
            self._serve()
        while dead := self._receive(self.environment["DEAD_LETTERS_URL"]):
            for message in dead:
                self._note("dead", json.loads(message["Body"])["requestId"])
                self._sqs.delete_message(
                    QueueUrl=self.environment["DEAD_LETTERS_URL"], ReceiptHandle=message["ReceiptHandle"]
                )
        self._journal.flush()

    def mark(self, name: str) -> None:
        """Note that something begins."""
        self._note("mark", name)

    def _ask(self) -> None:
        self._asked += 1
        number = self._random.randrange(self.accounts)
        unknown = self._random.random() < UNKNOWN
        email = f"user{number:06}@{'other' if unknown else 'known'}.example"
        request_id, answer = self._call("forgot", {"email": email})
        if answer["statusCode"] == 200:  # noqa: PLR2004 - HTTP's
            self._note("accepted", request_id, None if unknown else _key(request_id, user_id(number)))
        if self._elapsed() - self._weighed >= 1:
            self._weighed = self._elapsed()
            self._note("memory", self._weighed, resident(Path("/proc/self")))

    def _serve(self) -> None:
        while received := self._receive(self._url):
            start = time.perf_counter()
            try:
                answer = gateway.function("deliver")(batch_event(received), gateway.Context())
            except WorkerDied:
                failed = {message["MessageId"] for message in received}
            else:
                self._took("deliver", (time.perf_counter() - start) / len(received))
                failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
            for message in received:
                self._settle(message, failed=message["MessageId"] in failed)
            self._queue().deleted_messages.clear()
            for kept in (RawMessage, Message):  # moto remembers every instance of a model
                kept.instances_tracked.clear()  # type: ignore[union-attr]
            mails, self._mails = self._mails, []
            for key, text in mails:
                if found := TOKEN.search(text):
                    self._read(found[1], key.split("#")[1])

    def _settle(self, message: Any, *, failed: bool) -> None:  # noqa: ANN401 - as boto3 gives it
        handle = message["ReceiptHandle"]
        if failed:
            self._sqs.change_message_visibility(
                QueueUrl=self._url, ReceiptHandle=handle, VisibilityTimeout=RETRY_SECONDS
            )
            return
        self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=handle)
        if self._random.random() < self.odds.again:
            self._note("again")
            self._sqs.send_message(QueueUrl=self._url, MessageBody=message["Body"])

    def _read(self, token: str, user: str) -> None:
        if self._random.random() >= READ:
            return
        for _ in range(1 + (self._random.random() < READ_TWICE)):
            self._call("verify", {"token": token})
        if self._random.random() < RESET:
            password = f"otters {secrets.token_hex(12)} quietly"
            for _ in range(1 + (self._random.random() < CLICKED_TWICE)):
                request_id, answer = self._call("reset", {"token": token, "newPassword": password})
                if answer["statusCode"] == 200:  # noqa: PLR2004 - HTTP's
                    self._note("changed", _key(request_id, user))

    def _call(self, function: str, body: dict[str, str]) -> tuple[str, Any]:
        source = self.seed << 20 | self._made // REQUESTS_A_SOURCE
        event = {
            "headers": {"Content-Type": "application/json", "User-Agent": "Mozilla/5.0 (iPhone)"},
            "requestContext": {"identity": {"sourceIp": f"10.{source >> 16}.{source >> 8 & 255}.{source & 255}"}},
            "body": json.dumps(body),
        }
        context = gateway.Context(aws_request_id=str(uuid.uuid4()))
        start = time.perf_counter()
        answer = gateway.function(function)(event, context)
        self._took(function, time.perf_counter() - start)
        self._made += 1
        self._note("answer", function, answer["statusCode"])
        return context.aws_request_id, answer

    def _client(self, service: str, patience: Patience) -> Any:  # noqa: ANN401 - as functions call it
        client: Any = Client(service, patience)
        if service == "sesv2":
            client.send_email = partial(self._mail, client.send_email)
        return client

    def _mail(self, send: Callable[..., dict[str, Any]], **parameters: Any) -> dict[str, Any]:  # noqa: ANN401 - as sent
        key = untagged(parameters["EmailTags"][0]["Value"]) or ""
        cursed = random.Random(key).random() < self.odds.cursed  # nosec B311
        if cursed or self._random.random() < self.odds.before:
            self._note("died-before", key)
            raise WorkerDied
        answer = send(**parameters)
        (mail,) = outbox.messages()
        outbox.clear()
        self._mails.append((key, mail["text"]))
        self._note("mail", key)
        if self._random.random() < self.odds.after:
            self._note("died-after", key)
            raise WorkerDied
        return answer

    def _receive(self, url: str) -> Any:  # noqa: ANN401 - as boto3 gives it
        answer = self._sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=BATCH_SIZE, WaitTimeSeconds=0, MessageSystemAttributeNames=["All"]
        )
        return answer.get("Messages", [])

    def _queue(self) -> Any:  # noqa: ANN401 - moto's
        return sqs_backends[outbox.ACCOUNT]["us-east-1"].queues[self._url.rpartition("/")[2]]

    def _now(self) -> datetime:
        return utc_now() + self._ahead

    def _elapsed(self) -> float:
        return time.monotonic() - self._started

    def _took(self, function: str, seconds: float) -> None:
        self._note("took", function, round(self._elapsed(), 2), round(seconds * 1000, 3))

    def _note(self, *what: object) -> None:
        self._journal.write(json.dumps(what) + "\n")


def _key(request_id: str, user: str) -> str:
    return Delivery(request_id=request_id, user_id=user, channel="email").key


def user_id(number: int) -> str:
    """Return the id of an account, by its number."""
    return f"user-{number:06}"


def resident(process: Path) -> float:
    """Return the resident memory of a process, by its folder under /proc, in MB."""
    return int((process / "statm").read_text().split()[1]) * 4096 / 1e6


def live(connection: Connection, engine_url: str, pepper: str, plan: dict[str, Any]) -> None:
    """Be a process: serve `(method, arguments)` of a `Life` until there are no more."""
    with _deployed(engine_url, pepper) as environment:
        life = Life(environment, **plan)
        connection.send("ready")
        while order := connection.recv():
            method, arguments = order
            connection.send(getattr(life, method)(*arguments))


def fill_accounts(engine_url: str, accounts: int) -> None:
    """Put that many accounts into the users table, whose passwords are hashed at bcrypt's lowest cost, 4."""
    keys = {"aws_access_key_id": "local", "aws_secret_access_key": "local", "region_name": "us-east-1"}
    client = boto3.client("dynamodb", endpoint_url=engine_url, **keys)  # type: ignore[call-overload]
    cloud.create_table(client, USERS, USERS.name)
    password_hash = bcrypt.hashpw(b"correct horse battery staple", bcrypt.gensalt(4)).decode()
    for first in range(0, accounts, 25):
        items = [
            {
                "user_id": user_id(number),
                "email": f"user{number:06}@known.example",
                "email_key": f"user{number:06}@known.example",
                "password_hash": password_hash,
            }
            for number in range(first, min(first + 25, accounts))
        ]
        client.batch_write_item(RequestItems={USERS.name: [{"PutRequest": {"Item": to_item(item)}} for item in items]})


@contextmanager
def _deployed(engine_url: str, pepper: str) -> Iterator[dict[str, str]]:
    settings = {"AWS_ENDPOINT_URL_DYNAMODB": engine_url, "BCRYPT_COST": "10"}
    environment = cloud.default_settings(8000) | settings
    environment["DEAD_LETTERS_URL"] = environment["QUEUE_URL"] + "-dead-letters"
    with cloud.running(environment):
        cloud.create_resources(environment)
        boto3.client("secretsmanager").put_secret_value(SecretId=environment["PEPPER_SECRET"], SecretString=pepper)
        logger.setLevel("CRITICAL")  # deaths are in the journal
        yield environment
