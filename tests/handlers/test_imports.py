"""What each function imports to start, to the module of ours and the package of others: it uses all of it."""

import json
import os
import subprocess
import sys

import pytest

from local import cloud
from tests.waiting import PATIENCE_SECONDS

# Imports a handler, makes its use cases, and prints what that imported of ours and of installed packages.
START = """
import importlib, json, site, sys
# The layer has neither; jwt would take the one, and Powertools takes the other to add its name to its requests.
sys.modules["cryptography"] = sys.modules["botocore"] = None
function, *use_cases = sys.argv[1:]
importlib.import_module(f"functions.{function}.handler")
from password_reset.bootstrap import bootstrap
for use_case in use_cases:
    getattr(bootstrap(), use_case)
[packages] = site.getsitepackages()
files = {name: getattr(module, "__file__", None) or "" for name, module in sys.modules.items()}
ours = [name.removeprefix("password_reset.") for name in files if name.startswith("password_reset.")]
others = {name.partition(".")[0] for name, file in files.items() if file.startswith(packages)}
print(json.dumps([ours, sorted(others)]))
"""


def wiring(*rooms: str) -> set[str]:
    return {f"{room}.wiring" for room in rooms}


PYDANTIC = {"annotated_types", "pydantic", "pydantic_core", "typing_extensions", "typing_inspection"}
PACKAGES = PYDANTIC | {"aws_lambda_powertools", "jmespath"}
SETTINGS = {
    "settings",
    "channels.words.catalogue",
    "accounts.identifiers",
    "levers",
    "limits.windows",
    "passwords.policy",
    "passwords.hashers",
    "accounts.attributes",
    "accounts.shape",
    "aws.items",
    "clock",
    "errors",
}
CLIENT = {f"aws.{name}" for name in ("clients", "client", "connections", "errors", "services", "signature")}
EVERYWHERE = SETTINGS | CLIENT | {"bootstrap", "delivery", "aws.collector", "audit", "aws.pepper"}
HTTP = {"edge.http", "edge.api", "edge.api.model", "edge.api.problem", "devices", "edge.problems"}
WITH_BODIES = {"forgot", "verify", "verify_code", "reset", "report_change", "sign_in", "me", "challenge"}
PASSWORDS = {f"passwords.{name}" for name in ("passwords", "rules", "common", "context", "patterns")} | {
    "passwords.wiring",
    "passwords.hashers.bcrypt",
}
SESSIONS = wiring("sessions", "accounts") | {
    "sessions.sessions",
    "sessions.signed",
    "sessions.signing_keys",
    "accounts.directory",
    "accounts.dynamodb",
}
TOKENS = wiring("proofs", "accounts") | {
    "service.verify_token",
    "proofs.tokens",
    "proofs.standing",
    "accounts.directory",
    "accounts.dynamodb",
}
OWN = {"proofs.own", "proofs.reports", "proofs.stood"}


@pytest.mark.parametrize(
    ("function", "use_cases", "modules", "packages"),
    [
        (
            "forgot",
            "request_reset",
            HTTP | wiring("limits", "delivery") | {"service.request_reset", "delivery.messages", "aws.secrets"},
            "",
        ),
        (
            "challenge",
            "issue_challenge",
            HTTP | wiring("proofs") | {"service.issue_challenge", "proofs.challenges"},
            "",
        ),
        (
            "start_reset",
            "start_reset",
            HTTP
            | TOKENS - {"service.verify_token", "proofs.tokens", "proofs.standing"} - wiring("proofs")
            | wiring("limits", "delivery")
            | {"service.start_reset", "edge.api.start", "delivery.messages", "delivery.recipients", "aws.secrets"},
            "",
        ),
        ("verify", "verify_token", HTTP | TOKENS | OWN, ""),
        (
            "verify_code",
            "verify_code",
            HTTP
            | TOKENS - {"service.verify_token"}
            | wiring("limits")
            | {"service.verify_code", "proofs.codes", "aws.secrets", "aws.transactions"},
            "",
        ),
        (
            "reset",
            "reset_password",
            HTTP
            | TOKENS
            | OWN
            | wiring("delivery")
            | PASSWORDS
            | {"service.reset_password", "service.writes", "delivery.messages", "aws.transactions"},
            "bcrypt",
        ),
        (
            "report_change",
            "report_change",
            HTTP
            | wiring("accounts", "delivery", "proofs")
            | {
                "service.report_change",
                *OWN - {"proofs.own"},
                "proofs.standing",
                "delivery.messages",
                "aws.transactions",
            }
            | {"accounts.directory", "accounts.dynamodb"},
            "",
        ),
        (
            "deliver",
            "deliver_reset notify_change",
            wiring("accounts", "channels", "delivery", "limits", "proofs")
            | {
                "edge.batch",
                "delivery.messages",
                "devices",
                "delivery.recipients",
                "accounts.directory",
                "accounts.dynamodb",
                "proofs.codes",
                "proofs.reports",
                "proofs.standing",
                "proofs.stood",
                "proofs.tokens",
                "aws.secrets",
                "delivery.suppressions",
                "delivery.changes",
            }
            | {
                "service.deliver_reset",
                "service.sender",
                "service.notices",
                "service.notify_change",
                "delivery.deliveries",
                "delivery.events",
            }
            | {
                "channels",
                "channels.brands",
                "channels.colours",
                "channels.email",
                "channels.headers",
                "channels.names",
                "channels.transports.ses",
                "channels.phone",
                "channels.segments",
            },
            "jinja2 markupsafe",
        ),
        (
            "feedback",
            "record_feedback",
            wiring("delivery")
            | {
                "delivery.feedback",
                "service",
                "service.record_feedback",
                "delivery.deliveries",
                "delivery.suppressions",
                "aws.secrets",
            },
            "",
        ),
        (
            "sign_in",
            "sign_in",
            HTTP
            | SESSIONS
            | PASSWORDS
            | wiring("limits", "proofs")
            | {"proofs.reports", "proofs.standing", "proofs.stood"}
            | {"service.sign_in", "limits.sign_ins", "sessions.known_devices", "aws.secrets"},
            "bcrypt jwt",
        ),
        ("sign_out", "sessions", HTTP | SESSIONS, "jwt"),
        ("me", "", HTTP, ""),
        ("authorizer", "sessions", HTTP | SESSIONS | {"edge.authorizer"}, "jwt"),
    ],
)
def test_a_function_imports_what_it_uses(function: str, use_cases: str, modules: set[str], packages: str) -> None:
    """Nothing of boto3, and nothing of another function's."""
    environment = cloud.default_settings(8000) | {"PATH": os.environ["PATH"], "AWS_DEFAULT_REGION": "us-east-1"}
    environment |= {"PYTHONPATH": ".:layers/shared/python", "BCRYPT_COST": "10"}
    command = [sys.executable, "-c", START, function, *use_cases.split()]
    ended = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=True, timeout=PATIENCE_SECONDS
    )
    ours, others = json.loads(ended.stdout)
    expected = EVERYWHERE | modules | {f"edge.api.{name}" for name in WITH_BODIES & {function}}
    rooms = {
        ".".join(parts[:depth]) for parts in (name.split(".") for name in expected) for depth in range(1, len(parts))
    }
    assert set(ours) == expected | rooms
    assert set(others) == PACKAGES | set(packages.split())
