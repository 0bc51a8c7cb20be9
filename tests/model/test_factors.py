"""Any sequence of what people, clocks and operators do with second factors, against a small model of what comes of it.

The model is plain: what a step or a code is worth, what a token needs, what has been counted. No tables, no crypto.
"""

import itertools
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

import pytest
from hypothesis import settings, stateful
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from local import outbox
from password_reset.proofs.factors import code_digest, new_code
from tests.handlers.test_phones import PHONE
from tests.world import Answer, World

TOKEN_LIFE, CODE_LIFE, DAY, MONTH = 900, 600, 86_400, 30 * 86_400
A_TOKEN, A_DAY, A_MONTH, SENDINGS, TEXTS_A_DAY = 5, 20, 60, 3, 5
SECRETS = ["JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"]  # pragma: allowlist secret
# On the edges of steps, codes, tokens, and the windows of guesses.
STEPS = [*[1, 29, 30, 31, 60] * 3, 599, 600, 899, 900, DAY - 1, DAY]

_numbers = itertools.count()


@dataclass(eq=False)
class Token:
    """A token, by what carried it, and what has become of it."""

    text: str
    channel: str
    state: int
    expires_at: float
    used: bool = False
    guesses: int = 0
    sendings: int = 0
    proven_version: int | None = None
    code: str = ""
    code_until: float = 0


@dataclass(eq=False)
class Reference:
    """One account with its factors, and the guesses at them."""

    secret: str | None = None
    last_step: int = -1
    codes: set[str] = field(default_factory=set)
    version: int = 0
    phone: bool = True
    state: int = 0
    """It counts the changes of the password."""
    tokens: list[Token] = field(default_factory=list)
    days: list[float] = field(default_factory=list)
    months: list[float] = field(default_factory=list)
    texts: list[float] = field(default_factory=list)
    factor_texts: list[float] = field(default_factory=list)

    def other_channel(self, token: Token) -> str:
        """Return what did not carry the token: what counts is what did, not what was asked for."""
        if token.channel == "sms":
            return "email"
        return "sms" if self.phone else ""

    def kinds(self, token: Token) -> list[str]:
        found = ["totp"] if self.secret else []
        found += ["recovery_code"] if self.codes else []
        return found + (["phone"] if self.other_channel(token) else [])

    def is_live(self, token: Token, now: float) -> bool:
        there = token.channel != "sms" or self.phone  # what a phone got is void while it's not the account's
        return there and not token.used and now < token.expires_at and token.state == self.state

    def needs(self, token: Token) -> list[str]:
        return [] if token.proven_version == self.version else self.kinds(token)

    def admits(self, token: Token, kind: str, now: float) -> bool:
        """Count a guess, before it's compared: of a token, of a day, and, recovery codes aside, of thirty days."""
        if token.guesses >= A_TOKEN:
            return False
        token.guesses += 1
        if not _counted(self.days, A_DAY, DAY, now):
            return False
        return kind == "recovery_code" or _counted(self.months, A_MONTH, MONTH, now)

    def prove(self, token: Token, kind: str, value: Any, now: float) -> bool:
        """Whether a value proves a token: of one-time passwords the step, of others the text; and use it up."""
        if not self.admits(token, kind, now):
            return False
        if kind == "totp":
            secret, step = value
            right = (
                self.secret is not None
                and secret == self.secret
                and self.last_step < step
                and abs(step - int(now) // 30) <= 1
            )
            self.last_step = step if right else self.last_step
        elif kind == "recovery_code":
            right = value in self.codes
            self.codes.discard(value)
        else:
            right = bool(self.other_channel(token)) and bool(token.code) and value == token.code
            right = right and now < token.code_until
        if right:
            token.proven_version = self.version
        return bool(right)


def _counted(times: list[float], most: int, seconds: float, now: float) -> bool:
    if len(times) >= most and times[-most] > now - seconds:
        return False
    times.append(now)
    return True


class Factors(RuleBasedStateMachine):
    """One deployment serves every example: each has an account of its own."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.model = Reference()
        outbox.clear()
        world.queued().clear()

    @property
    def now(self) -> float:
        return self.world.clock().timestamp()

    @initialize(secret=st.sampled_from([True, True, False]), codes=st.booleans(), phone=st.booleans())
    def open(self, *, secret: bool, codes: bool, phone: bool) -> None:
        self.email = f"n{next(_numbers)}@example.com"
        self.password = "the very first of them"
        self.user_id = self.world.add_user(self.email, self.password, phone=PHONE, phoneVerified=phone)
        self.model.phone = phone
        self.shown: list[tuple[str, int]] = []
        self.old_codes: list[str] = []
        if secret:
            self.enrol_totp(0)
        if codes:
            self.enrol_codes()
        self.request("email")

    @rule(channel=st.sampled_from(["email", "email", "sms", "sms"]))
    def request(self, channel: str) -> None:
        """A token by the mailbox, by the phone, or by a mailed link that stands in for the phone: that's mail."""
        flow = self.world.forgot(self.email, channel=channel).json["flow"]
        outbox.clear()
        self.world.pump()
        (message,) = outbox.messages()
        texted = channel == "sms" and self.model.phone and _counted(self.model.texts, TEXTS_A_DAY, DAY, self.now)
        assert message["channel"] == ("sms" if texted else "email")
        if texted:
            text, life = self.world.verify_code(flow, code_in(message)).json["token"], CODE_LIFE
        else:
            text, life = self.world.mailed_tokens(self.email)[-1], TOKEN_LIFE
        self.model.tokens.append(Token(text, message["channel"], self.model.state, int(self.now) + life))

    @rule(which=st.integers(0, 1))
    def enrol_totp(self, which: int) -> None:
        """Enrolled anew, its steps begin anew; and what was proven before is no proof."""
        self.world.factors.enrol_totp(self.user_id, SECRETS[which])
        self.model.secret, self.model.last_step = SECRETS[which], -1
        self.model.version += 1

    @rule()
    def enrol_codes(self) -> None:
        self.old_codes += self.model.codes
        codes = [new_code() for _ in range(2)]
        self.world.factors.enrol_codes(self.user_id, codes)
        self.model.codes = set(codes)
        self.model.version += 1

    @rule(kind=st.sampled_from(["totp", "recovery_code"]))
    def remove(self, kind: Literal["totp", "recovery_code"]) -> None:
        """Removed between a proof and its use, too."""
        self.world.factors.remove(self.user_id, kind)
        if kind == "totp":
            self.model.secret, self.model.last_step = None, -1
        else:
            self.old_codes += self.model.codes
            self.model.codes = set()
        self.model.version += 1

    @rule(verified=st.booleans())
    def change_phone(self, *, verified: bool) -> None:
        """Another application's: it's no enrolment of ours, and the link stays what it is."""
        self.world.change_user(self.email, phoneVerified=verified)
        self.model.phone = verified

    @rule(seconds=st.sampled_from(STEPS))
    def wait(self, seconds: int) -> None:
        self.world.clock.advance(seconds)

    @rule(
        data=st.data(),
        offset=st.sampled_from([-60, -30, 0, 0, 0, 30, 60]),
        replayed=st.booleans(),
        times=st.sampled_from([1, 1, 1, 6]),
    )
    def show_password(self, data: st.DataObject, offset: int, times: int, *, replayed: bool) -> None:
        """By a clock that is off by a step or two; or one that was shown before, at this token or another."""
        secret = data.draw(st.sampled_from([*[self.model.secret or SECRETS[0]] * 4, *SECRETS]))
        step = (int(self.now) + offset) // 30
        if replayed and self.shown:
            secret, step = self.shown[-1]
        self.shown.append((secret, step))
        value = self.world.one_time_password(secret, step * 30 - int(self.now))
        for _ in range(times):
            self.show(data, "totp", value, (secret, step))

    @rule(data=st.data(), kind=st.sampled_from(["new", "new", "old", "wrong"]))
    def show_code(self, data: st.DataObject, kind: str) -> None:
        known = {"new": sorted(self.model.codes), "old": self.old_codes}.get(kind)
        code = known[-1] if known else "xxxx-xxxx-xxxx-xxxx"
        if self.show(data, "recovery_code", code, code):
            self.old_codes.append(code)
            (message,) = self.world.queued()
            assert "recovery-code-used" in message.body
        self.world.queued().clear()

    @rule(data=st.data(), right=st.booleans())
    def show_text(self, data: st.DataObject, *, right: bool) -> None:
        """A code by the other channel, of this token or of another."""
        sent = [token.code for token in self.model.tokens if token.code]
        code = sent[-1] if right and sent else "00000000"
        self.show(data, "phone", code, code)

    @rule(data=st.data())
    def ask_for_text(self, data: st.DataObject) -> None:
        """By the channel that did not carry the token, three times at the most; the newest counts."""
        token = self.draw(data)
        answer = self.world.factor(token.text, "phone")
        if not self.model.is_live(token, self.now):
            assert answer.json["code"] == "invalid_token"
        elif self.model.kinds(token) and not self.model.needs(token):
            assert answer.json == {"verified": True}
        elif not self.model.other_channel(token) or token.sendings >= SENDINGS:
            assert answer.json["code"] == "invalid_factor"
        else:
            assert answer.json == {"sent": True}
            token.sendings += 1
            self.deliver(token)

    @rule(data=st.data(), new=st.booleans())
    def reset(self, data: st.DataObject, *, new: bool) -> None:
        """With a bare token where nothing is held; otherwise with one that was proven, by what is held still."""
        token = self.draw(data)
        password = f"renewed otters read {next(_numbers)}" if new else "otters"
        answer = self.world.reset(token.text, password)
        needs = self.model.needs(token)
        if not self.model.is_live(token, self.now):
            assert answer.json["code"] == "invalid_token"
        elif needs:
            assert (answer.json["code"], answer.json["factors"]) == ("factor_required", needs)
        elif not new:
            assert answer.json["code"] == "weak_password"
        else:
            assert answer.status == 200
            token.used = True
            self.model.state += 1
        self.world.queued().clear()

    @precondition(lambda self: self.model.tokens)
    @rule()
    def verify(self) -> None:
        for token in self.model.tokens[-4:]:
            told = self.world.verify(token.text).json
            assert told["valid"] is self.model.is_live(token, self.now)
            assert told.get("factors", []) == (self.model.needs(token) if told["valid"] else [])

    def teardown(self) -> None:
        """What is stored is what the model says, and nothing that was shown."""
        if not self.model.tokens:
            return
        self.verify()
        key = {"user_id": {"S": self.user_id}}
        table = self.world.environment["ACCOUNTS_TABLE"]
        item = self.world.dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item", {})
        stored = set(item.get("recovery_codes", {}).get("SS", []))
        assert stored == {code_digest(self.user_id, code) for code in self.model.codes}
        assert int(item.get("totp_last_step", {}).get("N", -1)) == self.model.last_step

    def draw(self, data: st.DataObject) -> Token:
        """Return one of the latest tokens; most often one that is yet to be proven."""
        latest = self.model.tokens[-3:]
        bare = [token for token in latest if self.model.is_live(token, self.now) and self.model.needs(token)]
        return data.draw(st.sampled_from(latest + bare * 3))

    def show(self, data: st.DataObject, kind: str, value: str, meaning: Any) -> bool:
        """Show a value; return whether it was used up by that."""
        token = self.draw(data)
        answer: Answer = self.world.factor(token.text, kind, value)
        if not self.model.is_live(token, self.now):
            assert answer.json["code"] == "invalid_token"
            return False
        if self.model.kinds(token) and not self.model.needs(token):
            assert answer.json == {"verified": True}  # an answer that was lost: nothing is used up
            return False
        right = self.model.prove(token, kind, meaning, self.now)
        assert answer.json == {"verified": True} if right else answer.json["code"] == "invalid_factor"
        return right

    def deliver(self, token: Token) -> None:
        outbox.clear()
        self.world.pump()
        channel = self.model.other_channel(token)
        if channel == "sms" and not _counted(self.model.factor_texts, TEXTS_A_DAY, DAY, self.now):
            assert outbox.messages() == []
            return
        (message,) = outbox.messages()
        assert (message["channel"], message["to"]) == (channel, [PHONE if channel == "sms" else self.email])
        token.code = code_in(message)
        token.code_until = int(self.now + CODE_LIFE)


def code_in(message: dict[str, Any]) -> str:
    words: list[str] = message["text"].split()
    return next(word for word in words if word.isdecimal() and len(word) == 8)


@pytest.mark.engine
@pytest.mark.settings(
    FACTORS="totp,recovery_code,phone",
    CHANNELS="email,sms",
    RESET_LIMIT_PER_IDENTIFIER="0",
    RESET_LIMIT_PER_SOURCE="0",
)
def test_any_sequence_with_factors_agrees_with_the_model(engine_world: World) -> None:
    """Rows 35, 66 and 67: proven and not used, removed in between, replayed at an edge, two tokens by one code."""
    machine: Any = partial(Factors, engine_world)  # a factory will do, though the types ask for a class
    examples = settings().max_examples // 4
    stateful.run_state_machine_as_test(machine, settings=settings(max_examples=examples, stateful_step_count=40))
