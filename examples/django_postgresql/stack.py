"""The directory function as a stack of its own, in the database's VPC: ours stay outside of it, and invoke it.

Deploy it before the service, and give the service its ARN (`directoryFunction`). The package is a folder with
`handler.py`, the database's certificate authority as `ca.pem`, and psycopg, built for the function's processor:
`pip install --target build/directory --platform manylinux2014_aarch64 --only-binary :all: "psycopg[binary]"`.
"""

from collections.abc import Sequence

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

TIMEOUT_SECONDS = 4
"""Less than the service waits for an answer."""


class DirectoryStack(Stack):
    """A function in the private subnets, that may read one secret and reach the database's port."""

    def __init__(  # noqa: PLR0913 - what a VPC has
        self,
        scope: Construct,
        construct_id: str,
        *,
        package: str,
        vpc_id: str,
        availability_zones: Sequence[str],
        private_subnet_ids: Sequence[str],
        database_security_group_id: str,
        database_host: str,
        database_name: str,
        database_secret_arn: str,
        database_port: int = 5432,
    ) -> None:
        super().__init__(scope, construct_id)
        vpc = ec2.Vpc.from_vpc_attributes(
            self,
            "Vpc",
            vpc_id=vpc_id,
            availability_zones=list(availability_zones),
            private_subnet_ids=list(private_subnet_ids),
        )
        database = ec2.SecurityGroup.from_security_group_id(self, "Database", database_security_group_id)
        own = ec2.SecurityGroup(self, "Directory", vpc=vpc, allow_all_outbound=True)
        database.add_ingress_rule(own, ec2.Port.tcp(database_port), "The directory function")
        secret = secretsmanager.Secret.from_secret_complete_arn(self, "Secret", database_secret_arn)
        function = lambda_.Function(
            self,
            "Function",
            code=lambda_.Code.from_asset(package),
            handler="handler.handler",
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=lambda_.Architecture.ARM_64,
            memory_size=512,
            timeout=Duration.seconds(TIMEOUT_SECONDS),
            vpc=vpc,
            security_groups=[own],
            environment={
                "PGHOST": database_host,
                "PGPORT": str(database_port),
                "PGDATABASE": database_name,
                "PGSSLMODE": "verify-full",
                "PGSSLROOTCERT": "/var/task/ca.pem",
                "DATABASE_SECRET": database_secret_arn,
            },
        )
        secret.grant_read(function)
        CfnOutput(self, "DirectoryFunction", value=function.function_arn)
