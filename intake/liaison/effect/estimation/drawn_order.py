"""Those drawn first beside those drawn later: a stepped wedge whose steps were drawn by lot.

If contacts change nothing, everybody's counts are what they are and only the lot decides whose are looked at. Each draw
is repeated in thought: what its round was followed by, less what a round drawn from the same pool is followed by on
average. These differences sum to nothing, whatever made the targets fall due, however unlike they are and however their
counts vary; their variance is that of the lot. Fisher, "The Design of Experiments" (1935); Hoeffding, "A Combinatorial
Central Limit Theorem", Annals of Mathematical Statistics 22 (1951) 558–566; for stepped wedges Ji, Fink, Robyn and
Small, Annals of Applied Statistics 11 (2017) 1–20. Who was drawn counts as contacted, done or not.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import inf
from random import Random
from typing import NamedTuple

from intake.attribution.statistics.shares import Interval
from intake.cached_property import cached_property
from intake.liaison.effect.estimation.estimates import roots
from intake.liaison.effect.estimation.expectation import Prior, fitted
from intake.liaison.effect.estimation.referrers import YEAR, Observed, WatchedReferrer

# All draws together are repeated for about so many targets, each draw at least LEAST_REPEATED times.
TARGETS_REPEATED = 200_000
LEAST_REPEATED = 25
MOST_REPEATED = 400


@dataclass(frozen=True)
class Due:
    """A target that was due, the area they are in, and the days of the round on which they could be met."""

    id: int
    area: str
    on: tuple[int, ...]


@dataclass(frozen=True)
class Draw:
    """One proposal of rounds: days with room for so many stops, those due, and whom the lot put on which day.

    Those of one stratum were equally due; the strata stand in the order of urgency, each with a name.
    """

    room: tuple[tuple[int, int], ...]
    strata: tuple[tuple[str, tuple[Due, ...]], ...]
    drawn: tuple[tuple[int, int], ...]

    @property
    def day(self) -> int:
        return self.room[0][0]

    @property
    def pool(self) -> list[Due]:
        return [each for _, members in self.strata for each in members]

    @cached_property
    def _areas(self) -> list[list[list[Due]]]:
        """Stratum by stratum its areas."""
        found = []
        for _, members in self.strata:
            by_area: dict[str, list[Due]] = {}
            for each in members:
                by_area.setdefault(each.area, []).append(each)
            found.append(list(by_area.values()))
        return found

    @cached_property
    def _are_always_in(self) -> bool:
        """Whether everybody could be met on every day: then no more are looked at than there is room for."""
        days = {day for day, _ in self.room}
        return all(days <= set(each.on) for each in self.pool)

    def repeated(self, lot: Random) -> list[tuple[int, int]]:
        """(target, day) of another draw: among equals areas in random order, and targets in random order in each; then
        each day takes the first who can be met on it.
        """
        waiting: list[Due] = []
        most = sum(room for _, room in self.room) if self._are_always_in else len(self.pool)
        for areas in self._areas:
            for area in lot.sample(areas, len(areas)) if len(areas) > 1 else areas:
                waiting += lot.sample(area, min(len(area), most - len(waiting)))
        found: list[tuple[int, int]] = []
        taken: set[int] = set()
        for day, room in self.room:
            left = room
            for each in waiting:
                if not left:
                    break
                if each.id not in taken and day in each.on:
                    taken.add(each.id)
                    found.append((each.id, day))
                    left -= 1
        return found


class _Halves(NamedTuple):
    """A sum over referrals: those from before or without a contact, and those within the days after one."""

    free: float
    after: float


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


class DrawnOrder:
    """Draws that left somebody out, each with the rounds that might have been drawn instead."""

    def __init__(self, referrers: Mapping[int, WatchedReferrer], draws: Sequence[Draw], observed: Observed) -> None:
        self._referrers, self._observed = referrers, observed
        self._draws = [each for each in draws if len(each.drawn) < len(each.pool) and each.day < observed.end]
        self._prior = _prior(referrers, self._draws)
        self._repeats = self._repeat()
        # By referrer: running sums of day times count, as `by_then` has those of counts.
        self._moments: dict[int, list[int]] = {}
        self._days: defaultdict[int, list[int]] = defaultdict(list)
        for one, day in sorted((pair for draw in self._draws for pair in draw.drawn), key=lambda pair: pair[1]):
            self._days[one].append(day)

    def _repeat(self) -> list[list[list[tuple[int, int]]]]:
        # From the same draws always the same.
        lot = Random(str([(each.day, sorted(each.drawn)) for each in self._draws]))  # noqa: S311
        targets = sum(len(each.pool) for each in self._draws)
        times = min(MOST_REPEATED, max(LEAST_REPEATED, TARGETS_REPEATED // max(1, targets)))
        return [[draw.repeated(lot) for _ in range(times)] for draw in self._draws]

    def estimate(self, window: int) -> InDrawnOrder:
        """Over the days after being drawn."""
        weighing = _Weighing(self._referrers, self._days, self._prior, self._observed, window, moments=self._moments)
        paces = _paces(self._draws)
        free = after = v_free = v_both = v_after = 0.0
        for draw, repeats in zip(self._draws, self._repeats, strict=True):
            weighing.open(draw, paces)
            seen, rounds = weighing.sum_of(draw.drawn), [weighing.sum_of(each) for each in repeats]
            times = len(rounds)
            mean_free, mean_after = (sum(half) / times for half in zip(*rounds, strict=True))
            free += seen.free - mean_free
            after += seen.after - mean_after
            apart = [(each.free - mean_free, each.after - mean_after) for each in rounds]
            # The average of the repeats is itself off by one in so many of their variance.
            share = (1 + 1 / times) / (times - 1)
            v_free += share * sum(x * x for x, _ in apart)
            v_both += share * sum(x * y for x, y in apart)
            v_after += share * sum(y * y for _, y in apart)
        return InDrawnOrder(len(self._days), weighing.seen_after(self._days), free, after, v_free, v_both, v_after)


def _paces(draws: Sequence[Draw]) -> dict[str, float]:
    """Days from one draw of a stratum to the next; without a second none."""
    days: defaultdict[str, set[int]] = defaultdict(set)
    for draw in draws:
        for name, _ in draw.strata:
            days[name].add(draw.day)
    return {name: (max(of) - min(of)) / (len(of) - 1) if len(of) > 1 else 0.0 for name, of in days.items()}


def _prior(referrers: Mapping[int, WatchedReferrer], draws: Sequence[Draw]) -> Prior:
    first: dict[int, int] = {}
    for draw in draws:
        for each in draw.pool:
            first[each.id] = min(draw.day, first.get(each.id, draw.day))
    return fitted((referrers[one].history.within(day - YEAR, day) for one, day in first.items()), YEAR)


class _Piece(NamedTuple):
    """Weights of the days from `first` up to `end` after a draw: `level` and `slope` times the days."""

    first: int
    end: int
    level: float
    slope: float

    def sum(self, ahead: int) -> float:
        """Of its days among the first `ahead`."""
        count = min(self.end, ahead) - self.first
        return count * (self.level + self.slope * (self.first + (count - 1) / 2)) if count > 0 else 0.0


class _Weighing:
    """What a target's referrals count for at a draw: those in the window after it, less the average of the windows
    that would have begun with one of the next draws, less what was expected of both from the year before.
    """

    def __init__(
        self,
        referrers: Mapping[int, WatchedReferrer],
        days: Mapping[int, Sequence[int]],
        prior: Prior,
        observed: Observed,
        window: int,
        *,
        moments: dict[int, list[int]],
    ) -> None:
        self._referrers, self._days, self._prior = referrers, days, prior
        self._end, self._window = observed.end, window
        self._kernels: dict[tuple[int, int], tuple[list[_Piece], float]] = {}
        self._after: dict[int, list[tuple[int, int]]] = {}
        self._moments = moments

    def open(self, draw: Draw, paces: Mapping[str, float]) -> None:
        """Go on to this draw."""
        drawn = {one for one, _ in draw.drawn}
        self._known: dict[tuple[int, int], _Halves] = {}
        self._until: dict[int, int] = {}
        for name, members in draw.strata:
            taken = sum(1 for each in members if each.id in drawn)
            # Those left out are drawn at one of so many draws that follow.
            following = max(1, round((len(members) - taken) / taken)) if taken else 1
            self._until |= {each.id: round(paces[name] * following) for each in members}

    def sum_of(self, chosen: Sequence[tuple[int, int]]) -> _Halves:
        free = after = 0.0
        for pair in chosen:
            of = self._known.get(pair) or self._known.setdefault(pair, self._of(*pair))
            free += of.free
            after += of.after
        return _Halves(free, after)

    def _pieces(self, until: int) -> list[_Piece]:
        """The weight of a day so many days after the draw, if those left out are drawn within the next `until` days: 1
        within the window, less the share of the windows beginning in those days that the day lies in.
        """
        window = self._window
        if not until:
            return [_Piece(0, window, 1.0, 0.0)]
        return [
            _Piece(0, min(window, until), 1.0, -1 / until),
            _Piece(window, until, -window / until, 0.0),
            _Piece(max(window, until), until + window, -(until + window) / until, 1 / until),
        ]

    def _weighed(self, one: int, day: int, pieces: Sequence[_Piece], start: int, end: int) -> float:
        """The referrals from `start` up to `end`, each by the weight of its day for a draw on `day`."""
        history, moments = self._referrers[one].history, self._moments[one]
        found = 0.0
        for piece in pieces:
            first, last = max(start, day + piece.first), min(end, day + piece.end)
            if first < last:
                low, high = bisect_left(history.days, first), bisect_left(history.days, last)
                if low < high:
                    came = history.by_then[high - 1] - (history.by_then[low - 1] if low else 0)
                    moment = moments[high - 1] - (moments[low - 1] if low else 0)
                    found += (piece.level - piece.slope * day) * came + piece.slope * moment
        return found

    def _of(self, one: int, day: int) -> _Halves:
        until = self._until[one]
        ahead = max(0, min(until + self._window, self._end - day))
        if (until, ahead) not in self._kernels:
            pieces = self._pieces(until)
            self._kernels[until, ahead] = pieces, sum(piece.sum(ahead) for piece in pieces)
        pieces, net = self._kernels[until, ahead]
        history = self._referrers[one].history
        if one not in self._moments:
            self._moments[one] = list(
                accumulate(day * history.count_at(place) for place, day in enumerate(history.days))
            )
        after = sum(self._weighed(one, day, pieces, *span) for span in self._spans(one, day, day + ahead))
        free = self._weighed(one, day, pieces, day, day + ahead) - after
        # What was expected: (shape + the year's count) / (prior's days + 365) a day.
        scale = net / (self._prior.days + YEAR)
        year, contacted = history.within(day - YEAR, day), 0
        for start, end in self._spans(one, day - YEAR, day):
            contacted += history.within(start, end)
        return _Halves(free - scale * (self._prior.shape + year - contacted), after - scale * contacted)

    def _spans(self, one: int, start: int, end: int) -> list[tuple[int, int]]:
        """The days after contacts between two days, none twice."""
        of = self._after.get(one)
        if of is None:
            days = self._days.get(one, ())
            following = [*days[1:], self._end]
            of = self._after[one] = [
                (each, min(each + self._window, to)) for each, to in zip(days, following, strict=False)
            ]
        return [(max(first, start), min(last, end)) for first, last in of if first < end and start < last]

    def seen_after(self, drawn: Iterable[int]) -> int:
        return sum(
            self._referrers[one].history.within(start, end)
            for one in drawn
            for start, end in self._spans(one, 0, self._end)
        )
