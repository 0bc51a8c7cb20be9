"""What guessing gets: at most the budget, on a real engine, by many clients at once."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import hypothesis
import pytest

from password_reset.limits.sign_ins import SPRAYED
from password_reset.proofs.codes import MAX_GUESSES, MAX_OPEN, MAX_WRONG_GUESSES
from tests.world import World

pytestmark = pytest.mark.engine
CLIENTS = 20
# `make test` tries 40, which spend the budget as well; `make fuzz` tries all.
FLOWS = min(500, hypothesis.settings().max_examples // CLIENTS * CLIENTS)


@pytest.mark.settings(EMAIL_STYLE="code", RESET_LIMIT_PER_IDENTIFIER="0", RESET_LIMIT_PER_SOURCE="0")
def test_ten_thousand_guesses_get_through_at_most_the_budget(engine_world: World) -> None:
    """Row 19: with every other limit off, of 10,000 guesses by 20 clients over 500 flows at most 19 + 10 x 5 meet a
    code. A day later the owner is sent a code again, and it works; the account was not touched.
    """
    world = engine_world
    user_id = world.add_user()
    before = world.user()
    answers: Counter[int] = Counter()
    numbers = count()
    with ThreadPoolExecutor(CLIENTS) as clients:
        for _ in range(FLOWS // CLIENTS):
            flows = [world.forgot().json["flow"] for _ in range(CLIENTS)]
            world.pump()

            def guess(client: int, flows: list[str] = flows) -> list[int]:
                # Every client tries every flow, so that they race for its last guess.
                source = f"203.0.113.{client}"
                return [world.verify_code(flow, f"{next(numbers):08}", source).status for flow in flows]

            for statuses in clients.map(guess, range(CLIENTS)):
                answers.update(statuses)

    assert answers == {400: FLOWS * CLIENTS}
    codes = [item for item in world.items("CODES_TABLE") if item["user_id"] == user_id]
    assert all(item["guesses"] <= MAX_GUESSES for item in world.items("CODES_TABLE"))
    met = sum(item["guesses"] for item in codes)
    assert MAX_WRONG_GUESSES <= met <= MAX_WRONG_GUESSES - 1 + MAX_OPEN * MAX_GUESSES
    assert world.user() == before
    world.clock.advance(86400)
    flow, code = world.code()
    assert world.verify_code(flow, code).status == 200


def test_rivals_of_one_source_get_no_more_than_its_places(engine_world: World) -> None:
    """Row 69: of 60 identifiers that are guessed at together from one source, exactly 30 are compared."""
    with ThreadPoolExecutor(CLIENTS) as clients:
        answers = Counter(
            clients.map(
                lambda number: engine_world.sign_in("wrong password", f"user{number}@example.com").status,
                range(2 * SPRAYED),
            )
        )
    assert answers == {401: SPRAYED, 429: SPRAYED}
