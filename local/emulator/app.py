"""A CDK app of several environments at once: `python -m local.emulator.app FILE`, with their blocks in the file."""

import json
import sys
from pathlib import Path

import aws_cdk as cdk

from infra.config import Config
from infra.stack import PasswordResetStack

if __name__ == "__main__":
    root = Path(__file__).parents[2]
    context = json.loads((root / "cdk.json").read_text("utf-8"))["context"]
    blocks = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    app = cdk.App(context=context)
    for environment in blocks:
        PasswordResetStack(app, config=Config.load(blocks, environment))
    app.synth()
