"""`docs/privacy.md` is complete: whatever is stored about people stands in it, table by table."""

import math
import re
from pathlib import Path

import pytest

from infra.tables import TABLES
from password_reset.delivery.messages import (
    ChangeDisputing,
    FactorCodeRequested,
    PasswordChanging,
    RecoveryCodeUsed,
    ResetRequested,
    ResetStarted,
)
from tests.handlers.test_factors import CODES, SECRET
from tests.world import EMAIL, NEW_PASSWORD, PASSWORD, World
from tools import start
from tools.levers import run

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "privacy.md").read_text("utf-8")
CODE = "\n".join(path.read_text("utf-8") for path in (ROOT / "layers" / "shared").rglob("*.py"))
MARGIN_SECONDS = 1
"""Times are rounded up to whole seconds."""
NUMBERED = re.compile(r"^([hm])[0-9]+$")


def documented(heading: str) -> set[str]:
    """Return what stands in the first column of a section's table."""
    section = TEXT.partition(f"\n### {heading}\n")[2].partition("\n#")[0]
    return {name for row in re.findall(r"^\| (`.*?) \|", section, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}


def lifetime(heading: str) -> float:
    """Return the seconds that a section says; without end where it says until when."""
    section = TEXT.partition(f"\n### {heading}\n")[2]
    told = re.match(r"\nKept (?:until|for up to ([0-9]+) (days?|hours?))\b", section)
    assert told, heading
    return int(told[1]) * (86_400 if told[2].startswith("day") else 3600) + MARGIN_SECONDS if told[1] else math.inf


def everything(world: World) -> None:
    """Let happen what fills every table."""
    user_id = world.add_user(name="Demo", phone="+4915112345678", phoneVerified=True, locale="de")
    world.change_user(totpSecret=SECRET, recoveryCodes=CODES)
    world.sign_in("no password of anybody")
    world.sign_out(world.signed_in())
    flow, code = world.code()
    world.verify_code(flow, "00000000")
    world.forgot(channel="sms", challenge=world.solution())
    world.pump()
    token = world.verify_code(flow, code).json["token"]
    assert world.factor(token, "totp", world.one_time_password(SECRET)).status == 200
    assert world.reset(token, PASSWORD).status == 400
    assert world.reset(token, NEW_PASSWORD).status == 200
    world.pump()
    (report,) = world.reports("sms")
    assert [world.report(report, email).status for email in ("other@example.com", EMAIL)] == [400, 200]
    start.run(world.app, [EMAIL], "arn:aws:iam::123456789012:user/ada")
    world.add_user("new@example.com", None)
    start.run(world.app, ["new@example.com", "--invite"], "arn:aws:iam::123456789012:user/ada")
    world.pump()
    deliveries = world.app.delivery.deliveries
    for row in world.items("DELIVERIES_TABLE"):
        deliveries.report(row["request_id"], "bounced", world.clock())
    world.app.delivery.suppressions.add(EMAIL, "bounce", world.clock())
    for command in ("pause silent", f"reopen {EMAIL}", f"void-account {EMAIL}", "void-all", "reveal-sources 1"):
        run(world.app, command.split(), "arn:aws:iam::123456789012:user/ada")
    run(world.app, ["block", "203.0.113.7"], "arn:aws:iam::123456789012:user/ada")
    run(world.app, ["limit", "identifier", "2"], "arn:aws:iam::123456789012:user/ada")
    run(world.app, ["limit", "source", "2"], "arn:aws:iam::123456789012:user/ada")
    assert world.user()["user_id"] == user_id


@pytest.mark.settings(
    CHALLENGE="altcha", CHANNELS="email,sms", EMAIL_STYLE="both", FACTORS="totp,recovery_code", NOTIFY_DELAY_SECONDS="1"
)
def test_every_attribute_of_every_table_is_listed(world: World) -> None:
    """And nothing that the code knows nothing of; nothing lives longer than it says."""
    everything(world)
    for table in TABLES:
        items = world.items(table.setting)
        assert items, table.name
        stored, listed = {NUMBERED.sub(r"\1N", name) for item in items for name in item}, documented(table.name)
        assert stored <= listed, table.name
        assert [name for name in listed - stored - {"hN", "mN"} if not re.search(rf"\b{name}\b", CODE)] == []
        longest = max((item.get("expires_at", 0) for item in items), default=0) - world.clock().timestamp()
        assert longest <= lifetime(table.name), table.name
        assert bool(table.ttl) == (lifetime(table.name) != math.inf)


@pytest.mark.parametrize(
    "message",
    [ResetRequested, ResetStarted, PasswordChanging, RecoveryCodeUsed, FactorCodeRequested, ChangeDisputing],
    ids=[
        *("reset-requested", "reset-started", "password-changing", "recovery-code-used", "factor-code-requested"),
        "change-disputing",
    ],
)
def test_every_member_of_the_queues_messages_is_listed(
    message: type[ResetRequested]
    | type[ResetStarted]
    | type[PasswordChanging]
    | type[RecoveryCodeUsed]
    | type[FactorCodeRequested]
    | type[ChangeDisputing],
) -> None:
    names = {field.alias or name for name, field in message.model_fields.items()} - {"type"}
    assert names == documented(message.model_fields["type"].default)
