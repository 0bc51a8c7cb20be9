"""Deployments that move callers over bit by bit, and back by themselves when the new version fails: by setting.

Both versions answer meanwhile, on the same tables and queue: each reads what the other writes
(`tests/handlers/test_released.py`).
"""

from collections.abc import Mapping

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.nag import acknowledge

ALIAS = "live"
PACE = {
    "canary": codedeploy.LambdaDeploymentConfig.CANARY_10_PERCENT_5_MINUTES,
    "linear": codedeploy.LambdaDeploymentConfig.LINEAR_10_PERCENT_EVERY_1_MINUTE,
}
NEW_LAYERS_COUNT = "@aws-cdk/aws-lambda:recognizeLayerVersion"
"""The CDK's flag by which a new layer makes a new version: what we deploy is in layers."""


def gradual(scope: Construct, functions: Mapping[str, lambda_.Function], pace: str) -> dict[str, lambda_.IFunction]:
    """Return an alias for each function, which a deployment moves at a pace of `PACE` while its alarm is quiet."""
    application = codedeploy.LambdaApplication(scope, "Deployments")
    role = iam.Role(scope, "DeploymentsRole", assumed_by=iam.ServicePrincipal("codedeploy.amazonaws.com"))
    limited = "Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited"
    acknowledge(role, {f"AwsSolutions-IAM4[{limited}]": "AWS keeps what its own service needs."})
    served: dict[str, lambda_.IFunction] = {}
    for name, function in functions.items():
        title = name.title().replace("_", "")
        alias = lambda_.Alias(scope, f"{title}Live", alias_name=ALIAS, version=function.current_version)
        failing = cloudwatch.Alarm(
            scope,
            f"{title}Failing",
            metric=alias.metric_errors(period=Duration.minutes(1), statistic="Sum"),
            threshold=1,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            alarm_description=f"functions/{name} failed: a deployment under way goes back. See docs/operations.md.",
        )
        codedeploy.LambdaDeploymentGroup(
            scope,
            f"{title}Deployment",
            application=application,
            role=role,
            alias=alias,
            deployment_config=PACE[pace],
            alarms=[failing],
        )
        served[name] = alias
    return served
