"""The gateway: routes, throttles, and answers of its own that look like the functions'."""

import json
import re
from typing import Any

import pytest

from benchmarks import starvation
from infra.api import cors_template
from infra.config import Config
from infra.routes import routes
from password_reset.edge.problems import SECURITY_HEADERS
from tests.infra.conftest import ENVIRONMENTS, Synthesise, of_type

# As the functions send them, in quotes. The policy ends in `;`, for emulators take its last quote for one of theirs.
STATIC = {name: f"'{value}'" for name, value in SECURITY_HEADERS.items()} | {
    "Content-Security-Policy": "'default-src 'none'; frame-ancestors 'none';'"
}
ORIGINS = ("https://www.example.com", "https://app.example.com")


def paths(template: dict[str, Any]) -> dict[str, str]:
    """Return each API resource's path, by logical id."""
    resources = of_type(template, "AWS::ApiGateway::Resource")

    def path(name: str) -> str:
        found = resources[name]["Properties"]
        parent = found["ParentId"].get("Ref")
        return f"{path(parent) if parent else ''}/{found['PathPart']}"

    return {name: path(name) for name in resources}


def methods(template: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the API's methods by method and path."""
    names = paths(template)
    return {
        (method["Properties"]["HttpMethod"], names[method["Properties"]["ResourceId"]["Ref"]]): method["Properties"]
        for method in of_type(template, "AWS::ApiGateway::Method").values()
    }


def refusals(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the gateway responses by type."""
    found = of_type(template, "AWS::ApiGateway::GatewayResponse").values()
    return {response["Properties"]["ResponseType"]: response["Properties"] for response in found}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_routes_are_those_of_the_contract_and_public(environment: str, synthesise: Synthesise) -> None:
    """Row 51: each route once, a preflight for each path, and nothing else."""
    found = methods(synthesise(environment))
    preflights = {("OPTIONS", route.path) for route in routes(sessions=False)}
    assert set(found) == {(route.method, route.path) for route in routes(sessions=False)} | preflights
    assert {method["AuthorizationType"] for method in found.values()} == {"NONE"}
    for route in routes(sessions=False):
        kind = found[route.method, route.path]["Integration"]["Type"]
        assert kind == ("AWS_PROXY" if route.function else "MOCK")


def test_sessions_bring_routes_behind_an_authorizer_that_forgets(synthesise: Synthesise) -> None:
    """Row 36: sign-out and me need a session; an authorizer's answer that was kept would outlive a reset."""
    template = synthesise("everything")
    found = methods(template)
    protected = {(route.method, route.path) for route in routes(sessions=True, challenge=True) if route.authorized}
    assert protected == {("POST", "/auth/sign-out"), ("GET", "/auth/me")}
    assert {key for key, method in found.items() if method["AuthorizationType"] == "CUSTOM"} == protected
    assert ("POST", "/auth/sign-in") in found
    (authorizer,) = of_type(template, "AWS::ApiGateway::Authorizer").values()
    assert authorizer["Properties"]["Type"] == "REQUEST"
    assert authorizer["Properties"]["AuthorizerResultTtlInSeconds"] == 0
    assert authorizer["Properties"]["IdentitySource"] == "method.request.header.Authorization"


def test_every_route_is_throttled(synthesise: Synthesise) -> None:
    """Row 51: as the contract says, and the rest together."""
    (stage,) = of_type(synthesise("prod"), "AWS::ApiGateway::Stage").values()
    throttles = {
        (setting["HttpMethod"], setting["ResourcePath"].replace("~1", "/").lstrip("/")): (
            setting["ThrottlingRateLimit"],
            setting["ThrottlingBurstLimit"],
        )
        for setting in stage["Properties"]["MethodSettings"]
    }
    assert throttles == {
        ("*", "*"): (300, 600),
        ("POST", "auth/forgot-password"): (300, 600),
        ("POST", "auth/verify-reset-token"): (300, 600),
        ("POST", "auth/verify-reset-code"): (300, 600),
        ("POST", "auth/reset-password"): (300, 600),
        ("POST", "auth/report-change"): (300, 600),
        ("GET", "auth/password-policy"): (300, 600),
    }
    assert stage["Properties"]["TracingEnabled"] is True


@pytest.mark.parametrize(
    ("kind", "status", "code", "retry_after"),
    [
        ("MISSING_AUTHENTICATION_TOKEN", "404", "not_found", None),
        ("UNAUTHORIZED", "401", "unauthorized", None),
        ("ACCESS_DENIED", "401", "unauthorized", None),
        ("AUTHORIZER_FAILURE", "503", "unavailable", "'5'"),
        ("INVALID_SIGNATURE", "404", "not_found", None),
        ("RESOURCE_NOT_FOUND", "404", "not_found", None),
        ("REQUEST_TOO_LARGE", "413", "payload_too_large", None),
        ("UNSUPPORTED_MEDIA_TYPE", "415", "unsupported_media_type", None),
        ("THROTTLED", "429", "rate_limited", "'1'"),
        ("WAF_FILTERED", "429", "rate_limited", "'300'"),
        ("DEFAULT_4XX", "400", "invalid_request", None),
        ("DEFAULT_5XX", "503", "unavailable", "'5'"),
    ],
)
def test_the_gateways_refusals_are_problem_details(
    kind: str, status: str, code: str, retry_after: str | None, synthesise: Synthesise
) -> None:
    """Rows 42 and 44: the same shape, codes and headers as the functions'; readable with several origins too."""
    response = refusals(synthesise("prod"))[kind]
    assert response["StatusCode"] == status
    problem = json.loads(response["ResponseTemplates"]["application/json"])
    assert set(problem) == {"type", "title", "status", "detail", "code", "requestId"}
    assert (problem["status"], problem["code"]) == (int(status), code)
    assert problem["type"] == f"urn:password-reset:problem:{code}"
    assert problem["requestId"] == "$context.extendedRequestId"
    headers = {
        name.removeprefix("gatewayresponse.header."): value for name, value in response["ResponseParameters"].items()
    }
    expected = dict(STATIC)
    expected |= {"Content-Type": "'application/problem+json'"}
    expected |= {"Access-Control-Allow-Origin": "'*'", "Access-Control-Expose-Headers": "'Retry-After'"}
    expected |= {"WWW-Authenticate": "'Bearer'"} if status == "401" else {}
    assert headers == expected | ({"Retry-After": retry_after} if retry_after else {})


def test_one_origin_reads_the_gateways_refusals(synthesise: Synthesise) -> None:
    """With a single configured origin its pages see why they were refused."""
    for response in refusals(synthesise("everything")).values():
        headers = response["ResponseParameters"]
        assert headers["gatewayresponse.header.Access-Control-Allow-Origin"] == "'https://dev.example.com'"
        assert headers["gatewayresponse.header.Vary"] == "'Origin'"


def test_the_gateway_publishes_the_policy_in_force(synthesise: Synthesise) -> None:
    """A mock integration that takes no body of another media type; the symbols stay the service's own."""
    integration = methods(synthesise("everything"))["GET", "/auth/password-policy"]["Integration"]
    assert integration["PassthroughBehavior"] == "NEVER"
    assert integration["RequestTemplates"] == {"application/json": '{"statusCode": 200}'}
    (response,) = integration["IntegrationResponses"]
    template = response["ResponseTemplates"]["application/json"]
    assert json.loads(template[template.index("#end{") + len("#end") :]) == {
        "minLength": 8,
        "maxLength": 20,
        "maxBytes": 72,
        "requireUppercase": True,
        "requireLowercase": True,
        "requireDigit": True,
        "requireSymbol": True,
        "history": 1,
        "breachCheck": False,
    }
    assert response["ResponseParameters"] == {f"method.response.header.{name}": value for name, value in STATIC.items()}


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("https://www.example.com", True),
        ("https://app.example.com", True),
        ("https://wwwxexample.com", False),
        ("https://www.example.com.evil.example", False),
        ("null", False),
        ("", False),
    ],
)
def test_cors_headers_are_for_the_configured_origins_alone(*, origin: str, allowed: bool) -> None:
    """Row 43: compared as texts, where a pattern's dots would let other hosts in."""
    template = cors_template(ORIGINS, {"Access-Control-Max-Age": "86400"})
    compared = re.findall(r'\$origin == "(https[^"]*)"', template)
    assert compared == list(ORIGINS)
    assert (origin in compared) is allowed
    assert ".matches(" not in template


def test_a_preflight_is_answered_by_the_gateway(synthesise: Synthesise) -> None:
    """Row 43: as the local server does, with the methods that there are."""
    integration = methods(synthesise("prod"))["OPTIONS", "/auth/reset-password"]["Integration"]
    assert (integration["Type"], integration["PassthroughBehavior"]) == ("MOCK", "NEVER")
    (response,) = integration["IntegrationResponses"]
    assert response["StatusCode"] == "204"
    assert response["ResponseTemplates"]["application/json"] == (
        """#set($origin = "$!input.params().header.get('Origin')")"""
        """#if($origin == "")#set($origin = "$!input.params().header.get('origin')")#end"""
        '#if($origin == "https://www.example.com" || $origin == "https://app.example.com")'
        "#set($context.responseOverride.header.Access-Control-Allow-Origin = $origin)"
        '#set($context.responseOverride.header.Vary = "Origin")'
        '#set($context.responseOverride.header.Access-Control-Allow-Headers = "Content-Type,Authorization")'
        '#set($context.responseOverride.header.Access-Control-Max-Age = "86400")'
        '#set($context.responseOverride.header.Access-Control-Allow-Methods = "POST,OPTIONS")'
        "#end"
    )


def test_access_logs_are_by_setting_and_say_nothing_of_what_callers_wrote(synthesise: Synthesise) -> None:
    """Row 23: no path, query, body or address."""
    (without,) = of_type(synthesise("dev"), "AWS::ApiGateway::Stage").values()
    assert "AccessLogSetting" not in without["Properties"]
    (stage,) = of_type(synthesise("prod"), "AWS::ApiGateway::Stage").values()
    written = json.loads(stage["Properties"]["AccessLogSetting"]["Format"])
    assert "$context.extendedRequestId" in written.values()
    forbidden = re.compile(r"path|query|body|input|sourceIp|userAgent|authorizer", re.IGNORECASE)
    assert [value for value in written.values() if forbidden.search(value)] == []


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_account_is_left_as_it_is(environment: str, synthesise: Synthesise) -> None:
    """API Gateway's CloudWatch role is the account's, and no custom resource runs at deployment."""
    kinds = {resource["Type"] for resource in synthesise(environment)["Resources"].values()}
    assert "AWS::ApiGateway::Account" not in kinds
    assert [kind for kind in kinds if kind.startswith("Custom::") or "CustomResource" in kind] == []


@pytest.mark.parametrize(("environment", "limit"), [("everything", 500), ("prod", 300)])
def test_a_firewall_counts_per_address(environment: str, limit: int, synthesise: Synthesise) -> None:
    """Rows 52 and 75: by setting, and in prod without; of the API's paths alone, whatever stage comes before them."""
    assert of_type(synthesise("dev"), "AWS::WAFv2::WebACL") == {}
    (firewall,) = of_type(synthesise(environment), "AWS::WAFv2::WebACL").values()
    blocking, rule = firewall["Properties"]["Rules"]
    lists = of_type(synthesise(environment), "AWS::WAFv2::IPSet")
    assert {(one["Properties"]["IPAddressVersion"], *one["Properties"]["Addresses"]) for one in lists.values()} == {
        ("IPV4",),
        ("IPV6",),
    }
    assert blocking["Priority"] < rule["Priority"]
    assert blocking["Action"] == {"Block": {}}
    assert blocking["Statement"] == {
        "OrStatement": {
            "Statements": [{"IPSetReferenceStatement": {"Arn": {"Fn::GetAtt": [name, "Arn"]}}} for name in lists]
        }
    }
    assert rule["Action"] == {"Block": {}}
    counted = rule["Statement"]["RateBasedStatement"]
    paths = counted.pop("ScopeDownStatement")["ByteMatchStatement"]
    assert counted == {"AggregateKeyType": "IP", "Limit": limit, "EvaluationWindowSec": 300}
    assert (paths["SearchString"], paths["PositionalConstraint"]) == ("/auth/", "CONTAINS")
    assert paths["FieldToMatch"] == {"UriPath": {}}
    assert len(of_type(synthesise(environment), "AWS::WAFv2::WebACLAssociation")) == 1


def test_prod_has_a_firewall_unless_told_otherwise() -> None:
    """Row 75: a block that says nothing of it gets one, and null is an answer."""
    block = {name: value for name, value in ENVIRONMENTS["prod"].items() if name != "wafRateLimit"}
    assert Config.load({"prod": block}, "prod").waf_rate_limit == 300
    assert Config.load({"prod": {**block, "wafRateLimit": None}}, "prod").waf_rate_limit is None
    assert Config.load({"live": block}, "live").waf_rate_limit is None


@pytest.mark.parametrize("addresses", [1, 3, 20])
@pytest.mark.parametrize("path", starvation.throttles())
def test_owners_get_through_a_flood(path: str, addresses: int) -> None:
    """Row 75: whatever one, three or twenty addresses do, as `prod` is deployed."""
    limit = Config.load(ENVIRONMENTS, "prod").waf_rate_limit
    share, strategy = starvation.worst(starvation.throttles()[path], addresses=addresses, limit=limit)
    assert share >= starvation.TARGETS[addresses], strategy


def test_a_low_throttle_keeps_owners_out() -> None:
    """What row 75 is about: ten a second, which was a throttle of ours, and one machine."""
    low = starvation.Throttle(rate=10, burst=20)
    assert starvation.worst(low, addresses=1, limit=None)[0] < 0.25


def test_a_domain_of_ones_own(synthesise: Synthesise) -> None:
    """By setting: regional, TLS 1.3, or 1.2 with forward secrecy, and the stack says what to put into DNS."""
    template = synthesise("everything")
    (domain,) = of_type(template, "AWS::ApiGateway::DomainName").values()
    assert domain["Properties"]["DomainName"] == "api.example.com"
    assert domain["Properties"]["SecurityPolicy"] == "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09"
    assert domain["Properties"]["EndpointConfiguration"] == {"Types": ["REGIONAL"]}
    assert template["Outputs"]["ApiUrl"]["Value"] == "https://api.example.com"
