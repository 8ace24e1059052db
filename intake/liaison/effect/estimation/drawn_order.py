"""Those drawn first beside those drawn later: a stepped wedge whose steps were drawn by lot.

If contacts change nothing, everybody's counts are what they are and only the lot decides whose are looked at. Each draw
is repeated in thought: what its round was followed by, less what a round drawn from the same pool is followed by on
average. These differences sum to nothing, whatever made the targets fall due, however unlike they are and however their
counts vary; their variance is that of the lot. Fisher, "The Design of Experiments" (1935); Hoeffding, "A Combinatorial
Central Limit Theorem", Annals of Mathematical Statistics 22 (1951) 558–566; for stepped wedges Ji, Fink, Robyn and
Small, Annals of Applied Statistics 11 (2017) 1–20. Who was drawn counts as contacted, done or not.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from random import Random
from typing import NamedTuple

from intake.attribution.statistics.shares import Interval
from intake.liaison.effect.estimation.estimates import roots
from intake.liaison.effect.estimation.expectation import Prior, fitted
from intake.liaison.effect.estimation.referrers import YEAR, Observed, Referrer

# How often a draw by areas is repeated; draws of single targets have formulas.
REPEATED = 400


@dataclass(frozen=True)
class Draw:
    """Targets that were equally due on a day (an ordinal), by area, and those of them whom the lot put on the round.

    `areas` were taken in random order and targets within each in random order, until the round was full.
    """

    day: int
    areas: tuple[tuple[int, ...], ...]
    drawn: tuple[int, ...]
    # Draws of one name follow each other: who isn't drawn at one is in the next.
    name: str = ""

    @property
    def pool(self) -> list[int]:
        return [each for area in self.areas for each in area]


class _Halves(NamedTuple):
    """A sum over referrals: those from before or without a contact, and those within the days after one."""

    free: float
    after: float

    def __add__(self, other: tuple[float, ...]) -> "_Halves":  # type: ignore[override]
        return _Halves(self.free + other[0], self.after + other[1])

    def __sub__(self, other: "_Halves") -> "_Halves":
        return _Halves(self.free - other.free, self.after - other.after)


@dataclass(frozen=True)
class InDrawnOrder:
    """The estimate. For a ratio r, referrals after a contact weigh 1 / r; then `free` + `after` / r is nothing on
    average, with variance `v_free` + 2 · `v_both` / r + `v_after` / r².
    """

    referrers: int
    observed: int
    free: float
    after: float
    v_free: float
    v_both: float
    v_after: float

    @property
    def by_lot(self) -> bool:
        return True

    @property
    def expected(self) -> float:
        """What would have come in the same days without contact: the count over the ratio that leaves no difference."""
        return self.observed * -self.free / self.after if self.after > 0 > self.free else 0.0

    @property
    def deviations(self) -> float:
        spread = max(0.0, self.v_free + 2 * self.v_both + self.v_after) ** 0.5
        return (self.free + self.after) / spread if spread else 0.0

    def span(self, z: float) -> Interval:
        """Ratios that a test of the lot would not refuse."""
        square = self.after**2 - z * z * self.v_after
        ends = roots(square, 2 * (self.free * self.after - z * z * self.v_both), self.free**2 - z * z * self.v_free)
        if square <= 0 or ends is None or ends[1] <= 0:
            return Interval(0.0, inf)
        return Interval(1 / ends[1], 1 / ends[0] if ends[0] > 0 else inf)


def in_drawn_order(
    referrers: Mapping[int, Referrer], draws: Sequence[Draw], observed: Observed, window: int
) -> InDrawnOrder:
    """The estimate for the days after being drawn. Draws that left nobody out say nothing and are passed over."""
    choices = [each for each in draws if each.drawn and len(each.drawn) < len(each.pool) and each.day < observed.end]
    days: defaultdict[int, list[int]] = defaultdict(list)
    for draw in sorted(draws, key=lambda each: each.day):
        for one in draw.drawn:
            days[one].append(draw.day)
    weighing = _Weighing(referrers, days, _prior(referrers, choices), observed, window)
    pace = _pace(choices)
    total, v_free, v_both, v_after = _Halves(0.0, 0.0), 0.0, 0.0, 0.0
    for draw in choices:
        left = len(draw.pool) - len(draw.drawn)
        until = round(pace[draw.name] * max(1, round(left / len(draw.drawn))))
        of = weighing.of_pool(draw, until)
        difference, spread = _beside_the_lot(draw, of)
        total += difference
        v_free, v_both, v_after = v_free + spread[0], v_both + spread[1], v_after + spread[2]
    drawn = {one for draw in choices for one in draw.drawn}
    return InDrawnOrder(len(drawn), weighing.seen_after(drawn), *total, v_free, v_both, v_after)


def _pace(draws: Sequence[Draw]) -> dict[str, float]:
    """Days from one draw of a name to the next; without a second none."""
    days: defaultdict[str, set[int]] = defaultdict(set)
    for draw in draws:
        days[draw.name].add(draw.day)
    return {name: (max(of) - min(of)) / (len(of) - 1) if len(of) > 1 else 0.0 for name, of in days.items()}


def _prior(referrers: Mapping[int, Referrer], draws: Sequence[Draw]) -> Prior:
    first: dict[int, int] = {}
    for draw in draws:
        for one in draw.pool:
            first[one] = min(draw.day, first.get(one, draw.day))
    return fitted((referrers[one].history.within(day - YEAR, day) for one, day in first.items()), YEAR)


class _Weighing:
    """What a target's referrals count for at a draw: those in the window after it, less the average of the windows
    that would have begun with one of the next draws, less what was expected of both from the year before.
    """

    def __init__(
        self,
        referrers: Mapping[int, Referrer],
        days: Mapping[int, Sequence[int]],
        prior: Prior,
        observed: Observed,
        window: int,
    ) -> None:
        self._referrers, self._days, self._prior = referrers, days, prior
        self._end, self._window = observed.end, window

    def of_pool(self, draw: Draw, until: int) -> dict[int, _Halves]:
        ahead = min(until + self._window, self._end - draw.day)
        weights = [self._weight(each, until) for each in range(ahead)]
        return {one: self._of(one, draw.day, weights, sum(weights)) for one in draw.pool}

    def _weight(self, after: int, until: int) -> float:
        """Of a day so many days after the draw, if those left out are drawn within the next `until` days."""
        if not until:
            return 1.0
        later = min(after, until) - max(0, after - self._window)
        return (after < self._window) - max(0, later) / until

    def _of(self, one: int, day: int, weights: Sequence[float], net: float) -> _Halves:
        history, days = self._referrers[one].history, self._days.get(one, ())
        free = after = 0.0
        place = bisect_left(history.days, day)
        while place < len(history.days) and (gone := history.days[place] - day) < len(weights):
            weight = weights[gone] * history.count_at(place)
            if self._after_a_contact(history.days[place], days):
                after += weight
            else:
                free += weight
            place += 1
        # What was expected: (shape + the year's count) / (prior's days + 365) a day.
        scale = net / (self._prior.days + YEAR)
        year, contacted = history.within(day - YEAR, day), 0
        for start, end in self._spans(days, day - YEAR, day):
            contacted += history.within(start, end)
        return _Halves(free - scale * (self._prior.shape + year - contacted), after - scale * contacted)

    def _after_a_contact(self, day: int, days: Sequence[int]) -> bool:
        place = bisect_right(days, day)
        return place > 0 and day < days[place - 1] + self._window

    def _spans(self, days: Sequence[int], start: int, end: int) -> list[tuple[int, int]]:
        """The days after contacts between two days, none twice."""
        found = []
        for place, each in enumerate(days):
            following = days[place + 1] if place + 1 < len(days) else end
            first, last = max(each, start), min(each + self._window, following, end)
            if first < last:
                found.append((first, last))
        return found

    def seen_after(self, drawn: set[int]) -> int:
        return sum(
            self._referrers[one].history.within(start, end)
            for one in drawn
            for start, end in self._spans(self._days[one], 0, self._end)
        )


def _beside_the_lot(draw: Draw, of: Mapping[int, _Halves]) -> tuple[_Halves, tuple[float, float, float]]:
    """What the round was followed by less the average of rounds that might have been drawn, and their variances."""
    seen = _sum(of, draw.drawn)
    if len(draw.areas) == 1 or all(len(area) == 1 for area in draw.areas):
        size, k = len(of), len(draw.drawn)
        mean = _Halves(*(sum(half) / size for half in zip(*of.values(), strict=True)))
        share = k * (size - k) / (size * (size - 1))
        return seen - _Halves(k * mean.free, k * mean.after), _spread(list(of.values()), mean, share)
    # From the same draw always the same.
    lot = Random(f"{draw.day} {draw.name}")  # noqa: S311
    rounds = [_sum(of, drawn_from(draw.areas, len(draw.drawn), lot)) for _ in range(REPEATED)]
    mean = _Halves(*(sum(half) / REPEATED for half in zip(*rounds, strict=True)))
    # The average itself is off by a REPEATED-th of their variance.
    return seen - mean, _spread(rounds, mean, (1 + 1 / REPEATED) / (REPEATED - 1))


def _sum(of: Mapping[int, _Halves], chosen: Sequence[int]) -> _Halves:
    return _Halves(sum(of[one].free for one in chosen), sum(of[one].after for one in chosen))


def _spread(values: Sequence[_Halves], mean: _Halves, share: float) -> tuple[float, float, float]:
    apart = [each - mean for each in values]
    return (
        share * sum(each.free**2 for each in apart),
        share * sum(each.free * each.after for each in apart),
        share * sum(each.after**2 for each in apart),
    )


def drawn_from(areas: Sequence[Sequence[int]], count: int, lot: Random) -> list[int]:
    """So many targets: areas in random order, and targets of each in random order, until the round is full."""
    order = [lot.sample(area, len(area)) for area in lot.sample(areas, len(areas))]
    return [one for area in order for one in area][:count]
