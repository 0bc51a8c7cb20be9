"""`make rotate-secret ENV=…`: give the pepper a new value; functions read it within five minutes.

Every limit starts to count anew, and audit records of before and after cannot be matched with each other.
"""

import secrets
import sys
from typing import TYPE_CHECKING

import boto3

from password_reset.pepper import MIN_LENGTH

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_secretsmanager import SecretsManagerClient

_BYTES = MIN_LENGTH * 3 // 2
_OUTPUT = "PepperSecret"


def rotate(environment: str, *, cloudformation: "CloudFormationClient", secrets_manager: "SecretsManagerClient") -> str:
    """Rotate an environment's pepper; return the new version's id."""
    (stack,) = cloudformation.describe_stacks(StackName=f"password-reset-{environment}")["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    rotated = secrets_manager.put_secret_value(SecretId=outputs[_OUTPUT], SecretString=secrets.token_urlsafe(_BYTES))
    return rotated["VersionId"]


if __name__ == "__main__":
    version = rotate(
        sys.argv[1],
        cloudformation=boto3.client("cloudformation"),
        secrets_manager=boto3.client("secretsmanager"),
    )
    sys.stdout.write(f"The pepper has a new value, version {version}. Functions read it within five minutes.\n")
