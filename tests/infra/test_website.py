"""The hosted pages: private, over TLS, with the headers that a page with a token in its address needs."""

import io
import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template
from PIL import Image

from infra.config import Config
from infra.documents import in_languages
from infra.icons import icon_files
from infra.pages import PageSettings, association_files, page_config, page_headers
from infra.router import router
from infra.stack import PasswordReset
from local import website
from password_reset.channels.brands import BrandFile, read
from password_reset.channels.colours import palette
from password_reset.channels.words.catalogue import LANGUAGES, choose_language
from password_reset.settings import SettingsError
from tests.infra.conftest import CONTEXT, ENVIRONMENTS, Synthesise, of_type, properties, stack
from tools import new_brand

PRINT = ":".join(["14"] * 32)
POLICY = "AWS::CloudFront::ResponseHeadersPolicy"
ROOT = Path(__file__).parents[2]
CONFIG = Config.load(ENVIRONMENTS, "dev")


def test_there_are_no_pages_unless_asked_for(synthesise: Synthesise) -> None:
    """By setting, off by default."""
    kinds = {resource["Type"] for resource in synthesise("prod")["Resources"].values()}
    assert not [kind for kind in kinds if kind.startswith(("AWS::S3", "AWS::CloudFront"))]


def test_the_bucket_is_private_and_read_by_the_distribution_alone(synthesise: Synthesise) -> None:
    """Row 59: no public access, TLS only, origin access control."""
    template = synthesise("everything")
    bucket = properties(template, "AWS::S3::Bucket", "WebsiteBucket")
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    policy = properties(template, "AWS::S3::BucketPolicy", "WebsiteBucket")["PolicyDocument"]["Statement"]
    denied = [s for s in policy if s["Effect"] == "Deny"]
    assert [s["Condition"] for s in denied] == [{"Bool": {"aws:SecureTransport": "false"}}]
    (read,) = [s for s in policy if s["Action"] == "s3:GetObject"]
    assert read["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert set(read["Condition"]) == {"StringEquals"}
    distribution = properties(template, "AWS::CloudFront::Distribution", "Website")["DistributionConfig"]
    behaviors = [distribution["DefaultCacheBehavior"], *distribution["CacheBehaviors"]]
    assert {behavior["ViewerProtocolPolicy"] for behavior in behaviors} == {"redirect-to-https"}
    assert {behavior["Compress"] for behavior in behaviors} == {True}
    assert all("OriginAccessControlId" in origin for origin in distribution["Origins"])


def test_it_can_be_taken_away_and_stand_in_two_regions(synthesise: Synthesise) -> None:
    """A bucket with files in it is not deleted, and CloudFront's names are one for all regions."""
    template = synthesise("everything")
    (emptied,) = of_type(template, "Custom::S3AutoDeleteObjects").values()
    (bucket,) = of_type(template, "AWS::S3::Bucket")
    assert emptied["Properties"]["BucketName"] == {"Ref": bucket}
    policies = of_type(template, "AWS::CloudFront::ResponseHeadersPolicy").values()
    names = [policy["Properties"]["ResponseHeadersPolicyConfig"]["Name"] for policy in policies]
    assert len({json.dumps(name) for name in names}) == 2
    assert all({"Ref": "AWS::Region"} in name["Fn::Join"][1] for name in names)


def test_pages_are_not_stored_and_hashed_files_are_for_good(synthesise: Synthesise) -> None:
    """Rows 24, 42 and 59: the headers, the page's and the assets' differing in how long they may be stored alone."""
    template = synthesise("everything")
    for name, stored in (("PageHeaders", "no-store"), ("AssetHeaders", "public, max-age=31536000, immutable")):
        found = properties(template, POLICY, name)["ResponseHeadersPolicyConfig"]
        security = found["SecurityHeadersConfig"]
        assert security["ReferrerPolicy"]["ReferrerPolicy"] == "no-referrer"
        assert security["ContentTypeOptions"] == {"Override": True}
        assert security["StrictTransportSecurity"]["AccessControlMaxAgeSec"] == 63072000
        assert security["ContentSecurityPolicy"]["ContentSecurityPolicy"] == (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
            "connect-src 'self' https://api.example.com; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; "
            "require-trusted-types-for 'script'; trusted-types 'none'"
        )
        custom = found["CustomHeadersConfig"]["Items"]
        assert [(header["Header"], header["Value"]) for header in custom] == [("Cache-Control", stored)]


def test_what_the_pages_read_and_where_their_form_posts() -> None:
    """One build serves every environment; the policy lets the one real form through."""
    config = Config.load(ENVIRONMENTS, "dev")
    read = page_config(config, PageSettings(sign_in_action="/sign-in"), api_url="https://api")
    assert json.loads(json.dumps(read)) == {
        "apiUrl": "https://api",
        "productName": "Example (dev)",
        "logoDarkUrl": None,
        "faviconUrl": None,
        "fontUrl": None,
        "companyLine": None,
        "termsUrl": None,
        "privacyUrl": None,
        "words": {},
        "brands": {},
        "logoUrl": None,
        "brandColor": "#1f5fd0",
        "theme": palette("#1f5fd0"),
        "signInUrl": None,
        "signInAction": "/sign-in",
        "sessions": False,
        "supportEmail": "support@example.com",
        "locales": list(LANGUAGES),
        "defaultLocale": "en",
        "tokenTtlSeconds": 900,
        "channels": ["email"],
        "fallbackChannel": None,
        "emailStyle": "link",
        "codeTtlSeconds": 600,
        "passwordPolicy": config.password_policy.model_dump(by_alias=True),
        "clients": {},
    }
    for action, allowed in (("/sign-in", "'self'"), ("https://a.example.com/x", "https://a.example.com")):
        headers = page_headers(PageSettings(sign_in_action=action), api_origin="https://api")
        assert f"form-action {allowed};" in headers["Content-Security-Policy"]


def test_a_deployment_tells_documents_where_the_api_is(synthesise: Synthesise) -> None:
    """As it tells `config.json`: they are written when nobody knows it yet."""
    files = properties(synthesise("everything"), "Custom::CDKBucketDeployment", "Website")
    assert files["SourceMarkers"] == [{}, {}, {}, {"https://api.invalid": "https://api.example.com"}]


@pytest.mark.parametrize(
    ("uri", "file"),
    [
        ("/", "/documents/ours/en/forgot-password.html"),
        ("/forgot-password", "/documents/ours/en/forgot-password.html"),
        ("/reset-password/", "/documents/ours/en/reset-password.html"),
        ("/sign-in/", "/documents/ours/en/sign-in.html"),
        ("//reset-password", "/documents/ours/en/reset-password.html"),
        ("//reset-password//", "/documents/ours/en/reset-password.html"),
        ("/reset-password%23token=abc.", "/documents/ours/en/reset-password.html"),
        ("/config.json", "/config.json"),
        ("/reset-password/config.json", "/config.json"),
        ("//config.json", "/config.json"),
        ("/assets/index-1.js", "/assets/index-1.js"),
        ("/reset-password/assets/index-1.js", "/assets/index-1.js"),
        ("/sign-in/favicon.ico", "/favicon.ico"),
        ("/img/logo.svg", "/img/logo.svg"),
        ("/.well-known/security", "/.well-known/security"),
    ],
)
def test_every_page_at_its_path_however_it_is_written(uri: str, file: str) -> None:
    """A final slash and doubled ones make no other page, nor do they lose a page its files."""
    assert route(uri)["uri"] == file
    local = website.routed(unquote(uri))
    assert local == (file if not file.endswith(".html") else f"/{uri.partition('%23')[0].strip('/')}")


@pytest.mark.parametrize("uri", ["/.well-known/change-password", "/.well-known/change-password/"])
def test_password_managers_find_the_page(uri: str) -> None:
    answer = route(uri)
    assert (answer["statusCode"], answer["headers"]["location"]) == (302, {"value": "/forgot-password"})


def test_apps_are_named_to_the_systems_that_open_links() -> None:
    """By the function itself, as JSON, at exactly these paths; without apps there is nothing."""
    pages = PageSettings(android_apps=f"com.example.app={PRINT}", apple_apps="A1B2C3D4E5.com.example.app")
    for path, body in association_files(pages).items():
        answer = route(path, pages)
        assert (answer["statusCode"], answer["body"]) == (200, body)
        assert answer["headers"]["content-type"] == {"value": "application/json"}
        assert route(path)["uri"] == path  # which the bucket doesn't have
    longest = [f"com.example.{'x' * 91}{number}={PRINT}" for number in range(10)]
    full = PageSettings(android_apps=tuple(longest), apple_apps=(f"A1B2C3D4E5.{'x' * 89}",) * 10)
    assert len(router(CONFIG, full)) < 10_000  # CloudFront's limit


def test_a_page_is_the_document_of_its_reader_and_application(tmp_path: Path) -> None:
    """By the query, then the browser, as messages are; what is not known is as if it were not said."""
    acme = replace(read(str(new_brand.write("acme", tmp_path))), file=BrandFile(locales=("fr", "he")))
    lookups = json.loads((ROOT / "tests" / "lookups.json").read_text("utf-8"))["lookups"]
    accepted = {"accept-language": {"value": "xx, pt-PT;q=0.8, de;q=0.5"}}
    cases = [
        ({"lang": {"value": "ja"}}, accepted, "ours/ja"),
        ({"lang": {"value": "constructor"}}, accepted, "ours/pt-BR"),
        ({"client": {"value": "shop"}}, accepted, "brands-acme/fr"),
        ({"client": {"value": "shop"}, "lang": {"value": "iw-IL"}}, {}, "brands-acme/he"),
        ({"client": {"value": "constructor"}}, {}, "ours/en"),
        *(({}, {"accept-language": {"value": tag}}, f"ours/{choose_language(tag, 'en')}") for tag, _ in lookups),
    ]
    requests = [{"uri": "/sign-in", "querystring": query, "headers": headers} for query, headers, _ in cases]
    answers = run(router(CONFIG, PageSettings(), {"shop": acme}), *requests)
    assert [answer["uri"] for answer in answers] == [f"/documents/{place}/sign-in.html" for _, _, place in cases]


def route(uri: str, pages: PageSettings = PageSettings()) -> dict[str, Any]:  # noqa: B008 - it is frozen
    """Have the distribution's function answer a browser that says nothing of itself."""
    return run(router(CONFIG, pages), {"uri": uri, "querystring": {}, "headers": {}})[0]


def run(function: str, *requests: dict[str, Any]) -> list[dict[str, Any]]:
    script = f"{function}; console.log(JSON.stringify({json.dumps(requests)}.map((request) => handler({{request}}))))"
    ran = subprocess.run(["node", "-e", script], capture_output=True, text=True, check=True, timeout=60)
    answers: list[dict[str, Any]] = json.loads(ran.stdout)
    return answers


def test_what_is_not_there_is_told_to_people(synthesise: Synthesise) -> None:
    """Not in the bucket's XML, and not as forbidden."""
    distribution = properties(synthesise("everything"), "AWS::CloudFront::Distribution", "Website")
    assert [
        (answer["ErrorCode"], answer["ResponseCode"], answer["ResponsePagePath"])
        for answer in distribution["DistributionConfig"]["CustomErrorResponses"]
    ] == [(403, 404, "/not-found.html"), (404, 404, "/not-found.html")]


@pytest.mark.parametrize(("brand", "ink"), [("#1f5fd0", "#ffffff"), ("#ffd500", "#000000"), ("#ffffff", "#000000")])
def test_icons_are_in_the_brands_colour(brand: str, ink: str) -> None:
    icons = icon_files(brand)
    assert f'fill="{brand}"'.encode() in icons["icon.svg"]
    assert f'fill="{ink}"'.encode() in icons["icon.svg"]
    picture = Image.open(io.BytesIO(icons["apple-touch-icon.png"]))
    assert picture.size == (180, 180)
    assert picture.getpixel((4, 4)) == (*bytes.fromhex(brand[1:]), 255)
    assert picture.getpixel((90, 110)) == (*bytes.fromhex(ink[1:]), 255)
    favicon = Image.open(io.BytesIO(icons["favicon.ico"]))
    assert (favicon.format, favicon.size) == ("ICO", (32, 32))


def test_the_service_is_a_construct_for_other_apps() -> None:
    """In a stack of a team's own, beside what it has."""
    theirs = cdk.Stack(cdk.App(context={**CONTEXT, "aws:cdk:bundling-stacks": []}), "Theirs")
    service = PasswordReset(theirs, "Reset", config=Config.load(ENVIRONMENTS, "prod"))
    assert {"ApiUrl", "Queue", "DeadLetters", "UsersTable", "PepperSecret", "AlarmTopic"} <= set(service.outputs)
    template = dict(Template.from_stack(theirs).to_json())
    assert len(of_type(template, "AWS::Lambda::Function")) == 7
    assert {name[len("Reset") : -8] for name in template["Outputs"]} == set(service.outputs)


def test_a_document_speaks_the_languages_on_offer() -> None:
    html = '<b>x</b><p lang="de" dir="ltr">A<br>b</p><p lang="zh-Hans" dir="ltr">c</p><p lang="ar" dir="rtl">d</p>'
    assert in_languages(html, ("de", "ar")) == '<b>x</b><p lang="de" dir="ltr">A<br>b</p><p lang="ar" dir="rtl">d</p>'


def test_a_brand_goes_with_the_function_that_sends_and_with_the_pages(tmp_path: Path) -> None:
    """Nothing that is wrong with it is deployed: a line each at synth."""
    folder = new_brand.write("acme", tmp_path)
    (folder / "acme.woff2").write_bytes(b"wOF2")
    file = json.loads((folder / "brand.json").read_text()) | {"font": "acme.woff2", "locales": ["en", "he"]}
    (folder / "brand.json").write_text(json.dumps(file))
    block = {**ENVIRONMENTS["dev"], "branding": str(folder), "website": {}}
    template = dict(Template.from_stack(stack({"dev": block}, "dev")).to_json())
    layers = {
        name: len(function["Properties"].get("Layers", ()))
        for name, function in of_type(template, "AWS::Lambda::Function").items()
        if "Functions" in name
    }
    senders = {name for name in layers if "FunctionsDeliver" in name}
    assert {name for name, count in layers.items() if count == 3} == senders != set()
    policy = properties(template, POLICY, "PageHeaders")["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
    assert "; font-src 'self'; " in policy["ContentSecurityPolicy"]["ContentSecurityPolicy"]["Fn::Join"][1][0]
    (folder / "brand.json").write_text(json.dumps(file | {"logoo": 1, "dark": {"text": "#333333"}}))
    with pytest.raises(SettingsError) as refused:
        Config.load({"dev": block}, "dev")
    assert str(refused.value).splitlines() == [
        "cdk.json, environment dev:",
        f"{folder}/brand.json: logoo is no key of a brand.",
    ]
