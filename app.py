"""Where the CDK starts: one environment's block of `cdk.json`, as a stack, checked by the nag packs."""

import sys

import aws_cdk as cdk
from cdk_nag import AwsSolutionsChecks, ServerlessChecks

from infra import packages
from infra.config import Config
from infra.stack import PasswordResetStack
from password_reset.settings import SettingsError

app = cdk.App()
try:
    packages.refuse_other_pythons()
    config = Config.load(app.node.try_get_context("environments"), app.node.try_get_context("env"))
except (SettingsError, packages.WrongPythonError) as error:
    sys.exit(str(error))
PasswordResetStack(app, config=config)
cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app), ServerlessChecks(app))
app.synth()
