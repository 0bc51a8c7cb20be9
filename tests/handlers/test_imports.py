"""What each function imports to start, to the module of ours and the package of others: it uses all of it."""

import json
import os
import subprocess
import sys

import pytest

from local import cloud

# Imports a handler, makes its use cases, and prints what that imported of ours and of installed packages.
START = """
import importlib, json, site, sys
sys.modules["cryptography"] = None  # which the layer has not, and jwt would take
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
BOTOCORE = {"botocore", "certifi", "dateutil", "jmespath", "six", "urllib3"}
PYDANTIC = {"annotated_types", "pydantic", "pydantic_core", "typing_extensions", "typing_inspection"}
PACKAGES = BOTOCORE | PYDANTIC | {"aws_lambda_powertools"}
SETTINGS = {"settings", "catalogue", "identifiers", "limits", "policy", "user_attributes", "items", "clock", "errors"}
EVERYWHERE = SETTINGS | {"bootstrap", "collector", "audit", "pepper"}
HTTP = {"http", "api", "api.model", "api.problem", "devices", "problems"}
WITH_BODIES = {"forgot", "verify", "verify_code", "reset", "sign_in", "me"}
SESSIONS = {"sessions", "signing_keys", "users"}
TOKENS = {"service", "service.verify_token", "tokens", "users"}


@pytest.mark.parametrize(
    ("function", "use_cases", "modules", "packages"),
    [
        (
            "forgot",
            "request_reset",
            HTTP | {"service", "service.request_reset", "messages", "secret"},
            "",
        ),
        ("verify", "verify_token", HTTP | TOKENS, ""),
        (
            "verify_code",
            "verify_code",
            HTTP | {"service", "service.verify_code", "codes", "secret", "tokens", "transactions", "users"},
            "",
        ),
        (
            "reset",
            "reset_password",
            HTTP | TOKENS | {"service.reset_password", "messages", "passwords", "transactions"},
            "bcrypt",
        ),
        (
            "deliver",
            "deliver_reset notify_change",
            {"batch", "messages", "devices", "recipients", "users", "codes", "tokens", "secret", "suppressions"}
            | {"service", "service.deliver_reset", "service.sender", "service.notify_change", "deliveries", "events"}
            | {"channels", "channels.email", "channels.ses", "channels.phone"},
            "jinja2 markupsafe",
        ),
        (
            "feedback",
            "record_feedback",
            {"feedback", "service", "service.record_feedback", "deliveries", "suppressions", "secret"},
            "",
        ),
        (
            "sign_in",
            "sign_in",
            HTTP | SESSIONS | {"service", "service.sign_in", "passwords", "sign_ins", "secret"},
            "bcrypt jwt",
        ),
        ("sign_out", "sessions", HTTP | SESSIONS, "jwt"),
        ("me", "", HTTP, ""),
        ("authorizer", "sessions", HTTP | SESSIONS | {"authorizer"}, "jwt"),
    ],
)
def test_a_function_imports_what_it_uses(function: str, use_cases: str, modules: set[str], packages: str) -> None:
    """No boto3, and nothing of another function's."""
    environment = cloud.default_settings(8000) | {"PATH": os.environ["PATH"], "AWS_DEFAULT_REGION": "us-east-1"}
    environment |= {"PYTHONPATH": ".:layers/shared/python", "BCRYPT_COST": "10"}
    command = [sys.executable, "-c", START, function, *use_cases.split()]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    ours, others = json.loads(ended.stdout)
    assert set(ours) == EVERYWHERE | modules | {f"api.{name}" for name in WITH_BODIES & {function}}
    assert set(others) == PACKAGES | set(packages.split())
