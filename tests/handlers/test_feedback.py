"""What providers report: kept, acted on, and shown to support; the caller's bytes never change.

The events are AWS's documented samples, made to be about our mail.
"""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from local.gateway import Context, function
from password_reset.delivery.deliveries import TAG, tagged
from password_reset.delivery.feedback import UnknownReport
from password_reset.delivery.suppressions import KEPT
from tests.handlers.test_forgot import told
from tests.handlers.test_phones import PHONE, texted_code
from tests.wire import Wire, refusal
from tests.world import EMAIL, World
from tools import delivery, suppression

SAMPLES = Path(__file__).parents[1] / "events"
FALLBACK = pytest.mark.settings(CHANNELS="email,sms", FALLBACK_CHANNEL="sms", RESET_LIMIT_PER_IDENTIFIER="10")


def sample(kind: str, *, to: str = EMAIL, tag: str | None = None, **changes: Any) -> dict[str, Any]:
    """Return a documented event, of a mail to this address with this tag, and with other changes of its main part."""
    event: dict[str, Any] = json.loads(
        (SAMPLES / f"ses-{kind}.json").read_text("utf-8").replace("recipient@example.com", to)
    )
    if tag:
        event["detail"]["mail"]["tags"][TAG] = [tag]
    event["detail"].get(kind, {}).update(changes)
    return event


def report(world: World, wire: Wire, kind: str, *, to: str = EMAIL, **changes: Any) -> None:
    """Let SES report on the latest mail that it was given."""
    (tag,) = wire.sent("email.SendEmail")[-1]["EmailTags"]
    assert tag["Name"] == TAG
    function("feedback")(sample(kind, to=to, tag=tag["Value"], **changes), Context())


def ask(world: World) -> str:
    answer = world.forgot()
    world.pump()
    flow: str = answer.json["flow"]
    return flow


@pytest.mark.parametrize(
    ("kind", "changes", "outcome", "suppressed"),
    [
        ("delivery", {}, "delivered", False),
        ("bounce", {}, "bounced", True),
        ("bounce", {"bounceType": "Transient", "bounceSubType": "MailboxFull"}, "bounced_for_now", False),
        ("bounce", {"bounceType": "Undetermined"}, "bounced_for_now", False),
        ("bounce", {"bounceSubType": "OnAccountSuppressionList"}, "bounced", True),
        ("complaint", {}, "complained", True),
        ("complaint", {"complaintFeedbackType": "not-spam"}, "complained", False),
        ("reject", {}, "rejected", False),
        ("rendering-failure", {}, "rendering_failed", False),
    ],
)
@pytest.mark.moto_too
def test_a_report_is_kept_and_acted_on(
    world: World, wire: Wire, kind: str, changes: dict[str, str], outcome: str, *, suppressed: bool
) -> None:
    world.add_user()
    ask(world)
    report(world, wire, kind, **changes)
    (kept,) = world.items("DELIVERIES_TABLE")
    assert (kept["state"], kept["outcome"], kept["outcome_at"]) == ("sent", outcome, "2017-08-05T00:41:02Z")
    (record,) = world.audited("mail-feedback")
    assert (record["reason"], record["userId"]) == (None if outcome == "delivered" else outcome, kept["user_id"])
    assert record["requestId"] == world.audited("deliver-reset")[0]["requestId"]
    ask(world)
    assert len(world.mails()) == (1 if suppressed else 2)
    assert bool(world.items("SUPPRESSIONS_TABLE")) is suppressed


STRANGER = "stranger@example.org"


def forged(kind: str, *named: str, to: str = STRANGER, tag: str | None = None) -> dict[str, Any]:
    """Return a report about a mail to the stranger, as the stranger's own server makes SES write it."""
    event = sample(kind, to=to, tag=tag)
    (recipients,) = (name for name in event["detail"][kind] if name.endswith("Recipients"))
    event["detail"][kind][recipients] = [{"emailAddress": address} for address in named]
    return event


@pytest.mark.parametrize("kind", ["bounce", "complaint"])
@pytest.mark.parametrize("name", [EMAIL, EMAIL.upper(), f"Demo <{EMAIL}>", f"{STRANGER} <{EMAIL}>", f" {EMAIL} "])
def test_a_report_that_names_another_changes_nothing(world: World, wire: Wire, kind: str, name: str) -> None:
    """Row 61: a bounce of a stranger's own mail that names the owner keeps no mail and no notice from the owner."""
    world.add_user(STRANGER)
    world.add_user()
    assert world.forgot(STRANGER).status == 200
    world.pump()
    (tag,) = wire.sent("email.SendEmail")[-1]["EmailTags"]
    before = world.items("DELIVERIES_TABLE")

    function("feedback")(forged(kind, name, tag=tag["Value"]), Context())

    assert world.items("SUPPRESSIONS_TABLE") == []
    assert world.items("DELIVERIES_TABLE") == before
    assert world.audited("mail-feedback")[-1]["reason"] == "not_its_recipient"
    assert world.reset(world.token()).status == 200
    world.pump()
    assert [mail["subject"] for mail in world.mails() if mail["to"] == [EMAIL]] == [
        "Reset your Example password",
        "Your Example password was changed",
    ]


@pytest.mark.parametrize("kind", ["bounce", "complaint"])
def test_of_several_names_the_mails_own_counts(world: World, wire: Wire, kind: str) -> None:
    """Row 61: what is added to an honest report changes nothing about it."""
    world.add_user(STRANGER)
    world.add_user()
    function("feedback")(forged(kind, EMAIL, STRANGER.upper(), "", "\0", "@"), Context())
    for address in (STRANGER, EMAIL):
        assert world.forgot(address).status == 200
    world.pump()
    assert [mail["to"] for mail in world.mails()] == [[EMAIL]]
    assert len(world.items("SUPPRESSIONS_TABLE")) == 1


@pytest.mark.parametrize(
    "tags",
    [
        {TAG: ["%%%"]},
        {TAG: ["A"]},
        {TAG: ["_w"]},
        {TAG: ["bm8ga2V5"]},
        {TAG: [tagged("r#" + "u" * 3000 + "#email")]},
        {TAG: [""]},
        {TAG: []},
        {TAG: None},
        {TAG: "text"},
        {TAG: [7]},
        {TAG: [["nested"]]},
        [],
        None,
        "text",
    ],
    ids=lambda tags: str(tags)[:40],
)
def test_a_malformed_tag_stops_no_suppression(world: World, tags: object) -> None:
    """Row 61: an honest bounce is obeyed, whatever became of the tag that names its delivery."""
    world.add_user()
    event = sample("bounce")
    event["detail"]["mail"]["tags"] = tags
    function("feedback")(event, Context())
    assert len(world.items("SUPPRESSIONS_TABLE")) == 1
    ask(world)
    assert world.mails() == []
    assert world.items("DELIVERIES_TABLE")[0].get("outcome") is None


def test_a_mail_without_a_recipient_suppresses_nobody(world: World) -> None:
    """Row 61: nothing is guessed where SES does not say to whom it was."""
    event = sample("bounce")
    del event["detail"]["mail"]["destination"]
    function("feedback")(event, Context())
    assert world.items("SUPPRESSIONS_TABLE") == []


def test_a_suppressed_address_is_not_mailed_and_nobody_is_told(world: World, wire: Wire, log: StringIO) -> None:
    """Row 1: the answer is the one before; the audit trail knows; the table names nobody."""
    world.add_user()
    before = world.forgot()
    world.pump()
    report(world, wire, "bounce")
    after = world.forgot()
    world.pump()
    assert told(before) == told(after)
    assert len(world.mails()) == 1
    assert [record["reason"] for record in world.audited("deliver-reset")] == [None, "suppressed"]
    (item,) = world.items("SUPPRESSIONS_TABLE")
    assert item.keys() == {"address", "reason", "created_at", "expires_at"}
    assert EMAIL not in str(item) + log.getvalue()
    world.clock.advance(KEPT.total_seconds())
    ask(world)
    assert len(world.mails()) == 2


def test_no_spelling_gets_around_a_suppression(world: World, wire: Wire) -> None:
    world.add_user("Demo@Example.com")
    ask(world)
    report(world, wire, "complaint", complainedRecipients=[{"emailAddress": "Somebody <DEMO@example.com>"}])
    ask(world)
    assert len(world.mails()) == 1


@FALLBACK
def test_a_bounce_turns_the_next_request_to_the_phone(
    world: World, wire: Wire, capsys: pytest.CaptureFixture[str]
) -> None:
    """The whole story: silent to the address, a code by SMS, support can see it, the caller cannot."""
    user_id = world.add_user(phone=PHONE, phoneVerified=True)
    first = world.forgot()
    world.pump()
    report(world, wire, "bounce")
    world.clock.advance(60)
    second = world.forgot()
    world.pump()
    world.clock.advance(60)
    unknown = world.forgot("unknown@example.com")

    assert told(first) == told(second) == told(unknown)
    mail, message = world.mails()
    assert (mail["channel"], message["channel"], message["to"]) == ("email", "sms", [PHONE])
    assert world.verify_code(second.json["flow"], texted_code(message)).status == 200
    delivery.main([EMAIL])
    requests = [record["requestId"] for record in world.audited("deliver-reset")]
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == [f"Account {user_id}", "This address is not mailed until 2027-02-18T22:43:16Z: bounced."]
    assert sorted(lines[2:], reverse=True) == [
        f"2026-11-20T22:44:16Z  sms    sent  (request {requests[2]})",
        f"2026-11-20T22:44:16Z  email  not sent: suppressed  (request {requests[1]})",
        f"2026-11-20T22:43:16Z  email  sent, bounced at 2017-08-05T00:41:02Z  (request {requests[0]})",
    ]
    suppression.main(["clear", EMAIL])
    assert capsys.readouterr().out == "This address is mailed again.\n"
    ask(world)
    assert [sent["channel"] for sent in world.mails()].count("email") == 2


@FALLBACK
def test_where_a_phone_may_step_in_every_flow_takes_guesses(world: World) -> None:
    """Row 2: that an address bounced shows in nothing that a caller can try."""
    world.add_user()
    flows = [world.forgot(address).json["flow"] for address in (EMAIL, "unknown@example.com")]
    world.pump()
    assert len(world.items("CODES_TABLE")) == 2
    answers = [world.verify_code(flow, "20471163") for flow in flows]
    assert {answer.json["code"] for answer in answers} == {"invalid_code"}
    assert len(world.mailed_tokens()) == 1


def test_without_the_setting_nothing_steps_in(world: World, wire: Wire) -> None:
    world.add_user(phone=PHONE, phoneVerified=True)
    ask(world)
    report(world, wire, "bounce")
    ask(world)
    assert len(world.mails()) == 1


@pytest.mark.moto_too
def test_reports_come_in_any_order(world: World, wire: Wire) -> None:
    """And twice: a late delivery does not undo a complaint, a complaint after a delivery counts."""
    world.add_user()
    ask(world)
    for kind in ("delivery", "complaint", "delivery", "complaint"):
        report(world, wire, kind)
    (kept,) = world.items("DELIVERIES_TABLE")
    assert kept["outcome"] == "complained"


@pytest.mark.moto_too
def test_a_report_may_be_first(world: World, wire: Wire) -> None:
    """SES may report before the worker has written that it sent."""
    world.add_user()
    world.forgot()
    world.hasten()
    wire.fail("dynamodb.UpdateItem", lambda: report(world, wire, "bounce"))
    world.pump()
    (kept,) = world.items("DELIVERIES_TABLE")
    assert (kept["state"], kept["outcome"]) == ("sent", "bounced")


def test_a_mail_that_is_none_of_ours_is_counted_alone(world: World) -> None:
    """As one of `make mail-check`: its bounce suppresses the address, and no delivery is made up."""
    function("feedback")(sample("bounce"), Context())
    assert world.items("DELIVERIES_TABLE") == []
    assert len(world.items("SUPPRESSIONS_TABLE")) == 1


def test_a_fault_is_tried_again(world: World, wire: Wire) -> None:
    """Lambda repeats an event whose function fails; the record names the fault, not the address."""
    wire.fail("dynamodb.PutItem", *[refusal("ThrottlingException")] * 2)
    with pytest.raises(Exception, match="ThrottlingException"):
        function("feedback")(sample("bounce"), Context())
    assert world.audited("mail-feedback")[-1]["outcome"] == "failed"


def test_the_notice_of_a_change_is_not_mailed_to_a_dead_address(world: World, wire: Wire) -> None:
    """The event on the bus comes all the same, and the audit trail says why there was no mail."""
    world.add_user()
    token = world.token()
    report(world, wire, "bounce")
    assert world.reset(token).status == 200
    world.pump()
    assert len(world.mails()) == 1
    assert world.audited("notify-change")[-1]["reason"] == "suppressed"
    assert len(wire.sent("events.PutEvents")) == 1


def test_outcomes_are_counted_as_metrics(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("POWERTOOLS_METRICS_DISABLED", "false")
    function("feedback")(sample("complaint"), Context())
    metrics = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    assert ("mail-outcome", "complained") in {
        (metric["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Name"], metric["outcome"]) for metric in metrics
    }


@pytest.mark.moto_too
def test_support_sees_no_secret_and_no_stranger(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.add_user()
    token = world.token()
    delivery.main([EMAIL])
    shown = capsys.readouterr().out
    assert token not in shown
    assert "sent" in shown
    delivery.main(["unknown@example.com"])
    assert capsys.readouterr().out == "No enabled account has this address.\n"
    with pytest.raises(SystemExit, match="usage"):
        delivery.main([])


def test_a_report_of_an_unknown_type_is_not_quoted(world: World) -> None:
    """Row 23: Lambda logs an exception's text."""
    event = sample("bounce")
    event["detail"]["eventType"] = "canary"
    with pytest.raises(UnknownReport) as refused:
        function("feedback")(event, Context())
    assert "canary" not in str(refused.value)
