"""`make rotate-secret ENV=…` (or `STACK=…`): give the pepper, the sessions' key or the origin's secret a new value.

Functions read it within five minutes.
After a new pepper every limit starts to count anew, and audit records of before and after cannot be matched with
each other. After a new session key the one before it still verifies. The distribution sends a new origin's secret once
every function knows it, and then the one before it is withdrawn: no request is refused meanwhile.
"""

import os
import secrets
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError

from infra.found import resources
from infra.region import use_region_of
from password_reset.aws.pepper import MIN_LENGTH
from password_reset.aws.secrets import CACHED
from password_reset.edge.source import SECRET_HEADER

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_secretsmanager import SecretsManagerClient

_BYTES = MIN_LENGTH * 3 // 2
SECRETS = {"pepper": "StoragePepper", "session-key": "StorageSessionKey", "origin": "StorageOriginSecret"}
"""The secrets, by what the template calls each."""


class NoSuchSecretError(Exception):
    """The environment is not deployed, or without that secret. The text is for the person who asked."""


def rotate(
    stack: str,
    secret: str,
    *,
    cloudformation: "CloudFormationClient",
    secrets_manager: "SecretsManagerClient",
) -> str:
    """Rotate one of the secrets of a stack; return the new version's id.

    Raises:
        NoSuchSecretError: there is none of that name.
    """
    arn = _secret(stack, secret, cloudformation)
    return secrets_manager.put_secret_value(SecretId=arn, SecretString=secrets.token_urlsafe(_BYTES))["VersionId"]


def rotate_origin(
    stack: str,
    *,
    cloudformation: "CloudFormationClient",
    secrets_manager: "SecretsManagerClient",
    cloudfront: Any,  # noqa: ANN401 - boto3's client of CloudFront
    wait: Callable[[float], None] = time.sleep,
) -> Iterator[str]:
    """Rotate the origin's secret, in functions and distribution; yield what is done, and go on where a run ended.

    Raises:
        NoSuchSecretError: the stack has none.
    """
    arn = _secret(stack, "origin", cloudformation)
    ((_, distribution),) = resources(cloudformation, stack, "AWS::CloudFront::Distribution")
    there = cloudfront.get_distribution_config(Id=distribution)
    headers = [
        header
        for origin in there["DistributionConfig"]["Origins"]["Items"]
        for header in origin.get("CustomHeaders", {}).get("Items", [])
        if header["HeaderName"].lower() == SECRET_HEADER
    ]
    current = secrets_manager.get_secret_value(SecretId=arn)
    if any(header["HeaderValue"] == current["SecretString"] for header in headers):
        secrets_manager.put_secret_value(SecretId=arn, SecretString=secrets.token_urlsafe(_BYTES))
        current = secrets_manager.get_secret_value(SecretId=arn)
    known = current["CreatedDate"] + CACHED
    yield f"The functions know the new secret at {known:%H:%M:%S} UTC. If this is stopped, run it again."
    wait(max(0.0, (known - datetime.now(UTC)).total_seconds()))
    for header in headers:
        header["HeaderValue"] = current["SecretString"]
    cloudfront.update_distribution(
        Id=distribution, IfMatch=there["ETag"], DistributionConfig=there["DistributionConfig"]
    )
    yield f"Distribution {distribution} is told, which takes minutes to reach every edge."
    cloudfront.get_waiter("distribution_deployed").wait(Id=distribution)
    stages = secrets_manager.describe_secret(SecretId=arn)["VersionIdsToStages"]
    for version in (version for version, its in stages.items() if "AWSPREVIOUS" in its):
        secrets_manager.update_secret_version_stage(
            SecretId=arn, VersionStage="AWSPREVIOUS", RemoveFromVersionId=version
        )
    yield "The distribution sends the new secret. The one before it is withdrawn, and refused within five minutes."


def _secret(stack: str, secret: str, cloudformation: "CloudFormationClient") -> str:
    try:
        cloudformation.describe_stacks(StackName=stack.partition("/")[0])
    except ClientError as error:
        message = f"There is no stack {stack} here: {error.response['Error'].get('Message')}"
        raise NoSuchSecretError(message) from None
    there = resources(cloudformation, stack, "AWS::SecretsManager::Secret")
    named = [arn for logical, arn in there if secret in SECRETS and SECRETS[secret] in logical]
    if len(named) != 1:
        message = f"SECRET cannot be {secret!r}. Allowed: one of {', '.join(SECRETS)}, where the stack has it."
        if named:
            message = f"Stack {stack} has the service {len(named)} times. Say which, as in STACK={stack}/CONSTRUCT."
        raise NoSuchSecretError(message)
    return named[0]


def main(arguments: Sequence[str]) -> None:
    """Rotate what the command line names."""
    (secret,) = arguments
    environment = os.environ.get("ENV", "")
    use_region_of(environment)
    stack = os.environ.get("STACK") or f"password-reset-{environment}"
    cloudformation, secrets_manager = boto3.client("cloudformation"), boto3.client("secretsmanager")
    try:
        if secret == "origin":  # noqa: S105 - a name
            cloudfront = boto3.client("cloudfront")
            for told in rotate_origin(
                stack, cloudformation=cloudformation, secrets_manager=secrets_manager, cloudfront=cloudfront
            ):
                print(told, flush=True)
            return
        version = rotate(stack, secret, cloudformation=cloudformation, secrets_manager=secrets_manager)
    except NoSuchSecretError as error:
        sys.exit(str(error))
    print(f"The {secret} has a new value, version {version}. Functions read it within five minutes.")


if __name__ == "__main__":
    main(sys.argv[1:])
