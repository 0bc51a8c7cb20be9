"""The template for whoever has no CDK: it names zips that are there, in a bucket that is a parameter."""

import json
from pathlib import Path

from infra.config import Config
from tests.infra.conftest import CONTEXT, ENVIRONMENTS, of_type
from tools.template import PREFIX, write


def test_every_zip_is_there_and_nothing_needs_a_bootstrap(tmp_path: Path) -> None:
    """Layers, functions, pages; the layers' own bytes are tested elsewhere."""
    config = Config.load({"dev": ENVIRONMENTS["dev"] | {"website": {}}}, "dev")
    path = write(config, tmp_path / "out", {**CONTEXT, "aws:cdk:bundling-stacks": []})
    text = path.read_text("utf-8")
    template = json.loads(text)
    assert path.name == "password-reset-dev.template.json"
    assert len(text) < 1_000_000
    assert set(template["Parameters"]) == {"AssetsBucket"}
    assert not [word for word in ("hnb659fds", "BootstrapVersion", "cdk-assets") if word in text]
    bucket = {"Fn::Sub": "${AssetsBucket}"}
    code = [each["Properties"]["Code"] for each in of_type(template, "AWS::Lambda::Function").values()]
    code += [each["Properties"]["Content"] for each in of_type(template, "AWS::Lambda::LayerVersion").values()]
    named = {each["S3Key"] for each in code}
    assert [each["S3Bucket"] for each in code if each["S3Bucket"] != bucket] == []
    (files,) = of_type(template, "Custom::CDKBucketDeployment").values()
    named |= set(files["Properties"]["SourceObjectKeys"])
    there = {str(found.relative_to(path.parent)) for found in path.parent.rglob("*") if found.suffix == ".zip"}
    assert named == there
    assert {name.startswith(PREFIX) for name in named} == {True}
