"""`make rotate-secret ENV=…`: give the pepper, or the sessions' key, a new value.

Functions read it within five minutes.
After a new pepper every limit starts to count anew, and audit records of before and after cannot be matched with
each other. After a new session key the one before it still verifies.
"""

import secrets
import sys
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import ClientError

from infra.region import use_region_of
from password_reset.aws.pepper import MIN_LENGTH

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_secretsmanager import SecretsManagerClient

_BYTES = MIN_LENGTH * 3 // 2
OUTPUTS = {"pepper": "PepperSecret", "session-key": "SessionKeySecret"}
"""The secrets, by the stack's output that names each."""


class NoSuchSecretError(Exception):
    """The environment is not deployed, or without that secret. The text is for the person who asked."""


def rotate(
    environment: str,
    secret: str,
    *,
    cloudformation: "CloudFormationClient",
    secrets_manager: "SecretsManagerClient",
) -> str:
    """Rotate one of an environment's secrets; return the new version's id.

    Raises:
        NoSuchSecretError: there is none of that name.
    """
    name = f"password-reset-{environment}"
    try:
        (stack,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        message = f"There is no stack {name} here: {error.response['Error'].get('Message')}"
        raise NoSuchSecretError(message) from None
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
    arn = outputs.get(OUTPUTS.get(secret, ""))
    if arn is None:
        message = f"SECRET cannot be {secret!r}. Allowed: one of {', '.join(OUTPUTS)}, where the stack has it."
        raise NoSuchSecretError(message)
    return secrets_manager.put_secret_value(SecretId=arn, SecretString=secrets.token_urlsafe(_BYTES))["VersionId"]


def main() -> None:
    """Rotate what the command line names."""
    environment, secret = sys.argv[1:]
    use_region_of(environment)
    try:
        version = rotate(
            environment,
            secret,
            cloudformation=boto3.client("cloudformation"),
            secrets_manager=boto3.client("secretsmanager"),
        )
    except NoSuchSecretError as error:
        sys.exit(str(error))
    sys.stdout.write(f"The {secret} has a new value, version {version}. Functions read it within five minutes.\n")


if __name__ == "__main__":
    main()
