"""Any sequence of what people, queues, clocks and operators do, against a small model of what should come of it."""

import itertools
import secrets
from collections import defaultdict
from functools import partial
from typing import Any

import pytest
from hypothesis import settings, stateful
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from local import outbox
from local.gateway import Context, function
from password_reset.bootstrap import bootstrap
from password_reset.items import from_item, to_item
from tests.model.reference import (
    LINK_LIFE,
    SESSION_LIFE,
    Account,
    Notice,
    Reference,
    Request,
    Session,
    Token,
)
from tests.world import CODE, TOKEN, Answer, World

PER_IDENTIFIER, PER_SOURCE, WINDOW = 3, 5, 3600
CHANGED = "Your Example password was changed"
# On the edges of every time that the service knows, and beside them.
STEPS = [0.001, 0.5, 1, 59, 60, 299.5, 300, 599, 600, 601, 899, 899.5, 900, 1800, 3599, 3600, 86_400]

_numbers = itertools.count()


class Accounts(RuleBasedStateMachine):
    """One deployment serves every example: each has addresses and sources of its own."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.model = Reference(PER_IDENTIFIER, PER_SOURCE, WINDOW)
        self.use_fresh_environment()
        outbox.clear()
        world.queued().clear()

    @property
    def now(self) -> float:
        return self.world.clock().timestamp()

    def use_fresh_environment(self) -> None:
        bootstrap.cache_clear()
        bootstrap().passwords.cost = 4  # of bcrypt, for speed: no setting goes that low

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
        self.addresses = [f"{name}@{self.place}" for name in ("twin", "single", "SINGLE", "nobody", "moved")]

    @rule(data=st.data())
    def ask(self, data: st.DataObject) -> None:
        """Exactly three requests an identifier and five a source are accepted in a window, and the wait is exact."""
        self.request(data.draw(st.sampled_from(self.addresses)), data.draw(st.sampled_from(self.sources)))

    @rule(data=st.data())
    def ask_and_deliver(self, data: st.DataObject) -> None:
        """The common course, so that sequences get far."""
        if self.request(f"single@{self.place}", f"source-{next(_numbers)}"):
            self.work([self.model.queue[-1]])

    @precondition(lambda self: self.model.queue)
    @rule(data=st.data())
    def deliver(self, data: st.DataObject) -> None:
        """A batch in any order, of messages that may have come before or stand in it twice: one mail each, ever."""
        self.work(data.draw(st.lists(st.sampled_from(self.model.queue[-6:]), min_size=1, max_size=4)))

    @rule(seconds=st.sampled_from(STEPS))
    def wait(self, seconds: float) -> None:
        self.world.clock.advance(seconds)

    @precondition(lambda self: self.model.tokens)
    @rule(data=st.data())
    def verify(self, data: st.DataObject) -> None:
        token = data.draw(st.sampled_from(self.model.tokens))
        answer = self.world.verify(token.text)
        assert answer.status == 200
        assert answer.json["valid"] is token.is_live(self.now), token

    @precondition(lambda self: self.model.tokens)
    @rule(data=st.data(), kind=st.sampled_from(["new", "new", "current", "short"]))
    def reset(self, data: st.DataObject, kind: str) -> None:
        """A token works once, while it is live, and takes every other one of its account with it."""
        token: Token = data.draw(st.sampled_from(self.model.tokens))
        account = token.account
        new = {"new": f"renewed otters read {next(_numbers)}", "current": account.password, "short": "otters"}[kind]
        address = account.email
        expected = self.model.reset(token, new, self.now)
        answer = self.world.reset(token.text, new)
        assert (answer.status, answer.json.get("code")) == ((400, expected) if expected else (200, None)), token
        if expected is None:
            account.stored = self.item(account)["password_hash"]
            self.model.queue.append(Notice(self.queued(), address))

    @precondition(lambda self: self.model.codes)
    @rule(data=st.data(), right=st.booleans())
    def guess(self, data: st.DataObject, *, right: bool) -> None:
        """A code takes five guesses, and is exchanged once."""
        flow = data.draw(st.sampled_from(sorted(self.model.codes, key=list(self.model.codes).index)))
        source = data.draw(st.sampled_from([*self.sources, f"source-{next(_numbers)}"]))
        code = (right and self.model.codes[flow].text) or "no code"
        wait = self.model.guesses_per_source.admit(source, self.now)
        account = None if wait else self.model.guess(flow, code, self.now)
        answer = self.world.verify_code(flow, code, source)
        if wait:
            assert_limited(answer, wait)
        elif account is None:
            assert (answer.status, answer.json["code"]) == (400, "invalid_code")
        else:
            assert answer.status == 200, self.model.codes[flow]
            self.model.mailed(account, answer.json["token"], self.now)

    @rule()
    def rotate_pepper(self) -> None:
        """Counts begin anew and codes are void; passwords, links and sessions are not touched."""
        self.world.session.client("secretsmanager").put_secret_value(
            SecretId=self.world.environment["PEPPER_SECRET"], SecretString=secrets.token_urlsafe(48)
        )
        self.use_fresh_environment()
        self.model.rotate()

    @rule(data=st.data(), disabled=st.booleans())
    def disable(self, data: st.DataObject, *, disabled: bool) -> None:
        account = data.draw(st.sampled_from(self.model.accounts))
        account.disabled = disabled
        self.write(account, disabled=disabled)

    @rule(data=st.data())
    def move(self, data: st.DataObject) -> None:
        """Somebody else's code changes an address: links to the one before are void, and come alive if it returns."""
        account = self.model.accounts[-1]
        account.email = data.draw(st.sampled_from([f"single@{self.place}", f"moved@{self.place}"]))
        self.write(account, email=account.email, email_key=account.email)

    @rule(data=st.data(), honours=st.booleans())
    def change_elsewhere(self, data: st.DataObject, *, honours: bool) -> None:
        """Somebody else's code changes a password, and may or may not honour the version."""
        account = data.draw(st.sampled_from(self.model.accounts))
        account.password = f"changed elsewhere {next(_numbers)}"
        account.stored, account.version = bootstrap().passwords.hash(account.password), account.version + honours
        self.write(account, password_hash=account.stored, credentials_version=account.version)

    @rule(data=st.data())
    def restore(self, data: st.DataObject) -> None:
        """Somebody restores an account from a backup: what was void for its state may live again, what was used not."""
        account = data.draw(st.sampled_from(self.model.accounts))
        account.password, account.stored, account.version = data.draw(st.sampled_from(account.past))
        self.write(account, password_hash=account.stored, credentials_version=account.version)

    @rule(data=st.data(), right=st.booleans())
    def sign_in(self, data: st.DataObject, *, right: bool) -> None:
        account = data.draw(st.sampled_from(self.model.accounts))
        password = account.password if right else "no password of anybody"
        answer = self.world.sign_in(password, account.email, f"source-{next(_numbers)}")
        assert answer.status == (200 if right and not account.disabled else 401), account
        if answer.status == 200:
            expires_at = int(self.now + SESSION_LIFE)
            self.model.sessions.append(Session(answer.json["accessToken"], account, account.version, expires_at))

    @precondition(lambda self: self.model.sessions)
    @rule(data=st.data(), out=st.booleans())
    def use_session(self, data: st.DataObject, *, out: bool) -> None:
        """A session ends by itself, by signing out, with its account, and with its password."""
        session: Session = data.draw(st.sampled_from(self.model.sessions))
        stands = session.stands(self.now)
        assert self.world.me(session.text).status == (200 if stands else 401), session
        if out:
            assert self.world.sign_out(session.text).status == (204 if stands else 401)
            session.signed_out = session.signed_out or stands

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

    def request(self, address: str, source: str) -> bool:
        identifier = address.lower()
        wait = self.model.ask(identifier, source, self.now)
        answer = self.world.forgot(address, source)
        if wait:
            assert_limited(answer, wait)
            return False
        assert answer.status == 200, answer
        self.model.queue.append(Request(self.queued(), identifier, answer.json["flow"], self.now))
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
        self.model.mailed(account, token[1], self.now)
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

    def write(self, account: Account, **attributes: object) -> None:
        item = to_item(self.item(account) | attributes)
        self.world.dynamodb.put_item(TableName=self.world.environment["USERS_TABLE"], Item=item)


def kind_of(mail: dict[str, Any]) -> str:
    if mail["subject"] == CHANGED:
        return "changed"
    return "both" if CODE.search(mail["text"]) else "link"


def assert_limited(answer: Answer, wait: int) -> None:
    assert (answer.status, answer.json["code"], answer.headers["Retry-After"]) == (429, "rate_limited", str(wait))


@pytest.mark.settings(
    EMAIL_STYLE="both", RESET_LIMIT_PER_IDENTIFIER=str(PER_IDENTIFIER), RESET_LIMIT_PER_SOURCE=str(PER_SOURCE)
)
def test_any_sequence_agrees_with_the_model(world: World) -> None:
    """Rows 3, 4, 14, 15, 16, 17, 19, 36 and 37: after any sequence, on moto and on a real engine."""
    assert (
        world.app.settings.token_ttl_seconds,
        world.app.settings.reset_limit_window_seconds,
    ) == (LINK_LIFE, WINDOW)
    examples = settings().max_examples * 2 // 5
    machine: Any = partial(Accounts, world)  # a factory will do, though the types ask for a class
    stateful.run_state_machine_as_test(machine, settings=settings(max_examples=examples, stateful_step_count=40))
