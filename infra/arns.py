"""ARNs of what is not created here."""

from aws_cdk import Stack
from constructs import Construct


def arn(scope: Construct, service: str, resource: str) -> str:
    """Return the ARN of a resource in the stack's own account and region."""
    stack = Stack.of(scope)
    return f"arn:{stack.partition}:{service}:{stack.region}:{stack.account}:{resource}"


def secret_arn(scope: Construct, name: str) -> str:
    """Return the ARN of a secret that a setting names, or tells: Secrets Manager appends six characters to a name."""
    return name if name.startswith("arn:") else f"{arn(scope, 'secretsmanager', 'secret')}:{name}-??????"
