"""The functions: what they run on, what they may do, and that nothing secret is in their environment."""

import json
from typing import Any

import pytest
from aws_cdk.assertions import Template

from infra.functions import title_of
from infra.permissions import TABLE, Permission, markdown, permissions
from infra.permissions import synthesise as with_everything
from infra.routes import FUNCTION_TIMEOUT_SECONDS
from password_reset.settings import Settings
from tests.infra.conftest import ENVIRONMENTS, EVERYTHING, Synthesise, of_type, properties, stack

FUNCTION = "AWS::Lambda::Function"
LOGS = ("logs:CreateLogStream", "logs:PutLogEvents")
TRACES = ("xray:PutTelemetryRecords", "xray:PutTraceSegments")
FROM = "ses:FromAddress = no-reply@example.com"
SENDING = ("ses:SendEmail", "ses:SendRawEmail")
EVENTS = 'events:source = password-reset; events:detail-type = ["PasswordChanged", "PasswordChangeDisputed"]'


def attributes(*names: str) -> str:
    """Return the condition under which an update may name these attributes alone."""
    return f"dynamodb:Attributes = {json.dumps(names)}"


UPGRADE = ("user_id", "password_hash", "credentials_version")
OUTDATE = ("user_id", "credentials_version")
RESET = (*UPGRADE, "email", "disabled", "federated", "password_changed_at", "password_history")


def everywhere(name: str) -> set[Permission]:
    """Return what every function may do: log, trace, read the pepper, and the levers where it serves strangers."""
    called = name.replace("_", "")
    pulled = name not in {"feedback", "challenge", "me", "sign_out"}
    return {
        *([Permission(called, "dynamodb:GetItem", "Levers")] if pulled else []),
        *(Permission(called, action, f"{title_of(name)}Logs") for action in LOGS),
        *(Permission(called, action, "*") for action in TRACES),
        Permission(called, "secretsmanager:GetSecretValue", "Pepper"),
    }


EXPECTED = {
    "forgot": {
        Permission("forgot", "dynamodb:UpdateItem", "Limits"),
        Permission("forgot", "sqs:SendMessage", "Messages"),
    },
    "verify": {
        Permission("verify", "dynamodb:GetItem", "ResetTokens"),
        Permission("verify", "dynamodb:BatchGetItem", "Users"),
        Permission("verify", "dynamodb:BatchGetItem", "Accounts"),
    },
    "verify_code": {
        Permission("verifycode", "dynamodb:GetItem", "Users"),
        Permission("verifycode", "dynamodb:GetItem", "ResetTokens"),
        Permission("verifycode", "dynamodb:PutItem", "ResetTokens"),
        Permission("verifycode", "dynamodb:UpdateItem", "Codes"),
        Permission("verifycode", "dynamodb:UpdateItem", "Limits"),
    },
    "feedback": {
        Permission("feedback", "dynamodb:PutItem", "Suppressions"),
        Permission("feedback", "dynamodb:UpdateItem", "Deliveries"),
    },
    "reset": {
        Permission("reset", "dynamodb:GetItem", "ResetTokens"),
        Permission("reset", "dynamodb:BatchGetItem", "Users"),
        Permission("reset", "dynamodb:BatchGetItem", "Accounts"),
        Permission("reset", "dynamodb:UpdateItem", "Accounts"),
        Permission("reset", "dynamodb:UpdateItem", "ResetTokens"),
        Permission("reset", "dynamodb:UpdateItem", "Users", attributes(*RESET)),
        Permission("reset", "sqs:SendMessage", "Messages"),
    },
    "report_change": {
        Permission("reportchange", "dynamodb:GetItem", "ResetTokens"),
        Permission("reportchange", "dynamodb:UpdateItem", "ResetTokens"),
        Permission("reportchange", "dynamodb:BatchGetItem", "Users"),
        Permission("reportchange", "dynamodb:BatchGetItem", "Accounts"),
        Permission("reportchange", "dynamodb:UpdateItem", "Accounts"),
        Permission("reportchange", "dynamodb:UpdateItem", "Users", attributes(*OUTDATE)),
        Permission("reportchange", "sqs:SendMessage", "Messages"),
    },
    "deliver": {
        Permission("deliver", "dynamodb:BatchGetItem", "Accounts"),
        Permission("deliver", "dynamodb:Query", "Users/index/by_email"),
        Permission("deliver", "dynamodb:BatchGetItem", "Users"),
        Permission("deliver", "dynamodb:BatchGetItem", "Suppressions"),
        Permission("deliver", "dynamodb:BatchGetItem", "ResetTokens"),
        Permission("deliver", "dynamodb:GetItem", "Limits"),
        Permission("deliver", "dynamodb:PutItem", "ResetTokens"),
        Permission("deliver", "dynamodb:PutItem", "Codes"),
        Permission("deliver", "dynamodb:PutItem", "Deliveries"),
        Permission("deliver", "dynamodb:UpdateItem", "Codes"),
        Permission("deliver", "dynamodb:UpdateItem", "Limits"),
        Permission("deliver", "dynamodb:UpdateItem", "Deliveries"),
        Permission("deliver", "ses:GetAccount", "*"),
        Permission("deliver", "events:PutEvents", "events event-bus/default", EVENTS),
        *(
            Permission("deliver", action, f"ses identity/{name}", FROM)
            for action in SENDING
            for name in ("example.com", "no-reply@example.com")
        ),
        *(Permission("deliver", action, "ses configuration-set/ConfigurationSet", FROM) for action in SENDING),
        *(Permission("deliver", action, "ses configuration-set/Notices", FROM) for action in SENDING),
        Permission("deliver", "sqs:ReceiveMessage", "Messages"),
        Permission("deliver", "sqs:DeleteMessage", "Messages"),
        Permission("deliver", "sqs:GetQueueAttributes", "Messages"),
    },
}
SESSIONS = {
    ("sign_in", "secretsmanager:GetSecretValue", "SessionKey"),
    ("sign_in", "dynamodb:GetItem", "Levers"),
    ("authorizer", "dynamodb:GetItem", "Levers"),
    ("sign_in", "dynamodb:Query", "users/index"),
    ("sign_in", "dynamodb:BatchGetItem", "users"),
    ("sign_in", "dynamodb:UpdateItem", "users"),
    ("sign_in", "dynamodb:BatchGetItem", "SignIns"),
    ("sign_in", "dynamodb:PutItem", "SignIns"),
    ("sign_in", "dynamodb:UpdateItem", "SignIns"),
    ("sign_in", "dynamodb:BatchGetItem", "Accounts"),
    ("authorizer", "dynamodb:BatchGetItem", "Accounts"),
    ("sign_in", "kms:Decrypt", "key"),
    ("sign_out", "dynamodb:PutItem", "RevokedSessions"),
    ("authorizer", "secretsmanager:GetSecretValue", "SessionKey"),
    ("authorizer", "dynamodb:BatchGetItem", "users"),
    ("authorizer", "dynamodb:BatchGetItem", "RevokedSessions"),
    ("authorizer", "kms:Decrypt", "key"),
}
STARTERS = ("startreset", "startbyevent")
SANDBOX = {Permission("deliver", action, "ses identity/tester@example.com", FROM) for action in SENDING}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("name", EXPECTED)
def test_a_function_may_do_exactly_what_it_does(name: str, environment: str, synthesise: Synthesise) -> None:
    """Row 50: action by action, resource by resource; in dev also the recipients that the SES sandbox checks."""
    found = {p for p in permissions(synthesise(environment)) if p.function == name.replace("_", "")}
    sandbox = SANDBOX if (name, environment) == ("deliver", "dev") else set()
    assert found == EXPECTED[name] | everywhere(name) | sandbox


def test_no_role_has_more_than_that(synthesise: Synthesise) -> None:
    """Row 50: a role per function, no managed policies, nothing inline."""
    template = synthesise("prod")
    roles = of_type(template, "AWS::IAM::Role")
    assert len(roles) == len(EXPECTED) == len(of_type(template, "AWS::IAM::Policy"))
    for role in roles.values():
        assert set(role["Properties"]) == {"AssumeRolePolicyDocument"}


def test_an_existing_table_is_granted_with_its_key_through_dynamodb_alone(synthesise: Synthesise) -> None:
    """Row 50: the team's table, index and KMS key, and never the key for anything else."""
    found = permissions(synthesise("everything"))
    table = "arn:aws:dynamodb:eu-central-1:123456789012:table/customers"
    assert {(p.function, p.action) for p in found if p.resource == table} == {
        ("verify", "dynamodb:BatchGetItem"),
        ("verifycode", "dynamodb:GetItem"),
        ("verifyfactor", "dynamodb:BatchGetItem"),
        ("reset", "dynamodb:BatchGetItem"),
        ("reset", "dynamodb:UpdateItem"),
        ("reportchange", "dynamodb:BatchGetItem"),
        ("reportchange", "dynamodb:UpdateItem"),
        ("deliver", "dynamodb:BatchGetItem"),
        ("signin", "dynamodb:BatchGetItem"),
        ("signin", "dynamodb:UpdateItem"),
        ("authorizer", "dynamodb:BatchGetItem"),
        *((name, f"dynamodb:{read}Item") for name in STARTERS for read in ("Get", "BatchGet")),
    }
    assert {p.resource for p in found if p.action == "dynamodb:Query"} == {f"{table}/index/byEmail"}
    keys = [p for p in found if p.action.startswith("kms:") and p.resource != "FactorsKey"]
    assert {(p.function, p.action) for p in keys} == {
        (name, "kms:Decrypt")
        for name in (
            *("verify", "verifycode", "verifyfactor", "reset", "reportchange", "deliver", "signin", "authorizer"),
            *STARTERS,
        )
    }
    assert {p.condition for p in keys} == {"kms:ViaService = dynamodb.eu-central-1.amazonaws.com"}


def test_what_operators_start_is_allowed_them_alone(synthesise: Synthesise) -> None:
    """Rows 39 and 50: a route that IAM guards, a rule for one source's events, no token in reach; off, nothing."""
    template = synthesise("everything")
    table = "arn:aws:dynamodb:eu-central-1:123456789012:table/customers"
    for name in ("start_reset", "start_by_event"):
        found = {p for p in permissions(template) if p.function == name.replace("_", "")}
        assert {(p.action, p.resource) for p in found - everywhere(name)} == {
            ("dynamodb:BatchGetItem", table),
            ("dynamodb:GetItem", table),
            ("dynamodb:Query", f"{table}/index/byEmail"),
            ("dynamodb:UpdateItem", "Limits"),
            ("kms:Decrypt", "arn:aws:kms:eu-central-1:123456789012:key/0f1e2d3c-0000-4000-8000-000000000000"),
            ("sqs:SendMessage", "Messages"),
        }
    guarded = [
        method["Properties"]["HttpMethod"]
        for method in of_type(template, "AWS::ApiGateway::Method").values()
        if method["Properties"]["AuthorizationType"] == "AWS_IAM"
    ]
    assert guarded == ["POST"]
    rules = [rule["Properties"]["EventPattern"] for rule in of_type(template, "AWS::Events::Rule").values()]
    assert {"source": ["example.crm"], "detail-type": ["PasswordResetRequested"]} in rules
    off = json.dumps(synthesise("prod"))
    assert not any(word in off for word in ("StartReset", "StartByEvent", "PasswordResetRequested", "AWS_IAM"))


def test_the_secrets_of_second_factors_are_opened_by_one_function(synthesise: Synthesise) -> None:
    """Rows 50 and 66: by a key of their own, which no other function may use; without factors there is none of it."""
    found = permissions(synthesise("everything"))
    assert {(p.function, p.action) for p in found if p.resource == "FactorsKey"} == {("verifyfactor", "kms:Decrypt")}
    assert {(p.function, p.action) for p in found if p.resource == "Accounts"} == {
        ("verify", "dynamodb:BatchGetItem"),
        ("verifyfactor", "dynamodb:BatchGetItem"),
        ("verifyfactor", "dynamodb:UpdateItem"),
        ("reset", "dynamodb:BatchGetItem"),
        ("reset", "dynamodb:ConditionCheckItem"),
        ("reset", "dynamodb:UpdateItem"),
        ("reportchange", "dynamodb:BatchGetItem"),
        ("reportchange", "dynamodb:UpdateItem"),
        ("deliver", "dynamodb:BatchGetItem"),
        ("signin", "dynamodb:BatchGetItem"),
        ("authorizer", "dynamodb:BatchGetItem"),
    }
    assert not any(p.function == "verifyfactor" for p in permissions(synthesise("prod")))


def test_without_reports_nothing_is_granted_for_them() -> None:
    """Row 50: with `freezeSeconds` 0 there is no such function, and accounts are read as before."""
    block = {name: value for name, value in EVERYTHING.items() if name != "factors"} | {"freezeSeconds": 0}
    template: dict[str, Any] = dict(Template.from_stack(stack({"open": block}, "open")).to_json())
    found = permissions(template)
    assert not any(p.function == "reportchange" or p.resource == "Accounts" for p in found)
    table = "arn:aws:dynamodb:eu-central-1:123456789012:table/customers"
    reading = {(p.function, p.action) for p in found if p.resource == table and p.function in {"verify", "reset"}}
    assert reading == {
        ("verify", "dynamodb:GetItem"),
        ("reset", "dynamodb:GetItem"),
        ("reset", "dynamodb:UpdateItem"),
    }
    assert not [name for name in template["Resources"] if "DisputedChanges" in name]


def test_a_code_of_another_channel_is_kept_by_the_worker_that_sends_it(synthesise: Synthesise) -> None:
    """Rows 50 and 66: with `phone` alone, the worker keeps its code with the token, and nobody needs the key."""
    template = Template.from_stack(stack({"phone": EVERYTHING | {"factors": ["phone"]}}, "phone")).to_json()
    phone, others = permissions(template), permissions(synthesise("everything"))
    kept = ("deliver", "dynamodb:UpdateItem", "ResetTokens")
    asked = ("verifyfactor", "sqs:SendMessage", "Messages")
    assert {kept, asked} <= {(p.function, p.action, p.resource) for p in phone}
    assert kept not in {(p.function, p.action, p.resource) for p in others}
    assert not any(p.resource == "FactorsKey" for p in phone)


def test_an_account_is_written_where_its_password_is_and_nowhere_else(synthesise: Synthesise) -> None:
    """Row 50: an update names the attributes that a reset, or a sign-in that re-hashes, writes and compares."""
    found = permissions(synthesise("everything"))
    table = "arn:aws:dynamodb:eu-central-1:123456789012:table/customers"
    names = {"user_id": "customerId", "email": "mail", "password_hash": "passwordHash"}
    assert {(p.function, p.condition) for p in found if (p.resource, p.action) == (table, "dynamodb:UpdateItem")} == {
        ("reset", attributes(*(names.get(name, name) for name in RESET))),
        ("reportchange", attributes(*(names.get(name, name) for name in OUTDATE))),
        ("signin", attributes(*(names.get(name, name) for name in UPGRADE))),
    }
    writes = ("dynamodb:Put", "dynamodb:Delete", "dynamodb:BatchWrite", "dynamodb:Partiql")
    assert not [p for p in found if p.resource == table and p.action.startswith(writes)]


COMPOSITE = {
    "tableName": "app",
    "key": {"PK": "USER#{user_id}", "SK": "PROFILE"},
    "attributes": {"password_hash": "auth.hash", "credentials_version": "auth.version"},
    "disabledWhen": {"attribute": "state.code", "values": ["blocked"]},
    "federatedWhen": {"attribute": "idp", "present": True},
}
LOOKUPS: dict[str, tuple[dict[str, Any], dict[tuple[str, str, str], str]]] = {
    "index": (
        {"index": "GSI1", "key": {"GSI1PK": "EMAIL#{email_key}"}},
        {
            ("deliver", "dynamodb:Query", "/index/GSI1"): 'dynamodb:LeadingKeys = ["EMAIL#*"]',
            ("signin", "dynamodb:Query", "/index/GSI1"): 'dynamodb:LeadingKeys = ["EMAIL#*"]',
        },
    ),
    "item": (
        {"key": {"PK": "EMAIL#{email_key}", "SK": "EMAIL"}, "holds": {"owner": "{user_id}"}},
        {
            ("deliver", "dynamodb:GetItem", ""): 'dynamodb:LeadingKeys = ["EMAIL#*"]',
            ("signin", "dynamodb:GetItem", ""): 'dynamodb:LeadingKeys = ["EMAIL#*"]',
        },
    ),
}


@pytest.mark.parametrize(("lookup", "finding"), LOOKUPS.values(), ids=LOOKUPS)
def test_in_a_table_for_everything_accounts_alone_are_reached(
    lookup: dict[str, Any], finding: dict[tuple[str, str, str], str]
) -> None:
    """Row 50: partitions by their prefix, sort keys and the maps of nested attributes among what may be named."""
    block = EVERYTHING | {"usersTable": COMPOSITE | {"lookup": lookup}}
    found = permissions(Template.from_stack(stack({"composite": block}, "composite")).to_json())
    table = "arn:aws:dynamodb:eu-central-1:123456789012:table/app"
    users = 'dynamodb:LeadingKeys = ["USER#*"]'
    upgrade = outdate = attributes("PK", "SK", "auth")
    reset = attributes("PK", "SK", "auth", "email", "state", "idp", "password_changed_at", "password_history")
    assert {
        (p.function, p.action, p.resource.removeprefix(table), p.condition)
        for p in found
        if p.resource.startswith(table)
    } == {
        ("verify", "dynamodb:BatchGetItem", "", users),
        ("verifycode", "dynamodb:GetItem", "", users),
        ("verifyfactor", "dynamodb:BatchGetItem", "", users),
        ("reset", "dynamodb:BatchGetItem", "", users),
        ("reset", "dynamodb:UpdateItem", "", f"{reset}; {users}"),
        ("reportchange", "dynamodb:BatchGetItem", "", users),
        ("reportchange", "dynamodb:UpdateItem", "", f"{outdate}; {users}"),
        ("deliver", "dynamodb:BatchGetItem", "", users),
        ("signin", "dynamodb:BatchGetItem", "", users),
        ("signin", "dynamodb:UpdateItem", "", f"{upgrade}; {users}"),
        ("authorizer", "dynamodb:BatchGetItem", "", users),
        *((name, f"dynamodb:{read}Item", "", users) for name in STARTERS for read in ("Get", "BatchGet")),
        *((name, *place, where) for name in STARTERS for (who, *place), where in finding.items() if who == "deliver"),
        *((*place, where) for place, where in finding.items()),
    }


def test_accounts_behind_a_function_are_asked_for_and_nothing_else() -> None:
    """Row 50: that function and no other, for whoever reads accounts; no users table, no grant on one."""
    function = "arn:aws:lambda:eu-central-1:123456789012:function:directory"
    block = {name: value for name, value in EVERYTHING.items() if name != "usersTable"}
    behind = block | {"directory": "function", "directoryFunction": function, "passwordPolicy": "default"}
    template: dict[str, Any] = dict(Template.from_stack(stack({"behind": behind}, "behind")).to_json())
    found = permissions(template)
    assert {p.function for p in found if (p.action, p.resource) == ("lambda:InvokeFunction", function)} == {
        "verify",
        "verifycode",
        "verifyfactor",
        "reset",
        "reportchange",
        "deliver",
        "signin",
        "authorizer",
        *STARTERS,
    }
    assert {p.resource for p in found if p.action.startswith("lambda:")} == {function}
    assert not any("Users" in p.resource for p in found)
    assert not any("Users" in name for name in of_type(template, "AWS::DynamoDB::Table"))
    variables = properties(template, FUNCTION, "Verify")["Environment"]["Variables"]
    assert {name: value for name, value in variables.items() if name.startswith(("USERS", "DIRECTORY"))} == {
        "DIRECTORY": "function",
        "DIRECTORY_FUNCTION": function,
    }
    assert "UsersTable" not in template["Outputs"]


def test_verifying_addresses_is_allowed_where_it_is_on() -> None:
    """Row 50: one attribute more, of the write that is there."""
    block = EVERYTHING | {"verifyOnReset": True}
    found = permissions(Template.from_stack(stack({"verifying": block}, "verifying")).to_json())
    (reset,) = (
        p for p in found if (p.function, p.action) == ("reset", "dynamodb:UpdateItem") and "mail" in p.condition
    )
    assert '"password_history", "email_verified"]' in reset.condition


def test_where_the_address_is_the_key_nothing_is_looked_up() -> None:
    """Row 50: no query, no read but that of accounts by their key."""
    block = EVERYTHING | {"usersTable": {"tableName": "app", "key": {"email": "{email_key}"}}}
    found = permissions(Template.from_stack(stack({"by-address": block}, "by-address")).to_json())
    table = "arn:aws:dynamodb:eu-central-1:123456789012:table/app"
    assert not any(p.action == "dynamodb:Query" for p in found)
    assert {p.action for p in found if p.function == "deliver" and p.resource == table} == {"dynamodb:BatchGetItem"}


def test_a_user_pool_is_read_by_whoever_reads_accounts_and_written_by_the_reset_alone() -> None:
    """Row 50: that pool and no other, operation by operation; our row beside it; no users table, no grant on one."""
    block = {name: value for name, value in EVERYTHING.items() if name != "usersTable"}
    pool = {"directory": "cognito", "userPool": "eu-central-1_AbCdEfGhI", "passwordPolicy": {"history": 0}}
    block |= pool | {"sessions": False, "verifyOnReset": False, "factors": []}
    template: dict[str, Any] = dict(Template.from_stack(stack({"pool": block}, "pool")).to_json())
    found = permissions(template)
    arn = "arn:aws:cognito-idp:eu-central-1:123456789012:userpool/eu-central-1_AbCdEfGhI"
    starters = ("startreset", "startbyevent")
    readers = ("verify", "verifycode", "reset", "deliver", "reportchange", *starters)
    assert {(p.function, p.action) for p in found if p.action.startswith("cognito-idp")} == {
        *((name, "cognito-idp:AdminGetUser") for name in readers),
        *((name, "cognito-idp:ListUsers") for name in ("deliver", *starters)),
        ("deliver", "cognito-idp:AdminUserGlobalSignOut"),
        ("reportchange", "cognito-idp:AdminUserGlobalSignOut"),
        ("reset", "cognito-idp:AdminSetUserPassword"),
        ("reset", "cognito-idp:AdminUserGlobalSignOut"),
        ("reset", "cognito-idp:DescribeUserPool"),
    }
    assert {p.resource for p in found if p.action.startswith("cognito-idp")} == {arn}
    ours = {(p.function, p.action) for p in found if p.resource == "Accounts"}
    assert {(name, "dynamodb:BatchGetItem") for name in readers} <= ours
    assert {name for name, action in ours if action == "dynamodb:UpdateItem"} == {"reset", "deliver", "reportchange"}
    assert not any("Users" in p.resource for p in found)
    variables = properties(template, FUNCTION, "Verify")["Environment"]["Variables"]
    assert {name: value for name, value in variables.items() if name.startswith(("USER", "DIRECTORY"))} == {
        "DIRECTORY": "cognito",
        "USER_POOL": "eu-central-1_AbCdEfGhI",
    }


def test_the_functions_of_sessions_may_do_exactly_what_they_do(synthesise: Synthesise) -> None:
    """Row 50: where sessions are on; reading a session's account needs no permission on any other table."""
    template = synthesise("everything")
    table = "arn:aws:dynamodb:eu-central-1:123456789012:table/customers"
    places = {table: "users", f"{table}/index/byEmail": "users/index"}
    names = {"signin": "sign_in", "signout": "sign_out", "me": "me", "authorizer": "authorizer"}
    everyones = {*LOGS, *TRACES}
    found = {
        (names[p.function], p.action, "key" if p.action.startswith("kms") else places.get(p.resource, p.resource))
        for p in permissions(template)
        if p.function in names and p.action not in everyones and p.resource != "Pepper"
    }
    assert found == SESSIONS


def test_the_function_of_challenges_may_do_nothing_but_sign(synthesise: Synthesise) -> None:
    """Row 50: it exists where they are on; Turnstile's secret is for whoever checks solutions."""
    found = permissions(synthesise("everything"))
    assert {p for p in found if p.function == "challenge"} == everywhere("challenge")
    assert not any(p.function == "challenge" for p in permissions(synthesise("prod")))
    secret = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:turnstile-AbCdEf"
    turnstile = {"challenge": "turnstile", "turnstileSiteKey": "0x4AAAAAAAexample", "turnstileSecret": secret}
    block = EVERYTHING | turnstile | {"website": None}
    template = Template.from_stack(stack({"turnstile": block}, "turnstile")).to_json()
    assert {p.function for p in permissions(template) if p.resource == secret} == {"forgot"}


def test_the_channels_that_are_on_are_allowed_to_the_worker_alone(synthesise: Synthesise) -> None:
    """Row 50: sending SMS knows no resource; of secrets, those that are named, whether by name or by ARN."""
    found = {(p.function, p.action, p.resource) for p in permissions(synthesise("everything"))}
    assert {p for p in found if p[1] == "sns:Publish"} == {("deliver", "sns:Publish", "*")}
    secret = "arn:aws:secretsmanager:eu-central-1:123456789012:secret"
    assert {p for p in found if p[1] == "secretsmanager:GetSecretValue" and secret in p[2]} == {
        ("deliver", "secretsmanager:GetSecretValue", f"{secret}:password-reset/whatsapp-??????"),
        ("deliver", "secretsmanager:GetSecretValue", f"{secret}:smtp-AbCdEf"),
    }
    assert not any(p.action == "sns:Publish" for p in permissions(synthesise("prod")))


def test_the_table_in_the_docs_is_current() -> None:
    """`make iam` writes it, of an environment with sessions and challenges."""
    assert TABLE.read_text("utf-8") == markdown(permissions(with_everything("dev")))


def test_the_processor_is_a_setting(synthesise: Synthesise) -> None:
    """Of functions and layers alike: one of the wrong processor fails on Lambda alone."""
    template = synthesise("everything")
    ours = [value for name, value in of_type(template, FUNCTION).items() if "Functions" in name]
    assert {function["Properties"]["Architectures"][0] for function in ours} == {"x86_64"}
    layers = [value for name, value in of_type(template, "AWS::Lambda::LayerVersion").items() if "Functions" in name]
    assert [layer["Properties"]["CompatibleArchitectures"] for layer in layers] == [["x86_64"]] * 2


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("name", EXPECTED)
def test_functions_run_on_what_they_are_tested_on(name: str, environment: str, synthesise: Synthesise) -> None:
    """Runtime, processor, tracing, logs and time-outs, the notice's delay among them."""
    function = properties(synthesise(environment), FUNCTION, f"Functions{title_of(name)}")
    assert function["Runtime"] == "python3.13"
    assert function["Architectures"] == ["arm64"]
    assert function["Handler"] == "handler.handler"
    assert function["TracingConfig"] == {"Mode": "Active"}
    assert function["MemorySize"] == (1769 if name == "reset" else 1024)
    assert function["Timeout"] == (30 if name == "deliver" else FUNCTION_TIMEOUT_SECONDS)
    assert function["LoggingConfig"]["LogFormat"] == "JSON"
    assert function["LoggingConfig"]["ApplicationLogLevel"] == "INFO"
    assert function["LoggingConfig"]["LogGroup"]["Ref"].startswith(f"PasswordResetFunctions{title_of(name)}Logs")
    assert len(function["Layers"]) == 2
    capped = environment == "everything" and name in {"reset", "sign_in"}
    assert function.get("ReservedConcurrentExecutions") == (20 if capped else None)
    delay = int(function["Environment"]["Variables"]["NOTIFY_DELAY_SECONDS"])
    assert delay > FUNCTION_TIMEOUT_SECONDS


@pytest.mark.parametrize("environment", [*ENVIRONMENTS, "everything"])
def test_the_environment_is_settings_that_the_functions_take(environment: str, synthesise: Synthesise) -> None:
    """Row 58: every variable is a setting, and of secrets only the name."""
    functions = of_type(synthesise(environment), FUNCTION)
    for function in (functions[name] for name in functions if "Functions" in name):
        variables = function["Properties"]["Environment"]["Variables"]
        texts = {name: value if isinstance(value, str) else "a-name" for name, value in variables.items()}
        assert set(texts) <= {field.upper() for field in Settings.model_fields}
        Settings.from_environment(texts)
        assert set(variables["PEPPER_SECRET"]) == {"Ref"}


@pytest.mark.parametrize(("environment", "days"), [("dev", 7), ("staging", 30), ("prod", 365)])
def test_logs_are_kept_as_long_as_was_set(environment: str, days: int, synthesise: Synthesise) -> None:
    """Of the functions, and of the API where it has access logs."""
    groups = of_type(synthesise(environment), "AWS::Logs::LogGroup")
    assert len(groups) == (7 if environment == "dev" else 8)
    assert {group["Properties"]["RetentionInDays"] for group in groups.values()} == {days}


def test_the_queue_is_mapped_with_partial_failures_and_a_limit(synthesise: Synthesise) -> None:
    """Rows 54 and 60: one poison message fails alone; workers leave the account its concurrency."""
    (mapping,) = of_type(synthesise("prod"), "AWS::Lambda::EventSourceMapping").values()
    assert mapping["Properties"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["Properties"]["ScalingConfig"] == {"MaximumConcurrency": 50}
    assert mapping["Properties"]["BatchSize"] == 5
