"""A Lambda execution environment as a process: a function's code, the shared layer, its variables, nothing else.

Reads events from standard input, a line each, and writes each answer as a line after `ANSWER`; what else is on
standard output is what the function logs.
"""

import importlib
import json
import sys
import uuid
from dataclasses import dataclass, field

ANSWER = "ANSWER "


@dataclass
class Context:
    """What of Lambda's context the functions read."""

    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    function_name: str = "deployed"
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:deployed"
    memory_limit_in_mb: int = 128


if __name__ == "__main__":
    handler = importlib.import_module("handler").handler
    for line in sys.stdin:
        print(ANSWER + json.dumps(handler(json.loads(line), Context())), flush=True)  # noqa: T201 - the answer
