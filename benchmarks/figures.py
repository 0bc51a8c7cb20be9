"""Samples and what is told of them: medians with their quartiles, and ratios of what one round measured."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

type Samples = Mapping[str, Sequence[float]]
"""By subject, a sample a round: those of one round were taken one after the other, in an order drawn anew."""


@dataclass(frozen=True)
class Spread:
    """The median, and the quartiles beside it."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        digits = 2 if self.median < 10 else 0  # noqa: PLR2004 - three digits, more or less
        return f"{self.median:.{digits}f} ({self.low:.{digits}f} to {self.high:.{digits}f})"


def spread(samples: Sequence[float]) -> Spread:
    """Return the spread of two samples or more."""
    low, median, high = statistics.quantiles(samples, n=4, method="inclusive")
    return Spread(round(median, 4), round(low, 4), round(high, 4))


def ratio(of: Sequence[float], to: Sequence[float]) -> Spread:
    """Return the spread of the ratios of two subjects, round by round: what slows a round down slows both."""
    return spread([mine / theirs for mine, theirs in zip(of, to, strict=True)])
