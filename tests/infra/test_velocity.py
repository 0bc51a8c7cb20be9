"""The gateway's own answers: their templates run on a Velocity port, with what the gateway is documented to give."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from local.emulator.velocity import render
from tests.infra.conftest import ENVIRONMENTS, Synthesise, of_type

MOCKED = pytest.mark.parametrize("environment", [*ENVIRONMENTS, "everything"])
ABSENT = pytest.mark.parametrize("absent", [None, ""], ids=["null", "empty"])
PREFLIGHT = {"Access-Control-Allow-Headers": "Content-Type,Authorization", "Access-Control-Max-Age": "86400"}


def answers(template: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    """Return the response template of every method that the gateway answers itself, by method and status."""
    return {
        (name, response["StatusCode"]): response["ResponseTemplates"]["application/json"]
        for name, method in of_type(dict(template), "AWS::ApiGateway::Method").items()
        if method["Properties"]["Integration"]["Type"] == "MOCK"
        for response in method["Properties"]["Integration"]["IntegrationResponses"]
    }


def origins(template: Mapping[str, Any]) -> list[str]:
    """Return the origins that an environment allows, as its functions know them."""
    functions = of_type(dict(template), "AWS::Lambda::Function").values()
    variables = [function["Properties"].get("Environment", {}).get("Variables", {}) for function in functions]
    (allowed,) = {names["ALLOWED_ORIGINS"] for names in variables if "ALLOWED_ORIGINS" in names}
    return str(allowed).split(",")


@MOCKED
@ABSENT
@pytest.mark.parametrize("header", ["Origin", "origin"])
def test_a_configured_origin_gets_its_headers(
    header: str, absent: str | None, environment: str, synthesise: Synthesise
) -> None:
    """Row 43: each of them, in whatever case HTTP carried the header, whatever the gateway has for an absent one."""
    template = synthesise(environment)
    found = answers(template)
    assert {status for _, status in found} == {"200", "204"}
    for origin in origins(template):
        for (_, status), text in found.items():
            rendered = render(text, {header: origin, "Accept": "*/*"}, absent=absent)
            cors = {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}
            if status == "200":
                assert rendered.headers == {**cors, "Access-Control-Expose-Headers": "Retry-After"}
                assert json.loads(rendered.body)["maxBytes"] == 72
            else:
                methods = rendered.headers.pop("Access-Control-Allow-Methods")
                assert methods in {"POST,OPTIONS", "GET,OPTIONS"}
                assert rendered.headers == {**cors, **PREFLIGHT}
                assert not rendered.body


@MOCKED
@ABSENT
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": ""},
        {"Origin": "null"},
        {"Origin": "https://evil.example"},
        {"origin": "https://dev.example.com.evil.example"},
        {"Origin": "HTTPS://DEV.EXAMPLE.COM"},
        {"Origin": "https://dev.example.com, https://evil.example"},
        {"Origin": "$context.responseOverride"},
        {"Origin": '" || "" == "'},
        {"X-Origin": "https://dev.example.com"},
    ],
)
def test_no_other_origin_gets_any(
    headers: dict[str, str], absent: str | None, environment: str, synthesise: Synthesise
) -> None:
    """Row 43: nor a request without one, whose answer is the same body."""
    for (_, status), text in answers(synthesise(environment)).items():
        rendered = render(text, headers, absent=absent)
        assert rendered.headers == {}
        assert (json.loads(rendered.body)["minLength"] >= 8) if status == "200" else not rendered.body


@MOCKED
def test_a_request_chooses_its_answer_by_a_status_alone(environment: str, synthesise: Synthesise) -> None:
    """The request's template, which the mock integration reads, is the same JSON for everybody."""
    for method in of_type(synthesise(environment), "AWS::ApiGateway::Method").values():
        integration = method["Properties"]["Integration"]
        if integration["Type"] == "MOCK":
            (text,) = integration["RequestTemplates"].values()
            (response,) = integration["IntegrationResponses"]
            rendered = render(text, {"Origin": "https://dev.example.com"})
            assert json.loads(rendered.body) == {"statusCode": int(response["StatusCode"])}
            assert rendered.headers == {}


@MOCKED
def test_the_gateways_refusals_are_rendered_json(environment: str, synthesise: Synthesise) -> None:
    """Row 44: `$context.extendedRequestId` is all that is filled in."""
    for refusal in of_type(synthesise(environment), "AWS::ApiGateway::GatewayResponse").values():
        text = refusal["Properties"]["ResponseTemplates"]["application/json"]
        problem = json.loads(text.replace("$context.extendedRequestId", "an-id"))
        assert problem["requestId"] == "an-id"
        assert "$" not in text.replace("$context.extendedRequestId", "")
