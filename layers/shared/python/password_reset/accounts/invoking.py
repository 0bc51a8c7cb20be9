"""How a directory function is invoked: as a Lambda function, or on one machine in this process."""

import importlib
import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from password_reset.accounts.function import MAX_ANSWER_BYTES, Unanswered
from password_reset.aws.errors import ClientError, NoAnswerError, NotSentError
from password_reset.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


def by_lambda(client: "LambdaClient", arn: str) -> Callable[[bytes], bytes]:
    """Return what invokes a Lambda function, once."""

    def invoke(document: bytes) -> bytes:
        try:
            answer = client.invoke(FunctionName=arn, InvocationType="RequestResponse", Payload=document)
            payload: bytes = answer["Payload"].read(MAX_ANSWER_BYTES + 1)
        except NotSentError as error:
            raise Unavailable from error
        except NoAnswerError as error:
            raise Unanswered from error
        except ClientError as error:
            if not error.is_server_fault:  # throttled, for one
                raise Unavailable from error
            raise Unanswered from error
        if answer.get("FunctionError"):  # what it says is the function's own, a stack trace for one
            raise Unanswered
        return payload

    return invoke


def in_process(path: str) -> Callable[[bytes], bytes]:
    """Return what calls `package.module:handler` as Lambda would; for `make run`, and tests.

    Raises:
        ImportError, AttributeError: there is no such handler.
    """
    module, _, name = path.partition(":")
    handler = getattr(importlib.import_module(module), name)

    def invoke(document: bytes) -> bytes:
        try:
            return json.dumps(handler(json.loads(document), None)).encode()
        except Exception as error:
            raise Unanswered from error

    return invoke
