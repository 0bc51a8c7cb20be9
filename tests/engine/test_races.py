"""What rivals in several processes can't do to each other, on a real engine: moto is not atomic."""

from collections import Counter

import bcrypt
import pytest

from local.gateway import Context, function
from password_reset.aws.items import to_item
from tests.handlers.test_started import ask
from tests.processes import FORKS, at_once
from tests.wire import Wire, cancelled
from tests.world import EMAIL, NEW_PASSWORD, PASSWORD, Answer, World
from tools import start

pytestmark = [pytest.mark.engine, FORKS]


def test_twenty_resets_with_one_token(engine_world: World) -> None:
    """Row 15: one 200, one version more, the winner's password, one notice."""
    engine_world.add_user()
    token = engine_world.token()
    passwords = [f"rival number {number} sets this" for number in range(20)]

    answers = at_once(engine_world, 20, lambda number: engine_world.reset(token, passwords[number]))

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
    answers = at_once(engine_world, 30, lambda _: engine_world.reset(token, PASSWORD))
    assert Counter(answer.json["code"] for answer in answers) == {"weak_password": 10, "invalid_token": 20}


def one_of_ten_wins(world: World) -> list[str]:
    """Reset at once by each of the ten links that were mailed; return their tokens."""
    tokens = world.mailed_tokens()
    assert len(tokens) == 10

    answers = at_once(world, 10, lambda number: world.reset(tokens[number], f"rival number {number} sets this"))

    assert Counter(answer.status for answer in answers) == {200: 1, 400: 9}
    assert world.user()["credentials_version"] == 1
    return tokens


@pytest.mark.settings(RESET_LIMIT_PER_IDENTIFIER="0")
def test_ten_resets_with_ten_tokens_of_one_account(engine_world: World) -> None:
    """Row 16: under concurrency too, all die together with the first."""
    engine_world.add_user()
    for _ in range(10):
        engine_world.forgot()
    engine_world.pump()
    one_of_ten_wins(engine_world)


def test_forty_guesses_at_a_password_from_one_source(engine_world: World) -> None:
    """Row 19: rivals can't share one count."""
    engine_world.add_user()
    answers = at_once(engine_world, 40, lambda _: engine_world.sign_in("wrong password"))
    assert {answer.status for answer in answers} == {401, 429}
    assert sum(answer.status == 401 for answer in answers) <= 5


@pytest.mark.settings(RESET_LIMIT_PER_SOURCE="0")
def test_forty_requests_for_one_identifier(engine_world: World) -> None:
    """Row 4: exactly three pass."""
    answers = at_once(engine_world, 40, lambda _: engine_world.forgot())
    assert Counter(answer.status for answer in answers) == {200: 3, 429: 37}


@pytest.mark.settings(RESET_LIMIT_PER_SOURCE="5")
def test_forty_requests_from_one_source(engine_world: World) -> None:
    answers = at_once(engine_world, 40, lambda number: engine_world.forgot(f"user{number}@example.com"))
    assert Counter(answer.status for answer in answers) == {200: 5, 429: 35}
    assert len(engine_world.queued()) == 5


def test_twelve_starts_of_one_account_and_a_race_of_their_links(engine_world: World) -> None:
    """Rows 15, 16, 39 and 47: ten pass; of ten links one sets the first password, and all die with it."""
    engine_world.add_user(password=None)
    answers = at_once(engine_world, 12, lambda _: ask(engine_world, {"email": EMAIL, "purpose": "invitation"}))
    assert Counter(answer.status for answer in answers) == {202: 10, 503: 2}
    engine_world.pump()
    tokens = one_of_ten_wins(engine_world)
    assert {engine_world.verify(token).json["valid"] for token in tokens} == {False}


def test_starts_that_are_delivered_while_a_reset_is_written(engine_world: World) -> None:
    """Rows 16 and 39: each is mailed once; what was issued to the account as it was is dead, what came later works."""
    engine_world.add_user()
    token = engine_world.token()
    for _ in range(7):
        assert ask(engine_world, {"email": EMAIL}).status == 202
    bodies = [message.body for message in engine_world.queued()]
    engine_world.queued().clear()

    def reset_or_deliver(number: int) -> tuple[int, list[str]]:
        if not number:
            return engine_world.reset(token).status, []
        record = {"messageId": "1", "body": bodies[number - 1], "eventSource": "aws:sqs"}
        failed = function("deliver")({"Records": [record]}, Context())["batchItemFailures"]
        return len(failed), engine_world.mailed_tokens()  # of this process: what its threads have sent so far

    (reset, _), *delivered = at_once(engine_world, 8, reset_or_deliver)

    assert (reset, [failures for failures, _ in delivered]) == (200, [0] * 7)
    assert engine_world.user()["credentials_version"] == 1
    links = {link for _, sent in delivered for link in sent} - {token}
    assert len(links) == 7
    old = Counter(item.get("account_digest") for item in engine_world.items("RESET_TOKENS_TABLE"))
    newest = engine_world.token()
    items = engine_world.items("RESET_TOKENS_TABLE")
    (current,) = (Counter(item["account_digest"] for item in items if "account_digest" in item) - old).keys()
    alive = {link for link in links if engine_world.verify(link).json["valid"]}
    assert len(alive) == old[current]
    for link in links - alive:
        assert engine_world.reset(link).json["code"] == "invalid_token"
    assert engine_world.reset(newest, "another one of the passwords").status == 200
    assert {engine_world.verify(link).json["valid"] for link in links} == {False}


def test_a_forced_reset_against_resets(engine_world: World) -> None:
    """Rows 16 and 39: whoever is second knows of the first: no password stays but the one that nobody knows."""
    user_id = engine_world.add_user()
    token = engine_world.token()

    def force_or_reset(number: int) -> int:
        if number:
            return engine_world.reset(token).status
        start.run(engine_world.app, ["--force", "--user-id", user_id], "operator")
        return 0

    _, *resets = at_once(engine_world, 6, force_or_reset)

    changed = resets.count(200)
    assert (changed <= 1, resets.count(400)) == (True, 5 - changed)
    assert engine_world.user()["credentials_version"] == 1 + changed
    stored = engine_world.user()["password_hash"].encode()
    assert not any(bcrypt.checkpw(password.encode(), stored) for password in (PASSWORD, NEW_PASSWORD))
    engine_world.pump()
    subjects = Counter(mail["subject"] for mail in engine_world.mails())
    told = {"Reset your Example password": 1, "Choose a new Example password": 1}
    assert subjects == told | ({"Your Example password was changed": 1} if changed else {})
    assert engine_world.reset(engine_world.mailed_tokens()[-1]).status == 200


@pytest.mark.settings(EMAIL_STYLE="code")
def test_twenty_exchanges_of_one_code(engine_world: World) -> None:
    """Rows 15 and 19: one token, of five guesses that were let through."""
    engine_world.add_user()
    flow, code = engine_world.code()

    answers = at_once(engine_world, 20, lambda _: engine_world.verify_code(flow, code))

    assert Counter((answer.status, answer.json.get("code")) for answer in answers) == {
        (200, None): 1,
        (400, "invalid_code"): 19,
    }
    assert len(engine_world.items("RESET_TOKENS_TABLE")) == 1
    (item,) = engine_world.items("CODES_TABLE")
    assert (item["used"], item["guesses"] <= 5) == (True, True)


def test_rivals_in_conflict(engine_world: World, wire: Wire) -> None:
    """Rows 15 and 38: a conflict, which this engine never answers, is tried again, and one still wins."""
    engine_world.add_user()
    token = engine_world.token()

    def reset(number: int) -> Answer:
        wire.fail("dynamodb.TransactWriteItems", cancelled("None", "TransactionConflict"))
        return engine_world.reset(token, f"rival number {number} sets this")

    answers = at_once(engine_world, 8, reset)

    assert Counter(answer.status for answer in answers) == {200: 1, 400: 7}
    assert engine_world.user()["credentials_version"] == 1


def test_a_reset_against_sign_ins(engine_world: World) -> None:
    """Row 36: a session that the old password opened does not outlive the reset, whichever was first."""
    engine_world.add_user()
    token = engine_world.token()

    def reset_or_sign_in(number: int) -> Answer:
        return engine_world.sign_in(source=f"10.0.0.{number}") if number else engine_world.reset(token)

    reset, *sign_ins = at_once(engine_world, 12, reset_or_sign_in)

    assert reset.status == 200
    opened = [answer.json["accessToken"] for answer in sign_ins if answer.status == 200]
    assert {answer.status for answer in sign_ins} <= {200, 401}
    assert [engine_world.me(session).status for session in opened] == [401] * len(opened)
    assert engine_world.me(engine_world.signed_in(NEW_PASSWORD)).status == 200


@pytest.mark.settings(BCRYPT_COST="11")
def test_a_reset_against_a_hash_that_is_made_costlier(engine_world: World) -> None:
    """Rows 31 and 36: the new password stays, or the reset says that it was not set."""
    engine_world.add_user()
    cheap = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(10)).decode()
    key = to_item({"user_id": engine_world.user()["user_id"]})
    engine_world.dynamodb.update_item(
        TableName=engine_world.environment["USERS_TABLE"],
        Key=key,
        UpdateExpression="SET password_hash = :hash",
        ExpressionAttributeValues={":hash": {"S": cheap}},
    )
    token = engine_world.token()

    def reset_or_sign_in(number: int) -> Answer:
        return engine_world.sign_in(source=f"10.0.0.{number}") if number else engine_world.reset(token)

    reset, *_ = at_once(engine_world, 4, reset_or_sign_in)

    stored = engine_world.user()["password_hash"].encode()
    assert reset.status in {200, 400}
    assert bcrypt.checkpw((NEW_PASSWORD if reset.status == 200 else PASSWORD).encode(), stored)


def test_one_message_in_eight_workers(engine_world: World) -> None:
    """Row 54: one of them mails it; to the others it is taken, and stays in the queue."""
    engine_world.add_user()
    engine_world.forgot()
    record = {"messageId": "1", "body": engine_world.queued().pop().body, "eventSource": "aws:sqs"}

    def deliver(_: int) -> bool:
        return not function("deliver")({"Records": [record]}, Context())["batchItemFailures"]

    # Each process has an outbox of its own, which its threads share: what was sent is recorded where all can see it.
    delivered = at_once(engine_world, 8, deliver)

    assert sum(delivered) >= 1
    assert len(engine_world.items("RESET_TOKENS_TABLE")) == 1
    (delivery,) = engine_world.items("DELIVERIES_TABLE")
    assert delivery["state"] == "sent"


@pytest.mark.settings(EMAIL_STYLE="code")
def test_twenty_wrong_guesses_at_one_code(engine_world: World) -> None:
    """Row 19: five are compared, and then not even the right one is."""
    engine_world.add_user()
    flow, code = engine_world.code()
    wrong = f"{(int(code) + 1) % 10**8:08}"

    answers = at_once(engine_world, 20, lambda _: engine_world.verify_code(flow, wrong))

    assert {(answer.status, answer.json["code"]) for answer in answers} == {(400, "invalid_code")}
    (item,) = engine_world.items("CODES_TABLE")
    assert item["guesses"] == 5
    assert engine_world.verify_code(flow, code).status == 400


@pytest.mark.settings(CHALLENGE="altcha", RESET_LIMIT_PER_SOURCE="0")
def test_twenty_uses_of_one_solution(engine_world: World) -> None:
    """Row 62: one wins, and one message is queued; the others are told no more than that it counts no longer."""
    solution = engine_world.solution()

    answers = at_once(
        engine_world, 20, lambda number: engine_world.forgot(f"user{number}@example.com", challenge=solution)
    )

    assert Counter((answer.status, answer.json.get("code")) for answer in answers) == {
        (200, None): 1,
        (400, "invalid_challenge"): 19,
    }
    assert len(engine_world.queued()) == 1


@pytest.mark.settings(CHALLENGE="altcha", RESET_LIMIT_PER_SOURCE="0")
def test_eight_solutions_for_one_identifier(engine_world: World) -> None:
    """Row 62: exactly three of one source pass."""
    solutions = [engine_world.solution() for _ in range(8)]

    answers = at_once(engine_world, 8, lambda number: engine_world.forgot(challenge=solutions[number]))

    assert Counter(answer.status for answer in answers) == {200: 3, 429: 5}
