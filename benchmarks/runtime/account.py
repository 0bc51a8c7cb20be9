"""An AWS account in other processes, so that its work is nobody's who is measured: a DynamoDB engine, and moto.

`Account` has an event for each function, and one that does its whole work: every call of the use case succeeds.
"""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any
from unittest import mock

from benchmarks.cost.flow import DELIVERED
from local import cloud, engine, worker
from local.ports import free_port, wait_until_served
from password_reset.accounts.identifiers import email_key
from password_reset.aws.items import to_item
from password_reset.aws.transactions import Transactions
from password_reset.bootstrap import Bootstrap
from password_reset.clock import utc_now
from password_reset.delivery.deliveries import TAG, Delivery, tagged
from password_reset.delivery.messages import PasswordChanging, ResetRequested
from password_reset.proofs.tokens import token_hash
from tests.world import NEW_PASSWORD, PASSWORD, gateway_event

COMMON_PASSWORD = "password1234"  # noqa: S105 - of accounts that live as long as one run
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": "us-east-1"}
_PATIENCE_SECONDS = 30


@contextmanager
def running(log: Path) -> "Iterator[Account]":
    """Start an account; `os.environ` names it meanwhile."""
    with engine.running() as tables, _moto(log) as url:
        environment = cloud.default_settings(8000) | CREDENTIALS
        environment |= {"AWS_ENDPOINT_URL": url, "AWS_ENDPOINT_URL_DYNAMODB": tables.url}
        with mock.patch.dict(os.environ, cloud.inherited(os.environ) | environment, clear=True):
            cloud.create_resources(environment)
            yield Account(environment)


class Account:
    """What happens in the account. `variables` are its functions'."""

    def __init__(self, variables: dict[str, str]) -> None:
        self.variables = variables
        self._app = Bootstrap(variables)
        self._hash = self._app.passwords.hash(PASSWORD)
        self._made = 0

    def forgot(self) -> dict[str, Any]:
        """Somebody forgot a password."""
        return self._post({"email": self._person()})

    def forgot_unknown(self) -> dict[str, Any]:
        """Somebody asks for an address that has no account."""
        self._made += 1
        return self._post({"email": f"nobody{self._made}@example.com"})

    def deliver(self) -> dict[str, Any]:
        """A message to make a link and to mail it."""
        message = ResetRequested(
            request_id=secrets.token_hex(16),
            email=self._person(),
            locale="en",
            device="iPhone",
            at=utc_now(),
            flow=secrets.token_urlsafe(16),
            channel="email",
        )
        return _batch(message.model_dump_json(by_alias=True))

    def verify(self) -> dict[str, Any]:
        """A page looks at the token of a link."""
        return self._post({"token": self._token()})

    def verify_code(self) -> dict[str, Any]:
        """A code is typed, the right one."""
        account, flow = self._account(), secrets.token_urlsafe(16)
        self._app.proofs.codes.prepare(flow, email_key(account.email), "email", utc_now())
        return self._post({"flow": flow, "code": self._app.proofs.codes.issue(flow, account, "email", utc_now())})

    def reset(self) -> dict[str, Any]:
        """A new password."""
        return self._post({"token": self._token(), "newPassword": NEW_PASSWORD})

    def reset_refused(self) -> dict[str, Any]:
        """A new password that is too common: all of a reset's preparations, and no bcrypt."""
        return self._post({"token": self._token(), "newPassword": COMMON_PASSWORD})

    def notice(self) -> dict[str, Any]:
        """A message to tell of a changed password, after the reset that it was queued for."""
        account, attempt = self._account(), secrets.token_hex(16)
        hashed = token_hash(self._app.proofs.tokens.issue(account, "email", utc_now()))
        token = self._app.proofs.tokens.find(hashed)
        assert token  # noqa: S101 - it was issued just now
        Transactions(client=self._app.clients.dynamodb).write(
            [self._app.proofs.tokens.consumption(token, attempt, utc_now())], took_effect=lambda: False
        )
        message = PasswordChanging(
            request_id=attempt,
            user_id=account.user_id,
            email=account.email,
            name=account.name,
            locale=account.locale,
            token_hash=hashed,
            device="iPhone",
            at=utc_now(),
        )
        return _batch(message.model_dump_json(by_alias=True))

    def feedback(self) -> dict[str, Any]:
        """SES reports that a mail arrived."""
        delivery = Delivery(request_id=secrets.token_hex(16), user_id="1", channel="email")
        self._app.delivery.deliveries.claim(delivery, utc_now())
        self._app.delivery.deliveries.complete(delivery, "1", utc_now())
        event: dict[str, Any] = json.loads(DELIVERED.read_text("utf-8"))
        event["detail"]["mail"]["tags"][TAG] = [tagged(delivery.key)]
        return event

    def sign_in(self) -> dict[str, Any]:
        """A sign-in, with the right password."""
        return self._post({"email": self._person(), "password": PASSWORD})

    def authorizer(self) -> dict[str, Any]:
        """A request with a session, before its function."""
        session = self._app.sessions.issue(self._account())
        arn = "arn:aws:execute-api:us-east-1:123456789012:local/GET/auth/me"
        return self._post(None) | {"methodArn": arn, "headers": {"Authorization": f"Bearer {session}"}}

    def challenge(self) -> dict[str, Any]:
        """A browser asks for work."""
        return self._post(None) | {"httpMethod": "GET"}

    def me(self) -> dict[str, Any]:
        """A request with a session, behind the authorizer."""
        event = self._post(None)
        told = {"userId": "1", "email": "a@example.com", "tokenId": secrets.token_hex(8), "expiresAt": "4102444800"}
        event["requestContext"]["authorizer"] = told
        return event

    sign_out = me

    def _person(self) -> str:
        self._made += 1
        email = f"user{self._made:06}@example.com"
        item = {
            "user_id": f"{self._made:036}",
            "email": email,
            "email_key": email,
            "name": "Alex Miller",
            "password_hash": self._hash,
        }
        self._app.clients.dynamodb.put_item(TableName=self._app.settings.needed("users_table"), Item=to_item(item))
        return email

    def _account(self) -> Any:  # noqa: ANN401 - an account, that is there
        email = self._person()
        return self._app.accounts.directory.find(email, most=1)[0]

    def _token(self) -> str:
        return self._app.proofs.tokens.issue(self._account(), "email", utc_now())

    def _post(self, body: dict[str, str] | None) -> dict[str, Any]:
        self._made += 1  # each from a source of its own, so that none is refused
        return gateway_event("/auth", json.dumps(body), source=str(IPv4Address("10.0.0.0") + self._made))


def _batch(body: str) -> dict[str, Any]:
    return worker.event([{"MessageId": secrets.token_hex(16), "ReceiptHandle": "measured", "Body": body}])


@contextmanager
def _moto(log: Path) -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.runtime.serve_moto", str(port)]
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=output) as process:  # noqa: S603 - ours
        try:
            wait_until_served(process, port, _PATIENCE_SECONDS)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
