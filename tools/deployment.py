"""The deployment that a tool is about: `ENV` names it, and its worker's own settings are used."""

import os
import sys

import boto3

from password_reset.bootstrap import Bootstrap, bootstrap


def deployed() -> Bootstrap:
    """Return the collaborators with the settings of the stack of `ENV` or `STACK`, or else the environment's."""
    environment, stack = os.environ.get("ENV"), os.environ.get("STACK")
    stack = stack or (f"password-reset-{environment}" if environment else "")
    return Bootstrap(settings_of(stack)) if stack else bootstrap()


def settings_of(stack: str) -> dict[str, str]:
    """Return the environment variables of a stack's functions/deliver."""
    pages = boto3.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack)
    functions = [
        resource["PhysicalResourceId"]
        for page in pages
        for resource in page["StackResourceSummaries"]
        if resource["ResourceType"] == "AWS::Lambda::Function" and "Deliver" in resource["LogicalResourceId"]
    ]
    if len(functions) != 1:
        sys.exit(f"Stack {stack} has no functions/deliver.")
    configuration = boto3.client("lambda").get_function_configuration(FunctionName=functions[0])
    return configuration["Environment"]["Variables"]
