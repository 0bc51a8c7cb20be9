"""The other hashers and Django's at little cost; in a module of its own, for a server that tests start needs none."""

import argon2
import argon2.profiles
import pytest
from django.contrib.auth import hashers as django

from password_reset.passwords.hashers import pbkdf2, scrypt


def make_others_cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write Argon2id, scrypt and PBKDF2 with little work, and have Django do the same, until the test ends."""
    argon2id_at_little = argon2.Parameters(
        type=argon2.Type.ID, version=19, salt_len=16, hash_len=32, time_cost=1, memory_cost=256, parallelism=1
    )
    monkeypatch.setattr(argon2.profiles, "RFC_9106_LOW_MEMORY", argon2id_at_little)
    monkeypatch.setattr(scrypt, "_OURS", (10, 8, 1))
    monkeypatch.setattr(pbkdf2, "_ITERATIONS", 2000)
    monkeypatch.setattr(django.PBKDF2PasswordHasher, "iterations", 2000)
