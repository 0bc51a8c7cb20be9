"""A fault at each AWS call of each use case, before and after it took effect: what must hold, holds.

The calls are found by making them once. What each fault did is written to `build/faults`. Faults that are one thing to
the service take turns from call to call; `make faults`, which runs nightly too, makes each of them at each call.
"""

from collections import Counter
from contextlib import suppress
from io import StringIO
from pathlib import Path
from typing import Any, Literal

import bcrypt
import pytest

from infra.queue import MAX_RECEIVES, VISIBILITY_SECONDS
from local import outbox
from local.gateway import Context, function
from local.worker import work_once
from password_reset.aws.errors import ClientError, NoAnswerError
from password_reset.bootstrap import bootstrap
from password_reset.delivery.deliveries import TAG, Delivery, tagged
from password_reset.errors import Unavailable
from password_reset.proofs import altcha
from tests.handlers.test_feedback import sample
from tests.handlers.test_phones import PHONE, texted_code
from tests.handlers.test_started import ask, by_event
from tests.whole import in_turn, sampled
from tests.wire import Fault, Wire, cancelled, refusal, timeout
from tests.world import NEW_PASSWORD, PASSWORD, TOKEN, Answer, World

REPORTS = Path(__file__).parents[2] / "build" / "faults"
SENDING = {"email.SendEmail", "sns.Publish"}
WRITES = ("Put", "Update", "Transact", "Send", "Publish", "Delete")
UNLIMITED = {"RESET_LIMIT_PER_SOURCE": "0", "CHANNELS": "email,sms"}

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # pragma: allowlist secret - of nobody
RIVAL = "refused for a rival"

type When = Literal["before", "after"]


def faults(
    world: World, wire: Wire, position: int, operation: str, parameters: dict[str, Any]
) -> dict[tuple[str, When], Fault]:
    """What can become of a call."""
    name = operation.partition(".")[2]
    unheard: dict[tuple[str, When], Fault] = {
        ("throttled", "before"): refusal("ThrottlingException"),
        ("denied", "before"): refusal("AccessDeniedException", 403),
        ("failed", "before"): refusal("InternalServerError", 500),
        ("timed out", "before"): timeout,
    }
    unanswered: dict[tuple[str, When], Fault] = {
        ("failed", "after"): refusal("InternalServerError", 500),
        ("timed out", "after"): timeout,
        ("slow", "after"): lambda: world.clock.advance(61),
    }
    found = in_turn(unheard | unanswered, position)
    if "ConditionExpression" in parameters:
        rival = {"h1": {"N": str(int(world.clock().timestamp() * 1000))}, "state": {"S": "claimed"}}
        found[RIVAL, "before"] = refusal("ConditionalCheckFailedException", Item=rival)
        found["in conflict", "before"] = refusal("TransactionConflictException")
    if name == "TransactWriteItems":
        found[RIVAL, "before"] = cancelled("ConditionalCheckFailed", "None")
        found["in conflict", "before"] = cancelled("None", "TransactionConflict")
    if name == "BatchGetItem":
        found["answered in part", "before"] = lambda: unread(wire)
    return found


def unread(wire: Wire) -> Any:
    """Answer a BatchGetItem with nothing but the keys that are left to read."""
    return refusal("", 200, Responses={}, UnprocessedKeys=wire.calls[-1][1]["RequestItems"])()


class Account:
    """One account of a world, what became of it, and what its owner can still do."""

    def __init__(self, world: World, number: int) -> None:
        self.world = world
        self.email = f"user{number}@example.com"
        self.source = f"2001:db8:{number:x}::1"
        self.user_id = world.add_user(self.email, phone=PHONE, phoneVerified=True)

    def forgot(self, **members: object) -> Answer:
        return self.world.forgot(self.email, self.source, **members)

    def settle(self) -> None:
        """Let the queue come back to what failed, until it is done or dead."""
        for _ in range(MAX_RECEIVES + 1):
            self.world.hasten()
            if not work_once(self.world.sqs):
                return
            self.world.clock.advance(VISIBILITY_SECONDS)

    def work(self) -> None:
        """Have the worker serve the message in the queue, as Lambda's poller does."""
        (message,) = self.world.queued()
        record = {"messageId": "1", "body": message.body, "eventSource": "aws:sqs"}
        if not function("deliver")({"Records": [record]}, Context())["batchItemFailures"]:
            self.world.queued().clear()

    def dead(self) -> int:
        return len(self.world.queued("DEAD_LETTERS_URL"))

    def mails(self, subject: str) -> list[dict[str, Any]]:
        mails = [mail for mail in self.world.mails() if mail["channel"] == "email" and mail["to"] == [self.email]]
        return [mail for mail in mails if subject in mail["subject"]]

    def links(self) -> list[str]:
        return [found[1] for mail in self.mails("Reset your") if (found := TOKEN.search(mail["text"]))]

    def mailed_link(self) -> str:
        assert self.forgot().status == 200
        self.world.pump()
        return self.links()[-1]

    def is_password(self, password: str) -> bool:
        stored = self.world.app.accounts.directory.get(self.user_id)
        assert stored
        assert stored.password_hash
        return bcrypt.checkpw(password.encode(), stored.password_hash.encode())


class Case:
    """A use case: `begin` is what leads to it, `act` is it, `check` is what must hold afterwards."""

    statuses: tuple[int, ...] = (200, 503)
    after_a_rival: tuple[int, ...] = ()
    """What else may be answered where a condition failed, as if a rival had come first."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.world = account.world

    def begin(self) -> None:
        """Nothing, where nothing leads to it."""

    def act(self) -> Answer | None:
        raise NotImplementedError

    def check(self, answer: Answer | None, *, may_repeat: bool) -> str:
        """Return the outcome; `may_repeat` where one message may come twice."""
        raise NotImplementedError


class Asking(Case):
    """An accepted request is mailed, and nobody sees whether there is an account."""

    after_a_rival: tuple[int, ...] = (429,)

    def begin(self) -> None:
        bootstrap.cache_clear()  # the pepper is read anew

    def act(self) -> Answer:
        return self.account.forgot()

    def check(self, answer: Answer | None, *, may_repeat: bool) -> str:
        assert answer
        self.account.settle()
        mails = len(self.account.links())
        assert mails == 1 if answer.status == 200 else mails <= 1
        return f"{answer.status}, {mails} mailed"


class AskingForNobody(Asking):
    """The same bytes, for an address without an account."""

    def begin(self) -> None:
        super().begin()
        self.account.email = f"no-{self.account.email}"

    def check(self, answer: Answer | None, *, may_repeat: bool) -> str:
        assert answer
        self.account.settle()
        assert self.account.links() == []
        return f"{answer.status}"


class AskingWithASolution(Asking):
    """A solution opens a request beside the identifier's, or fails closed: then the browser solves another."""

    after_a_rival = (400, 429)

    def begin(self) -> None:
        super().begin()
        self.solution = self.world.solution(self.account.source)

    def act(self) -> Answer:
        return self.account.forgot(challenge=self.solution)

    def check(self, answer: Answer | None, *, may_repeat: bool) -> str:
        outcome = super().check(answer, may_repeat=may_repeat)
        again = self.account.forgot(challenge=self.solution)
        assert (again.status, again.json.get("code")) in {(400, "invalid_challenge")} | (
            {(200, None), (503, "unavailable")} if answer and answer.status != 200 else set()
        )
        assert self.account.forgot(challenge=self.world.solution(self.account.source)).status == 200
        return outcome


class Delivering(Case):
    """A link reaches its owner once, or the message the dead letters; it works."""

    def begin(self) -> None:
        assert self.account.forgot().status == 200
        self.world.hasten()

    def act(self) -> None:
        self.account.work()

    def check(self, answer: Answer | None, *, may_repeat: bool) -> str:
        self.account.settle()
        links, dead = self.account.links(), self.account.dead()
        assert dead == 0
        assert len(links) in ({1, 2} if may_repeat else {1})
        if links:
            assert self.world.reset(links[0]).status == 200
        return f"{len(links)} mailed, {dead} dead"


class DeliveringByPhone(Case):
    """A code reaches its owner's phone once, or a mail steps in; it works."""

    def begin(self) -> None:
        answer = self.account.forgot(channel="sms")
        assert answer.status == 200
        self.flow = answer.json["flow"]
        self.world.hasten()

    def act(self) -> None:
        self.account.work()

    def check(self, answer: Answer | None, *, may_repeat: bool) -> str:
        self.account.settle()
        texts = [message for message in self.world.mails() if message["channel"] == "sms"]
        links, dead = self.account.links(), self.account.dead()
        assert dead == 0
        assert len(texts) + len(links) in ({1, 2} if may_repeat else {1})
        if texts:
            code = texted_code(texts[-1])
            assert self.world.verify_code(self.flow, code, self.account.source).status == 200
        return f"{len(texts)} texted, {len(links)} mailed, {dead} dead"


class Starting(Case):
    """An operator's start that is answered 202 is mailed once, and shows no token."""

    statuses = (202, 503)
    after_a_rival = (429,)

    def begin(self) -> None:
        bootstrap.cache_clear()  # the levers are read anew

    def act(self) -> Answer:
        return ask(self.world, {"email": self.account.email})

    def check(self, answer: Answer | None, *, may_repeat: bool) -> str:
        assert answer
        self.account.settle()
        links, dead = self.account.links(), self.account.dead()
        assert dead == 0
        assert len(links) == 1 if answer.status == 202 else len(links) <= 1
        assert not any(link in answer.body for link in links)
        return f"{answer.status}, {len(links)} mailed"


class StartingByEvent(Case):
    """An event is mailed once, however often Lambda tries again; or refused for good by the account's limit."""

    def begin(self) -> None:
        bootstrap.cache_clear()

    def act(self) -> None:
        with suppress(Unavailable, NoAnswerError, ClientError):  # which makes Lambda try again
            by_event({"email": self.account.email}, int(self.account.source.split(":")[2], 16))

    def check(self, answer: Answer | None, *, may_repeat: bool) -> str:
        record = self.world.audited("start-reset")[-1]
        assert record["outcome"] in {"accepted", "refused", "failed"}
        if record["reason"] == "rate_limited":
            self.account.settle()
            assert self.account.links() == []
            return "refused, 0 mailed"
        self.act()  # Lambda's, or EventBridge's, which may bring what was answered once more
        self.account.settle()
        links, dead = self.account.links(), self.account.dead()
        assert (len(links), dead) == (1, 0)
        return f"{record['outcome']}, 1 mailed when brought again"


class DeliveringAStart(Case):
    """Its link reaches the owner once, and works."""

    def begin(self) -> None:
        assert ask(self.world, {"email": self.account.email}).status == 202
        self.world.hasten()

    def act(self) -> None:
        self.account.work()

    def check(self, answer: Answer | None, *, may_repeat: bool) -> str:
        self.account.settle()
        links, dead = self.account.links(), self.account.dead()
        assert dead == 0
        assert len(links) in ({1, 2} if may_repeat else {1})
        assert self.world.reset(links[-1]).status == 200
        return f"{len(links)} mailed, {dead} dead"


class Verifying(Case):
    """The answer is true or none, and asking again tells it."""

    def begin(self) -> None:
        self.token = self.account.mailed_link()

    def act(self) -> Answer:
        return self.world.verify(self.token)

    def check(self, answer: Answer | None, *, may_repeat: bool) -> str:
        assert answer
        assert answer.status == 503 or answer.json["valid"] is True
        assert self.world.verify(self.token).json["valid"] is True
        return f"{answer.status}"


class Exchanging(Case):
    """A code is used up exactly where a token was made of it."""

    after_a_rival = (400, 429)

    def begin(self) -> None:
        self.flow = self.account.forgot(channel="sms").json["flow"]
        self.world.pump()
        (message,) = [message for message in self.world.mails() if message["channel"] == "sms"]
        self.code = texted_code(message)

    def act(self) -> Answer:
        return self.world.verify_code(self.flow, self.code, self.account.source)

    def check(self, answer: Answer | None, *, may_repeat: bool) -> str:
        assert answer
        tokens = [item for item in self.world.items("RESET_TOKENS_TABLE") if item["user_id"] == self.account.user_id]
        (code,) = [item for item in self.world.items("CODES_TABLE") if item["user_id"] == self.account.user_id]
        assert len(tokens) == code["used"]
        assert code["used"] or answer.status != 200
        if answer.status == 200:
            assert self.world.reset(answer.json["token"]).status == 200
        elif not code["used"]:
            assert self.world.verify_code(self.flow, self.code, self.account.source).status == 200
        return f"{answer.status}, {len(tokens)} tokens"


class Resetting(Case):
    """Password and token change together or not at all, and a change is told once."""

    after_a_rival = (400,)

    def begin(self) -> None:
        self.token = self.account.mailed_link()

    def act(self) -> Answer:
        return self.world.reset(self.token)

    def check(self, answer: Answer | None, *, may_repeat: bool) -> str:
        assert answer
        changed = self.account.is_password(NEW_PASSWORD)
        assert changed or self.account.is_password(PASSWORD)
        assert self.world.user(self.account.email).get("credentials_version", 0) == changed
        assert changed or answer.status != 200
        if not changed:
            assert self.world.reset(self.token).status == 200
        assert self.world.reset(self.token, "another one of the passwords").json["code"] == "invalid_token"
        self.account.settle()
        assert len(self.account.mails("was changed")) == 1
        return f"{answer.status}, {'changed' if changed else 'unchanged, and changed when tried again'}"


class Telling(Case):
    """Something is told once, to the account's address."""

    subject: str

    def act(self) -> None:
        self.account.work()

    def check(self, answer: Answer | None, *, may_repeat: bool) -> str:
        self.account.settle()
        mails, dead = len(self.account.mails(self.subject)), self.account.dead()
        assert dead == 0
        assert mails in ({1, 2} if may_repeat else {1})
        return f"{mails} mailed, {dead} dead"


class Notifying(Telling):
    """A change is told once, to the account's address and on the bus."""

    subject = "was changed"

    def begin(self) -> None:
        assert self.world.reset(self.account.mailed_link()).status == 200
        self.world.hasten()


class Disputing(Case):
    """An account is frozen and its version counted up together or not at all, and that is told once."""

    def begin(self) -> None:
        reports, now = self.world.app.proofs.reports, self.world.clock()
        assert reports
        self.token, issuance = reports.issuance(
            self.account.user_id, self.account.email, "email", "email", changed_at=now, request="1", now=now
        )
        self.world.app.proofs.tokens.store(issuance)
        bootstrap.cache_clear()  # levers and pepper are read anew

    def act(self) -> Answer:
        return self.world.report(self.token, self.account.email, self.account.source)

    def check(self, answer: Answer | None, *, may_repeat: bool) -> str:
        assert answer
        frozen = "frozen_until" in self.standing()
        assert self.world.user(self.account.email).get("credentials_version", 0) == frozen
        assert frozen or answer.status != 200
        assert self.act().status == 200
        assert self.world.user(self.account.email)["credentials_version"] == 1
        assert self.world.sign_in(PASSWORD, self.account.email, self.account.source).status == 401
        self.account.settle()
        assert len(self.account.mails("is locked")) == 1
        return f"{answer.status}, {'frozen' if frozen else 'frozen when tried again'}"

    def standing(self) -> dict[str, Any]:
        items = self.world.items("ACCOUNTS_TABLE")
        return next((item for item in items if item["user_id"] == self.account.user_id), {})


class Announcing(Telling):
    """A freeze is told once, to the account's address and on the bus."""

    subject = "is locked"

    def begin(self) -> None:
        dispute = Disputing(self.account)
        dispute.begin()
        assert dispute.act().status == 200
        self.world.hasten()


class Reporting(Case):
    """A bounce that could not be noted is noted when Lambda tries again."""

    def begin(self) -> None:
        self.account.mailed_link()
        (item,) = [item for item in self.world.items("DELIVERIES_TABLE") if item["user_id"] == self.account.user_id]
        request_id, user_id, channel = item["request_id"].split("#")
        key = Delivery(request_id=request_id, user_id=user_id, channel=channel).key
        self.event = sample("bounce", to=self.account.email, tag=tagged(key))
        assert TAG in self.event["detail"]["mail"]["tags"]

    def act(self) -> None:
        with suppress(NoAnswerError, ClientError):  # which make Lambda try again
            function("feedback")(self.event, Context())

    def check(self, answer: Answer | None, *, may_repeat: bool) -> str:
        function("feedback")(self.event, Context())
        assert self.world.app.delivery.suppressions.find(self.account.email, self.world.clock())
        (item,) = [item for item in self.world.items("DELIVERIES_TABLE") if item["user_id"] == self.account.user_id]
        assert item["outcome"] == "bounced"
        return "noted when tried again"


class SigningIn(Case):
    """Nobody is let in by a fault, and the owner is once it is over."""

    after_a_rival = (429,)

    def begin(self) -> None:
        bootstrap.cache_clear()  # pepper and signing key are read anew

    def act(self) -> Answer:
        return self.world.sign_in(PASSWORD, self.account.email, self.account.source)

    def check(self, answer: Answer | None, *, may_repeat: bool) -> str:
        assert answer
        self.world.clock.advance(61)
        again = self.world.sign_in(PASSWORD, self.account.email, self.account.source)
        assert self.world.me(again.json["accessToken"]).status == 200
        assert self.world.sign_in("wrong", self.account.email, self.account.source).status == 401
        return f"{answer.status}, 200 when tried again"


class Using(Case):
    """A session that cannot be looked up opens nothing."""

    statuses = (200, 401, 503)

    def begin(self) -> None:
        self.session = self.world.signed_in(PASSWORD, self.account.email)

    def act(self) -> Answer:
        return self.world.me(self.session)

    def check(self, answer: Answer | None, *, may_repeat: bool) -> str:
        assert answer
        assert self.world.me(self.session).status == 200
        return f"{answer.status}, 200 when tried again"


class SigningOut(Using):
    """Whoever hears 204 is signed out."""

    statuses = (204, 401, 503)

    def act(self) -> Answer:
        return self.world.sign_out(self.session)

    def check(self, answer: Answer | None, *, may_repeat: bool) -> str:
        assert answer
        if answer.status != 204:
            assert self.world.sign_out(self.session).status in {204, 401}
        assert self.world.me(self.session).status == 401
        return f"{answer.status}, signed out"


class Proving(Case):
    """A token is proven where the answer says so, a password proves one at the most, and the next one opens it."""

    after_a_rival = (400,)

    def begin(self) -> None:
        """A link, without a request for it: what that makes of faults is told above."""
        self.enrol()
        account = self.world.app.accounts.directory.get(self.account.user_id)
        assert account
        self.token = self.world.app.proofs.tokens.issue(account, "email", self.world.clock())
        assert self.world.verify(self.token).json["factors"]  # pepper and levers are read by now

    def enrol(self) -> None:
        self.world.factors.enrol_totp(self.account.user_id, SECRET)

    def act(self) -> Answer | None:
        return self.show()

    def show(self) -> Answer:
        return self.world.factor(self.token, "totp", self.world.one_time_password(SECRET))

    def check(self, answer: Answer | None, *, may_repeat: bool) -> str:
        assert answer
        proven = "factors" not in self.world.verify(self.token).json
        assert proven or answer.status != 200
        if not proven:
            assert self.world.reset(self.token).json["code"] == "factor_required"
            self.world.clock.advance(30)
            assert self.show().json == {"verified": True}
        assert self.world.reset(self.token).status == 200
        return f"{answer.status}, {'proven' if proven else 'not proven, and proven when tried again'}"


class ProvingByARecoveryCode(Proving):
    """A code is used up exactly where it proved a token, and that is told once."""

    def enrol(self) -> None:
        self.world.factors.enrol_codes(self.account.user_id, ["k7wq-2m4t-x5ra-9bcd"])

    def show(self) -> Answer:
        return self.world.factor(self.token, "recovery_code", "k7wq-2m4t-x5ra-9bcd")

    def check(self, answer: Answer | None, *, may_repeat: bool) -> str:
        outcome = super().check(answer, may_repeat=may_repeat)
        assert self.world.factors.read(self.account.user_id).recovery_codes == frozenset()
        self.account.settle()
        assert len(self.account.mails("A recovery code")) == 1
        return outcome


class RequestingACode(Proving):
    """A code by the phone comes where the answer says so, and when it's requested again."""

    def enrol(self) -> None:
        """Nothing: its phone is verified."""

    def show(self) -> Answer:
        return self.world.factor(self.token, "phone")

    def texts(self) -> list[dict[str, Any]]:
        self.account.settle()
        return [message for message in self.world.mails() if message["channel"] == "sms"]

    def check(self, answer: Answer | None, *, may_repeat: bool) -> str:
        assert answer
        texted = len(self.texts())
        assert texted == 1 if answer.status == 200 else texted <= 1
        assert self.show().json == {"sent": True}
        self.use(self.texts()[-1])
        return f"{answer.status}, {texted} texted"

    def use(self, text: dict[str, Any]) -> None:
        assert self.world.factor(self.token, "phone", texted_code(text)).json == {"verified": True}
        assert self.world.reset(self.token).status == 200


class SendingACode(RequestingACode):
    """It reaches the phone once, and the newest one works."""

    def begin(self) -> None:
        super().begin()
        assert self.show().json == {"sent": True}

    def act(self) -> None:
        self.account.work()

    def check(self, answer: Answer | None, *, may_repeat: bool) -> str:
        texts, dead = self.texts(), self.account.dead()
        assert dead == 0
        if not texts:  # where a rival used the day's messages up
            assert self.world.audited("factor-code")[-1]["reason"] == "phone_limit"
            assert self.show().json == {"sent": True}
        texts = texts or self.texts()
        assert len(texts) in ({1, 2} if may_repeat else {1})
        self.use(texts[-1])
        return f"{len(texts)} texted, {dead} dead"


class TellingOfARecoveryCode(Telling):
    """Its use is told once."""

    subject = "A recovery code"

    def begin(self) -> None:
        proof = ProvingByARecoveryCode(self.account)
        proof.begin()
        assert proof.show().json == {"verified": True}
        self.world.hasten()


FACTORED = [Proving, ProvingByARecoveryCode, RequestingACode, SendingACode, TellingOfARecoveryCode]
CASES = [
    Asking,
    AskingForNobody,
    Delivering,
    DeliveringByPhone,
    Starting,
    StartingByEvent,
    DeliveringAStart,
    Verifying,
    Exchanging,
    Resetting,
    Notifying,
    Disputing,
    Announcing,
    Reporting,
    SigningIn,
    Using,
    SigningOut,
]


@pytest.mark.moto_too
@pytest.mark.settings(**UNLIMITED)
@pytest.mark.parametrize("kind", CASES)
def test_what_holds_without_a_fault(world: World, wire: Wire, kind: type[Case]) -> None:
    """What the faults below must not break; and moto answers every call of every use case as an engine does."""
    case = kind(Account(world, 0))
    case.begin()
    answer = case.act()
    wire.reset()
    if answer:
        assert_documented(answer, kind.statuses[:1])
    assert case.check(answer, may_repeat=False)


@pytest.mark.settings(**UNLIMITED)
@pytest.mark.parametrize("kind", CASES)
def test_a_fault_at_every_call(world: World, wire: Wire, log: StringIO, kind: type[Case]) -> None:
    """Rows 1, 15, 37, 38 and 54: together or not at all; mailed or dead, never lost; no caller sees a difference."""
    outcomes, tokens = break_every_call(world, wire, kind)
    REPORTS.mkdir(parents=True, exist_ok=True)
    (REPORTS / f"{kind.__name__}.txt").write_text("".join(outcomes), "utf-8")
    assert not any(secret in log.getvalue() for secret in (PASSWORD, NEW_PASSWORD, "canary", "Traceback", *tokens))


@pytest.mark.settings(**UNLIMITED, FACTORS="totp,recovery_code,phone")
@pytest.mark.parametrize("kind", sampled(FACTORED, 2))
def test_a_fault_at_every_call_of_a_second_factor(world: World, wire: Wire, log: StringIO, kind: type[Case]) -> None:
    """Rows 38, 66 and 67: no fault proves a token, or uses a value up for another; and the next value opens it."""
    test_a_fault_at_every_call(world, wire, log, kind)
    assert SECRET not in log.getvalue()


@pytest.mark.settings(**UNLIMITED, CHALLENGE="altcha")
def test_a_fault_at_every_call_of_a_solved_request(world: World, wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows 38 and 62: whatever a fault did to a solution, it opens one request at the most, and the next one works."""
    monkeypatch.setattr(altcha, "COST", 1)
    monkeypatch.setattr(altcha, "SPREAD", 2)
    outcomes, _ = break_every_call(world, wire, AskingWithASolution)
    REPORTS.mkdir(parents=True, exist_ok=True)
    (REPORTS / f"{AskingWithASolution.__name__}.txt").write_text("".join(outcomes), "utf-8")


@pytest.mark.settings(**UNLIMITED)
def test_no_fault_tells_a_known_address(world: World, wire: Wire) -> None:
    """Rows 1 and 38: under the same fault, the same bytes."""
    calls = once(Asking(Account(world, 0)), wire)
    number = 0
    for position, (operation, parameters) in enumerate(calls):
        for (_, when), fault in faults(world, wire, position, operation, parameters).items():
            told = []
            for kind in (Asking, AskingForNobody):
                number += 1
                case = kind(Account(world, number))
                case.begin()
                wire.break_call(position, fault, when)
                answer = case.act()
                body = {name: value for name, value in answer.json.items() if name not in {"requestId", "flow"}}
                told.append((answer.status, answer.headers, body, wire.operations()))
            assert told[0] == told[1]


def break_every_call(world: World, wire: Wire, kind: type[Case]) -> tuple[list[str], list[str]]:
    """Make each fault at each call, in a fresh account, and check what must hold; return what each did, and tokens."""
    calls = once(kind(Account(world, 0)), wire)
    assert calls
    outcomes: Counter[str] = Counter()
    tokens: list[str] = []
    number = 0
    for position, (operation, parameters) in enumerate(calls):
        for (name, when), fault in faults(world, wire, position, operation, parameters).items():
            number += 1
            outbox.clear()
            world.queued().clear()
            world.queued("DEAD_LETTERS_URL").clear()
            case = kind(Account(world, number))
            case.begin()
            wire.break_call(position, fault, when)
            answer = case.act()
            assert wire.operations()[position] == operation
            wire.reset()
            if answer:
                assert_documented(answer, kind.statuses + (kind.after_a_rival if name == RIVAL else ()))
            sent = operation in SENDING and when == "after" and name != "slow"
            window = sent or (is_completion(operation, calls, position) and when == "before")
            outcome = case.check(answer, may_repeat=window)
            tokens += case.account.links()
            outcomes[f"{kind.__name__:18} {position + 1} {operation:28} {name} {when:8} → {outcome}"] += 1
    return [f"{line}\n" for line in outcomes], tokens


def assert_documented(answer: Answer, statuses: tuple[int, ...]) -> None:
    """An answer that is expected, and in the form that failures have."""
    assert answer.status in statuses
    if answer.status >= 400:
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json["status"] == answer.status
        assert "canary" not in answer.body
    assert ("Retry-After" in answer.headers) is (answer.status in {429, 503})


def once(case: Case, wire: Wire) -> list[tuple[str, dict[str, Any]]]:
    """Return the calls of a use case that nothing disturbs."""
    case.begin()
    wire.reset()
    case.act()
    return list(wire.calls)


def is_completion(operation: str, calls: list[tuple[str, dict[str, Any]]], position: int) -> bool:
    """Whether this is the write that follows a message's acceptance."""
    return operation == "dynamodb.UpdateItem" and position > 0 and calls[position - 1][0] in SENDING
