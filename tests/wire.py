"""The wire to AWS: what was called, and faults that neither moto nor an engine produces."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal
from unittest import mock

from password_reset.aws.client import Client
from password_reset.aws.errors import NoAnswerError, error

type Fault = Callable[[], Any]
_OK = 200


@dataclass
class Wire:
    """Watches every call of the service's clients, and breaks those that a test wants broken."""

    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    _before: dict[str, list[Fault]] = field(default_factory=dict)
    _after: dict[str, list[Fault]] = field(default_factory=dict)
    _numbered: dict[tuple[int, str], Fault] = field(default_factory=dict)
    _told: Callable[[str, dict[str, Any]], object] | None = None

    @contextmanager
    def attached(self) -> Iterator[None]:
        """Watch until the block ends."""
        call = Client.call
        with mock.patch.object(Client, "call", lambda client, *args, **asked: self._call(call, client, *args, **asked)):
            yield

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

    def _call(self, call: Callable[..., dict[str, Any]], client: Client, operation: str, **parameters: Any) -> Any:
        name = f"{client.service.host}.{operation}"
        self.calls.append((name, parameters))
        if told := self._fault(name, "before", self._before):
            return told()
        answer = call(client, operation, **parameters)
        if self._told:
            self._told(*self.calls[-1])
        told = self._fault(name, "after", self._after)
        return told() if told else answer

    def _fault(self, name: str, when: str, faults: Mapping[str, list[Fault]]) -> Callable[[], dict[str, Any]] | None:
        """Return what is told instead of an answer, if anything is."""
        fault = self._numbered.pop((len(self.calls) - 1, when), None)
        if fault is None and faults.get(name):
            fault = faults[name].pop(0)
        found = fault() if fault else None
        return found if callable(found) else None


def refusal(code: str, status: int = 400, *, retries: int = 0, **members: object) -> Fault:
    """Return a fault that answers with an AWS error."""
    metadata = {"HTTPStatusCode": status, "RetryAttempts": retries, "HTTPHeaders": {}}
    document = {"Error": {"Code": code, "Message": f"canary-{code}"}, "ResponseMetadata": metadata, **members}

    def told() -> dict[str, Any]:
        if status == _OK:
            return document
        operation = "Injected"
        raise error(code)(operation, document)

    return lambda: told


def cancelled(*reasons: str) -> Fault:
    """Return a fault that cancels a transaction, with a reason for each of its items."""
    return refusal("TransactionCanceledException", CancellationReasons=[{"Code": reason} for reason in reasons])


def timeout() -> None:
    """Time out waiting for an answer."""
    raise NoAnswerError from TimeoutError("timed out")
