"""The hosted pages, by setting: a private bucket, and a distribution that alone may read it."""

import json
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import jsii
from aws_cdk import Aws, CfnElement, DefaultStackSynthesizer, Duration, Names, RemovalPolicy, Stack
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_deployment as deployment
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct, IConstruct

from infra.api import Api
from infra.assets import DIST, PAGES, built
from infra.config import Config
from infra.config import Website as WebsiteSettings
from infra.dns import Record, publish
from infra.documents import documents, in_languages
from infra.firewall import web_acl
from infra.icons import icon_files
from infra.nag import acknowledge
from infra.pages import (
    IMMUTABLE,
    brand_files,
    page_config,
    page_headers,
)
from infra.retention import log_group
from infra.router import router
from password_reset.channels.brands import look, read
from password_reset.edge.source import SECRET_HEADER

CLOUDFRONT_ZONE = "Z2FDTNDATAQYW2"
"""Of CloudFront's own names, everywhere (AWS::Route53::RecordSet AliasTarget)."""


_API_URL = "https://api.invalid"
"""Stands in documents for the API's address, which only a deployment knows (RFC 2606: nobody has this one)."""


@jsii.implements(deployment.ISource)
class _Filled:
    """Files in which a deployment puts values in the place of others, as it does in `config.json`."""

    def __init__(self, files: deployment.ISource, values: Mapping[str, str]) -> None:
        self._files, self._values = files, values

    def bind(self, scope: Construct, *, handler_role: iam.IRole) -> deployment.SourceConfig:
        """Say where the files are, and what is put into them."""
        files = self._files.bind(scope, handler_role=handler_role)
        return deployment.SourceConfig(
            bucket=files.bucket, zip_object_key=files.zip_object_key, markers=dict(self._values)
        )


class Website(Construct):
    """The pages, with what the environment chose in `config.json`, so that one build serves every one."""

    def __init__(  # noqa: PLR0913 - what pages and API have in common
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        config: Config,
        website: WebsiteSettings,
        api: Api,
        origin_secret: secretsmanager.ISecret | None,
    ) -> None:
        super().__init__(scope, construct_id)
        self._name, self._config, self._api, self._origin_secret = name, config, api, origin_secret
        self._bucket = s3.Bucket(
            self,
            "Bucket",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            removal_policy=RemovalPolicy.DESTROY,
            auto_delete_objects=True,  # or neither the stack nor the setting could be taken back
        )
        brands = {client: read(name) for client, name in config.brands.items()}
        headers = page_headers(website, api_origin=None if origin_secret else api.origin, brands=brands)
        distribution = self._distribution(website, headers, router(config, website, brands))
        self.outputs = {
            "WebsiteDomain": website.domain_name or distribution.distribution_domain_name,
            # What the domain's CNAME record leads to.
            **({"WebsiteTarget": distribution.distribution_domain_name} if website.domain_name else {}),
            **self._records(config, website, distribution),
        }
        own = f"https://{website.domain_name or distribution.distribution_domain_name}"
        if origin_secret:
            self.outputs["ApiUrl"] = own
        api_url = own if origin_secret else api.url
        settings = page_config(config, website, api_url=api_url, brands=brands)
        sources: list[deployment.ISource] = [deployment.Source.data("config.json", json.dumps(settings))]
        made = icon_files(look(config, brands.get("")).color) | brand_files(brands)
        told: dict[str, str] = {}
        if pages := built(PAGES) or (str(DIST) if DIST.is_dir() else None):
            sources.append(deployment.Source.asset(pages))
            looks = (look(config, brand) for brand in (brands.get(""), *brands.values()))
            languages = {language for one in looks for language in one.languages}
            built_pages = _built(Path(pages))
            # Over the ones that are in there: what comes later is copied later.
            made |= {file: in_languages(html, languages).encode() for file, html in built_pages.items()}
            told = dict(documents(built_pages["index.html"], config, website, api_url=_API_URL, brands=brands))
        with tempfile.TemporaryDirectory() as parent:
            sources.append(_written(made, Path(parent) / "files"))
            if told:
                texts = _written({file: html.encode() for file, html in told.items()}, Path(parent) / "documents")
                sources.append(_Filled(texts, {_API_URL: api_url}))
            files = deployment.BucketDeployment(
                self,
                "Files",
                destination_bucket=self._bucket,
                sources=sources,
                distribution=distribution,
                prune=False,  # an open page may still ask for the scripts that it was built with
                retain_on_delete=False,
                log_group=log_group(self, "FilesLogs", config=config),
            )
        self._acknowledge(distribution, files, own_domain=bool(website.domain_name))

    def _records(
        self, config: Config, website: WebsiteSettings, distribution: cloudfront.Distribution
    ) -> dict[str, str]:
        if not website.domain_name:
            return {}
        record = Record(
            output="WebsiteRecord",
            name=website.domain_name,
            kind="CNAME",
            value=distribution.distribution_domain_name,
            alias=CLOUDFRONT_ZONE,
            aliased=("A", "AAAA"),
        )
        return publish(self, config.hosted_zone, [record])

    def _distribution(self, website: WebsiteSettings, headers: dict[str, str], code: str) -> cloudfront.Distribution:
        origin = origins.S3BucketOrigin.with_origin_access_control(self._bucket)
        function = cloudfront.Function(
            self,
            "Router",
            code=cloudfront.FunctionCode.from_inline(code),
            runtime=cloudfront.FunctionRuntime.JS_2_0,
        )

        def behavior(name: str, cache_control: str) -> cloudfront.BehaviorOptions:
            return cloudfront.BehaviorOptions(
                origin=origin,
                compress=True,
                viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
                response_headers_policy=self._headers(name, {**headers, "Cache-Control": cache_control}),
                function_associations=[
                    cloudfront.FunctionAssociation(
                        function=function, event_type=cloudfront.FunctionEventType.VIEWER_REQUEST
                    )
                ],
            )

        arn = website.certificate_arn
        return cloudfront.Distribution(
            self,
            "Distribution",
            default_behavior=behavior("PageHeaders", headers["Cache-Control"]),
            additional_behaviors={"/assets/*": behavior("AssetHeaders", IMMUTABLE)} | self._api_behavior(),
            web_acl_id=self._web_acl(),
            minimum_protocol_version=cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
            error_responses=self._error_responses(),
            domain_names=[website.domain_name] if website.domain_name else None,
            certificate=acm.Certificate.from_certificate_arn(self, "Certificate", arn) if arn else None,
        )

    def _error_responses(self) -> list[cloudfront.ErrorResponse]:
        if self._origin_secret:
            # They are the distribution's, for all behaviours: the API's refusals are to come through, and none is kept.
            return [
                cloudfront.ErrorResponse(http_status=status, ttl=Duration.seconds(0))
                for status in (400, 403, 404, 405, 500, 502, 503, 504)
            ]
        return [
            # The bucket, which lists nothing, refuses what it does not have: in XML, and as forbidden.
            cloudfront.ErrorResponse(
                http_status=status,
                response_http_status=404,
                response_page_path="/not-found.html",
                ttl=Duration.seconds(10),
            )
            for status in (403, 404)
        ]

    def _api_behavior(self) -> dict[str, cloudfront.BehaviorOptions]:
        """Return the way to the API, where it shares the pages' origin: nothing kept, and the viewer's address told."""
        if not self._origin_secret or not self._config.domain_name:
            return {}
        api = origins.HttpOrigin(
            self._config.domain_name,
            protocol_policy=cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
            origin_ssl_protocols=[cloudfront.OriginSslPolicy.TLS_V1_2],
            # Resolved at deployment: the template holds its name alone.
            custom_headers={SECRET_HEADER: self._origin_secret.secret_value.unsafe_unwrap()},
        )
        forwarded = cloudfront.OriginRequestPolicy(
            self,
            "Forwarded",
            origin_request_policy_name=self._unique("Forwarded"),
            header_behavior=cloudfront.OriginRequestHeaderBehavior.allow_list(
                "CloudFront-Viewer-Address", "Accept-Language", "Content-Type", "Origin", "User-Agent"
            ),
            query_string_behavior=cloudfront.OriginRequestQueryStringBehavior.all(),
        )
        return {
            "/auth/*": cloudfront.BehaviorOptions(
                origin=api,
                allowed_methods=cloudfront.AllowedMethods.ALLOW_ALL,
                viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
                cache_policy=self._cache_policy(),
                origin_request_policy=forwarded,
                compress=False,
            )
        }

    def _cache_policy(self) -> cloudfront.ICachePolicy:
        if not self._config.sessions:
            return cloudfront.CachePolicy.CACHING_DISABLED
        # Authorization is forwarded by a cache's key alone; answers say no-store, so none is kept.
        return cloudfront.CachePolicy(
            self,
            "Session",
            cache_policy_name=self._unique("Session"),
            default_ttl=Duration.seconds(0),
            min_ttl=Duration.seconds(0),
            max_ttl=Duration.seconds(1),
            header_behavior=cloudfront.CacheHeaderBehavior.allow_list("Authorization"),
        )

    def _web_acl(self) -> str | None:
        """Return the firewall before the API: a regional one would count CloudFront's own addresses."""
        limit, blocked = self._config.waf_rate_limit, self._config.blocked_sources
        if not self._origin_secret:
            return None
        if self._config.web_acl_arn or not limit:
            return self._config.web_acl_arn
        return web_acl(self, name=self._name, limit=limit, blocked=blocked, place="CLOUDFRONT").attr_arn

    def _unique(self, name: str) -> str:
        """Return a policy's name. CloudFront is one for all regions, and the same stack may be in two of them."""
        return f"{Names.unique_resource_name(self, max_length=80)}{name}-{Aws.REGION}"

    def _headers(self, name: str, headers: dict[str, str]) -> cloudfront.ResponseHeadersPolicy:
        return cloudfront.ResponseHeadersPolicy(
            self,
            name,
            response_headers_policy_name=self._unique(name),
            security_headers_behavior=cloudfront.ResponseSecurityHeadersBehavior(
                content_security_policy=cloudfront.ResponseHeadersContentSecurityPolicy(
                    content_security_policy=headers["Content-Security-Policy"], override=True
                ),
                content_type_options=cloudfront.ResponseHeadersContentTypeOptions(override=True),
                referrer_policy=cloudfront.ResponseHeadersReferrerPolicy(
                    referrer_policy=cloudfront.HeadersReferrerPolicy.NO_REFERRER, override=True
                ),
                strict_transport_security=cloudfront.ResponseHeadersStrictTransportSecurity(
                    access_control_max_age=Duration.seconds(63072000), include_subdomains=True, override=True
                ),
            ),
            custom_headers_behavior=cloudfront.ResponseCustomHeadersBehavior(
                custom_headers=[
                    cloudfront.ResponseCustomHeader(
                        header="Cache-Control", value=headers["Cache-Control"], override=True
                    )
                ]
            ),
        )

    def _acknowledge(self, distribution: IConstruct, files: deployment.BucketDeployment, *, own_domain: bool) -> None:
        acknowledge(
            self._bucket, {"AwsSolutions-S1": "It holds public pages, and who reads them is nobody's business."}
        )
        reasons = {
            "AwsSolutions-CFR1": "People reset passwords from everywhere.",
            "AwsSolutions-CFR2": "Static files; the API behind them has the firewall, where it is on.",
            "AwsSolutions-CFR3": "Addresses are logged nowhere: with resetLinkTemplate one may hold a token.",
        }
        if not own_domain:
            reasons["AwsSolutions-CFR4"] = "CloudFront's own domain has CloudFront's own minimum: set domainName."
        acknowledge(distribution, reasons)
        self._acknowledge_copier(files.handler_role.node.scope)

    def _acknowledge_copier(self, function: IConstruct | None) -> None:
        if function is None:
            return
        stack = Stack.of(self)
        assets = (
            f"cdk-{DefaultStackSynthesizer.DEFAULT_QUALIFIER}-assets-{_shown(stack.account)}-{_shown(stack.region)}"
        )
        child = self._bucket.node.default_child
        bucket = stack.get_logical_id(child) if isinstance(child, CfnElement) else ""
        partition = _shown(stack.partition)
        findings = [
            *(f"Action::s3:{action}*" for action in ("Abort", "DeleteObject", "GetBucket", "GetObject", "List")),
            "Resource::*",
            f"Resource::<{bucket}.Arn>/*",
            f"Resource::arn:{partition}:s3:::{assets}/*",
        ]
        rules = [
            "AwsSolutions-L1",
            "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]",
            *(f"AwsSolutions-IAM5[{finding}]" for finding in findings),
            "Serverless-LambdaDLQ",
            "Serverless-LambdaLatestVersion",
            "Serverless-LambdaTracing",
        ]
        reason = "The CDK's own function, which copies the pages at deployment and runs at no other time."
        acknowledge(function, dict.fromkeys(rules, reason))


def _written(files: Mapping[str, bytes], folder: Path) -> deployment.ISource:
    folder.mkdir()
    for file, content in files.items():
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return deployment.Source.asset(str(folder))


def _built(pages: Path) -> dict[str, str]:
    """Return the pages as they are built, out of a folder or an archive, by name."""
    if pages.is_dir():
        return {path.name: path.read_text("utf-8") for path in sorted(pages.glob("*.html"))}
    with zipfile.ZipFile(pages) as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".html") and "/" not in name)
        return {name: archive.read(name).decode() for name in names}


def _shown(value: str) -> str:
    """Return a value as cdk-nag writes it: what is not known before deployment by its name."""
    names = {Aws.ACCOUNT_ID: "AWS::AccountId", Aws.REGION: "AWS::Region", Aws.PARTITION: "AWS::Partition"}
    return f"<{names[value]}>" if value in names else value
