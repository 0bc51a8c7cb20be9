"""A secret's cache: the value before a rotation is used for five minutes, and no longer."""

from datetime import timedelta
from typing import Any

import pytest

from password_reset.aws.secrets import Secret
from tests.world import Clock


class Manager:
    """Secrets Manager with one secret."""

    def __init__(self) -> None:
        self.value, self.reads = "first", 0

    def get_secret_value(self, **request: str) -> dict[str, str]:
        assert request == {"SecretId": "pepper"}
        if not self.value:
            raise ConnectionError
        self.reads += 1
        return {"SecretString": self.value}


def test_a_rotated_secret_is_in_force_after_five_minutes() -> None:
    manager, clock = Manager(), Clock()
    client: Any = manager
    secret = Secret(client, "pepper", clock)
    assert manager.reads == 0
    assert secret() == "first"
    manager.value = "second"
    clock.advance(timedelta(minutes=5).total_seconds() - 1)
    assert (secret(), manager.reads) == ("first", 1)
    clock.advance(1)
    assert (secret(), secret(), manager.reads) == ("second", "second", 2)


def test_a_secret_that_cannot_be_read_again_is_none() -> None:
    """A value that may have been withdrawn is not used, and the next call tries again."""
    manager, clock = Manager(), Clock()
    client: Any = manager
    secret = Secret(client, "pepper", clock)
    assert secret() == "first"
    manager.value = ""
    clock.advance(300)
    with pytest.raises(ConnectionError):
        secret()
    manager.value = "second"
    assert secret() == "second"
