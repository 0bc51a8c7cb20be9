"""An environment's settings: what is wrong is told in one message, before anything is built."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from infra.config import Config, function_environment
from password_reset.settings import ServiceSettings, Settings, SettingsError
from tests.infra.conftest import CONTEXT, ENVIRONMENTS, EVERYTHING, ROOT

ARN = "arn:aws:acm:eu-central-1:123456789012:certificate/0f1e2d3c"
WEBSITE = (
    "an object with domainName, certificateArn (in us-east-1), signInUrl, logoUrl; allowedOrigins must have the origin "
    "of frontendUrl"
)


def refusal(environments: object, environment: object) -> str:
    """Return the message with which settings are refused."""
    with pytest.raises(SettingsError) as refused:
        Config.load(environments, environment)
    return str(refused.value)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"frontendURL": "x"}, "frontendURL is no setting. Did you mean frontendUrl?"),
        ({"nonsense": 1}, "nonsense is no setting."),
        ({"mailFrom": None}, "mailFrom cannot be None. Allowed: one email address, alone or as in "
         "`Example <no-reply@example.com>`."),
        ({"frontendUrl": "http://www.example.com"}, "frontendUrl cannot be 'http://www.example.com'. Allowed: an https "
         "URL, or http for localhost, without query and fragment."),
        ({"allowedOrigins": ["http://www.example.com"]}, "allowedOrigins cannot be 'http://www.example.com' (0: Value "
         "error, not usable). Allowed: origins as in `https://www.example.com`, https or http for localhost, separated "
         "by commas."),
        ({"supportEmail": "support"}, "supportEmail cannot be 'support'. Allowed: one email address."),
        ({"alarmEmail": "a@example.com,b@example.com"},
         "alarmEmail cannot be 'a@example.com,b@example.com'. Allowed: one email address."),
        ({"sandboxRecipients": ["tester"]}, "sandboxRecipients cannot be 'tester' (0: Value error, not one email "
         "address). Allowed: email addresses verified in SES, for as long as the account is in its sandbox."),
        ({"account": "1234"}, "account cannot be '1234'. Allowed: an AWS account's 12 digits."),
        ({"region": "frankfurt"}, "region cannot be 'frankfurt'. Allowed: an AWS region as in `eu-central-1`."),
        ({"notifyDelaySeconds": 28}, "notifyDelaySeconds cannot be 28. Allowed: whole seconds from 29, for a reset may "
         "run for 28, to 900."),
        ({"maximumConcurrency": 1},
         "maximumConcurrency cannot be 1. Allowed: a whole number from 2 to 1000: workers that deliver at once."),
        ({"logRetentionDays": 10}, "logRetentionDays cannot be 10. Allowed: one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, "
         "180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653."),
        ({"accessLogs": "perhaps"}, "accessLogs cannot be 'perhaps'. Allowed: true, once the account's API Gateway has a "
         "CloudWatch role, or false."),
        ({"protectData": "perhaps"}, "protectData cannot be 'perhaps'. Allowed: true: tables and audit logs outlive the "
         "stack; or false: they go with it."),
        ({"wafRateLimit": 5},
         "wafRateLimit cannot be 5. Allowed: requests from one address in five minutes, from 10, or null."),
        ({"domainName": "https://api.example.com", "certificateArn": ARN}, "domainName cannot be "
         "'https://api.example.com'. Allowed: a domain name in lower case as in `api.example.com`."),
        ({"domainName": "api.example.com"}, "certificateArn cannot be None. Allowed: the ARN of a certificate for "
         "domainName in the same region; both or neither."),
        ({"usersTable": {"name": "customers"}}, "usersTable cannot be {'name': 'customers'} (tableName: Field required). "
         "Allowed: an object with tableName, key, index, attributes, kmsKeyArn."),
        ({"usersTable": {"tableName": "customers", "attributes": {"emial": "mail"}}}, "usersTable cannot be 'mail' "
         "(attributes.emial: Extra inputs are not permitted). Allowed: an object with tableName, key, index, attributes, "
         "kmsKeyArn."),
        ({"website": {"certificateArn": ARN}}, f"website cannot be {ARN!r} (certificateArn: String should match pattern "
         "'^arn:aws[a-z-]*:acm:us-east-1:\\d{12}:certificate/[A-Za-z0-9-]+$'). Allowed: " + WEBSITE + "."),
        ({"website": {}, "frontendUrl": "https://other.example.com"}, f"website cannot be {{}}. Allowed: {WEBSITE}."),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_named_with_what_is_allowed(change: dict[str, Any], expected: str) -> None:
    """Unknown, missing and unusable values, each with a line of its own."""
    message = refusal({"dev": ENVIRONMENTS["dev"] | change}, "dev")
    assert message.startswith("cdk.json, environment dev:\n")
    assert expected in message.splitlines()


def test_a_missing_setting_is_named() -> None:
    """Missing is told as missing."""
    block = {name: value for name, value in ENVIRONMENTS["dev"].items() if name != "supportEmail"}
    assert refusal({"dev": block}, "dev") == (
        "cdk.json, environment dev:\nsupportEmail is missing. Allowed: one email address."
    )


@pytest.mark.parametrize(
    ("environments", "environment", "expected"),
    [
        (ENVIRONMENTS, "prd", "cdk.json has no environment 'prd'. Did you mean prod? It has: dev, staging, prod."),
        (ENVIRONMENTS, "q", "cdk.json has no environment 'q'. It has: dev, staging, prod."),
        (ENVIRONMENTS, None, "Say which environment, as in `make deploy ENV=NAME` or `cdk deploy -c env=NAME`: dev, "
         "staging, prod."),
        (None, "dev", "cdk.json has no context.environments: an object with a block for each environment."),
        ({"Prod": ENVIRONMENTS["prod"]}, "Prod", "cdk.json, environment Prod:\nenvironment cannot be 'Prod'. Allowed: "
         "1 to 20 lower-case letters, digits and hyphens."),
    ],
)  # fmt: skip
def test_an_unknown_environment_is_told_with_those_there_are(
    environments: object, environment: object, expected: str
) -> None:
    """Which environment is meant is never guessed."""
    assert refusal(environments, environment) == expected


def test_a_wrong_setting_ends_the_app_before_synthesis() -> None:
    """One message on standard error, exit 1, no template."""
    context = {**CONTEXT, "env": "dev", "environments": {"dev": ENVIRONMENTS["dev"] | {"mailFrom": "nobody"}}}
    ended = subprocess.run(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env=os.environ | {"CDK_CONTEXT_JSON": json.dumps(context)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == (
        "cdk.json, environment dev:\nmailFrom cannot be 'nobody'. Allowed: one email address, alone or as in "
        "`Example <no-reply@example.com>`.\n"
    )


@pytest.mark.parametrize("environment", [*ENVIRONMENTS, "everything"])
def test_the_functions_read_back_what_was_set(environment: str) -> None:
    """What goes through environment variables arrives as it was chosen."""
    policy = {"minLength": 12, "requireSymbol": True, "symbols": "!?"}
    chosen = Config.load(
        {**ENVIRONMENTS, "everything": EVERYTHING | {"passwordPolicy": policy, "resetLimitPerSource": 0}}, environment
    )
    names = dict.fromkeys(
        ["USERS_TABLE", "RESET_TOKENS_TABLE", "LIMITS_TABLE", "DELIVERIES_TABLE", "QUEUE_URL", "PEPPER_SECRET"], "name"
    )
    read = Settings.from_environment(function_environment(chosen) | names)
    for field in ServiceSettings.model_fields:
        assert getattr(read, field) == getattr(chosen, field), field
