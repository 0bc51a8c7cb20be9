"""`python -m tools.factors`: what an operator enrols works, and nobody else's account is touched."""

from io import StringIO

import pytest

from password_reset.proofs.factors import code_digest
from tests.handlers.test_factors import SECRET, account
from tests.world import EMAIL, World
from tools import factors

pytestmark = [pytest.mark.engine, pytest.mark.settings(FACTORS="totp,recovery_code")]


def run(capsys: pytest.CaptureFixture[str], command: str, email: str = EMAIL) -> str:
    factors.main([command, email])
    return capsys.readouterr().out


def test_what_is_enrolled_is_shown_works_and_is_removed(
    engine_world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Row 67: codes are printed once and kept as hashes; new ones take the place of all earlier ones."""
    world = engine_world
    user_id = world.add_user()
    assert run(capsys, "show") == "One-time passwords: no. Recovery codes left: 0.\n"
    monkeypatch.setattr("sys.stdin", StringIO(f"{SECRET}\n"))
    assert run(capsys, "totp") == "One-time passwords are enrolled.\n"
    earlier, codes = run(capsys, "codes").split(), run(capsys, "codes").split()
    assert len({*earlier, *codes}) == 20
    (item,) = world.items("ACCOUNTS_TABLE")
    assert item["recovery_codes"] == {code_digest(user_id, code) for code in codes}
    assert SECRET not in str(item)
    assert run(capsys, "show") == "One-time passwords: yes. Recovery codes left: 10.\n"
    token = world.token()
    assert world.factor(token, "recovery_code", earlier[0]).status == 400
    assert world.factor(token, "recovery_code", codes[0]).status == 200
    assert world.factor(world.token(), "totp", world.one_time_password(SECRET)).status == 200
    assert run(capsys, "show") == "One-time passwords: yes. Recovery codes left: 9.\n"
    assert run(capsys, "remove") == "The account has no factors now.\n"
    assert world.reset(token).status == 200
    (item,) = world.items("ACCOUNTS_TABLE")
    assert item.keys() == {"user_id", "factors_version"}


TOLD: list[tuple[list[str], str]] = [
    ([], factors.USAGE),
    (["show"], factors.USAGE),
    (["enrol", EMAIL], factors.USAGE),
    (["show", "nobody"], factors.USAGE),
    (["show", "nobody@example.com"], "No enabled account has this very address."),
    (["remove", "Demo@example.com"], "No enabled account has this very address."),
    (["totp", EMAIL], "The secret is not 10 bytes or more in base32."),
]


def test_what_cannot_be_done_is_told_in_a_line(engine_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing is changed."""
    account(engine_world)
    before = engine_world.items("ACCOUNTS_TABLE")
    monkeypatch.setattr("sys.stdin", StringIO("not base32"))
    for arguments, told in TOLD:
        with pytest.raises(SystemExit) as ended:
            factors.main(arguments)
        assert ended.value.code == told
    assert engine_world.items("ACCOUNTS_TABLE") == before


@pytest.mark.settings(FACTORS="")
def test_where_factors_are_off_it_says_so(engine_world: World) -> None:
    engine_world.add_user()
    with pytest.raises(SystemExit, match="FACTORS is off in this deployment"):
        factors.main(["show", EMAIL])
