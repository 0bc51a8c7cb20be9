"""What is generated is current, and describes what is answered."""

import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from infra.routes import ROUTES
from local.openapi import document, generated
from password_reset.edge.problems import ANSWERS
from password_reset.errors import DeliveryInProgress, Error, Superseded, Undeliverable
from tests.world import World

ROOT = Path(__file__).parents[2]


def resolved(schema: Any, root: dict[str, Any]) -> Any:
    return {**schema, "components": root["components"]}


def test_the_description_is_a_valid_one_and_current() -> None:
    validate(document())
    for path, text in generated().items():
        assert path.read_text("utf-8") == text, f"{path.name} is stale: run make openapi"


def test_every_route_and_every_problem_is_described_with_an_example() -> None:
    description = document()
    assert set(description["paths"]) == {route.path for route in ROUTES}
    for path in description["paths"].values():
        for operation in path.values():
            for status, response in operation["responses"].items():
                if status == "204":
                    continue
                (content,) = response["content"].values()
                assert content["examples"], operation["operationId"]
                validator = Draft202012Validator(resolved(content["schema"], description))
                for example in content["examples"].values():
                    validator.validate(example["value"])


def test_every_refusal_has_an_answer() -> None:
    """One table in `http.py`; what only workers meet is no caller's."""

    def tree(kind: type[Error]) -> set[type[Error]]:
        return {kind}.union(*map(tree, kind.__subclasses__()))

    assert tree(Error) - ANSWERS.keys() == {
        Error,
        DeliveryInProgress,
        Undeliverable,
        Superseded,
    }


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/auth/forgot-password", {"email": "demo@example.com"}, "200"),
        ("/auth/forgot-password", {"email": 1}, "400"),
        ("/auth/verify-reset-token", {"token": "x"}, "200"),
        ("/auth/reset-password", {"token": "x", "newPassword": "x"}, "400"),
    ],
)
def test_answers_are_as_described(moto_world: World, path: str, body: dict[str, Any], status: str) -> None:
    description = document()
    answer = moto_world.call(path, body)
    assert str(answer.status) == status
    (content,) = description["paths"][path]["post"]["responses"][status]["content"].values()
    Draft202012Validator(resolved(content["schema"], description)).validate(answer.json)


def test_the_layer_carries_no_boto() -> None:
    """It comes with the runtime."""
    text = (ROOT / "layers/dependencies/requirements.txt").read_text("utf-8")
    assert not re.search(r"^(boto3|botocore|aws-xray-sdk)==", text, re.MULTILINE)
