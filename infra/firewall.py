"""The firewall: blocked sources, and how many requests an address may send; on the API, or on a distribution before it.

A distribution's is made in us-east-1. For a stack elsewhere `make firewall` writes it as a template.
"""

from collections.abc import Sequence
from typing import Literal

from aws_cdk import aws_wafv2 as waf
from constructs import Construct

SECONDS = 300
"""How long it counts the requests of an address."""


def web_acl(
    scope: Construct, *, name: str, limit: int, blocked: Sequence[str], place: Literal["REGIONAL", "CLOUDFRONT"]
) -> waf.CfnWebACL:
    """Return a firewall, in a construct that has no other."""

    def visible(name: str) -> waf.CfnWebACL.VisibilityConfigProperty:
        return waf.CfnWebACL.VisibilityConfigProperty(
            cloud_watch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=False
        )

    # What `tools.levers` then changes: a deployment writes these lists anew where blockedSources changes.
    lists = [
        waf.CfnIPSet(
            scope,
            f"Blocked{version}",
            scope=place,
            ip_address_version=version,
            addresses=[text for text in blocked if (":" in text) == (version == "IPV6")],
        )
        for version in ("IPV4", "IPV6")
    ]
    listed = [
        waf.CfnWebACL.StatementProperty(
            ip_set_reference_statement=waf.CfnWebACL.IPSetReferenceStatementProperty(arn=addresses.attr_arn)
        )
        for addresses in lists
    ]
    return waf.CfnWebACL(
        scope,
        "Firewall",
        scope=place,
        default_action=waf.CfnWebACL.DefaultActionProperty(allow={}),
        visibility_config=visible(name),
        rules=[
            waf.CfnWebACL.RuleProperty(
                name="blocked-sources",
                priority=0,
                action=waf.CfnWebACL.RuleActionProperty(block={}),
                statement=waf.CfnWebACL.StatementProperty(
                    or_statement=waf.CfnWebACL.OrStatementProperty(statements=listed)
                ),
                visibility_config=visible("blocked-sources"),
            ),
            waf.CfnWebACL.RuleProperty(
                name="requests-per-address",
                priority=1,
                action=waf.CfnWebACL.RuleActionProperty(block={}),
                statement=waf.CfnWebACL.StatementProperty(
                    rate_based_statement=waf.CfnWebACL.RateBasedStatementProperty(
                        aggregate_key_type="IP",
                        limit=limit,
                        evaluation_window_sec=SECONDS,
                        scope_down_statement=waf.CfnWebACL.StatementProperty(
                            byte_match_statement=waf.CfnWebACL.ByteMatchStatementProperty(
                                # Not at the start: without a domain of its own the stage comes first.
                                positional_constraint="CONTAINS",
                                search_string="/auth/",
                                field_to_match=waf.CfnWebACL.FieldToMatchProperty(uri_path={}),
                                text_transformations=[
                                    waf.CfnWebACL.TextTransformationProperty(priority=0, type="URL_DECODE"),
                                    waf.CfnWebACL.TextTransformationProperty(priority=1, type="LOWERCASE"),
                                ],
                            )
                        ),
                    )
                ),
                visibility_config=visible("requests-per-address"),
            ),
        ],
    )
