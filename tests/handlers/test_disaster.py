"""A table goes back in time: what that revives, and that the procedures of docs/disaster.md prevent it."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from infra.tables import ACCOUNTS, TABLES, Table
from password_reset.aws.items import to_item
from password_reset.sessions.signing_keys import CACHED
from tests.handlers.test_factors import CODES
from tests.handlers.test_feedback import report as report_mail
from tests.handlers.test_levers import OPERATOR, outcomes, pull
from tests.handlers.test_own_table import rotate
from tests.handlers.test_reports import THIEFS, disputed
from tests.wire import Wire
from tests.world import EMAIL, NEW_PASSWORD, World
from tools import start
from tools.put_back import main as put_back

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

PAGE = Path(__file__).parents[2] / "docs" / "disaster.md"
UNLIMITED = pytest.mark.settings(RESET_LIMIT_PER_IDENTIFIER="0", RESET_LIMIT_PER_SOURCE="0")


class Backup:
    """Tables as they are now; `restore` takes them back to this moment, as point-in-time recovery does."""

    def __init__(self, world: World, *names: str) -> None:
        self.world = world
        self.items = {table: stored(world, table) for table in TABLES if table.name in names}

    def restore(self) -> None:
        for table, items in self.items.items():
            clear(self.world, table)
            for item in items:
                self.world.dynamodb.put_item(TableName=self.world.environment[table.setting], Item=item)


def stored(world: World, table: Table) -> "Sequence[Mapping[str, AttributeValueTypeDef]]":
    return world.dynamodb.scan(TableName=world.environment[table.setting])["Items"]


def clear(world: World, table: Table) -> None:
    for item in stored(world, table):
        key = {table.partition_key: item[table.partition_key]}
        world.dynamodb.delete_item(TableName=world.environment[table.setting], Key=key)


def force(world: World, user_id: str) -> None:
    """Replace a password by one that nobody knows, as `--list` does for each of a file."""
    start.run(world.app, ["--force", "--user-id", user_id], OPERATOR)
    world.pump()


def test_the_page_tells_of_every_table() -> None:
    told = re.findall(r"^\| `([a-z-]+)` \|", PAGE.read_text("utf-8"), re.MULTILINE)
    assert told == [table.name for table in TABLES]


@UNLIMITED
def test_users_revive_sessions_and_passwords(world: World) -> None:
    """Version and hash both go back. `void-all` ends the sessions; only a forced reset ends the old password."""
    user_id = world.add_user()
    thiefs, backup = world.signed_in(), Backup(world, "users")
    assert world.reset(world.token()).status == 200
    owners = world.signed_in(NEW_PASSWORD)
    assert [world.me(thiefs).status, world.me(owners).status] == [401, 200]

    backup.restore()
    assert [world.me(thiefs).status, world.me(owners).status] == [200, 401]
    assert [world.sign_in().status, world.sign_in(NEW_PASSWORD).status] == [200, 401]

    pull(world, "void-all")
    assert world.me(thiefs).status == 401
    assert world.sign_in().status == 200
    (changed,) = [record["userId"] for record in world.audited("reset-password") if record["outcome"] == "accepted"]
    assert changed == user_id
    force(world, changed)
    assert world.sign_in().status == 401
    assert world.reset(world.mailed_tokens()[-1]).status == 200
    # The version is again that of the owner's lost session; the digest of the hash tells them apart.
    assert [world.me(thiefs).status, world.me(owners).status] == [401, 401]


def test_one_rotation_of_the_session_key_ends_no_revived_session_but_two_do(world: World) -> None:
    world.add_user()
    session, backup = world.signed_in(), Backup(world, "users")
    assert world.reset(world.token()).status == 200
    backup.restore()
    for number, status in enumerate([200, 401]):
        rotate(world, f"key number {number}, of forty characters and more")
        world.clock.advance(CACHED.total_seconds())
        assert world.me(session).status == status


@UNLIMITED
def test_a_used_link_works_again_where_both_tables_go_back(world: World) -> None:
    """Alone, neither table revives it: it is bound to the account's state."""
    world.add_user()
    token = world.token()
    tokens, both = Backup(world, "reset-tokens"), Backup(world, "reset-tokens", "users")
    assert world.reset(token).status == 200
    tokens.restore()
    assert world.verify(token).json == {"valid": False}
    both.restore()
    assert world.verify(token).json["valid"] is True
    pull(world, "void-all")
    assert world.verify(token).json == {"valid": False}
    assert world.reset(token, THIEFS).json["code"] == "invalid_token"
    assert outcomes(world, "reset-password")[-1] == ("refused", "invalid_token", "void")
    assert world.verify(world.token()).json["valid"] is True


@pytest.mark.settings(EMAIL_STYLE="code", RESET_LIMIT_PER_IDENTIFIER="0")
def test_a_used_code_works_again(world: World) -> None:
    world.add_user()
    flow, code = world.code()
    backup = Backup(world, "codes")
    assert world.verify_code(flow, code).status == 200
    assert world.verify_code(flow, code).json["code"] == "invalid_code"
    backup.restore()
    assert world.verify_code(flow, code).status == 200
    backup.restore()
    pull(world, "void-all")
    assert world.verify_code(flow, code).json["code"] == "invalid_code"
    assert outcomes(world, "verify-reset-code")[-1] == ("refused", "invalid_code", "void")


def test_a_session_that_was_signed_out_is_back(world: World) -> None:
    world.add_user()
    session, backup = world.signed_in(), Backup(world, "revoked-sessions")
    assert world.sign_out(session).status == 204
    assert world.me(session).status == 401
    backup.restore()
    assert world.me(session).status == 200
    pull(world, "void-all")
    assert world.me(session).status == 401


def test_levers_forget_what_was_voided_and_paused(world: World) -> None:
    """A restore of the levers takes `void-all` itself back. Pulled again, it voids again."""
    world.add_user()
    session, token, backup = world.signed_in(), world.token(), Backup(world, "levers")
    for command in ("void-all", "pause refuse"):
        pull(world, command)
    assert [world.me(session).status, world.forgot().status] == [401, 503]
    backup.restore()
    world.clock.advance(60)
    assert [world.me(session).status, world.verify(token).json["valid"], world.forgot().status] == [200, True, 200]
    pull(world, "void-all")
    assert [world.me(session).status, world.verify(token).json] == [401, {"valid": False}]


@pytest.mark.settings(TOKENS_NOT_BEFORE="2026-11-20T22:43:17Z")
def test_the_setting_outlives_a_restore_of_the_levers(world: World) -> None:
    world.add_user()
    session, backup = world.signed_in(), Backup(world, "levers")
    assert world.me(session).status == 401
    pull(world, "void-all")
    backup.restore()
    world.clock.advance(60)
    assert world.me(session).status == 401
    assert world.me(world.signed_in()).status == 200


@UNLIMITED
def test_accounts_forget_a_freeze(world: World) -> None:
    """The thief's password works again. A forced reset ends it; `void-all` ends the spent link that would dispute."""
    user_id = world.add_user()
    backup = Backup(world, "accounts")
    report = disputed(world)
    assert world.sign_in(THIEFS).status == 401
    backup.restore()
    assert world.sign_in(THIEFS).status == 200
    (frozen,) = [record["userId"] for record in world.audited("report-change") if record["outcome"] == "accepted"]
    assert frozen == user_id
    pull(world, "void-all")
    force(world, frozen)
    assert world.sign_in(THIEFS).status == 401
    assert world.report(report).json["code"] == "invalid_token"


@UNLIMITED
def test_accounts_revive_a_freeze_that_was_lifted(world: World) -> None:
    user_id = world.add_user()
    disputed(world)
    backup = Backup(world, "accounts")
    pull(world, f"reopen {EMAIL}")
    force(world, user_id)
    backup.restore()
    token = world.mailed_tokens()[-1]
    assert world.verify(token).json == {"valid": False}
    pull(world, f"reopen {EMAIL}")
    assert world.reset(token).status == 200


def test_suppressions_forget_a_bounce(world: World, wire: Wire) -> None:
    """One email goes there, and its bounce suppresses the address again."""
    world.add_user()
    backup, sent = Backup(world, "suppressions"), []
    for _ in range(3):
        assert world.forgot().status == 200
        world.pump()
        sent.append(len(world.mails()))
        if len(sent) == 1:
            report_mail(world, wire, "bounce")
        else:
            backup.restore()
    assert sent == [1, 1, 2]
    report_mail(world, wire, "bounce")
    assert len(world.items("SUPPRESSIONS_TABLE")) == 1


@pytest.mark.settings(FACTORS="recovery_code", RESET_LIMIT_PER_IDENTIFIER="0")
def test_accounts_revive_a_recovery_code(world: World) -> None:
    """New codes in the place of all earlier ones end it; an account that lost its item has no factor at all."""
    world.add_user()
    world.change_user(recoveryCodes=CODES)
    backup, first = Backup(world, "accounts"), world.token()
    assert world.factor(first, "recovery_code", CODES[0]).status == 200
    assert world.factor(world.token(), "recovery_code", CODES[0]).status == 400
    backup.restore()
    pull(world, "void-all")
    assert world.verify(first).json == {"valid": False}
    assert world.factor(world.token(), "recovery_code", CODES[0]).status == 200
    backup.restore()
    world.change_user(recoveryCodes=["new1-new1-new1-new1"])
    token = world.token()
    assert [world.factor(token, "recovery_code", code).status for code in CODES] == [400, 400]
    clear(world, ACCOUNTS)
    assert "factors" not in world.verify(world.token()).json


@pytest.mark.settings(SIGN_IN_LIMIT_PER_SOURCE="0")
def test_counts_start_again_and_nothing_else_is_revived(world: World) -> None:
    world.add_user()
    backup = Backup(world, "limits", "sign-ins")
    assert [world.forgot().status for _ in range(4)] == [200, 200, 200, 429]
    failed = [world.sign_in("wrong password").status for _ in range(20)]
    assert failed[-1] == 429
    backup.restore()
    assert [world.forgot().status, world.sign_in("wrong password").status] == [200, 401]


def test_a_message_is_sent_again_where_its_delivery_is_forgotten(world: World) -> None:
    """So dead letters are not moved back after a restore of the deliveries."""
    world.add_user()
    backup = Backup(world, "deliveries")
    assert world.forgot().status == 200
    (message,) = world.queued()
    body = message.body
    for _ in range(2):
        world.pump()
        assert len(world.mails()) == 1
        world.sqs.send_message(QueueUrl=world.environment["QUEUE_URL"], MessageBody=body)
    backup.restore()
    world.pump()
    assert len(world.mails()) == 2


def test_only_what_is_missing_is_put_back(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is there stays: an older version of it would revive what was used or changed since."""
    monkeypatch.setattr("boto3.client", lambda _: world.dynamodb)
    kept, lost = world.add_user(), world.add_user("lost@example.com")
    (restored, table) = (world.environment[name] for name in ("USERS_TABLE", "ACCOUNTS_TABLE"))
    now = {"user_id": kept, "changed_by_email": 7}
    world.dynamodb.put_item(TableName=table, Item=to_item(now))
    for arguments in (["--dry-run"], [], []):
        put_back([restored, table, *arguments])
    assert capsys.readouterr().out.splitlines() == [
        "1 items are missing, 1 left as they are.",
        "1 items put back, 1 left as they are.",
        "0 items put back, 2 left as they are.",
    ]
    items = {item["user_id"]: item for item in world.items("ACCOUNTS_TABLE")}
    assert items == {kept: now, lost: world.user("lost@example.com")}
