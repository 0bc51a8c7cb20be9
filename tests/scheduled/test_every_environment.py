"""Every environment of `cdk.json`, and one with everything on, deployed to one account and checked from outside.

It takes minutes, so `make deploy-test` runs it and `make test` does not. Three settings stay off, for the emulator is
unable to serve them: `website`, whose files a function of the CDK's own copies with a binary; SMTP, for there is no
server to hand mail to; and the firewall, whose association it does not know.
"""

import json
import sys
from collections.abc import Iterator

import pytest
import pytest_socket

from infra.packages import PYTHON
from local.emulator.account import ACCOUNT, REGION, Emulator, emulator, environments
from tests.infra.conftest import ENVIRONMENTS, EVERYTHING
from tests.smoking import smoked

KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/0f1e2d3c-0000-4000-8000-000000000000"
CERTIFICATE = f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/0f1e2d3c-0000-4000-8000-000000000000"
CHANGES = {
    # One environment of an account owns the identity of the sender's domain.
    **{
        name: {"createMailIdentity": name == "dev", "sandboxRecipients": [], "wafRateLimit": None}
        for name in ENVIRONMENTS
    },
    "everything": {
        **{name: value for name, value in EVERYTHING.items() if name not in {"website", "smtpHost", "smtpSecret"}},
        "region": REGION,
        "wafRateLimit": None,
        "mailTransport": "ses",
        "createMailIdentity": False,
        "sandboxRecipients": [],
        "usersTable": {**EVERYTHING["usersTable"], "kmsKeyArn": KEY},
        "certificateArn": CERTIFICATE,
    },
}

pytestmark = [
    pytest.mark.enable_socket,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(sys.version_info[:2] != PYTHON, reason="Python 3.13 alone builds the layers"),
]


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """An account with every environment, and the users table that one of them has from before."""
    pytest_socket.enable_socket()
    folder = tmp_path_factory.mktemp("environments")
    blocks = folder / "environments.json"
    blocks.write_text(json.dumps(environments(CHANGES)), "utf-8")
    with emulator(folder) as account:
        names = [{"AttributeName": name, "AttributeType": "S"} for name in ("customerId", "email_key")]
        index = {"IndexName": "byEmail", "KeySchema": [{"AttributeName": "email_key", "KeyType": "HASH"}]}
        account.client("dynamodb").create_table(
            TableName="customers",
            AttributeDefinitions=names,
            KeySchema=[{"AttributeName": "customerId", "KeyType": "HASH"}],
            GlobalSecondaryIndexes=[{**index, "Projection": {"ProjectionType": "ALL"}}],
            BillingMode="PAY_PER_REQUEST",
        )
        account.deploy("--all", app=[sys.executable, "-m", "local.emulator.app", blocks])
        yield account


@pytest.mark.parametrize("environment", CHANGES)
def test_an_environment_works_as_deployed(environment: str, account: Emulator) -> None:
    """Rows 42, 43, 44 and 50: the smoke test finds nothing, and no function lacked a permission."""
    code, table = smoked(account, f"password-reset-{environment}", ENV=environment)()
    assert code == 0, table
    assert [decision for decision in account.decisions() if not decision["allowed"]] == []
