"""What each function may do, read from the template: `docs/iam.md`, and what the tests compare.

`python -m infra.permissions` writes the table; a test tells when it is stale.
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aws_cdk as cdk

from infra.config import Config
from infra.stack import PasswordResetStack

ROOT = Path(__file__).parent.parent
_ALL = {"sessions": True, "challenge": "altcha", "factors": ["totp", "recovery_code"]}
_ALL |= {"operatorApi": True, "operatorEventSource": "example.crm"}
TABLE = ROOT / "docs" / "iam.md"
_LOGICAL_ID = re.compile(r"^PasswordReset(?:Storage|Functions|Mail)?(\w+?)(?:[0-9A-F]{8})?$")
_ARN = re.compile(r"^arn:\{Partition\}:(\w+):\{Region\}:\{AccountId\}:")


@dataclass(frozen=True, order=True)
class Permission:
    """One action that a function may take on one resource, under a condition or none."""

    function: str
    action: str
    resource: str
    condition: str = ""


def permissions(template: Mapping[str, Any]) -> list[Permission]:
    """Return every permission of every function's role, sorted."""
    resources = template["Resources"]
    functions = {
        resource["Properties"]["Role"]["Fn::GetAtt"][0]: readable(name).lower()
        for name, resource in resources.items()
        if resource["Type"] == "AWS::Lambda::Function" and name.startswith("PasswordReset")
    }
    return sorted(
        permission
        for resource in resources.values()
        if resource["Type"] == "AWS::IAM::Policy"
        for role in resource["Properties"]["Roles"]
        if role["Ref"] in functions
        for permission in _statements(functions[role["Ref"]], resource["Properties"]["PolicyDocument"])
    )


def readable(value: Any) -> str:  # noqa: ANN401 - whatever stands in a template
    """Return a template's value as people name it: a resource by its construct's name."""
    match value:
        case {"Fn::GetAtt": [name, *_]} | {"Ref": name}:
            return "{" + name.removeprefix("AWS::") + "}" if name.startswith("AWS::") else readable(name)
        case {"Fn::Join": [separator, parts]}:
            joined: str = separator.join(map(readable, parts))
            return _ARN.sub(r"\1 ", joined)
        case str():
            named = _LOGICAL_ID.match(value)
            return named[1] if named else value
    return json.dumps(value)


def markdown(found: list[Permission]) -> str:
    """Return the table for `docs/iam.md`."""
    rows = [f"| {p.function} | `{p.action}` | {p.resource} | {p.condition} |" for p in found]
    return "\n".join([_HEAD, *rows, ""])


def synthesise(environment: str, *, with_everything: bool = True) -> dict[str, Any]:
    """Return an environment's template with all of it on, or as it is set, without building the layers."""
    settings = json.loads((ROOT / "cdk.json").read_text("utf-8"))["context"]
    block = settings["environments"][environment] | (_ALL if with_everything else {})
    app = cdk.App(context={**settings, "aws:cdk:bundling-stacks": []})
    stack = PasswordResetStack(app, config=Config.load({environment: block}, environment))
    template: dict[str, Any] = app.synth().get_stack_by_name(stack.stack_name).template
    return template


def _statements(function: str, document: Mapping[str, Any]) -> Iterator[Permission]:
    for statement in document["Statement"]:
        if statement["Effect"] != "Allow":
            continue
        for action in _as_list(statement["Action"]):
            for resource in _as_list(statement["Resource"]):
                condition = "; ".join(
                    f"{key} = {readable(value)}"
                    for operator in statement.get("Condition", {}).values()
                    for key, value in operator.items()
                )
                yield Permission(function, action, readable(resource), condition)


def _as_list(value: Any) -> list[Any]:  # noqa: ANN401 - IAM writes one as it is, several as a list
    return value if isinstance(value, list) else [value]


_HEAD = """# What each function may do

`make iam` makes this table from the template of `dev`, and a test fails when it is out of date. Every function has its
own role, with these permissions and no others. `*` only appears where AWS has no resource level: for X-Ray, and for
`sns:Publish` to phones, which functions/deliver has if `sms` is in `channels`.

- Sending is allowed on the sender's address, its domain and those above, whichever is the identity, and on the
  configuration sets; only ever from the sender's address. The SES sandbox also checks recipients, so `dev` allows its
  `sandboxRecipients` too. SES checks a raw message in `SendEmail` as `ses:SendRawEmail`.
- An existing users table with a KMS key adds `kms:Decrypt` on that key, only through DynamoDB, to verify, verify_code,
  reset, report_change and deliver.
- `TransactWriteItems` has no action of its own: its updates need `dynamodb:UpdateItem`, its puts `dynamodb:PutItem`.

| function | action | resource | condition |
|---|---|---|---|"""


if __name__ == "__main__":
    TABLE.write_text(markdown(permissions(synthesise("dev"))), "utf-8")
    sys.stdout.write(f"{TABLE.relative_to(ROOT)} written\n")
