"""AWS Signature Version 4, of requests without a query.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote

from password_reset.aws.connections import Request


def signed(caller: Mapping[str, str], service: str, now: datetime, request: Request) -> Request:
    """Return the request, the host among its headers, with the signature of all there is. `now` is UTC.

    `caller` says who asks, and of which region, by the variables that Lambda sets.

    Raises:
        KeyError: the variable that is missing.
    """
    at, token = f"{now:%Y%m%dT%H%M%SZ}", caller.get("AWS_SESSION_TOKEN")
    headers = {**request.headers, "X-Amz-Date": at} | ({"X-Amz-Security-Token": token} if token else {})
    lines = sorted((name.lower(), value) for name, value in headers.items())
    names, of_body = ";".join(name for name, _ in lines), hashlib.sha256(request.body).hexdigest()
    canonical = [request.method, quote(request.path), "", *map(":".join, lines), "", names, of_body]
    of_request = hashlib.sha256("\n".join(canonical).encode()).hexdigest()
    scope = [at[:8], caller["AWS_DEFAULT_REGION"], service, "aws4_request"]
    key = f"AWS4{caller['AWS_SECRET_ACCESS_KEY']}".encode()
    for part in (*scope, "\n".join(["AWS4-HMAC-SHA256", at, "/".join(scope), of_request])):
        key = hmac.digest(key, part.encode(), "sha256")
    credential = "/".join([caller["AWS_ACCESS_KEY_ID"], *scope])
    signature = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, Signature={key.hex()}"
    return request._replace(headers=headers | {"Authorization": signature})
