"""The example's stack: in the VPC, one secret, and no permission of ours."""

import json
from pathlib import Path

import aws_cdk as cdk
from aws_cdk.assertions import Template

from examples.django_postgresql.stack import DirectoryStack
from infra.routes import FUNCTION_TIMEOUT_SECONDS


def test_the_function_reaches_its_database_and_one_secret(tmp_path: Path) -> None:
    (tmp_path / "handler.py").write_text("")
    secret = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:database-AbCdEf"
    stack = DirectoryStack(
        cdk.App(),
        "directory",
        package=str(tmp_path),
        vpc_id="vpc-1",
        availability_zones=["eu-central-1a"],
        private_subnet_ids=["subnet-1"],
        database_security_group_id="sg-1",
        database_host="db.example.com",
        database_name="django",
        database_secret_arn=secret,
    )
    template = Template.from_stack(stack)
    (function,) = template.find_resources("AWS::Lambda::Function").values()
    properties = function["Properties"]
    assert properties["VpcConfig"]["SubnetIds"] == ["subnet-1"]
    assert properties["Timeout"] < FUNCTION_TIMEOUT_SECONDS
    assert properties["Environment"]["Variables"]["PGSSLMODE"] == "verify-full"
    (ingress,) = template.find_resources("AWS::EC2::SecurityGroupIngress").values()
    assert (ingress["Properties"]["GroupId"], ingress["Properties"]["FromPort"]) == ("sg-1", 5432)
    (policy,) = template.find_resources("AWS::IAM::Policy").values()
    statements = policy["Properties"]["PolicyDocument"]["Statement"]
    assert {statement["Resource"] for statement in statements} == {secret}
    assert "PGPASSWORD" not in json.dumps(template.to_json())
