"""The documented recipes solve a challenge, as they stand in `docs/api.md`."""

import json
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from password_reset.aws.pepper import Pepper
from password_reset.proofs import altcha
from password_reset.proofs.altcha import Altcha

NOW = datetime(2026, 11, 20, 22, 43, 16, tzinfo=UTC)
TEXT = (Path(__file__).parents[2] / "docs" / "api.md").read_text("utf-8")
SECTION = TEXT[TEXT.index("## Solve a challenge") : TEXT.index("## Check a token")]
# What makes a program of each recipe: it reads `challenge.json` and prints the solution.
PROGRAMS = {
    "python": ([sys.executable, "-c"], '\nprint(solve(json.load(open("challenge.json"))))'),
    "js": (
        ["node", "--input-type=module", "--eval"],
        "\nconsole.log(await solve(JSON.parse((await import('node:fs')).readFileSync('challenge.json'))));",
    ),
    "sh": (["sh", "-c"], ""),
}


def recipe(language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```", SECTION, re.MULTILINE | re.DOTALL)
    assert found, language
    return found[1]


@pytest.mark.parametrize("language", PROGRAMS)
def test_a_recipe_solves_a_challenge(language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(altcha, "SPREAD", 12)
    if language == "sh" and not shutil.which("jq"):
        pytest.skip("the recipe needs jq, and this machine has none")
    challenges = Altcha(pepper=Pepper(lambda: "k" * 32))
    (tmp_path / "challenge.json").write_text(json.dumps(challenges.issue("203.0.113.7", 2, NOW)))
    command, call = PROGRAMS[language]
    ended = subprocess.run(
        [*command, recipe(language) + call], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120
    )
    assert ended.stderr == ""
    solved = challenges.check(ended.stdout.strip(), "203.0.113.7", NOW)
    assert solved.difficulty == 2
