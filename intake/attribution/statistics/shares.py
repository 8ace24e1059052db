"""Shares: how far one may be off by chance, by how much two differ, and what those who said nothing could change."""

from collections.abc import Sequence
from math import sqrt
from typing import NamedTuple

from intake.attribution.statistics.tails import normal_quantile

Z_95 = 1.959963984540054


class Interval(NamedTuple):
    """Lower and upper end."""

    low: float
    high: float


def wilson(successes: float, of: int, z: float = Z_95) -> Interval:
    """The Wilson score interval for a share; (0, 1) when nothing was observed.

    Chosen because it keeps its promised coverage for small numbers and shares near 0 or 1, where the textbook
    interval fails, and never leaves [0, 1]: Brown, Cai and DasGupta, "Interval Estimation for a Binomial
    Proportion", Statistical Science 16 (2001) 101–133. Shares of fractional credit are taken as they are.
    """
    if of <= 0:
        return Interval(0.0, 1.0)
    share = min(max(successes / of, 0.0), 1.0)
    center = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return Interval(max(0.0, min(center - half, share)), min(1.0, max(center + half, share)))


def simultaneous(counts: Sequence[float], of: int, level: float = 0.95) -> list[Interval]:
    """Intervals for every row of a table that hold all at once with this level, so that rows may be compared by eye.

    Goodman, "On Simultaneous Confidence Intervals for Multinomial Proportions", Technometrics 7 (1965) 247–254,
    formula 2.6: the Wilson interval with the chance of error divided among the rows (Bonferroni). Twenty rows with
    95% intervals each would let one be wrong in most tables.
    """
    if not counts:
        return []
    z = normal_quantile(1 - (1 - level) / (2 * len(counts)))
    return [wilson(count, of, z) for count in counts]


def difference(now: float, of_now: int, before: float, of_before: int, z: float = Z_95) -> Interval:
    """Interval for share now − share before, two independent groups; (−1, 1) when one of them is empty.

    Newcombe, "Interval Estimation for the Difference Between Independent Proportions: Comparison of Eleven Methods",
    Statistics in Medicine 17 (1998) 873–890, method 10: the Wilson intervals of both shares, squared and added.
    """
    if of_now <= 0 or of_before <= 0:
        return Interval(-1.0, 1.0)
    first, second = now / of_now, before / of_before
    low_1, high_1 = wilson(now, of_now, z)
    low_2, high_2 = wilson(before, of_before, z)
    change = first - second
    below = sqrt((first - low_1) ** 2 + (high_2 - second) ** 2)
    above = sqrt((high_1 - first) ** 2 + (second - low_2) ** 2)
    return Interval(max(-1.0, change - below), min(1.0, change + above))


def worst_case(count: float, answered: int, eligible: int) -> Interval:
    """Where the share of all eligible must lie, for any answers of those who gave none; no chance involved.

    Manski, "Anatomy of the Selection Problem", Journal of Human Resources 24 (1989) 343–360: at the lower end none
    of the silent belongs to the row, at the upper end all of them do. (0, 1) when nobody was eligible.
    """
    if eligible <= 0:
        return Interval(0.0, 1.0)
    silent = max(eligible - answered, 0)
    return Interval(min(count / eligible, 1.0), min((count + silent) / eligible, 1.0))
