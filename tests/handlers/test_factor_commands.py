"""`python -m tools.factors`: an operator enrols, shows and removes somebody's second factors."""

import io

import pytest

from tests.handlers.test_factors import SECRET
from tests.world import EMAIL, World
from tools import factors

pytestmark = pytest.mark.settings(FACTORS="totp,recovery_code")


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    capsys.readouterr()
    factors.main(arguments)
    return capsys.readouterr().out.splitlines()[-1]


def test_factors_are_enrolled_shown_and_removed(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the command enrols, a reset then requires; what it removes, none does."""
    world.add_user()
    assert told(capsys, "show", EMAIL) == "One-time passwords: no. Recovery codes left: 0."
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{SECRET}\n"))
    assert told(capsys, "totp", EMAIL) == "One-time passwords are enrolled."
    code = told(capsys, "codes", EMAIL)
    assert told(capsys, "show", EMAIL) == "One-time passwords: yes. Recovery codes left: 10."
    token = world.token()
    assert world.verify(token).json["factors"] == ["totp", "recovery_code"]
    assert world.factor(token, "recovery_code", code).status == 200
    assert told(capsys, "show", EMAIL) == "One-time passwords: yes. Recovery codes left: 9."
    assert told(capsys, "remove", EMAIL) == "The account has no factors now."
    assert "factors" not in world.verify(world.token()).json


def test_what_cannot_be_meant_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is written by an unusable secret, for another spelling, or by a command that there isn't."""
    world.add_user()
    monkeypatch.setattr("sys.stdin", io.StringIO("no secret"))
    for arguments, refusal in (
        (["totp", EMAIL], "The secret is "),
        (["show", "DEMO@example.com"], "No enabled account has this very address."),
        (["show", "nobody"], "usage: "),
        (["show"], "usage: "),
        (["drop", EMAIL], "usage: "),
    ):
        with pytest.raises(SystemExit, match=f"^{refusal}"):
            factors.main(arguments)
    assert world.items("ACCOUNTS_TABLE") == []
