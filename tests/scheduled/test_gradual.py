"""Gradual deployments, by setting: callers reach an alias, which goes back by itself."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template
from cdk_nag import AwsSolutionsChecks, ServerlessChecks

from infra.config import Config
from infra.stack import PasswordReset
from tests.infra.conftest import ENVIRONMENTS, of_type

BLOCK = ENVIRONMENTS["dev"] | {"gradualDeployment": "canary", "sessions": True, "operatorEventSource": "example.crm"}


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    """In an app that has none of our flags, with the nag packs watching."""
    app = cdk.App(context={"aws:cdk:bundling-stacks": []})
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app), ServerlessChecks(app))
    stack = cdk.Stack(app, "shop")
    PasswordReset(stack, "Reset", config=Config.load({"dev": BLOCK}, "dev"))
    return dict(Template.from_stack(stack).to_json())


def test_every_function_moves_by_an_alarm_of_its_own(template: dict[str, Any]) -> None:
    functions = [name for name in of_type(template, "AWS::Lambda::Function") if name.startswith("ResetFunctions")]
    aliases = of_type(template, "AWS::Lambda::Alias")
    assert len(functions) == len(aliases) > 10
    for alias in aliases.values():
        assert alias["Properties"]["Name"] == "live"
        moved = alias["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
        group = template["Resources"][moved["DeploymentGroupName"]["Ref"]]["Properties"]
        assert group["DeploymentConfigName"] == "CodeDeployDefault.LambdaCanary10Percent5Minutes"
        assert "DEPLOYMENT_STOP_ON_ALARM" in group["AutoRollbackConfiguration"]["Events"]
        ((alarm,),) = [group["AlarmConfiguration"]["Alarms"]]
        watched = template["Resources"][alarm["Name"]["Ref"]]["Properties"]
        assert (watched["MetricName"], watched["Threshold"], watched["Period"]) == ("Errors", 1, 60)


def test_callers_reach_aliases_alone(template: dict[str, Any]) -> None:
    """The gateway, its authorizer, the queue and the rules: whoever called a function itself would skip the version."""
    aliases = set(of_type(template, "AWS::Lambda::Alias"))
    named: list[object] = []
    for method in of_type(template, "AWS::ApiGateway::Method").values():
        uri = method["Properties"]["Integration"].get("Uri")
        named += (
            [part["Ref"] for part in uri["Fn::Join"][1] if isinstance(part, dict) and "Live" in str(part)]
            if uri
            else []
        )
        assert not uri or "Live" in str(uri)
    (mapping,) = of_type(template, "AWS::Lambda::EventSourceMapping").values()
    assert "Live" in str(mapping["Properties"]["FunctionName"])
    for rule in of_type(template, "AWS::Events::Rule").values():
        assert [target["Arn"]["Ref"] in aliases for target in rule["Properties"]["Targets"]] == [True]
    (authorizer,) = of_type(template, "AWS::ApiGateway::Authorizer").values()
    assert "AuthorizerLive" in str(authorizer["Properties"]["AuthorizerUri"])
    assert set(named) <= aliases


def test_a_new_layer_makes_new_versions(template: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """In an app without the CDK's flag for it too: our code is in layers, and an old version would go on serving."""
    monkeypatch.setattr("infra.layers.asset_hash", lambda *_: "0" * 64)
    stack = cdk.Stack(cdk.App(context={"aws:cdk:bundling-stacks": []}), "shop")
    PasswordReset(stack, "Reset", config=Config.load({"dev": BLOCK}, "dev"))
    later = dict(Template.from_stack(stack).to_json())
    before, after = (set(of_type(each, "AWS::Lambda::Version")) for each in (template, later))
    assert len(before) == len(after) > 10
    assert before & after == set()


def test_it_is_off_by_default() -> None:
    assert Config.load(ENVIRONMENTS, "prod").gradual_deployment is None
