"""The REST API: the routes to the functions, and answers of its own that look like theirs.

What no function answers, the gateway does: preflights, the password policy, and every refusal before or
around a function. They carry the same headers, and refusals are the same problem details.
"""

import json
from collections.abc import Mapping, Sequence

from aws_cdk import Duration, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_wafv2 as waf
from constructs import Construct

from infra.config import Config
from infra.dns import Record, publish
from infra.firewall import SECONDS, web_acl
from infra.nag import acknowledge
from infra.retention import log_group
from infra.routes import Route, routes
from password_reset.edge.problems import SECURITY_HEADERS, problem
from password_reset.errors import (
    Error,
    InvalidRequest,
    NotFound,
    OutcomeUnknown,
    PayloadTooLarge,
    RateLimited,
    Unauthorized,
    Unavailable,
    UnsupportedMediaType,
)

_INTEGRATION_SECONDS = 29
_PREFLIGHT_RATE, _PREFLIGHT_BURST = 300, 600
"""The throttle of what is no route of ours: preflights, in requests a second and requests."""
_TLS = apigateway.SecurityPolicy.TLS13_1_2_PFS_PQ_2025_09
"""TLS 1.3, and 1.2 with forward secrecy alone."""
_PREFLIGHT = {
    "Access-Control-Allow-Headers": "Content-Type,Authorization",
    "Access-Control-Max-Age": "86400",
}
_EXPOSED = {"Access-Control-Expose-Headers": "Retry-After"}
_TYPES = apigateway.ResponseType
_REFUSALS: Sequence[tuple[apigateway.ResponseType, Error]] = (
    # An unknown path or method, which API Gateway takes for a call of an AWS API without credentials, or bad ones.
    (_TYPES.MISSING_AUTHENTICATION_TOKEN, NotFound()),
    (_TYPES.INVALID_SIGNATURE, NotFound()),
    (_TYPES.RESOURCE_NOT_FOUND, NotFound()),
    (_TYPES.REQUEST_TOO_LARGE, PayloadTooLarge()),
    (_TYPES.UNSUPPORTED_MEDIA_TYPE, UnsupportedMediaType()),
    (_TYPES.THROTTLED, RateLimited(retry_after=1)),
    (_TYPES.WAF_FILTERED, RateLimited(retry_after=SECONDS)),
    # No session, or one that the authorizer denies.
    (_TYPES.UNAUTHORIZED, Unauthorized()),
    (_TYPES.ACCESS_DENIED, Unauthorized()),
    (_TYPES.AUTHORIZER_FAILURE, Unavailable()),
    (_TYPES.AUTHORIZER_CONFIGURATION_ERROR, Unavailable()),
    (_TYPES.DEFAULT_4_XX, InvalidRequest()),
    # Whatever a function was at when it died or ran out of time.
    (_TYPES.DEFAULT_5_XX, OutcomeUnknown()),
)
_PUBLIC = dict.fromkeys(
    ("AwsSolutions-APIG4", "AwsSolutions-COG4"), "Public by design: who forgot a password cannot sign in first."
)
_WHY = {
    (False, False): _PUBLIC,
    (True, False): {"AwsSolutions-COG4": "Sessions are the service's own; its authorizer checks them."},
    (False, True): {"AwsSolutions-COG4": "Operators and back offices sign with AWS credentials; IAM says who may."},
}
"""Why a method has no user pool: by whether it needs a session, and whether it is an operator's."""
_ACCESS_LOG = {
    "time": "$context.requestTime",
    "requestId": "$context.extendedRequestId",
    "functionRequestId": "$context.integration.requestId",
    "resource": "$context.resourceId",
    "method": "$context.httpMethod",
    "status": "$context.status",
    "error": "$context.error.responseType",
    "latency": "$context.responseLatency",
    "bytes": "$context.responseLength",
}
"""No path, query, body or address: what callers wrote may be a token or somebody's identifier."""


class Api(Construct):
    """The API of one environment, at `url`, which has no final slash; `dns_records` lead a domain of its own there."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        config: Config,
        functions: Mapping[str, lambda_.IFunction],
    ) -> None:
        super().__init__(scope, construct_id)
        self._name = name
        self._config = config
        self._functions = functions
        self._routes = routes(
            sessions=config.sessions,
            challenge=config.challenge != "off",
            factors=bool(config.factors),
            operator=config.operator_api,
            reports=bool(config.freeze_seconds),
        )
        self.rest_api = apigateway.RestApi(
            self,
            "RestApi",
            rest_api_name=name,
            endpoint_types=[apigateway.EndpointType.REGIONAL],
            cloud_watch_role=False,
            # Or whoever knows its name would come past CloudFront, and past the firewall there.
            disable_execute_api_endpoint=config.source == "cloudfront" or None,
            deploy_options=self._stage(),
        )
        self._authorizer = self._session_authorizer() if config.sessions else None
        for path in dict.fromkeys(route.path for route in self._routes):
            self._resource(path, [route for route in self._routes if route.path == path])
        for response_type, error in _REFUSALS:
            self._refusal(response_type, error)
        self.rest_api.node.try_remove_child("Endpoint")  # an output that `url` may contradict
        stack = Stack.of(self)
        self.origin = f"https://{self.rest_api.rest_api_id}.execute-api.{stack.region}.{stack.url_suffix}"
        self.url = f"{self.origin}/{config.environment}"
        self.operator_arn = self.rest_api.arn_for_execute_api("POST", "/operator/resets", config.environment)
        """What a back office's role must be allowed to invoke."""
        self.dns_records: dict[str, str] = {}
        if config.domain_name and config.certificate_arn:
            self._custom_domain(config.domain_name, config.certificate_arn)
        if config.waf_rate_limit and config.source == "gateway":
            self._firewall(config.waf_rate_limit)
        self._acknowledge()

    def _stage(self) -> apigateway.StageOptions:
        access_logs = None
        if self._config.access_logs:
            access_logs = apigateway.LogGroupLogDestination(log_group(self, "AccessLogs", config=self._config))
        return apigateway.StageOptions(
            stage_name=self._config.environment,
            tracing_enabled=True,
            access_log_destination=access_logs,
            access_log_format=apigateway.AccessLogFormat.custom(json.dumps(_ACCESS_LOG)) if access_logs else None,
            throttling_rate_limit=_PREFLIGHT_RATE,
            throttling_burst_limit=_PREFLIGHT_BURST,
            method_options={
                f"{route.path}/{route.method}": apigateway.MethodDeploymentOptions(
                    throttling_rate_limit=route.rate, throttling_burst_limit=route.burst
                )
                for route in self._routes
            },
        )

    def _resource(self, path: str, routes: Sequence[Route]) -> None:
        resource = self.rest_api.root.resource_for_path(path)
        for route in routes:
            if route.function:
                integration = apigateway.LambdaIntegration(
                    self._functions[route.function],
                    allow_test_invoke=False,
                    timeout=Duration.seconds(_INTEGRATION_SECONDS),
                )
                method = resource.add_method(
                    route.method,
                    integration,
                    authorizer=self._authorizer if route.authorized else None,
                    authorization_type=apigateway.AuthorizationType.IAM if route.operator else None,
                )
            else:
                policy = self._config.password_policy.model_dump_json(by_alias=True)
                method = self._answer(resource, route.method, "200", _EXPOSED, policy)
            acknowledge(method, _WHY[route.authorized, route.operator])
        if self._config.allowed_origins and not any(route.operator for route in routes):  # no page signs with AWS keys
            methods = ",".join([*(route.method for route in routes), "OPTIONS"])
            headers = {**_PREFLIGHT, "Access-Control-Allow-Methods": methods}
            acknowledge(self._answer(resource, "OPTIONS", "204", headers, ""), _PUBLIC)

    def _session_authorizer(self) -> apigateway.RequestAuthorizer:
        return apigateway.RequestAuthorizer(
            self,
            "Sessions",
            handler=self._functions["authorizer"],
            identity_sources=[apigateway.IdentitySource.header("Authorization")],
            # An answer kept is a session that outlives a reset by as long.
            results_cache_ttl=Duration.seconds(0),
        )

    def _answer(
        self, resource: apigateway.IResource, http_method: str, status: str, cors: Mapping[str, str], body: str
    ) -> apigateway.Method:
        """Answer from the gateway itself, with CORS headers for the configured origins alone."""
        integration = apigateway.MockIntegration(
            passthrough_behavior=apigateway.PassthroughBehavior.NEVER,
            request_templates={"application/json": f'{{"statusCode": {status}}}'},
            integration_responses=[
                apigateway.IntegrationResponse(
                    status_code=status,
                    response_parameters={
                        f"method.response.header.{name}": _static(value) for name, value in SECURITY_HEADERS.items()
                    },
                    response_templates={"application/json": cors_template(self._config.allowed_origins, cors) + body},
                )
            ],
        )
        return resource.add_method(
            http_method,
            integration,
            method_responses=[
                apigateway.MethodResponse(
                    status_code=status,
                    response_parameters={f"method.response.header.{name}": True for name in SECURITY_HEADERS},
                )
            ],
        )

    def _refusal(self, response_type: apigateway.ResponseType, error: Error) -> None:
        # Unlike requestId, which a client may set, this one is the gateway's own.
        answer = problem(error, "$context.extendedRequestId")
        headers = {"Content-Type": "application/problem+json", **SECURITY_HEADERS}
        if error.retry_after is not None:
            headers["Retry-After"] = str(error.retry_after)
        if isinstance(error, Unauthorized):
            headers["WWW-Authenticate"] = "Bearer"
        # Gateway responses can't choose by the request's origin. They say nothing that any page may not read, and a
        # page that may not read a 429 shows a network error instead.
        if len(self._config.allowed_origins) == 1:
            headers |= {"Access-Control-Allow-Origin": self._config.allowed_origins[0], "Vary": "Origin", **_EXPOSED}
        elif self._config.allowed_origins:
            headers |= {"Access-Control-Allow-Origin": "*", **_EXPOSED}
        self.rest_api.add_gateway_response(
            response_type.response_type,
            type=response_type,
            status_code=str(answer.status),
            response_headers={name: _static(value) for name, value in headers.items()},
            templates={"application/json": answer.model_dump_json(by_alias=True, exclude_none=True)},
        )

    def _custom_domain(self, name: str, certificate_arn: str) -> None:
        domain = apigateway.DomainName(
            self,
            "Domain",
            domain_name=name,
            certificate=acm.Certificate.from_certificate_arn(self, "Certificate", certificate_arn),
            endpoint_type=apigateway.EndpointType.REGIONAL,
            security_policy=_TLS,
            endpoint_access_mode=apigateway.EndpointAccessMode.BASIC,
            mapping=self.rest_api,
        )
        self.url = self.origin = f"https://{name}"
        record = Record(
            output="ApiRecord",
            name=name,
            kind="CNAME",
            value=domain.domain_name_alias_domain_name,
            alias=domain.domain_name_alias_hosted_zone_id,
        )
        self.dns_records = publish(self, self._config.hosted_zone, [record])

    def _firewall(self, limit: int) -> None:
        acl = web_acl(self, name=self._name, limit=limit, blocked=self._config.blocked_sources, place="REGIONAL")
        stage = self.rest_api.deployment_stage.stage_arn
        waf.CfnWebACLAssociation(self, "FirewallAssociation", resource_arn=stage, web_acl_arn=acl.attr_arn)

    def _acknowledge(self) -> None:
        acknowledge(
            self.rest_api,
            {
                "AwsSolutions-APIG2": "The functions validate: their 400 names each field, the gateway's names none.",
            },
        )
        stage = {
            "AwsSolutions-APIG6": "Execution logs hold paths, headers and bodies; the functions' audit trail "
            "holds what happened without them."
        }
        if not self._config.access_logs:
            reason = (
                "They need the account's CloudWatch role for API Gateway, a bootstrap step: the setting accessLogs."
            )
            stage |= {"AwsSolutions-APIG1": reason, "Serverless-APIGWAccessLogging": reason}
            stage |= {"Serverless-APIGWStructuredLogging": reason}
        if not self._config.waf_rate_limit or self._config.source == "cloudfront":
            stage["AwsSolutions-APIG3"] = (
                "By the setting wafRateLimit, behind CloudFront on the distribution; each route is throttled and the "
                "service counts sources."
            )
        acknowledge(self.rest_api.deployment_stage, stage)


def cors_template(origins: Sequence[str], headers: Mapping[str, str]) -> str:
    """Return the template (VTL) that adds CORS headers to an answer, for exactly these origins."""
    if not origins:
        return ""
    lines = [
        # Quoted and quiet: an absent header is an empty text, whether the gateway gives null or that.
        """#set($origin = "$!input.params().header.get('Origin')")""",
        """#if($origin == "")#set($origin = "$!input.params().header.get('origin')")#end""",  # as HTTP/2 spells it
        f"#if({' || '.join(f'$origin == "{origin}"' for origin in origins)})",
        "#set($context.responseOverride.header.Access-Control-Allow-Origin = $origin)",
        '#set($context.responseOverride.header.Vary = "Origin")',
        *(f'#set($context.responseOverride.header.{name} = "{value}")' for name, value in headers.items()),
        "#end",
    ]
    return "".join(lines)


def _static(value: str) -> str:
    """Return a header's value as API Gateway writes static ones: in quotes.

    A value that ends in a quote ends in `;` here, which means the same: emulators take both quotes for the mark.
    """
    return f"'{value};'" if value.endswith("'") else f"'{value}'"
