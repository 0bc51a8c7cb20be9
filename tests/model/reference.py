"""What the service promises, in plain Python: no tables, no races, no crypto."""

import math
from collections import defaultdict
from dataclasses import dataclass, field

LINK_LIFE, CODE_LIFE, SESSION_LIFE, DAY = 900, 600, 3600, 86_400
MAX_REFUSALS, MAX_GUESSES, MAX_WRONG, MAX_OPEN = 10, 5, 20, 10
A_DAY, SOLVED_AN_HOUR, SOLVED_A_DAY, FLOOD = 10, 3, 6, 30
CHALLENGE_LIFE = 300

LONGEST_LIFE = 3600

type State = tuple[str, str, int]


def whole_minutes(seconds: int) -> int:
    """Return a wait as callers are told it."""
    return math.ceil(seconds / 60) * 60


class Window:
    """At most `limit` accepted in any `seconds`, and `daily` in any day."""

    def __init__(self, limit: int, seconds: int, daily: int = 0) -> None:
        self.spans = [(limit, seconds * 1000), *([(daily, DAY * 1000)] if daily else [])]
        self.times: defaultdict[str, list[int]] = defaultdict(list)

    def wait(self, key: str, now: float) -> int:
        """Return for how many seconds nothing more is accepted; 0 is that it is now."""
        return math.ceil(self._left(key, now) / 1000)

    def full_until(self, key: str, now: float) -> int:
        """Return when a place falls free, where none is; otherwise 0."""
        left = self._left(key, now)
        return math.ceil((int(now * 1000) + left) / 1000) if left else 0

    def _left(self, key: str, now: float) -> int:
        times = self.times[key]
        return max(0, *(times[-limit] + span - int(now * 1000) for limit, span in self.spans if len(times) >= limit), 0)

    def count(self, key: str, now: float) -> None:
        self.times[key].append(int(now * 1000))

    def admit(self, key: str, now: float) -> int:
        """Count, unless there is a wait; return it."""
        wait = self.wait(key, now)
        if not wait:
            self.count(key, now)
        return wait


@dataclass(eq=False)
class Account:
    """An account as the team's table has it; `stored` stands for its hash."""

    user_id: str
    email: str
    password: str
    stored: str
    version: int = 0
    disabled: bool = False
    past: list[State] = field(default_factory=list)
    """Password, hash and version as they were at any time."""

    @property
    def state(self) -> State:
        """What a token is bound to."""
        return self.email, self.stored, self.version


@dataclass(eq=False)
class Token:
    """A token, which is good once, for a while, for one state of one account."""

    text: str
    account: Account
    state: State
    expires_at: int
    used: bool = False
    refusals: int = 0

    def is_live(self, now: float) -> bool:
        bound = self.state == self.account.state and not self.account.disabled
        return bound and not self.used and now < self.expires_at and self.refusals < MAX_REFUSALS


@dataclass(eq=False)
class Code:
    """What a flow has: a code, or a decoy, which has no account."""

    email: str
    pepper: int
    expires_at: int
    text: str = ""
    account: Account | None = None
    state: State | None = None
    guesses: int = 0
    used: bool = False


@dataclass(eq=False)
class Request:
    """A queued request, by the id that its deliveries carry."""

    body: str
    email: str
    flow: str
    at: float
    full_until: int = 0
    mailed: set[str] = field(default_factory=set)


@dataclass(eq=False)
class Notice:
    """A queued notice of a change that was made."""

    body: str
    email: str
    mailed: bool = False


@dataclass(eq=False)
class Solution:
    """A solved challenge, for one source and under one pepper, good once."""

    text: str
    source: str
    difficulty: int
    pepper: int
    expires_at: float
    used: bool = False


@dataclass(eq=False)
class Session:
    """A session, of one version and one stored hash of its account."""

    text: str
    account: Account
    version: int
    stored: str
    expires_at: int
    signed_out: bool = False

    def stands(self, now: float) -> bool:
        same = (self.version, self.stored) == (self.account.version, self.account.stored)
        current = same and not self.account.disabled
        return current and not self.signed_out and now < self.expires_at


class Reference:
    """The whole service."""

    def __init__(self, per_identifier: int, per_source: int, window: int) -> None:
        self._limits = per_identifier, per_source, window
        self.accounts: list[Account] = []
        self.tokens: list[Token] = []
        self.codes: dict[str, Code] = {}
        self.queue: list[Request | Notice] = []
        self.sessions: list[Session] = []
        self.pepper = 0
        self.rotate()

    def rotate(self) -> None:
        """Begin all counts anew; codes that are on their way are void."""
        per_identifier, per_source, window = self._limits
        self.pepper += 1
        self.per_identifier, self.per_source = Window(per_identifier, window, A_DAY), Window(per_source, window)
        self.per_pair, self.messages = Window(SOLVED_AN_HOUR, 3600, SOLVED_A_DAY), Window(FLOOD, DAY)
        self.guesses_per_source = Window(per_source, window)
        self.open_codes, self.wrong = Window(MAX_OPEN, CODE_LIFE), Window(MAX_WRONG, DAY)

    def ask(self, identifier: str, source: str, now: float) -> str:
        """Count a request; return what it is answered: a code, and how long to wait in whole minutes."""
        if wait := self.per_source.admit(source, now):
            return f"rate_limited {whole_minutes(wait)}"
        if self.per_identifier.admit(identifier, now):
            return f"challenge_required{self.harder(identifier, now)}"
        self.messages.count(identifier, now)
        return ""

    def ask_solved(self, identifier: str, source: str, solution: Solution, now: float) -> str:
        """Count a request that brings a solution, outside its identifier's limits; return the same."""
        if wait := self.per_source.admit(source, now):
            return f"rate_limited {whole_minutes(wait)}"
        ours = (solution.source, solution.pepper) == (source, self.pepper)
        if not ours or solution.used or now >= solution.expires_at:
            return "invalid_challenge"
        solution.used = True
        if wait := self.per_pair.admit(f"{identifier} {source}", now):
            return f"rate_limited {whole_minutes(wait)}"
        if solution.difficulty == 1 and (harder := self.harder(identifier, now)):
            return f"invalid_challenge{harder}"
        self.messages.count(identifier, now)
        return ""

    def harder(self, identifier: str, now: float) -> str:
        """Return what is added where an identifier is flooded."""
        return " harder" if self.messages.wait(identifier, now) else ""

    def deliver(self, message: Request | Notice, now: float) -> list[tuple[str, str, Account | None]]:
        """Return the mails that this sends: to whom, with what (`link`, `both` or `changed`), of which account."""
        if isinstance(message, Notice):
            before, message.mailed = message.mailed, True
            return [] if before else [(message.email, "changed", None)]
        if now >= max(message.at + LINK_LIFE, min(message.full_until, message.at + LONGEST_LIFE)):
            return []
        decoy = Code(message.email, self.pepper, int(now + CODE_LIFE))
        self.codes.setdefault(message.flow, decoy)
        reached = [a for a in self.accounts if a.email.lower() == message.email and not a.disabled]
        by_code = (
            len(reached) == 1
            and not self.wrong.wait(message.email, now)
            and not self.open_codes.admit(message.email, now)
        )
        new = [account for account in reached if account.user_id not in message.mailed]
        message.mailed |= {account.user_id for account in new}
        both = by_code and not message.full_until
        return [(account.email, "both" if both else "link", account) for account in new]

    def mailed(self, account: Account, token: str, message: Request, now: float) -> None:
        """Note the token of a mail: that of a window's last place lives until one falls free."""
        expires_at = int(max(now + LINK_LIFE, min(message.full_until, now + LONGEST_LIFE)))
        self.tokens.append(Token(token, account, account.state, expires_at))

    def exchanged(self, account: Account, token: str, flow: str, now: float) -> None:
        """Note the token of a code, with which it expires."""
        expires_at = min(int(now + LINK_LIFE), self.codes[flow].expires_at)
        self.tokens.append(Token(token, account, account.state, expires_at))

    def mailed_code(self, flow: str, account: Account, code: str, now: float) -> None:
        """Note the code of a mail: it takes the decoy's place, and its guesses."""
        there = self.codes[flow]
        there.text, there.account, there.state, there.expires_at = code, account, account.state, int(now + CODE_LIFE)
        there.pepper = self.pepper if there.pepper == self.pepper else -self.pepper  # the digest's, not the bucket's

    def guess(self, flow: str, code: str, now: float) -> Account | None:
        """Return the account whose token a guess is exchanged for, if it is."""
        there = self.codes.get(flow)
        if there is None or there.used or now >= there.expires_at or there.guesses >= MAX_GUESSES:
            return None
        there.guesses += 1
        if not there.text or code != there.text or abs(there.pepper) != self.pepper:
            if there.pepper == self.pepper:
                self.wrong.count(there.email, now)
            return None
        account = there.account
        if account is None or account.disabled or account.state != there.state:
            return None
        there.used = True
        return account

    def reset(self, token: Token, password: str, now: float) -> str | None:
        """Return why a reset is refused; None if the password is now this one."""
        if not token.is_live(now):
            return "invalid_token"
        if len(password) < 8:
            return "weak_password"
        account = token.account
        if password == account.password:
            token.refusals += 1
            return "weak_password"
        token.used = True
        account.password, account.version = password, account.version + 1
        return None
