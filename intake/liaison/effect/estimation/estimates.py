"""An observed number of referrals beside the number expected without contact, and when that is called an effect."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import erfc, inf, sqrt
from typing import Protocol, TypeVar

from intake.attribution.statistics.counts import SURE
from intake.attribution.statistics.shares import Interval
from intake.attribution.statistics.tails import normal_quantile

# The least that is looked for: what may be nothing and may be as much as this is too few to tell.
WORTH_KNOWING = 1.3
# With fewer referrers, or fewer referrals expected, an interval promises more than it keeps.
FEWEST_REFERRERS = 20
FEWEST_EXPECTED = 20.0
# Where no lot decided, so much may come of what somebody who chooses knows and the counts don't show.
NOT_BY_LOT = 1.05

Look = TypeVar("Look", bound=Hashable)


class EffectVerdict(StrEnum):
    TOO_FEW = "too-few"
    MORE = "more"
    FEWER = "fewer"
    NO_CLEAR_EFFECT = "no-clear-effect"


class Estimate(Protocol):
    """Referrals after contact and those expected without it."""

    @property
    def by_lot(self) -> bool:
        """Whether chance alone decided who was contacted first. If not, fewer referrals than expected are no effect:
        whoever chose may have known why these would send fewer.
        """
        ...

    @property
    def referrers(self) -> int: ...

    @property
    def observed(self) -> int: ...

    @property
    def expected(self) -> float: ...

    @property
    def deviations(self) -> float:
        """How far the observed count lies from what is expected if contacts change nothing, in standard deviations."""
        ...

    def span(self, z: float) -> Interval:
        """The ratios, observed over expected, that lie within z deviations of what was seen."""
        ...


@dataclass(frozen=True)
class JudgedEffect:
    """An estimate with the interval of its ratio and of what would have come anyway, and what may be said of it."""

    estimate: Estimate
    p: float
    ratio: float
    low: float
    # Infinite where nothing bounds it.
    high: float
    verdict: EffectVerdict

    @property
    def expected_span(self) -> Interval:
        """The expected count for which each end of the interval would be just what was seen."""
        observed = self.estimate.observed
        return Interval(observed / self.high if self.high else 0.0, observed / self.low if self.low > 0 else inf)


def judged(main: Look, looks: Mapping[Look, Estimate]) -> dict[Look, JudgedEffect]:
    """Judge one main look, and the others only once it is called: in one of twenty practices in which contacts do
    nothing is anything called an effect, however many looks there are.

    A fixed sequence: Marcus, Peritz and Gabriel, Biometrika 63 (1976) 655–660; Maurer, Hothorn and Lehmacher (1995).
    The others share the chance of error (Bonferroni), so their intervals hold all at once.
    """
    first = _judged(looks[main], SURE, may_be_called=True)
    called = first.verdict in (EffectVerdict.MORE, EffectVerdict.FEWER)
    share = SURE / max(1, len(looks) - 1)
    rest = {look: _judged(each, share, may_be_called=called) for look, each in looks.items() if look != main}
    return {main: first, **rest}


def _judged(estimate: Estimate, chance: float, *, may_be_called: bool) -> JudgedEffect:
    p = erfc(abs(estimate.deviations) / sqrt(2))
    low, high = estimate.span(normal_quantile(1 - chance / 2))
    ratio = estimate.observed / estimate.expected if estimate.expected > 0 else inf
    return JudgedEffect(estimate, p, ratio, low, high, _verdict(estimate, low, high, may_be_called=may_be_called))


def _verdict(estimate: Estimate, low: float, high: float, *, may_be_called: bool) -> EffectVerdict:
    if estimate.referrers < FEWEST_REFERRERS or estimate.expected < FEWEST_EXPECTED:
        return EffectVerdict.TOO_FEW
    if may_be_called and low > (1 if estimate.by_lot else NOT_BY_LOT):
        return EffectVerdict.MORE
    if may_be_called and estimate.by_lot and high < 1:
        return EffectVerdict.FEWER
    return EffectVerdict.TOO_FEW if high >= WORTH_KNOWING else EffectVerdict.NO_CLEAR_EFFECT


def roots(square: float, linear: float, constant: float) -> tuple[float, float] | None:
    """Both roots of square · x² + linear · x + constant, the smaller first; None without any."""
    inside = linear * linear - 4 * square * constant
    if not square or inside < 0:
        return None
    # The textbook formula loses digits where the two terms nearly cancel.
    further = -(linear + (sqrt(inside) if linear >= 0 else -sqrt(inside))) / 2
    both = (further / square, constant / further if further else 0.0)
    return min(both), max(both)
