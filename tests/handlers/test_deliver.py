"""The worker: what the mailbox holds after crashes, redeliveries, rivals and poison."""

import json
from io import StringIO

import pytest

from infra.queue import MAX_RECEIVES, VISIBILITY_SECONDS, WORKER_TIMEOUT_SECONDS
from local.gateway import Context, function
from local.worker import work_once
from password_reset.aws.clients import SENDING
from password_reset.aws.items import to_item
from password_reset.channels import whatsapp
from password_reset.channels.transports import smtp
from password_reset.delivery.deliveries import LEASE, LONGEST_DELIVERY
from tests.wire import Wire, refusal, timeout
from tests.world import EMAIL, NEW_PASSWORD, PASSWORD, World, deploy

CHANGED = "Your Example password was changed"
RESET = "Reset your Example password"


def subjects(world: World) -> list[str]:
    return [mail["subject"] for mail in world.mails()]


def redeliver(world: World, body: str) -> bool:
    """Give the worker a message once more; return whether it took it."""
    records = [{"messageId": "again", "body": body, "eventSource": "aws:sqs"}]
    return not function("deliver")({"Records": records}, Context())["batchItemFailures"]


def queued_body(world: World) -> str:
    body: str = world.queued()[0].body
    return body


def test_a_mail_takes_six_calls(world: World, wire: Wire) -> None:
    world.add_user()
    world.forgot()
    wire.calls.clear()
    work_once(world.sqs)
    assert [operation for operation in wire.operations() if not operation.startswith("sqs.")] == [
        "dynamodb.Query",
        "dynamodb.BatchGetItem",
        "dynamodb.PutItem",
        "dynamodb.PutItem",
        "email.SendEmail",
        "dynamodb.UpdateItem",
    ]


@pytest.mark.moto_too
def test_a_delivery_is_recorded(world: World) -> None:
    world.add_user()
    world.forgot()
    world.pump()
    (delivery,) = world.items("DELIVERIES_TABLE")
    request_id, user_id, channel = delivery.pop("request_id").split("#")
    assert len(request_id) == 36
    assert (user_id, channel) == (world.user()["user_id"], "email")
    assert delivery == {
        "user_id": user_id,
        "channel": "email",
        "state": "sent",
        "created_at": "2026-11-20T22:43:16Z",
        "sent_at": "2026-11-20T22:43:16Z",
        "message_id": world.mails()[0]["id"],
        "expires_at": int(world.clock().timestamp()) + 30 * 86400,
    }


@pytest.mark.moto_too
def test_a_redelivery_mails_nothing(world: World) -> None:
    """The queue delivers at least once; the claim makes it one mail."""
    world.add_user()
    world.forgot()
    body = queued_body(world)
    world.pump()
    assert redeliver(world, body)
    assert subjects(world) == [RESET]


def test_two_workers_at_once_mail_once(world: World, wire: Wire) -> None:
    """A claim that is held sends the second worker's message back to the queue."""
    world.add_user()
    world.forgot()
    body = queued_body(world)
    inside: list[bool] = []
    wire.fail("email.SendEmail", lambda: inside.append(redeliver(world, body)))
    world.pump()
    assert inside == [False]
    assert subjects(world) == [RESET]


def test_a_crash_before_sending_loses_nothing(world: World, wire: Wire) -> None:
    """The claim lapses, and the redelivered message is mailed."""
    world.add_user()
    world.forgot()
    wire.fail("email.SendEmail", timeout)
    work_once(world.sqs)
    assert subjects(world) == []
    world.clock.advance(LEASE.total_seconds())
    world.pump()
    assert subjects(world) == [RESET]
    assert world.verify(world.mailed_tokens()[0]).json["valid"]


def test_a_crash_after_sending_mails_twice(world: World, wire: Wire) -> None:
    """The one window in which a mail can come twice: the provider took it and nobody wrote that down."""
    world.add_user()
    world.forgot()
    wire.fail("dynamodb.UpdateItem", timeout)
    work_once(world.sqs)
    assert subjects(world) == [RESET]
    world.clock.advance(LEASE.total_seconds())
    world.pump()
    assert subjects(world) == [RESET, RESET]
    first, second = world.mailed_tokens()
    assert world.verify(first).json["valid"]
    assert world.reset(second).status == 200
    assert not world.verify(first).json["valid"]


def test_a_crash_after_completing_mails_once(world: World, wire: Wire) -> None:
    """As by a death between the last write and the queue's deletion of the message."""
    world.add_user()
    world.forgot()
    wire.lose_answer("dynamodb.UpdateItem")
    work_once(world.sqs)
    world.clock.advance(LEASE.total_seconds())
    world.pump()
    assert subjects(world) == [RESET]


def test_a_refused_mail_is_tried_again_then_dead_lettered(world: World, wire: Wire) -> None:
    """Rows 13 and 54: and no live token lies in the dead letter."""
    world.add_user()
    world.forgot()
    with wire.always_failing("email.SendEmail", refusal("TooManyRequestsException", 429)):
        for _ in range(MAX_RECEIVES):
            world.hasten()
            assert work_once(world.sqs) == 1
            world.clock.advance(LEASE.total_seconds())
        world.hasten()
        assert work_once(world.sqs) == 0
    assert subjects(world) == []
    (dead,) = world.queued("DEAD_LETTERS_URL")
    assert set(json.loads(dead.body)) == {"type", "requestId", "flow", "email", "locale", "channel", "device", "at"}


def test_a_throttle_fails_its_message_alone(world: World, wire: Wire) -> None:
    """Row 54: partial batch failure; the others of the batch are done with."""
    for name in ("one", "two", "three"):
        world.add_user(f"{name}@example.com")
        world.forgot(f"{name}@example.com")
    wire.fail("email.SendEmail", refusal("TooManyRequestsException", 429))
    work_once(world.sqs)
    assert len(world.mails()) == 2
    assert len(world.queued()) == 1


@pytest.mark.parametrize("body", ["", "no JSON", "[]", "{}", '{"type": "unheard-of"}', '{"type": "reset-requested"}'])
def test_poison_goes_to_the_dead_letters_alone(world: World, body: str, log: StringIO) -> None:
    """A message that is none of ours holds nobody up, and its text is not logged."""
    world.add_user()
    poison = body.replace("}", ', "canary": 1}') if "type" in body else body or " "
    world.sqs.send_message(QueueUrl=world.environment["QUEUE_URL"], MessageBody=poison)
    world.forgot()
    for _ in range(MAX_RECEIVES + 1):
        world.hasten()
        work_once(world.sqs)
    assert subjects(world) == [RESET]
    assert [dead.body for dead in world.queued("DEAD_LETTERS_URL")] == [poison]
    assert "message failed" in log.getvalue()
    assert "canary" not in log.getvalue()


def test_a_message_by_no_channel_there_is_fails(world: World, log: StringIO) -> None:
    """Row 46: and what it says instead reaches no audit record."""
    world.forgot()
    message = json.loads(queued_body(world))
    assert not redeliver(world, json.dumps(message | {"channel": "canary"}))
    assert "canary" not in log.getvalue()


@pytest.mark.parametrize(("waited", "mails"), [(899, 1), (900, 0)])
def test_a_request_older_than_a_tokens_life_is_dropped(world: World, waited: int, mails: int) -> None:
    """Nobody waits for it any more; the audit trail says so."""
    world.add_user()
    world.forgot()
    world.clock.advance(waited)
    world.pump()
    assert len(world.mails()) == mails
    assert world.audited("deliver-reset")[-1]["reason"] == (None if mails else "request_expired")


def test_an_unknown_address_gets_nothing(world: World) -> None:
    world.forgot("unknown@example.com")
    world.pump()
    assert world.mails() == []
    assert world.items("RESET_TOKENS_TABLE") == []
    assert world.audited("deliver-reset")[-1]["reason"] == "no_account"


@pytest.mark.parametrize(
    ("disabled", "mails"),
    [
        ("false", 1),
        (" False ", 1),
        ("no", 1),
        ("off", 1),
        ("0", 1),
        ("", 1),
        (0, 1),
        (False, 1),
        ("true", 0),
        ("yes", 0),
        ("1", 0),
        ("since 2026", 0),
        (1, 0),
        (True, 0),
    ],
)
def test_disabled_is_read_as_teams_write_it(world: World, disabled: object, mails: int) -> None:
    """Text that plainly says no disables nobody; any other does."""
    world.add_user()
    item = to_item(world.user() | {"disabled": disabled})
    world.dynamodb.put_item(TableName=world.environment["USERS_TABLE"], Item=item)
    world.forgot()
    world.pump()
    assert len(world.mails()) == mails


def test_a_disabled_account_gets_nothing(world: World) -> None:
    world.add_user(disabled=True)
    world.forgot()
    world.pump()
    assert world.mails() == []


@pytest.mark.moto_too
def test_accounts_under_one_identifier_get_a_token_each(world: World) -> None:
    """Each to its own stored address, three at the most; using one leaves the others."""
    spellings = ["Demo@example.com", "demo@example.com", "dEmo@example.com", "deMo@example.com"]
    for spelling in spellings:
        world.add_user(spelling)
    world.forgot("demo@example.com")
    world.pump()
    reached = [mail["to"][0] for mail in world.mails()]
    assert len(reached) == len(set(reached)) == 3
    first, second, _ = reached
    assert world.reset(world.mailed_tokens(first)[0]).status == 200
    assert world.user(first)["credentials_version"] == 1
    assert "credentials_version" not in world.user(second)
    assert world.verify(world.mailed_tokens(second)[0]).json["valid"]


@pytest.mark.parametrize("spelling", ["DEMO@example.com", "demo@example.com", "Demo@EXAMPLE.com"])
def test_the_account_that_is_spelled_so_comes_first(world: World, spelling: str) -> None:
    """Of five that differ in case each is mailed to whoever types it, and its mail names it."""
    spellings = ["Demo@EXAMPLE.com", "dEmo@example.com", "deMo@example.com", "DEMO@example.com", "demo@example.com"]
    for stored in spellings:
        world.add_user(stored)
    world.forgot(f" {spelling} ")
    world.pump()
    mails = world.mails()
    assert len(mails) == 3
    assert f"\nAccount: {spelling}\n" in mails[0]["text"].replace("\r\n", "\n")
    assert len({mail["text"].partition("Account: ")[2].split()[0] for mail in mails}) == 3


def test_one_accounts_fault_keeps_nothing_from_another(world: World, wire: Wire) -> None:
    world.add_user("Demo@example.com")
    world.add_user("demo@example.com")
    world.forgot()
    wire.fail("email.SendEmail", refusal("MessageRejected"))
    work_once(world.sqs)
    assert len(world.mails()) == 1
    world.clock.advance(LEASE.total_seconds())
    world.pump()
    assert {mail["to"][0] for mail in world.mails()} == {"Demo@example.com", "demo@example.com"}
    assert len(world.mails()) == 2


def test_the_index_is_not_believed(world: World) -> None:
    """A stale index names an account that has another address by now: nothing is mailed to either."""
    world.add_user()
    item = world.user() | {"email": "moved@example.com"}
    world.dynamodb.put_item(TableName=world.environment["USERS_TABLE"], Item=to_item(item))
    world.forgot()
    world.pump()
    assert world.mails() == []


def test_the_notice_tells_and_the_event_follows(world: World, wire: Wire) -> None:
    """Row 37: the stored address is told, with a way to react and no secret; systems get a stable id."""
    world.add_user(name="Demo")
    token = world.token()
    world.reset(token)
    body = queued_body(world)
    world.pump()
    assert redeliver(world, body)
    assert subjects(world) == [RESET, CHANGED]
    mail = world.mails()[-1]
    assert mail["to"] == [EMAIL]
    assert "http://127.0.0.1:8000/forgot-password" in mail["text"]
    assert "from an iPhone" in mail["text"]
    assert token not in str(mail)
    assert NEW_PASSWORD not in str(mail)
    entries = [entry for call in wire.sent("events.PutEvents") for entry in call["Entries"]]
    assert {(entry["Source"], entry["DetailType"]) for entry in entries} == {("password-reset", "PasswordChanged")}
    assert len({entry["Detail"] for entry in entries}) == 1
    assert json.loads(entries[0]["Detail"]) == {
        "id": json.loads(body)["requestId"],
        "userId": world.user()["user_id"],
        "changedAt": "2026-11-20T22:43:16Z",
    }


def test_the_notice_goes_where_the_account_was(world: World) -> None:
    """A thief who moves the address in the meantime is not the one who is told."""
    world.add_user()
    world.reset(world.token())
    item = world.user() | {"email": "thief@example.com"}
    world.dynamodb.put_item(TableName=world.environment["USERS_TABLE"], Item=to_item(item))
    world.pump()
    assert [mail["to"] for mail in world.mails()] == [[EMAIL], [EMAIL]]


def test_a_crash_between_notice_and_write_tells_nothing(world: World, wire: Wire) -> None:
    """The token is unused when the notice is read: no mail, no event."""
    world.add_user()
    token = world.token()
    with wire.always_failing("dynamodb.TransactWriteItems", refusal("AccessDeniedException")):
        assert world.reset(token).status == 503
    world.pump()
    assert subjects(world) == [RESET]
    assert wire.sent("events.PutEvents") == []
    assert world.audited("notify-change")[-1]["reason"] == "not_changed"


@pytest.mark.moto_too
def test_a_rival_that_changed_nothing_tells_nothing(world: World, wire: Wire) -> None:
    """Of two attempts with one token the notice of the one that used it is sent."""
    world.add_user()
    token = world.token()
    with wire.always_failing("dynamodb.TransactWriteItems", refusal("AccessDeniedException")):
        assert world.reset(token, "first rival's password").status == 503
    assert world.reset(token).status == 200
    world.pump()
    assert subjects(world) == [RESET, CHANGED]


def test_a_change_is_told_in_the_language_of_its_link(world: World) -> None:
    """The account has none, so it is the request's, and travels with the token."""
    world.add_user()
    world.forgot(locale="de_DE")
    world.pump()
    (mail,) = world.mails()
    assert "/reset-password?lang=de#token=" in mail["text"]
    assert world.reset(world.mailed_tokens()[0]).status == 200
    world.pump()
    notice = world.mails()[-1]
    assert notice["headers"]["Content-Language"] == "de"
    assert "http://127.0.0.1:8000/forgot-password?lang=de" in notice["text"]


@pytest.mark.settings(EMAIL_STYLE="code")
def test_a_change_is_told_in_the_language_of_its_code(world: World) -> None:
    world.add_user()
    flow = world.forgot(locale="ja").json["flow"]
    world.pump()
    exchanged = world.verify_code(flow, world.mailed_codes()[0])
    assert world.reset(exchanged.json["token"]).status == 200
    world.pump()
    assert world.mails()[-1]["headers"]["Content-Language"] == "ja"


def test_a_token_of_the_version_before_has_the_accounts_language(world: World) -> None:
    world.add_user(locale="fr_CA")
    token = world.token()
    (item,) = world.items("RESET_TOKENS_TABLE")
    assert item.pop("locale") == "fr"
    world.dynamodb.put_item(TableName=world.environment["RESET_TOKENS_TABLE"], Item=to_item(item))
    assert world.reset(token).status == 200
    world.pump()
    assert world.mails()[-1]["headers"]["Content-Language"] == "fr"


def test_a_mail_names_the_browser_and_the_system(world: World) -> None:
    world.add_user()
    chrome = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/143.0 Safari/537.36"}
    assert world.call("/auth/forgot-password", {"email": EMAIL}, chrome).status == 200
    world.pump()
    assert "Requested on 20 November 2026 at 22:43 UTC from a Windows computer (Chrome)." in world.mails()[0]["text"]
    reset = {"token": world.mailed_tokens()[0], "newPassword": NEW_PASSWORD}
    assert world.call("/auth/reset-password", reset, chrome).status == 200
    world.pump()
    assert "from a Windows computer (Chrome)." in world.mails()[-1]["text"]


@pytest.mark.parametrize(
    "sender",
    [
        '"Example, Inc." <no-reply@example.com>',
        '"Example: Accounts" <no-reply@example.com>',
        '"a;b@c<d>[e]" <no-reply@example.com>',
    ],
)
def test_a_senders_name_may_have_punctuation(world: World, wire: Wire, sender: str) -> None:
    """What the settings admit is what is sent."""
    with deploy(world.clock, world.session, {**world.environment, "MAIL_FROM": sender}) as deployed:
        deployed.add_user()
        deployed.token()
        (parameters,) = wire.sent("email.SendEmail")
        assert parameters["FromEmailAddress"] == "no-reply@example.com"
        assert world.mails()[0]["from"] == sender


@pytest.mark.parametrize("address", ["josé@example.com", "demo@b\u00fccher.example ", "a..b@example.com"])
def test_what_no_provider_takes_is_dropped_at_once(world: World, address: str) -> None:
    """An address that cannot be mailed costs no token, no retry and no dead letter."""
    world.add_user(address)
    world.forgot(address)
    work_once(world.sqs)
    assert world.queued() == []
    mailable = address.strip() != "josé@example.com"
    assert len(world.mails()) == len(world.items("RESET_TOKENS_TABLE")) == mailable
    assert world.audited("deliver-reset")[-1]["reason"] == (None if mailable else "undeliverable")


@pytest.mark.settings(MAIL_FROM="B\u00fccher <no-reply@b\u00fccher.example>", CONFIGURATION_SET="watched")
def test_what_ses_is_asked_for(world: World, wire: Wire) -> None:
    """One recipient, the bare sender in ASCII, and the configuration set that reports what becomes of it."""
    world.add_user()
    world.token()
    (parameters,) = wire.sent("email.SendEmail")
    assert parameters.pop("Content").keys() == {"Raw"}
    assert [tag["Name"] for tag in parameters.pop("EmailTags")] == ["delivery"]
    assert parameters == {
        "FromEmailAddress": "no-reply@xn--bcher-kva.example",
        "Destination": {"ToAddresses": [EMAIL]},
        "ConfigurationSetName": "watched",
    }
    assert world.mails()[0]["from"] == "B\u00fccher <no-reply@xn--bcher-kva.example>"


def test_a_failed_look_up_is_recorded(world: World, wire: Wire) -> None:
    world.add_user()
    world.forgot()
    wire.fail("dynamodb.Query", refusal("ThrottlingException"))
    work_once(world.sqs)
    (record,) = world.audited("deliver-reset")
    assert (record["outcome"], record["reason"]) == ("failed", "unavailable")
    assert "ThrottlingException" in record["fault"]


def test_a_name_that_sqs_would_refuse_is_queued_all_the_same(world: World, wire: Wire) -> None:
    world.add_user(name="\uffff")
    assert world.reset(world.token()).status == 200
    assert wire.sent("sqs.SendMessage")[-1]["MessageBody"].isascii()


def test_a_crash_after_the_write_tells(world: World, wire: Wire) -> None:
    """No password changes silently, whatever the function lived to say."""
    world.add_user()
    token = world.token()
    wire.lose_answer("dynamodb.TransactWriteItems")
    wire.fail("dynamodb.GetItem", lambda: None, *[timeout] * 3)
    wire.fail("dynamodb.TransactWriteItems", lambda: None, timeout, timeout)
    assert world.reset(token).status == 503
    world.pump()
    assert subjects(world) == [RESET, CHANGED]


def test_a_refused_event_is_tried_again(world: World, wire: Wire) -> None:
    """The event comes before the mail, so that a retry of the one never repeats the other."""
    world.add_user()
    world.reset(world.token())
    wire.fail("events.PutEvents", refusal("InternalException", 500))
    world.hasten()
    work_once(world.sqs)
    assert subjects(world) == [RESET]
    world.pump()
    assert subjects(world) == [RESET, CHANGED]


@pytest.mark.settings(DEFAULT_LOCALE="fr")
@pytest.mark.parametrize(
    ("asked", "stored", "language"),
    [
        ("de-AT", "es", "es"),
        ("de-AT", "ja_JP", "ja"),
        ("fr", "de_DE.UTF-8", "de"),
        ("de-AT", "xx", "de"),
        ("de_AT", None, "de"),
        ("", "es", "es"),
        ("tlh", "xx", "fr"),
        ("", None, "fr"),
    ],
)
def test_the_accounts_language_then_the_requests_then_the_default(
    world: World, asked: str, stored: str | None, language: str
) -> None:
    """A stranger who asks for somebody's reset chooses nothing about the owner's mail."""
    world.add_user(locale=stored)
    assert world.forgot(**({"locale": asked} if asked else {})).status == 200
    world.pump()
    assert world.mails()[0]["headers"]["Content-Language"] == language


def test_a_batch_of_slow_mails_does_not_outlive_the_worker(world: World, wire: Wire) -> None:
    """Row 54: five messages of two accounts each; what there is no time for goes back, and no mail goes twice."""
    addresses = [f"slow{number}@example.com" for number in range(5)]
    for address in addresses:
        for spelling in (address, address.title()):
            world.add_user(spelling, password=None)
        world.forgot(address)
    wire.fail("email.SendEmail", *[lambda: world.clock.advance(5)] * 10)
    took = []
    for _ in range(MAX_RECEIVES):
        world.hasten()
        before = world.clock()
        work_once(world.sqs)
        took.append((world.clock() - before).total_seconds())
        world.clock.advance(VISIBILITY_SECONDS)
    assert max(took) < WORKER_TIMEOUT_SECONDS
    assert world.queued() == world.queued("DEAD_LETTERS_URL") == []
    assert len(world.mails()) == len({mail["to"][0] for mail in world.mails()}) == 10
    assert world.audited("deliver-reset")[-1]["outcome"] == "accepted"


def test_every_providers_patience_fits_into_a_delivery() -> None:
    """Row 54: with room for the writes around it; and a worker lives for two of the slowest."""
    slowest = max(SENDING.connect + SENDING.read, smtp.LONGEST_SECONDS, whatsapp.TIMEOUT_SECONDS)
    assert slowest + 2 <= LONGEST_DELIVERY.total_seconds() <= WORKER_TIMEOUT_SECONDS / 2


def crowd(world: World, spelling: str, others: int) -> None:
    """Create the account of that spelling, and before it others of the same identifier, whose ids sort first."""
    table = world.environment["USERS_TABLE"]
    for number in range(others):
        bits = f"{number:07b}"
        local = "".join(letter.upper() if bit == "1" else letter for letter, bit in zip("persons", bits, strict=True))
        world.add_user(f"{local}@example.com", password="a stranger's own password")
        item = world.user(f"{local}@example.com")
        world.dynamodb.delete_item(TableName=table, Key=to_item({"user_id": item["user_id"]}))
        world.dynamodb.put_item(TableName=table, Item=to_item(item | {"user_id": f"0-{number:03}"}))
    world.add_user(spelling)
    owner = world.user(spelling)
    world.dynamodb.delete_item(TableName=table, Key=to_item({"user_id": owner["user_id"]}))
    world.dynamodb.put_item(TableName=table, Item=to_item(owner | {"user_id": "9"}))


@pytest.mark.parametrize("others", [3, pytest.param(60, marks=pytest.mark.nightly)])
def test_case_variants_push_nobody_out(world: World, wire: Wire, others: int) -> None:
    """Row 8: who signs up in other cases, with ids that sort first, keeps no mail and no sign-in from the owner.

    Row 64: nor a freeze.
    """
    owner = "PERSONS@example.com"
    crowd(world, owner, others)
    assert world.forgot(f" {owner} ").status == 200
    world.pump()
    assert {mail["to"][0] for mail in world.mails()} == {owner, "persons@example.com", "personS@example.com"}
    wire.calls.clear()
    assert world.sign_in(PASSWORD, f" {owner} ").status == 200
    assert wire.operations().count("dynamodb.BatchGetItem") == (3 if others > 49 else 2)
    assert world.sign_in("a stranger's own password", owner).status == 401
    assert world.sign_in("a stranger's own password", "persons@example.com").status == 200
    frozen = {"user_id": "9", "frozen_until": int(world.clock().timestamp()) + 60}
    world.dynamodb.put_item(TableName=world.environment["ACCOUNTS_TABLE"], Item=to_item(frozen))
    assert world.sign_in(PASSWORD, owner).status == 401


def test_without_the_exact_spelling_the_order_is_by_id(world: World) -> None:
    crowd(world, "PERSONS@example.com", 3)
    assert world.forgot("pErSoNs@example.com").status == 200
    world.pump()
    locals_mailed = {mail["to"][0].removesuffix("@example.com") for mail in world.mails()}
    assert locals_mailed == {"persons", "personS", "persoNs"}
