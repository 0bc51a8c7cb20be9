"""AWS's services: where each is, how a call is written for it and an answer read, as botocore's models have it."""

import base64
import json
import os
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from password_reset.aws.connections import Request, Response

type Parameters = Mapping[str, Any]

_SUFFIXES = {"cn-": "amazonaws.com.cn", "eusc-": "amazonaws.eu", "eu-isoe-": "cloud.adc-e.uk"}
_SUFFIXES |= {"us-iso-": "c2s.ic.gov", "us-isob-": "sc2s.sgov.gov", "us-isof-": "csp.hci.ic.gov"}


class Service(NamedTuple):
    """A service by AWS's name for it, its name in hosts, and how it is spoken with."""

    name: str
    host: str
    write: Callable[[str, Parameters], Request]
    read: Callable[[Response], dict[str, Any]]
    signed_as: str
    retry_seconds: float = 0.05

    def url(self, region: str) -> str:
        """Return where it is, unless `AWS_ENDPOINT_URL` or that of the service says otherwise."""
        suffix = next((suffix for start, suffix in _SUFFIXES.items() if region.startswith(start)), "amazonaws.com")
        own = os.environ.get(f"AWS_ENDPOINT_URL_{self.name.upper().replace(' ', '_')}")
        return own or os.environ.get("AWS_ENDPOINT_URL") or f"https://{self.host}.{region}.{suffix}"


def _document(parameters: Parameters) -> bytes:
    return json.dumps(parameters, default=_plain).encode()


def _plain(value: object) -> str | float:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if not isinstance(value, datetime):
        raise TypeError(type(value).__name__)
    seconds = value.timestamp()
    return int(seconds) if seconds.is_integer() else seconds


def _json(target: str, version: str, operation: str, parameters: Parameters) -> Request:
    headers = {"X-Amz-Target": f"{target}.{operation}", "Content-Type": f"application/x-amz-json-{version}"}
    if target == "AmazonSQS":  # its errors have the codes that they had when it spoke XML
        headers["x-amzn-query-mode"] = "true"
    return Request("POST", "/", headers, _document(parameters))


def _read(response: Response, typed: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Return a document. Members of these names are bytes where they are texts, and times where they are numbers."""

    def decoded(found: dict[str, Any]) -> dict[str, Any]:
        for name in found.keys() & typed:
            found[name] = _decoded(found[name])
        return found

    document: dict[str, Any] = json.loads(response.body or b"{}", object_hook=decoded if typed else None)
    return document


def _decoded(value: Any) -> Any:  # noqa: ANN401 - an item may have an attribute of such a name, which is none of them
    match value:
        case str():
            return base64.b64decode(value)
        case list():
            return list(map(base64.b64decode, value))
        case int() | float():
            return datetime.fromtimestamp(value, UTC)
    return value


_MAIL = {"GetAccount": ("GET", "/v2/email/account"), "SendEmail": ("POST", "/v2/email/outbound-emails")}


def _mail(operation: str, parameters: Parameters) -> Request:
    method, path = _MAIL[operation]
    if method == "GET":
        return Request(method, path, {}, b"")
    return Request(method, path, {"Content-Type": "application/json"}, _document(parameters))


def _invocation(_: str, parameters: Parameters) -> Request:
    path = f"/2015-03-31/functions/{quote(parameters['FunctionName'], safe='')}/invocations"
    return Request("POST", path, {"X-Amz-Invocation-Type": parameters["InvocationType"]}, parameters["Payload"])


def _invoked(response: Response) -> dict[str, Any]:
    if "x-amzn-errortype" in response.headers:
        return _read(response)
    return {"Payload": BytesIO(response.body), "FunctionError": response.headers.get("x-amz-function-error")}


def _form(operation: str, parameters: Parameters) -> Request:
    fields = {"Action": operation, "Version": "2010-03-31"}
    fields |= {name: value for name, value in parameters.items() if isinstance(value, str)}
    for number, (name, attribute) in enumerate(parameters.get("MessageAttributes", {}).items(), 1):
        entry = f"MessageAttributes.entry.{number}."
        fields |= {f"{entry}Name": name} | {f"{entry}Value.{member}": text for member, text in attribute.items()}
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    return Request("POST", "/", headers, urlencode(fields).encode())


def _elements(response: Response) -> dict[str, Any]:
    return dict(re.findall(r"<(\w+)>([^<]*)</", response.body.decode()))


def _of_json(name: str, host: str, target: str, *typed: str, version: str = "1.1") -> Service:
    return Service(name, host, partial(_json, target, version), partial(_read, typed=frozenset(typed)), host)


_COGNITO = "AWSCognitoIdentityProviderService"
_DYNAMODB = _of_json("DynamoDB", "dynamodb", "DynamoDB_20120810", "B", "BS", version="1.0")
SERVICES = {
    "cognito-idp": _of_json("Cognito Identity Provider", "cognito-idp", _COGNITO, "UserLastModifiedDate"),
    "dynamodb": _DYNAMODB._replace(retry_seconds=0.025),
    "events": _of_json("EventBridge", "events", "AWSEvents"),
    "kms": _of_json("KMS", "kms", "TrentService", "CiphertextBlob", "Plaintext"),
    "lambda": Service("Lambda", "lambda", _invocation, _invoked, "lambda"),
    "secretsmanager": _of_json("Secrets Manager", "secretsmanager", "secretsmanager", "CreatedDate"),
    "sesv2": Service("SESv2", "email", _mail, _read, "ses"),
    "sns": Service("SNS", "sns", _form, _elements, "sns"),
    "sqs": _of_json("SQS", "sqs", "AmazonSQS", version="1.0"),
}
