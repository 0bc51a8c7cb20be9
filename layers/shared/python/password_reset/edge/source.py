"""Whose address a request comes from: the gateway's word, or CloudFront's, where that is in front of the gateway.

Behind CloudFront the gateway sees an edge's address, and any header may be anybody's. So CloudFront proves itself by a
secret in a header of its own, which is compared before anything else of the request is believed. While the secret is
rotated, distribution and functions have the new one at different times, so the one before it is good as well.
"""

import hmac
import ipaddress
from dataclasses import replace
from typing import TYPE_CHECKING

from password_reset.errors import Forbidden
from password_reset.limits.windows import source_of

if TYPE_CHECKING:
    from password_reset.bootstrap import Bootstrap
    from password_reset.edge.http import Request

SECRET_HEADER = "x-origin-secret"  # noqa: S105 - a header's name
VIEWER_HEADER = "cloudfront-viewer-address"
"""Address and port, as in `198.51.100.10:46532`; of IPv6 with brackets or without (CloudFront, request headers)."""


def admitted(request: "Request", app: "Bootstrap") -> "Request":
    """Return the request with its source.

    Raises:
        Forbidden: it came past CloudFront, which is to be in front.
    """
    # Operators sign with AWS credentials, which the gateway verified: they come to the API's own domain.
    if request.principal:
        return request
    given = request.header(SECRET_HEADER).encode("utf-8", "surrogatepass")
    # The one before is read only if it isn't the current one, and at most once in five minutes.
    if not given or not any(hmac.compare_digest(given, secret().encode()) for secret in app.origin_secrets):
        raise Forbidden
    address = request.header(VIEWER_HEADER).rpartition(":")[0].strip("[]")
    try:
        ipaddress.ip_address(address)
    except ValueError:
        raise Forbidden from None
    return replace(request, viewer=source_of(address))
