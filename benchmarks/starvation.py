"""What share of owners gets through at the gateway while strangers flood one route: `python -m benchmarks.starvation`.

A simulation in steps of a second, without chance: the route's token bucket, which all callers share, and the firewall's
count of each address over five minutes, which stops an address a while after it has passed the limit. Owners come at a
steady rate, each from an address of its own, and do not try again.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import product

from infra.blocks import blocks
from infra.config import Config
from infra.routes import ROUTES

WINDOW = 300
"""Seconds that the firewall counts over."""
LAG = 30
"""Seconds between passing its limit and being stopped: assumed. AWS checks every ten, and acts soon after."""
SECONDS = 1800
MACHINE = 50.0
"""Requests a second that one address sends at full rate."""
OWNERS = 1.0
ADDRESSES = (1, 3, 20)
TARGETS = {1: 0.99, 3: 0.97, 20: 0.90}

type Strategy = Callable[[int, int], float]
"""Requests that one address sends in a second, of that second and the firewall's limit."""


def full(_second: int, _limit: int) -> float:
    """Send at full rate, whatever happens."""
    return MACHINE


def below(_second: int, limit: int) -> float:
    """Send as much as the firewall lets pass for ever."""
    return min(MACHINE, limit / WINDOW)


def pulses(second: int, _limit: int) -> float:
    """All addresses together at full rate until they are stopped, then quiet until they are forgotten."""
    return MACHINE if second % (WINDOW + LAG) < LAG else 0.0


STRATEGIES: dict[str, Strategy] = {"full rate": full, "just below": below, "pulses": pulses}


@dataclass(frozen=True, kw_only=True)
class Throttle:
    """A route's rate in requests a second, and its burst in requests."""

    rate: float
    burst: float


def share_of_owners(throttle: Throttle, *, addresses: int, strategy: Strategy, limit: int | None) -> float:
    """Return which part of the owners' requests the gateway lets through; a `limit` of None is no firewall."""
    tokens, admitted = throttle.burst, 0.0
    sent = [0.0] * SECONDS  # by one address: all do the same
    for second in range(SECONDS):
        counted = sum(sent[max(0, second - LAG - WINDOW) : max(0, second - LAG)])
        sent[second] = strategy(second, limit or 10**9)
        stopped = limit is not None and counted > limit
        flood = 0.0 if stopped else addresses * sent[second]
        tokens = min(throttle.burst, tokens + throttle.rate)
        passing = min(tokens, flood + OWNERS)
        tokens -= passing
        admitted += passing * OWNERS / (flood + OWNERS)
    return admitted / (SECONDS * OWNERS)


def worst(throttle: Throttle, *, addresses: int, limit: int | None) -> tuple[float, str]:
    """Return the least share of owners that gets through, and against which strategy."""
    return min(
        (share_of_owners(throttle, addresses=addresses, strategy=strategy, limit=limit), name)
        for name, strategy in STRATEGIES.items()
    )


def throttles() -> dict[str, Throttle]:
    """Return the deployed throttle of each route, by path."""
    return {route.path: Throttle(rate=route.rate, burst=route.burst) for route in ROUTES}


def rows(limits: Iterable[int | None]) -> Iterable[str]:
    """Yield the lines of a table: route, firewall, and the owners' share against each number of addresses."""
    yield "| route | firewall | " + " | ".join(f"{addresses} address(es)" for addresses in ADDRESSES) + " |"
    yield "|---|---|" + "---|" * len(ADDRESSES)
    for (path, throttle), limit in product(throttles().items(), limits):
        shares = (worst(throttle, addresses=addresses, limit=limit) for addresses in ADDRESSES)
        firewall = f"{limit} in five minutes" if limit else "off"
        yield f"| `{path}` | {firewall} | " + " | ".join(f"{share:.1%} ({name})" for share, name in shares) + " |"


def main() -> None:
    """Print the table, with the firewall as `prod` has it and without."""
    limit = Config.load(blocks(), "prod").waf_rate_limit
    print("\n".join(rows((limit, None))))
    print("Targets with the firewall: " + ", ".join(f"{share:.0%} against {n}" for n, share in TARGETS.items()) + ".")


if __name__ == "__main__":
    main()
