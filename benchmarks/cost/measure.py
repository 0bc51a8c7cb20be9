"""`python -m benchmarks.cost.measure`: this machine's CPU times, into `inputs.json`, which the model is computed from.

Processor seconds of a handler on moto, less those inside moto itself and inside bcrypt, which is measured apart at each
cost: so what counts is the service's own code and botocore's. Medians; milliseconds of one whole processor.
"""

import contextlib
import io
import json
import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

import bcrypt
import boto3
from moto.core.models import botocore_stubber

from benchmarks.cost.flow import Meter, Step, flow
from benchmarks.cost.model import INPUTS
from local import audit, cloud
from tests.world import Clock, World, deploy

FLOWS, HASHES = 40, 7
COSTS = range(10, 15)


class CpuMeter(Meter):
    """Times steps instead of counting them."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.milliseconds: dict[str, list[float]] = {}
        self.elsewhere = 0.0

    def _begin(self, params: dict[str, Any], model: Any, **_: object) -> None:  # noqa: ANN401 - botocore's hook
        if model.name == "SendEmail":
            super()._begin(params, model)

    def _end(self, parsed: dict[str, Any], model: Any, **_: object) -> None:  # noqa: ANN401 - the same
        """Count nothing: that would take time."""

    @contextmanager
    def step(self, name: str, of: str) -> Iterator[None]:
        """Time a step, less what was spent elsewhere."""
        self.elsewhere = 0.0
        self.steps.append(Step(name=name, function=of))
        start = time.thread_time()
        with contextlib.redirect_stdout(io.StringIO()):
            yield
        self.milliseconds.setdefault(name, []).append((time.thread_time() - start - self.elsewhere) * 1000)

    def excluding(self, called: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function with its processor time kept out of a step's."""

        def timed(*arguments: Any, **members: Any) -> Any:  # noqa: ANN401 - whatever it takes
            start = time.thread_time()
            try:
                return called(*arguments, **members)
            finally:
                self.elsewhere += time.thread_time() - start

        return timed


def handlers() -> dict[str, float]:
    """Return the median milliseconds of each step."""
    settings = {"RESET_LIMIT_PER_SOURCE": "0", "BCRYPT_COST": "10", "POWERTOOLS_METRICS_DISABLED": "false"}
    environment = cloud.default_settings(8000) | cloud.inherited(os.environ) | settings
    with cloud.running(environment), deploy(Clock(), boto3.Session(), environment) as world:
        cloud.create_resources(environment)
        audit.keep_console_quiet()
        meter = CpuMeter(world)
        with (
            mock.patch.object(cloud, "botocore_stubber", meter.excluding(botocore_stubber)),
            mock.patch.object(bcrypt, "hashpw", meter.excluding(bcrypt.hashpw)),
            mock.patch.object(bcrypt, "checkpw", meter.excluding(bcrypt.checkpw)),
            meter.watching(),
        ):
            for number in range(FLOWS):
                flow(meter, f"user{number:03}@example.com")
    return {name: round(statistics.median(times), 1) for name, times in meter.milliseconds.items()}


def hashes() -> dict[str, float]:
    """Return the median milliseconds of one bcrypt hash by cost."""
    times: dict[str, list[float]] = {str(cost): [] for cost in COSTS}
    for _ in range(HASHES):
        for cost in COSTS:  # interleaved, so that a slow moment is everybody's
            start = time.thread_time()
            bcrypt.hashpw(b"purple otters read quietly", bcrypt.gensalt(cost))
            times[str(cost)].append((time.thread_time() - start) * 1000)
    return {cost: round(statistics.median(of_cost), 1) for cost, of_cost in times.items()}


def processor() -> str:
    """Return what the processor calls itself."""
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    return next(line.partition(": ")[2] for line in lines if line.startswith("model name"))


def main() -> None:
    """Write what was measured beside what is assumed."""
    inputs = json.loads(INPUTS.read_text("utf-8"))
    inputs["measured"] = {
        "on": datetime.now(UTC).date().isoformat(),
        "machine": processor(),
        "cpu_ms": handlers(),
        "bcrypt_ms": hashes(),
    }
    INPUTS.write_text(json.dumps(inputs, indent=2, ensure_ascii=False) + "\n", "utf-8")
    print(json.dumps(inputs["measured"], indent=2))


if __name__ == "__main__":
    main()
