"""What takes long and proves nothing, cheap: hashes, and the RSA keys that moto makes of each key and user pool.

bcrypt is at its lowest cost under the names of any: a hash says the cost that was asked for and takes a millisecond.
Such hashes tell themselves by their salt. Any other is compared as it is, so what a test reads of costs, and whatever
hash it brings along, is as it would be.
"""

import re
from collections.abc import Callable
from functools import cache
from types import ModuleType, SimpleNamespace
from typing import Any

import bcrypt
from moto.cognitoidp import models as cognito
from moto.kms import models as kms

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


def make_bcrypt_cheap(patch: Callable[[ModuleType, str, object], None] = setattr) -> None:
    """Use these for good, or for as long as a patch lasts."""
    for cheap in (gensalt, hashpw, checkpw):
        patch(bcrypt, cheap.__name__, cheap)


def keep_keys() -> None:
    """Have moto make its RSA keys once a process: nothing here signs with one of KMS, and every pool's is the same."""
    keys: Any = kms
    pools: Any = cognito
    keys.generate_private_key = cache(keys.generate_private_key)
    of_every_pool = pools.jwk.RSAKey.import_key(pools.load_resource("cognitoidp/resources/jwks-private.json"))
    pools.jwk = SimpleNamespace(RSAKey=SimpleNamespace(import_key=lambda _: of_every_pool))
