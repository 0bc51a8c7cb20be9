"""The region that an environment's block names, for commands with a shell's credentials."""

import json
import os
from pathlib import Path

_CDK_JSON = Path(__file__).parents[1] / "cdk.json"


def use_region_of(environment: str, cdk_json: Path = _CDK_JSON) -> None:
    """Have AWS's clients go to the block's region, whatever the shell's is; without one, the shell's stays."""
    environments = json.loads(cdk_json.read_text("utf-8"))["context"]["environments"]
    if region := environments.get(environment, {}).get("region"):
        os.environ["AWS_REGION"] = os.environ["AWS_DEFAULT_REGION"] = region
