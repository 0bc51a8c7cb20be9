"""Accounts in a Cognito user pool: the flow, its policy, and what dies in between, where nothing can be compared."""

import json
from itertools import product
from typing import Any

import pytest

from local import outbox
from local import pool as local_pool
from local.accounts import ElsewhereError
from local.gateway import Context, function
from password_reset.accounts.cognito import CognitoDirectory
from password_reset.bootstrap import bootstrap
from password_reset.delivery.messages import parse
from password_reset.errors import DeliveryInProgress, HasPassword, Unavailable
from password_reset.proofs.tokens import Tokens
from password_reset.settings import Settings, SettingsError
from tests.handlers.test_factors import OTHER_SECRET, SECRET
from tests.handlers.test_function_directory import winner_of_rivals
from tests.handlers.test_phones import ask, sent, texted_code
from tests.handlers.test_reports import LOCKED
from tests.pools import Pool
from tests.processes import FORKS, between, killed
from tests.unit.test_settings import VALID
from tests.whole import in_turn
from tests.wire import Fault, Wire, refusal, timeout
from tests.world import EMAIL, World
from tools import users_check

NEW = "purple otters read 7"
OLD = "an old and tired 1"
CHANGED, RESET = "Your Example password was changed", "Reset your Example password"
GET, SET, END = "cognito-idp.AdminGetUser", "cognito-idp.AdminSetUserPassword", "cognito-idp.AdminUserGlobalSignOut"
LIST, TRANSACT = "cognito-idp.ListUsers", "dynamodb.TransactWriteItems"
DELIVERED = [
    "dynamodb.BatchGetItem",
    "dynamodb.PutItem",
    "dynamodb.PutItem",
    "email.SendEmail",
    "dynamodb.UpdateItem",
]
CALLS = [
    "dynamodb.GetItem",
    "dynamodb.BatchGetItem",
    GET,
    "sqs.SendMessage",
    TRANSACT,
    SET,
    END,
    TRANSACT,
]
UNLIMITED = {"RESET_LIMIT_PER_IDENTIFIER": "0", "RESET_LIMIT_PER_SOURCE": "0", "FEDERATED_PROVIDERS": "Google=Google"}
pytestmark = pytest.mark.engine


class Died(BaseException):
    """The process ended here."""


@pytest.fixture
def pool(account: Any) -> Pool:
    return Pool.create(account)


@pytest.fixture
def settings(pool: Pool, request: pytest.FixtureRequest) -> dict[str, str]:
    marker = request.node.get_closest_marker("settings")
    return pool.settings | UNLIMITED | (marker.kwargs if marker else {})


@pytest.fixture
def world(engine_world: World, pool: Pool) -> World:
    pool.add(EMAIL, secret=OLD, name="Ada", locale="en")
    return engine_world


def subjects(world: World, email: str = EMAIL) -> list[str]:
    return [mail["subject"] for mail in world.mails() if mail["to"] == [email]]


def link(world: World, email: str) -> str:
    """Return a token for an account, without a request for it."""
    (account,) = world.app.accounts.directory.find(email, most=1)
    return world.app.proofs.tokens.issue(account, "email", world.clock())


def later(world: World) -> None:
    """Let every lease and delay pass, and the worker work."""
    world.clock.advance(60)
    world.pump()


def test_the_whole_flow(world: World, pool: Pool, wire: Wire, log: Any) -> None:
    """From a request to a password of the pool's: sessions end before the answer, the password is in no record."""
    world.forgot()
    (message,) = world.queued()
    world.queued().clear()
    record = {"messageId": "1", "body": message.body, "eventSource": "aws:sqs"}
    wire.calls.clear()
    assert function("deliver")({"Records": [record]}, Context())["batchItemFailures"] == []
    assert wire.operations() == [LIST, GET, *DELIVERED]
    (token,) = world.mailed_tokens()
    wire.calls.clear()
    assert world.verify(token).json["email"] == EMAIL
    assert wire.operations() == CALLS[:3]
    wire.calls.clear()
    assert world.reset(token, NEW).status == 200
    assert wire.operations() == CALLS
    (sent,) = wire.sent(SET)
    user = pool.user(EMAIL)
    assert sent == {"UserPoolId": pool.pool, "Username": user.username, "Password": NEW, "Permanent": True}
    assert (user.password, user.status) == (NEW, "CONFIRMED")
    assert world.reset(token, NEW).json["code"] == "invalid_token"
    later(world)
    assert subjects(world) == [RESET, CHANGED]
    (row,) = world.items("ACCOUNTS_TABLE")
    assert row == {"user_id": user.username, "generation": 1}
    everything = log.getvalue() + str([world.items(name) for name in world.environment if name.endswith("_TABLE")])
    assert NEW not in everything + str(world.mails())


def test_who_gets_no_link(world: World, pool: Pool) -> None:
    """Unknown, disabled, not verified: nothing. One that signs in elsewhere is told where, and no password is set."""
    pool.add("disabled@example.com", disabled=True)
    pool.add("unverified@example.com", email_verified="false")
    pool.add("google@example.com", identities=json.dumps([{"providerName": "Google"}]), email_verified="false")
    pool.user("google@example.com").status = "EXTERNAL_PROVIDER"
    for name in ("unknown", "disabled", "unverified", "google"):
        world.forgot(f"{name}@example.com")
    world.pump()
    (told,) = world.mails()
    assert told["to"] == ["google@example.com"]
    assert "Google" in told["text"]
    assert "token=" not in told["text"]


@pytest.mark.parametrize(
    "meanwhile", [{"secret": "set elsewhere 1"}, {"disabled": True}, {"email": "new@example.com"}, {"locale": "de"}]
)
def test_what_changed_in_the_pool_voids_the_link(world: World, pool: Pool, meanwhile: dict[str, Any]) -> None:
    """Row 16: whatever it was, for the pool tells only that something did."""
    token, name = world.token(), pool.user(EMAIL).username
    pool.write(name, **meanwhile)
    assert world.verify(token).json == {"valid": False}
    assert world.reset(token, NEW).json["code"] == "invalid_token"
    assert pool.users[name].password == meanwhile.get("secret", OLD)


def test_the_pools_policy_refuses_with_its_reasons(world: World, pool: Pool, wire: Wire) -> None:
    """Row 32: by what the pool's policy says, and the link stays good."""
    token = world.token()
    answer = world.reset(token, "OTTERSÉÉ")
    assert (answer.status, answer.json["code"]) == (400, "weak_password")
    assert answer.json["errors"] == [
        {"field": "newPassword", "code": "too_short", "message": "Use at least 10 characters."},
        {"field": "newPassword", "code": "missing_lower", "message": "Use at least one of a to z."},
        {"field": "newPassword", "code": "missing_digit", "message": "Use at least one of 0 to 9."},
    ]
    wire.fail(SET, refusal("PasswordHistoryPolicyViolationException"))
    assert [error["code"] for error in world.reset(token, NEW).json["errors"]] == ["reused"]
    wire.fail(SET, refusal("InvalidPasswordException"))
    wire.fail("cognito-idp.DescribeUserPool", timeout)
    assert [error["code"] for error in world.reset(token, NEW).json["errors"]] == ["common"]
    assert pool.user(EMAIL).password == OLD
    assert world.reset(token, NEW).status == 200
    later(world)
    assert subjects(world) == [RESET, CHANGED]


def test_an_answer_that_is_lost_is_asked_for_again(world: World, pool: Pool, wire: Wire) -> None:
    token = world.token()
    wire.lose_answer(SET)
    assert world.reset(token, NEW).status == 200
    assert [sent["Password"] for sent in wire.sent(SET)] == [NEW, NEW]
    assert pool.user(EMAIL).password == NEW


@pytest.mark.parametrize("landed", [True, False])
@pytest.mark.parametrize("last", ["lost", "refused"])
def test_an_unknown_outcome_ends_every_link_and_is_told(
    world: World, pool: Pool, wire: Wire, last: str, *, landed: bool
) -> None:
    """Rows 37 and 63: nobody can tell, so no link from before works, and a notice too many goes out; the next works."""
    token, other = world.token(), world.token()
    if landed:
        wire.lose_answer(SET, 2 if last == "lost" else 1)
    else:
        wire.fail(SET, timeout)
    if last == "refused":  # for the one before it, perhaps
        wire.fail(SET, *[lambda: None] * landed, refusal("PasswordHistoryPolicyViolationException"))
    elif not landed:
        wire.fail(SET, timeout)
    answer = world.reset(token, NEW)
    assert (answer.status, "Try signing in" in answer.json["detail"]) == (503, True)
    assert pool.user(EMAIL).password == (NEW if landed else OLD)
    busy = world.reset(other, "another one 7")
    assert (busy.status, busy.headers["Retry-After"]) == (503, "29")
    later(world)
    assert [world.verify(link).json for link in (token, other)] == [{"valid": False}] * 2
    assert subjects(world) == [RESET, RESET, CHANGED]
    assert world.reset(world.mailed_tokens()[-1], "another one 7").status == 200  # the notice's own
    assert pool.user(EMAIL).password == "another one 7"


@pytest.mark.parametrize("where", ["claimed", "written", "signed out"])
def test_what_dies_leaves_a_notice_and_no_link(
    world: World, pool: Pool, monkeypatch: pytest.MonkeyPatch, wire: Wire, where: str
) -> None:
    """Rows 37 and 38: after the claim, after the write, after the sessions; the worker ends them again."""
    token, other = world.token(), world.token()

    def die(*_: object) -> Any:
        raise Died

    dying = {
        "claimed": (CognitoDirectory, "change"),
        "written": (CognitoDirectory, "end_sessions"),
        "signed out": (Tokens, "settling"),
    }
    with monkeypatch.context() as broken:
        broken.setattr(*dying[where], die)
        broken.setattr(Tokens, "settling", die)
        with pytest.raises(Died):
            world.reset(token, NEW)
    assert pool.user(EMAIL).password == (OLD if where == "claimed" else NEW)
    (queued,) = world.queued()
    with pytest.raises(DeliveryInProgress):
        world.app.notify_change(parse(queued.body))  # type: ignore[arg-type]
    wire.calls.clear()
    later(world)
    assert subjects(world) == [RESET, RESET, CHANGED]
    assert END in wire.operations()
    assert [world.reset(link, NEW).json["code"] for link in (token, other)] == ["invalid_token"] * 2
    assert world.reset(world.token(), NEW).status == 200


@pytest.mark.parametrize("same", [True, False], ids=["one token", "two tokens"])
def test_of_rivals_one_wins(world: World, pool: Pool, *, same: bool) -> None:
    """Row 15: by our row, for the pool would take them all."""
    winner = winner_of_rivals(world, same=same)
    assert pool.user(EMAIL).password == winner
    later(world)
    assert subjects(world).count(CHANGED) == 1


def test_a_fault_at_every_call(world: World, pool: Pool, wire: Wire) -> None:
    """Row 38: never 200 without the password, never a change without its notice, and a link works in the end."""
    failed: dict[str, Fault] = {"failed": refusal("InternalErrorException", 500), "timed out": timeout}
    refused: dict[str, Fault] = {"refused": refusal("TooManyRequestsException"), **failed}
    cases = [
        (position, when, name, fault)
        for position, (when, alike) in product(range(len(CALLS)), [("before", refused), ("after", failed)])
        for name, fault in in_turn(alike, position).items()
    ]
    for number, (position, when, name, fault) in enumerate(cases):
        email = f"user{number}@example.com"
        user = pool.users[pool.add(email, secret=OLD)]
        token = link(world, email)
        wire.break_call(position, fault, when)  # type: ignore[arg-type]
        answer = world.reset(token, NEW)
        assert wire.operations()[position] == CALLS[position]
        wire.reset()
        changed = user.password == NEW
        assert answer.status in {200, 503}, (position, name, when)
        assert changed or answer.status != 200
        later(world)
        told = subjects(world, email).count(CHANGED)
        assert told == 1 if changed else told <= 1
        assert not (changed and world.verify(token).json["valid"])
        if not changed:  # by the same link, unless nobody could tell
            again = world.reset(token, NEW)
            assert again.status == 200 or told == 1
        assert world.reset(link(world, email), "another one 7").status == 200
        world.queued().clear()
        outbox.clear()


@FORKS
def test_a_reset_killed_between_any_two_steps(world: World, pool: Pool, wire: Wire) -> None:
    """Rows 37 and 38: on a real engine; what the dead process did to the pool, the pool has."""
    token = world.token()
    bootstrap.cache_clear()
    wire.reset()
    assert world.reset(token, NEW).status == 200
    cold = wire.operations()
    world.queued().clear()
    for number, (position, when) in enumerate(between(cold)):
        email = f"user{number}@example.com"
        user = pool.users[pool.add(email, secret=OLD)]
        token = link(world, email)
        for effect in killed(wire, lambda token=token: world.reset(token, NEW), position, when):  # type: ignore[misc]
            if effect.body:  # this process's queue and pool have not heard of it
                world.sqs.send_message(QueueUrl=world.environment["QUEUE_URL"], MessageBody=effect.body)
            if effect.operation == SET:
                pool.write(user.username, secret=NEW)
        claimed = position > cold.index(TRANSACT) or (position, when) == (cold.index(TRANSACT), "after")
        later(world)
        assert subjects(world, email).count(CHANGED) == claimed
        assert world.verify(token).json["valid"] is not claimed
        assert world.reset(link(world, email) if claimed else token, NEW).status == 200
        world.queued().clear()


@pytest.mark.settings(FACTORS="totp")
def test_factors_of_ours_stand_beside_the_pool(world: World, pool: Pool, wire: Wire) -> None:
    """Row 66: in the same row as the claim, whose condition takes them as they were read."""
    world.factors.enrol_totp(pool.user(EMAIL).username, SECRET)
    token = world.token()
    assert world.reset(token, NEW).json["factors"] == ["totp"]
    assert world.factor(token, "totp", world.one_time_password(SECRET)).status == 200
    name = pool.user(EMAIL).username
    wire.fail(TRANSACT, lambda: world.factors.enrol_totp(name, OTHER_SECRET))
    assert world.reset(token, NEW).json["code"] == "invalid_token"
    assert pool.user(EMAIL).password == OLD
    assert world.factor(token, "totp", world.one_time_password(OTHER_SECRET)).status == 200
    assert world.reset(token, NEW).status == 200
    assert pool.user(EMAIL).password == NEW


def disputes(world: World) -> str:
    """Reset by a mailed link; return the token by which the notice disputes that."""
    assert world.reset(world.token(), NEW).status == 200
    later(world)
    return world.reports()[-1]


@pytest.mark.settings(CHANNELS="email,sms", FACTORS="totp")
def test_what_the_thief_added_to_the_pool_or_to_our_row_does_not_open(world: World, pool: Pool) -> None:
    """Rows 64 and 66: what stood is noted where the claim ends; the version of our row voids every link."""
    name = pool.user(EMAIL).username
    pool.write(name, phone="+4915112345678")
    token = disputes(world)
    pool.write(name, phone="+4915112345679")
    world.factors.enrol_totp(name, SECRET)
    link = world.token()
    assert world.report(token).status == 200
    assert world.verify(link).json == {"valid": False}
    later(world)
    texts = len(sent(world, "sms"))
    ask(world, "sms")
    assert (len(sent(world, "sms")), subjects(world)[-2:]) == (texts, [LOCKED] * 2)
    world.factors.remove(name, "totp")
    pool.write(name, phone="+4915112345678")
    exchanged = world.verify_code(ask(world, "sms"), texted_code(sent(world, "sms")[-1]))
    assert world.reset(exchanged.json["token"], "another one 7").status == 200
    assert "frozen_until" not in world.items("ACCOUNTS_TABLE")[0]


def test_a_dispute_during_a_live_claim(world: World, pool: Pool, wire: Wire) -> None:
    """Rows 64 and 38: the attempt's write can't be called back; the account is frozen all the same, and told of both.

    The claim is over by then, so neither what the attempt settles nor its link lifts the freeze.
    """
    token, link, other = disputes(world), world.token(), world.token()

    def disputed() -> None:
        assert world.report(token).status == 200

    wire.fail(SET, disputed)
    assert world.reset(link, "the thief's words 7").status == 200
    assert pool.user(EMAIL).password == "the thief's words 7"
    (item,) = world.items("ACCOUNTS_TABLE")
    assert "claimed_by" not in item
    assert "frozen_until" in item
    assert [world.reset(used, NEW).json["code"] for used in (link, other)] == ["invalid_token"] * 2
    wire.calls.clear()
    later(world)
    assert sorted(subjects(world)[-2:]) == sorted([CHANGED, LOCKED])
    assert END in wire.operations()
    assert world.forgot().status == 200
    world.pump()
    assert subjects(world)[-1] == LOCKED


def test_a_dispute_of_a_pool_that_died_between_its_steps_is_completed(
    world: World, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row 64: when it's sent again, or by the worker; our row counts once."""
    for again in (True, False):
        email = f"ada{again}@example.com".lower()
        pool.add(email, secret=OLD)
        assert world.reset(world.token(email), NEW).status == 200
        later(world)
        token, user_id = world.reports()[-1], pool.user(email).username
        with monkeypatch.context() as broken:
            broken.setattr(CognitoDirectory, "outdate", unreachable)
            assert world.report(token, email).status == 503
        if again:
            assert [world.report(token, email).status for _ in range(2)] == [200, 200]
        later(world)
        rows = {item["user_id"]: item["generation"] for item in world.items("ACCOUNTS_TABLE")}
        assert rows[user_id] == 2


def unreachable(*_: object) -> None:
    raise Unavailable


def test_an_operator_voids_an_account(world: World, wire: Wire) -> None:
    """Row 73: its links by our row, its sessions by the pool."""
    token = world.token()
    (found,) = world.app.accounts.directory.find(EMAIL, most=1)
    wire.calls.clear()
    world.app.accounts.directory.outdate(found)
    assert END in wire.operations()
    assert world.verify(token).json == {"valid": False}


def test_a_name_that_is_an_address_is_in_no_record(world: World, pool: Pool, log: Any) -> None:
    """Rows 23 and 72: of users who are called by one, the id is sealed, and opens as theirs alone."""
    user = pool.users.pop(pool.add("name@example.com", secret=OLD))
    user.username = "name@example.com"
    pool.users[user.username] = user
    token = world.token("name@example.com")
    assert world.reset(token, NEW).status == 200
    later(world)
    assert user.password == NEW
    assert subjects(world, "name@example.com") == [RESET, CHANGED]
    kept = [world.items(name) for name in ("RESET_TOKENS_TABLE", "ACCOUNTS_TABLE", "DELIVERIES_TABLE")]
    assert "name@" not in str(kept) + log.getvalue()


def test_start_refuses_what_a_pool_cannot_do() -> None:
    """A line each: no pool, a history that can't be read, sessions that are Cognito's."""
    pool = {"DIRECTORY": "cognito", "USER_POOL": "eu-central-1_AbCdEfGhI", "ACCOUNTS_TABLE": "accounts"}
    no_history = {"PASSWORD_POLICY": '{"history": 0}'}
    given = VALID | pool | no_history | {"SESSIONS": "false"}
    given.pop("USERS_TABLE")
    assert Settings.from_environment(given).user_pool == "eu-central-1_AbCdEfGhI"
    for changed, told in (
        ({"USER_POOL": "users"}, "USER_POOL cannot be 'users'"),
        ({"PASSWORD_POLICY": "default"}, "history must be 0"),
        ({"SESSIONS": "true"}, "SESSIONS cannot be 'true': Cognito itself"),
        ({"VERIFY_ON_RESET": "true"}, "VERIFY_ON_RESET cannot be 'true'"),
    ):
        with pytest.raises(SettingsError, match=told):
            Settings.from_environment(given | changed)
    for missing in ("USER_POOL", "ACCOUNTS_TABLE"):
        with pytest.raises(SettingsError, match=f"{missing} is missing"):
            Settings.from_environment({name: value for name, value in given.items() if name != missing})


def test_the_check_looks_at_the_pool(world: World, pool: Pool, wire: Wire) -> None:
    """It reads, tells what would go wrong and which setting mends it, and shows nobody."""
    pool.add("Capital@Example.com")
    pool.add("unverified@example.com", email_verified="false")
    wire.calls.clear()
    lines = list(users_check.check(world.app, "unverified@example.com").lines())
    assert lines == [
        f"Pool {pool.pool}: about 3 users, who sign in by email.",
        "The pool's own reset is open too. Once your pages use this one, set AccountRecoverySetting to admin_only.",
        "Sample: 3 users: 3 CONFIRMED.",
        "Phones: 0 verified.",
        "The address leads to 1 users.",
        "  A user that is CONFIRMED: nothing would be mailed (its address isn't verified).",
        (
            "WRONG: The pool asks more of passwords than PASSWORD_POLICY, and people learn it only when theirs is "
            "refused. Set in PASSWORD_POLICY: minLength 10, requireLowercase, requireDigit."
        ),
        (
            "WRONG: 1 users have an email that isn't verified, so no reset reaches them, as with Cognito's own. "
            "Set email_verified."
        ),
        (
            "WRONG: 1 users have an email with capital letters: they are found only by whoever types it so. "
            "Write it in lower case."
        ),
        "WRONG: A reset requested for this address would mail nothing.",
        "4 things are wrong.",
    ]
    told = list(users_check.check(world.app, EMAIL).lines())
    assert f"  User {pool.user(EMAIL).username}: a reset would be mailed." in told
    assert {operation.partition(".")[2] for operation in wire.operations()} <= {
        "DescribeUserPool",
        "ListUsers",
        "AdminGetUser",
        "BatchGetItem",
        "GetItem",
        "GetSecretValue",
    }


def test_a_pool_is_there_for_whoever_tries_it_locally(world: World) -> None:
    """`DIRECTORY=cognito make run` has one, by the id that is set, with the demo account."""
    local_pool.create("us-east-1_Example")
    user = Pool("us-east-1_Example").user(EMAIL)
    assert (user.status, user.attribute_lookup["email_verified"]) == ("CONFIRMED", "true")
    with pytest.raises(ElsewhereError):
        world.add_user("other@example.com")


@pytest.mark.settings(OPERATOR_API="true")
def test_an_invitation_is_for_whoever_has_a_temporary_password(world: World, pool: Pool) -> None:
    """Row 39: and sets a first one for good."""
    pool.add("new@example.com")
    user = pool.user("new@example.com")
    user.status = "FORCE_CHANGE_PASSWORD"
    start, audit = world.app.start_reset, world.app.audit
    with pytest.raises(HasPassword), audit.attempt("start-reset", "r1") as attempt:
        start(attempt, email=EMAIL, purpose="invitation")
    with audit.attempt("start-reset", "r2") as attempt:
        start(attempt, email="new@example.com", purpose="invitation")
    world.pump()
    (token,) = world.mailed_tokens("new@example.com")
    assert world.reset(token, NEW).status == 200
    assert (user.password, user.status) == (NEW, "CONFIRMED")
