"""What messages to one address cost whoever floods it, in processor seconds: `python -m benchmarks.flood`.

Before challenges a message cost a request, and past three an hour there were none. With them there are more, from more
sources, and each takes work that grows with the flood.
"""

import hashlib
import http.client
import json
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from statistics import mean
from typing import Any

from password_reset.aws.pepper import Pepper
from password_reset.limits.wiring import MAILS_OF_A_FLOOD
from password_reset.proofs.altcha import SPREAD, Altcha
from password_reset.proofs.challenges import NORMAL

MESSAGES = 1_000
FREE_A_DAY = 10
"""Messages a day to one address without a solution."""
CHALLENGES = 40
REQUESTS = 300
SOURCE = "203.0.113.7"


def derivation(challenge: dict[str, Any]) -> None:
    """Try one counter, as the quickest code of a flooder would: OpenSSL's."""
    asked = challenge["parameters"]
    nonce, salt = bytes.fromhex(asked["nonce"]), bytes.fromhex(asked["salt"])
    hashlib.pbkdf2_hmac("sha256", nonce + bytes(4), salt, asked["cost"], asked["keyLength"])


def seconds(call: Callable[[], object], times: int) -> float:
    """Return the processor seconds of a call, of this thread alone."""
    spent = []
    for _ in range(times):
        start = time.thread_time()
        call()
        spent.append(time.thread_time() - start)
    return mean(spent)


def main() -> None:
    """Measure, and print the bill."""
    challenges, now = Altcha(pepper=Pepper(lambda: "k" * 64)), datetime.now(UTC)
    issued = dict(challenges.issue(SOURCE, NORMAL, now))
    issuing = seconds(lambda: challenges.issue(SOURCE, NORMAL, now), CHALLENGES)
    solving = seconds(lambda: derivation(issued), CHALLENGES) * SPREAD / 2
    request = _request_seconds()
    solved = MESSAGES - FREE_A_DAY
    work = min(solved, MAILS_OF_A_FLOOD - FREE_A_DAY) + 2 * max(0, solved - (MAILS_OF_A_FLOOD - FREE_A_DAY))
    before, after = MESSAGES * request, (MESSAGES + 2 * solved) * request + work * solving
    sys.stdout.write(
        f"A request costs its sender {request * 1000:.2f} ms of a processor, a challenge {solving * 1000:.0f} ms,\n"
        f"and the service {issuing * 1000:.2f} ms to issue one.\n"
        f"{MESSAGES} messages a day to one address: {before:.1f} s if nothing limited them, "
        f"{after:.0f} s with challenges, {after / before:.0f} times as much.\n"
    )


def _request_seconds() -> float:
    body = json.dumps({"email": "someone@example.com"})

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        connection = http.client.HTTPConnection("127.0.0.1", server.server_port)

        def ask() -> None:
            connection.request("POST", "/", body, {"Content-Type": "application/json"})
            connection.getresponse().read()

        spent = seconds(ask, REQUESTS)
        connection.close()
        server.shutdown()
    return spent


if __name__ == "__main__":
    main()
