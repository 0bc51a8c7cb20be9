"""An environment's settings: what is wrong is told in one message, before anything is built."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from infra.config import Config, function_environment
from infra.tables import TABLES
from password_reset.settings import ServiceSettings, Settings, SettingsError
from tests.infra.conftest import CONTEXT, ENVIRONMENTS, EVERYTHING, ROOT
from tests.waiting import PATIENCE_SECONDS

WRONG = json.loads((Path(__file__).parent / "wrong_settings.json").read_text("utf-8"))


def refusal(environments: object, environment: object) -> str:
    """Return the message with which settings are refused."""
    with pytest.raises(SettingsError) as refused:
        Config.load(environments, environment)
    return str(refused.value)


@pytest.mark.parametrize("case", WRONG, ids=lambda case: ",".join(case["change"]))
def test_a_wrong_setting_is_named_with_what_is_allowed(case: dict[str, Any]) -> None:
    """Unknown, missing and unusable values, each with a line of its own."""
    message = refusal({"dev": ENVIRONMENTS["dev"] | case["change"]}, "dev")
    assert message.startswith("cdk.json, environment dev:\n")
    assert case["message"] in message.splitlines()


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
        (ENVIRONMENTS, None, "Say which environment, as in `make deploy ENV=NAME`: one of dev, staging, prod."),
        (None, "dev", "cdk.json has no context.environments: an object with a block for each environment."),
    ],
)
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
        timeout=PATIENCE_SECONDS,
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
        [*(table.setting for table in TABLES), "QUEUE_URL", "PEPPER_SECRET", "SESSION_KEY_SECRET", "FACTORS_KEY"],
        "name",
    )
    read = Settings.from_environment(function_environment(chosen) | names)
    for field in ServiceSettings.model_fields:
        assert getattr(read, field) == getattr(chosen, field), field
