"""Sessions: opened by a password, ended by signing out, by time, and by the next reset."""

import base64
import hmac
import json
import traceback
from collections import Counter
from collections.abc import Callable
from typing import Any

import bcrypt
import jwt
import pytest

from local.gateway import Context, function
from password_reset.aws.items import to_item
from password_reset.edge.problems import SECURITY_HEADERS
from password_reset.errors import Unavailable
from password_reset.sessions import wiring
from password_reset.sessions.sessions import ALGORITHM, MAX_LENGTH
from password_reset.sessions.signing_keys import CACHED, REFRESHED
from tests.wire import Wire, refusal, timeout
from tests.work import counted
from tests.world import EMAIL, NEW_PASSWORD, PASSWORD, World, gateway_event


def refused(world: World, token: str) -> bool:
    answer = world.me(token)
    if answer.status == 200:
        return False
    assert (answer.status, answer.json["code"]) == (401, "unauthorized")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    return True


def test_a_session_tells_whose_it_is(world: World) -> None:
    user_id = world.add_user()
    answer = world.sign_in()
    assert (answer.status, answer.json.keys()) == (200, {"accessToken", "tokenType", "expiresIn", "deviceToken"})
    assert (answer.json["tokenType"], answer.json["expiresIn"]) == ("Bearer", 3600)
    assert world.me(answer.json["accessToken"]).json == {"userId": user_id, "email": EMAIL}


def test_the_claims(world: World) -> None:
    user_id = world.add_user()
    claims = jwt.decode(world.signed_in(), options={"verify_signature": False})
    now = int(world.clock().timestamp())
    assert claims == {
        "sub": user_id,
        "iat": now,
        "exp": now + 3600,
        "jti": claims["jti"],
        "cv": 0,
        "pd": claims["pd"],
        "iss": "password-reset",
        "aud": "http://127.0.0.1:8000",
    }


def test_a_reset_ends_every_session_before_it_answers(world: World) -> None:
    """Row 36: replayed at once (CWE-613), on every device."""
    world.add_user()
    sessions = [world.signed_in(), world.signed_in()]
    token = world.token()
    assert [refused(world, session) for session in sessions] == [False, False]
    assert world.reset(token).status == 200
    assert [refused(world, session) for session in sessions] == [True, True]
    assert world.sign_in(PASSWORD).json["code"] == "invalid_credentials"
    assert not refused(world, world.signed_in(NEW_PASSWORD))


@pytest.mark.nightly
@pytest.mark.engine
@pytest.mark.settings(RESET_LIMIT_PER_IDENTIFIER="0", RESET_LIMIT_PER_SOURCE="0")
def test_fifty_sessions_used_right_after_fifty_resets(engine_world: World) -> None:
    """Row 36: 50 of 50 are refused."""
    engine_world.add_user(password="password number 0 of these")
    for number in range(50):
        session = engine_world.signed_in(f"password number {number} of these")
        token = engine_world.token()
        assert engine_world.reset(token, f"password number {number + 1} of these").status == 200
        assert refused(engine_world, session)


def test_a_session_opened_during_a_reset_dies_with_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The version is read before the password is compared: a reset in between is not outlived."""
    world.add_user()
    token = world.token()
    verify = world.app.passwords.verify

    def slow(password: str, stored: str | None) -> bool:
        result = verify(password, stored)
        assert world.reset(token).status == 200
        return result

    monkeypatch.setattr(world.app.passwords, "verify", slow)
    assert refused(world, world.signed_in(PASSWORD))


@pytest.mark.moto_too
def test_signing_out_ends_that_session_alone(world: World) -> None:
    world.add_user()
    first, second = world.signed_in(), world.signed_in()
    answer = world.sign_out(first)
    assert (answer.status, answer.body) == (204, "")
    assert SECURITY_HEADERS.items() <= answer.headers.items()
    assert [refused(world, first), refused(world, second)] == [True, False]
    assert world.sign_out(first).status == 401
    (revoked,) = world.items("REVOKED_SESSIONS_TABLE")
    assert revoked["expires_at"] == int(world.clock().timestamp()) + 3600


@pytest.mark.parametrize(("seconds", "ended"), [(3599, False), (3600, True)])
def test_a_session_ends_by_itself(world: World, seconds: int, *, ended: bool) -> None:
    world.add_user()
    session = world.signed_in()
    world.clock.advance(seconds)
    assert refused(world, session) is ended


def test_a_disabled_or_deleted_account_has_no_session(world: World) -> None:
    world.add_user()
    session = world.signed_in()
    user = world.user()
    world.dynamodb.put_item(TableName=world.environment["USERS_TABLE"], Item=to_item(user | {"disabled": True}))
    assert refused(world, session)
    world.dynamodb.delete_item(TableName=world.environment["USERS_TABLE"], Key=to_item({"user_id": user["user_id"]}))
    assert refused(world, session)


def test_a_session_is_no_reset_token_and_the_other_way_round(world: World) -> None:
    """Row 17: each is good for its own purpose alone."""
    world.add_user()
    assert world.reset(world.signed_in()).json["code"] == "invalid_token"
    assert refused(world, world.token())


def signed(
    world: World,
    headers: dict[str, Any] | None = None,
    key: str | None = None,
    algorithm: str = ALGORITHM,
    **claims: Any,
) -> str:
    """Return a token of the service's own key, with other claims."""
    current = world.app.sessions.keys.current()
    genuine = jwt.decode(world.signed_in(), options={"verify_signature": False})
    changed = {name: value for name, value in (genuine | claims).items() if value is not None}
    return jwt.encode(changed, key or current.secret, algorithm, headers={"kid": current.kid} | (headers or {}))


def encoded(part: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def handmade(world: World, algorithm: str, key: str) -> str:
    """Return a genuine session's claims under another header, signed by HMAC if there is a key."""
    header = {"alg": algorithm, "typ": "JWT", "kid": world.app.sessions.keys.current().kid}
    content = f"{encoded(header)}.{world.signed_in().split('.')[1]}"
    signature = hmac.digest(key.encode(), content.encode(), "sha256") if key else b""
    return f"{content}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def tampered(world: World) -> str:
    header, payload, signature = world.signed_in().split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "==")) | {"cv": 1}
    return f"{header}.{encoded(claims)}.{signature}"


NOW = 1795214596  # the world's clock
ATTACKS: dict[str, Callable[[World], str]] = {
    "none": lambda world: handmade(world, "none", ""),
    "None": lambda world: handmade(world, "None", ""),
    "HS512": lambda world: signed(world, algorithm="HS512"),
    "RS256 by HMAC": lambda world: handmade(world, "RS256", world.app.sessions.keys.current().secret),
    "the kid as the key": lambda world: handmade(world, "HS256", world.app.sessions.keys.current().kid),
    "no signature": lambda world: handmade(world, "HS256", ""),
    "a kid that is a path": lambda world: signed(world, {"kid": "../../dev/null"}),
    "a kid that is a query": lambda world: signed(world, {"kid": "' OR 1=1 --"}),
    "a key in the header": lambda world: signed(world, {"jwk": {"kty": "oct", "k": "AAAA"}}, key="k" * 64),
    "another key": lambda world: signed(world, key="k" * 64),
    "expired": lambda world: signed(world, exp=NOW),
    "not yet valid": lambda world: signed(world, iat=NOW + 1),
    "wrong audience": lambda world: signed(world, aud="https://evil.test"),
    "wrong issuer": lambda world: signed(world, iss="evil"),
    "tampered": tampered,
    "oversized": lambda world: signed(world, padding="x" * MAX_LENGTH),
    "no version": lambda world: signed(world, cv=None),
    "a version that is a text": lambda world: signed(world, cv="0"),
    "a version that is a truth": lambda world: signed(world, cv=False),
    "a version ahead": lambda world: signed(world, cv=1),
    "no subject": lambda world: signed(world, sub=None),
    "no id": lambda world: signed(world, jti=None),
    "no expiry": lambda world: signed(world, exp=None),
    "an expiry that is a text": lambda world: signed(world, exp="9999999999"),
    "another's subject": lambda world: signed(world, sub="nobody"),
    "empty": lambda _: "",
    "not three parts": lambda _: "a.b",
    "not base64": lambda _: "ü.ü.ü",
}


@pytest.mark.settings(RESET_LIMIT_PER_SOURCE="0")
@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_forged_sessions_are_refused(world: World, attack: Callable[[World], str]) -> None:
    """Row 36: one algorithm, known keys, every claim required and compared."""
    world.add_user()
    assert int(world.clock().timestamp()) == NOW
    assert not refused(world, signed(world))
    assert refused(world, attack(world))


@pytest.mark.parametrize("header", ["", "Bearer", "Basic {}", "Token {}", "{}", "Bearer {} {}", "bearer\t{}"])
def test_another_authorization_is_refused(world: World, header: str) -> None:
    world.add_user()
    value = header.replace("{}", world.signed_in())
    assert world.call("/auth/me", None, {"Authorization": value}).status == 401


def test_a_rotated_key_still_verifies(world: World) -> None:
    """The key before the current one verifies, the one before that no more; a new key is found at once."""
    world.add_user()
    secrets = world.session.client("secretsmanager")
    name = world.environment["SESSION_KEY_SECRET"]
    first = world.signed_in()
    secrets.put_secret_value(SecretId=name, SecretString="second key, of forty characters and more")
    world.clock.advance(REFRESHED.total_seconds())
    app = world.app  # a function that starts now knows the new key alone
    elsewhere = wiring.sessions(app.settings, app.clients, app.accounts.directory, world.clock, app.levers)
    (account,) = app.accounts.directory.find(EMAIL, most=1)
    second = elsewhere.issue(account)
    assert [refused(world, first), refused(world, second)] == [False, False]
    secrets.put_secret_value(SecretId=name, SecretString="third key, of forty characters and more!")
    world.clock.advance(CACHED.total_seconds())
    assert [refused(world, first), refused(world, second)] == [True, False]


def test_made_up_key_names_do_not_make_us_read_the_secret(world: World, wire: Wire) -> None:
    world.add_user()
    forged = signed(world, {"kid": "made up"})
    refused(world, forged)
    wire.calls.clear()
    for _ in range(20):
        assert refused(world, forged)
    assert "secretsmanager.GetSecretValue" not in wire.operations()


def test_the_authorizer_makes_one_call(world: World, wire: Wire) -> None:
    """One consistent BatchGetItem for the account and the list."""
    world.add_user()
    session = world.signed_in()
    wire.calls.clear()
    world.me(session)
    assert wire.operations() == ["dynamodb.BatchGetItem"]
    (parameters,) = wire.sent("dynamodb.BatchGetItem")
    assert all(table["ConsistentRead"] for table in parameters["RequestItems"].values())


@pytest.mark.parametrize("fault", [refusal("ThrottlingException"), refusal("InternalServerError", 500), timeout])
def test_an_outage_is_no_sign_out(world: World, wire: Wire, fault: Any) -> None:
    """Row 38: nobody is let through, callers are told to try again, and the function's errors are counted."""
    world.add_user()
    session = world.signed_in()
    with wire.always_failing("dynamodb.BatchGetItem", fault):
        event = gateway_event("/auth/me", None, {"Authorization": f"Bearer {session}"}) | {"methodArn": "arn:x"}
        with pytest.raises(Unavailable) as raised:
            function("authorizer")(event, Context())
        answer = world.me(session)
    assert (answer.status, answer.json["code"], answer.headers["Retry-After"]) == (503, "unavailable", "5")
    assert "canary" not in "".join(traceback.format_exception(raised.value))  # as Lambda logs it
    assert [record["outcome"] for record in world.audited("authorize")] == ["failed", "failed"]
    assert not refused(world, session)


def test_an_authorizer_without_its_settings_lets_nobody_through(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Row 38: whatever it is that fails."""
    world.add_user()
    session = world.signed_in()
    monkeypatch.setattr(type(world.app), "sessions", property(lambda _: 1 / 0))
    assert world.me(session).json["code"] == "unavailable"


@pytest.mark.parametrize(("times", "status"), [(1, 200), (2, 503)])
def test_keys_left_unread_are_asked_for_once_more(
    world: World, monkeypatch: pytest.MonkeyPatch, times: int, status: int
) -> None:
    """What was not read may be the revocation."""
    world.add_user()
    session = world.signed_in()
    client = world.app.clients.dynamodb
    read, asked = client.batch_get_item, []

    def partial(**parameters: Any) -> Any:
        asked.append(parameters["RequestItems"])
        if len(asked) <= times:
            return {"Responses": {}, "UnprocessedKeys": parameters["RequestItems"]}
        return read(**parameters)

    monkeypatch.setattr(client, "batch_get_item", partial)
    assert world.me(session).status == status
    assert len(asked) == 2


def test_every_failure_to_sign_in_is_one_answer(world: World) -> None:
    """Unknown, disabled, passwordless, another kind of hash, wrong password: the same bytes but the request id."""
    world.add_user("known@example.com")
    world.add_user("disabled@example.com", disabled=True)
    world.add_user("passwordless@example.com", password=None)
    world.add_user("foreign@example.com")
    foreign = world.user("foreign@example.com") | {"password_hash": "pbkdf2_sha256$1000$salt$hash"}
    world.dynamodb.put_item(TableName=world.environment["USERS_TABLE"], Item=to_item(foreign))
    answers = [
        world.sign_in("wrong password", "known@example.com"),
        world.sign_in("wrong password", "unknown@example.com"),
        world.sign_in(PASSWORD, "disabled@example.com"),
        world.sign_in("", "passwordless@example.com"),
        world.sign_in(PASSWORD, "foreign@example.com"),
        world.sign_in("x" * 73, "known@example.com"),
        world.sign_in(PASSWORD + "\0", "known@example.com"),
    ]
    bodies = {answer.body.replace(answer.json["requestId"], "") for answer in answers}
    assert len(bodies) == 1
    assert {(answer.status, answer.json["code"]) for answer in answers} == {(401, "invalid_credentials")}


def sent(wire: Wire) -> list[tuple[str, list[str], dict[str, int]]]:
    """The calls so far: operation, members, and keys by table."""
    asked = [(operation, told, told.get("RequestItems", {})) for operation, told in wire.calls]
    return [
        (operation, sorted(told), {table: len(of_table["Keys"]) for table, of_table in items.items()})
        for operation, told, items in asked
    ]


def test_the_work_of_signing_in_is_the_same(world: World, wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    """Row 2: one sequence of calls for as many keys, one bcrypt comparison of the configured cost, and our own work."""
    world.add_user("known@example.com")
    world.add_user("disabled@example.com", disabled=True)
    world.add_user("passwordless@example.com", password=None)
    world.sign_in("warm", "warm@example.com")
    compared: list[bytes] = []
    check = bcrypt.checkpw

    def watched(password: bytes, stored: bytes) -> bool:
        compared.append(stored)
        return check(password, stored)

    monkeypatch.setattr(bcrypt, "checkpw", watched)
    traces, work, sizes = [], dict[str, Counter[str]](), []
    for name in ("known", "disabled", "passwordless", "unknown"):
        wire.calls.clear()
        with counted() as work[name]:
            world.sign_in("wrong password", f"{name}@example.com")
        traces.append(sent(wire))
        sizes.append(len(json.dumps([parameters for _, parameters in wire.calls])))
    assert traces == [traces[0]] * 4
    assert [(operation, keys) for operation, _, keys in traces[0]] == [
        ("dynamodb.Query", {}),
        ("dynamodb.BatchGetItem", {world.environment["USERS_TABLE"]: 1, world.environment["ACCOUNTS_TABLE"]: 1}),
        ("dynamodb.BatchGetItem", {world.environment["SIGN_INS_TABLE"]: 2}),
        *[("dynamodb.UpdateItem", {})] * 3,
    ]
    assert max(sizes) - min(sizes) < 20
    assert [stored[:7] for stored in compared] == [b"$2b$10$"] * 4
    assert work["known"] - work["unknown"] == Counter({"directory.Account.password_hash": 1})
    assert (work["unknown"] - work["known"]).keys() == {
        "dynamodb.DynamoDBDirectory._nobody",  # which takes as long as the client does over an item in an answer
        "dynamodb._merged",
        "shape.Shape.path",
        "passwords.Passwords._compare",
    }
    for of_them in work.values():
        assert of_them.total() == pytest.approx(work["unknown"].total(), rel=0.06)


def test_what_else_an_account_has_makes_no_answer_longer(world: World, wire: Wire) -> None:
    """Row 2: an account is read as far as a sign-in needs it."""
    world.add_user()
    item = world.user() | {"biography": "x" * 10_000}
    world.dynamodb.put_item(TableName=world.environment["USERS_TABLE"], Item=to_item(item))
    assert world.sign_in().status == 200
    asked = wire.sent("dynamodb.BatchGetItem")[0]
    [answered] = world.dynamodb.batch_get_item(**asked)["Responses"][world.environment["USERS_TABLE"]]
    assert {"user_id", "email", "password_hash"} <= answered.keys() <= item.keys() - {"biography"}


def test_normal_form_decides_at_sign_in_too(world: World) -> None:
    """Row 30: set decomposed, signed in composed."""
    world.add_user()
    world.reset(world.token(), "cafe\u0301 au lait noir")
    assert world.sign_in("caf\u00e9 au lait noir").status == 200


def test_nothing_is_truncated(world: World) -> None:
    """Row 27: what differs at byte 73 is another password, at the reset and at sign-in; NUL ends none."""
    world.add_user()
    token, longest = world.token(), "q9zKvw7x" * 9
    for longer in (longest + "a", longest + "b", longest[:60] + "\0" + "a" * 11):
        assert world.reset(token, longer).json["code"] == "weak_password"
    assert world.reset(token, longest).status == 200
    for other in (longest + "a", longest + "\0", longest[:71], longest[:71] + "y"):
        assert world.sign_in(other).json["code"] == "invalid_credentials"
    assert world.sign_in(longest).status == 200


def test_a_password_does_not_age(world: World) -> None:
    """Row 33: no rotation is asked for, however long ago it was set."""
    world.add_user()
    assert world.reset(world.token()).status == 200
    world.clock.advance(10 * 365 * 86400)
    assert world.sign_in(NEW_PASSWORD).status == 200


@pytest.mark.parametrize("prefix", ["$2a$", "$2y$"])
def test_other_prefixes_of_bcrypt_sign_in(world: World, prefix: str) -> None:
    world.add_user()
    user = world.user()
    user["password_hash"] = prefix + user["password_hash"][4:]
    world.dynamodb.put_item(TableName=world.environment["USERS_TABLE"], Item=to_item(user))
    assert world.sign_in().status == 200


def test_the_authorizer_allows_the_stage(world: World) -> None:
    """A session is no matter of routes: an answer that a team has cached would deny the next route."""
    world.add_user()
    event = gateway_event("/auth/me", None, {"Authorization": f"Bearer {world.signed_in()}"})
    arn = "arn:aws:execute-api:us-east-1:123456789012:abc/prod"
    policy = function("authorizer")(event | {"methodArn": f"{arn}/GET/auth/me"}, Context())
    assert policy["policyDocument"]["Statement"] == [
        {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": f"{arn}/*"}
    ]


def hashed(cost: int) -> str:
    """Return the demo password's hash of that cost, without the time that dearer ones take."""
    return bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(cost)).decode()


MALFORMED = hashed(4)
WORK = {
    "4": (hashed(4), [4, 4, 5, 6, 7], True),
    "5": (hashed(5), [5, 5, 6, 7], True),
    "7": (hashed(7), [7, 7], True),
    "8": (hashed(8), [8], True),
    "9": (hashed(9), [9], True),
    "none": (None, [8], False),
    "another scheme": ("pbkdf2_sha256$1000$salt$hash", [8], False),
    "a cost that bcrypt has not": (MALFORMED.replace("$04$", "$03$"), [8], False),
    "a salt that bcrypt does not take": (MALFORMED[:28] + "/" + MALFORMED[29:], [8], False),
}


@pytest.mark.parametrize(("stored", "costs", "right"), WORK.values(), ids=WORK)
def test_a_cheaper_hash_costs_what_the_setting_does(
    world: World, monkeypatch: pytest.MonkeyPatch, stored: str | None, costs: list[int], *, right: bool
) -> None:
    """Row 69: padded exactly, as 2^c + 2^c + 2^(c+1) + … + 2^(C-1) = 2^C; of no other time but a dearer one's."""
    passwords, compared = world.app.passwords, []
    monkeypatch.setattr(passwords, "cost", 8)
    monkeypatch.setattr(passwords, "decoy", passwords.hash(""))
    check = bcrypt.checkpw

    def watched(password: bytes, against: bytes) -> bool:
        compared.append(int(against[4:6]))
        return check(password, against)

    monkeypatch.setattr(bcrypt, "checkpw", watched)
    assert passwords.verify("wrong password", stored) is False
    assert compared == costs
    compared.clear()
    assert passwords.verify(PASSWORD, stored) is right
    assert compared == costs
    assert sum(2**cost for cost in costs) == max(2**8, 2 ** costs[0])


@pytest.mark.settings(BCRYPT_COST="10")
def test_a_dearer_hash_is_hashed_anew_at_sign_in(world: World) -> None:
    """Row 69: its account can be told by its time until then, and no longer."""
    world.add_user()
    user = world.user() | {"password_hash": hashed(11)}
    world.dynamodb.put_item(TableName=world.environment["USERS_TABLE"], Item=to_item(user))
    session = world.signed_in()
    assert world.user()["password_hash"].startswith("$2b$10$")
    assert not refused(world, session)
    assert world.sign_in().status == 200


@pytest.mark.settings(BCRYPT_COST="11")
@pytest.mark.moto_too
def test_a_cheaper_hash_is_upgraded(world: World) -> None:
    world.add_user()
    cheap = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    before = world.user() | {"password_hash": cheap}
    world.dynamodb.put_item(TableName=world.environment["USERS_TABLE"], Item=to_item(before))
    session = world.signed_in()
    after = world.user()
    assert after["password_hash"].startswith("$2b$11$")
    assert {name: value for name, value in after.items() if name != "password_hash"} == {
        name: value for name, value in before.items() if name != "password_hash"
    }
    assert not refused(world, session)
    assert world.sign_in().status == 200


@pytest.mark.moto_too
def test_a_reset_during_an_upgrade_wins(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.add_user()
    cheap = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    user = world.user() | {"password_hash": cheap}
    world.dynamodb.put_item(TableName=world.environment["USERS_TABLE"], Item=to_item(user))
    token = world.token()
    rehash = world.app.accounts.directory.rehash

    def late(*arguments: Any) -> Any:
        assert world.reset(token).status == 200
        return rehash(*arguments)

    monkeypatch.setattr(type(world.app.accounts.directory), "rehash", lambda _, *arguments: late(*arguments))
    assert refused(world, world.signed_in(PASSWORD))
    assert bcrypt.checkpw(NEW_PASSWORD.encode(), world.user()["password_hash"].encode())


@pytest.mark.moto_too
def test_waits_double_and_nobody_else_waits(world: World) -> None:
    """Five failures, then 1 s, 2 s … 15 min, for this source and this identifier alone."""
    world.add_user()
    assert [world.sign_in("wrong password").status for _ in range(5)] == [401] * 5
    waits = []
    for _ in range(12):
        answer = world.sign_in()
        assert (answer.status, answer.json["code"]) == (429, "rate_limited")
        waits.append(int(answer.headers["Retry-After"]))
        world.clock.advance(waits[-1])
        assert world.sign_in("wrong password").status == 401
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]
    assert world.sign_in(source="198.51.100.1").status == 200
    assert world.sign_in("wrong password", "other@example.com").status == 401


def test_unknown_identifiers_wait_too(world: World) -> None:
    assert [world.sign_in("wrong password", "unknown@example.com").status for _ in range(6)] == [401] * 5 + [429]


def test_accounts_of_one_identifier_wait_apart(world: World) -> None:
    """Going from one spelling to the other clears neither's count."""
    world.add_user("demo@example.com")
    world.add_user("Demo@example.com")
    changed = world.user("Demo@example.com") | {"credentials_version": 1}
    world.dynamodb.put_item(TableName=world.environment["USERS_TABLE"], Item=to_item(changed))
    spellings = ("demo@example.com", "Demo@example.com")
    statuses = [world.sign_in("wrong password", spelling).status for _ in range(6) for spelling in spellings]
    assert statuses == [401] * 10 + [429] * 2


def test_a_success_clears_the_failures(world: World) -> None:
    world.add_user()
    for _ in range(4):
        world.sign_in("wrong password")
    assert world.sign_in().status == 200
    assert [world.sign_in("wrong password").status for _ in range(6)] == [401] * 5 + [429]


@pytest.mark.moto_too
def test_a_reset_clears_the_failures(world: World) -> None:
    """The owner who guessed too often, and then reset, signs in at once."""
    world.add_user()
    for _ in range(5):
        world.sign_in("wrong password")
    assert world.sign_in().status == 429
    assert world.reset(world.token()).status == 200
    assert world.sign_in(NEW_PASSWORD).status == 200


def test_the_sign_ins_table_names_nobody(world: World) -> None:
    world.add_user()
    world.sign_in("wrong password")
    world.sign_in()
    stored = str(world.items("SIGN_INS_TABLE"))
    assert len(world.items("SIGN_INS_TABLE")) == 3
    for private in (EMAIL, "203.0.113.7", PASSWORD, "wrong password"):
        assert private not in stored
    assert all(item["expires_at"] > world.clock().timestamp() for item in world.items("SIGN_INS_TABLE"))
