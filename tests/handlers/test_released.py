"""Deployments forth and back: what each released version wrote is read, and what is written now, it could read.

`tests/released/` has what a version wrote: the items of its tables and the messages of its queue. With `KEEP=1` the
first test here writes those of a version that has none yet; what is there is never changed.
"""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from password_reset import __version__
from password_reset.aws.items import to_item
from tests.world import CODE, EMAIL, World

RELEASED = Path(__file__).parents[1] / "released"
TABLES = ("USERS_TABLE", "RESET_TOKENS_TABLE", "CODES_TABLE", "LIMITS_TABLE", "DELIVERIES_TABLE")
PEPPER = "the pepper of what was kept, which is as long as any"
SECOND = "second@example.com"

pytestmark = pytest.mark.settings(EMAIL_STYLE="code", BCRYPT_COST="10", RESET_LIMIT_PER_SOURCE="3")
releases = pytest.mark.parametrize("release", sorted(path.stem for path in RELEASED.glob("*.json")))


def kept(release: str) -> Any:
    return json.loads((RELEASED / f"{release}.json").read_text("utf-8"))


@pytest.fixture
def peppered(world: World) -> World:
    """A deployment with the kept pepper, which pseudonyms and codes hang on."""
    secrets = world.session.client("secretsmanager")
    secrets.put_secret_value(SecretId=world.environment["PEPPER_SECRET"], SecretString=PEPPER)
    return world


def written(world: World) -> dict[str, Any]:
    """Have each kind of item and message written; return them, with what opens them."""
    world.add_user()
    world.add_user(SECOND)
    flow = world.forgot().json["flow"]
    (requested,) = world.queued()
    messages = [json.loads(requested.body)]
    world.pump()
    (code,) = CODE.findall(world.mails()[-1]["text"])
    second = world.forgot(SECOND).json["flow"]
    world.pump()
    (second_code,) = CODE.findall(world.mails()[-1]["text"])
    token = world.verify_code(second, second_code).json["token"]
    tables = {table: world.items(table) for table in TABLES}
    assert world.reset(token).status == 200
    (changing,) = world.queued()
    messages.append(json.loads(changing.body))
    return {"flow": flow, "code": code, "token": token, "tables": tables, "messages": messages}


def restore(world: World, tables: dict[str, Any]) -> None:
    for table, items in tables.items():
        for item in items:
            world.dynamodb.put_item(TableName=world.environment[table], Item=to_item(item))


def test_what_this_version_writes_is_kept(peppered: World) -> None:
    path = RELEASED / f"{__version__}.json"
    if "KEEP" in os.environ and not path.exists():
        path.write_text(json.dumps(written(peppered), indent=2, default=int) + "\n", "utf-8")
    assert path.exists(), f"{__version__} is a new version: KEEP=1 keeps what it writes"


@releases
def test_what_it_wrote_is_read(peppered: World, release: str) -> None:
    """A link and a code that were sent before the deployment work after it, once."""
    world, before = peppered, kept(release)
    restore(world, before["tables"])
    assert world.verify(before["token"]).json["valid"]
    assert world.reset(before["token"]).status == 200
    assert world.reset(before["token"]).json["code"] == "invalid_token"
    token = world.verify_code(before["flow"], before["code"]).json["token"]
    assert world.reset(token).status == 200


@releases
@pytest.mark.parametrize("added", [{}, {"whatALaterVersionAdds": {"nested": [1]}}], ids=["as it was", "and more"])
def test_what_it_queued_is_worked_off(peppered: World, release: str, added: dict[str, Any]) -> None:
    """Also by a version that is taken back, to which later ones have queued more than it knows."""
    world, before = peppered, kept(release)
    restore(world, {table: before["tables"][table] for table in ("USERS_TABLE", "RESET_TOKENS_TABLE")})
    requested, _ = before["messages"]
    queue = world.environment["QUEUE_URL"]
    world.sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(requested))
    assert world.reset(before["token"]).status == 200
    world.requeue(added)
    world.pump()
    subjects = {mail["to"][0]: mail["subject"] for mail in world.mails()}
    assert re.search("[Cc]ode|Reset", subjects[EMAIL])
    assert "was changed" in subjects[SECOND]
    assert world.queued("DEAD_LETTERS_URL") == []


@releases
def test_what_is_written_now_it_could_read(peppered: World, release: str) -> None:
    """No member that it read is gone or of another kind: what is new comes on top."""
    before, now = kept(release), json.loads(json.dumps(written(peppered), default=int))
    assert _missing(before["messages"], now["messages"]) == []
    for table in TABLES:
        assert _missing(_merged(before["tables"][table]), _merged(now["tables"][table])) == []


def _merged(items: list[dict[str, Any]]) -> dict[str, Any]:
    return {name: value for item in items for name, value in item.items()}


def _missing(before: Any, now: Any, where: str = "") -> list[str]:
    """Return the members of a document that another lacks, or has of another kind."""
    if type(before) is not type(now):
        return [where]
    if isinstance(before, dict):
        return [found for name in before for found in _missing(before[name], now.get(name), f"{where}/{name}")]
    if isinstance(before, list):
        return [found for one, other in zip(before, now, strict=True) for found in _missing(one, other, where)]
    return []


def test_a_member_that_is_gone_is_missed() -> None:
    assert _missing({"a": {"b": 1}, "c": [{"d": ""}]}, {"a": {"b": 2, "x": 0}, "c": [{"d": "e"}]}) == []
    assert _missing({"a": {"b": 1}, "c": [{"d": ""}]}, {"a": {}, "c": [{"d": 1}]}) == ["/a/b", "/c/d"]
