"""POST /auth/reset-password: both halves are written or neither, whatever AWS does."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import bcrypt
import pytest

from password_reset.aws.items import to_item
from password_reset.proofs.tokens import token_hash
from tests.wire import Fault, Wire, cancelled, refusal, timeout
from tests.world import NEW_PASSWORD, PASSWORD, World

TRANSACT = "dynamodb.TransactWriteItems"


def is_password(world: World, password: str) -> bool:
    return bcrypt.checkpw(password.encode(), world.user()["password_hash"].encode())


def refusal_codes(world: World, token: str, password: str) -> list[str]:
    answer = world.reset(token, password)
    assert (answer.status, answer.json["code"]) == (400, "weak_password")
    assert {issue["field"] for issue in answer.json["errors"]} == {"newPassword"}
    return [issue["code"] for issue in answer.json["errors"]]


def test_a_refused_password_keeps_the_token(world: World) -> None:
    """Row 32: and the reasons are told."""
    world.add_user(name="Demo")
    token = world.token()
    assert refusal_codes(world, token, "q9zK!vw") == ["too_short"]
    assert refusal_codes(world, token, "q9zK!vw7" * 9 + "q") == ["too_long"]
    assert refusal_codes(world, token, "Password1") == ["common"]
    assert refusal_codes(world, token, "demo.example") == ["context"]
    assert refusal_codes(world, token, "purple\0otters") == ["nul"]
    assert refusal_codes(world, token, PASSWORD) == ["same_as_current"]
    assert is_password(world, PASSWORD)
    assert world.reset(token).status == 200


def test_a_bad_token_hears_nothing_about_the_password(world: World) -> None:
    """The token is checked first: a stranger learns no rule and costs no hash."""
    answer = world.reset("A" * 43, "q9zK!vw")
    assert answer.json["code"] == "invalid_token"


@pytest.mark.moto_too
def test_ten_comparisons_kill_a_token(world: World) -> None:
    """A stolen token is no oracle for the current password."""
    world.add_user()
    token = world.token()
    for _ in range(30):
        assert refusal_codes(world, token, "q9zK!vw") == ["too_short"]
    for _ in range(10):
        assert refusal_codes(world, token, PASSWORD) == ["same_as_current"]
    assert world.reset(token).json["code"] == "invalid_token"
    assert world.verify(token).json == {"valid": False}


@pytest.mark.settings(PASSWORD_POLICY='{"history": 3}', RESET_LIMIT_PER_IDENTIFIER="0")
@pytest.mark.moto_too
def test_earlier_passwords_are_remembered(world: World) -> None:
    world.add_user(password="first of the passwords")
    assert world.reset(world.token(), "second of the passwords").status == 200
    assert world.reset(world.token(), "third of the passwords").status == 200
    assert len(world.user()["password_history"]) == 2
    token = world.token()
    assert refusal_codes(world, token, "third of the passwords") == ["same_as_current"]
    assert refusal_codes(world, token, "second of the passwords") == ["reused"]
    assert refusal_codes(world, token, "first of the passwords") == ["reused"]
    assert world.reset(token, "fourth of the passwords").status == 200
    assert world.reset(world.token(), "first of the passwords").status == 200
    assert len(world.user()["password_history"]) == 2


@pytest.mark.settings(PASSWORD_POLICY='{"history": 0}')
def test_no_history_lets_the_current_password_be(world: World) -> None:
    world.add_user()
    assert world.reset(world.token(), PASSWORD).status == 200
    assert "password_history" not in world.user()


def test_normal_form_decides_not_the_keyboard(world: World) -> None:
    """Row 30: what was set decomposed is one password with what is typed composed."""
    world.add_user()
    assert world.reset(world.token(), "cafe\u0301 au lait noir").status == 200
    assert is_password(world, "caf\u00e9 au lait noir")
    assert refusal_codes(world, world.token(), "caf\u00e9 au lait noir") == ["same_as_current"]


def test_conflicts_are_tried_again(world: World, wire: Wire) -> None:
    world.add_user()
    token = world.token()
    wire.fail(TRANSACT, cancelled("TransactionConflict", "None"), cancelled("None", "TransactionConflict"))
    assert world.reset(token).status == 200
    assert is_password(world, NEW_PASSWORD)
    assert len(wire.sent(TRANSACT)) == 3
    assert len({parameters["ClientRequestToken"] for parameters in wire.sent(TRANSACT)}) == 1


def test_lasting_conflicts_change_nothing(world: World, wire: Wire) -> None:
    """Three tries, then 503 with the token kept."""
    world.add_user()
    token = world.token()
    wire.fail(TRANSACT, *[cancelled("TransactionConflict", "None")] * 3)
    answer = world.reset(token)
    assert (answer.status, answer.json["code"], answer.headers["Retry-After"]) == (503, "unavailable", "5")
    assert ("nothing was changed" in answer.json["detail"], answer.json["outcome"]) == (True, "unchanged")
    assert is_password(world, PASSWORD)
    assert world.reset(token).status == 200


@pytest.mark.parametrize("lost", [1, 2, 3])
def test_a_lost_answer_is_found_out(world: World, wire: Wire, lost: int) -> None:
    """The write took effect and its answer did not come: one read tells, and it counts once."""
    world.add_user()
    token = world.token()
    wire.lose_answer(TRANSACT, times=lost)
    assert world.reset(token).status == 200
    assert is_password(world, NEW_PASSWORD)
    assert world.user()["credentials_version"] == 1
    wire.reset()
    world.pump()
    assert len(world.mails()) == 2


def test_a_lost_request_is_tried_again(world: World, wire: Wire) -> None:
    """Nothing took effect and nobody said so: the same hash under the same request token."""
    world.add_user()
    token = world.token()
    wire.fail(TRANSACT, timeout, refusal("InternalServerError", 500))
    assert world.reset(token).status == 200
    sent = wire.sent(TRANSACT)
    assert len(sent) == 3
    assert sent[0] == sent[1] == sent[2]


def test_an_unknown_outcome_is_told_as_such(world: World, wire: Wire) -> None:
    """The write took effect, and DynamoDB is gone before anybody can look."""
    world.add_user()
    token = world.token()
    wire.lose_answer(TRANSACT)
    wire.fail("dynamodb.GetItem", lambda: None, *[timeout] * 3)
    wire.fail(TRANSACT, lambda: None, timeout, timeout)
    answer = world.reset(token)
    assert (answer.status, answer.json["code"], answer.headers["Retry-After"]) == (503, "unavailable", "5")
    assert ("Try signing in" in answer.json["detail"], answer.json.get("outcome")) == (True, None)
    assert is_password(world, NEW_PASSWORD)


def test_a_refusal_after_a_silent_first_try_is_an_unknown_outcome(world: World, wire: Wire) -> None:
    """The client itself may have tried before: its last answer does not speak for the first."""
    world.add_user()
    token = world.token()
    wire.fail(TRANSACT, *[refusal("ThrottlingException", retries=1)] * 3)
    assert "Try signing in" in world.reset(token).json["detail"]


def test_a_write_that_lands_between_the_two_reads_is_found(
    world: World, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A try that timed out takes effect while its outcome is looked up: the account has changed, by us."""
    world.add_user()
    token = world.token()
    late: list[str] = []
    directory: Any = world.app.accounts.directory
    wire.fail(TRANSACT, timeout)

    def get(user_id: str, beside: Any) -> Any:
        late.append(user_id)
        if len(late) == 2:
            world.dynamodb.transact_write_items(**wire.sent(TRANSACT)[0])
        return directory.get(user_id, beside=beside)

    reading: Any = SimpleNamespace(get=get, change_item=directory.change_item, traits=directory.traits)
    reset: Any = world.app.reset_password
    patched = replace(reset, directory=reading, write=replace(reset.write, directory=reading))
    monkeypatch.setattr(world.app, "reset_password", patched)
    assert world.reset(token).status == 200
    assert is_password(world, NEW_PASSWORD)


@pytest.mark.parametrize(
    ("change", "seconds"), [({"used": True}, 0), ({"refusals": 10}, 0), ({}, 900)], ids=["used", "worn out", "expired"]
)
@pytest.mark.moto_too
def test_the_consuming_write_checks_the_token_itself(world: World, change: dict[str, Any], seconds: int) -> None:
    """Rows 14 and 15: what was live when it was read may be dead when it is used."""
    world.add_user()
    token = world.token()
    found = world.app.proofs.tokens.find(token_hash(token))
    assert found
    (item,) = world.items("RESET_TOKENS_TABLE")
    world.dynamodb.put_item(TableName=world.environment["RESET_TOKENS_TABLE"], Item=to_item(item | change))
    world.clock.advance(seconds)
    write = world.app.proofs.tokens.consumption(found, "attempt", world.clock())
    with pytest.raises(world.dynamodb.exceptions.TransactionCanceledException):
        world.dynamodb.transact_write_items(TransactItems=[write])


FAULTS = {
    "token read": ("dynamodb.GetItem", refusal("ThrottlingException")),
    "token table missing": ("dynamodb.GetItem", refusal("ResourceNotFoundException")),
    "silent read": ("dynamodb.GetItem", timeout),
    "notice": ("sqs.SendMessage", refusal("ServiceUnavailable", 503)),
    "silent queue": ("sqs.SendMessage", timeout),
    "write refused": (TRANSACT, refusal("AccessDeniedException")),
    "write throttled": (TRANSACT, cancelled("ThrottlingError", "None")),
}


@pytest.mark.parametrize(("operation", "fault"), FAULTS.values(), ids=FAULTS)
def test_a_fault_changes_nothing(world: World, wire: Wire, operation: str, fault: Fault) -> None:
    """Row 38: all or nothing, fail closed; the token works once the fault has passed."""
    world.add_user()
    token = world.token()
    before = world.user()
    with wire.always_failing(operation, fault):
        answer = world.reset(token)
    assert (answer.status, answer.json["code"], answer.headers["Retry-After"]) == (503, "unavailable", "5")
    assert answer.json["outcome"] == "unchanged"
    assert "canary" not in answer.body
    assert world.user() == before
    world.pump()
    assert len(world.mails()) == 1
    assert world.reset(token).status == 200


def test_no_password_changes_without_a_notice(world: World, wire: Wire) -> None:
    """The notice is queued before the write, delayed until this attempt is over."""
    world.add_user()
    world.reset(world.token())
    message = wire.sent("sqs.SendMessage")[-1]
    assert message["DelaySeconds"] == 1
    assert wire.operations().index(TRANSACT) > wire.operations().index("sqs.SendMessage")


def test_a_reset_signs_nobody_in(world: World) -> None:
    """Row 34: the answer carries no session, and no header that could."""
    world.add_user()
    answer = world.reset(world.token())
    assert set(answer.json) == {"message"}
    assert "Set-Cookie" not in answer.headers
