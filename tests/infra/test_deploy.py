"""The stack, deployed: by the CDK's own command line to an account on this machine, then used as people use it.

The account checks every call of a function against the role that was deployed for it, and the functions run from their
layers: what is missing from a role or a layer fails here. What Lambda and the other services do with a function's role
themselves, the account does not: `BY_AWS_ITSELF`.
"""

import json
import re
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any

import bcrypt
import httpx
import pytest
import pytest_socket

from infra.packages import PYTHON
from local.emulator.account import ACCOUNT, REGION, ROOT, Emulator, emulator, environments
from password_reset.delivery.deliveries import TAG, Delivery, tagged
from tests.smoking import smoked
from tools.rotate_secret import NoSuchSecretError, rotate

STACK = "password-reset-dev"
DEV = {
    "sessions": True,
    "channels": ["email", "sms", "whatsapp"],
    "emailStyle": "both",
    "smsCountries": ["49"],
    "whatsappPhoneNumberId": "106540352242922",
    "whatsappTemplate": "reset_code",
    "whatsappSecret": "password-reset/whatsapp",
    "notifyDelaySeconds": 29,
    "operatorApi": True,
    "operatorEventSource": "example.crm",
}
EMAIL, PHONE, OTHER_PHONE = "tester@example.com", "+4915112345678", "+4915187654321"
OLD, NEW, NEWER = "correct horse battery staple", "purple otters read quietly", "seven lanterns by the river"
PAGE = "https://dev.example.com"
PATIENCE_SECONDS = 180
TITLES = (
    *("Forgot", "Verify", "VerifyCode", "Reset", "Deliver", "Feedback", "SignIn", "SignOut", "Me", "Authorizer"),
    *("ReportChange", "StartReset", "StartByEvent"),
)
BY_AWS_ITSELF = {
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
}
"""What Lambda does with a function's role: logs, traces, and reading the queue for it."""

pytestmark = [
    pytest.mark.enable_socket,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(sys.version_info[:2] != PYTHON, reason="Python 3.13 alone builds the layers"),
]


@dataclass
class Deployment:
    """A stack in the account."""

    account: Emulator
    outputs: dict[str, str]
    stack: str
    clients: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def http(self) -> httpx.Client:
        """A browser on the allowed page: HTTP/2, which spells headers in lower case."""
        return httpx.Client(
            base_url=self.account.api(self.stack),
            headers={"Origin": PAGE, "User-Agent": "iPhone"},
            http2=True,
            timeout=60,
            verify=self.account.trusted,
        )

    def post(self, path: str, body: Mapping[str, str]) -> httpx.Response:
        """Send a request."""
        return self.http.post(path, json=body)

    def client(self, service: Any) -> Any:
        """Return a client of the account's root."""
        return self.account.client(service)

    @cached_property
    def resources(self) -> dict[str, str]:
        """What was deployed: physical names by logical ids."""
        pages = self.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=self.stack)
        found = [resource for page in pages for resource in page["StackResourceSummaries"]]
        return {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in found}

    def named(self, pattern: str) -> str:
        """Return the physical name of the one resource whose logical id matches."""
        (found,) = [physical for logical, physical in self.resources.items() if re.fullmatch(pattern, logical)]
        return found

    def role(self, function: str) -> str:
        """Return the name of a function's role."""
        return self.named(f"PasswordResetFunctions{function}Role[0-9A-F]{{8}}")

    def policies(self, role: str) -> dict[str, dict[str, Any]]:
        """Return a role's policies by name."""
        iam = self.client("iam")
        names = iam.list_role_policies(RoleName=role)["PolicyNames"]
        return {name: iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names}

    def add_user(self, **attributes: str | bool) -> None:
        """Put an account into the users table, as the team's own application would."""
        item = {name: {"BOOL" if isinstance(v, bool) else "S": v} for name, v in attributes.items()}
        self.client("dynamodb").put_item(TableName=self.outputs["UsersTable"], Item=item)

    def mails_to(self, address: str, count: int) -> list[dict[str, Any]]:
        """Return the mails to an address once there are that many."""
        return self._once(count, lambda: [mail for mail in self.account.mails() if mail["To"] == [address]])

    def texts_to(self, phone: str, count: int) -> list[dict[str, Any]]:
        """Return the SMS to a phone once there are that many."""
        return self._once(count, lambda: [text for text in self.account.texts() if text["PhoneNumber"] == phone])

    def _once(self, count: int, look: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = until(lambda: len(look()) >= count and look(), f"{count} messages")
        return found


def until(look: Any, what: str) -> Any:
    """Return what is looked for, once it is there."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := look()):
        assert time.monotonic() < deadline, f"not there: {what}"
        time.sleep(0.2)
    return found


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """An account with the dev environment deployed, everything on that a function does there."""
    pytest_socket.enable_socket()
    folder = tmp_path_factory.mktemp("deploy")
    blocks = folder / "environments.json"
    blocks.write_text(json.dumps(environments({"dev": DEV})), "utf-8")
    with emulator(folder) as account:
        outputs = account.deploy(STACK, app=[sys.executable, "-m", "local.emulator.app", blocks])
        deployed = Deployment(account=account, outputs=outputs[STACK], stack=STACK)
        account.client("secretsmanager").create_secret(Name="password-reset/whatsapp", SecretString="made up")
        account.client("sesv2").create_email_identity(EmailIdentity=EMAIL)  # a recipient of the sandbox
        yield deployed
        deployed.http.close()


@dataclass
class Story:
    """What became of one account, from a forgotten password to the notice of the change."""

    known: httpx.Response
    unknown: httpx.Response
    mail: dict[str, Any]
    verified: httpx.Response
    wrong_code: httpx.Response
    right_code: httpx.Response
    weak: httpx.Response
    reset: httpx.Response
    again: httpx.Response
    old_session: httpx.Response
    session: httpx.Response
    signed_out: httpx.Response
    over: httpx.Response
    text: dict[str, Any]
    limited: httpx.Response
    user: dict[str, Any]
    suppressed: list[dict[str, Any]]
    dead: list[str]
    notice: dict[str, Any]
    notice_seconds: float
    event: dict[str, Any]
    smoke: tuple[int, str]
    started: list[int]
    disputed: list[int]
    decisions: list[dict[str, Any]]


@pytest.fixture(scope="module")
def story(deployment: Deployment) -> Story:
    """Everything that people do, once; what takes AWS's time is waited for at the end."""
    events, smoke = watched_events(deployment), smoked(deployment.account, deployment.stack, ENV="dev")
    deployment.add_user(
        user_id="u1", email_key=EMAIL, email=EMAIL, phone=PHONE, phone_verified=True, password_hash=hashed(OLD)
    )
    before = sign_in(deployment, OLD)
    known, unknown = (deployment.post("/auth/forgot-password", {"email": e}) for e in (EMAIL, "nobody@example.com"))
    (mail,) = deployment.mails_to(EMAIL, 1)
    (code,) = re.findall(r"^(\d{8})\s*$", mail["BodyText"], re.MULTILINE)
    (token,) = re.findall(rf"{PAGE}/reset-password\S*#token=([\w-]{{43}})\s", mail["BodyText"])
    flow = known.json()["flow"]
    verified = deployment.post("/auth/verify-reset-token", {"token": token})
    wrong = deployment.post("/auth/verify-reset-code", {"flow": flow, "code": str(99999999 - int(code)).zfill(8)})
    right = deployment.post("/auth/verify-reset-code", {"flow": flow, "code": code})
    weak = deployment.post("/auth/reset-password", {"token": token, "newPassword": "password"})
    started = time.monotonic()
    reset = deployment.post("/auth/reset-password", {"token": token, "newPassword": NEW})
    again = deployment.post("/auth/reset-password", {"token": right.json()["token"], "newPassword": NEWER})
    old_session = deployment.http.get("/auth/me", headers=before)
    after = sign_in(deployment, NEW)
    session = deployment.http.get("/auth/me", headers=after)
    signed_out = deployment.http.post("/auth/sign-out", headers=after)
    over = deployment.http.get("/auth/me", headers=after)

    # Redelivered soon, and dead after its last try.
    deployment.client("sqs").set_queue_attributes(
        QueueUrl=deployment.outputs["Queue"], Attributes={"VisibilityTimeout": "4"}
    )
    deployment.post("/auth/forgot-password", {"email": EMAIL, "channel": "whatsapp"})
    deployment.post("/auth/forgot-password", {"email": EMAIL})
    limited = deployment.post("/auth/forgot-password", {"email": EMAIL})
    other = "phone@example.com"
    deployment.add_user(
        user_id="u2", email_key=other, email=other, phone=OTHER_PHONE, phone_verified=True, password_hash=hashed(OLD)
    )
    deployment.post("/auth/forgot-password", {"email": other, "channel": "sms"})
    (text,) = deployment.texts_to(OTHER_PHONE, 1)
    deployment.client("sqs").send_message(QueueUrl=deployment.outputs["Queue"], MessageBody="{}")
    report_bounce(deployment)
    table = deployment.named("PasswordResetStorageSuppressions[0-9A-F]{8}")
    suppressed = until(lambda: deployment.client("dynamodb").scan(TableName=table)["Items"], "a suppression")
    dead = dead_letters(deployment)
    notice = until(
        lambda: next((mail for mail in deployment.mails_to(EMAIL, 1) if "was changed" in mail["Subject"]), None),
        "the notice",
    )
    return Story(
        known=known,
        unknown=unknown,
        mail=mail,
        verified=verified,
        wrong_code=wrong,
        right_code=right,
        weak=weak,
        reset=reset,
        again=again,
        old_session=old_session,
        session=session,
        signed_out=signed_out,
        over=over,
        text=text,
        limited=limited,
        user=deployment.client("dynamodb").get_item(
            TableName=deployment.outputs["UsersTable"], Key={"user_id": {"S": "u1"}}
        )["Item"],
        suppressed=suppressed,
        dead=dead,
        notice=notice,
        notice_seconds=time.monotonic() - started,
        event=until(events, "the event"),
        smoke=smoke(),
        started=started_by_operators(deployment),
        disputed=disputed(deployment, notice),
        decisions=deployment.account.decisions(),
    )


def sign_in(deployment: Deployment, password: str) -> dict[str, str]:
    """Return the headers of a session."""
    answer = deployment.post("/auth/sign-in", {"email": EMAIL, "password": password})
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['accessToken']}"}


def watched_events(deployment: Deployment) -> Any:
    """Have what the service puts on the bus go to a queue; return how to take one from it."""
    sqs, events = deployment.client("sqs"), deployment.client("events")
    queue = sqs.create_queue(QueueName="watched")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name="watched", EventPattern=json.dumps({"source": ["password-reset"]}))
    events.put_targets(Rule="watched", Targets=[{"Id": "queue", "Arn": arn}])

    def take() -> dict[str, Any] | None:
        messages = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        told = [json.loads(message["Body"]) for message in messages]
        return next((event for event in told if event["detail"]["userId"] == "u1"), None)

    return take


def started_by_operators(deployment: Deployment) -> list[int]:
    """Start resets as the gateway, which asks IAM, hands them over, and by events on the bus; return the answers."""
    client, function = deployment.client("lambda"), deployment.named("PasswordResetFunctionsStartReset[0-9A-F]{8}")
    role, answers = deployment.role("StartByEvent"), []
    for whom in ({"userId": "u1"}, {"email": EMAIL}):
        event = {
            "httpMethod": "POST",
            "headers": {"Content-Type": "application/json"},
            "requestContext": {"identity": {"sourceIp": "203.0.113.7", "userArn": f"arn:aws:iam::{ACCOUNT}:user/ada"}},
            "body": json.dumps(whom),
            "isBase64Encoded": False,
        }
        answer = client.invoke(FunctionName=function, Payload=json.dumps(event))
        answers.append(json.loads(answer["Payload"].read())["statusCode"])
        entry = {"Source": "example.crm", "DetailType": "PasswordResetRequested", "Detail": json.dumps(whom)}
        deployment.client("events").put_events(Entries=[entry])

    def queued() -> bool:
        made = [(decision["role"], decision["action"]) for decision in deployment.account.decisions()]
        return made.count((role, "sqs:SendMessage")) == len(answers)

    until(queued, "what events start")
    return answers


def disputed(deployment: Deployment, notice: Mapping[str, Any]) -> list[int]:
    """Say "this wasn't me" with another's address and with the account's; return what is answered."""
    (token,) = re.findall(rf"{PAGE}/report-change\S*#token=([\w-]{{43}})\s", notice["BodyText"])
    tried = [{"token": token, "email": email} for email in ("nobody@example.com", EMAIL)]
    return [deployment.post("/auth/report-change", body).status_code for body in tried]


def report_bounce(deployment: Deployment) -> None:
    """Hand a report of SES to the target of the rule that it matches; the bus takes none from anybody but SES."""
    event = json.loads((ROOT / "tests" / "events" / "ses-bounce.json").read_text("utf-8"))
    tags = event["detail"]["mail"]["tags"]
    events, name = deployment.client("events"), deployment.named("PasswordResetMailReports[0-9A-F]{8}")
    pattern = events.describe_rule(Name=name)["EventPattern"]
    assert events.test_event_pattern(EventPattern=pattern, Event=json.dumps(event))["Result"] is False
    tags["ses:configuration-set"] = [deployment.named("PasswordResetMailConfigurationSet[0-9A-F]{8}")]
    tags[TAG] = [tagged(Delivery(request_id="r1", user_id="u1", channel="email").key)]
    assert events.test_event_pattern(EventPattern=pattern, Event=json.dumps(event))["Result"] is True
    (target,) = events.list_targets_by_rule(Rule=name)["Targets"]
    answer = deployment.client("lambda").invoke(FunctionName=target["Arn"], Payload=json.dumps(event))
    assert "FunctionError" not in answer


def dead_letters(deployment: Deployment) -> list[str]:
    """Return the bodies of the dead letters once what cannot be read and what cannot be sent are among them."""
    sqs, found = deployment.client("sqs"), dict[str, str]()

    def look() -> bool:
        for message in sqs.receive_message(QueueUrl=deployment.outputs["DeadLetters"]).get("Messages", []):
            found[message["MessageId"]] = message["Body"]
        return any(body == "{}" for body in found.values()) and any("whatsapp" in body for body in found.values())

    until(look, "dead letters")
    return list(found.values())


def hashed(password: str) -> str:
    """Return a hash as the team's sign-in has stored it."""
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode()


def test_a_password_is_reset_with_what_was_deployed(story: Story) -> None:
    """From the request to the mail, the link's token, the new password and the notice of it."""
    answers = [story.known.json(), story.unknown.json()]
    assert (story.known.status_code, story.unknown.status_code) == (200, 200)
    assert answers[0]["message"] == answers[1]["message"]
    assert (story.mail["Source"], story.mail["To"]) == ("no-reply@example.com", [EMAIL])
    assert story.verified.json()["valid"] is True
    assert (story.weak.status_code, story.weak.json()["code"]) == (400, "weak_password")
    assert story.reset.status_code == 200
    assert bcrypt.checkpw(NEW.encode(), story.user["password_hash"]["S"].encode())
    assert story.user["credentials_version"] == {"N": "1"}
    assert (story.again.status_code, story.again.json()["code"]) == (400, "invalid_token")
    assert story.notice["Subject"] == "Your Example (dev) password was changed"
    assert story.notice_seconds > 28  # the reset function's time-out: read earlier, the outcome may not be final
    assert story.event["detail-type"] == "PasswordChanged"
    assert story.event["detail"]["userId"] == "u1"


def test_the_smoke_test_passes(story: Story) -> None:
    """From outside, over HTTP/2: each refusal, the policy, a whole reset; what the emulator is unable to is said."""
    code, table = story.smoke
    assert code == 0, table
    outcomes = [line[:8].strip() for line in table.splitlines()[1:] if not line.startswith(" ")]
    assert (outcomes.count("ok"), outcomes.count("not here")) == (12, 2), table


def test_codes_come_by_mail_and_phone(story: Story) -> None:
    """A wrong one is told from no other fault; a right one is exchanged; SNS took the text for the stored number."""
    assert (story.wrong_code.status_code, story.wrong_code.json()["code"]) == (400, "invalid_code")
    assert story.right_code.status_code == 200
    assert re.search(r"\b\d{8} is your Example \(dev\) password reset code\.", story.text["Message"])


def test_sessions_end_where_they_should(story: Story) -> None:
    """Row 36: behind the gateway's authorizer, by a reset and by signing out."""
    assert (story.old_session.status_code, story.old_session.json()["code"]) == (401, "unauthorized")
    assert story.session.json() == {"userId": "u1", "email": EMAIL}
    assert (story.signed_out.status_code, story.signed_out.content) == (204, b"")
    assert (story.over.status_code, story.over.json()["code"]) == (401, "unauthorized")


def test_operators_start_and_owners_dispute(story: Story) -> None:
    """Rows 39 and 64: by their functions as they were deployed, each with its role."""
    assert (story.started, story.disputed) == ([202, 202], [400, 200])


def test_limits_hold_across_requests(story: Story) -> None:
    """Three an hour, counted in the deployed table under the deployed pepper; the channel makes no difference."""
    assert (story.limited.status_code, story.limited.json()["code"]) == (429, "rate_limited")
    assert int(story.limited.headers["retry-after"]) > 0


def test_what_cannot_be_worked_off_fails_alone_and_ends_as_a_dead_letter(story: Story) -> None:
    """Row 54: partial batch responses, redelivery and redrive, as the mapping and the queue were deployed."""
    requested = [json.loads(body).get("channel") for body in story.dead if body != "{}"]
    assert "{}" in story.dead
    assert "whatsapp" in requested  # nobody carries it: nothing leaves this machine


def test_a_report_of_ses_reaches_its_function(story: Story) -> None:
    """Row 55: by the rule on the bus, for this stack's configuration set."""
    assert len(story.suppressed) == 1
    assert story.suppressed[0]["reason"] == {"S": "bounced"}


def test_no_function_lacks_a_permission(story: Story) -> None:
    """Row 50: every call of every function was checked against its role, and none was refused."""
    assert [decision for decision in story.decisions if not decision["allowed"]] == []
    assert len({decision["role"] for decision in story.decisions if "Functions" in decision["role"]}) == len(TITLES)


def spare(policies: dict[str, dict[str, dict[str, Any]]], decisions: list[dict[str, Any]]) -> list[str]:
    """Return what roles may do and no decision was about: role, action and resource."""
    granted = [
        (role, action, resource)
        for role, documents in policies.items()
        for document in documents.values()
        for statement in document["Statement"]
        if statement["Effect"] == "Allow"
        for action in many(statement["Action"])
        for resource in many(statement["Resource"])
        if action not in BY_AWS_ITSELF
    ]
    used = {(decision["role"], decision["action"], decision["resource"]) for decision in decisions}
    return sorted(
        f"{role} {action} {resource}"
        for role, action, resource in granted
        if not any(role == r and action == a and fnmatchcase(on, resource) for r, a, on in used)
    )


def many(value: str | list[str]) -> list[str]:
    """Return what IAM writes as it is where it is one."""
    return [value] if isinstance(value, str) else value


def test_no_function_may_do_what_it_does_not(story: Story, deployment: Deployment) -> None:
    """Row 50: each action that a role has on a resource was used, but what is seldom needed; one more is found."""
    roles = [deployment.role(title) for title in TITLES]
    policies = {role: deployment.policies(role) for role in roles}
    tokens = deployment.named("PasswordResetStorageResetTokens[0-9A-F]{8}")
    sender = f"arn:aws:ses:{REGION}:{ACCOUNT}:identity/no-reply@example.com"
    seldom = [
        f"{deployment.role('Deliver')} ses:GetAccount *",  # each so many mails: unit/test_ses.py
        # Where the address itself is an identity, SES asks for it instead of its domain's.
        *(f"{deployment.role('Deliver')} ses:{action} {sender}" for action in ("SendEmail", "SendRawEmail")),
        # Where the answer to a write was lost: faults/test_every_call.py.
        f"{deployment.role('VerifyCode')} dynamodb:GetItem arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{tokens}",
    ]
    assert spare(policies, story.decisions) == seldom
    (name,) = policies[roles[0]]
    policies[roles[0]][name]["Statement"].append({"Effect": "Allow", "Action": "dynamodb:Scan", "Resource": "*"})
    assert spare(policies, story.decisions) == sorted([f"{roles[0]} dynamodb:Scan *", *seldom])


@pytest.mark.usefixtures("story")
def test_a_permission_that_is_taken_away_is_missed(deployment: Deployment) -> None:
    """Row 50: the account enforces what it was told, so that nothing above passes by itself."""
    iam, role = deployment.client("iam"), deployment.role("Forgot")
    ((name, document),) = deployment.policies(role).items()
    without = [s for s in document["Statement"] if "sqs:SendMessage" not in many(s["Action"])]
    assert len(without) == len(document["Statement"]) - 1
    try:
        iam.put_role_policy(
            RoleName=role, PolicyName=name, PolicyDocument=json.dumps({**document, "Statement": without})
        )
        answer = deployment.post("/auth/forgot-password", {"email": "other@example.com"})
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        refused = [decision for decision in deployment.account.decisions() if not decision["allowed"]]
        assert [(decision["role"], decision["action"]) for decision in refused] == [(role, "sqs:SendMessage")]
    finally:
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))


def test_the_queue_is_there_for_tls_alone(deployment: Deployment) -> None:
    """Row 54: its policy, as deployed."""
    queue = deployment.outputs["Queue"]
    attributes = deployment.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["Policy"])["Attributes"]
    (statement,) = json.loads(attributes["Policy"])["Statement"]
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert statement["Effect"] == "Deny"


def test_the_gateway_answers_a_preflight(deployment: Deployment) -> None:
    """Row 43: over HTTP/2, with the origin's header in lower case; another origin gets nothing."""
    asked = {"Access-Control-Request-Method": "POST"}
    answer = deployment.http.options("/auth/reset-password", headers=asked)
    assert (answer.http_version, answer.status_code, answer.content) == ("HTTP/2", 204, b"")
    cors = {name: value for name, value in answer.headers.items() if name.startswith("access-control-")}
    assert cors == {
        "access-control-allow-origin": PAGE,
        "access-control-allow-headers": "Content-Type,Authorization",
        "access-control-allow-methods": "POST,OPTIONS",
        "access-control-max-age": "86400",
    }
    other = deployment.http.options("/auth/reset-password", headers={**asked, "Origin": "https://evil.example"})
    assert [name for name in other.headers if name.startswith("access-control-")] == []


def test_the_pepper_is_rotated(deployment: Deployment) -> None:
    """`make rotate-secret`: generated by the deployment, another afterwards."""
    secrets, arn = deployment.client("secretsmanager"), deployment.outputs["PepperSecret"]
    before = secrets.get_secret_value(SecretId=arn)
    rotated = rotate(STACK, "pepper", cloudformation=deployment.client("cloudformation"), secrets_manager=secrets)
    after = secrets.get_secret_value(SecretId=arn)
    assert (len(before["SecretString"]), len(after["SecretString"])) == (64, 64)
    assert after["SecretString"] != before["SecretString"]
    assert after["VersionId"] == rotated


@pytest.mark.parametrize(
    ("environment", "secret", "message"),
    [
        ("prd", "pepper", "There is no stack password-reset-prd here: "),
        (
            "dev",
            "salt",
            "SECRET cannot be 'salt'. Allowed: one of pepper, session-key, origin, where the stack has it.",
        ),
    ],
)
def test_a_secret_that_is_not_there_is_told(
    deployment: Deployment, environment: str, secret: str, message: str
) -> None:
    """One line for the person who asked."""
    with pytest.raises(NoSuchSecretError) as refused:
        rotate(
            f"password-reset-{environment}",
            secret,
            cloudformation=deployment.client("cloudformation"),
            secrets_manager=deployment.client("secretsmanager"),
        )
    assert str(refused.value).startswith(message)
