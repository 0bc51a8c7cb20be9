"""The deployed service as a test sees it: handlers to call, a clock to move, a queue to pump, a mailbox to open."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any
from unittest import mock

import boto3
from moto.sqs.models import sqs_backends

from infra.routes import ROUTES
from local import accounts, audit, outbox
from local.gateway import invoke
from local.worker import work_once
from password_reset import bootstrap as bootstrap_module
from password_reset.aws.items import from_item
from password_reset.bootstrap import Bootstrap, bootstrap
from password_reset.proofs import factors
from tests.aws import made
from tests.solver import solve

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient

EMAIL = "demo@example.com"
PASSWORD = "correct horse battery staple"
NEW_PASSWORD = "purple otters read quietly"
CODE = re.compile(r"^(\d{8})\r?$", re.MULTILINE)
TOKEN = re.compile(r"(?<!report-change)(?<!report-change\?lang=[a-z]{2})#token=([A-Za-z0-9_-]{43})\b")
REPORT = re.compile(r"report-change(?:\?lang=[a-z]{2})?#token=([A-Za-z0-9_-]{43})\b")


@dataclass
class Clock:
    """Time that stands still until it is moved."""

    now: datetime = datetime(2026, 11, 20, 22, 43, 16, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass(frozen=True)
class Answer:
    """What a caller gets."""

    status: int
    headers: Mapping[str, str]
    body: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def gateway_event(
    path: str,
    body: str | None,
    headers: Mapping[str, str] | None = None,
    source: str = "203.0.113.7",
    method: str = "POST",
) -> dict[str, Any]:
    """Return a request as the gateway reports it."""
    return {
        "resource": path,
        "path": path,
        "httpMethod": method,
        "headers": {"Content-Type": "application/json", "User-Agent": "Mozilla/5.0 (iPhone)"} | dict(headers or {}),
        "requestContext": {"requestId": "client-chosen", "identity": {"sourceIp": source}},
        "body": body,
        "isBase64Encoded": False,
    }


@dataclass
class World:
    """One deployment, with tables and a queue of its own."""

    clock: Clock
    session: boto3.Session
    environment: Mapping[str, str]

    @property
    def app(self) -> Bootstrap:
        return bootstrap()

    @property
    def dynamodb(self) -> "DynamoDBClient":
        return self.session.client("dynamodb")

    @cached_property
    def sqs(self) -> "SQSClient":
        return self.session.client("sqs")

    def call(
        self, path: str, body: object, headers: Mapping[str, str] | None = None, source: str = "203.0.113.7"
    ) -> Answer:
        """POST a JSON body, or a text as it is."""
        text = body if isinstance(body, str) or body is None else json.dumps(body)
        route = next(route for route in ROUTES if route.path == path)
        answer = invoke(route, gateway_event(path, text, headers, source, route.method), {})
        return Answer(answer["statusCode"], answer["headers"], answer["body"])

    def forgot(self, email: str = EMAIL, source: str = "203.0.113.7", **members: object) -> Answer:
        return self.call("/auth/forgot-password", {"email": email, **members}, source=source)

    def challenge(self, source: str = "203.0.113.7", difficulty: object = 1) -> Answer:
        """Request a challenge."""
        query = None if difficulty is None else {"difficulty": str(difficulty)}
        route = next(route for route in ROUTES if route.path == "/auth/challenge")
        event = gateway_event(route.path, None, source=source, method="GET") | {"queryStringParameters": query}
        answer = invoke(route, event, {})
        return Answer(answer["statusCode"], answer["headers"], answer["body"])

    def solution(self, source: str = "203.0.113.7", difficulty: object = 1) -> str:
        """Request a challenge and solve it."""
        answer = self.challenge(source, difficulty)
        assert answer.status == 200, answer
        return solve(answer.json)

    def verify(self, token: str) -> Answer:
        return self.call("/auth/verify-reset-token", {"token": token})

    def verify_code(self, flow: str, code: str, source: str = "203.0.113.7") -> Answer:
        return self.call("/auth/verify-reset-code", {"flow": flow, "code": code}, source=source)

    def reset(self, token: str, new_password: str = NEW_PASSWORD) -> Answer:
        return self.call("/auth/reset-password", {"token": token, "newPassword": new_password})

    def report(self, token: str, email: str = EMAIL, source: str = "203.0.113.7") -> Answer:
        return self.call("/auth/report-change", {"token": token, "email": email}, source=source)

    def reports(self, channel: str = "email") -> list[str]:
        """Return the tokens that notices brought by a channel, by which their changes are disputed."""
        found = [REPORT.search(mail["text"]) for mail in self.mails() if mail["channel"] == channel]
        return [token[1] for token in found if token]

    def factor(self, token: str, kind: str, value: str | None = None) -> Answer:
        shown = {} if value is None else {"value": value}
        return self.call("/auth/verify-reset-factor", {"token": token, "kind": kind, **shown})

    def change_user(self, email: str = EMAIL, **members: object) -> None:
        """Change an account as another application would; `totpSecret` and `recoveryCodes` enrol factors."""
        accounts.change(email, accounts.Changes.model_validate(members))

    @property
    def factors(self) -> factors.Factors:
        """The second factors, where they are on."""
        found = self.app.proofs.factors
        assert found
        return found

    def one_time_password(self, secret: str, seconds: int = 0) -> str:
        """Return what an authenticator app shows, whose clock is off by that many seconds."""
        step = (int(self.clock().timestamp()) + seconds) // factors.STEP_SECONDS
        return factors.one_time_password(factors.read_secret(secret), step)

    def sign_in(
        self, password: str = PASSWORD, email: str = EMAIL, source: str = "203.0.113.7", **members: object
    ) -> Answer:
        return self.call("/auth/sign-in", {"email": email, "password": password, **members}, source=source)

    def signed_in(self, password: str = PASSWORD, email: str = EMAIL) -> str:
        """Sign in and return the session's token."""
        answer = self.sign_in(password, email)
        assert answer.status == 200, answer
        token: str = answer.json["accessToken"]
        return token

    def me(self, token: str) -> Answer:
        return self.call("/auth/me", None, {"Authorization": f"Bearer {token}"})

    def sign_out(self, token: str) -> Answer:
        return self.call("/auth/sign-out", None, {"Authorization": f"Bearer {token}"})

    def add_user(self, email: str = EMAIL, password: str | None = PASSWORD, **members: object) -> str:
        return accounts.create(accounts.NewAccount.model_validate({"email": email, "password": password, **members}))

    def user(self, email: str = EMAIL) -> dict[str, Any]:
        found = accounts.find(email)
        assert found, email
        return found

    def pump(self) -> None:
        """Let the worker empty the queue, delayed messages included."""
        while True:
            self.hasten()
            if not work_once(self.sqs):
                return

    def hasten(self) -> None:
        """Let the delays and visibility time-outs of queued messages pass."""
        for message in self.queued():
            message.delayed_until = message.visible_at = 0

    def queued(self, queue: str = "QUEUE_URL") -> list[Any]:
        """Return what lies in the queue, as moto keeps it."""
        name = self.environment[queue].rpartition("/")[2]
        return sqs_backends["123456789012"]["us-east-1"].queues[name]._messages  # noqa: SLF001 - no API shows it

    def requeue(self, changes: Mapping[str, object]) -> None:
        """Have every queued message say this as well, as if another version had queued it."""
        bodies = [json.loads(message.body) for message in self.queued()]
        self.queued().clear()
        for body in bodies:
            self.sqs.send_message(QueueUrl=self.environment["QUEUE_URL"], MessageBody=json.dumps({**body, **changes}))

    def mails(self) -> list[dict[str, Any]]:
        return outbox.messages()

    def token(self, email: str = EMAIL) -> str:
        """Ask for a reset and return the token that was mailed."""
        assert self.forgot(email).status == 200
        self.pump()
        return self.mailed_tokens(email)[-1]

    def code(self, email: str = EMAIL) -> tuple[str, str]:
        """Ask for a reset and return its flow and the code that was mailed."""
        answer = self.forgot(email)
        assert answer.status == 200
        self.pump()
        return answer.json["flow"], self.mailed_codes(email)[-1]

    def mailed_codes(self, email: str = EMAIL) -> list[str]:
        return [found[1] for mail in self.mails() if mail["to"] == [email] and (found := CODE.search(mail["text"]))]

    def mailed_tokens(self, email: str = EMAIL) -> list[str]:
        return [found[1] for mail in self.mails() if mail["to"] == [email] and (found := TOKEN.search(mail["text"]))]

    def audited(self, event: str) -> list[dict[str, Any]]:
        """Return the audit records of an event."""
        return [record for record in audit.records() if record["event"] == event]

    def items(self, table: str) -> list[dict[str, Any]]:
        """Return every item of a table, by the setting that names it."""
        pages = self.dynamodb.get_paginator("scan").paginate(TableName=self.environment[table])
        return [from_item(item) for page in pages for item in page["Items"]]


@contextmanager
def deploy(clock: Clock, session: boto3.Session, environment: Mapping[str, str]) -> Iterator[World]:
    """Let the functions use these until the block ends."""
    deployment = partial(Bootstrap, environment, clock=clock, make_client=made)
    with mock.patch.object(bootstrap_module, "Bootstrap", deployment):
        bootstrap.cache_clear()
        yield World(clock, session, environment)
    bootstrap.cache_clear()
