"""Second factors against rivals, on a real engine: neither a password nor a guess is good for more than it may be."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from password_reset.proofs import factors
from tests.handlers.test_factors import CODES, SECRET, account
from tests.processes import FORKS, at_once
from tests.world import Answer, World

pytestmark = pytest.mark.engine
CLIENTS = 20
FACTORS = pytest.mark.settings(FACTORS="totp,recovery_code", RESET_LIMIT_PER_IDENTIFIER="0", RESET_LIMIT_PER_SOURCE="0")


def tokens(world: World, number: int) -> list[str]:
    for _ in range(number):
        world.forgot()
    world.pump()
    return world.mailed_tokens()


def outcomes(answers: list[Answer]) -> Counter[tuple[int, str | None]]:
    return Counter((answer.status, answer.json.get("code")) for answer in answers)


@FORKS
@FACTORS
@pytest.mark.parametrize("kind", ["totp", "recovery_code"])
def test_of_ten_tokens_one_is_proven_by_one_value(engine_world: World, kind: str) -> None:
    """Rows 66 and 67: a step, and a recovery code, is used up in the write that proves."""
    account(engine_world)
    links = tokens(engine_world, 10)
    value = engine_world.one_time_password(SECRET) if kind == "totp" else CODES[0]

    answers = at_once(engine_world, 10, lambda number: engine_world.factor(links[number], kind, value))

    assert outcomes(answers) == {(200, None): 1, (400, "invalid_factor"): 9}
    assert sum("proven_by" in item for item in engine_world.items("RESET_TOKENS_TABLE")) == 1


@FORKS
@FACTORS
def test_a_proof_against_resets(engine_world: World) -> None:
    """Row 66: a reset gets through after the proof or not at all."""
    account(engine_world)
    (link,) = tokens(engine_world, 1)
    password = engine_world.one_time_password(SECRET)

    def rival(number: int) -> Answer:
        return engine_world.factor(link, "totp", password) if number == 0 else engine_world.reset(link)

    proof, *resets = at_once(engine_world, 8, rival)

    assert proof.status == 200
    codes = {answer.json.get("code") for answer in resets}
    assert codes <= {None, "factor_required", "invalid_token"}
    assert Counter(answer.status for answer in resets)[200] <= 1


@FACTORS
def test_twenty_clients_get_twenty_guesses_a_day(engine_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Row 66: of 400 guesses at 20 tokens of one account 20 are compared, five a token at the most."""
    account(engine_world)
    links = tokens(engine_world, CLIENTS)
    compared: list[str] = []

    def watched(_: bytes, value: str, *__: Any) -> None:
        compared.append(value)

    monkeypatch.setattr(factors, "matching_step", watched)

    def guess(client: int) -> list[int]:
        return [engine_world.factor(link, "totp", f"{client:02}{at:04}").status for at, link in enumerate(links)]

    with ThreadPoolExecutor(CLIENTS) as clients:
        answers = Counter(status for statuses in clients.map(guess, range(CLIENTS)) for status in statuses)

    assert answers == {400: CLIENTS * CLIENTS}
    assert len(compared) == factors.GUESSES_A_DAY
    assert max(Counter(value[2:] for value in compared).values()) <= 5
