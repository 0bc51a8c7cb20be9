"""bcrypt at its lowest cost under the names of any: a hash says the cost that was asked for and takes a millisecond.

Hashes of one test are made and compared by these alone, so that what a test reads of costs is as it would be.
"""

import re

import bcrypt
import pytest

_hashpw, _checkpw = bcrypt.hashpw, bcrypt.checkpw
_COST = re.compile(rb"(?<=^\$2[aby]\$)(?:0[4-9]|[12]\d|3[01])(?=\$)")
LOWEST = b"04"


def hashpw(password: bytes, salt: bytes) -> bytes:
    """Hash at the lowest cost, and name the salt's."""
    return salt[:7] + _hashpw(password, _COST.sub(LOWEST, salt))[7:]


def checkpw(password: bytes, hashed: bytes) -> bool:
    """Compare with a hash of the above."""
    return _checkpw(password, _COST.sub(LOWEST, hashed))


def make_bcrypt_cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use these until the test ends."""
    monkeypatch.setattr(bcrypt, "hashpw", hashpw)
    monkeypatch.setattr(bcrypt, "checkpw", checkpw)
