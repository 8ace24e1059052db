"""Counts of two spans of time: whether they differ by more than luck, each beside the days on which anybody came."""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from intake.attribution.statistics.shares import Interval
from intake.attribution.statistics.tails import (
    beta_quantile,
    binomial_at_least,
    binomial_at_most,
    gamma_quantile,
)

# Combined; below it no difference short of all-or-nothing could be told from luck.
TOO_FEW = 10
SURE = 0.05


class ChangeVerdict(StrEnum):
    TOO_FEW = "too-few"
    MORE = "more"
    FEWER = "fewer"
    NO_CLEAR_CHANGE = "no-clear-change"


@dataclass(frozen=True)
class Change:
    """Two counts compared. `ratio` is the rate now over the rate before; None where that is no number.

    `high` is None where the interval has no upper end.
    """

    now: int
    before: int
    p: float
    ratio: float | None
    low: float
    high: float | None

    @property
    def verdict(self) -> ChangeVerdict:
        if self.now + self.before < TOO_FEW:
            return ChangeVerdict.TOO_FEW
        if self.p >= SURE:
            return ChangeVerdict.NO_CLEAR_CHANGE
        return ChangeVerdict.MORE if self.low >= 1 else ChangeVerdict.FEWER


# The same counts stand on many pages, and both ends of an interval are found by search.
@lru_cache(maxsize=20_000)
def change(now: int, before: int, *, exposure_now: float = 1.0, exposure_before: float = 1.0) -> Change:
    """Whether a rate changed, given clinic days (or anything proportional) as exposure.

    The exact conditional test: given both counts together, the one now is binomial with the share of the exposure
    that lies now: Przyborowski and Wilenski, "Homogeneity of Results in Testing Samples from Poisson Series",
    Biometrika 31 (1940) 313–323. Two-sided p is twice the smaller tail, the one that agrees with the interval below
    (Fay, "Two-sided Exact Tests and Matching Confidence Intervals for Discrete Data", R Journal 2/1 (2010) 53–58), so
    a page never says "changed" beside an interval that holds 1. With no exposure on a side nothing can be compared.
    """
    if exposure_now <= 0 or exposure_before <= 0:
        return Change(now, before, 1.0, None, 0.0, None)
    share = exposure_now / (exposure_now + exposure_before)
    both = now + before
    p = min(1.0, 2 * min(binomial_at_most(now, both, share), binomial_at_least(now, both, share)))
    low, high = ratio_interval(now, before, exposure_now=exposure_now, exposure_before=exposure_before)
    ratio = (now / exposure_now) / (before / exposure_before) if before else None
    return Change(now, before, p, ratio, low, high)


def ratio_interval(
    now: int, before: int, *, exposure_now: float = 1.0, exposure_before: float = 1.0, level: float = 0.95
) -> tuple[float, float | None]:
    """Exact interval of the ratio of two Poisson rates; the upper end is None when there was nothing before.

    The Clopper–Pearson interval of the conditional binomial share, turned into a ratio: Clopper and Pearson,
    "The Use of Confidence or Fiducial Limits", Biometrika 26 (1934) 404–413, applied as in Przyborowski and
    Wilenski (1940).
    """
    exposure, outside = exposure_before / exposure_now, (1 - level) / 2
    low = 0.0
    if now:
        share = beta_quantile(now, before + 1, outside)
        low = share / (1 - share) * exposure
    if not before:
        return low, None
    share = beta_quantile(now + 1, before, 1 - outside)
    return low, share / (1 - share) * exposure


def count_interval(count: int, level: float = 0.95) -> Interval:
    """Exact interval of the mean of a Poisson count.

    Garwood, "Fiducial Limits for the Poisson Distribution", Biometrika 28 (1936) 437–442.
    """
    outside = (1 - level) / 2
    low = gamma_quantile(count, outside) if count else 0.0
    return Interval(low, gamma_quantile(count + 1, 1 - outside))
