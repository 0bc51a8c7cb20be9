"""DNS records: written into the hosted zone that a team has, and otherwise told as outputs, for whoever writes them."""

from collections.abc import Iterable
from dataclasses import dataclass

from aws_cdk import aws_route53 as route53
from constructs import Construct

from infra.config import HostedZone
from infra.tokens import unresolved

_TTL_SECONDS = "1800"


@dataclass(frozen=True, kw_only=True)
class Record:
    """A record, and the output that tells it; `alias` is the id of the zone of an AWS service's name."""

    output: str
    name: str
    kind: str
    value: str
    below: str = ""
    alias: str = ""
    aliased: tuple[str, ...] = ("A",)

    def __str__(self) -> str:
        return f"{self.name} {self.kind} {self.value}"

    def is_in(self, zone: HostedZone) -> bool:
        """Whether a zone has a place for it. Of a name that only a deployment knows, `below` is what it ends in."""
        name = self.below or self.name
        known = not unresolved(zone.name) and not unresolved(name)
        return not known or name == zone.name or name.endswith(f".{zone.name}")


def publish(scope: Construct, zone: HostedZone | None, records: Iterable[Record]) -> dict[str, str]:
    """Write the records that belong into the zone; return the others, by their outputs."""
    told = {}
    for record in records:
        if zone and record.is_in(zone):
            _write(scope, zone, record)
        else:
            told[record.output] = str(record)
    return told


def _write(scope: Construct, zone: HostedZone, record: Record) -> None:
    if record.alias:
        target = route53.CfnRecordSet.AliasTargetProperty(dns_name=record.value, hosted_zone_id=record.alias)
        for kind in record.aliased:
            route53.CfnRecordSet(
                scope,
                f"{record.output}{kind}",
                hosted_zone_id=zone.id,
                name=record.name,
                type=kind,
                alias_target=target,
            )
        return
    route53.CfnRecordSet(
        scope,
        record.output,
        hosted_zone_id=zone.id,
        name=record.name,
        type=record.kind,
        resource_records=[record.value],
        ttl=_TTL_SECONDS,
    )
