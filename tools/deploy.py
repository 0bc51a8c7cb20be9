"""`make deploy ENV=prod`: the doctor, the CDK's deployment, and the smoke test of what was deployed.

A first deployment of protected data goes in two steps: protection of the stack and its tables would keep CloudFormation
from taking back one that fails, and what it left would keep the next one from starting.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import boto3

from infra.config import Config
from infra.stack import UNPROTECTED
from tools import doctor

ROOT = Path(__file__).parents[1]
CDK = ROOT / "node_modules" / ".bin" / "cdk"


def main(arguments: Sequence[str]) -> None:
    """Deploy; end with an error where one of the three finds a reason."""
    config = doctor.main()
    client = boto3.Session(region_name=config.region).client
    first = config.protect_data and doctor.stack(config, client) is None
    for context in [["--context", f"{UNPROTECTED}=true"], []] if first else [[]]:
        deploy(config, *context, *arguments)
    if os.environ.get("SMOKE") != "no":
        deployed = doctor.stack(config, client)
        outputs = deployed.get("Outputs", []) if deployed else []
        (url,) = [output["OutputValue"] for output in outputs if output.get("OutputKey") == "ApiUrl"]
        # A whole reset needs somebody to read its email: without a mailbox, what everybody sees is checked.
        run(sys.executable, "-m", "tools.smoke", URL=url, ENV=config.environment if os.environ.get("IMAP") else "")


def deploy(config: Config, *arguments: str) -> None:
    """Have the CDK deploy an environment."""
    run(CDK, "--context", f"env={config.environment}", "--no-notices", "deploy", *arguments)


def run(*command: str | Path, **environment: str) -> None:
    """Run a program here, and end as it does if it fails."""
    ended = subprocess.run(list(map(str, command)), cwd=ROOT, env=os.environ | environment, check=False)  # noqa: S603
    if ended.returncode:
        sys.exit(ended.returncode)


if __name__ == "__main__":
    main(sys.argv[1:])
