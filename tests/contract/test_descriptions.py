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
from password_reset.passwords.policy import PRESETS
from password_reset.passwords.rules import rules
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


@pytest.mark.settings(FACTORS="totp,recovery_code", OPERATOR_API="true")
def test_every_body_has_an_example_that_is_taken(world: World) -> None:
    """It works as it stands: the service reads it, and refuses at most what only a real token or session opens."""
    world.add_user()
    for path, operations in document()["paths"].items():
        for operation in operations.values():
            for example in _bodies(operation):
                assert world.call(path, example["value"]).json.get("code") not in {"invalid_request", "not_found"}, path


def _bodies(operation: dict[str, Any]) -> list[Any]:
    body = operation.get("requestBody", {"content": {"application/json": {"examples": {}}}})
    return list(body["content"]["application/json"]["examples"].values())


def test_members_are_told_as_they_are_sent() -> None:
    """No default: generators would make a member of a request a required one. What an answer has is required in it."""
    schemas = document()["components"]["schemas"]
    members = [(name, member) for name, schema in schemas.items() for member in schema.get("properties", {}).values()]
    assert [name for name, member in members if "default" in member] == []
    required = {name: set(schema.get("required", ())) for name, schema in schemas.items()}
    assert required["ForgotPasswordRequest"] == {"email"}
    assert required["ForgotPasswordAnswer"] == {"message", "flow"}
    assert required["VerifyResetTokenAnswer"] == {"valid"}
    assert required["PasswordPolicy"] == schemas["PasswordPolicy"]["properties"].keys()
    nullable = {name for name, member in members if {"type": "null"} in member.get("anyOf", ())}
    assert nullable == {"ForgotPasswordRequest", "StartResetRequest", "PasswordPolicy"}


def test_every_route_says_when_it_is_asked_too_often() -> None:
    """The gateway answers 429 on any, also where the function never does."""
    for operations in document()["paths"].values():
        for operation in operations.values():
            assert "Retry-After" in operation["responses"]["429"]["headers"]
            assert operation["tags"]


def test_every_code_is_listed() -> None:
    """Of a problem, and of one field: programs read them."""
    schemas = document()["components"]["schemas"]
    assert set(schemas["Problem"]["properties"]["code"]["enum"]) == {error.code for error in ANSWERS}
    source = "\n".join(path.read_text("utf-8") for path in (ROOT / "layers" / "shared").rglob("*.py"))
    issued = set(re.findall(r'Issue\([^,()]*(?:\([^()]*\))?[^,()]*, "([a-z_]+)"', source))
    ruled = {code for _, code, _ in rules(PRESETS["default"], "x", ())}
    assert issued >= {"missing", "malformed", "harder", "breached"}
    assert set(schemas["FieldProblem"]["properties"]["code"]["enum"]) == issued | ruled


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
def test_answers_are_as_described(world: World, path: str, body: dict[str, Any], status: str) -> None:
    description = document()
    answer = world.call(path, body)
    assert str(answer.status) == status
    (content,) = description["paths"][path]["post"]["responses"][status]["content"].values()
    Draft202012Validator(resolved(content["schema"], description)).validate(answer.json)
