"""An operator answers who asked for a reset, and what became of it, without the log holding addresses."""

import json
from datetime import timedelta
from typing import Any

import pytest

from local import audit
from tests.world import EMAIL, NEW_PASSWORD, World
from tools.commands import CommandError
from tools.trace import InsightsRecords, KeptRecords, run

OTHER, SOURCE = "other@example.com", "203.0.113.7"


def trace(world: World, *arguments: str) -> str:
    return run(world.app, arguments, lambda _: KeptRecords(audit.records()))


def told(world: World, *arguments: str) -> list[tuple[str, str, str | None]]:
    return [
        (entry["event"], entry["outcome"], entry["reason"]) for entry in json.loads(trace(world, *arguments, "--json"))
    ]


def story(world: World) -> str:
    """Let one person reset their password, and try the link again; return the request's id."""
    world.add_user()
    token = world.token()
    world.clock.advance(60)
    world.verify(token)
    world.clock.advance(60)
    world.reset(token, NEW_PASSWORD)
    world.clock.advance(60)
    world.pump()
    world.clock.advance(60)
    world.reset(token)
    request: str = world.audited("forgot-password")[0]["requestId"]
    return request


STORY = [
    ("forgot-password", "accepted", None),
    ("deliver-reset", "accepted", None),
    ("delivery", "sent", None),
    ("verify-reset-token", "accepted", None),
    ("reset-password", "accepted", None),
    ("notify-change", "accepted", None),
    ("delivery", "sent", None),
    ("reset-password", "refused", "invalid_token"),
]


def test_one_person_is_followed_from_request_to_notice(world: World) -> None:
    """Row 72: by address, in any spelling; nobody else is in it."""
    world.add_user(OTHER)
    world.token(OTHER)
    story(world)
    assert told(world, "DEMO@example.com") == STORY
    text = trace(world, EMAIL)
    assert len(text.splitlines()) == len(STORY)
    assert text.splitlines()[0].startswith("2026-11-20T22:43:16Z  request accepted ")
    assert text.splitlines()[-1].startswith("2026-11-20T22:47:16Z  new password refused: invalid_token")
    assert " why=used " in text.splitlines()[-1]
    assert EMAIL not in text
    assert trace(world, "nobody@example.com") == "Nothing is recorded."


def test_one_request_is_followed(world: World) -> None:
    """Row 72: what it led to, by the id that its token carries; another request of the same person is another story."""
    request = story(world)
    world.clock.advance(60)
    world.forgot()
    world.pump()
    assert told(world, "--request", request) == STORY
    again = world.audited("forgot-password")[1]["requestId"]
    assert told(world, "--request", again) == STORY[:3]


@pytest.mark.settings(EMAIL_STYLE="code")
def test_a_code_shares_its_requests_id_too(world: World) -> None:
    """Row 72: and the token that it is exchanged for."""
    world.add_user()
    flow, code = world.code()
    world.clock.advance(60)
    world.reset(world.verify_code(flow, code).json["token"])
    request = world.audited("forgot-password")[0]["requestId"]
    assert told(world, "--request", request) == [
        *STORY[:3],
        ("verify-reset-code", "accepted", None),
        ("reset-password", "accepted", None),
    ]
    guess, reset = world.audited("verify-reset-code")[0], world.audited("reset-password")[0]
    assert guess["forRequest"] == reset["forRequest"] == request
    assert guess["token"] == reset["token"]


def test_one_source_is_followed(world: World) -> None:
    """Row 72: whatever it asked for; the messages that went to others are their addressees' affair."""
    world.add_user()
    world.add_user(OTHER)
    for email in (EMAIL, OTHER, "nobody@example.com"):
        world.forgot(email, "198.51.100.1")
    world.forgot("quiet@example.com", SOURCE)
    found = told(world, "--source", "198.51.100.1")
    assert found == [("forgot-password", "accepted", None)] * 3
    assert trace(world, "--source", "198.51.100.2") == "Nothing is recorded."


def test_a_bounce_is_in_the_story(world: World) -> None:
    """Row 72: what the provider reports is kept with the delivery."""
    world.add_user()
    world.forgot()
    world.pump()
    (row,) = world.items("DELIVERIES_TABLE")
    world.clock.advance(60)
    world.app.delivery.deliveries.report(row["request_id"], "bounced", world.clock())
    assert told(world, EMAIL)[-1] == ("delivery", "bounced", None)


@pytest.mark.parametrize(
    ("arguments", "refusal"),
    [
        ((), "Give an address, or --request, or --source."),
        ((EMAIL, "--request", "1"), "Give an address, or --request, or --source."),
        (("nobody",), "'nobody' is no email address."),
        (("--hours", "few", EMAIL), "invalid int value: 'few'"),
        (("--account", "1"), "unrecognized arguments: --account"),
    ],
)
def test_what_cannot_be_meant_is_told(world: World, arguments: tuple[str, ...], refusal: str) -> None:
    with pytest.raises(CommandError) as told:
        trace(world, *arguments)
    assert refusal in str(told.value)


class Insights:
    """CloudWatch Logs Insights, which answers when it was asked often enough."""

    def __init__(self, statuses: list[str], lines: list[Any]) -> None:
        self.statuses, self.lines, self.asked = statuses, lines, list[dict[str, Any]]()

    def start_query(self, **parameters: Any) -> dict[str, str]:
        self.asked.append(parameters)
        return {"queryId": "1"}

    def get_query_results(self, **_: Any) -> dict[str, Any]:
        rows = [
            [{"field": "@message", "value": json.dumps(line)}, {"field": "@ptr", "value": "x"}] for line in self.lines
        ]
        return {"status": self.statuses.pop(0), "results": rows}


def insights(world: World, client: Insights) -> InsightsRecords:
    now = world.clock()
    return InsightsRecords(
        client=client, groups=["forgot", "reset"], since=now - timedelta(hours=1), until=now, sleep=lambda _: None
    )


def test_a_stacks_records_are_found_by_insights(world: World) -> None:
    """Row 72: over all functions' log groups; what is searched for is quoted, for an account's id may be any text."""
    client = Insights(["Scheduled", "Running", "Complete"], [{"audit": {"event": "me"}}])
    wanted = {"requestId": {"b", 'a"] or 1'}, "userId": set[str]()}
    assert insights(world, client).find(wanted) == [{"event": "me"}]
    assert client.asked == [
        {
            "logGroupNames": ["forgot", "reset"],
            "startTime": 1795210996,
            "endTime": 1795214597,
            "queryString": 'fields @message | filter audit.requestId in ["a\\"] or 1", "b"] | sort @timestamp asc',
            "limit": 10_000,
        }
    ]


@pytest.mark.parametrize("statuses", [["Running", "Failed"], ["Running"] * 60], ids=["failed", "endless"])
def test_a_query_without_an_answer_is_told(world: World, statuses: list[str]) -> None:
    with pytest.raises(CommandError, match="has no answer: "):
        insights(world, Insights(statuses, [])).find({"requestId": {"a"}})
