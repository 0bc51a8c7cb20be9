"""The environments' blocks of `cdk.json`, for whoever is not an app of the CDK."""

import json
from pathlib import Path
from typing import Any

CDK_JSON = Path(__file__).parents[1] / "cdk.json"


def blocks(cdk_json: Path = CDK_JSON) -> dict[str, Any]:
    """Return them by the environments' names; none where there's no such file, as in the package."""
    if not cdk_json.exists():
        return {}
    found: dict[str, Any] = json.loads(cdk_json.read_text("utf-8"))["context"].get("environments", {})
    return found
