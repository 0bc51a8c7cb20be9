"""How long things are kept: by the stack, and after it.

Log groups are explicit, so that each has a retention and no function needs a right to create one.
"""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.config import RETENTION_DAYS, Config

# CDK names the periods; theirs and ours are in the same order.
_RETENTION = dict(zip(RETENTION_DAYS, logs.RetentionDays, strict=False))


def log_group(scope: Construct, construct_id: str, *, config: Config) -> logs.LogGroup:
    """Return a log group of this environment: it holds the audit trail, so it is protected as the data is."""
    return logs.LogGroup(
        scope,
        construct_id,
        retention=_RETENTION[config.log_retention_days],
        removal_policy=removal_policy(config),
    )


def removal_policy(config: Config) -> RemovalPolicy:
    """Return what becomes of an environment's data when its stack goes.

    A create that is rolled back keeps nothing: what it left behind would make the next one fail.
    """
    return RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE if config.protect_data else RemovalPolicy.DESTROY
