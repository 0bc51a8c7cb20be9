"""Whoever uses up an identifier's requests, the owner has a budget of their own: a solved challenge opens it."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from password_reset.proofs import altcha
from tests.handlers.test_forgot import told
from tests.solver import decode, encode, solve
from tests.wire import Wire, refusal, timeout
from tests.world import EMAIL, Answer, World

pytestmark = pytest.mark.settings(CHALLENGE="altcha", RESET_LIMIT_PER_SOURCE="0")
OWNER, STRANGER = "198.51.100.1", "203.0.113.7"
REQUIRED = {
    "type": "urn:password-reset:problem:challenge_required",
    "title": "Challenge required",
    "status": 400,
    "detail": "There were too many requests for this address. Solve a challenge and try again.",
    "code": "challenge_required",
}
INVALID = {
    "type": "urn:password-reset:problem:invalid_challenge",
    "title": "Invalid or expired challenge",
    "status": 400,
    "detail": "The challenge was not solved, or no longer counts. Solve a new one.",
    "code": "invalid_challenge",
}
HARDER = [{"field": "challenge", "code": "harder", "message": "Solve a challenge of difficulty 2."}]


@pytest.fixture(autouse=True)
def easy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Work of a few milliseconds: what a solution opens is the same."""
    monkeypatch.setattr(altcha, "COST", 10)
    monkeypatch.setattr(altcha, "SPREAD", 4)


def use_up(world: World, email: str = EMAIL) -> None:
    """Take an identifier's three requests of this hour, as a stranger does."""
    assert [world.forgot(email, STRANGER).status for _ in range(3)] == [200] * 3


def problem(answer: Answer) -> dict[str, Any]:
    return {name: value for name, value in answer.json.items() if name != "requestId"}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("email", ["known@example.com", "unknown@example.com"])
def test_the_owner_gets_through_while_a_stranger_uses_the_identifier_up(world: World, email: str) -> None:
    """Row 62: 20 of 20 times, known and unknown alike; a stranger who solves takes nothing from the owner either."""
    world.add_user("known@example.com")
    outcomes = []
    for run in range(20):
        for _ in range(3):
            world.forgot(email, STRANGER)
        world.forgot(email, STRANGER, challenge=world.solution(STRANGER))
        refused = world.forgot(email, OWNER)
        assert problem(refused) in (REQUIRED, REQUIRED | {"errors": HARDER})
        difficulty = 2 if "errors" in refused.json else 1
        world.pump()
        before = len(world.mails())
        outcomes.append(world.forgot(email, OWNER, challenge=world.solution(OWNER, difficulty)).status)
        world.pump()
        assert len(world.mails()) - before == (email == "known@example.com"), run
        world.clock.advance(4 * 3600)
    assert outcomes == [200] * 20


def test_a_challenge_is_required_only_in_place_of_the_identifiers_refusal(world: World) -> None:
    """Row 62: and alike for unknown addresses, byte for byte; a full source stays a 429."""
    world.add_user("known@example.com")
    refusals = []
    for email in ("known@example.com", "unknown@example.com"):
        use_up(world, email)
        refusals.append(world.forgot(email, OWNER))
    assert told(refusals[0]) == told(refusals[1])
    assert (refusals[0].status, problem(refusals[0])) == (400, REQUIRED)
    assert "Retry-After" not in refusals[0].headers


@pytest.mark.settings(CHALLENGE="altcha", RESET_LIMIT_PER_SOURCE="3")
def test_a_full_source_stays_full(world: World) -> None:
    use_up(world)
    answer = world.forgot(source=STRANGER, challenge=world.solution(STRANGER))
    assert (answer.status, answer.json["code"]) == (429, "rate_limited")
    assert world.forgot(source=OWNER, challenge=world.solution(OWNER)).status == 200


def test_the_work_is_the_same_for_everybody(world: World, wire: Wire) -> None:
    """Rows 2 and 62: one sequence of AWS calls, none of them on an account, and none for a challenge."""
    world.add_user("known@example.com")
    world.forgot("warm@example.com")
    traces = []
    for email in ("known@example.com", "unknown@example.com"):
        wire.calls.clear()
        use_up(world, email)
        world.forgot(email, OWNER)
        solution = world.solution(OWNER)
        assert world.forgot(email, OWNER, challenge=solution).status == 200
        traces.append(
            [(operation, sorted(parameters), parameters.get("TableName")) for operation, parameters in wire.calls]
        )
    update, send = "dynamodb.UpdateItem", "sqs.SendMessage"
    assert traces[0] == traces[1]
    assert [operation for operation, _, _ in traces[0]] == [
        *[update, send] * 3,
        update,
        *[update, update, update, send],
    ]


@pytest.mark.settings(CHALLENGE="altcha")
def test_calls_counted_with_every_limit(world: World, wire: Wire) -> None:
    """Forgot makes 3 AWS calls, and 5 with a solution."""
    world.forgot("warm@example.com")
    wire.calls.clear()
    world.forgot()
    assert wire.operations() == ["dynamodb.UpdateItem"] * 2 + ["sqs.SendMessage"]
    solution = world.solution()
    wire.calls.clear()
    world.forgot(challenge=solution)
    assert wire.operations() == ["dynamodb.UpdateItem"] * 4 + ["sqs.SendMessage"]


def test_what_solutions_open(world: World) -> None:
    """3 an hour and 6 a day per identifier and source, outside the identifier's own limit."""

    def solved(email: str = EMAIL, source: str = OWNER) -> Answer:
        return world.forgot(email, source, challenge=world.solution(source))

    assert [solved().status for _ in range(3)] == [200] * 3
    refused = solved()
    assert (refused.status, refused.json["code"], refused.headers["Retry-After"]) == (429, "rate_limited", "3600")
    assert solved(source=STRANGER).status == 200
    assert solved(email="other@example.com").status == 200
    assert [world.forgot().status for _ in range(4)] == [200, 200, 200, 400]
    world.clock.advance(3600)
    assert [solved().status for _ in range(3)] == [200] * 3
    world.clock.advance(3600)
    refused = solved()
    assert (refused.status, refused.headers["Retry-After"]) == (429, str(86400 - 7200))
    world.clock.advance(86400 - 7200)
    assert solved().status == 200


def test_a_day_has_ten_requests_without_a_solution(world: World) -> None:
    """They are kept in the hour's item: one item an identifier, and one AWS call."""
    for _ in range(3):
        use_up(world)
        world.clock.advance(3600)
    assert [world.forgot().status for _ in range(2)] == [200, 400]
    world.clock.advance(86400 - 3 * 3600 - 1)
    assert world.forgot().status == 400
    world.clock.advance(1)
    assert [world.forgot().status for _ in range(4)] == [200, 200, 200, 400]
    assert len(world.items("LIMITS_TABLE")) == 1


@pytest.mark.settings(CHALLENGE="altcha", RESET_LIMIT_PER_SOURCE="0", RESET_LIMIT_PER_IDENTIFIER_DAY="0")
def test_a_day_of_zero_is_off(world: World) -> None:
    for _ in range(5):
        use_up(world)
        world.clock.advance(3600)


@pytest.mark.settings(
    CHALLENGE="altcha",
    RESET_LIMIT_PER_SOURCE="0",
    RESET_LIMIT_PER_IDENTIFIER="100",
    RESET_LIMIT_PER_IDENTIFIER_DAY="100",
)
def test_the_largest_limits_fit_one_write(engine_world: World) -> None:
    assert [engine_world.forgot().status for _ in range(101)] == [200] * 100 + [400]


@pytest.mark.settings(CHALLENGE="off", RESET_LIMIT_PER_SOURCE="0")
def test_without_challenges_nothing_is_new(world: World) -> None:
    """No day, no route, and a member that nobody reads is refused, for everybody alike."""
    for _ in range(5):
        use_up(world)
        assert world.forgot().status == 429
        world.clock.advance(3600)
    answer = world.forgot(challenge="anything")
    assert (answer.status, answer.json["code"]) == (400, "invalid_request")
    assert answer.json["errors"] == [
        {"field": "challenge", "code": "not_enabled", "message": "Leave this out: challenges are off."}
    ]
    assert (world.challenge().status, world.challenge().json["code"]) == (404, "not_found")


def test_past_thirty_messages_a_day_a_challenge_is_twice_as_hard(world: World) -> None:
    """Of both kinds, from anywhere; whoever brings an easier solution is told so."""
    use_up(world)
    for number in range(27):
        source = f"10.0.0.{number}"
        assert problem(world.forgot(source=source)) == REQUIRED
        assert world.forgot(source=source, challenge=world.solution(source)).status == 200
    assert problem(world.forgot(source=OWNER)) == REQUIRED | {"errors": HARDER}
    easier = world.forgot(source=OWNER, challenge=world.solution(OWNER))
    assert problem(easier) == INVALID | {"errors": HARDER}
    harder = [world.forgot(source=OWNER, challenge=world.solution(OWNER, 2)).status for _ in range(3)]
    assert harder == [200, 200, 429]
    assert world.forgot("other@example.com", challenge=world.solution()).status == 200
    world.clock.advance(86400)
    assert world.forgot(source=OWNER, challenge=world.solution(OWNER)).status == 200


def test_one_source_alone_floods_nobody(world: World) -> None:
    """What a pair's limit refuses is no message, so it makes nobody's challenge harder."""
    use_up(world)
    refused = [world.forgot(source=STRANGER, challenge=world.solution(STRANGER)).status for _ in range(40)]
    assert refused == [200] * 3 + [429] * 37
    assert problem(world.forgot(source=OWNER)) == REQUIRED
    assert world.forgot(source=OWNER, challenge=world.solution(OWNER)).status == 200


def test_a_harder_challenge_takes_twice_the_work(world: World) -> None:
    counters = {
        difficulty: [decode(world.solution(difficulty=difficulty))["solution"]["counter"] for _ in range(200)]
        for difficulty in (1, 2)
    }
    assert set(counters[1]) == set(range(4))
    assert set(counters[2]) == set(range(8))


def test_who_says_no_difficulty_gets_what_is_always_enough(world: World) -> None:
    """A client that knows nothing of difficulties gets through a flood as well."""
    use_up(world)
    for number in range(27):
        source = f"10.0.0.{number}"
        assert world.forgot(source=source, challenge=world.solution(source)).status == 200
    assert problem(world.forgot(source=OWNER)) == REQUIRED | {"errors": HARDER}
    assert world.forgot(source=OWNER, challenge=world.solution(OWNER, None)).status == 200
    assert world.forgot("other@example.com", source=OWNER, challenge=world.solution(OWNER, None)).status == 200


@pytest.mark.parametrize("difficulty", ["0", "3", "-1", "1.0", "x", "2 ", "２"])
def test_a_difficulty_is_one_of_two(world: World, difficulty: str) -> None:
    answer = world.challenge(difficulty=difficulty)
    assert (answer.status, answer.json["code"]) == (400, "invalid_request")
    assert answer.json["errors"] == [{"field": "difficulty", "code": "malformed", "message": "One of 1, 2."}]


def test_a_challenge_says_nothing_about_anybody(world: World, wire: Wire) -> None:
    """It is random, signed and short-lived, and issuing it writes and reads nothing."""
    world.challenge()
    wire.calls.clear()
    first, second = world.challenge().json, world.challenge().json
    assert wire.calls == []
    assert first.keys() == {"kind", "parameters", "signature"}
    assert first["kind"] == "altcha"
    asked = first["parameters"]
    assert {name: asked[name] for name in ("algorithm", "cost", "data", "expiresAt", "keyLength")} == {
        "algorithm": "PBKDF2/SHA-256",
        "cost": 10,
        "data": {"difficulty": 1},
        "expiresAt": int(world.clock().timestamp()) + 300,
        "keyLength": 32,
    }
    random = ("keyPrefix", "keySignature", "nonce", "salt")
    assert asked.keys() == {"algorithm", "cost", "data", "expiresAt", "keyLength", *random}
    assert [len(asked[name]) for name in random] == [32, 64, 32, 32]
    assert not {asked[name] for name in random} & {second["parameters"][name] for name in random}
    assert "203.0.113.7" not in str(world.items("LIMITS_TABLE"))
    assert [record["outcome"] for record in world.audited("challenge")] == ["accepted"] * 3


def test_a_solution_is_good_once(world: World) -> None:
    """For anybody's identifier; its record is native TTL's and names nobody."""
    solution = world.solution()
    assert world.forgot(challenge=solution).status == 200
    again = [world.forgot(email, challenge=solution) for email in (EMAIL, "other@example.com")]
    assert [problem(answer) for answer in again] == [INVALID] * 2
    (record,) = [item for item in world.items("LIMITS_TABLE") if "used_by" in item]
    assert record["expires_at"] == int(world.clock().timestamp()) + 600
    assert len(record["bucket"]) == 64
    assert record.keys() == {"bucket", "expires_at", "used_by"}


def test_one_challenge_in_other_clothes_is_the_same(world: World) -> None:
    """Another spelling of the JSON, or another solver's extra members, make no second one."""
    challenge = world.challenge().json
    solution = solve(challenge)
    assert world.forgot(challenge=solution).status == 200
    inside = decode(solution)
    inside["solution"] |= {"counter": 7, "took": 1.5}
    spelled = base64.b64encode(json.dumps(inside, indent=1).encode()).decode()
    assert problem(world.forgot(challenge=spelled)) == INVALID


def changed(change: Callable[[dict[str, Any]], object]) -> Callable[[World], str]:
    def make(world: World) -> str:
        inside = decode(world.solution())
        change(inside)
        return base64.b64encode(json.dumps(inside).encode()).decode()

    return make


def parameters(**changes: object) -> Callable[[World], str]:
    return changed(lambda inside: inside["challenge"]["parameters"].update(changes))


def yesterdays(world: World) -> str:
    solution = world.solution()
    world.clock.advance(86400)
    return solution


def late(world: World) -> str:
    solution = world.solution()
    world.clock.advance(300)
    return solution


def another_deployments(world: World) -> str:
    solution = world.solution()
    world.app.clients.secrets_manager.put_secret_value(
        SecretId=world.environment["PEPPER_SECRET"], SecretString="p" * 64
    )
    world.clock.advance(299)
    world.app.pepper.secret._read = None  # type: ignore[attr-defined]  # noqa: SLF001 - no API forgets what is cached
    return solution


def self_made(world: World) -> str:
    """An easier challenge, signed by nobody."""
    easy = world.challenge().json
    easy["parameters"] |= {"cost": 1, "keyPrefix": ""}
    return solve(easy)


def nested(_: World) -> str:
    return base64.b64encode(b"[" * 3000).decode()


def not_solved(world: World) -> str:
    challenge = world.challenge().json
    return encode(challenge, {"counter": 0, "derivedKey": "00" * 32})


def only_the_prefix(world: World) -> str:
    challenge = world.challenge().json
    return encode(challenge, {"counter": 0, "derivedKey": challenge["parameters"]["keyPrefix"] + "00" * 16})


HOSTILE: dict[str, Callable[[World], str]] = {
    "yesterday's": yesterdays,
    "a second late": late,
    "another deployment's": another_deployments,
    "for another source": lambda world: world.solution(OWNER),
    "for another network": lambda world: world.solution("2001:db8::1"),
    "truncated": lambda world: world.solution()[:-8],
    "cut to a character": lambda world: world.solution()[:1],
    "cut in the middle": lambda world: world.solution()[: len(world.solution()) // 2],
    "not solved": not_solved,
    "the prefix alone": only_the_prefix,
    "self-made and easier": self_made,
    "a cheaper cost": parameters(cost=1),
    "a dearer cost": parameters(cost=10**9),
    "no prefix": parameters(keyPrefix=""),
    "a longer life": parameters(expiresAt=2**40),
    "an endless life": parameters(expiresAt=float("inf")),
    "no life": parameters(expiresAt=None),
    "harder than issued": parameters(data={"difficulty": 2}),
    "a huge number": parameters(cost=10**400),
    "one member more": parameters(more=1),
    "half a surrogate pair": parameters(nonce="\ud800"),
    "no signature": changed(lambda inside: inside["challenge"].pop("signature")),
    "an empty signature": changed(lambda inside: inside["challenge"].update(signature="")),
    "a signature of another script": changed(lambda inside: inside["challenge"].update(signature="ſ" * 64)),
    "half a surrogate pair as a signature": changed(lambda inside: inside["challenge"].update(signature="\ud800")),
    "a list as a signature": changed(lambda inside: inside["challenge"].update(signature=[])),
    "a list of parameters": changed(lambda inside: inside["challenge"].update(parameters=[])),
    "no solution": changed(lambda inside: inside.pop("solution")),
    "a number as a key": changed(lambda inside: inside["solution"].update(derivedKey=7)),
    "a key that is no hexadecimal": changed(lambda inside: inside["solution"].update(derivedKey="zz")),
    "a text as a challenge": changed(lambda inside: inside.update(challenge="x")),
    "a space": lambda _: " ",
    "no base64": lambda _: "%%%",
    "another script": lambda _: "ſ" * 40,
    "not JSON": lambda _: base64.b64encode(b"hello").decode(),
    "not UTF-8": lambda _: base64.b64encode(b"\xff\xfe\xff").decode(),
    "null": lambda _: base64.b64encode(b"null").decode(),
    "a nesting": nested,
    "long": lambda _: "A" * 7000,
}


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_solution_opens_nothing(world: World, wire: Wire, make: Callable[[World], str]) -> None:
    """One answer, whatever is wrong, and nothing is counted or written for it."""
    solution = make(world)
    before = world.items("LIMITS_TABLE")
    answer = world.forgot(challenge=solution)
    assert (answer.status, problem(answer)) == (400, INVALID)
    assert world.items("LIMITS_TABLE") == before
    assert world.queued() == []


@pytest.mark.parametrize("value", [None, 7, True, [], {}, ["x"]])
def test_a_solution_is_one_text(world: World, value: object) -> None:
    answer = world.forgot(challenge=value)
    assert (answer.status, answer.json["code"]) == (400, "invalid_request")
    assert answer.json["errors"] == [{"field": "challenge", "code": "not_text", "message": "This must be one text."}]


def test_a_megabyte_is_too_much(world: World) -> None:
    assert world.forgot(challenge="A" * 2**20).status == 413


def test_a_solution_of_the_same_network_counts(world: World) -> None:
    """An IPv6 source is its /64, whose members change by themselves."""
    solution = world.solution("2001:db8::1")
    assert world.forgot(source="2001:db8::2", challenge=solution).status == 200


def test_the_pepper_in_use_a_moment_ago_still_signs(world: World) -> None:
    """A solution lives 299 seconds: one less than a challenge."""
    solution = world.solution()
    world.clock.advance(299)
    assert world.forgot(challenge=solution).status == 200


def test_a_lost_answer_costs_no_solution(world: World, wire: Wire) -> None:
    """The client's second try finds the record of its first, and knows it."""
    solution = world.solution()
    wire.calls.clear()
    app = world.app
    solved = app.proofs.challenges.check(solution, "203.0.113.7", world.clock())  # type: ignore[union-attr]
    app.proofs.used_challenges.use(solved, "request 1")
    app.proofs.used_challenges.use(solved, "request 1")
    assert problem(world.forgot(challenge=solution)) == INVALID


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("fault", [refusal("ThrottlingException"), timeout], ids=["throttled", "timed out"])
def test_a_fault_fails_closed(world: World, wire: Wire, number: int, fault: Any) -> None:
    """Row 38: at each of its calls, and known and unknown alike."""
    world.add_user("known@example.com")
    answers = []
    for email in ("known@example.com", "unknown@example.com"):
        solution = world.solution()
        wire.break_call(number, fault, "before")
        answers.append(world.forgot(email, challenge=solution))
    assert told(answers[0]) == told(answers[1])
    assert (answers[0].status, answers[0].json["code"]) == (503, "unavailable")
    assert world.queued() == []
