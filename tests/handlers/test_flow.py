"""The main job: a forgotten password becomes a new one."""

import bcrypt
import pytest

from tests.world import EMAIL, NEW_PASSWORD, PASSWORD, World


@pytest.mark.moto_too
def test_a_forgotten_password_is_replaced(world: World) -> None:
    world.add_user(name="Demo")
    before = world.user()

    token = world.token()
    assert world.verify(token).json == {
        "valid": True,
        "expiresAt": "2026-11-20T22:58:16Z",
        "email": EMAIL,
        "purpose": "reset",
    }
    answer = world.reset(token)
    world.pump()

    assert (answer.status, answer.json) == (
        200,
        {"message": "Your password has been reset. You can now sign in with your new password."},
    )
    after = world.user()
    assert bcrypt.checkpw(NEW_PASSWORD.encode(), after["password_hash"].encode())
    assert not bcrypt.checkpw(PASSWORD.encode(), after["password_hash"].encode())
    assert after["password_hash"].startswith("$2b$10$")
    assert after["credentials_version"] == before.get("credentials_version", 0) + 1
    assert after["password_changed_at"] == "2026-11-20T22:43:16Z"
    assert [(mail["to"], mail["subject"]) for mail in world.mails()] == [
        ([EMAIL], "Reset your Example password"),
        ([EMAIL], "Your Example password was changed"),
    ]
