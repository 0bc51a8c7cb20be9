"""`make rotate-secret ENV=…` (or `STACK=…`): give the pepper, or the sessions' key, a new value.

Functions read it within five minutes.
After a new pepper every limit starts to count anew, and audit records of before and after cannot be matched with
each other. After a new session key the one before it still verifies.
"""

import os
import secrets
import sys
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import ClientError

from infra.found import resources
from infra.region import use_region_of
from password_reset.aws.pepper import MIN_LENGTH

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_secretsmanager import SecretsManagerClient

_BYTES = MIN_LENGTH * 3 // 2
SECRETS = {"pepper": "StoragePepper", "session-key": "StorageSessionKey"}
"""The secrets, by what the template calls each."""


class NoSuchSecretError(Exception):
    """The environment is not deployed, or without that secret. The text is for the person who asked."""


def rotate(
    environment: str,
    secret: str,
    *,
    stack: str = "",
    cloudformation: "CloudFormationClient",
    secrets_manager: "SecretsManagerClient",
) -> str:
    """Rotate one of the secrets of an environment, or of another stack; return the new version's id.

    Raises:
        NoSuchSecretError: there is none of that name.
    """
    name = stack or f"password-reset-{environment}"
    try:
        cloudformation.describe_stacks(StackName=name.partition("/")[0])
    except ClientError as error:
        message = f"There is no stack {name} here: {error.response['Error'].get('Message')}"
        raise NoSuchSecretError(message) from None
    there = resources(cloudformation, name, "AWS::SecretsManager::Secret")
    named = [arn for logical, arn in there if secret in SECRETS and SECRETS[secret] in logical]
    if len(named) != 1:
        message = f"SECRET cannot be {secret!r}. Allowed: one of {', '.join(SECRETS)}, where the stack has it."
        if named:
            message = f"Stack {name} has the service {len(named)} times. Say which, as in STACK={name}/CONSTRUCT."
        raise NoSuchSecretError(message)
    value = secrets.token_urlsafe(_BYTES)
    return secrets_manager.put_secret_value(SecretId=named[0], SecretString=value)["VersionId"]


def main() -> None:
    """Rotate what the command line names."""
    environment, secret = sys.argv[1:]
    use_region_of(environment)
    try:
        version = rotate(
            environment,
            secret,
            stack=os.environ.get("STACK", ""),
            cloudformation=boto3.client("cloudformation"),
            secrets_manager=boto3.client("secretsmanager"),
        )
    except NoSuchSecretError as error:
        sys.exit(str(error))
    sys.stdout.write(f"The {secret} has a new value, version {version}. Functions read it within five minutes.\n")


if __name__ == "__main__":
    main()
