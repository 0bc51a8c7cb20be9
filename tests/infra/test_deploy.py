"""The stack, deployed: by the CDK's own command line to an account of moto, then a password reset with what is there.

moto's CloudFormation passes over `PASSED_OVER`. It has no gateway to send requests through and no Lambda to run
functions on, so each function runs in a process of its own here, on the code, the layer and the variables that were
deployed for it; and the queue is worked through as its mapping says, by this test.
"""

import email
import email.policy
import io
import json
import os
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bcrypt
import boto3
import pytest
import pytest_socket

from infra.packages import PYTHON
from infra.rotate_secret import NoSuchSecretError, rotate
from local.ports import NotServedError, free_port, wait_until_served
from tests.infra import execution
from tests.infra.account import ACCOUNT, MAIL, REGION
from tests.infra.conftest import ROOT

BUCKET = f"cdk-hnb659fds-assets-{ACCOUNT}-{REGION}"
STACK = "password-reset-dev"
PASSED_OVER = {
    "AWS::ApiGateway::GatewayResponse",
    "AWS::ApiGateway::Stage",
    "AWS::CDK::Metadata",
    "AWS::CloudWatch::Alarm",
    "AWS::S3::BucketPolicy",  # of the bootstrap stack
    "AWS::SES::ConfigurationSetEventDestination",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
}
EMAIL, OLD, NEW = "demo@example.com", "correct horse battery staple", "purple otters read quietly"


@dataclass
class Function:
    """A deployed function, running."""

    process: subprocess.Popen[str]
    log: list[str]

    def __call__(self, event: Mapping[str, Any]) -> Any:
        """Return the handler's answer to an event."""
        assert self.process.stdin
        assert self.process.stdout
        print(json.dumps(event), file=self.process.stdin, flush=True)
        for line in self.process.stdout:
            if line.startswith(execution.ANSWER):
                return json.loads(line.removeprefix(execution.ANSWER))
            self.log.append(line)
        message = f"the function ended: {''.join(self.log)}"
        raise AssertionError(message)

    def post(self, body: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        """Return status and body of the answer to a request, as the gateway hands it over."""
        answer = self(
            {
                "httpMethod": "POST",
                "headers": {"content-type": "application/json", "user-agent": "iPhone"},
                "requestContext": {"identity": {"sourceIp": "203.0.113.7"}},
                "body": json.dumps(body),
                "isBase64Encoded": False,
            }
        )
        return answer["statusCode"], json.loads(answer["body"])


@dataclass
class Account:
    """The AWS account, after the deployment."""

    url: str
    log: Path
    functions: dict[str, Function]
    outputs: dict[str, str]
    mapping: dict[str, Any]

    def client(self, service: Any) -> Any:
        """Return a client of the account."""
        return client(self.url, service)

    def mails(self) -> list[dict[str, Any]]:
        """Return the mails that SES took, the oldest first."""
        lines = self.log.read_text("utf-8").splitlines()
        return [json.loads(line.removeprefix(MAIL)) for line in lines if line.startswith(MAIL)]

    def text(self, mail: Mapping[str, Any]) -> str:
        """Return a mail's plain text."""
        parsed = email.message_from_string(mail["raw_data"], policy=email.policy.default)
        body = parsed.get_body(("plain",))
        assert body
        text: str = body.get_content()
        return text

    def work(self) -> list[str]:
        """Work a batch of the queue off as the mapping says; return the ids of messages that failed."""
        sqs, url = self.client("sqs"), self.outputs["Queue"]
        received = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=self.mapping["BatchSize"]).get("Messages", [])
        if not received:
            return []
        records = [
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": {},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": self.mapping["EventSourceArn"],
                "awsRegion": REGION,
            }
            for message in received
        ]
        failures = self.functions["deliver"]({"Records": records})["batchItemFailures"]
        failed = [failure["itemIdentifier"] for failure in failures]
        for message in received:
            if message["MessageId"] not in failed:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return failed


def client(url: str, service: Any) -> Any:
    """Return a client of an account at an address."""
    return boto3.client(
        service, endpoint_url=url, region_name=REGION, aws_access_key_id="testing", aws_secret_access_key="testing"
    )


def serve_account(url: str, log: Path) -> subprocess.Popen[bytes]:
    """Start an AWS account; return its process once it answers."""
    start = "from tests.infra import account; account.main()"
    port = url.rpartition(":")[2]
    with log.open("wb") as output:
        process = subprocess.Popen([sys.executable, "-c", start, "-p", port], cwd=ROOT, stdout=output, stderr=output)
    try:
        wait_until_served(process, int(port), patience_seconds=15)
    except NotServedError:
        process.kill()
        raise AssertionError(log.read_text("utf-8")) from None
    return process


def cdk(environment: Mapping[str, str], folder: Path, *arguments: str | Path) -> None:
    """Run the CDK's command line in a folder."""
    command = ["node", ROOT / "node_modules" / "aws-cdk" / "bin" / "cdk", *arguments, "--no-notices"]
    ran = subprocess.run(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout


def unpack(url: str, key: str, target: Path) -> Path:
    """Unpack an asset from the bootstrap bucket, where the deployment took it from."""
    body = client(url, "s3").get_object(Bucket=BUCKET, Key=key)["Body"].read()
    zipfile.ZipFile(io.BytesIO(body)).extractall(target)
    return target


def start_functions(url: str, folder: Path, running: ExitStack) -> dict[str, Function]:
    """Start every deployed function: on its code, the shared layer and its variables."""
    template = client(url, "cloudformation").get_template(StackName=STACK)["TemplateBody"]["Resources"]
    deployed = client(url, "lambda").list_functions()["Functions"]
    shared = next(r["Properties"] for name, r in template.items() if "LayersShared" in name)
    layer = unpack(url, shared["Content"]["S3Key"], folder / "layer") / "python"
    functions = {}
    for logical_id, resource in template.items():
        if resource["Type"] != "AWS::Lambda::Function":
            continue
        (function,) = (f for f in deployed if logical_id in f["FunctionName"])
        name = resource["Properties"]["Code"]["S3Key"]
        code = unpack(url, name, folder / logical_id)
        variables = function["Environment"]["Variables"] | {
            "AWS_ENDPOINT_URL": url,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": REGION,
            "PYTHONPATH": f"{code}:{layer}",
        }
        process = running.enter_context(
            subprocess.Popen(
                [sys.executable, execution.__file__],
                cwd=code,
                env=variables,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        )
        (match,) = re.findall(r"Functions(Forgot|VerifyCode|Verify|Reset|Deliver|Feedback)", logical_id)
        functions[match.lower()] = Function(process, [])
    return functions


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """An account with the dev environment deployed, and its functions running."""
    pytest_socket.enable_socket()
    folder = tmp_path_factory.mktemp("deploy")
    port = free_port()
    url = f"http://localhost:{port}"  # by name: the CDK makes addresses of buckets from it
    credentials = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_REGION": REGION}
    environment = {**os.environ, **credentials, "AWS_ENDPOINT_URL": url, "CDK_DISABLE_CLI_TELEMETRY": "true"}
    outputs = folder / "outputs.json"
    with ExitStack() as running:
        process = running.enter_context(serve_account(url, folder / "account.log"))
        running.callback(process.terminate)
        cdk(environment, folder, "bootstrap", f"aws://{ACCOUNT}/{REGION}")
        # Directly: moto executes a change set in another order than the one that resources depend on each other in.
        app: list[str | Path] = ["-c", "env=dev", "--app", f"{sys.executable} app.py", "--output", folder / "out"]
        how: list[str | Path] = ["--method", "direct", "--require-approval", "never", "--outputs-file", outputs]
        cdk(environment, ROOT, "deploy", *app, *how)
        (mapping,) = client(url, "lambda").list_event_source_mappings()["EventSourceMappings"]
        # From here on the test is the mapping: moto would run the function in Docker.
        client(url, "lambda").update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
        functions = start_functions(url, folder, running)
        yield Account(
            url=url,
            log=folder / "account.log",
            functions=functions,
            outputs=json.loads(outputs.read_text("utf-8"))[STACK],
            mapping=mapping,
        )
        for function in functions.values():
            assert function.process.stdin
            function.process.stdin.close()


pytestmark = [
    pytest.mark.enable_socket,
    pytest.mark.timeout(300),
    pytest.mark.skipif(sys.version_info[:2] != PYTHON, reason="Python 3.13 alone builds the layers"),
]


def test_a_password_is_reset_with_what_was_deployed(account: Account) -> None:
    """From the request to the mail, the link's token, the new password and the notice of it."""
    forgot, verify, reset = (account.functions[name] for name in ("forgot", "verify", "reset"))
    dynamodb, users = account.client("dynamodb"), account.outputs["UsersTable"]
    item = {"user_id": "u1", "email_key": EMAIL, "email": EMAIL, "password_hash": hashed(OLD)}
    dynamodb.put_item(TableName=users, Item={name: {"S": value} for name, value in item.items()})
    before = len(account.mails())

    (known, answer), (unknown, other) = (forgot.post({"email": e}) for e in (EMAIL, "nobody@example.com"))
    assert (known, unknown, answer["message"]) == (200, 200, other["message"])
    assert account.work() == []
    (mail,) = account.mails()[before:]
    assert (mail["source"], set(mail["destinations"])) == ("no-reply@example.com", {EMAIL})
    (token,) = re.findall(r"https://dev\.example\.com/reset-password\?lang=en#token=([\w-]{43})\s", account.text(mail))

    assert verify.post({"token": token})[1]["valid"] is True
    assert reset.post({"token": token, "newPassword": "password"})[1]["code"] == "weak_password"
    started = time.monotonic()
    assert reset.post({"token": token, "newPassword": NEW})[0] == 200
    stored = dynamodb.get_item(TableName=users, Key={"user_id": {"S": "u1"}})["Item"]
    assert bcrypt.checkpw(NEW.encode(), stored["password_hash"]["S"].encode())
    assert stored["credentials_version"] == {"N": "1"}
    assert reset.post({"token": token, "newPassword": NEW})[1]["code"] == "invalid_token"
    assert verify.post({"token": token})[1] == {"valid": False}

    while len(account.mails()) == before + 1:
        assert time.monotonic() < started + 60, "no notice of the change"
        time.sleep(0.5)
        assert account.work() == []
    assert time.monotonic() - started > 28  # the reset function's time-out: read earlier, the outcome may not be final
    assert "account was changed on" in account.text(account.mails()[-1])
    assert token not in "".join(line for function in account.functions.values() for line in function.log)


def test_a_poison_message_fails_alone(account: Account) -> None:
    """Partial batch responses: the rest of its batch is done with, and it goes back to the queue."""
    assert account.mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert account.mapping["ScalingConfig"] == {"MaximumConcurrency": 10}
    sqs, url = account.client("sqs"), account.outputs["Queue"]
    poison = sqs.send_message(QueueUrl=url, MessageBody="{}")["MessageId"]
    account.functions["forgot"].post({"email": "nobody@example.com"})
    assert account.work() == [poison]
    redrive = json.loads(
        sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])["Attributes"]["RedrivePolicy"]
    )
    dead_letters = account.outputs["DeadLetters"].rpartition("/")[2]
    assert (redrive["deadLetterTargetArn"].rpartition(":")[2], redrive["maxReceiveCount"]) == (dead_letters, 5)


def test_limits_hold_across_requests(account: Account) -> None:
    """Three an hour, counted in the deployed table under the deployed pepper."""
    forgot = account.functions["forgot"]
    statuses = [forgot.post({"email": "often@example.com"})[0] for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    account.work()


def test_the_pepper_is_rotated(account: Account) -> None:
    """`make rotate-secret`: generated by the deployment, another afterwards."""
    secrets, arn = account.client("secretsmanager"), account.outputs["PepperSecret"]
    before = secrets.get_secret_value(SecretId=arn)
    rotated = rotate("dev", "pepper", cloudformation=account.client("cloudformation"), secrets_manager=secrets)
    after = secrets.get_secret_value(SecretId=arn)
    assert (len(before["SecretString"]), len(after["SecretString"])) == (64, 64)
    assert after["SecretString"] != before["SecretString"]
    assert after["VersionId"] == rotated


def test_what_moto_passes_over_is_named(account: Account) -> None:
    """Whatever else the stack gets is deployed here, or named above."""
    said = set(re.findall(r"No Moto CloudFormation support for (\S+)", account.log.read_text("utf-8")))
    assert said == PASSED_OVER


def hashed(password: str) -> str:
    """Return a hash as the team's sign-in has stored it."""
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode()


@pytest.mark.parametrize(
    ("environment", "secret", "message"),
    [
        ("prd", "pepper", "There is no stack password-reset-prd here: "),
        ("dev", "salt", "SECRET cannot be 'salt'. Allowed: one of pepper, session-key, where the stack has it."),
        ("dev", "session-key", "SECRET cannot be 'session-key'. Allowed: one of pepper, session-key, where"),
    ],
)
def test_a_secret_that_is_not_there_is_told(account: Account, environment: str, secret: str, message: str) -> None:
    """One line for the person who asked."""
    with pytest.raises(NoSuchSecretError) as refused:
        rotate(
            environment,
            secret,
            cloudformation=account.client("cloudformation"),
            secrets_manager=account.client("secretsmanager"),
        )
    assert str(refused.value).startswith(message)
