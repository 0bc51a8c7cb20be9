"""The deployment that a tool is about: `ENV` or `STACK` names it, and its worker's own settings are used."""

import os
import re
import sys

import boto3

from infra import found
from infra.region import use_region_of
from password_reset.bootstrap import Bootstrap, bootstrap
from tools.clients import OperatorsClient


def deployed() -> Bootstrap:
    """Return the collaborators with the settings of the stack of `ENV` or `STACK`, or else the environment's."""
    use_region_of(os.environ.get("ENV", ""))
    if stack := stack_name():
        return Bootstrap(settings_of(stack), make_client=OperatorsClient)
    return bootstrap()


def stack_name() -> str:
    """Return the stack that `STACK` or `ENV` names, or an empty text; of several in a stack, `stack/construct`."""
    environment = os.environ.get("ENV")
    return os.environ.get("STACK") or (f"password-reset-{environment}" if environment else "")


def settings_of(stack: str) -> dict[str, str]:
    """Return the environment variables of a stack's functions/deliver."""
    there = found.services(resources(stack, "AWS::Lambda::Function"))
    if len(there) > 1:
        each = " or ".join(f"STACK={stack}/{construct}" for construct in sorted(there))
        sys.exit(f"Stack {stack} has the service {len(there)} times. Say which: {each}.")
    if not there:
        sys.exit(f"Stack {stack} has no functions/deliver.")
    (function,) = there.values()
    configuration = boto3.client("lambda").get_function_configuration(FunctionName=function)
    return configuration["Environment"]["Variables"]


def api_url(stack: str) -> str:
    """Return the address of a stack's API, by its outputs."""
    name, _, construct = stack.partition("/")
    (there,) = boto3.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    told = {output.get("OutputKey", ""): output.get("OutputValue", "") for output in there.get("Outputs", [])}
    own = re.sub("[^A-Za-z0-9]", "", construct)
    urls = [url for key, url in told.items() if "ApiUrl" in key and key.startswith(own)]
    if len(urls) != 1:
        sys.exit(
            f"Stack {stack} has {len(urls)} outputs of an ApiUrl: give the address as URL, or STACK=stack/construct."
        )
    return urls[0]


def resources(stack: str, kind: str) -> list[tuple[str, str]]:
    """Return a stack's resources of a kind: what the template and what AWS calls each."""
    return found.resources(boto3.client("cloudformation"), stack, kind)
