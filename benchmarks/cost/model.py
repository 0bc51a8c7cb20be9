"""From counted steps, measured times and published prices to dollars. Pure: what it needs is given to it.

Free tiers are left out. Lambda bills wall time, which is CPU time at the memory's share of a processor, plus the
waiting for AWS's answers: the first is measured (`docs/performance.json`), the second assumed (`inputs.json`).
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.cost.flow import Step
from infra.memory import MEMORY
from infra.routes import ROUTES
from password_reset.aws.secrets import CACHED

HERE = Path(__file__).parent
INPUTS, PRICES = HERE / "inputs.json", HERE / "prices.json"
FIGURES = HERE.parents[1] / "docs" / "performance.json"
VCPU_MB = 1769
"""Memory with one processor's share: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html."""
MEASURED_COST = 12
"""Of bcrypt, the default, with which a reset was measured."""
MONTH_SECONDS = 730 * 3600
GB = 1e9

type Inputs = Mapping[str, Any]


@dataclass(frozen=True)
class Line:
    """One line of a bill. `what` names the price."""

    what: str
    quantity: float
    dollars: float


@dataclass(frozen=True)
class Limit:
    """A quota against the load of a busy moment, both a second unless `unit` says otherwise."""

    name: str
    unit: str
    load: float
    quota: float
    remedy: str


class Model:
    """The bill of an environment."""

    def __init__(self, steps: Sequence[Step], stored_bytes: int, inputs: Inputs, prices: Mapping[str, Any]) -> None:
        self.steps = steps
        self.prices: Mapping[str, Mapping[str, Any]] = prices["prices"]
        self._stored_bytes = stored_bytes
        self._assumed = inputs["assumed"]
        self._measured = inputs["measured"]

    def line(self, what: str, quantity: float) -> Line:
        """Return a line of the bill."""
        price = self.prices[what]
        return Line(what, quantity, quantity * price["dollars"] / price["per"])

    def cpu_ms(self, step: Step, bcrypt_cost: int = MEASURED_COST) -> float:
        """Return a step's CPU time on a whole processor; a reset hashes once and compares once."""
        hashes = 2 if step.name == "reset" else 0
        of_one: Mapping[str, float] = self._measured["bcrypt_ms"]
        milliseconds: float = self._measured["cpu_ms"][step.name]
        return milliseconds + hashes * (of_one[str(bcrypt_cost)] - of_one[str(MEASURED_COST)])

    def waiting_ms(self, step: Step) -> float:
        """Return how long a step waits for AWS's answers, one after the other."""
        known: Mapping[str, float] = self._assumed["call_ms"]
        return sum(times * known.get(call, known[call.partition(".")[0]]) for call, times in step.calls.items())

    def billed_ms(self, step: Step, memory: int | None = None, bcrypt_cost: int = MEASURED_COST) -> int:
        """Return what Lambda bills for a step on a warm function."""
        held_to = share(memory or MEMORY[step.function])
        return math.ceil(self.cpu_ms(step, bcrypt_cost) / held_to + self.waiting_ms(step))

    def gb_seconds(self, step: Step) -> float:
        """Return a step's GB-seconds, initialisations included, which have a whole processor."""
        cold: float = self._assumed["cold_start_share"] * self._measured["cold_ms"][step.function]
        return MEMORY[step.function] / 1024 * (self.billed_ms(step) + cold) / 1000

    def requests(self) -> int:
        """Return the gateway's requests of one flow, with the pages' preflights and their reading of the policy."""
        posts = sum(1 for step in self.steps if step.function in _routed())
        return posts + self._without_function()

    def bill(self, flows: float) -> list[Line]:
        """Return a month's lines for so many flows, besides what an idle environment costs."""
        requests = self.requests() * flows
        messages = sum(step.calls["sqs.SendMessage"] for step in self.steps)
        mails = sum(step.calls["email.SendEmail"] for step in self.steps)
        logged = sum(_rounded(step.log_bytes) + self._assumed["platform_log_bytes"] for step in self.steps)
        logged += self.requests() * self._assumed["access_log_bytes"]
        stored = _rounded(self._stored_bytes) * flows / GB
        metrics = {metric.partition("/")[0] for step in self.steps for metric in step.metrics}
        return [
            self.line("SES: mail", mails * flows),
            self.line("API Gateway: REST request", requests),
            self.line("Lambda: request", len(self.steps) * flows),
            self.line("Lambda: GB-second, arm64", sum(map(self.gb_seconds, self.steps)) * flows),
            self.line("DynamoDB: write request unit", sum(step.writes for step in self.steps) * flows),
            self.line("DynamoDB: read request unit", sum(step.reads for step in self.steps) * flows),
            self.line("DynamoDB: GB-month", stored),
            self.line("DynamoDB: GB-month of point-in-time recovery", stored),
            self.line("SQS: request", 3 * messages * flows),  # sent, received and deleted, each alone
            self.line("EventBridge: custom event", sum(step.calls["events.PutEvents"] for step in self.steps) * flows),
            self.line("CloudWatch: GB of logs", logged * flows / GB),
            self.line("CloudWatch: metric-month", len(metrics) * self._assumed["outcomes_per_metric"] * bool(flows)),
            self.line("X-Ray: trace", self._traces(flows)),
            self.line("Secrets Manager: call", self._secret_reads(flows)),
            self.line("Data transfer: GB out", requests * self._assumed["response_bytes"] / GB),
            self.line("WAF: request", requests),
        ]

    def challenges(self, solved: float) -> float:
        """Return what so many requests with a solution cost more than as many without."""
        (forgot,) = (step for step in self.steps if step.name == "forgot")
        lines = [
            self.line("API Gateway: REST request", 2 * solved),
            self.line("Lambda: request", 2 * solved),
            # The challenge's function is taken to be as long as forgot, which does more.
            self.line("Lambda: GB-second, arm64", 2 * self.gb_seconds(forgot) * solved),
            self.line("DynamoDB: write request unit", 4 * solved),
        ]
        return sum(line.dollars for line in lines)

    def idle(self, deployed: Mapping[str, int]) -> list[Line]:
        """Return a month's lines of an environment that nobody calls."""
        polls = self._assumed["pollers"] * MONTH_SECONDS / self._assumed["poll_seconds"]
        return [
            self.line("Secrets Manager: secret-month", deployed["secrets"]),
            self.line("CloudWatch: alarm-month", deployed["alarms"]),
            self.line("CloudWatch: dashboard-month", deployed["dashboards"]),
            self.line("WAF: web ACL-month", deployed["firewalls"]),
            self.line("WAF: rule-month", deployed["rules"]),
            self.line("SQS: request", polls * deployed["queues polled"]),
        ]

    def limits(self, flows: float) -> list[Limit]:
        """Return what is used of each quota in a busy moment, the fullest first."""
        rate = flows / MONTH_SECONDS * self._assumed["peak_factor"]
        route = {route.function: route for route in ROUTES}
        workers = [step for step in self.steps if step.function == "deliver"]
        concurrent = rate * sum(map(self.billed_ms, self.steps)) / 1000
        limits = [
            Limit("SES sending rate", "mails/s", rate * len(workers), 14, "ask SES for a higher rate"),
            Limit("forgot's own throttle", "requests/s", rate, route["forgot"].rate, "raise `rate` in infra/routes.py"),
            Limit("reset's own throttle", "requests/s", rate, route["reset"].rate, "raise `rate` in infra/routes.py"),
            Limit(
                "API Gateway's account throttle", "requests/s", rate * self.requests(), 10_000, "ask for a higher quota"
            ),
            Limit("Lambda concurrency", "at once", concurrent, 1000, "ask for a higher quota"),
            Limit(
                "workers (maximumConcurrency, default)",
                "at once",
                rate * sum(map(self.billed_ms, workers)) / 1000,
                10,
                "raise `maximumConcurrency`; until then mails queue",
            ),
            Limit(
                "one DynamoDB partition of writes",
                "units/s",
                rate * max(step.writes for step in self.steps),
                1000,
                "nothing: keys are hashes and ids, so on-demand tables split by themselves",
            ),
        ]
        return sorted(limits, key=lambda limit: limit.load / limit.quota, reverse=True)

    def memory_choice(self, memories: Sequence[int]) -> Iterator[tuple[int, list[tuple[int, float]]]]:
        """For each bcrypt cost, give a reset's milliseconds and its dollars a million for each memory."""
        (reset,) = (step for step in self.steps if step.name == "reset")
        for cost in map(int, self._measured["bcrypt_ms"]):
            choices = []
            for memory in memories:
                milliseconds = self.billed_ms(reset, memory, cost)
                gb_seconds = memory / 1024 * milliseconds / 1000
                choices.append((milliseconds, self.line("Lambda: GB-second, arm64", gb_seconds * 1e6).dollars))
            yield cost, choices

    def _without_function(self) -> int:
        """Return the requests of a flow that the gateway answers itself, which it traces as well."""
        answered: int = self._assumed["preflights"] + self._assumed["policy_requests"]
        return answered

    def _traces(self, flows: float) -> float:
        # The default rule: the first of each second, and a twentieth of the rest. An event without a trace starts one.
        made = (len(self.steps) + self._without_function()) * flows
        first = min(made, self._assumed["trace_reservoir_per_second"] * MONTH_SECONDS)
        return float(first + self._assumed["trace_share"] * (made - first))

    def _secret_reads(self, flows: float) -> float:
        # By each environment when it starts, and again when what it has is too old.
        total: float = self._assumed["cold_start_share"] * len(self.steps) * flows
        for function in {step.function for step in self.steps}:
            steps = [step for step in self.steps if step.function == function]
            environments = max(1, math.ceil(flows / MONTH_SECONDS * sum(map(self.billed_ms, steps)) / 1000))
            total += min(len(steps) * flows, environments * MONTH_SECONDS / CACHED.total_seconds())
        return total


def hosted(plan: Mapping[str, Any], users: float) -> float:
    """Return what a hosted plan asks a month for so many active users."""
    total, below = float(plan["base"]), 0.0
    for upto, dollars in plan["tiers"]:
        total += max(0.0, min(users, upto or math.inf) - below) * dollars
        below = upto or math.inf
    return total


def deployed(template: Mapping[str, Any]) -> dict[str, int]:
    """Return how many of what costs by the month a template creates."""
    resources = template["Resources"].values()
    kinds = {
        "secrets": "AWS::SecretsManager::Secret",
        "alarms": "AWS::CloudWatch::Alarm",
        "dashboards": "AWS::CloudWatch::Dashboard",
        "firewalls": "AWS::WAFv2::WebACL",
        "queues polled": "AWS::Lambda::EventSourceMapping",
        "KMS keys": "AWS::KMS::Key",
    }
    found = {name: sum(1 for resource in resources if resource["Type"] == kind) for name, kind in kinds.items()}
    alarms = [resource for resource in resources if resource["Type"] == kinds["alarms"]]
    found["alarms"] = sum(_watched(alarm["Properties"]) for alarm in alarms)
    walls = [resource for resource in resources if resource["Type"] == kinds["firewalls"]]
    return {**found, "rules": sum(len(wall["Properties"]["Rules"]) for wall in walls)}


def read_inputs() -> tuple[Inputs, Mapping[str, Any]]:
    """Return what was measured, deployed and assumed, and the prices."""
    inputs, figures, prices = (json.loads(path.read_text("utf-8")) for path in (INPUTS, FIGURES, PRICES))
    return {**inputs, "measured": measured(figures)}, prices


def measured(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Return milliseconds of one whole processor: of warm steps, what a start adds, and of one hash by its cost."""
    cold, warm = ({name: of["ms"][0] for name, of in figures[when].items()} for when in ("cold", "warm"))
    return {
        "on": figures["on"],
        "machine": figures["machine"],
        "cpu_ms": warm,
        "cold_ms": {name: cold[name] - warm[name] for name in warm.keys() & cold.keys()},
        "bcrypt_ms": figures["bcrypt"],
    }


def share(memory: int) -> float:
    """Return a memory's share of a processor: of more than one, a handler's one thread has nothing."""
    return min(1.0, memory / VCPU_MB)


def _watched(alarm: Mapping[str, Any]) -> int:
    # An alarm is paid for by the metrics that it watches, and a band of the usual is two: its upper and lower end.
    metrics = alarm.get("Metrics", ())
    bands = sum("ANOMALY_DETECTION_BAND" in metric.get("Expression", "") for metric in metrics)
    return max(1, sum("MetricStat" in metric for metric in metrics) + 2 * bands)


def _rounded(size: int) -> int:
    return math.ceil(size / 100) * 100  # a line number of one digit more makes no other bill


def _routed() -> set[str]:
    return {route.function for route in ROUTES if route.function}
