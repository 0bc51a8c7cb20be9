"""`make cost FLOWS=1000000`: print what that many flows a month cost; write build/cost.json and docs/cost.md."""

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import boto3
import jinja2

from benchmarks.cost.flow import Step, count, stored_bytes
from benchmarks.cost.model import INPUTS, Line, Model, deployed, hosted, read_inputs
from infra.blocks import blocks
from local import audit, cloud
from tests.world import Clock, deploy

ROOT = Path(__file__).parents[2]
DOCUMENT, RESULT = ROOT / "docs" / "cost.md", ROOT / "build" / "cost.json"
TEMPLATE = Path(__file__).parent / "cost.md.j2"
VOLUMES = (1_000, 1_000_000, 100_000_000)
MEMORIES = (256, 512, 1024, 1769, 3008)

type Table = tuple[Sequence[str], Sequence[Sequence[str]]]


def counted() -> tuple[list[Step], int]:
    """Return the steps of a flow on moto, and what it stores."""
    environment = cloud.default_settings(8000) | cloud.inherited(os.environ) | {"POWERTOOLS_METRICS_DISABLED": "false"}
    with cloud.running(environment), deploy(Clock(), boto3.Session(), environment) as world:
        cloud.create_resources(environment)
        audit.keep_console_quiet()
        return count(world), stored_bytes(world)


def document(model: Model, inputs: Any, prices: Any) -> str:  # noqa: ANN401 - JSON
    """Return docs/cost.md."""
    environment = jinja2.Environment(  # noqa: S701 - Markdown # nosec B701
        loader=jinja2.FileSystemLoader(TEMPLATE.parent), undefined=jinja2.StrictUndefined, keep_trailing_newline=True
    )
    return environment.get_template(TEMPLATE.name).render(
        assumed=inputs["assumed"],
        measured=inputs["measured"],
        region=prices["region"],
        challenge=model.challenges(1e6),
        flow=_markdown(flow_table(model)),
        waits=_markdown(waits_table(inputs["assumed"])),
        bill=_markdown(bill_table(model, VOLUMES)),
        idle=_markdown(idle_table(model, inputs["deployed"])),
        hosted=_markdown(hosted_table(model, prices, VOLUMES)),
        limits=_markdown(limits_table(model, VOLUMES)),
        memory=_markdown(memory_table(model)),
        price_list=_markdown(price_table(prices)),
    )


def flow_table(model: Model) -> Table:
    """What each invocation of a flow does."""
    rows = [
        [
            step.name,
            step.function,
            str(step.calls.total()),
            ", ".join(f"{times} {call}" if times > 1 else call for call, times in sorted(step.calls.items())),
            f"{step.writes:g}",
            f"{step.reads:g}",
            f"{model.cpu_ms(step):.0f}",
            f"{model.billed_ms(step)}",
        ]
        for step in model.steps
    ]
    return ["step", "function", "calls", "which", "writes", "reads", "CPU ms", "billed ms"], rows


def waits_table(assumed: Any) -> Table:  # noqa: ANN401 - JSON
    """How long each kind of call waits, and who says so."""
    rows = [[call, str(wait), assumed["call_sources"][call]] for call, wait in assumed["call_ms"].items()]
    return ["call", "ms", "source"], rows


def bill_table(model: Model, volumes: Sequence[int]) -> Table:
    """Each line of the bill, at each volume."""
    bills = [model.bill(flows) for flows in volumes]
    rows = [[lines[0].what, *(_dollars(line.dollars) for line in lines)] for lines in zip(*bills, strict=True)]
    totals = [sum(line.dollars for line in bill) for bill in bills]
    rows.append(["total", *map(_dollars, totals)])
    rows.append(["a million flows", *(_dollars(t / v * 1e6) for t, v in zip(totals, volumes, strict=True))])
    return ["", *(f"{flows:,} flows" for flows in volumes)], rows


def idle_table(model: Model, environments: dict[str, dict[str, int]]) -> Table:
    """What each environment costs when nobody calls."""
    bills: list[list[Line]] = [model.idle(counts) for counts in environments.values()]
    rows = [
        [lines[0].what, *(f"{line.quantity:,.0f}: {_dollars(line.dollars)}" for line in lines)]
        for lines in zip(*bills, strict=True)
    ]
    rows.append(["total", *(_dollars(sum(line.dollars for line in bill)) for bill in bills)])
    return ["", *environments], rows


def hosted_table(model: Model, prices: Any, volumes: Sequence[int]) -> Table:  # noqa: ANN401 - JSON
    """What hosted providers ask for the same users."""
    users = [factor * flows for flows in volumes for factor in (1, 12)]
    ours = [_dollars(sum(line.dollars for line in model.bill(flows))) for flows in volumes for _ in (1, 12)]
    rows = [["this service", *ours, ""]]
    rows += [
        [
            plan["name"],
            *(_dollars(hosted(plan, count)) for count in users),
            "; ".join(filter(None, [plan.get("note", ""), plan["source"], _state(plan)])),
        ]
        for plan in prices["hosted"]
    ]
    columns = [f"{flows:,}{times}" for flows in volumes for times in ("", " x 12")]
    return ["", *columns, "source"], rows


def limits_table(model: Model, volumes: Sequence[int]) -> Table:
    """How full each quota is at each volume."""
    busiest = model.limits(volumes[-1])
    by_name = [{limit.name: limit for limit in model.limits(flows)} for flows in volumes]
    rows = [
        [limit.name, f"{limit.quota:,} {limit.unit}", *(_share(found[limit.name]) for found in by_name), limit.remedy]
        for limit in busiest
    ]
    return ["quota", "is", *(f"{flows:,} flows" for flows in volumes), "then"], rows


def memory_table(model: Model) -> Table:
    """Time and price of a reset by bcrypt cost and memory."""
    rows = [
        [f"cost {cost}", *(f"{milliseconds:,} ms, ${dollars:,.2f}" for milliseconds, dollars in choices)]
        for cost, choices in model.memory_choice(MEMORIES)
    ]
    return ["", *(f"{memory} MB" for memory in MEMORIES)], rows


def price_table(prices: Any) -> Table:  # noqa: ANN401 - JSON
    """Each price with where it is from."""
    rows = [
        [what, f"${price['dollars']:g} per {price['per']:,}", price["source"], _state(price)]
        for what, price in prices["prices"].items()
    ]
    return ["price", "is", "source", "read"], rows


def main() -> None:
    """Print the tables for FLOWS; write them for the usual volumes."""
    remember_deployed()
    flows = int(os.environ.get("FLOWS") or VOLUMES[1])
    if flows < 1:
        sys.exit("FLOWS cannot be less than 1.")
    inputs, prices = read_inputs()
    model = Model(*counted(), inputs, prices)
    tables = {
        "A flow": flow_table(model),
        "Dollars a month": bill_table(model, [flows]),
        "Idle, dollars a month": idle_table(model, inputs["deployed"]),
        "Hosted providers": hosted_table(model, prices, [flows]),
        "What is full first": limits_table(model, [flows]),
        "A reset by bcrypt cost and memory": memory_table(model),
    }
    for title, table in tables.items():
        print(f"{title}\n\n{_aligned(table)}\n")
    RESULT.parent.mkdir(exist_ok=True)
    result = {str(volume): [asdict(line) for line in model.bill(volume)] for volume in sorted({flows, *VOLUMES})}
    RESULT.write_text(json.dumps({"bills": result, "inputs": inputs, "prices": prices}, indent=2) + "\n", "utf-8")
    DOCUMENT.write_text(document(model, inputs, prices), "utf-8")
    print(f"Written: {RESULT.relative_to(ROOT)}, {DOCUMENT.relative_to(ROOT)}")


def remember_deployed() -> None:
    """Count what each environment deploys, into inputs.json."""
    from infra.permissions import synthesise  # noqa: PLC0415 - the CDK takes seconds to import

    inputs = json.loads(INPUTS.read_text("utf-8"))
    inputs["deployed"] = {name: deployed(synthesise(name, with_everything=False)) for name in blocks()}
    INPUTS.write_text(json.dumps(inputs, indent=2, ensure_ascii=False) + "\n", "utf-8")


def _dollars(dollars: float) -> str:
    return f"{dollars:,.2f}"


def _share(limit: Any) -> str:  # noqa: ANN401 - a Limit
    return f"{limit.load / limit.quota:,.1%}"


def _state(price: Any) -> str:  # noqa: ANN401 - JSON
    return str(price["read"]) if price["verified"] else f"unverified, {price['read']}"


def _markdown(table: Table) -> str:
    head, rows = table
    return "\n".join([_row(head), _row(["---"] * len(head)), *map(_row, rows)])


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _aligned(table: Table) -> str:
    head, rows = table
    lines = [head, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


if __name__ == "__main__":
    main()
