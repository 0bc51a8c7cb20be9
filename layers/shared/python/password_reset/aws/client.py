"""A client of one service: of botocore's what functions use, with the same bytes sent on the same occasions.

botocore takes a third of a cold start and half of a warm request's time, to know every service and setting there is.
"""

import os
import random
import time
import uuid
from binascii import crc32
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import quote

from password_reset import __version__
from password_reset.aws.connections import Connections, Request, Response
from password_reset.aws.errors import ClientError, Errors, NoAnswerError, NotSentError, error
from password_reset.aws.services import SERVICES
from password_reset.aws.signature import signed
from password_reset.clock import utc_now

USER_AGENT = f"password-reset/{__version__}"
"""What CloudTrail shows first."""
_THROTTLED = {
    *("BandwidthLimitExceeded", "EC2ThrottledException", "LimitExceededException", "PriorRequestNotComplete"),
    *("ProvisionedThroughputExceededException", "RequestLimitExceeded", "RequestThrottled"),
    *("RequestThrottledException", "SlowDown", "ThrottledException", "Throttling", "ThrottlingException"),
    *("TooManyRequestsException", "TransactionInProgressException"),
}
_TRANSIENT = {"RequestTimeout", "RequestTimeoutException", "ReplicatedWriteConflictException"}
_TRANSIENT_STATUS = {500, 502, 503, 504}
_THROTTLED_STATUS = 429
_ERRORS_FROM = 300
_QUOTA, _PRICE, _PRICE_THROTTLED = 500, 14, 5
_MOST_LATER = 5


class Patience(NamedTuple):
    """How many seconds a connection and each answer are waited for, and how often a call is tried."""

    connect: float
    read: float
    tries: int


class Client:
    """Calls a service by its operations' names in small letters, as in `get_item(TableName=…)`."""

    exceptions = Errors()

    def __init__(self, service: str, patience: Patience) -> None:
        self.service, self._patience, self._quota = SERVICES[service], patience, _QUOTA
        url = self.service.url(os.environ["AWS_DEFAULT_REGION"])
        self.connections = Connections(url, patience.connect, patience.read)

    def __getattr__(self, name: str) -> Callable[..., dict[str, Any]]:
        return partial(self.call, name.title().replace("_", ""))

    def call(self, operation: str, **parameters: object) -> dict[str, Any]:
        """Return the answer.

        Raises:
            ClientError: it is an error, of the class that `exceptions` has for its code.
            NoAnswerError: there is none, or none that can be understood.
        """
        request = self.service.write(operation, parameters)
        tried = {"amz-sdk-invocation-id": str(uuid.uuid4())}
        attempt, price, until, was_sent = 1, 1, "", False
        while True:
            tried["amz-sdk-request"] = f"{until}attempt={attempt}; max={self._patience.tries}"
            try:
                answer = self._try(operation, request, tried, attempt - 1)
            except (ClientError, NoAnswerError) as failure:
                failure.operation = operation
                price, wait = self._retry(failure, attempt)
                was_sent = was_sent or not isinstance(failure, NotSentError)
                if attempt == self._patience.tries or not price or price > self._quota:
                    if was_sent and isinstance(failure, NotSentError):
                        raise NoAnswerError(operation) from failure
                    raise
                self._quota -= price
                until = self._until(failure)
                attempt += 1
                time.sleep(wait)
            else:
                self._quota = min(_QUOTA, self._quota + price)
                return answer

    def _try(self, operation: str, request: Request, tried: Mapping[str, str], retries: int) -> dict[str, Any]:
        try:
            return self._answer(operation, self._send(request, tried), retries)
        except (ClientError, NoAnswerError):
            raise
        except Exception as odd:  # noqa: BLE001 - whatever an answer can be, it may have had its effect
            name = type(odd).__name__
            raise NoAnswerError(name) from None  # its text may quote what was sent or answered

    def _send(self, request: Request, tried: Mapping[str, str]) -> Response:
        request = request._replace(headers={**request.headers, "Host": self.connections.host})
        request = signed(os.environ, self.service.signed_as, utc_now(), request)
        trace = os.environ.get("_X_AMZN_TRACE_ID") if "AWS_LAMBDA_FUNCTION_NAME" in os.environ else None
        traced = {"X-Amzn-Trace-Id": quote(trace, safe="-=;:+&[]{}\"',")} if trace else {}
        headers = {**request.headers, **tried, **traced, "User-Agent": USER_AGENT}
        return self.connections.send(request._replace(headers=headers))

    def _answer(self, operation: str, response: Response, retries: int) -> dict[str, Any]:
        headers, is_error = response.headers, response.status >= _ERRORS_FROM
        if headers.get("x-amz-crc32", str(found := crc32(response.body))) != str(found):
            raise NoAnswerError
        try:
            answer = self.service.read(response)
        except ValueError:
            if not is_error:
                raise
            answer = {}
        if not isinstance(answer, dict):
            raise TypeError
        if not is_error:
            return answer
        names = headers.get("x-amzn-query-error"), headers.get("x-amzn-errortype"), *map(answer.get, ("__type", "Code"))
        code = next(filter(None, names), str(response.status)).split(";")[0].split(":")[0].rpartition("#")[2]
        told = {"Code": code, "Message": answer.get("message", answer.get("Message", ""))}
        metadata = {"HTTPStatusCode": response.status, "HTTPHeaders": headers, "RetryAttempts": retries}
        raise error(code)(operation, {**answer, "Error": told, "ResponseMetadata": metadata})

    def _retry(self, failure: ClientError | NoAnswerError, attempt: int) -> tuple[int, float]:
        """Return what another try costs of the quota, or 0 where it is pointless, and in how many seconds."""
        code, status, later = "", 0, 0.0
        if isinstance(failure, ClientError):
            code, status = failure.code, failure.status
            with suppress(ValueError, OverflowError):
                later = int(failure.headers.get("x-amz-retry-after", 0)) / 1000
        if code in _THROTTLED or status == _THROTTLED_STATUS:
            price, scale = _PRICE_THROTTLED, 1.0
        elif isinstance(failure, NoAnswerError) or code in _TRANSIENT or status in _TRANSIENT_STATUS:
            price, scale = _PRICE, self.service.retry_seconds
        else:
            return 0, 0
        wait = random.random() * scale * 2 ** (attempt - 1)  # noqa: S311 # nosec B311
        return price, max(wait, min(later, wait + _MOST_LATER))

    def _until(self, failure: ClientError | NoAnswerError) -> str:
        """Return until when this side waits, by the clock of the other."""
        if isinstance(failure, ClientError):
            with suppress(ValueError, OverflowError):
                there = parsedate_to_datetime(failure.headers.get("date", ""))
                return f"ttl={there + timedelta(seconds=self._patience.read):%Y%m%dT%H%M%SZ}; "
        return ""
