"""How far referrals come, of how many and how fast; for all of them, by physician and by how they were named."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from intake.attribution.statistics.counts import TOO_FEW
from intake.attribution.statistics.shares import Interval, wilson
from intake.liaison.loops.referrals import Referral
from intake.liaison.loops.stages import Stage

# What is counted, each of those one before it.
STEPS = ((Stage.BOOKED, Stage.REFERRED), (Stage.SEEN, Stage.BOOKED), (Stage.PROCEDURE, Stage.SEEN))


@dataclass(frozen=True)
class FunnelStep:
    """How many of those at the stage before came to this one, and after how many days by the middle of them."""

    stage: Stage
    count: int
    of: int
    days: float | None

    @property
    def too_few(self) -> bool:
        return self.of < TOO_FEW

    @property
    def share(self) -> float | None:
        return self.count / self.of if self.of else None

    @property
    def interval(self) -> Interval:
        return wilson(self.count, self.of)


@dataclass(frozen=True)
class Funnel:
    referred: int
    # All came by construction: they are known only by what they answered when they were here.
    asked_here: bool
    # Nobody has said how these ended.
    open: int
    steps: tuple[FunnelStep, ...]


def funnel(referrals: Iterable[Referral]) -> Funnel:
    """Add up how far these referrals came."""
    listed = list(referrals)
    ways = [each.reached for each in listed]
    steps = []
    for stage, before in STEPS:
        took = [(way[stage] - way[before]).days for way in ways if stage in way and before in way]
        of = sum(before in way for way in ways)
        steps.append(FunnelStep(stage, len(took), of, median(took) if took else None))
    asked_here = bool(listed) and not any(each.charted or each.caller_id for each in listed)
    return Funnel(len(listed), asked_here, sum(each.is_open for each in listed), tuple(steps))


def funnels(referrals: Iterable[Referral], by: Callable[[Referral], Any]) -> Mapping[Any, Funnel]:
    """The funnel of each group, those with most referrals first."""
    groups: dict[Any, list[Referral]] = {}
    for each in referrals:
        groups.setdefault(by(each), []).append(each)
    return {key: funnel(groups[key]) for key in sorted(groups, key=lambda key: -len(groups[key]))}
