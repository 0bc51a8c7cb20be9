"""The cost model is pinned to reality: what it bills is what a whole flow does."""

from collections import Counter
from typing import Any

import pytest

from benchmarks.cost.__main__ import DOCUMENT, MEMORIES, document
from benchmarks.cost.flow import Meter, Step, count, flow, read, size, stored_bytes, written
from benchmarks.cost.model import Model, deployed, hosted, read_inputs
from infra.memory import MEMORY
from infra.tables import DELIVERIES, RESET_TOKENS, USERS
from tests.wire import Wire
from tests.world import World

METRICS_ON = pytest.mark.settings(POWERTOOLS_METRICS_DISABLED="false")
MOST_CALLS = {"forgot": 3, "deliver": 6, "feedback": 1, "verify": 2, "reset": 4, "notice": 6}


def text(length: int, **members: Any) -> dict[str, Any]:
    """An item of that many bytes, with these texts among them."""
    texts = {name: {"S": value} for name, value in members.items()}
    return {**texts, "x": {"S": "x" * (length - size(texts) - 1)}}


@pytest.fixture(autouse=True)
def clients_of_its_own(moto_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A meter watches the clients that are made while it counts, and no test after it."""
    monkeypatch.setattr(moto_world.session, "_made", {})


def test_no_step_calls_aws_more_often_than_it_may_and_secrets_are_cached(moto_world: World) -> None:
    steps = count(moto_world)

    assert [step.name for step in steps] == ["forgot", "deliver", "feedback", "verify", "reset", "notice", "feedback"]
    for step in steps:
        assert step.calls.total() <= MOST_CALLS[step.name], step
        assert not any(call.startswith("secretsmanager") for call in step.calls), step


def test_every_call_is_counted(moto_world: World, wire: Wire) -> None:
    meter = Meter(moto_world)
    with meter.watching():
        flow(meter, "alex.miller@example.com")

    counted = sum((step.calls for step in meter.steps), Counter[str]())

    assert counted == Counter(wire.operations())
    assert counted["secretsmanager.GetSecretValue"] == 1


@METRICS_ON
def test_the_document_is_current(moto_world: World) -> None:
    inputs, prices = read_inputs()
    model = Model(count(moto_world), stored_bytes(moto_world), inputs, prices)

    assert DOCUMENT.read_text("utf-8") == document(model, inputs, prices), "make cost"


@METRICS_ON
def test_what_is_logged_and_counted_is_measured(moto_world: World) -> None:
    steps = {step.name: step for step in count(moto_world)}

    assert steps["forgot"].metrics == {"forgot-password/outcome=accepted"}
    assert steps["feedback"].metrics == {"mail-outcome/outcome=delivered", "mail-feedback/outcome=accepted"}
    assert all(400 < step.log_bytes < 2000 for step in steps.values())


def test_sizes_are_those_of_dynamodbs_rules() -> None:
    assert size(None) == 0
    assert size({"name": {"S": "ä"}}) == 4 + 2
    assert size({"n": {"N": "1763678596"}}) == 1 + 6
    assert size({"ok": {"BOOL": True}, "no": {"NULL": True}}) == 2 + 1 + 2 + 1
    assert size({"l": {"L": [{"S": "abc"}]}, "m": {"M": {"k": {"S": "v"}}}}) == 1 + 3 + 1 + 3 + 1 + 3 + 1 + 1 + 1
    with pytest.raises(ValueError, match="SS"):
        size({"set": {"SS": ["a"]}})


def test_writes_are_rounded_up_doubled_in_transactions_and_repeated_in_indexes() -> None:
    assert written(RESET_TOKENS, None, text(1024), 1) == 1
    assert written(RESET_TOKENS, None, text(1025), 1) == 2
    assert written(RESET_TOKENS, text(2049), text(10), 1) == 3
    assert written(RESET_TOKENS, text(10), text(20), 2) == 2
    assert written(USERS, text(90, email_key="a"), text(99, email_key="a"), 2) == 2 + 1
    assert written(USERS, text(90, email_key="a"), text(90, email_key="b"), 1) == 1 + 2
    assert written(USERS, text(90), text(99), 1) == 1
    assert written(USERS, text(90, email_key="a"), text(90, email_key="a"), 1) == 1
    assert written(DELIVERIES, None, text(2000, user_id="u", created_at="2026"), 1) == 4


def test_reads_are_rounded_up_and_halved_where_they_may_be_stale() -> None:
    assert read("GetItem", {"ConsistentRead": True}, {"Item": text(4097)}) == 2
    assert read("GetItem", {}, {"Item": text(4096)}) == 0.5
    assert read("GetItem", {"ConsistentRead": True}, {}) == 1
    assert read("Query", {}, {"Items": [text(3000), text(3000)]}) == 1
    keys = {"Keys": [{}, {}], "ConsistentRead": True}
    assert read("BatchGetItem", {"RequestItems": {"a": keys}}, {"Responses": {"a": [text(5000)]}}) == 2 + 1
    assert read("PutItem", {}, {}) == 0


def model(**assumed: Any) -> Model:
    """A model of one small step, with round figures."""
    inputs, prices = read_inputs()
    step = Step(name="reset", function="reset", calls=Counter({"dynamodb.GetItem": 2}), writes=3, reads=2)
    measured = {"cpu_ms": {"reset": 410}, "cold_ms": {"reset": 300}, "bcrypt_ms": {"10": 50, "12": 200}}
    return Model([step], 450, {"assumed": inputs["assumed"] | assumed, "measured": measured}, prices)


def test_a_bill_is_quantity_times_price() -> None:
    bill = {line.what: line for line in model(cold_start_share=0, call_ms={"dynamodb": 5}).bill(1_000_000)}

    expected = {
        "DynamoDB: write request unit": (3_000_000, 1.875),
        "DynamoDB: read request unit": (2_000_000, 0.25),
        "DynamoDB: GB-month": (0.5, 0.125),
        "API Gateway: REST request": (5_000_000, 17.5),
        # (10 ms + two hashes of 200 ms + two calls of 5 ms) of 1769 MB
        "Lambda: GB-second, arm64": (1769 / 1024 * 0.42 * 1_000_000, 9.6744),
    }
    for what, (quantity, dollars) in expected.items():
        assert (bill[what].quantity, bill[what].dollars) == pytest.approx((quantity, dollars), rel=1e-4), what


def test_starts_are_billed_with_their_share() -> None:
    """300 ms more on a whole processor, for each tenth start; and each reads the pepper."""
    warm, cold = (
        {line.what: line.quantity for line in model(cold_start_share=share).bill(1_000_000)} for share in (0, 0.1)
    )
    assert cold["Lambda: GB-second, arm64"] - warm["Lambda: GB-second, arm64"] == pytest.approx(
        1769 / 1024 * 0.3 * 100_000
    )
    assert cold["Secrets Manager: call"] - warm["Secrets Manager: call"] == 100_000
    # 0.16 environments are one, and it reads every five minutes of 730 hours.
    assert warm["Secrets Manager: call"] == 730 * 12


def test_the_gateway_traces_what_it_answers_itself() -> None:
    """The first of each second of the month, and a twentieth of the rest: of a function, three preflights, a policy."""
    second = 730 * 3600
    (few,) = (line.quantity for line in model().bill(1000) if line.what == "X-Ray: trace")
    (many,) = (line.quantity for line in model().bill(second) if line.what == "X-Ray: trace")
    assert few == 5000
    assert many == second + 0.05 * 4 * second


def test_an_idle_environment_is_billed_for_what_it_deploys() -> None:
    counts = {"secrets": 2, "alarms": 18, "dashboards": 1, "firewalls": 1, "rules": 1, "queues polled": 1}
    lines = model(pollers=5, poll_seconds=20).idle(counts)

    assert sum(line.dollars for line in lines) == pytest.approx(0.80 + 1.80 + 3 + 5 + 1 + 657_000 * 0.4e-6)


def test_an_alarm_costs_as_many_as_it_watches() -> None:
    """A band of what is usual counts as two."""
    requests = {"Id": "requests", "MetricStat": {}}
    alarms: list[dict[str, Any]] = [
        {},
        {"Metrics": [requests, {"Id": "share", "Expression": "requests / 2"}]},
        {"Metrics": [requests, {"Id": "usual", "Expression": "ANOMALY_DETECTION_BAND(requests, 6)"}]},
    ]
    resources = {str(n): {"Type": "AWS::CloudWatch::Alarm", "Properties": alarm} for n, alarm in enumerate(alarms)}

    assert deployed({"Resources": resources})["alarms"] == 1 + 1 + 3


@pytest.mark.parametrize(("environment", "bound", "firewall"), [("dev", 1, 0), ("prod", 9, 7)])
def test_an_idle_environment_costs_little(environment: str, bound: float, firewall: float) -> None:
    """What is deployed is compared with the templates elsewhere."""
    inputs, _ = read_inputs()
    lines = {line.what: line.dollars for line in model().idle(inputs["deployed"][environment])}

    assert sum(lines.values()) < bound
    assert lines["WAF: web ACL-month"] + lines["WAF: rule-month"] == firewall


def test_hosted_users_are_charged_by_tier() -> None:
    plan = {"base": 25, "tiers": [[100, 0], [1000, 0.5], [None, 0.1]]}

    assert [hosted(plan, users) for users in (0, 100, 101, 1000, 2000)] == [25, 25, 25.5, 475, 575]


def test_the_fullest_quota_comes_first_and_grows_with_the_flows() -> None:
    few, many = model().limits(1_000), model().limits(100_000_000)

    assert [limit.load / limit.quota for limit in many] == sorted(
        (limit.load / limit.quota for limit in many), reverse=True
    )
    assert many[0].name == "forgot's own throttle"
    assert max(limit.load / limit.quota for limit in few) < 0.01


def test_a_reset_has_the_least_memory_that_makes_it_no_slower() -> None:
    for _, choices in model().memory_choice(MEMORIES):
        fastest = min(milliseconds for milliseconds, _ in choices)
        assert MEMORIES[[milliseconds for milliseconds, _ in choices].index(fastest)] == MEMORY["reset"]
        assert [dollars for _, dollars in choices] == sorted(dollars for _, dollars in choices)


def test_every_price_says_where_it_is_from() -> None:
    _, prices = read_inputs()

    for price in [*prices["prices"].values(), *prices["hosted"]]:
        assert price["source"], price
        assert price["read"], price
        assert price["verified"] in {True, False}, price


def test_every_wait_says_where_it_is_from() -> None:
    inputs, _ = read_inputs()

    assert inputs["assumed"]["call_sources"].keys() == inputs["assumed"]["call_ms"].keys()
