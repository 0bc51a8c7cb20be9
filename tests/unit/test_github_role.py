"""The role by which GitHub deploys: it says whose, and may do what a deployment and its doctor do."""

import json
from pathlib import Path
from typing import Any

TEMPLATE = Path(__file__).parents[2] / "infra" / "github-role.json"
ROLE: dict[str, Any] = json.loads(TEMPLATE.read_text("utf-8"))["Resources"]["Role"]["Properties"]


def test_one_environment_of_one_repository_assumes_it() -> None:
    """Not a branch, a pull request or a fork: GitHub's environment has the approvals."""
    (statement,) = ROLE["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Condition"] == {
        "StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": {"Fn::Sub": "repo:${Repository}:environment:${Environment}"},
        }
    }


def test_it_assumes_the_cdks_roles_and_otherwise_reads() -> None:
    (policy,) = ROLE["Policies"]
    allowed = {
        action: statement["Sid"]
        for statement in policy["PolicyDocument"]["Statement"]
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    }
    assert {action for action, sid in allowed.items() if sid == "CDK"} == {"sts:AssumeRole"}
    words = {action.partition(":")[2] for action, sid in allowed.items() if sid != "CDK"}
    assert {word for word in words if not word.startswith(("Get", "Describe", "List", "GET"))} == set()
    (roles,) = [s["Resource"] for s in policy["PolicyDocument"]["Statement"] if s["Sid"] == "CDK"]
    names = [role["Fn::Sub"].partition(":role/cdk-${Qualifier}-")[2].partition("-role-")[0] for role in roles]
    assert names == ["deploy", "file-publishing", "lookup"]
