"""Any sequence of changes, disputes, and what thieves and owners add meanwhile, against a small model of who gets in.

The model is plain: what stood before the first change of a run opens and overrules, and nothing newer does.
"""

import itertools
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

import pytest
from hypothesis import settings, stateful
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from local import accounts, outbox
from tests.handlers.test_phones import PHONE, texted_code
from tests.handlers.test_reports import LOCKED
from tests.world import REPORT, TOKEN, World

type Way = Literal["email", "phone", "factor"]

DAY = 86_400
FREEZE, LINK, NO_LINKS = 3 * DAY, 7 * DAY, 30 * DAY
PHONES = ["", PHONE, "+4915112345679"]
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # pragma: allowlist secret
OVERRULES: dict[str, tuple[Way, ...]] = {"email": ("phone", "factor"), "phone": ("email", "factor"), "factor": ()}

_numbers = itertools.count()


@dataclass(frozen=True)
class Stood:
    """What there was before the first change of a run; of a factor its number, for one that is put back is new."""

    at: float
    way: Way
    phone: str
    factor: int


@dataclass(eq=False)
class Link:
    """A notice's link that disputes, by what proved the change."""

    token: str
    way: Way
    proven: Way
    at: float
    good_until: float


@dataclass(eq=False)
class Reference:
    """One account, its changes and their disputes."""

    phone: str = ""
    factor: int = 0
    stood: Stood | None = None
    changed: dict[Way, float] = field(default_factory=dict)
    reopened: float = 0
    frozen_until: float = 0
    barred: Way = "email"
    disputed_at: float = 0
    disputed_way: Way = "email"
    dispute: Link | None = None
    no_links: dict[Way, float] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)

    def run(self, now: float) -> Stood | None:
        """Return what stood before what can be disputed still."""
        stood = self.stood
        return stood if stood and (now < self.frozen_until or now < stood.at + LINK) else None

    def reaches(self, way: Way, stood: Stood) -> bool:
        return way == "email" or bool(stood.phone and stood.phone == self.phone)

    def opens(self, way: Way, now: float) -> bool:
        """Whether what this way carries is sent at all."""
        if now >= self.frozen_until:
            return True
        stood = self.stood
        if stood is None:
            return False
        shown = self.factor and self.factor == stood.factor
        return bool(shown) or (way != self.barred and self.reaches(way, stood))

    def change(self, carrier: Way, now: float) -> Way:
        """Note a change, by what carried the link or code and the factor there is; return what proved it."""
        run, frozen = self.run(now), now < self.frozen_until
        way: Way = "factor" if self.factor and (run is None or run.factor == self.factor) else carrier
        trusted = run is None or way == "factor" or self.reaches(way, run)
        if run is None or frozen or (trusted and way in OVERRULES[run.way]):
            self.stood = Stood(now, way, self.phone, self.factor)
        if trusted:
            self.changed[way] = now
        if frozen:
            if self.disputed_way != way:
                self.no_links[self.disputed_way] = now + NO_LINKS
            self.frozen_until = 0
        return way

    def report(self, link: Link, now: float) -> int:
        """Dispute a change; return the status."""
        overruled = max([self.reopened, *(self.changed.get(way, 0) for way in OVERRULES[link.proven])]) > link.at
        if now >= link.good_until or overruled:
            return 400
        if now < self.frozen_until or (self.dispute is link and self.frozen_until):
            return 200
        if self.disputed_at >= link.at:
            return 400
        self.frozen_until, self.disputed_at, self.disputed_way, self.dispute = now + FREEZE, now, link.way, link
        self.barred = "email" if "email" in {link.proven, link.way} else "phone"
        if self.stood and self.stood.at > link.at:
            self.stood = None
        return 200


class Disputes(RuleBasedStateMachine):
    """One deployment serves every example: each has an account of its own."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.model = Reference()
        self.email = f"d{next(_numbers)}@example.com"
        outbox.clear()
        world.queued().clear()

    @property
    def now(self) -> float:
        return self.world.clock().timestamp()

    @initialize(
        phone=st.sampled_from(PHONES),
        factor=st.booleans(),
        way=st.sampled_from(["email", "phone"]),
        added=st.sampled_from(["factor", PHONES[2]]),
        again=st.sampled_from([None, "email", "phone"]),
    )
    def begin(self, *, phone: str, factor: bool, way: Way, added: str, again: Way | None) -> None:
        """A change, something that is added, perhaps another change, and a dispute: what all this is about."""
        self.user_id = self.world.add_user(self.email, "the very first of them")
        self.add_phone(phone)
        if factor:
            self.add_factor()
        self.change(way)
        if added == "factor":
            self.add_factor()
        else:
            self.add_phone(added)
        if again:
            self.change(again)
        self.dispute(self.model.links[-1])
        self.change(again or "email")

    @rule(phone=st.sampled_from(PHONES))
    def add_phone(self, phone: str) -> None:
        """Added, replaced, put back, or removed, by whoever is signed in."""
        accounts.change(self.email, accounts.Changes(phone=phone or None, phone_verified=bool(phone)))
        self.model.phone = phone

    @rule()
    def add_factor(self) -> None:
        self.world.factors.enrol_totp(self.user_id, SECRET)
        self.model.factor = next(_numbers) + 1

    @rule()
    def remove_factor(self) -> None:
        self.world.factors.remove(self.user_id, "totp")
        self.model.factor = 0

    @rule(seconds=st.sampled_from([60, 3600, DAY, FREEZE - 120, FREEZE, LINK, NO_LINKS]))
    def wait(self, seconds: int) -> None:
        self.world.clock.advance(seconds)

    @rule(way=st.sampled_from(["email", "phone"]))
    def change(self, way: Way) -> None:
        """Whoever has the mailbox, the phone and the factor resets, as far as what is sent lets them."""
        self.world.clock.advance(60)
        for limit in self.world.items("LIMITS_TABLE"):  # how many messages a day is another model's
            self.world.dynamodb.delete_item(
                TableName=self.world.environment["LIMITS_TABLE"], Key={"bucket": {"S": limit["bucket"]}}
            )
        texted = way == "phone" and bool(self.model.phone) and self.model.opens("phone", self.now)
        flow = self.world.forgot(self.email, channel="sms" if way == "phone" else "email").json["flow"]
        message = self.delivered()[-1]
        assert message["channel"] == ("sms" if texted else "email")
        if texted:
            token = self.world.verify_code(flow, texted_code(message)).json["token"]
        elif self.model.opens("email", self.now):
            found = TOKEN.search(message["text"])
            assert found
            token = found[1]
        else:
            assert message["subject"] == LOCKED
            return
        if self.model.factor:
            assert self.world.reset(token).json["factors"] == ["totp"]
            assert self.world.factor(token, "totp", self.world.one_time_password(SECRET)).status == 200
        assert self.world.reset(token, f"purple otters read {next(_numbers)} times").status == 200
        proven = self.model.change("phone" if texted else "email", self.now)
        channels: dict[str, Way] = {"email": "email", "sms": "phone"}
        links = {told["channel"]: REPORT.search(told["text"]) for told in self.delivered()}
        told = {"email", "sms"} if self.model.phone else {"email"}
        assert links.keys() == told
        for channel, found in links.items():
            assert bool(found) is (self.now >= self.model.no_links.get(channels[channel], 0))
            if found:
                self.model.links.append(Link(found[1], channels[channel], proven, self.now, self.now + LINK))

    @precondition(lambda self: self.model.links)
    @rule(data=st.data())
    def dispute_any(self, data: st.DataObject) -> None:
        """By any link, of whichever change: the latest above all."""
        self.dispute(data.draw(st.sampled_from(self.model.links[-4:])))

    def dispute(self, link: Link) -> None:
        self.world.clock.advance(1)
        before = self.model.disputed_at
        assert self.world.report(link.token, self.email).status == self.model.report(link, self.now)
        told = self.delivered()
        assert ([message["subject"] for message in told][:1] == [LOCKED]) is (self.model.disputed_at != before)
        (item,) = (item for item in self.world.items("ACCOUNTS_TABLE") if item["user_id"] == self.user_id)
        assert item.get("frozen_until", 0) == int(self.model.frozen_until)

    @precondition(lambda self: self.now < self.model.frozen_until)
    @rule()
    def reopen(self) -> None:
        reports = self.world.app.proofs.reports
        assert reports
        assert reports.reopen(self.user_id, self.world.clock())
        self.model.no_links[self.model.disputed_way] = self.now + NO_LINKS
        self.model.reopened, self.model.frozen_until, self.model.stood = self.now, 0, None

    def delivered(self) -> list[dict[str, Any]]:
        """Let the worker work; return what it sent, emails first."""
        outbox.clear()
        self.world.pump()
        return sorted(outbox.messages(), key=lambda message: str(message["channel"]))


@pytest.mark.engine
@pytest.mark.settings(CHANNELS="email,sms", FACTORS="totp", RESET_LIMIT_PER_IDENTIFIER="0", RESET_LIMIT_PER_SOURCE="0")
def test_any_sequence_of_disputes_agrees_with_the_model(engine_world: World) -> None:
    """Rows 64 and 66: a thief who adds, replaces, puts back and changes once more, in any order."""
    machine: Any = partial(Disputes, engine_world)  # a factory will do, though the types ask for a class
    examples = max(settings().max_examples // 5, 5)
    stateful.run_state_machine_as_test(machine, settings=settings(max_examples=examples, stateful_step_count=5))
