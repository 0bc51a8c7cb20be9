"""What every test of faults shares."""

import pytest


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """How long is waited between tries is not what is tested here."""
    monkeypatch.setattr("password_reset.aws.transactions.JITTER_SECONDS", 0)
