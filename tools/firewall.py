"""The firewall's lists of blocked sources, kept in line with the levers where a stack has a firewall.

It's in the stack, or before the stack's distribution: then it's in us-east-1, in a stack of its own (`make firewall`).

The functions refuse blocked sources by themselves; the firewall does so before anything of ours runs, or is billed.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import boto3

from tools.commands import CommandError
from tools.deployment import resources

GLOBAL_REGION = "us-east-1"
"""Where AWS keeps the firewalls of distributions."""
_GLOBAL = "CLOUDFRONT"
_RULE = "blocked-sources"
_TRIES = 5


def sets_of(stack: str) -> list[str]:
    """Return a stack's lists, as CloudFormation calls them: none where it has no firewall."""
    own = [physical for _, physical in resources(stack, "AWS::WAFv2::IPSet")]
    distributions = resources(stack, "AWS::CloudFront::Distribution")
    return own or [found for _, distribution in distributions for found in _sets_before(distribution)]


def _sets_before(distribution: str) -> Iterator[str]:
    config = boto3.client("cloudfront").get_distribution_config(Id=distribution)["DistributionConfig"]
    _, is_global, acl = config.get("WebACLId", "").partition(":global/webacl/")
    if not is_global:
        return
    name, acl_id = acl.split("/")
    rules = _client(_GLOBAL).get_web_acl(Name=name, Id=acl_id, Scope=_GLOBAL)["WebACL"]["Rules"]
    # Other lists may be there for other reasons: whom a team lets through, above all.
    for statement in (rule["Statement"] for rule in rules if rule["Name"] == _RULE):
        for listed in statement["OrStatement"]["Statements"]:
            name, set_id = listed["IPSetReferenceStatement"]["ARN"].split("/")[-2:]
            yield f"{name}|{set_id}|{_GLOBAL}"


def _client(scope: str) -> Any:  # noqa: ANN401 - boto3's client of WAF
    return boto3.client("wafv2", region_name=GLOBAL_REGION if scope == _GLOBAL else None)


def block(
    sets: Iterable[str],
    networks: Iterable[str],
    make_client: Callable[[str], Any] = _client,
) -> int:
    """Write these networks, and no others, into the lists; return how many lists there are.

    Raises:
        CommandError: somebody else keeps writing them.
    """
    wanted, count = set(networks), 0
    for physical in sets:
        name, set_id, scope = physical.split("|")
        _write(make_client(scope), {"Name": name, "Id": set_id, "Scope": scope}, wanted)
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
