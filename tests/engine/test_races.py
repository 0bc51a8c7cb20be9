"""What rivals can't do to each other, on a real engine: moto is not atomic under threads."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import bcrypt
import pytest

from tests.world import PASSWORD, Answer, World

pytestmark = pytest.mark.engine


def at_once(count: int, call: Callable[[int], Answer]) -> list[Answer]:
    """Make that many calls in threads that start together."""
    barrier = Barrier(count)

    def rival(number: int) -> Answer:
        barrier.wait()
        return call(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(rival, range(count)))


def test_twenty_resets_with_one_token(engine_world: World) -> None:
    """Row 15: one 200, one version more, the winner's password, one notice."""
    engine_world.add_user()
    token = engine_world.token()
    passwords = [f"rival number {number} sets this" for number in range(20)]

    answers = at_once(20, lambda number: engine_world.reset(token, passwords[number]))

    assert Counter((answer.status, answer.json.get("code")) for answer in answers) == {
        (200, None): 1,
        (400, "invalid_token"): 19,
    }
    user = engine_world.user()
    assert user["credentials_version"] == 1
    winner = next(number for number, answer in enumerate(answers) if answer.status == 200)
    assert bcrypt.checkpw(passwords[winner].encode(), user["password_hash"].encode())
    engine_world.pump()
    subjects = Counter(mail["subject"] for mail in engine_world.mails())
    assert subjects == {"Reset your Example password": 1, "Your Example password was changed": 1}


def test_thirty_guesses_at_the_current_password(engine_world: World) -> None:
    """Ten are told what the comparison found, however many ask at once."""
    engine_world.add_user()
    token = engine_world.token()
    answers = at_once(30, lambda _: engine_world.reset(token, PASSWORD))
    assert Counter(answer.json["code"] for answer in answers) == {"weak_password": 10, "invalid_token": 20}


@pytest.mark.settings(RESET_LIMIT_PER_IDENTIFIER="0")
def test_ten_resets_with_ten_tokens_of_one_account(engine_world: World) -> None:
    """Row 16: under concurrency too, all die together with the first."""
    engine_world.add_user()
    for _ in range(10):
        engine_world.forgot()
    engine_world.pump()
    tokens = engine_world.mailed_tokens()
    assert len(tokens) == 10

    answers = at_once(10, lambda number: engine_world.reset(tokens[number], f"rival number {number} sets this"))

    assert Counter(answer.status for answer in answers) == {200: 1, 400: 9}
    assert engine_world.user()["credentials_version"] == 1


def test_forty_guesses_at_a_password_from_one_source(engine_world: World) -> None:
    """Row 19: rivals can't share one count."""
    engine_world.add_user()
    answers = at_once(40, lambda _: engine_world.sign_in("wrong password"))
    assert {answer.status for answer in answers} == {401, 429}
    assert sum(answer.status == 401 for answer in answers) <= 5


@pytest.mark.settings(RESET_LIMIT_PER_SOURCE="0")
def test_forty_requests_for_one_identifier(engine_world: World) -> None:
    """Row 4: exactly three pass."""
    answers = at_once(40, lambda _: engine_world.forgot())
    assert Counter(answer.status for answer in answers) == {200: 3, 429: 37}


@pytest.mark.settings(RESET_LIMIT_PER_SOURCE="5")
def test_forty_requests_from_one_source(engine_world: World) -> None:
    answers = at_once(40, lambda number: engine_world.forgot(f"user{number}@example.com"))
    assert Counter(answer.status for answer in answers) == {200: 5, 429: 35}
    assert len(engine_world.queued()) == 5


@pytest.mark.settings(EMAIL_STYLE="code")
def test_twenty_exchanges_of_one_code(engine_world: World) -> None:
    """Rows 15 and 19: one token, of five guesses that were let through."""
    engine_world.add_user()
    flow, code = engine_world.code()

    answers = at_once(20, lambda _: engine_world.verify_code(flow, code))

    assert Counter((answer.status, answer.json.get("code")) for answer in answers) == {
        (200, None): 1,
        (400, "invalid_code"): 19,
    }
    assert len(engine_world.items("RESET_TOKENS_TABLE")) == 1
    (item,) = engine_world.items("CODES_TABLE")
    assert (item["used"], item["guesses"] <= 5) == (True, True)
