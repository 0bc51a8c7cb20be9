"""An operator shows a person what is kept about them, and erases it: in every table that there is."""

import json
import re
from typing import Any

import pytest

from infra.tables import TABLES, USERS
from local import audit
from tests.handlers.test_privacy import NUMBERED, documented, everything
from tests.world import EMAIL, World
from tools import person
from tools.commands import CommandError
from tools.trace import KeptRecords

OPERATOR = "arn:aws:iam::123456789012:user/ada"
OTHER, SOURCE = "other@example.com", "203.0.113.7"
HASHED = re.compile(r"\$2[aby]\$|[0-9a-f]{64}")
ALL = pytest.mark.settings(
    CHALLENGE="altcha", CHANNELS="email,sms", EMAIL_STYLE="both", FACTORS="totp,recovery_code", NOTIFY_DELAY_SECONDS="1"
)


def run(world: World, *arguments: str) -> str:
    return person.run(world.app, arguments, lambda _: KeptRecords(audit.records()), OPERATOR)


def delete(world: World, user_id: str) -> None:
    """Delete an account, as the team's own application does."""
    key: dict[str, Any] = {"user_id": {"S": user_id}}
    world.dynamodb.delete_item(TableName=world.environment["USERS_TABLE"], Key=key)


def everywhere(world: World) -> dict[str, list[dict[str, Any]]]:
    """Return every item of every table of ours."""
    return {table.name: world.items(table.setting) for table in TABLES if table is not USERS}


def test_every_table_is_searched() -> None:
    """Row 74: a new table fails here until somebody says how a person is found in it."""
    assert {name: (table.setting.upper(), table.key) for name, table in person.TABLES.items()} == {
        table.name: (table.setting, table.partition_key) for table in TABLES if table is not USERS
    }


@ALL
def test_an_export_has_all_that_is_kept_and_no_secret(world: World) -> None:
    """Row 74: every attribute of everything that is found, the records too; secrets and hashes are told of alone."""
    everything(world)
    told = run(world, "export", "DEMO@example.com", "--source", SOURCE)
    export = json.loads(told)
    assert (export["address"], export["identifier"]) == ("DEMO@example.com", EMAIL)
    (account,) = export["accounts"]
    assert account["email"] == EMAIL
    assert account["name"] == "Demo"
    assert account["password_hash"] == person.NOT_SHOWN
    tables = export["tables"]
    assert [name for name in tables if not tables[name]] == ["revoked-sessions"]  # random ids, which lead to nobody
    for name, items in tables.items():
        shown = {NUMBERED.sub(r"\1N", attribute) for item in items for attribute in item}
        assert shown <= documented(name), name
    events = {record["event"] for record in export["records"]}
    assert events >= {"forgot-password", "deliver-reset", "reset-password", "notify-change", "delivery"}
    # A pseudonym says nothing to anybody else; the hash of a secret is for nobody, its owner's mailbox least of all.
    pseudonyms = {export["pseudonym"], *(record.get("source") for record in export["records"])}
    pseudonyms |= {item["identifier"] for item in tables["codes"]}
    pseudonyms |= {item["bucket"] for item in tables["limits"] + tables["sign-ins"]}
    pseudonyms |= {item["address"] for item in tables["suppressions"]}
    assert {text for text in HASHED.findall(told) if text not in pseudonyms} == set()


@ALL
def test_after_an_erasure_nothing_is_found(world: World) -> None:
    """Row 74: in no table, by address, id or pseudonym, and nothing of anybody else is gone."""
    everything(world)
    user_id = world.user()["user_id"]
    before = everywhere(world)
    marks = json.loads(run(world, "export", EMAIL, "--source", SOURCE))
    told = run(world, "erase", EMAIL, "--source", SOURCE)
    assert told.startswith("Erased: ")
    assert f"erase {EMAIL} --user-id {user_id}" in told
    delete(world, user_id)
    run(world, "erase", "new@example.com")
    after = everywhere(world)
    known = {EMAIL, user_id, marks["pseudonym"]} | {
        str(item[table.partition_key])
        for table in TABLES
        if table is not USERS and table.name not in {"levers", "sign-ins"}
        for item in marks["tables"][table.name]
        if table.partition_key not in person.SECRET
    }
    text = json.dumps(after, default=str)
    assert [mark for mark in known if mark in text] == []
    # What is left is of sources, of sessions' random ids, and of operators.
    assert {name: len(items) for name, items in after.items()} == {
        "reset-tokens": 0,
        "codes": 0,
        "limits": 2 + sum("used_by" in item for item in before["limits"]),  # two counts of the source, and challenges
        "deliveries": 0,
        "suppressions": 0,
        "levers": len(before["levers"]) + 3,  # the export, and the erasures
        "accounts": 0,
        "sign-ins": 1,  # the source's hour, in which nobody is left
        "revoked-sessions": 1,
    }
    assert [item.get("failed") for item in after["sign-ins"]] == [None]
    notes = [json.loads(item["changes"]) for item in after["levers"] if "changes" in item]
    assert {"void_account": "erased"} in notes
    assert {"export": ["erased"]} in notes
    assert run(world, "erase", EMAIL, "--user-id", user_id, "--source", SOURCE).startswith("Erased: 0 items.")


def test_others_are_left_alone(world: World) -> None:
    """Row 74: neither their items, nor their sessions."""
    world.add_user()
    world.add_user(OTHER)
    session = world.signed_in(email=OTHER)
    world.sign_in("no password of anybody", OTHER)
    token = world.token(OTHER)
    before = everywhere(world)
    assert run(world, "erase", EMAIL).startswith("Erased: 0 items.")
    after = everywhere(world)
    after["levers"].clear()
    assert after == before
    assert world.me(session).status == 200
    assert world.reset(token).status == 200


@pytest.mark.settings(EMAIL_STYLE="both")
def test_what_is_at_work_with_an_erased_account_fails(world: World) -> None:
    """Row 74: its links, codes and sessions are void, also while the directory has the account still."""
    world.add_user()
    session, (flow, code) = world.signed_in(), world.code()
    token = world.mailed_tokens()[-1]
    run(world, "erase", EMAIL)
    assert world.me(session).status == 401
    assert world.verify(token).json == {"valid": False}
    assert world.verify_code(flow, code).status == 400


def test_queued_messages_of_an_erased_account_are_dropped(world: World) -> None:
    """Row 74: nobody can search a queue, so what waits in it, and among the dead letters, comes to nothing."""
    user_id = world.add_user()
    token = world.token()
    world.forgot()
    assert world.reset(token).status == 200  # its notice waits, with the address in it
    sent = len(world.mails())
    run(world, "erase", EMAIL)
    delete(world, user_id)
    assert sorted(json.loads(message.body)["type"] for message in world.queued()) == [
        "password-changing",
        "reset-requested",
    ]
    world.pump()
    assert len(world.mails()) == sent
    assert world.queued() == []
    assert [record["reason"] for record in world.audited("notify-change")] == ["not_changed"]
    assert world.audited("deliver-reset")[-1]["reason"] == "no_account"
    assert {name: items for name, items in everywhere(world).items() if items and name != "levers"}.keys() == {"limits"}


def test_an_account_that_was_deleted_first_is_known_by_what_it_was_sent(world: World) -> None:
    """Row 74: the address leads to no id any more; the audit does."""
    user_id = world.add_user()
    world.token()
    delete(world, user_id)
    assert len(world.items("DELIVERIES_TABLE")) == 1
    assert run(world, "erase", EMAIL).startswith("Erased: 3 items.")  # the token, the delivery, the count
    assert world.items("DELIVERIES_TABLE") == world.items("RESET_TOKENS_TABLE") == []


def test_disabled_accounts_are_found_and_another_address_is_not(world: World) -> None:
    """Row 74: who can't sign in has the same rights; an id that is by now somebody else's is refused."""
    world.add_user(disabled=True)
    other = world.add_user(OTHER)
    (account,) = json.loads(run(world, "export", EMAIL))["accounts"]
    assert (account["email"], account["disabled"]) == (EMAIL, True)
    with pytest.raises(CommandError, match=f"^Account {other} has another address.$"):
        run(world, "erase", EMAIL, "--user-id", other)
    with pytest.raises(CommandError, match="'nobody' is no email address"):
        run(world, "export", "nobody")
    with pytest.raises(CommandError, match="invalid choice: 'forget'"):
        run(world, "forget", EMAIL)
