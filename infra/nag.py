"""Rules of cdk-nag that do not fit here, acknowledged with the reason, on the resource that each is about."""

from collections.abc import Mapping

from aws_cdk import Acknowledgment, Validations
from constructs import IConstruct


def acknowledge(construct: IConstruct, reasons: Mapping[str, str]) -> None:
    """Record why these rules are not met: the key is a rule's id, with the finding's where it has several."""
    acknowledgments = [Acknowledgment(id=rule, reason=reason) for rule, reason in reasons.items()]
    Validations.of(construct).acknowledge(*acknowledgments)
