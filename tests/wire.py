"""The wire to AWS: what was called, and faults that neither moto nor an engine produces."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import boto3
from botocore.exceptions import ReadTimeoutError

type Fault = Callable[[], Any]


@dataclass
class Wire:
    """Watches every call of a session's clients, and breaks those that a test wants broken."""

    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    _before: dict[str, list[Fault]] = field(default_factory=dict)
    _after: dict[str, list[Fault]] = field(default_factory=dict)
    _numbered: dict[tuple[int, str], Fault] = field(default_factory=dict)
    _told: Callable[[str, dict[str, Any]], object] | None = None

    def attach(self, session: boto3.Session) -> None:
        session.events.register("provide-client-params", self._record)
        session.events.register("before-call", self._break_before)
        session.events.register("after-call", self._break_after)

    def reset(self) -> None:
        for state in (self.calls, self._before, self._after, self._numbered):
            state.clear()

    def operations(self) -> list[str]:
        """The operations called so far, as in `dynamodb.UpdateItem`."""
        return [operation for operation, _ in self.calls]

    def sent(self, operation: str) -> list[dict[str, Any]]:
        """The parameters of each call of an operation so far."""
        return [parameters for called, parameters in self.calls if called == operation]

    def fail(self, operation: str, *faults: Fault) -> None:
        """Answer the next calls of an operation with these faults, one each, before they take effect."""
        self._before.setdefault(operation, []).extend(faults)

    def lose_answer(self, operation: str, times: int = 1) -> None:
        """Let the next calls of an operation take effect, and time out waiting for the answer."""
        self._after.setdefault(operation, []).extend([timeout] * times)

    def break_call(self, number: int, fault: Fault, when: Literal["before", "after"]) -> None:
        """Break the call of this number, from 0 and from now on, before it takes effect or after."""
        self.reset()
        self._numbered[number, when] = fault

    def on_success(self, told: Callable[[str, dict[str, Any]], object]) -> None:
        """Call back with each operation that has taken effect, and its parameters."""
        self._told = told

    @contextmanager
    def always_failing(self, operation: str, fault: Fault) -> Iterator[None]:
        """Break every call of an operation for a while."""
        self._before[operation] = [fault] * 1000
        yield
        del self._before[operation]

    def _record(self, params: dict[str, Any], model: Any, **_: object) -> None:
        self.calls.append((f"{model.service_model.endpoint_prefix}.{model.name}", params))

    def _break_before(self, model: Any, **_: object) -> Any:
        if fault := self._numbered.pop((len(self.calls) - 1, "before"), None):
            return fault()
        faults = self._before.get(f"{model.service_model.endpoint_prefix}.{model.name}")
        return faults.pop(0)() if faults else None

    def _break_after(self, model: Any, http_response: Any, parsed: dict[str, Any], **_: object) -> None:
        if self._told:
            self._told(*self.calls[-1])
        if fault := self._numbered.pop((len(self.calls) - 1, "after"), None):
            answer = fault()
            if answer:
                http, document = answer
                http_response.status_code = http.status_code
                parsed |= document
        faults = self._after.get(f"{model.service_model.endpoint_prefix}.{model.name}")
        if faults:
            faults.pop(0)()


@dataclass(frozen=True)
class _Http:
    status_code: int


def refusal(code: str, status: int = 400, *, retries: int = 0, **members: object) -> Fault:
    """Return a fault that answers with an AWS error."""
    metadata = {"HTTPStatusCode": status, "RetryAttempts": retries, "RequestId": "injected", "HTTPHeaders": {}}
    return lambda: (
        _Http(status),
        {"Error": {"Code": code, "Message": f"canary-{code}"}, "ResponseMetadata": metadata, **members},
    )


def cancelled(*reasons: str) -> Fault:
    """Return a fault that cancels a transaction, with a reason for each of its items."""
    return refusal("TransactionCanceledException", CancellationReasons=[{"Code": reason} for reason in reasons])


def timeout() -> None:
    """Time out waiting for an answer."""
    raise ReadTimeoutError(endpoint_url="https://aws.test")
