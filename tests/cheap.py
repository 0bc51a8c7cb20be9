"""What takes long and proves nothing, cheap: hashes, and the RSA keys that moto makes of each key and user pool.

bcrypt is at its lowest cost under the names of any: a hash says the cost that was asked for and takes a millisecond.
Such hashes tell themselves by their salt. Any other is compared as it is, so what a test reads of costs, and whatever
hash it brings along, is as it would be.
"""

import re
from functools import cache
from types import SimpleNamespace
from typing import Any

import argon2
import argon2.profiles
import bcrypt
import pytest
from django.contrib.auth import hashers as django
from moto.cognitoidp import models as cognito
from moto.kms import models as kms

from password_reset.passwords.hashers import pbkdf2, scrypt

_gensalt, _hashpw, _checkpw = bcrypt.gensalt, bcrypt.hashpw, bcrypt.checkpw
_MARKED = re.compile(rb"(?<=^\$2[aby]\$)\d\d(?=\$test)")
LOWEST = b"04"


def gensalt(rounds: int = 12, prefix: bytes = b"2b") -> bytes:
    """Return a salt of that cost whose hashes are cheap."""
    salt = _gensalt(rounds, prefix)
    return salt[:7] + b"test" + salt[11:]


def hashpw(password: bytes, salt: bytes) -> bytes:
    """Hash at the lowest cost with a salt of the above, and name the salt's cost."""
    return salt[:7] + _hashpw(password, _MARKED.sub(LOWEST, salt))[7:]


def checkpw(password: bytes, hashed: bytes) -> bool:
    """Compare."""
    return _checkpw(password, _MARKED.sub(LOWEST, hashed))


def make_bcrypt_cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use these until the test ends."""
    for cheap in (gensalt, hashpw, checkpw):
        monkeypatch.setattr(bcrypt, cheap.__name__, cheap)


def make_others_cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write Argon2id, scrypt and PBKDF2 with little work, and have Django do the same, until the test ends."""
    argon2id_at_little = argon2.Parameters(
        type=argon2.Type.ID, version=19, salt_len=16, hash_len=32, time_cost=1, memory_cost=256, parallelism=1
    )
    monkeypatch.setattr(argon2.profiles, "RFC_9106_LOW_MEMORY", argon2id_at_little)
    monkeypatch.setattr(scrypt, "_OURS", (10, 8, 1))
    monkeypatch.setattr(pbkdf2, "_ITERATIONS", 2000)
    monkeypatch.setattr(django.PBKDF2PasswordHasher, "iterations", 2000)


def keep_keys() -> None:
    """Have moto make its RSA keys once a process: nothing here signs with one of KMS, and every pool's is the same."""
    keys: Any = kms
    pools: Any = cognito
    keys.generate_private_key = cache(keys.generate_private_key)
    of_every_pool = pools.jwk.RSAKey.import_key(pools.load_resource("cognitoidp/resources/jwks-private.json"))
    pools.jwk = SimpleNamespace(RSAKey=SimpleNamespace(import_key=lambda _: of_every_pool))
