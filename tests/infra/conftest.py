"""Templates to look into: each environment's, and one of an environment that turns everything on."""

import json
import os
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "20")  # its warning is on stderr

import aws_cdk as cdk
from aws_cdk.assertions import Template
from cdk_nag import AwsSolutionsChecks, ServerlessChecks

from infra.config import Config
from infra.stack import PasswordResetStack

ROOT = Path(__file__).parent.parent.parent
CONTEXT: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text("utf-8"))["context"]
ENVIRONMENTS: dict[str, dict[str, Any]] = CONTEXT["environments"]
EVERYTHING = ENVIRONMENTS["dev"] | {
    "account": "123456789012",
    "region": "eu-central-1",
    "architecture": "x86_64",
    "usersTable": {
        "tableName": "customers",
        "key": "customerId",
        "index": "byEmail",
        "attributes": {"email": "mail", "password_hash": "passwordHash"},
        "kmsKeyArn": "arn:aws:kms:eu-central-1:123456789012:key/0f1e2d3c-0000-4000-8000-000000000000",
    },
    "allowedOrigins": ["https://dev.example.com"],
    "passwordPolicy": "classic",
    "tokenTtlSeconds": 3600,
    "accessLogs": True,
    "sessions": True,
    "challenge": "altcha",
    "factors": ["totp", "recovery_code"],
    "operatorApi": True,
    "operatorEventSource": "example.crm",
    "channels": ["email", "sms", "whatsapp"],
    "fallbackChannel": "sms",
    "emailStyle": "both",
    "smsCountries": ["49", "43"],
    "smsSenderId": "Example",
    "whatsappPhoneNumberId": "106540352242922",
    "whatsappTemplate": "reset_code",
    "whatsappSecret": "password-reset/whatsapp",
    "mailTransport": "smtp",
    "smtpHost": "smtp.example.com",
    "smtpSecret": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:smtp-AbCdEf",
    "alarms": "all",
    "dashboard": True,
    "alarmEmail": "operations@example.com",
    "wafRateLimit": 500,
    "reservedConcurrency": 20,
    "domainName": "api.example.com",
    "website": {},
    "certificateArn": "arn:aws:acm:eu-central-1:123456789012:certificate/0f1e2d3c-0000-4000-8000-000000000000",
}

type Resources = dict[str, dict[str, Any]]
type Synthesise = Callable[[str], dict[str, Any]]


def stack(environments: dict[str, dict[str, Any]], environment: str, **context: str) -> PasswordResetStack:
    """Return a stack with the nag packs watching; the layers are not built."""
    app = cdk.App(context={**CONTEXT, "aws:cdk:bundling-stacks": [], **context})
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app), ServerlessChecks(app))
    return PasswordResetStack(app, config=Config.load(environments, environment))


@pytest.fixture(scope="session")
def synthesise() -> Synthesise:
    """Return an environment's template; a finding of a nag pack raises."""

    @cache
    def synthesised(environment: str) -> dict[str, Any]:
        environments = {**ENVIRONMENTS, "everything": EVERYTHING}
        return dict(Template.from_stack(stack(environments, environment)).to_json())

    return synthesised


def of_type(template: dict[str, Any], kind: str) -> Resources:
    """Return a template's resources of a type, by logical id."""
    return {name: resource for name, resource in template["Resources"].items() if resource["Type"] == kind}


def properties(template: dict[str, Any], kind: str, name: str) -> dict[str, Any]:
    """Return the properties of the one resource of a type whose logical id has a name, before all else at its end."""
    named = {key: resource for key, resource in of_type(template, kind).items() if name in key}
    exactly = [resource for key, resource in named.items() if re.search(rf"{name}[0-9A-F]{{8}}$", key)]
    (found,) = exactly or named.values()
    result: dict[str, Any] = found["Properties"]
    return result
