"""Whatever is done in whatever order, the service does what a model of twenty facts says that it does."""

import itertools
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import bcrypt
import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from local import outbox
from local.gateway import Context, function
from password_reset.bootstrap import bootstrap
from password_reset.items import to_item
from tests.world import TOKEN, World

PASSWORDS = ["correct horse battery staple", "purple otters read quietly", "seven green umbrellas sing"]
HASHES = [bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode() for password in PASSWORDS]
LIFE, WINDOW, SESSION = timedelta(seconds=900), timedelta(seconds=3600), timedelta(seconds=3600)
PER_IDENTIFIER, PER_SOURCE = 3, 5
_numbers = itertools.count()

which = st.integers(0, 1)
password = st.integers(0, len(PASSWORDS) - 1)
any_token = st.integers(0, 99)


@dataclass
class Account:
    """What the model knows of an account; `state` is what a token is bound to."""

    user_id: str
    email: str
    password: int
    version: int = 0
    state: int = 0
    disabled: bool = False


@dataclass
class Token:
    """A link that was mailed."""

    raw: str
    account: Account
    state: int
    expires_at: datetime
    used: bool = False
    refusals: int = 0

    def is_usable(self, now: datetime) -> bool:
        return (
            not self.used
            and now < self.expires_at
            and self.refusals < 10
            and not self.account.disabled
            and self.state == self.account.state
        )


@dataclass
class Session:
    """A sign-in, good for the version of the credentials that it was opened under."""

    raw: str
    account: Account
    version: int
    expires_at: datetime


@dataclass
class Message:
    """One in the queue: a request with its time, or, without one, the notice of a change."""

    body: str
    email: str
    at: datetime | None
    sent: bool = False


@dataclass
class Window:
    """The times that a limit has counted."""

    limit: int
    times: list[datetime] = field(default_factory=list)

    def wait(self, now: datetime) -> timedelta | None:
        """Count a request; return how long to wait if it is refused."""
        inside = [time for time in self.times if time > now - WINDOW]
        if len(inside) >= self.limit:
            return inside[-self.limit] + WINDOW - now
        self.times.append(now)
        return None


class Machine(RuleBasedStateMachine):
    """Two accounts, and somebody who has none."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.accounts: list[Account] = []
        self.tokens: list[Token] = []
        self.sessions: list[Session] = []
        self.messages: list[Message] = []
        self.pending: list[Message] = []
        self.identifiers: dict[str, Window] = {}
        self.sources: dict[str, Window] = {}

    @initialize()
    def begin(self) -> None:
        for _ in range(2):
            email = self.unique_email()
            self.accounts.append(Account(self.world.add_user(email, None), email, 0))
            self.change(self.accounts[-1], password_hash=HASHES[0])
        self.stranger = self.unique_email()
        self.networks = [f"2001:db8:{next(_numbers):x}::1" for _ in range(2)]

    def unique_email(self) -> str:
        return f"user{next(_numbers)}@example.com"

    def change(self, account: Account, **attributes: Any) -> None:
        """Change an account as the team's own software would."""
        self.world.dynamodb.update_item(
            TableName=self.world.environment["USERS_TABLE"],
            Key=to_item({"user_id": account.user_id}),
            UpdateExpression="SET " + ", ".join(f"{name} = :{name}" for name in attributes),
            ExpressionAttributeValues=to_item({f":{name}": value for name, value in attributes.items()}),
        )

    @property
    def now(self) -> datetime:
        return self.world.clock()

    @rule(who=st.integers(0, 2), network=which)
    def ask(self, who: int, network: int) -> None:
        email = self.accounts[who].email if who < 2 else self.stranger
        source = self.networks[network]
        answer = self.world.forgot(email, source=source)
        wait = self.sources.setdefault(source, Window(PER_SOURCE)).wait(self.now)
        if wait is None:
            wait = self.identifiers.setdefault(email, Window(PER_IDENTIFIER)).wait(self.now)
        if wait is None:
            assert answer.status == 200
            self.queue(email, self.now)
        else:
            assert (answer.status, answer.headers["Retry-After"]) == (429, str(int(wait.total_seconds())))

    def queue(self, email: str, at: datetime | None) -> None:
        self.pending.append(Message(self.world.queued()[-1].body, email, at))

    @precondition(lambda self: self.pending)
    @rule()
    def work(self) -> None:
        self.world.pump()
        self.expect_mails(self.pending)
        self.messages += self.pending
        self.pending = []

    @precondition(lambda self: self.messages)
    @rule(number=any_token)
    def deliver_again(self, number: int) -> None:
        message = self.messages[number % len(self.messages)]
        record = {"messageId": "again", "body": message.body, "eventSource": "aws:sqs"}
        assert function("deliver")({"Records": [record]}, Context()) == {"batchItemFailures": []}
        self.expect_mails([message])

    def expect_mails(self, messages: list[Message]) -> None:
        """Compare the mails that were sent, and note the tokens in them."""
        expected: Counter[tuple[str, str]] = Counter()
        for message in messages:
            if message.sent:
                continue
            if message.at is None:
                expected[message.email, "was changed"] += 1
            elif self.now >= message.at + LIFE or not self.reached(message.email):
                continue
            else:
                expected[message.email, "Reset your"] += 1
            message.sent = True
        mails = self.world.mails()
        outbox.clear()
        kinds = ["was changed" if "was changed" in mail["subject"] else "Reset your" for mail in mails]
        assert Counter(zip((mail["to"][0] for mail in mails), kinds, strict=True)) == expected
        for mail in mails:
            if found := TOKEN.search(mail["text"]):
                (account,) = self.reached(mail["to"][0])
                self.tokens.append(Token(found[1], account, account.state, self.now + LIFE))

    def reached(self, email: str) -> list[Account]:
        return [account for account in self.accounts if account.email == email and not account.disabled]

    @precondition(lambda self: self.tokens)
    @rule(number=any_token)
    def verify(self, number: int) -> None:
        token = self.tokens[number % len(self.tokens)]
        usable = token.is_usable(self.now)
        assert self.world.verify(token.raw).json["valid"] is usable

    @precondition(lambda self: self.tokens)
    @rule(number=any_token, new=st.integers(0, len(PASSWORDS)))
    def reset(self, number: int, new: int) -> None:
        token = self.tokens[-1 - number % len(self.tokens)]
        account = token.account
        answer = self.world.reset(token.raw, [*PASSWORDS, "short"][new])
        if not token.is_usable(self.now):
            assert (answer.status, answer.json["code"]) == (400, "invalid_token")
        elif new == len(PASSWORDS) or new == account.password:
            assert (answer.status, answer.json["code"]) == (400, "weak_password")
            token.refusals += new == account.password
        else:
            assert answer.status == 200
            token.used = True
            account.password = new
            account.version += 1
            account.state += 1
            self.queue(account.email, None)

    @rule(who=which, known=password)
    def sign_in(self, who: int, known: int) -> None:
        account = self.accounts[who]
        source = f"2001:db8:{next(_numbers):x}::1"  # no wait is shared with another attempt
        answer = self.world.sign_in(PASSWORDS[known], account.email, source=source)
        if known == account.password and not account.disabled:
            assert answer.status == 200
            self.sessions.append(Session(answer.json["accessToken"], account, account.version, self.now + SESSION))
        else:
            assert answer.status == 401

    @precondition(lambda self: self.sessions)
    @rule(number=any_token)
    def use_session(self, number: int) -> None:
        session = self.sessions[number % len(self.sessions)]
        account = session.account
        stands = account.version == session.version and not account.disabled and self.now < session.expires_at
        assert self.world.me(session.raw).status == (200 if stands else 401)

    @rule(who=which, new=password)
    def others_change_the_password(self, who: int, new: int) -> None:
        account = self.accounts[who]
        if new != account.password:
            self.change(account, password_hash=HASHES[new])
            account.password = new
            account.state = next(_numbers)

    @rule(who=which)
    def others_change_the_address(self, who: int) -> None:
        account = self.accounts[who]
        account.email = self.unique_email()
        self.change(account, email=account.email, email_key=account.email)
        account.state = next(_numbers)

    @rule(who=which)
    def others_disable_or_enable(self, who: int) -> None:
        account = self.accounts[who]
        account.disabled = not account.disabled
        self.change(account, disabled=account.disabled)

    @rule(seconds=st.sampled_from([1, 60, 899, 900, 901, 2699, 3599, 3600]))
    def wait(self, seconds: int) -> None:
        self.world.clock.advance(seconds)

    @rule()
    def rotate_the_pepper(self) -> None:
        """Counts start anew, and nothing else."""
        self.world.session.client("secretsmanager").put_secret_value(
            SecretId=self.world.environment["PEPPER_SECRET"], SecretString=f"pepper {next(_numbers)} " * 8
        )
        bootstrap.cache_clear()
        self.identifiers.clear()
        self.sources.clear()

    @invariant()
    def versions_agree(self) -> None:
        for account in self.accounts:
            stored = self.world.app.users.get(account.user_id)
            assert stored
            assert (stored.credentials_version, stored.email) == (account.version, account.email)

    def teardown(self) -> None:
        for account in self.accounts:
            stored = self.world.app.users.get(account.user_id)
            assert stored
            assert stored.password_hash
            assert bcrypt.checkpw(PASSWORDS[account.password].encode(), stored.password_hash.encode())
        self.world.queued().clear()
        outbox.clear()


@pytest.mark.settings(RESET_LIMIT_PER_SOURCE=str(PER_SOURCE))
def test_the_service_agrees_with_the_model(world: World) -> None:
    """Rows 4, 14, 15, 16, 36 and 37: single use, expiry, supersession, limits, versions, sessions and mails."""
    # Hypothesis asks for a class and takes what makes one.
    run_state_machine_as_test(lambda: Machine(world), settings=walks())  # type: ignore[arg-type]


def walks() -> settings:
    """A quarter of the profile's examples, for each is a walk of many steps: too many to shorten one that fails."""
    profile = settings.get_profile(settings.get_current_profile_name())
    return settings(profile, max_examples=profile.max_examples // 4, stateful_step_count=30, phases=[Phase.generate])
