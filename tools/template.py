"""`make template ENV=prod`: the stack as one CloudFormation template with its zips, for whoever deploys by other means.

SAM, Terraform and CloudFormation itself need no CDK then: the zips go into a bucket, whose name is the parameter
`AssetsBucket`, under the names that they have here.
"""

import json
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk

from infra import packages
from infra.blocks import CDK_JSON, blocks
from infra.config import Config
from infra.stack import PasswordResetStack
from password_reset import __version__
from password_reset.settings import SettingsError
from tools.package import pack

TARGET = Path(__file__).parents[1] / "build" / "template"
PREFIX = f"password-reset/{__version__}/"
PARAMETER = "AssetsBucket"


def write(config: Config, target: Path, context: Mapping[str, Any]) -> Path:
    """Write an environment's template and its zips into a folder; return the template's path."""
    app = cdk.App(context=dict(context))
    synthesizer = cdk.DefaultStackSynthesizer(
        file_assets_bucket_name=f"${{{PARAMETER}}}", bucket_prefix=PREFIX, generate_bootstrap_version_rule=False
    )
    stack = PasswordResetStack(app, config=config, synthesizer=synthesizer)
    cdk.CfnParameter(stack, PARAMETER, description=f"The bucket that holds the zips, under {PREFIX}")
    assembly = Path(app.synth().directory)
    manifest = json.loads((assembly / f"{stack.stack_name}.assets.json").read_text("utf-8"))
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    template = target / f"{stack.stack_name}.template.json"
    for asset in manifest["files"].values():
        source = assembly / asset["source"]["path"]
        (place,) = asset["destinations"].values()
        if source.name == f"{stack.stack_name}.template.json":
            # Validated by CloudFormation, whose limit is 1 MB; with spaces it would be read by people alone.
            template.write_text(json.dumps(json.loads(source.read_text("utf-8")), separators=(",", ":")), "utf-8")
            continue
        zipped = target / place["objectKey"]
        zipped.parent.mkdir(parents=True, exist_ok=True)
        if asset["source"]["packaging"] == "zip":
            pack(source, zipped)
        else:
            shutil.copyfile(source, zipped)
    return template


def main() -> None:
    """Write ENV's, and say how it is deployed."""
    try:
        packages.refuse_other_pythons()
        config = Config.load(blocks(), os.environ.get("ENV"))
    except (SettingsError, packages.WrongPythonError) as error:
        sys.exit(str(error))
    context = json.loads(CDK_JSON.read_text("utf-8"))["context"]
    if os.environ.get("FIRST"):
        config = config.model_copy(update={"protect_data": False})
    template = write(config, TARGET, context)
    name, root = template.name.partition(".")[0], template.parent.relative_to(Path.cwd())
    print(f"aws s3 cp --recursive {root}/password-reset s3://BUCKET/password-reset")
    print(
        f"aws cloudformation deploy --stack-name {name} --template-file {root}/{template.name} --s3-bucket BUCKET "
        f"--capabilities CAPABILITY_IAM --parameter-overrides {PARAMETER}=BUCKET"
    )


if __name__ == "__main__":
    main()
