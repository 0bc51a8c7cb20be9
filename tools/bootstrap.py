"""`make bootstrap ENV=dev`: prepare an environment's account and region for the CDK, once for all stacks there."""

import os
import sys
from collections.abc import Sequence

import boto3

from infra.blocks import blocks
from infra.config import Config
from password_reset.settings import SettingsError
from tools.deploy import CDK, run


def main(arguments: Sequence[str]) -> None:
    """Have the CDK do it, in the block's place or in that of the credentials."""
    try:
        config = Config.load(blocks(), os.environ.get("ENV"))
    except SettingsError as error:
        sys.exit(str(error))
    session = boto3.Session(region_name=config.region)
    account = config.account or session.client("sts").get_caller_identity()["Account"]
    if session.region_name is None:
        sys.exit("Which region? Set AWS_REGION, or region in the block.")
    run(CDK, "bootstrap", f"aws://{account}/{session.region_name}", "--no-notices", *arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
