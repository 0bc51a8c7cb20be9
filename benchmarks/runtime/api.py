"""Lambda's Runtime API, served here to the real runtime client: one execution environment a process.

Source: "Using the Lambda runtime API for custom runtimes", version 2018-06-01.
"""

import json
import queue
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, override

PATIENCE_SECONDS = 60


class FunctionError(Exception):
    """The function ended, or answered with an error."""


@dataclass(frozen=True)
class Answer:
    """What a function answered, and what its process had used by then."""

    body: Any
    at: float
    """When it was posted, on the monotonic clock."""
    cpu: float
    """Seconds of processor since the process began."""


def cpu_seconds(pid: int) -> float:
    """Return the seconds of processor that a process and its threads have used, to the nanosecond (schedstat)."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Calls)
        self.events: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self.answers: queue.SimpleQueue[Answer | FunctionError] = queue.SimpleQueue()
        self.pid = 0

    @override
    def handle_error(self, *_: object) -> None:
        """Say nothing: a process is killed while it waits for its next event."""


class _Calls(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        """Hand over the next event, as soon as there is one."""
        event = self.server.events.get()
        self._reply(
            200,
            event,
            {
                "Content-Type": "application/json",
                "Lambda-Runtime-Aws-Request-Id": str(uuid.uuid4()),
                "Lambda-Runtime-Deadline-Ms": str(int((time.time() + PATIENCE_SECONDS) * 1000)),
                "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:123456789012:function:measured",
            },
        )

    def do_POST(self) -> None:
        """Take an answer or an error."""
        at, cpu = time.monotonic(), cpu_seconds(self.server.pid)
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        posted = self.path.endswith("/response")
        self._reply(202, b"", {})
        self.server.answers.put(Answer(body, at, cpu) if posted else FunctionError(body))

    def _reply(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@dataclass(frozen=True)
class Environment:
    """One execution environment."""

    pid: int
    started: float
    """When its process was started, on the monotonic clock."""
    _server: _Server

    def invoke(self, event: object) -> Answer:
        """Return the function's answer to an event.

        Raises:
            FunctionError: it raised, or did not answer in time.
        """
        self._server.events.put(json.dumps(event).encode())
        try:
            answer = self._server.answers.get(timeout=PATIENCE_SECONDS)
        except queue.Empty:
            raise FunctionError from None
        if isinstance(answer, FunctionError):
            raise answer
        return answer


@contextmanager
def environment(python: Path, task: Path, variables: Mapping[str, str], log: Path) -> Iterator[Environment]:
    """Start a function's process, `task` being its `/var/task`; end it afterwards. What it prints goes to `log`."""
    server = _Server()
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    told = {
        **variables,
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{server.server_port}",
        "AWS_LAMBDA_FUNCTION_NAME": "measured",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1769",
        "AWS_LAMBDA_LOG_FORMAT": "JSON",
        "LAMBDA_TASK_ROOT": str(task),
        "PYTHONDONTWRITEBYTECODE": "1",  # as under the read-only folders of Lambda
    }
    command: list[str | Path] = [python, "-m", "awslambdaric", "handler.handler"]
    with log.open("ab") as output:
        started = time.monotonic()
        process = subprocess.Popen(command, cwd=task, env=told, stdout=output, stderr=output)  # noqa: S603 - ours
    server.pid = process.pid
    try:
        yield Environment(process.pid, started, server)
    finally:
        process.kill()
        process.wait()
        server.shutdown()
        server.server_close()
