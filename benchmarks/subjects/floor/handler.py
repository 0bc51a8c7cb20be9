"""The least that a function which calls AWS can be: it makes the clients of `CLIENTS` and nothing else.

With a `THRESHOLD` it puts the garbage collector off first, as the service does.
"""

import gc
import os

gc.set_threshold(int(os.environ.get("THRESHOLD") or gc.get_threshold()[0]))

import botocore.session  # noqa: E402 - once that is said

_session = botocore.session.get_session()
CLIENTS = [_session.create_client(service) for service in os.environ["CLIENTS"].split(",")]


def handler(_event: object, _context: object) -> dict[str, object]:
    """Answer."""
    return {"statusCode": 200, "headers": {}, "body": "{}"}
