"""Any sequence of what people, queues, clocks and operators do, against a small model of what should come of it."""

import itertools
import secrets
from collections import defaultdict
from datetime import timedelta
from functools import cache, partial
from typing import Any

import pytest
from hypothesis import settings, stateful
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from local import outbox
from local.gateway import Context, function
from password_reset.aws.items import from_item, to_item
from password_reset.bootstrap import bootstrap
from password_reset.proofs import altcha
from tests.model.reference import (
    CHALLENGE_LIFE,
    LINK_LIFE,
    SESSION_LIFE,
    Account,
    Notice,
    Reference,
    Request,
    Session,
    Solution,
    Token,
    whole_minutes,
)
from tests.world import CODE, TOKEN, Answer, World

PER_IDENTIFIER, PER_SOURCE, WINDOW = 3, 5, 3600
CHANGED = "Your Example password was changed"
# On the edges of every time that the service knows, and beside them.
STEPS = [0.001, 0.5, 1, 59, 60, 299.5, 300, 599, 600, 601, 899, 899.5, 900, 1800, 3599, 3600, 86_400]
OPERATIONS = ["rotate", "disable", "enable", "move", "change", "honour", "restore"]

_numbers = itertools.count()


class Accounts(RuleBasedStateMachine):
    """One deployment serves every example: each has addresses and sources of its own."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.model = Reference(PER_IDENTIFIER, PER_SOURCE, WINDOW)
        # On a whole second: tokens end on one, so that a history that is tried again takes the same course.
        world.clock.now = world.clock.now.replace(microsecond=0) + timedelta(seconds=1)
        outbox.clear()
        world.queued().clear()

    @property
    def now(self) -> float:
        return self.world.clock().timestamp()

    def use_fresh_environment(self) -> None:
        """What a rotation needs: functions keep a secret for minutes."""
        bootstrap.cache_clear()

    @initialize()
    def open(self) -> None:
        """Three accounts: two of them share an identifier. A fourth address has none."""
        self.place = f"n{next(_numbers)}.example.com"
        self.sources = [f"source-{next(_numbers)}" for _ in range(2)]
        for name in ("twin", "Twin", "single"):
            password = f"the very first of {name} {next(_numbers)}"
            email = f"{name}@{self.place}"
            user_id = self.world.add_user(email, password)
            self.model.accounts.append(Account(user_id, email, password, ""))
            self.model.accounts[-1].stored = self.item(self.model.accounts[-1])["password_hash"]
        self.solutions: list[Solution] = []
        self.flooded = False  # once an example: it takes as long as all the rest
        self.addresses = [f"{name}@{self.place}" for name in ("twin", "single", "SINGLE", "nobody", "moved")]

    @rule(data=st.data(), times=st.sampled_from([1, 1, 2, 4, 6]))
    def ask(self, data: st.DataObject, times: int) -> None:
        """Exactly three requests an identifier, ten a day, and five a source are accepted, and the wait is exact."""
        address, source = data.draw(st.sampled_from(self.addresses)), data.draw(st.sampled_from(self.sources))
        for _ in range(times):
            self.request(address, source)

    @rule(name=st.sampled_from(["single", "single", "moved", "twin"]))
    def ask_and_deliver(self, name: str) -> None:
        """The common course, so that sequences get far."""
        if self.request(f"{name}@{self.place}", f"source-{next(_numbers)}"):
            self.work(self.model.queue[-1:])

    @rule(
        data=st.data(),
        kind=st.sampled_from(["new", "new", "late", "elsewhere", "again"]),
        difficulty=st.sampled_from([1, 1, 2]),
    )
    def ask_solved(self, data: st.DataObject, kind: str, difficulty: int) -> None:
        """Whoever uses an identifier up, its owner has solutions, each good once, for a while, from one source."""
        address = data.draw(st.sampled_from(self.addresses))
        source = data.draw(st.sampled_from([self.sources[1], f"source-{next(_numbers)}"]))
        if kind == "again" and self.solutions:
            self.request(address, source, self.solutions[-1])
            return
        solution = self.solve(source if kind != "elsewhere" else f"source-{next(_numbers)}", difficulty)
        if kind == "late":
            self.world.clock.advance(solution.expires_at - self.now)
        self.request(address, source, solution)

    @precondition(lambda self: not self.flooded)
    @rule(name=st.sampled_from(["single", "nobody"]), times=st.sampled_from([27, 30]))
    def flood(self, name: str, times: int) -> None:
        """From everywhere, with a solution each."""
        self.flooded = True
        for _ in range(times):
            source = f"source-{next(_numbers)}"
            self.request(f"{name}@{self.place}", source, self.solve(source, 1))

    @precondition(lambda self: not self.flooded)
    @rule(name=st.sampled_from(["single", "nobody"]), seconds=st.sampled_from([1800, 3599, 3600]), solved=st.booleans())
    def insist(self, name: str, seconds: float, *, solved: bool) -> None:
        """For hours, from one source."""
        self.flooded = True
        source = f"source-{next(_numbers)}"
        for _ in range(4):
            for _ in range(3):
                self.request(f"{name}@{self.place}", source, self.solve(source, 2) if solved else None)
            self.world.clock.advance(seconds)

    @precondition(lambda self: self.model.queue)
    @rule(data=st.data())
    def deliver(self, data: st.DataObject) -> None:
        """A batch in any order, of messages that may have come before or stand in it twice: one mail each, ever."""
        self.work(data.draw(st.lists(st.sampled_from(self.model.queue[-6:]), min_size=1, max_size=4)))

    @rule(seconds=st.sampled_from(STEPS))
    def wait(self, seconds: float) -> None:
        self.world.clock.advance(seconds)

    @precondition(lambda self: self.model.tokens and self.now < self.model.tokens[-1].expires_at)
    @rule(early=st.sampled_from([0, 0, 0.5]))
    def wait_for_expiry(self, early: float) -> None:
        """A token that was good until then is tried at its very last and at its first bad moment."""
        self.world.clock.advance(self.model.tokens[-1].expires_at - early - self.now)
        self.verify()

    @precondition(lambda self: any(token.used for token in self.model.tokens))
    @rule()
    def restore_what_a_token_was_for(self) -> None:
        """A used token stays used, when a backup brings the account back that it was for."""
        token = next(token for token in reversed(self.model.tokens) if token.used)
        account = token.account
        account.email, account.stored, account.version = token.state
        account.password = next(password for password, stored, _ in account.past if stored == account.stored)
        self.write(account)
        assert not self.world.verify(token.text).json["valid"]
        assert self.world.reset(token.text).json["code"] == "invalid_token"

    @precondition(lambda self: self.model.tokens)
    @rule()
    def verify(self) -> None:
        for token in self.model.tokens[-5:]:
            answer = self.world.verify(token.text)
            assert answer.status == 200
            assert answer.json["valid"] is token.is_live(self.now), token

    @precondition(lambda self: self.model.tokens)
    @rule(data=st.data(), kind=st.sampled_from(["new", "new", "current", "short"]), times=st.sampled_from([1, 1, 11]))
    def reset(self, data: st.DataObject, kind: str, times: int) -> None:
        """A token works once, while it is live, and takes every other one of its account with it."""
        token: Token = data.draw(st.sampled_from(self.model.tokens[-5:]))
        account = token.account
        new = {"new": f"renewed otters read {next(_numbers)}", "current": account.password, "short": "otters"}[kind]
        for _ in range(times):
            expected = self.model.reset(token, new, self.now)
            answer = self.world.reset(token.text, new)
            assert (answer.status, answer.json.get("code")) == ((400, expected) if expected else (200, None)), token
            if expected is None:
                account.stored = self.item(account)["password_hash"]
                self.model.queue.append(Notice(self.queued(), account.email))

    @precondition(lambda self: self.model.codes)
    @rule(data=st.data(), right=st.booleans(), times=st.sampled_from([1, 1, 2, 6]))
    def guess(self, data: st.DataObject, times: int, *, right: bool) -> None:
        """A code takes five guesses, wrong ones first, and is exchanged once."""
        flow = data.draw(st.sampled_from(list(self.model.codes)[-3:]))
        source = data.draw(st.sampled_from([self.sources[0], f"source-{next(_numbers)}"]))
        for left in range(times, 0, -1):
            code = (right and left <= times // 2 + 1 and self.model.codes[flow].text) or "no code"
            wait = self.model.guesses_per_source.admit(source, self.now)
            account = None if wait else self.model.guess(flow, code, self.now)
            answer = self.world.verify_code(flow, code, source)
            if wait:
                assert_limited(answer, whole_minutes(wait))
            elif account is None:
                assert (answer.status, answer.json["code"]) == (400, "invalid_code")
            else:
                assert answer.status == 200, self.model.codes[flow]
                self.model.exchanged(account, answer.json["token"], flow, self.now)

    @rule(
        action=st.sampled_from(["rotate", "disable", "enable", "move", "change", "honour", "restore"]), data=st.data()
    )
    def operate(self, data: st.DataObject, action: str) -> None:
        """What operators, and the team's own code, do in the meantime.

        A rotated pepper begins counts anew and voids codes; passwords, links and sessions are not touched. A link to
        an address that moved is void, and alive again if it returns. A password changed elsewhere voids links, and
        sessions where the version is honoured. A restored backup brings back what was void, and not what was used.
        """
        if action == "rotate":
            self.world.session.client("secretsmanager").put_secret_value(
                SecretId=self.world.environment["PEPPER_SECRET"], SecretString=secrets.token_urlsafe(48)
            )
            self.use_fresh_environment()
            self.model.rotate()
            return
        account = data.draw(st.sampled_from(self.model.accounts[::-1]))
        match action:
            case "disable" | "enable":
                account.disabled = action == "disable"
            case "move":
                account = self.model.accounts[-1]
                account.email = data.draw(st.sampled_from([f"single@{self.place}", f"moved@{self.place}"]))
            case "change" | "honour":
                account.password = f"changed elsewhere {next(_numbers)}"
                account.stored = bootstrap().passwords.hash(account.password)
                account.version += action == "honour"
            case "restore":
                account.password, account.stored, account.version = data.draw(st.sampled_from(account.past))
        self.write(account)

    @rule(data=st.data(), right=st.booleans())
    def sign_in(self, data: st.DataObject, *, right: bool) -> None:
        account = data.draw(st.sampled_from(self.model.accounts))
        password = account.password if right else "no password of anybody"
        answer = self.world.sign_in(password, account.email, f"source-{next(_numbers)}")
        assert answer.status == (200 if right and not account.disabled else 401), account
        if answer.status == 200:
            expires_at = int(self.now + SESSION_LIFE)
            self.model.sessions.append(
                Session(answer.json["accessToken"], account, account.version, account.stored, expires_at)
            )

    @precondition(lambda self: self.model.sessions)
    @rule(out=st.booleans())
    def use_sessions(self, *, out: bool) -> None:
        """A session ends by itself, by signing out, with its account, and with its password."""
        for session in self.model.sessions[-4:]:
            assert self.world.me(session.text).status == (200 if session.stands(self.now) else 401), session
        session = self.model.sessions[-1]
        if out:
            assert self.world.sign_out(session.text).status == (204 if session.stands(self.now) else 401)
            session.signed_out = session.signed_out or session.stands(self.now)

    @invariant()
    def accounts_agree(self) -> None:
        """Row 3: nothing but a reset, and what others do, ever changes an account."""
        for account in self.model.accounts:
            item = self.item(account)
            assert item["password_hash"] == account.stored
            account.past[:] = dict.fromkeys([*account.past, (account.password, account.stored, account.version)])
            assert item.get("credentials_version", 0) == account.version

    def teardown(self) -> None:
        """Every password is what the model says, and every message that was queued can be worked off again."""
        for account in self.model.accounts:
            assert bootstrap().passwords.verify(account.password, account.stored), account
        if self.model.queue:
            self.work(self.model.queue)

    def solve(self, source: str, difficulty: int) -> Solution:
        """Solve a challenge of a source."""
        text, expires_at = self.world.solution(source, difficulty), int(self.now + CHALLENGE_LIFE)
        self.solutions.append(Solution(text, source, difficulty, self.model.pepper, expires_at))
        return self.solutions[-1]

    def request(self, address: str, source: str, solution: Solution | None = None) -> bool:
        identifier = address.lower()
        if solution:
            refusal = self.model.ask_solved(identifier, source, solution, self.now)
            answer = self.world.forgot(address, source, challenge=solution.text)
        else:
            refusal = self.model.ask(identifier, source, self.now)
            answer = self.world.forgot(address, source)
        assert told(answer) == refusal
        if refusal:
            return False
        full_until = 0 if solution else self.model.per_identifier.full_until(identifier, self.now)
        self.model.queue.append(Request(self.queued(), identifier, answer.json["flow"], self.now, full_until))
        return True

    def work(self, messages: list[Request | Notice]) -> None:
        records = [
            {"messageId": f"m{number}", "body": message.body, "eventSource": "aws:sqs"}
            for number, message in enumerate(messages)
        ]
        assert function("deliver")({"Records": records}, Context())["batchItemFailures"] == []
        sent: defaultdict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
        for mail in outbox.messages():
            sent[mail["to"][0], kind_of(mail)].append(mail)
        outbox.clear()
        for message in messages:
            for to, kind, account in self.model.deliver(message, self.now):
                assert sent[to, kind], f"{kind} was not mailed to {to}"
                mail = sent[to, kind].pop(0)
                if account and isinstance(message, Request):
                    self.collect(message, account, mail)
        assert [mail for mails in sent.values() for mail in mails] == [], "mailed beyond that"

    def collect(self, message: Request, account: Account, mail: dict[str, Any]) -> None:
        token, code = TOKEN.search(mail["text"]), CODE.search(mail["text"])
        assert token
        self.model.mailed(account, token[1], message, self.now)
        if code:
            self.model.mailed_code(message.flow, account, code[1], self.now)

    def queued(self) -> str:
        """Take the one message that was just queued."""
        (message,) = self.world.queued()
        self.world.queued().clear()
        body: str = message.body
        return body

    def item(self, account: Account) -> dict[str, Any]:
        key = to_item({"user_id": account.user_id})
        table = self.world.environment["USERS_TABLE"]
        return from_item(self.world.dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True)["Item"])

    def write(self, account: Account) -> None:
        item = self.item(account) | {
            "email": account.email,
            "email_key": account.email.lower(),
            "disabled": account.disabled,
            "password_hash": account.stored,
            "credentials_version": account.version,
        }
        self.world.dynamodb.put_item(TableName=self.world.environment["USERS_TABLE"], Item=to_item(item))


def kind_of(mail: dict[str, Any]) -> str:
    if mail["subject"] == CHANGED:
        return "changed"
    return "both" if CODE.search(mail["text"]) else "link"


def told(answer: Answer) -> str:
    """Return what a request is answered, as the model says it."""
    if answer.status == 200:
        return ""
    details = [answer.headers.get("Retry-After"), *(error["code"] for error in answer.json.get("errors", ()))]
    return " ".join([answer.json["code"], *filter(None, details)])


def assert_limited(answer: Answer, wait: int) -> None:
    assert (answer.status, answer.json["code"], answer.headers["Retry-After"]) == (429, "rate_limited", str(wait))


@pytest.mark.settings(
    EMAIL_STYLE="both",
    CHALLENGE="altcha",
    RESET_LIMIT_PER_IDENTIFIER=str(PER_IDENTIFIER),
    RESET_LIMIT_PER_SOURCE=str(PER_SOURCE),
)
@pytest.mark.moto_too
def test_any_sequence_agrees_with_the_model(
    world: World, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """Rows 3, 4, 14, 15, 16, 17, 19, 36, 37 and 62: after any sequence, on moto and on a real engine."""
    assert (
        world.app.settings.token_ttl_seconds,
        world.app.settings.reset_limit_window_seconds,
    ) == (LINK_LIFE, WINDOW)
    monkeypatch.setattr(world.session, "client", cache(world.session.client))  # made once, whatever is rotated
    monkeypatch.setattr(altcha, "COST", 1)
    monkeypatch.setattr(altcha, "SPREAD", 2)
    Accounts(world).use_fresh_environment()
    # moto takes thrice as long, and is nothing that is deployed.
    examples = settings().max_examples // (4 if "engine" in request.node.callspec.id else 16)
    machine: Any = partial(Accounts, world)  # a factory will do, though the types ask for a class
    stateful.run_state_machine_as_test(machine, settings=settings(max_examples=examples, stateful_step_count=50))
