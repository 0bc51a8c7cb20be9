"""The preview: what would stop it is said first, in a line, and what it shows of a mail is as programs show it."""

from pathlib import Path

import pytest

from password_reset.channels.brands import look
from tests.preview import mails_of, main, settings


@pytest.mark.parametrize("setting", ["BRAND", "BRANDING"])
def test_a_wrong_brand_is_told_in_lines_before_anything_is_built(
    setting: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("BRAND", "BRANDING", "LANGUAGES"):
        monkeypatch.delenv(name, raising=False)
    assert main("--check") == 0
    monkeypatch.setenv(setting, "branding/nobody")
    assert main("--check") == 2
    said = capsys.readouterr().err
    assert said == "branding/nobody has no brand.json: `make new-brand NAME=nobody` writes branding/nobody.\n"


def test_plain_text_runs_as_its_language_does(tmp_path: Path) -> None:
    shown = {one.path: one.kind for one in mails_of(None, look(settings(), None), "he", tmp_path)}
    plain = [path for path, kind in shown.items() if kind in {"email, plain", "message"}]
    assert "mail-reset-he.html" in plain
    assert [path for path in plain if '<pre dir="rtl"' not in (tmp_path / path).read_text()] == []
