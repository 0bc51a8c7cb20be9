"""Samples, and what is told of them: medians with quartiles, and ratios of what one round measured."""

import statistics
from collections.abc import Mapping, Sequence

type Samples = Mapping[str, Sequence[float]]
"""By subject, a sample a round: those of one round were taken one after the other, in an order drawn anew."""
type Spread = Sequence[float]
"""Median, lower and upper quartile."""


def spread(samples: Sequence[float]) -> Spread:
    """Return the spread of two samples or more."""
    low, median, high = statistics.quantiles(samples, n=4, method="inclusive")
    return [round(value, 3) for value in (median, low, high)]


def ratio(of: Sequence[float], to: Sequence[float]) -> Spread:
    """Return the spread of the ratios of two subjects, round by round: what slows a round down slows both."""
    return spread([mine / theirs for mine, theirs in zip(of, to, strict=True)])
