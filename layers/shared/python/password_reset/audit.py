"""The audit trail: one record of one form for every attempt, whatever became of it.

Identifiers and sources appear as keyed pseudonyms, so that a record can be matched with another but not
with a person, and with them goes every line break and control character that a caller could send
(ASVS 16.2 to 16.4, CWE-117, CWE-532). Exceptions are named by type and place: their texts quote parameters.
"""

import json
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from aws_lambda_powertools import Logger, single_metric
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.metrics.functions import is_metrics_disabled
from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from password_reset.errors import Error, Unavailable

if TYPE_CHECKING:
    from password_reset.aws.pepper import Pepper

NAMESPACE = "PasswordReset"
TOKEN_REFERENCE = 12
"""Characters of a token's hash in records: 48 bits find one among millions, and nothing can be done with them."""
# In ASCII: U+2028 and its like end a line for some readers of logs, and ids from elsewhere may hold them (CWE-117).
logger = Logger(
    service="password-reset", utc=True, json_serializer=partial(json.dumps, default=str, separators=(",", ":"))
)
# At DEBUG these write whole requests and responses: pepper, keys, tokens and hashes. Whatever the environment asks for,
# they do not (ASVS 16.2.5).
for _talker in ("botocore", "boto3", "s3transfer", "urllib3", "aws_lambda_powertools"):
    logging.getLogger(_talker).setLevel(logging.WARNING)

type Event = Literal[
    "forgot-password",
    "challenge",
    "verify-reset-token",
    "verify-reset-code",
    "verify-reset-factor",
    "recovery-code-used",
    "factor-code",
    "reset-password",
    "start-reset",
    "deliver-reset",
    "notify-change",
    "change-undone",
    "report-change",
    "notify-dispute",
    "mail-feedback",
    "sign-in",
    "sign-out",
    "me",
    "authorize",
    "levers",
]
type Outcome = Literal["accepted", "refused", "failed"]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class AuditRecord:
    """One attempt. `docs/audit-record.schema.json` is made of this."""

    # A dataclass: a model would take 8 ms of each cold start to check what we say ourselves.
    __pydantic_config__: ClassVar = ConfigDict(alias_generator=to_camel)

    event: Annotated[Event, Field(description="What was attempted.")]
    outcome: Annotated[
        Outcome, Field(description="Refused: by a rule. Failed: by a fault, and retried where it can be.")
    ]
    reason: Annotated[str | None, Field(description="Why it was refused or failed: a stable code.")]
    why: Annotated[
        str | None,
        Field(
            description="What callers aren't told: of a token `unknown`, `used`, `expired`, `refused` (too often), "
            "`superseded`, `void` or `frozen`, of a report `wrong_address` too; of a sign-in `frozen`; "
            "of a source `blocked`; of a pause `paused`."
        ),
    ]
    fault: Annotated[str | None, Field(description="The exceptions behind a failure, by type and place.")]
    request_id: Annotated[str, Field(description="The request's, the same in the records of the workers.")]
    for_request: Annotated[
        str | None,
        Field(
            description="The `requestId` of what led to the token or code: a request, or a change that a "
            "notice tells of."
        ),
    ]
    time: Annotated[datetime, Field(description="UTC, RFC 3339.")]
    user_id: Annotated[str | None, Field(description="The account, where it is known.")]
    identifier: Annotated[str | None, Field(description="HMAC-SHA256 of the normalised identifier, hex.")]
    source: Annotated[str | None, Field(description="HMAC-SHA256 of the source address, hex.")]
    source_address: Annotated[
        str | None, Field(description="The source address itself, while an operator has it revealed.")
    ]
    token: Annotated[str | None, Field(description="The first 12 characters of the token's SHA-256, hex.")]
    channel: Annotated[str | None, Field(description="How the message went out.")]
    operator: Annotated[
        str | None, Field(description="Who started it for somebody else: a principal's ARN, or an event's source.")
    ]

    def document(self) -> dict[str, str | None]:
        """Return it as it is logged."""
        written = {name: getattr(self, member) for member, name in _NAMES.items()}
        return written | {"time": self.time.isoformat().replace("+00:00", "Z")}


_NAMES = {member.name: to_camel(member.name) for member in fields(AuditRecord)}


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Audit:
    """Writes records through the Powertools Logger, and counts them as CloudWatch metrics (EMF)."""

    pepper: "Callable[[], Pepper]"
    clock: Callable[[], datetime]
    reveals_sources: Callable[[datetime], bool] = lambda _: False

    def attempt(self, event: Event, request_id: str) -> "Attempt":
        """Return the attempt to run a use case in: leaving its block writes the one record of it."""
        return Attempt(audit=self, event=event, request_id=request_id)

    def write(self, attempt: "Attempt", outcome: Outcome, fault: str | None) -> None:
        """Write an attempt's record and count it."""
        identifier, source = self._pseudonyms(attempt)
        now = self.clock()
        record = AuditRecord(
            event=attempt.event,
            outcome=outcome,
            reason=attempt.reason,
            why=attempt.why,
            fault=fault,
            request_id=attempt.request_id,
            for_request=attempt.for_request,
            time=now,
            user_id=attempt.user_id,
            identifier=identifier,
            source=source,
            source_address=attempt.source if self.reveals_sources(now) else None,
            token=attempt.token,
            channel=attempt.channel,
            operator=attempt.operator,
        )
        log = logger.error if outcome == "failed" else logger.info
        log("audit", extra={"audit": record.document()})
        count(attempt.event, outcome=outcome)
        if attempt.why == "used":
            count("replayed-token")

    def identifier(self, identifier: str) -> str:
        """Return the pseudonym under which records have a normalised identifier."""
        return self.pepper().pseudonym("audit identifier", identifier)

    def source(self, address: str) -> str:
        """Return the pseudonym under which records have a source, as it is counted (`source_of`)."""
        return self.pepper().pseudonym("audit source", address)

    def _pseudonyms(self, attempt: "Attempt") -> tuple[str | None, str | None]:
        try:
            return (
                attempt.identifier and self.identifier(attempt.identifier),
                attempt.source and self.source(attempt.source),
            )
        except Exception:  # noqa: BLE001 - a record without pseudonyms beats no record: the pepper may be the fault
            return None, None


@dataclass(kw_only=True)
class Attempt:
    """One attempt at a use case, which fills in what it learns. Times and outcome are added on leaving."""

    audit: Audit
    event: Event
    request_id: str
    source: str | None = None
    identifier: str | None = None
    user_id: str | None = None
    channel: str | None = None
    token: str | None = None
    for_request: str | None = None
    operator: str | None = None
    reason: str | None = field(default=None, init=False)
    why: str | None = field(default=None, init=False)
    _left: bool = field(default=False, init=False)

    def refuse(self, reason: str, why: str | None = None) -> None:
        """Say why nothing is done, where no caller is to be told."""
        self.reason, self.why = reason, why

    def about(self, token_hash: str) -> None:
        """Say which token it is about: by as much of its hash as tells it from others."""
        self.token = token_hash[:TOKEN_REFERENCE]

    def leave_to_others(self) -> None:
        """Write no record of a success: attempts that this one leads to have their own."""
        self._left = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, Error):
            self.reason, self.why = error.audited_as or error.code, error.why
            failed = isinstance(error, Unavailable)
        else:
            failed = error is not None
            self.reason = Unavailable.code if failed else self.reason
        if self._left and error is None:
            return
        outcome: Outcome = "failed" if failed else "refused" if self.reason else "accepted"
        self.audit.write(self, outcome, describe(error) if failed and error else None)


def count(name: str, **dimensions: str) -> None:
    """Count one occurrence as a metric, written at once and so safe under threads."""
    if is_metrics_disabled():
        return
    namespace = os.environ.get("METRICS_NAMESPACE", NAMESPACE)  # several deployments share an account
    with single_metric(name=name, unit=MetricUnit.Count, value=1, namespace=namespace, default_dimensions=dimensions):
        pass


def describe(error: BaseException) -> str:
    """Return an exception and its causes by type and place, without their texts, which quote parameters."""
    parts = []
    cause: BaseException | None = error
    while cause is not None:
        trace = cause.__traceback__
        while trace and trace.tb_next:
            trace = trace.tb_next
        place = f" at {trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}" if trace else ""
        response = getattr(cause, "response", None)
        code = response.get("Error", {}).get("Code", "") if isinstance(response, dict) else ""
        which = getattr(cause, "operation", code)
        parts.append(f"{type(cause).__name__}{f'({which})' if which else ''}{place}")
        cause = cause.__cause__ or cause.__context__
    return " < ".join(parts)
