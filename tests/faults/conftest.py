"""What every test of faults shares."""

import bcrypt
import pytest


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither hashes nor pauses are what is tested here."""
    salt = bcrypt.gensalt
    monkeypatch.setattr(bcrypt, "gensalt", lambda _: salt(4))
    monkeypatch.setattr("password_reset.aws.transactions.JITTER_SECONDS", 0)
