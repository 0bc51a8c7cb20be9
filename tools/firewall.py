"""The firewall's lists of blocked sources, kept in line with the levers where a stack has a firewall.

The functions refuse blocked sources by themselves; the firewall does so before anything of ours runs, or is billed.
"""

from collections.abc import Callable, Iterable
from typing import Any

import boto3

from tools.commands import CommandError
from tools.deployment import resources

_TRIES = 5


def sets_of(stack: str) -> list[str]:
    """Return a stack's lists, as CloudFormation calls them: none where it has no firewall."""
    return [physical for _, physical in resources(stack, "AWS::WAFv2::IPSet")]


def block(
    sets: Iterable[str],
    networks: Iterable[str],
    make_client: Callable[[], Any] = lambda: boto3.client("wafv2"),
) -> int:
    """Write these networks, and no others, into the lists; return how many lists there are.

    Raises:
        CommandError: somebody else keeps writing them.
    """
    wanted, count = set(networks), 0
    for physical in sets:
        name, set_id, scope = physical.split("|")
        _write(make_client(), {"Name": name, "Id": set_id, "Scope": scope}, wanted)
        count += 1
    return count


def _write(client: Any, place: dict[str, str], wanted: set[str]) -> None:  # noqa: ANN401 - boto3's client of WAF
    for _ in range(_TRIES):
        found = client.get_ip_set(**place)
        of_six = found["IPSet"]["IPAddressVersion"] == "IPV6"
        addresses = sorted(network for network in wanted if (":" in network) == of_six)
        if sorted(found["IPSet"]["Addresses"]) == addresses:
            return
        try:
            client.update_ip_set(**place, Addresses=addresses, LockToken=found["LockToken"])
        except client.exceptions.WAFOptimisticLockException:
            continue
        return
    message = "Somebody else is changing the firewall: try again."
    raise CommandError(message)
