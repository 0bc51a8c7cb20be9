"""API and pages behind one distribution: it proves itself to the functions, and nothing leads past it."""

import json
from typing import Any

import boto3
import pytest
from aws_cdk.assertions import Template

from infra.config import Config
from infra.permissions import permissions
from password_reset.settings import SettingsError
from tests.infra.conftest import ENVIRONMENTS, of_type, properties, stack
from tools import firewall
from tools.firewall_template import template as template_of

ARN = "arn:aws:acm:us-east-1:123456789012:certificate/0f1e2d3c-0000-4000-8000-000000000000"
ACL = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/reset/0f1e2d3c"
BLOCK: dict[str, Any] = ENVIRONMENTS["prod"] | {
    "source": "cloudfront",
    "region": "us-east-1",
    "frontendUrl": "https://reset.example.com",
    "allowedOrigins": [],
    "domainName": "api.example.com",
    "certificateArn": ARN,
    "website": {"domainName": "reset.example.com", "certificateArn": ARN},
    "sessions": True,
    "operatorApi": True,
}


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    """As the nag packs let it through."""
    return dict(Template.from_stack(stack({"prod": BLOCK}, "prod")).to_json())


def distribution(template: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = properties(template, "AWS::CloudFront::Distribution", "Website")["DistributionConfig"]
    return found


def test_the_apis_own_address_is_off(template: dict[str, Any]) -> None:
    assert properties(template, "AWS::ApiGateway::RestApi", "RestApi")["DisableExecuteApiEndpoint"] is True
    assert template["Outputs"]["ApiUrl"]["Value"] == "https://reset.example.com"


def test_the_distribution_proves_itself_and_keeps_nothing(template: dict[str, Any]) -> None:
    """The secret is resolved by CloudFormation: the template names it."""
    (secret,) = [name for name in of_type(template, "AWS::SecretsManager::Secret") if "OriginSecret" in name]
    (api,) = [each for each in distribution(template)["Origins"] if each["DomainName"] == "api.example.com"]
    assert api["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"
    (header,) = api["OriginCustomHeaders"]
    assert (header["HeaderName"], header["HeaderValue"]["Fn::Join"][1]) == (
        "x-origin-secret",
        ["{{resolve:secretsmanager:", {"Ref": secret}, ":SecretString:::}}"],
    )
    (auth,) = [each for each in distribution(template)["CacheBehaviors"] if each["PathPattern"] == "/auth/*"]
    assert auth["ViewerProtocolPolicy"] == "https-only"
    assert "POST" in auth["AllowedMethods"]
    (policy,) = of_type(template, "AWS::CloudFront::OriginRequestPolicy").values()
    headers = policy["Properties"]["OriginRequestPolicyConfig"]["HeadersConfig"]
    assert "CloudFront-Viewer-Address" in headers["Headers"]
    assert "Host" not in headers["Headers"]
    (cache,) = of_type(template, "AWS::CloudFront::CachePolicy").values()
    config = cache["Properties"]["CachePolicyConfig"]
    assert (config["MinTTL"], config["DefaultTTL"]) == (0, 0)
    assert config["ParametersInCacheKeyAndForwardedToOrigin"]["HeadersConfig"]["Headers"] == ["Authorization"]


def test_the_apis_refusals_come_through(template: dict[str, Any]) -> None:
    """Custom answers are the whole distribution's: a page in place of a 404 problem would break every client."""
    answers = distribution(template)["CustomErrorResponses"]
    assert {answer["ErrorCachingMinTTL"] for answer in answers} == {0}
    assert not [answer for answer in answers if "ResponsePagePath" in answer]


def test_the_firewall_counts_people_and_not_edges(template: dict[str, Any]) -> None:
    (name, acl), *more = of_type(template, "AWS::WAFv2::WebACL").items()
    assert (more, acl["Properties"]["Scope"]) == ([], "CLOUDFRONT")
    assert distribution(template)["WebACLId"] == {"Fn::GetAtt": [name, "Arn"]}
    assert of_type(template, "AWS::WAFv2::WebACLAssociation") == {}
    assert {each["Properties"]["Scope"] for each in of_type(template, "AWS::WAFv2::IPSet").values()} == {"CLOUDFRONT"}


def test_the_functions_behind_it_read_the_secret_and_no_others(template: dict[str, Any]) -> None:
    readers = {p.function for p in permissions(template) if "OriginSecret" in p.resource}
    assert readers == {
        *("forgot", "verify", "verifycode", "reset", "reportchange", "signin", "signout", "me", "authorizer")
    }
    variables = properties(template, "AWS::Lambda::Function", "Forgot")["Environment"]["Variables"]
    assert (variables["SOURCE"], set(variables["ORIGIN_SECRET"])) == ("cloudfront", {"Ref"})


def test_pages_call_their_own_origin(template: dict[str, Any]) -> None:
    headers = properties(template, "AWS::CloudFront::ResponseHeadersPolicy", "PageHeaders")
    assert "connect-src 'self';" in json.dumps(headers)
    methods = {each["Properties"]["HttpMethod"] for each in of_type(template, "AWS::ApiGateway::Method").values()}
    assert methods == {"GET", "POST"}


def test_what_it_needs_is_told() -> None:
    def refused(**changes: Any) -> list[str]:
        with pytest.raises(SettingsError) as wrong:
            Config.load({"prod": BLOCK | changes}, "prod")
        return [line.partition(". Allowed")[0] for line in str(wrong.value).splitlines()[1:]]

    why = "source cloudfront needs website, domainName and certificateArn: the API's own address is off"
    assert refused(website=None) == [f"website is missing: {why}"]
    firewalls = "a distribution's firewall is in us-east-1; or set wafRateLimit to null"
    assert refused(region="eu-west-1") == [f"webAclArn is missing: {firewalls}"]
    assert refused(source="gateway", webAclArn=ACL)[0].startswith(f"webAclArn cannot be '{ACL}': there is no ")
    for fine in ({"region": "eu-west-1", "webAclArn": ACL}, {"region": None, "wafRateLimit": None}):
        assert Config.load({"prod": BLOCK | fine}, "prod").source == "cloudfront"


def test_a_firewall_for_another_region_is_a_template_of_its_own() -> None:
    made = template_of(Config.load({"prod": BLOCK}, "prod"))
    (acl,) = of_type(made, "AWS::WAFv2::WebACL").values()
    assert acl["Properties"]["Scope"] == "CLOUDFRONT"
    assert set(made["Outputs"]["WebAclArn"]["Value"]) == {"Fn::GetAtt"}


def test_levers_reach_the_firewall_of_another_region(account: boto3.Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """Row 73: as `make firewall` makes it, beside a list of the team's own, which stays as it is."""
    waf = account.client("wafv2", region_name="us-east-1")
    made = template_of(Config.load({"prod": BLOCK}, "prod"))
    lists = {name: found["Properties"] for name, found in of_type(made, "AWS::WAFv2::IPSet").items()}
    lists["Theirs"] = {"IPAddressVersion": "IPV4", "Addresses": ["203.0.113.0/24"]}
    there = {
        name: waf.create_ip_set(**{**found, "Name": name, "Scope": "CLOUDFRONT"})["Summary"]
        for name, found in lists.items()
    }

    def refer(name: str) -> dict[str, Any]:
        return {"IPSetReferenceStatement": {"ARN": there[name]["ARN"]}}

    (acl,) = of_type(made, "AWS::WAFv2::WebACL").values()
    (ours,) = [rule for rule in acl["Properties"]["Rules"] if "OrStatement" in rule["Statement"]]
    visible = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "x"}
    referred = [
        part["IPSetReferenceStatement"]["Arn"]["Fn::GetAtt"][0]
        for part in ours["Statement"]["OrStatement"]["Statements"]
    ]
    rules = [
        {"Name": ours["Name"], "Statement": {"OrStatement": {"Statements": [refer(name) for name in referred]}}},
        {"Name": "let-through", "Statement": refer("Theirs")},
    ]
    whole = [
        {**rule, "Priority": place, "Action": {"Block": {}}, "VisibilityConfig": visible}
        for place, rule in enumerate(rules)
    ]
    arn = waf.create_web_acl(
        Name="w", Scope="CLOUDFRONT", DefaultAction={"Allow": {}}, Rules=whole, VisibilityConfig=visible
    )["Summary"]["ARN"]
    origin = {
        "Id": "o",
        "DomainName": "o.example.com",
        "CustomOriginConfig": {"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only"},
    }
    behavior = {"TargetOriginId": "o", "ViewerProtocolPolicy": "https-only", "CachePolicyId": "x"}
    distribution = account.client("cloudfront").create_distribution(
        DistributionConfig={
            "CallerReference": "x",
            "Comment": "",
            "Enabled": True,
            "WebACLId": arn,
            "Origins": {"Quantity": 1, "Items": [origin]},
            "DefaultCacheBehavior": behavior,
        }
    )["Distribution"]["Id"]
    has = {"AWS::CloudFront::Distribution": [("Distribution", distribution)]}
    monkeypatch.setattr(firewall, "resources", lambda _, kind: has.get(kind, []))

    assert firewall.block(firewall.sets_of("password-reset-prod"), ["198.51.100.0/24", "2001:db8::/48"]) == 2
    told = [
        waf.get_ip_set(Name=each["Name"], Id=each["Id"], Scope="CLOUDFRONT")["IPSet"]["Addresses"]
        for each in there.values()
    ]
    assert told == [["198.51.100.0/24"], ["2001:db8::/48"], ["203.0.113.0/24"]]
