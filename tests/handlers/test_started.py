"""Operators and other systems start resets and invitations: they see no token, and choose no password."""

import json
from pathlib import Path

import pytest

from local import accounts
from local.gateway import Context, function
from password_reset.aws.errors import ClientError
from password_reset.aws.items import to_item
from password_reset.edge.start_events import UnknownEvent
from password_reset.errors import NoAccount
from tests.wire import Wire, refusal
from tests.world import EMAIL, NEW_PASSWORD, Answer, World, gateway_event
from tools import start
from tools.commands import CommandError
from tools.levers import run as pull

OPERATOR = "arn:aws:sts::123456789012:assumed-role/back-office/ada"
OTHER = "other@example.com"
SOURCE = "example.crm"
DAY = 86_400
on = pytest.mark.settings(OPERATOR_API="true", OPERATOR_EVENT_SOURCE=SOURCE)


def ask(world: World, body: object, principal: str | None = OPERATOR) -> Answer:
    """Send a request as the gateway brings it, signed by somebody."""
    event = gateway_event("/operator/resets", json.dumps(body))
    event["requestContext"]["identity"]["userArn"] = principal
    answer = function("start_reset")(event, Context())
    return Answer(answer["statusCode"], answer["headers"], answer["body"])


def started(world: World, **members: object) -> Answer:
    answer = ask(world, {"email": EMAIL} | members)
    world.pump()
    return answer


def by_event(detail: object, number: int = 1, *, source: str = SOURCE, kind: str = "PasswordResetRequested") -> None:
    """Let an event happen, as EventBridge brings it."""
    brought = {
        "version": "0",
        "id": f"6a7e8feb-b491-4cf7-a9f1-bf370327{number:04}",
        "detail-type": kind,
        "source": source,
        "account": "123456789012",
        "time": "2026-11-20T22:43:16Z",
        "region": "us-east-1",
        "resources": [],
        "detail": detail,
    }
    function("start_by_event")(brought, Context())


@on
def test_an_operator_starts_a_reset_and_sees_no_token(world: World) -> None:
    """Row 39: the answer has an id, the audit the operator's principal, the mail the only token."""
    user_id = world.add_user()
    answer = started(world)
    assert (answer.status, list(answer.json)) == (202, ["requestId"])
    (token,) = world.mailed_tokens()
    assert world.verify(token).json == {
        "valid": True,
        "expiresAt": "2026-11-20T22:58:16Z",
        "email": EMAIL,
        "purpose": "reset",
    }
    (mail,) = world.mails()
    assert mail["subject"] == "Reset your Example password"
    assert "We’ve started a password reset for your Example account." in mail["text"]
    assert "iPhone" not in mail["text"]
    (record,) = world.audited("start-reset")
    assert (record["outcome"], record["operator"], record["userId"]) == ("accepted", OPERATOR, user_id)
    assert record["requestId"] == answer.json["requestId"] == world.audited("deliver-reset")[0]["requestId"]
    assert world.reset(token).status == 200
    everything = answer.body + json.dumps([world.items("LEVERS_TABLE"), world.audited("start-reset")])
    assert token not in everything


@on
def test_an_invitation_sets_the_first_password(world: World) -> None:
    """Row 39: for an account without one, for a day or up to seven; and once only."""
    world.add_user(password=None, locale="de")
    assert started(world, purpose="invitation").status == 202
    assert started(world, purpose="invitation", lifetimeSeconds=7 * DAY).status == 202
    mails = world.mails()
    assert [mail["subject"] for mail in mails] == ["Ihr erstes Passwort für Example festlegen"] * 2
    assert ["läuft in 1 Tag ab" in mails[0]["text"], "läuft in 7 Tagen ab" in mails[1]["text"]] == [True, True]
    first, second = world.mailed_tokens()
    assert world.verify(first).json == {
        "valid": True,
        "expiresAt": "2026-11-21T22:43:16Z",
        "email": EMAIL,
        "purpose": "invitation",
    }
    world.clock.advance(7 * DAY - 1)
    assert world.verify(first).json == {"valid": False}
    assert world.reset(second).status == 200
    world.pump()
    assert world.mails()[-1]["subject"] == "Ihr Passwort bei Example wurde festgelegt"
    assert "Das erste Passwort Ihres Kontos bei Example wurde am" in world.mails()[-1]["text"]
    assert world.verify(second).json == {"valid": False}
    refused = started(world, purpose="invitation")
    assert (refused.status, refused.json["code"]) == (409, "has_password")


@on
def test_an_invitation_is_void_once_there_is_a_password(world: World) -> None:
    """Row 39: whoever set it, before the link is used or before it is sent."""
    world.add_user(password=None)
    started(world, purpose="invitation")
    (invitation,) = world.mailed_tokens()
    ask(world, {"email": EMAIL, "purpose": "invitation"})
    assert world.reset(world_reset(world)).status == 200
    assert world.verify(invitation).json == {"valid": False}
    assert "has_password" in [record["reason"] for record in world.audited("deliver-reset")]


def world_reset(world: World) -> str:
    """Set a password as another application does, and return a token of the account as it is then."""
    world.change_user(password="somewhere else entirely 7")
    return world.token()


@on
def test_an_account_is_named_by_address_or_id(world: World) -> None:
    """By either; by both or neither it is a mistake. Whom no password would let in is no account here."""
    user_id = world.add_user()
    assert ask(world, {"userId": user_id}).status == 202
    for body in ({}, {"email": EMAIL, "userId": user_id}):
        answer = ask(world, body)
        assert (answer.status, answer.json["code"]) == (400, "invalid_request")
    world.add_user("gone@example.com", disabled=True)
    world.add_user("elsewhere@example.com", federated=True)
    strangers = [{"email": "nobody@example.com"}, {"userId": "nobody"}, {"userId": "x" * 1024}, {"userId": "\n"}]
    for body in [*strangers, {"email": "gone@example.com"}, {"email": "elsewhere@example.com"}]:
        answer = ask(world, body)
        assert (answer.status, answer.json["code"]) == (404, "no_account"), body
    assert len(world.queued()) == 1


@on
def test_what_is_not_a_request_is_refused(world: World) -> None:
    """Row 39: a member for a password there is none, nor a lifetime beyond the purpose's, nor another purpose."""
    world.add_user()
    for members in (
        {"password": NEW_PASSWORD},
        {"newPassword": NEW_PASSWORD},
        {"lifetimeSeconds": 901},
        {"lifetimeSeconds": 0},
        {"lifetimeSeconds": -1},
        {"lifetimeSeconds": "60"},
        {"lifetimeSeconds": True},
        {"lifetimeSeconds": 60.5},
        {"purpose": "invitation", "lifetimeSeconds": 7 * DAY + 1},
        {"purpose": "change"},
        {"purpose": None},
        {"locale": 1},
        {"channel": "sms"},
    ):
        answer = ask(world, {"email": EMAIL, **members})
        assert (answer.status, answer.json["code"]) == (400, "invalid_request"), members
    for locale in (None, "", "xx", "de"):
        assert ask(world, {"email": EMAIL, "locale": locale, "lifetimeSeconds": 60}).status == 202, locale
    assert ask(world, {"userId": ""}).status == 400


@on
def test_nobody_unsigned_learns_anything(world: World) -> None:
    """Row 39: known or not, the same 404 as any path that there isn't; the gateway lets nobody come this far."""
    world.add_user()
    answers = [ask(world, {"email": email}, None) for email in (EMAIL, "nobody@example.com")]
    assert [(answer.status, answer.json["code"]) for answer in answers] == [(404, "not_found")] * 2
    assert world.queued() == []


@on
def test_starts_are_limited_for_each_account_and_not_by_strangers(world: World) -> None:
    """Row 47: a loop in a back office fills no mailbox, and costs the owner none of their own requests."""
    world.add_user()
    world.add_user(OTHER)
    assert [ask(world, {"email": EMAIL}).status for _ in range(11)] == [202] * 10 + [503]
    refused = ask(world, {"email": EMAIL})
    assert (refused.json["code"], refused.json["title"], refused.headers["Retry-After"]) == (
        *("unavailable", "Too many messages"),
        "3600",
    )
    assert world.audited("start-reset")[-1]["reason"] == "rate_limited"
    assert ask(world, {"email": OTHER}).status == 202
    assert [world.forgot().status for _ in range(3)] == [200] * 3
    world.clock.advance(3600)
    assert ask(world, {"email": EMAIL}).status == 202


@on
def test_of_accounts_that_share_an_address_one_that_is_over_its_hour_costs_no_other_its_own(world: World) -> None:
    """Row 47: the rest are started; where none is left, the wait is that of the first to have a place again."""
    busy, other = world.add_user(EMAIL), world.add_user("DEMO@example.com")
    assert [ask(world, {"userId": busy}).status for _ in range(10)] == [202] * 10
    world.clock.advance(60)
    assert [ask(world, {"email": EMAIL}).status for _ in range(10)] == [202] * 10
    world.pump()
    assert [len(world.mailed_tokens(email)) for email in (EMAIL, "DEMO@example.com")] == [10, 10]
    assert (ask(world, {"email": EMAIL}).status, ask(world, {"userId": other}).status) == (503, 503)
    world.clock.advance(3600 - 60)
    assert ask(world, {"email": EMAIL}).status == 202
    world.pump()
    assert [len(world.mailed_tokens(email)) for email in (EMAIL, "DEMO@example.com")] == [11, 10]


@on
def test_while_messages_are_paused_nothing_is_started(world: World) -> None:
    """Row 73: the operator is told, under a silent pause too; what was queued before is dropped."""
    world.add_user()
    assert ask(world, {"email": EMAIL}).status == 202
    for how in ("silent", "refuse"):
        pull(world.app, ["pause", how], OPERATOR)
        world.clock.advance(60)
        answer = ask(world, {"email": EMAIL})
        assert (answer.status, answer.headers["Retry-After"]) == (503, "300")
    world.pump()
    assert world.mails() == []
    assert world.audited("deliver-reset")[0]["reason"] == "paused"


@on
def test_what_no_longer_fits_is_not_sent(world: World) -> None:
    """Too late, no account any more, another address, a suppressed one: told in the audit, and nobody is mailed."""
    moved = accounts.Changes(email="thief@example.com")
    suppressions = world.app.delivery.suppressions
    for email, reason, happens in (
        ("a@example.com", "no_account", lambda: world.change_user("a@example.com", disabled=True)),
        ("b@example.com", "address_changed", lambda: accounts.change("b@example.com", moved)),
        ("c@example.com", "suppressed", lambda: suppressions.add("c@example.com", "bounced", world.clock())),
        ("d@example.com", "request_expired", lambda: world.clock.advance(900)),
    ):
        world.add_user(email)
        assert ask(world, {"email": email}).status == 202
        happens()
        world.pump()
        assert world.audited("deliver-reset")[-1]["reason"] == reason
    assert world.mails() == []


@on
def test_an_event_does_the_same(world: World, wire: Wire) -> None:
    """For systems that create users. The same event again sends nothing twice; a fault is Lambda's to try again."""
    user_id = world.add_user(password=None)
    wanted = {"userId": user_id, "purpose": "invitation", "lifetimeSeconds": 7 * DAY, "locale": "fr"}
    by_event(wanted)
    by_event(wanted)
    world.pump()
    (mail,) = world.mails()
    assert mail["subject"] == "Choisissez votre premier mot de passe Example"
    assert [record["operator"] for record in world.audited("start-reset")] == [f"{SOURCE} in 123456789012"] * 2
    with pytest.raises(NoAccount):  # the index may be behind whoever created the account
        by_event({"email": "soon@example.com"}, 2)
    for number, detail in enumerate(({"userId": user_id, "password": "x"}, {}, None, {"email": "nobody"}), 3):
        by_event(detail, number)
    assert [record["reason"] for record in world.audited("start-reset")[3:]] == ["invalid_request"] * 4
    with pytest.raises(UnknownEvent):
        by_event({"userId": user_id}, source="password-reset")
    with pytest.raises(UnknownEvent):
        by_event({"userId": user_id}, kind="PasswordChanged")
    wire.fail("sqs.SendMessage", refusal("AccessDenied", 403))
    with pytest.raises(ClientError):
        by_event({"userId": user_id}, 9)


def test_without_its_setting_no_event_is_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Off by default: an event that a rule of somebody else's brings starts nothing."""
    world.add_user()
    off = world.app.settings.model_copy(update={"operator_event_source": None})
    monkeypatch.setattr(world.app, "settings", off)
    with pytest.raises(UnknownEvent):
        by_event({"email": EMAIL})
    assert world.queued() == []


def tool(world: World, *arguments: str) -> str:
    return start.run(world.app, arguments, OPERATOR)


def test_the_command_needs_no_route(world: World) -> None:
    """Row 39: with the operator's own credentials; on record with their principal, and without a token."""
    user_id = world.add_user()
    world.add_user(OTHER, password=None)
    assert tool(world, EMAIL, "--lifetime", "60").startswith(f"{EMAIL}: a message is on its way (request operator-")
    assert tool(world, OTHER, "--invite", "--locale", "ja")
    world.pump()
    assert [world.verify(world.mailed_tokens(email)[-1]).json["purpose"] for email in (EMAIL, OTHER)] == [
        "reset",
        "invitation",
    ]
    assert [record["operator"] for record in world.audited("start-reset")] == [OPERATOR] * 2
    history = world.app.change_levers.history()
    assert {change["by"] for change in history} == {OPERATOR}
    assert user_id in {change["changes"]["start"] for change in history}
    for arguments, told in (
        (["nobody@example.com"], "nobody@example.com: no account that can reset its password here."),
        ([EMAIL, "--invite"], f"{EMAIL}: the account has a password: start a reset instead."),
        ([EMAIL, "--lifetime", "901"], "lifetime is too long"),
        (["nobody"], "'nobody' is no email address."),
        ([], "address and id are both given or both missing"),
        ([EMAIL, "--force"], "--force needs --user-id"),
        ([EMAIL, "--password", "x"], "unrecognized arguments: --password"),
    ):
        with pytest.raises(CommandError, match=f"{told}"):
            tool(world, *arguments)


def test_no_password_is_replaced_for_a_message_that_cannot_be_sent(world: World) -> None:
    """Row 39: or somebody is shut out, and not told."""
    user_id, before = world.add_user(), world.user()
    with pytest.raises(CommandError, match="lifetime is too long"):
        tool(world, "--force", "--user-id", user_id, "--lifetime", "901")
    assert world.user() == before


@pytest.mark.settings(PASSWORD_POLICY='{"history": 2}', SESSIONS="true")
def test_after_a_breach_a_list_is_forced(world: World, tmp_path: Path) -> None:
    """Row 39: old passwords, sessions and links are gone, nobody knows what is in their place; paced, resumable."""
    ids = [world.add_user(f"{name}@example.com") for name in ("a", "b", "c", "d")]
    session, link = world.signed_in(email="a@example.com"), world.token("a@example.com")
    world.change_user("c@example.com", disabled=True)
    file = tmp_path / "breached.txt"
    file.write_text("\n".join([*ids, "", ids[0], "unknown"]), "utf-8")
    waits: list[float] = []
    dies_at = {ids[1]}

    def force(user_id: str) -> str:
        if user_id in dies_at:
            dies_at.clear()
            raise KeyboardInterrupt
        return tool(world, "--force", "--user-id", user_id)

    with pytest.raises(KeyboardInterrupt):
        start.run_list(file, 4, force, sleep=waits.append)
    told = start.run_list(file, 4, force, sleep=waits.append)
    assert told.splitlines() == [
        "5 of 5: 3 started, 2 refused.",
        f"{ids[2]}: no account that can reset its password here.",
        "unknown: no account that can reset its password here.",
    ]
    assert waits == [0.25] * 4
    assert start.run_list(file, 4, force, sleep=waits.append) == told
    world.pump()
    assert world.me(session).status == 401
    assert world.verify(link).json == {"valid": False}
    assert world.sign_in(email="a@example.com").status == 401
    mails = [mail for mail in world.mails() if mail["subject"] == "Choose a new Example password"]
    assert [mail["to"] for mail in mails] == [["a@example.com"], ["b@example.com"], ["d@example.com"]]
    assert "your old password no longer works" in mails[0]["text"].lower()
    token = world.mailed_tokens("a@example.com")[-1]
    assert [issue["code"] for issue in world.reset(token, "correct horse battery staple").json["errors"]] == ["reused"]
    assert world.reset(token).status == 200
    assert world.sign_in(NEW_PASSWORD, "a@example.com").status == 200


def test_a_list_stops_where_something_is_out_of_reach(world: World, tmp_path: Path) -> None:
    """What is out of reach, or paused, is no refusal: nobody is shut out and not told, and the rest waits."""
    user_id = world.add_user()
    before = world.user()
    file = tmp_path / "breached.txt"
    file.write_text(user_id, "utf-8")
    pull(world.app, ["pause", "silent"], OPERATOR)
    with pytest.raises(CommandError, match=r"0 of 1: 0 started, 0 refused. Run it again to go on\.$"):
        start.run_list(file, 5, lambda user_id: tool(world, "--force", "--user-id", user_id))
    assert world.user() == before
    assert (tmp_path / "breached.txt.done").read_text("utf-8") == ""


def give(world: World, user_id: str, address: str) -> None:
    """Write an address to an account as the team's own code would."""
    world.dynamodb.update_item(
        TableName=world.environment["USERS_TABLE"],
        Key=to_item({"user_id": user_id}),
        UpdateExpression="SET email = :address",
        ExpressionAttributeValues=to_item({":address": address}),
    )


def test_a_forced_reset_that_is_refused_takes_no_password(world: World, tmp_path: Path) -> None:
    """Row 39: nobody is shut out and not told, whatever is wrong with the command, or too much of it."""
    user_id, nameless = world.add_user(), world.add_user(OTHER)
    give(world, nameless, "not an address")
    before = world.items("USERS_TABLE")
    for arguments in (["--lifetime", "901"], ["--lifetime", "-1"], [EMAIL]):
        with pytest.raises(CommandError, match="lifetime is too long or none, or address and id"):
            tool(world, "--force", "--user-id", user_id, *arguments)
    with pytest.raises(CommandError, match=f"{nameless}: no account that can reset its password here"):
        tool(world, "--force", "--user-id", nameless)
    assert (world.items("USERS_TABLE"), world.queued()) == (before, [])
    file = tmp_path / "breached.txt"
    file.write_text(f"{nameless}\n{user_id}", "utf-8")  # whoever can't be told doesn't hold up the others
    told = start.run_list(file, 100, lambda each: tool(world, "--force", "--user-id", each), sleep=lambda _: None)
    assert told.splitlines()[0] == "2 of 2: 1 started, 1 refused."
    for _ in range(9):
        tool(world, "--force", "--user-id", user_id)
    before = world.items("USERS_TABLE")
    with pytest.raises(CommandError, match="too many messages to this account"):
        tool(world, "--force", "--user-id", user_id)
    assert world.items("USERS_TABLE") == before


@on
def test_an_account_that_cannot_be_mailed_is_none(world: World) -> None:
    """Row 39: by its id, which is all that such an account has; no outage, and nothing for Lambda to try for ever."""
    user_id = world.add_user()
    for address in ("not an address", "", "jürgen@example.com"):
        give(world, user_id, address)
        answer = ask(world, {"userId": user_id})
        assert (answer.status, answer.json["code"]) == (404, "no_account"), address
        with pytest.raises(NoAccount):
            by_event({"userId": user_id})
    assert world.queued() == []
