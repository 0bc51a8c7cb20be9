"""Other people's rules: cdk-nag's packs and cfn-lint."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

from tests.infra.conftest import CONTEXT, ENVIRONMENTS, ROOT, Synthesise, stack
from tests.waiting import PATIENCE_SECONDS
from tests.whole import WHOLE


def test_nag_packs_and_cfn_lint_find_nothing(synthesise: Synthesise, tmp_path: Path) -> None:
    """Rows 48 and 49: AwsSolutions and Serverless raise while synthesising; cfn-lint reads what came out. By night of
    every environment.
    """
    for environment in [*(ENVIRONMENTS if WHOLE else ["prod"]), "everything"]:
        (tmp_path / f"{environment}.json").write_text(json.dumps(synthesise(environment)), "utf-8")
    cfn_lint: list[str | Path] = [
        Path(sys.executable).parent / "cfn-lint",
        "--regions",
        "eu-central-1",
        "--template",
        *tmp_path.glob("*.json"),
        ROOT / "infra" / "github-role.json",
    ]
    checked = subprocess.run(cfn_lint, cwd=ROOT, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


def test_the_nag_packs_are_on() -> None:
    """Rows 48 and 49: something that they know to be wrong fails."""
    wrong = stack(ENVIRONMENTS, "dev")
    s3.Bucket(wrong, "Bucket")
    with pytest.raises(RuntimeError, match="AwsSolutions-S10"):
        Template.from_stack(wrong)


def test_the_environments_are_those_that_are_documented() -> None:
    """A block each, and no setting of one that others could not have."""
    assert list(CONTEXT["environments"]) == ["dev", "staging", "prod"]
