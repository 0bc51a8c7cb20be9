"""Accounts behind a function of the team's own: the flow, what dies in between, and a function that answers garbage."""

import json
import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import bcrypt
import jsonschema
import pytest

from examples.directory import handler
from local.worker import work_once
from password_reset.accounts.answers import ANSWERS
from password_reset.accounts.function import MAX_ANSWER_BYTES, Unanswered
from password_reset.accounts.invoking import by_lambda
from password_reset.aws.errors import NoAnswerError, NotSentError
from password_reset.bootstrap import bootstrap
from password_reset.delivery.messages import parse
from password_reset.errors import DeliveryInProgress, Unavailable
from password_reset.proofs.tokens import LEASE
from password_reset.settings import Settings, SettingsError
from tests.handlers.test_phones import ask, sent, texted_code
from tests.handlers.test_reports import LOCKED
from tests.processes import FORKS, killed
from tests.unit.test_settings import VALID
from tests.wire import Wire, cancelled, refusal
from tests.work import counted
from tests.world import EMAIL, NEW_PASSWORD, PASSWORD, World
from tools import users_check

SCHEMA = json.loads(Path("docs/directory-function.schema.json").read_text("utf-8"))
CANARY = "zqcanary"
pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("database")]


class Died(BaseException):
    """The process ended here."""


@pytest.fixture
def settings(request: pytest.FixtureRequest) -> dict[str, str]:
    marker = request.node.get_closest_marker("settings")
    name = {"DIRECTORY": "function", "DIRECTORY_FUNCTION": "examples.directory.handler:handler"}
    return name | (marker.kwargs if marker else {})


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, engine_world: World) -> None:
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    monkeypatch.setattr(handler, "DATABASE", tmp_path / "users.sqlite")
    monkeypatch.setattr(handler, "DEMO", ("demo", EMAIL, EMAIL, hashed))
    monkeypatch.setattr(handler, "now", engine_world.clock)


@pytest.fixture
def documents(monkeypatch: pytest.MonkeyPatch, engine_world: World) -> list[Any]:
    """Every document that the function is sent from here on; each, and its answer, is as the schema says."""
    sent: list[Any] = []
    directory: Any = engine_world.app.accounts.directory
    ask = directory.invoke

    def watched(document: bytes) -> bytes:
        sent.append(json.loads(document))
        jsonschema.validate(sent[-1], SCHEMA)
        answer: bytes = ask(document)
        name = next(
            kind.__name__ for kind in ANSWERS if kind.model_fields["operation"].default == sent[-1]["operation"]
        )
        jsonschema.validate(json.loads(answer), SCHEMA | {"oneOf": [SCHEMA["answers"][name]]})
        return answer

    object.__setattr__(directory, "invoke", watched)
    return sent


def row() -> Any:
    with closing(handler.connect()) as connection:
        return connection.execute("SELECT * FROM users WHERE id = 'demo'").fetchone()


def write(statement: str) -> None:
    with closing(handler.connect()) as connection:
        connection.execute(statement)


def is_password(password: str) -> bool:
    return bcrypt.checkpw(password.encode(), row()["password"].encode())


def breaks(monkeypatch: pytest.MonkeyPatch, operation: str, answer: Callable[..., Any]) -> None:
    monkeypatch.setattr(handler, operation, answer)


def test_the_whole_flow(engine_world: World, documents: list[Any], wire: Wire) -> None:
    """From a request to a session; sessions here and there end before the answer; one notice, one event."""
    world = engine_world
    session, token = world.signed_in(), world.token()
    write("INSERT INTO sessions VALUES ('demo')")
    assert world.verify(token).json["email"] == EMAIL
    documents.clear()
    wire.calls.clear()
    assert world.reset(token).status == 200
    assert [document["operation"] for document in documents] == ["get", "change", "end_sessions"]
    assert wire.operations() == [
        "dynamodb.GetItem",
        "dynamodb.BatchGetItem",
        "sqs.SendMessage",
        "dynamodb.UpdateItem",
        "dynamodb.UpdateItem",
    ]
    with closing(handler.connect()) as connection:
        assert connection.execute("SELECT count(*) FROM sessions").fetchone()[0] == 0
    assert is_password(NEW_PASSWORD)
    assert (row()["version"], world.me(session).status, world.sign_in(NEW_PASSWORD).status) == (1, 401, 200)
    assert world.verify(token).json == {"valid": False}
    assert world.reset(token).json["code"] == "invalid_token"
    world.clock.advance(60)
    world.pump()
    assert [mail["subject"] for mail in world.mails()] == [
        "Reset your Example password",
        "Your Example password was changed",
    ]
    assert [record["outcome"] for record in world.audited("notify-change")] == ["accepted"]
    assert NEW_PASSWORD not in json.dumps(documents)


def test_unknown_and_disabled_get_nothing(engine_world: World, documents: list[Any]) -> None:
    """And the function does the same for both."""
    engine_world.forgot("unknown@example.com")
    engine_world.pump()
    write("UPDATE users SET disabled = 1")
    engine_world.forgot()
    engine_world.pump()
    assert engine_world.mails() == []
    assert [document["operation"] for document in documents] == ["find", "find"]
    assert engine_world.sign_in().status == engine_world.sign_in(email="unknown@example.com").status == 401


def test_our_work_at_a_sign_in_is_the_same(engine_world: World) -> None:
    """Row 2: whatever the function takes, with a hash of the configured cost."""
    write(f"UPDATE users SET password = '{engine_world.app.passwords.hash(PASSWORD)}'")
    engine_world.sign_in("warm", "warm@example.com")
    with counted() as known:
        engine_world.sign_in("wrong password")
    with counted() as unknown:
        engine_world.sign_in("wrong password", "unknown@example.com")
    assert known.total() == pytest.approx(unknown.total(), rel=0.03)


@pytest.mark.parametrize(
    "change", ["password = 'other'", "email = 'new@example.com'", "version = version + 1", "disabled = 1"]
)
def test_what_changed_there_voids_the_link(engine_world: World, change: str) -> None:
    """Row 16: whatever the function counts as another state."""
    token = engine_world.token()
    write(f"UPDATE users SET {change}")
    before = tuple(row())
    assert engine_world.verify(token).json == {"valid": False}
    assert engine_world.reset(token).json["code"] == "invalid_token"
    assert tuple(row()) == before


def stack_trace(*_: object) -> Any:
    raise RuntimeError(CANARY)


GARBAGE: dict[str, Any] = {
    "nothing": lambda *_: None,
    "a list": lambda *_: [CANARY],
    "no member": lambda *_: {},
    "another member": lambda *_: {"account": None, "accounts": [], CANARY: 1},
    "wrong types": lambda *_: {"account": {"userId": 7, "email": CANARY}, "accounts": [{"userId": 7}]},
    "an address as an id": lambda *_: _both(CANARY + "@example.com"),
    "somebody else": lambda *_: _both(CANARY),
    "twice": lambda *_: {"account": _account("demo") | {"userId": "x"}, "accounts": [_account("demo")] * 2},
    "ten megabytes": lambda *_: {"account": None, "accounts": [], "x": CANARY * 1_250_000},
    "an exception": stack_trace,
    "not JSON": lambda *_: {"account": float("nan"), "accounts": {1, 2}},
}


def _account(user_id: str) -> dict[str, Any]:
    return {"userId": user_id, "email": EMAIL, "version": 0, "state": "s", "passwordHash": CANARY}


def _both(user_id: str) -> dict[str, Any]:
    account = _account(user_id)
    return {"account": account, "accounts": [account | {"userId": f"{user_id}@example.com"}]}


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE)
def test_garbage_is_an_outage(
    engine_world: World, monkeypatch: pytest.MonkeyPatch, log: Any, garbage: Callable[..., Any]
) -> None:
    """503 to callers, another try to workers; nothing written, nothing of it in a log or an answer."""
    world, token, before = engine_world, engine_world.token(), tuple(row())
    mails = len(world.mails())
    with monkeypatch.context() as broken:
        for operation in ("get", "find", "landed", "change"):
            breaks(broken, operation, garbage)
        answers = [world.verify(token), world.reset(token), world.sign_in()]
        world.forgot()
        world.hasten()
        work_once(world.sqs)
        assert len(world.mails()) == mails
        assert len(world.queued()) == 1
    assert [answer.status for answer in answers] == [503, 503, 503]
    assert CANARY not in log.getvalue() + "".join(answer.body for answer in answers)
    assert tuple(row()) == before
    world.pump()
    assert len(world.mails()) == mails + 1
    assert world.reset(world.mailed_tokens()[0]).status == 200


def test_a_state_that_is_superseded_releases_the_token(engine_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    token, change = engine_world.token(), handler.change
    breaks(monkeypatch, "change", lambda *_: {"result": "superseded"})
    assert engine_world.reset(token).json["code"] == "invalid_token"
    breaks(monkeypatch, "change", change)
    assert engine_world.reset(token).status == 200


def test_a_policy_of_the_directory_refuses_with_its_reasons(
    engine_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row 32: and the link stays good."""
    token, change = engine_world.token(), handler.change
    reasons = [{"code": "too_similar", "message": "It is too similar to your name."}]
    breaks(monkeypatch, "change", lambda *_: {"result": "refused", "reasons": reasons})
    answer = engine_world.reset(token)
    assert (answer.status, answer.json["code"]) == (400, "weak_password")
    assert answer.json["errors"] == [{"field": "newPassword", **reasons[0]}]
    breaks(monkeypatch, "change", change)
    assert engine_world.reset(token).status == 200
    engine_world.clock.advance(60)
    engine_world.pump()
    assert [record["reason"] for record in engine_world.audited("notify-change")] == ["not_changed", None]


def test_a_lost_answer_of_a_change_that_landed_is_a_success(
    engine_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, change = engine_world.token(), handler.change

    def lost(*arguments: Any) -> Any:
        change(*arguments)
        raise TimeoutError

    breaks(monkeypatch, "change", lost)
    assert engine_world.reset(token).status == 200
    assert is_password(NEW_PASSWORD)


def test_while_an_outcome_is_unknown_nobody_else_writes(engine_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """503 "in progress" until the lease ends, then the same link works; a write that comes late meets another state."""
    world, token = engine_world, engine_world.token()
    change, late = handler.change, list[Any]()

    def never(database: Any, event: Any) -> Any:
        late.append(event)
        raise TimeoutError

    breaks(monkeypatch, "change", never)
    answer = world.reset(token)
    assert answer.status == 503
    assert "Try signing in" in answer.json["detail"]
    breaks(monkeypatch, "change", change)
    answer = world.reset(token, "another one entirely")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "29")
    assert ("nothing was changed" in answer.json["detail"], answer.json["outcome"]) == (True, "unchanged")
    world.clock.advance(LEASE.total_seconds())
    assert world.reset(token, "another one entirely").status == 200
    monkeypatch.setattr(handler, "now", lambda: world.clock() - LEASE)
    with closing(handler.connect()) as connection:
        assert handler.change(connection, late[0]) == {"result": "superseded"}
    assert is_password("another one entirely")
    world.clock.advance(60)
    world.pump()
    reasons = [record["reason"] for record in world.audited("notify-change")]
    assert (reasons.count("not_changed"), reasons.count(None)) == (2, 1)


def test_what_died_after_its_claim_leaves_the_link_to_the_next(
    engine_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, token, change = engine_world, engine_world.token(), handler.change
    directory: Any = world.app.accounts.directory
    ask = directory.invoke

    def die(document: bytes) -> bytes:
        if b'"operation":"change"' in document:
            raise Died
        return ask(document)  # type: ignore[no-any-return]

    object.__setattr__(directory, "invoke", die)
    with pytest.raises(Died):
        world.reset(token)
    object.__setattr__(directory, "invoke", ask)
    assert (world.reset(token).status, change) == (503, handler.change)
    assert world.verify(token).json["valid"] is True
    world.clock.advance(LEASE.total_seconds())
    assert world.reset(token).status == 200


def test_what_died_after_its_write_is_announced_and_its_sessions_end(
    engine_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row 63: nobody settled the token; the directory tells that this attempt's change took effect."""
    world, token = engine_world, engine_world.token()
    write("INSERT INTO sessions VALUES ('demo')")

    def die(*_: object) -> Any:
        raise Died

    with monkeypatch.context() as broken:
        broken.setattr(type(world.app.accounts.directory), "end_sessions", die)
        broken.setattr(type(world.app.proofs.tokens), "settle", die)
        with pytest.raises(Died):
            world.reset(token)
    assert is_password(NEW_PASSWORD)
    assert world.reset(token).json["code"] == "invalid_token"
    (queued,) = world.queued()
    announced: Any = parse(queued.body)
    with pytest.raises(DeliveryInProgress):
        world.app.notify_change(announced)
    world.clock.advance(LEASE.total_seconds())
    world.pump()
    assert [mail["subject"] for mail in world.mails()][1:] == ["Your Example password was changed"]
    with closing(handler.connect()) as connection:
        assert connection.execute("SELECT count(*) FROM sessions").fetchone()[0] == 0


def reported(world: World) -> str:
    """Reset by a mailed link; return the token by which the notice disputes that."""
    assert world.reset(world.token()).status == 200
    world.clock.advance(60)
    world.pump()
    return world.reports()[-1]


def test_a_dispute_freezes_and_ends_sessions_there(engine_world: World, documents: list[Any], wire: Wire) -> None:
    """Row 64: two steps, the freeze first; nobody signs in here, and the mailbox resets nothing."""
    world = engine_world
    token = reported(world)
    session = world.signed_in(NEW_PASSWORD)
    write("INSERT INTO sessions VALUES ('demo')")
    documents.clear()
    wire.calls.clear()
    assert world.report(token).status == 200
    assert [document["operation"] for document in documents] == ["get", "outdate", "end_sessions"]
    assert wire.operations() == [
        "dynamodb.GetItem",
        "dynamodb.BatchGetItem",
        "sqs.SendMessage",
        "dynamodb.TransactWriteItems",
    ]
    with closing(handler.connect()) as connection:
        assert connection.execute("SELECT count(*) FROM sessions").fetchone()[0] == 0
    assert (row()["version"], world.me(session).status, world.sign_in(NEW_PASSWORD).status) == (2, 401, 401)
    world.clock.advance(60)
    world.pump()
    world.forgot()
    world.pump()
    assert [mail["subject"] for mail in world.mails()][-2:] == [LOCKED] * 2
    assert world.report(token).status == 200
    assert row()["version"] == 2


@pytest.mark.parametrize("operation", ["outdate", "end_sessions"])
def test_a_dispute_that_died_between_its_steps_is_completed_by_the_worker(
    engine_world: World, monkeypatch: pytest.MonkeyPatch, operation: str
) -> None:
    """Row 64: frozen from the first step on; the version is counted up once."""
    world = engine_world
    token = reported(world)
    write("INSERT INTO sessions VALUES ('demo')")
    with monkeypatch.context() as broken:
        broken.setattr(handler, operation, stack_trace)
        assert world.report(token).status == 503
    assert world.sign_in(NEW_PASSWORD).status == 401
    world.clock.advance(60)
    world.pump()
    assert row()["version"] == 2
    with closing(handler.connect()) as connection:
        assert connection.execute("SELECT count(*) FROM sessions").fetchone()[0] == 0
    assert world.mails()[-1]["subject"] == LOCKED


@pytest.mark.parametrize("operation", ["outdate", "end_sessions"])
def test_a_dispute_that_is_sent_again_completes_what_died(
    engine_world: World, monkeypatch: pytest.MonkeyPatch, operation: str
) -> None:
    """Row 64: 200 says that all is done; by another channel's link too, and the version is counted up once."""
    world = engine_world
    token = reported(world)
    write("INSERT INTO sessions VALUES ('demo')")
    with monkeypatch.context() as broken:
        broken.setattr(handler, operation, stack_trace)
        assert [world.report(token).status for _ in range(2)] == [503, 503]
    assert [world.report(token).status for _ in range(2)] == [200, 200]
    assert row()["version"] == 2
    with closing(handler.connect()) as connection:
        assert connection.execute("SELECT count(*) FROM sessions").fetchone()[0] == 0
    world.clock.advance(60)
    world.pump()
    assert row()["version"] == 2


def test_a_dispute_that_was_superseded_once_and_died_is_completed_by_the_worker(
    engine_world: World, monkeypatch: pytest.MonkeyPatch, wire: Wire
) -> None:
    """Row 64: it announced the account as it read it first, and froze it as it read it last."""
    world = engine_world
    token = reported(world)

    def meanwhile() -> Any:
        write("UPDATE users SET name = 'Ada', password = 'x', version = 2")
        return cancelled("ConditionalCheckFailed")()

    wire.fail("dynamodb.TransactWriteItems", meanwhile)
    with monkeypatch.context() as broken:
        broken.setattr(handler, "outdate", stack_trace)
        assert world.report(token).status == 503
    assert row()["version"] == 2
    world.clock.advance(60)
    world.pump()
    assert row()["version"] == 3
    assert world.mails()[-1]["subject"] == LOCKED


@pytest.mark.settings(FACTORS="directory,recovery_code")
@pytest.mark.parametrize(
    ("since", "opens"), [("'2026-11-20T22:43:15Z'", True), ("'2026-11-20T22:43:16Z'", False), ("NULL", False)]
)
def test_a_factor_of_the_functions_own_opens_if_it_is_older(engine_world: World, since: str, *, opens: bool) -> None:
    """Rows 64 and 66: by when it was enrolled; one that the thief enrolled, or whose time nobody tells, does not."""
    world = engine_world
    token = reported(world)
    write(f"{ENROL}, totp_since = {since}")
    assert world.report(token).status == 200
    world.clock.advance(60)
    world.pump()
    world.forgot()
    world.pump()
    assert world.mails()[-1]["subject"] == ("Reset your Example password" if opens else LOCKED)
    if opens:
        link = world.mailed_tokens()[-1]
        assert world.reset(link).json["factors"] == ["directory"]
        assert world.factor(link, "directory", world.one_time_password(SECRET)).status == 200
        assert world.reset(link, "purple otters read again").status == 200
        assert world.sign_in("purple otters read again").status == 200


@pytest.mark.settings(CHANNELS="email,sms")
def test_a_phone_that_the_thief_added_there_does_not_open(engine_world: World) -> None:
    """Row 64: and a change by it overrules nothing, for what stood is noted as the token is used up."""
    world = engine_world
    token = reported(world)
    write("UPDATE users SET phone = '+4915112345678'")
    flow = ask(world, "sms")
    exchanged = world.verify_code(flow, texted_code(sent(world, "sms")[-1]))
    assert world.reset(exchanged.json["token"], "the thief's second words").status == 200
    assert world.report(token).status == 200
    world.clock.advance(60)
    world.pump()
    texts = len(sent(world, "sms"))
    ask(world, "sms")
    assert (len(sent(world, "sms")), sent(world, "email")[-1]["subject"]) == (texts, LOCKED)


def test_a_reset_that_landed_during_a_dispute_is_frozen_too(
    engine_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row 64: it read the account before the freeze and wrote after it; the version grows over what it wrote."""
    world = engine_world
    token, outdate, link = reported(world), handler.outdate, world.token()

    def after_a_reset(*arguments: Any) -> Any:
        if row()["version"] == 1:
            write("UPDATE users SET password = 'x', version = 2")
        return outdate(*arguments)

    breaks(monkeypatch, "outdate", after_a_reset)
    assert world.report(token).status == 200
    assert row()["version"] == 3
    assert world.verify(link).json == {"valid": False}
    assert world.sign_in(NEW_PASSWORD).status == 401


@pytest.mark.settings(CHANNELS="email,sms")
@pytest.mark.parametrize("fails", [False, True])
def test_a_reset_that_opens_says_so_in_a_step_of_its_own(engine_world: World, wire: Wire, *, fails: bool) -> None:
    """Row 64: by phone; where that step fails, the password is changed, and the freeze stands until the next reset."""
    world = engine_world
    write("UPDATE users SET phone = '+4915112345678'")
    assert world.report(reported(world)).status == 200
    world.clock.advance(60)
    world.pump()
    flow = ask(world, "sms")
    exchanged = world.verify_code(flow, texted_code(sent(world, "sms")[-1]))
    if fails:
        wire.fail("dynamodb.TransactWriteItems", refusal("InternalServerError", 500))
    assert world.reset(exchanged.json["token"], "purple otters read again").status == 200
    assert is_password("purple otters read again")
    assert world.sign_in("purple otters read again").status == (401 if fails else 200)


def test_where_nobody_can_tell_a_notice_too_many_goes_out(engine_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world, token = engine_world, engine_world.token()
    breaks(monkeypatch, "change", stack_trace)
    breaks(monkeypatch, "landed", lambda *_: {"landed": None})
    assert world.reset(token).status == 503
    world.clock.advance(60)
    world.pump()
    assert [mail["subject"] for mail in world.mails()][1:] == ["Your Example password was changed"]


def test_sessions_that_do_not_end_are_ended_later(engine_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Row 36: nobody is told that it is done; the notice's worker ends them."""
    world, token, end = engine_world, engine_world.token(), handler.end_sessions
    write("INSERT INTO sessions VALUES ('demo')")
    breaks(monkeypatch, "end_sessions", stack_trace)
    answer = world.reset(token)
    assert (answer.status, "Try signing in" in answer.json["detail"]) == (503, True)
    assert is_password(NEW_PASSWORD)
    breaks(monkeypatch, "end_sessions", end)
    world.clock.advance(60)
    world.pump()
    with closing(handler.connect()) as connection:
        assert connection.execute("SELECT count(*) FROM sessions").fetchone()[0] == 0
    assert [mail["subject"] for mail in world.mails()][1:] == ["Your Example password was changed"]


FACTORS = pytest.mark.settings(FACTORS="directory,recovery_code")
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # pragma: allowlist secret - of nobody
ENROL = f"UPDATE users SET totp = '{SECRET}'"


def asked(documents: list[Any]) -> list[Any]:
    return [document for document in documents if document["operation"] == "verify_factor"]


@FACTORS
def test_a_factor_of_the_functions_own_is_verified_there(
    engine_world: World, documents: list[Any], log: Any, wire: Wire
) -> None:
    """Rows 35 and 66: the holder of a token is told; the function is asked once it's counted; a reset needs it."""
    world = engine_world
    write(ENROL)
    token, password = world.token(), world.one_time_password(SECRET)
    assert world.verify(token).json["factors"] == ["directory"]
    assert (world.reset(token).json["code"], world.reset(token).json["factors"]) == ("factor_required", ["directory"])
    assert asked(documents) == []
    assert world.factor(token, "directory", "000000").json["code"] == "invalid_factor"
    state = handler.state(row())
    assert asked(documents) == [
        {"version": 1, "operation": "verify_factor", "userId": "demo", "state": state, "value": "000000"}
    ]
    wire.calls.clear()
    assert world.factor(token, "directory", password).json == {"verified": True}
    assert wire.operations() == [
        "dynamodb.GetItem",
        "dynamodb.BatchGetItem",
        "dynamodb.UpdateItem",
        "dynamodb.UpdateItem",
        "dynamodb.UpdateItem",
        "dynamodb.TransactWriteItems",
    ]
    assert "factors" not in world.verify(token).json
    assert password not in log.getvalue() + str(world.items("RESET_TOKENS_TABLE") + world.items("ACCOUNTS_TABLE"))
    second = world.token()
    assert world.factor(second, "directory", password).json["code"] == "invalid_factor"
    assert world.reset(token).status == 200
    assert is_password(NEW_PASSWORD)


@FACTORS
def test_guesses_at_a_factor_of_the_functions_own_are_counted_here(engine_world: World, documents: list[Any]) -> None:
    """Row 66: five a token, whatever the function would let pass."""
    world = engine_world
    write(ENROL)
    token = world.token()
    answers = [world.factor(token, "directory", "000000") for _ in range(6)]
    assert {answer.json["code"] for answer in answers} == {"invalid_factor"}
    assert world.factor(token, "directory", world.one_time_password(SECRET)).json["code"] == "invalid_factor"
    assert len(asked(documents)) == 5


@FACTORS
def test_a_function_that_cannot_verify_proves_nothing(engine_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Row 38: closed, with nothing of its answer; and the next password opens it."""
    world, verify = engine_world, handler.verify_factor
    write(ENROL)
    token = world.token()
    for garbage in (stack_trace, lambda *_: {"verified": "true"}, lambda *_: {"verified": True, CANARY: 1}):
        breaks(monkeypatch, "verify_factor", garbage)
        answer = world.factor(token, "directory", world.one_time_password(SECRET))
        assert (answer.status, CANARY in answer.body) == (503, False)
        assert world.reset(token).json["code"] == "factor_required"
    breaks(monkeypatch, "verify_factor", verify)
    assert world.factor(token, "directory", world.one_time_password(SECRET)).status == 200


@FACTORS
def test_a_factor_there_that_changes_voids_the_link(engine_world: World, documents: list[Any]) -> None:
    """Row 66: enrolled, replaced or removed, it's another state; without one, nothing is asked and links do."""
    world = engine_world
    for change in (ENROL, "UPDATE users SET totp = NULL"):
        token = world.token()
        write(change)
        assert world.verify(token).json == {"valid": False}
        assert world.reset(token).json["code"] == "invalid_token"
    token = world.token()
    assert world.factor(token, "directory", "000000").json["code"] == "invalid_factor"
    assert asked(documents) == []
    assert world.reset(token).status == 200


def test_without_the_setting_the_functions_factors_do_not_count(engine_world: World) -> None:
    write(ENROL)
    assert engine_world.reset(engine_world.token()).status == 200


def winner_of_rivals(world: World, *, same: bool) -> str:
    """Reset eight times at once, by one link or by two; return the password of the one that was told that it did."""
    tokens = [world.token()] * 8 if same else [world.token(), world.token()] * 4
    passwords = [f"rival number {number} sets this" for number in range(8)]
    with ThreadPoolExecutor(8) as rivals:
        answers = list(rivals.map(world.reset, tokens, passwords))
    winners = [password for answer, password in zip(answers, passwords, strict=True) if answer.status == 200]
    assert len(winners) == 1
    assert {answer.status for answer in answers} <= {200, 400, 503}
    return winners[0]


@pytest.mark.parametrize("same", [True, False], ids=["one token", "two tokens"])
def test_of_rivals_one_wins(engine_world: World, *, same: bool) -> None:
    """Row 15: one 200, one version more, one notice."""
    world = engine_world
    winner = winner_of_rivals(world, same=same)
    assert (row()["version"], is_password(winner)) == (1, True)
    world.clock.advance(60)
    world.pump()
    assert [mail["subject"] for mail in world.mails()].count("Your Example password was changed") == 1


@pytest.mark.parametrize("call", ["read", "queue", "claim", "settle"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_fault_at_a_write_of_ours(engine_world: World, wire: Wire, call: str, when: str) -> None:
    """Row 38: without a claim nothing is written; without its end the password is, and the link is void."""
    world, token = engine_world, engine_world.token()
    first = {"read": 0, "queue": 2, "claim": 3, "settle": 4}[call]
    wire.break_call(first, refusal("InternalServerError", 500), when)  # type: ignore[arg-type]
    answer = world.reset(token)
    if call == "settle":
        assert answer.status == 200
        assert world.verify(token).json == {"valid": False}
    else:
        assert answer.status == 503
        assert not is_password(NEW_PASSWORD)
        world.clock.advance(LEASE.total_seconds())
        assert world.reset(token).status == 200
    assert is_password(NEW_PASSWORD)
    world.clock.advance(60)
    world.pump()
    assert [mail["subject"] for mail in world.mails()].count("Your Example password was changed") == 1


@FORKS
def test_a_reset_killed_between_any_two_steps(engine_world: World, wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows 15, 37 and 38: in a process that ends, over a database and tables that go on; a change is told once."""
    world = engine_world

    def begin(number: int) -> tuple[str, str]:
        email = f"user{number}@example.com"
        copied = f"SELECT 'u{number}', '{email}', '{email}', password FROM users WHERE id = 'demo'"
        write(f"INSERT INTO users (id, email, email_key, password) {copied}")
        (account,) = world.app.accounts.directory.find(email, most=1)
        return email, world.app.proofs.tokens.issue(account, "email", world.clock())

    _, token = begin(0)
    bootstrap.cache_clear()
    wire.reset()
    assert world.reset(token).status == 200
    calls, claimed = wire.operations(), wire.operations().index("dynamodb.UpdateItem")
    world.queued().clear()
    steps: list[Any] = [(*step, None) for step in product(range(len(calls)), ("before", "after"))]
    steps += [(len(calls), "before", operation) for operation in ("change", "end_sessions")]  # inside of the function's
    for number, (position, when, operation) in enumerate(steps, 1):
        email, token = begin(number)

        def die(*_: object) -> Any:
            os.kill(os.getpid(), signal.SIGKILL)

        with monkeypatch.context() as dying:
            if operation:
                dying.setattr(handler, operation, die)
            effects = killed(wire, partial(world.reset, token), position, when)
        for effect in effects:
            if effect.body:  # this process's queue has not heard of it
                world.sqs.send_message(QueueUrl=world.environment["QUEUE_URL"], MessageBody=effect.body)
        with closing(handler.connect()) as connection:
            (changed,) = connection.execute("SELECT version FROM users WHERE id = ?", (f"u{number}",)).fetchone()
        assert changed == (position > claimed and operation != "change")
        world.clock.advance(60)
        world.pump()
        told = [mail["subject"] for mail in world.mails() if mail["to"] == [email]]
        assert told == ["Your Example password was changed"] * changed
        assert world.verify(token).json["valid"] is not bool(changed)
        assert world.reset(token).status == (400 if changed else 200)
        world.queued().clear()


def test_the_check_asks_the_function(engine_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no table to look into; one address is tried."""
    fact = "The users are behind DIRECTORY_FUNCTION: there is no table to look into."
    assert list(users_check.check(engine_world.app).lines()) == [fact, "Nothing is wrong."]
    assert list(users_check.check(engine_world.app, EMAIL).lines()) == [
        fact,
        "  Account demo: a reset would be mailed; its password is bcrypt ($2b$), its version 0.",
        "Nothing is wrong.",
    ]
    assert "WRONG" in "".join(users_check.check(engine_world.app, "unknown@example.com").lines())
    breaks(monkeypatch, "find", stack_trace)
    assert "didn't answer" in "".join(users_check.check(engine_world.app, EMAIL).lines())


class Lambda:
    """A client that answers an invocation so."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def invoke(self, **_: Any) -> Any:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class Body:
    """A payload that says how much of it is read."""

    def __init__(self, size: int) -> None:
        self.left = size

    def read(self, most: int) -> bytes:
        self.left -= min(self.left, most)
        return b"x" * most


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (NotSentError(), Unavailable),
        (NoAnswerError(), Unanswered),
        ({"FunctionError": "Unhandled", "Payload": Body(10)}, Unanswered),
    ],
    ids=["not connected", "no answer", "an error of the function's"],
)
def test_what_may_have_run_is_told_from_what_has_not(answer: Any, error: type[Exception]) -> None:
    invoke = by_lambda(Lambda(answer), "arn:aws:lambda:eu-central-1:123456789012:function:directory")  # type: ignore[arg-type]
    with pytest.raises(error):
        invoke(b"{}")


def test_of_a_long_answer_no_more_is_read_than_needed() -> None:
    body = Body(10_000_000)
    found = by_lambda(Lambda({"Payload": body}), "arn:aws:lambda:…")(b"{}")  # type: ignore[arg-type]
    assert (len(found), body.left) == (MAX_ANSWER_BYTES + 1, 10_000_000 - MAX_ANSWER_BYTES - 1)


def test_start_refuses_what_a_function_cannot_do() -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.from_environment(VALID | {"DIRECTORY": "function"})
    assert str(refused.value).startswith("DIRECTORY_FUNCTION is missing. Allowed: the ARN of a Lambda function, or ")
    name = {"DIRECTORY": "function", "DIRECTORY_FUNCTION": "a.b:c"}
    with pytest.raises(SettingsError, match="keeps no earlier hashes"):
        Settings.from_environment(VALID | name | {"PASSWORD_POLICY": '{"history": 3}'})
    with pytest.raises(SettingsError, match="FACTORS cannot be 'directory'"):
        Settings.from_environment(VALID | {"FACTORS": "directory", "ACCOUNTS_TABLE": "accounts"})
    with pytest.raises(SettingsError, match="USERS_TABLE is missing"):
        Settings.from_environment({key: value for key, value in VALID.items() if key != "USERS_TABLE"})
