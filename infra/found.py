"""What a stack has, and of several of the service in one stack those of one: `stack/construct`."""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

SETTINGS = "password-reset:settings"
"""The kind of metadata in `cdk.out` that has a construct's settings."""
_ROOMS = "Storage|Functions|Api|Monitoring|Mail|Website"
"""What `PasswordReset` is composed of: logical ids go on with one of these behind the construct's own id."""


def resources(cloudformation: "CloudFormationClient", stack: str, kind: str) -> list[tuple[str, str]]:
    """Return a stack's resources of a kind: what the template and what AWS calls each."""
    name, _, construct = stack.partition("/")
    ours = re.compile(rf"{re.sub('[^A-Za-z0-9]', '', construct)}({_ROOMS})" if construct else "")
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=name)
    return [
        (resource["LogicalResourceId"], resource["PhysicalResourceId"])
        for page in pages
        for resource in page["StackResourceSummaries"]
        if resource["ResourceType"] == kind and ours.match(resource["LogicalResourceId"])
    ]


def services(functions: list[tuple[str, str]]) -> dict[str, str]:
    """Return the functions that deliver, by the constructs that they belong to."""
    return {name.partition("Functions")[0]: function for name, function in functions if "FunctionsDeliver" in name}
