"""Solves a challenge, as the documented recipe does."""

import base64
import hashlib
import json
from itertools import count
from typing import Any


def solve(challenge: dict[str, Any]) -> str:
    """Return the solution to send."""
    asked = challenge["parameters"]
    nonce, salt = bytes.fromhex(asked["nonce"]), bytes.fromhex(asked["salt"])
    for counter in count():
        password = nonce + counter.to_bytes(4, "big")
        key = hashlib.pbkdf2_hmac("sha256", password, salt, asked["cost"], asked["keyLength"]).hex()
        if key.startswith(asked["keyPrefix"]):
            return encode(challenge, {"counter": counter, "derivedKey": key})
    raise AssertionError


def encode(challenge: dict[str, Any], solution: object) -> str:
    """Return what is sent of a challenge and a solution."""
    sent = {"parameters": challenge["parameters"], "signature": challenge["signature"]}
    return base64.b64encode(json.dumps({"challenge": sent, "solution": solution}).encode()).decode()


def decode(solution: str) -> dict[str, Any]:
    """Return what is in a solution."""
    decoded: dict[str, Any] = json.loads(base64.b64decode(solution))
    return decoded
