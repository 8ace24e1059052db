"""How many a referrer would send, from their own past and everybody's: a gamma–Poisson model.

Referrers send at rates of their own, which are gamma distributed among them; counts are Poisson. Then the rate of one
who sent n in t days is gamma (shape + n, scale days + t): shrunken towards the mean of all, the more so the less is
known of them. Robbins, "An Empirical Bayes Approach to Statistics", Proc. Third Berkeley Symposium (1956); Clayton and
Kaldor, Biometrics 43 (1987) 671–681. Since it is conditioned on all that a choice of whom to contact could see, it
needs no correction for that choice (Dawid, "Selection Paradoxes of Bayesian Inference", 1994): a quarter that halved by
luck is weighed with the three before it. Rates may drift: then older months weigh less in n and t, each by the same
share (Harvey and Fernandes, Journal of Business & Economic Statistics 7 (1989) 407–417). How much less is read from
those not contacted: it is the share under which each month was foretold best by the months before it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log
from typing import NamedTuple

from intake.attribution.referrers.status import History

MONTH = 30
# Months of the year before that an expectation is made of.
MONTHS = 12
# By how much a month weighs less than the one after it.
KEPT = (1.0, 0.95, 0.9, 0.85, 0.8, 0.7, 0.6)
# Rates that hardly differ: a gamma distribution as good as a point.
_ALL_ALIKE = 1e4


class Expected(NamedTuple):
    """Mean of the count to come, and the variance of that mean from not knowing the rate."""

    mean: float
    variance: float


@dataclass(frozen=True)
class Prior:
    """How rates differ among referrers: gamma distributed, with mean shape / days a day."""

    shape: float
    days: float

    def expected(self, count: float, over: float, ahead: float) -> Expected:
        """Referrals in so many days ahead of one who sent `count` over the days before."""
        rate = (self.shape + count) / (self.days + over)
        return Expected(rate * ahead, rate / (self.days + over) * ahead * ahead)


def fitted(counts: Iterable[int], over: float) -> Prior:
    """The prior by moments, from the counts of many referrers over the same number of days.

    The variance of counts beyond their mean is that of the rates.
    """
    seen = list(counts)
    mean = max(sum(seen) / len(seen), 0.5 / len(seen)) if seen else 1.0
    variance = sum((each - mean) ** 2 for each in seen) / (len(seen) - 1) if len(seen) > 1 else 0.0
    shape = min(mean * mean / max(variance - mean, mean * mean / _ALL_ALIKE), _ALL_ALIKE)
    return Prior(shape, shape * over / mean)


@dataclass(frozen=True)
class Model:
    """A prior, and what a month keeps of its weight when another has passed."""

    prior: Prior
    kept: float = 1.0

    def foretold(self, before: Sequence[int], came: Sequence[int], days: Sequence[int]) -> list[Expected]:
        """Expected counts of months, the first of them from the months `before` (oldest first), each of the following
        also from those that came until then. `days` are how many of each month are looked at.
        """
        count = over = 0.0
        for each in before:
            count, over = count * self.kept + each, over * self.kept + MONTH
        found = []
        for each, ahead in zip(came, days, strict=True):
            found.append(self.prior.expected(count, over, ahead))
            count, over = count * self.kept + each, over * self.kept + ahead
        return found

    def expected(self, before: Sequence[int], ahead: int) -> Expected:
        """Expected count of the days ahead, none of which is known."""
        return self.foretold(before, [0], [ahead])[0]


def months_before(history: History, day: int) -> list[int]:
    """Counts of the twelve months of thirty days up to this day, oldest first."""
    return history.between(range(day - MONTH * MONTHS, day + 1, MONTH))


def best_kept(prior: Prior, followed: Sequence[tuple[Sequence[int], Sequence[int], Sequence[int]]]) -> float:
    """The member of KEPT under which those followed (months before, months that came, days of each) were foretold best.

    By Poisson likelihood, each month given those before it: Dawid, "The Prequential Approach", Journal of the Royal
    Statistical Society A 147 (1984) 278–292.
    """

    def likelihood(kept: float) -> float:
        model = Model(prior, kept)
        return sum(
            seen * log(each.mean) - each.mean
            for before, came, days in followed
            for seen, each in zip(came, model.foretold(before, came, days), strict=True)
        )

    return max(KEPT, key=likelihood)
