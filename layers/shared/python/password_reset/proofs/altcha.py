"""Proof of work, in the format of ALTCHA 2: nothing to see or hear, and nothing of third parties.

A browser derives keys (PBKDF2, which browsers have built in) from a nonce and a counter until one begins as it
should. Where to stop was drawn when the challenge was issued, so the wait has an upper bound. Checking takes two
HMACs, so that nobody makes the service work by sending nonsense.

Not the package `altcha`: it reads the machine's clock instead of the service's, and brings the client of a commercial
service to every cold start.
"""

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from password_reset.errors import InvalidChallenge
from password_reset.proofs.challenges import Difficulty, Solved

if TYPE_CHECKING:
    from collections.abc import Mapping

    from password_reset.aws.pepper import Pepper

ALGORITHM = "PBKDF2/SHA-256"
COST = 5_000
"""Iterations of a derivation: few enough to issue a challenge in milliseconds, enough to outweigh a call's overhead."""
SPREAD = 400
"""Derivations that a solution takes at most; on average it takes half."""
LIFE = timedelta(minutes=5)
_KEY_BYTES = 32
_PREFIX_BYTES = 16


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Altcha:
    """Challenges signed under the pepper. Whatever it is rotated to, people solve another one."""

    pepper: "Pepper"

    def issue(self, source: str, difficulty: Difficulty, now: datetime) -> "Mapping[str, Any]":
        """Return a challenge for this source."""
        nonce, salt = secrets.token_bytes(16), secrets.token_bytes(16)
        counter = secrets.randbelow(SPREAD * difficulty)
        key = hashlib.pbkdf2_hmac("sha256", nonce + counter.to_bytes(4, "big"), salt, COST, _KEY_BYTES)
        parameters = {
            "algorithm": ALGORITHM,
            "cost": COST,
            "data": {"difficulty": difficulty},
            "expiresAt": int((now + LIFE).timestamp()),
            "keyLength": _KEY_BYTES,
            "keyPrefix": key[:_PREFIX_BYTES].hex(),
            "keySignature": self._sign("solution", source, key),
            "nonce": nonce.hex(),
            "salt": salt.hex(),
        }
        return {"parameters": parameters, "signature": self._sign("parameters", source, _canonical(parameters))}

    def check(self, solution: str, source: str, now: datetime) -> Solved:
        """Return what was solved.

        Raises:
            InvalidChallenge: it is not a live challenge of ours for this source, or not its solution.
        """
        parameters, signature, key = _read(solution)
        if not _same(signature, self._sign("parameters", source, _canonical(parameters))):
            raise InvalidChallenge
        # From here on the parameters are our own.
        expires_at = datetime.fromtimestamp(parameters["expiresAt"], UTC)
        if now >= expires_at or not _same(parameters["keySignature"], self._sign("solution", source, key)):
            raise InvalidChallenge
        return Solved(name=signature, difficulty=parameters["data"]["difficulty"], expires_at=expires_at)

    def _sign(self, what: str, source: str, signed: bytes) -> str:
        # Each source has keys of its own: so the challenge is bound to it and says nothing about it.
        key = self.pepper.pseudonym(f"challenge {what}", source)
        return hmac.new(key.encode(), signed, hashlib.sha256).hexdigest()


def _read(solution: str) -> tuple[dict[str, Any], str, bytes]:
    try:
        payload = json.loads(base64.b64decode(solution, validate=True))
        parameters, signature = payload["challenge"]["parameters"], payload["challenge"]["signature"]
        key = bytes.fromhex(payload["solution"]["derivedKey"])
    except (ValueError, TypeError, LookupError, RecursionError):  # not base64, not JSON, or not of this form
        raise InvalidChallenge from None
    if not isinstance(parameters, dict) or not isinstance(signature, str):
        raise InvalidChallenge
    return parameters, signature, key


def _canonical(parameters: dict[str, Any]) -> bytes:
    try:
        return json.dumps(parameters, sort_keys=True, separators=(",", ":")).encode()
    except (ValueError, RecursionError):  # nothing that we signed
        raise InvalidChallenge from None


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode())
