"""The documented recipes solve a challenge as they stand in `docs/api.md`, and so do the libraries that it names."""

import json
import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import altcha as library
import pytest

from password_reset.aws.pepper import Pepper
from password_reset.proofs import altcha
from password_reset.proofs.altcha import Altcha

ROOT = Path(__file__).parents[2]
NOW = datetime(2126, 11, 20, 22, 43, 16, tzinfo=UTC)
"""Ahead of every machine's clock, which the libraries read."""
SOURCE = "203.0.113.7"
TEXT = (ROOT / "docs" / "api.md").read_text("utf-8")
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
NPM_LIBRARY = """
import { readFileSync } from 'node:fs';
import { solveChallenge } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2';
const challenge = JSON.parse(readFileSync(process.argv[1]));
const { parameters, signature } = challenge;
const solution = await solveChallenge({ challenge, deriveKey });
console.log(btoa(JSON.stringify({ challenge: { parameters, signature }, solution })));
"""
CHALLENGES = Altcha(pepper=Pepper(lambda: "k" * 32))


@pytest.fixture
def challenge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A challenge of a few derivations, as the endpoint answers it."""
    monkeypatch.setattr(altcha, "SPREAD", 12)
    path = tmp_path / "challenge.json"
    path.write_text(json.dumps({"kind": "altcha", **CHALLENGES.issue(SOURCE, 2, NOW)}))
    return path


def recipe(language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```", SECTION, re.MULTILINE | re.DOTALL)
    assert found, language
    return found[1]


def run(command: list[str], directory: Path) -> str:
    ended = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False, timeout=120)
    assert ended.stderr == ""
    return ended.stdout.strip()


@pytest.mark.parametrize("language", PROGRAMS)
def test_a_recipe_solves_a_challenge(language: str, challenge: Path) -> None:
    if language == "sh" and not shutil.which("jq"):
        reason = "the recipe needs jq, and this machine has none: .ci/run installs it"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    command, call = PROGRAMS[language]
    solution = run([*command, recipe(language) + call], challenge.parent)
    assert CHALLENGES.check(solution, SOURCE, NOW).difficulty == 2


def test_the_library_for_python_solves_a_challenge(challenge: Path) -> None:
    issued = library.Challenge.from_dict(json.loads(challenge.read_text("utf-8")))
    solution = library.solve_challenge(issued)
    assert solution
    assert CHALLENGES.check(library.Payload(issued, solution).to_base64(), SOURCE, NOW).difficulty == 2


def test_the_library_for_javascript_solves_a_challenge(challenge: Path) -> None:
    solution = run(["node", "--input-type=module", "--eval", NPM_LIBRARY, str(challenge)], ROOT)
    assert CHALLENGES.check(solution, SOURCE, NOW).difficulty == 2


@pytest.mark.parametrize("purpose", [None, "challenge solution"], ids=["by deriving again", "by the key's signature"])
def test_a_challenge_is_of_the_format(challenge: Path, purpose: str | None) -> None:
    """With our keys, the library for Python confirms what it solved, and refuses what was changed."""
    issued = library.Challenge.from_dict(json.loads(challenge.read_text("utf-8")))
    solution = library.solve_challenge(issued)
    assert solution
    payload, key = library.Payload(issued, solution), CHALLENGES.pepper.pseudonym("challenge parameters", SOURCE)
    of_keys = purpose and CHALLENGES.pepper.pseudonym(purpose, SOURCE)
    assert library.verify_solution(payload, key, hmac_key_secret=of_keys).verified
    issued.parameters.cost = 1
    assert library.verify_solution(payload, key, hmac_key_secret=of_keys).invalid_signature
