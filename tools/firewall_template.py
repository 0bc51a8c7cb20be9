"""`make firewall ENV=prod`: the firewall of a distribution before the API, as a template for us-east-1.

AWS keeps the firewalls of distributions there alone, wherever the stack is.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from aws_cdk import App, CfnOutput, Stack

from infra.blocks import blocks
from infra.config import PROD_WAF_RATE_LIMIT, Config
from infra.firewall import web_acl
from password_reset.settings import SettingsError
from tools.firewall import GLOBAL_REGION


def template(config: Config) -> dict[str, Any]:
    """Return the template of a firewall for an environment's distribution."""
    app = App()
    stack = Stack(app, f"password-reset-{config.environment}-firewall")
    limit = config.waf_rate_limit or PROD_WAF_RATE_LIMIT
    acl = web_acl(stack, name=stack.stack_name, limit=limit, blocked=config.blocked_sources, place="CLOUDFRONT")
    CfnOutput(stack, "WebAclArn", value=acl.attr_arn)
    made: dict[str, Any] = app.synth().get_stack_by_name(stack.stack_name).template
    return {name: value for name, value in made.items() if name in {"Resources", "Outputs"}}


def main() -> None:
    """Write the template of ENV's firewall."""
    try:
        # What the block lacks is what this is for.
        found = blocks()
        environment = os.environ.get("ENV", "")
        block = {**found.get(environment, {}), "webAclArn": "arn:aws:wafv2:us-east-1:000000000000:global/webacl/x/x"}
        config = Config.load({**found, environment: block} if environment in found else found, environment)
    except SettingsError as error:
        sys.exit(str(error))
    path = Path("build") / f"firewall-{config.environment}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(template(config), indent=1), "utf-8")
    sys.stdout.write(
        f"aws cloudformation deploy --region {GLOBAL_REGION} --stack-name password-reset-{config.environment}-firewall "
        f"--template-file {path}\nThen set webAclArn to its output WebAclArn.\n"
    )


if __name__ == "__main__":
    main()
