"""Disputes against rivals, on a real engine: a freeze is one, and neither a reset nor a dispute gets past the other."""

from collections import Counter

import pytest

from tests.handlers.test_phones import ask, sent, texted_code
from tests.handlers.test_reports import BY_PHONE, LOCKED, THIEFS, UNLIMITED, change, owner, standing
from tests.processes import FORKS, at_once
from tests.world import Answer, World

pytestmark = [pytest.mark.engine, FORKS]


@UNLIMITED
def test_ten_disputes_by_one_link(engine_world: World) -> None:
    """Row 64: one freeze, one version more, told once; and everybody is answered the same."""
    engine_world.add_user()
    token = change(engine_world)
    assert token

    answers = at_once(engine_world, 10, lambda _: engine_world.report(token))

    assert Counter(answer.status for answer in answers) == {200: 10}
    assert engine_world.user()["credentials_version"] == 2
    engine_world.pump()
    assert [mail["subject"] for mail in engine_world.mails()].count(LOCKED) == 1
    reasons = Counter(record["reason"] for record in engine_world.audited("notify-dispute"))
    assert reasons[None] == 1
    assert reasons.keys() <= {None, "not_frozen"}


@UNLIMITED
def test_a_dispute_against_resets_by_the_mailbox(engine_world: World) -> None:
    """Row 64: whichever comes first, the account is frozen in the end, and no password of the thief's signs in."""
    engine_world.add_user()
    token = change(engine_world)
    assert token
    link = engine_world.token()

    def rival(number: int) -> Answer:
        return engine_world.reset(link, f"rival number {number} sets this") if number else engine_world.report(token)

    dispute, *resets = at_once(engine_world, 8, rival)

    assert dispute.status == 200
    won = [number for number, answer in enumerate(resets, 1) if answer.status == 200]
    assert len(won) <= 1
    assert {answer.json.get("code") for answer in resets} <= {None, "invalid_token"}
    assert engine_world.user()["credentials_version"] == 2 + len(won)
    assert "frozen_until" in standing(engine_world)
    tried = [THIEFS, *(f"rival number {number} sets this" for number in won)]
    assert [engine_world.sign_in(password).status for password in tried] == [401] * len(tried)


@BY_PHONE
def test_a_dispute_by_mail_against_the_owners_reset_by_phone(engine_world: World) -> None:
    """Row 64: the reset overrules the dispute, or the freeze voids the code: never both, and never neither."""
    owner(engine_world)
    token = change(engine_world)
    assert token
    engine_world.clock.advance(1)
    flow = ask(engine_world, "sms")
    code = engine_world.verify_code(flow, texted_code(sent(engine_world, "sms")[-1])).json["token"]

    def rival(number: int) -> Answer:
        return engine_world.reset(code) if number % 2 else engine_world.report(token)

    answers = at_once(engine_world, 8, rival)

    disputes, resets = (Counter(answer.status for answer in answers[at::2]) for at in (0, 1))
    assert (disputes, resets) in [({200: 4}, {400: 4}), ({400: 4}, {200: 1, 400: 3})]
    assert ("frozen_until" in standing(engine_world)) is (disputes == {200: 4})
