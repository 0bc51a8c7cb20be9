"""Commands go to the region that the block of their environment names."""

import json
import os
from pathlib import Path

import pytest

from infra.region import use_region_of


@pytest.mark.parametrize(
    ("environment", "region"), [("prod", "eu-west-1"), ("dev", "eu-central-1"), ("prud", "eu-central-1")]
)
def test_the_blocks_region_before_the_shells(
    environment: str, region: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "eu-central-1")
    cdk_json = tmp_path / "cdk.json"
    cdk_json.write_text(json.dumps({"context": {"environments": {"prod": {"region": "eu-west-1"}, "dev": {}}}}))
    use_region_of(environment, cdk_json)
    assert (os.environ["AWS_REGION"], os.environ["AWS_DEFAULT_REGION"]) == (region, region)
