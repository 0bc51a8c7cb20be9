"""Lambda's Runtime API, served here to the real runtime client: one execution environment a process.

Plain sockets and no thread: whatever runs beside a function takes the processor's caches from it, and is measured too.
Source: "Using the Lambda runtime API for custom runtimes", version 2018-06-01.
"""

import json
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

PATIENCE_SECONDS = 60


class FunctionError(Exception):
    """The function ended, or answered with an error, or with something else than it should."""


@dataclass(frozen=True)
class Answer:
    """What a function answered, and when that began to arrive, on the monotonic clock."""

    body: Any
    at: float


def cpu_seconds(pid: int) -> float:
    """Return the seconds of processor that a process and its threads have used, to the nanosecond (schedstat)."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


@dataclass
class Environment:
    """One execution environment, whose process was `started` then, on the monotonic clock."""

    pid: int
    started: float
    _listener: socket.socket
    _connection: socket.socket | None = None
    _requests: BinaryIO = field(init=False)
    _polled: float | None = None

    def initialised(self) -> float:
        """Return when the function asked for its next event, on the monotonic clock: the first time, it is ready.

        Raises:
            FunctionError: it cannot be started.
            TimeoutError: it did not ask in time.
        """
        if self._polled is None:
            self._polled = self._take("next").at
        return self._polled

    def invoke(self, event: object) -> Answer:
        """Return the function's answer to an event.

        Raises:
            FunctionError: it raised, or cannot be started.
            TimeoutError: it did not answer in time.
        """
        self.initialised()
        self._polled = None
        told = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": str(uuid.uuid4()),
            "Lambda-Runtime-Deadline-Ms": str(int((time.time() + PATIENCE_SECONDS) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:123456789012:function:measured",
        }
        self._reply("200 OK", json.dumps(event).encode(), told)
        answer = self._take("response")
        self._reply("202 Accepted", b"", {})
        return answer

    def close(self) -> None:
        """Close the connection to the runtime client."""
        if self._connection:
            self._requests.close()
            self._connection.close()

    def _take(self, expected: str) -> Answer:
        """Read a request of the runtime client's, on the connection that it keeps open or on a new one."""
        while not (line := self._requests.readline() if self._connection else b""):
            self.close()
            self._connection, _ = self._listener.accept()
            self._connection.settimeout(PATIENCE_SECONDS)
            self._requests = self._connection.makefile("rb")
        at, size = time.monotonic(), 0
        while header := self._requests.readline().strip():
            name, _, value = header.partition(b":")
            if name.lower() == b"content-length":
                size = int(value)
        body = json.loads(self._requests.read(size)) if size else None
        _, path, _ = line.decode().split()
        if not path.endswith(f"/{expected}"):
            raise FunctionError(body)
        return Answer(body, at)

    def _reply(self, status: str, body: bytes, headers: Mapping[str, str]) -> None:
        assert self._connection  # noqa: S101 - the request came by it
        lines = [f"{name}: {value}\r\n" for name, value in {**headers, "Content-Length": len(body)}.items()]
        self._connection.sendall(f"HTTP/1.1 {status}\r\n{''.join(lines)}\r\n".encode() + body)


@contextmanager
def environment(python: Path, task: Path, variables: Mapping[str, str], log: Path) -> Iterator[Environment]:
    """Start a function's process, `task` being its `/var/task`; end it afterwards. What it prints goes to `log`."""
    with socket.create_server(("127.0.0.1", 0)) as listener, log.open("ab") as output:
        listener.settimeout(PATIENCE_SECONDS)
        told = {
            **variables,
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{listener.getsockname()[1]}",
            "AWS_LAMBDA_FUNCTION_NAME": "measured",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1769",
            "AWS_LAMBDA_LOG_FORMAT": "JSON",
            "LAMBDA_TASK_ROOT": str(task),
            "PYTHONDONTWRITEBYTECODE": "1",  # as under the read-only folders of Lambda
        }
        command: list[str | Path] = [python, "-m", "awslambdaric", "handler.handler"]
        started = time.monotonic()
        process = subprocess.Popen(command, cwd=task, env=told, stdout=output, stderr=output)  # noqa: S603 - ours
        served = Environment(process.pid, started, listener)
        try:
            yield served
        finally:
            process.kill()
            process.wait()
            served.close()
