"""Two writes that happen together or not at all, and what is known when an answer is missing."""

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from password_reset.aws.errors import ClientError, NoAnswerError
from password_reset.errors import Error, OutcomeUnknown, Superseded, Unchanged

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

TRIES = 3
JITTER_SECONDS = 0.1


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Transactions:
    """Conditional transactions on DynamoDB."""

    client: "DynamoDBClient"
    sleep: Callable[[float], None] = time.sleep

    def write(self, items: "Sequence[TransactWriteItemTypeDef]", *, took_effect: Callable[[], bool]) -> None:
        """Write all items or none, in `TRIES` tries at most.

        `took_effect` reads again: True where the write is there, for its answer may have been lost; it raises
        an `Error` where trying again is pointless. Every try carries the same client request token, under which
        DynamoDB applies the write once.

        Raises:
            Superseded: a condition failed, and the write is not there.
            Unchanged: nothing was written.
            OutcomeUnknown: an answer was lost, and the write may be there.
        """
        request_token = secrets.token_hex(16)
        unknown = False
        fault: NoAnswerError | ClientError | None = None
        for attempt in range(TRIES):
            if attempt:
                self.sleep(secrets.SystemRandom().uniform(0, JITTER_SECONDS * 2**attempt))
            fault = self._try(items, request_token)
            if fault is None:
                return
            unknown = unknown or _may_be_written(fault)
            try:
                if took_effect():
                    return
            except (NoAnswerError, ClientError) as error:
                fault = error
                continue
            except Error as refusal:
                if unknown:  # a try that is still under way may yet take effect
                    raise OutcomeUnknown from refusal
                raise
            if _conditions_failed(fault):
                raise Superseded
        raise OutcomeUnknown if unknown else Unchanged from fault

    def _try(
        self, items: "Sequence[TransactWriteItemTypeDef]", request_token: str
    ) -> NoAnswerError | ClientError | None:
        try:
            self.client.transact_write_items(TransactItems=items, ClientRequestToken=request_token)
        except (NoAnswerError, ClientError) as error:
            return error
        return None


def _conditions_failed(error: NoAnswerError | ClientError) -> bool:
    reasons = error.response.get("CancellationReasons", []) if isinstance(error, ClientError) else []
    return any(reason.get("Code") == "ConditionalCheckFailed" for reason in reasons)


def _may_be_written(error: NoAnswerError | ClientError) -> bool:
    return isinstance(error, NoAnswerError) or error.may_have_happened
