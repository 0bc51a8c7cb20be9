"""The region that an environment's block names, for commands with a shell's credentials."""

import os
from pathlib import Path

from infra.blocks import CDK_JSON, blocks


def use_region_of(environment: str, cdk_json: Path = CDK_JSON) -> None:
    """Have AWS's clients go to the block's region, whatever the shell's is; without one, the shell's stays."""
    if region := blocks(cdk_json).get(environment, {}).get("region"):
        os.environ["AWS_REGION"] = os.environ["AWS_DEFAULT_REGION"] = region
