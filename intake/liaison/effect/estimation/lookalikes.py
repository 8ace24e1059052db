"""Those contacted beside others not yet contacted who looked alike in the twelve months before.

Coarsened exact matching (Iacus, King and Porro, "Causal Inference without Balance Checking", Political Analysis 20
(2012) 1–24) on the band of the year's count, its trend, specialty and distance, four weeks at a time. Each side is set
beside its own gamma–Poisson expectation, so what is left of a difference within a band is weighed too; what the
lookalikes sent over what was expected of them (season, holidays, more patients asked) is the factor by which the
expectation of those contacted is corrected. A lookalike counts up to their own contact. Whom one contacts next depends
on what they sent, so their expectation is brought up to date every thirty days: then what is seen less what was
expected sums to nothing whatever the rule of stopping is (a martingale; Andersen and Gill, Annals of Statistics 10
(1982) 1100–1120).
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from intake.attribution.statistics.shares import Interval
from intake.cached_property import cached_property
from intake.liaison.effect.estimation.estimates import roots
from intake.liaison.effect.estimation.expectation import MONTH, Model, best_kept, fitted, months_before
from intake.liaison.effect.estimation.referrers import MAIN_WINDOW, RECENT, WINDOWS, YEAR, Observed, WatchedReferrer

SLICE_DAYS = 28
# Referrals in the year before from which a band begins.
BANDS = (0, 1, 4, 8, 12, 18, 24, 36, 60)
# With fewer in the year no trend can be seen.
FEWEST_FOR_TREND = 4
# So many tell how fast rates drift.
MOST_FORETOLD = 2000
# Fewer lookalikes than this are nobody to be set beside.
FEWEST_ALIKE = 10

Key = tuple[object, ...]


@dataclass(frozen=True)
class Matched:
    """The estimate: `observed` beside `corrected` expectations; its variance in two parts."""

    referrers: int
    observed: int
    expected: float
    # How much counts vary beyond Poisson: 1 if not at all.
    dispersion: float
    # Variance of `expected`: rates not known, and lookalikes being few.
    variance: float

    @property
    def by_lot(self) -> bool:
        return False

    @property
    def deviations(self) -> float:
        spread = (self.dispersion * self.expected + self.variance) ** 0.5
        return (self.observed - self.expected) / spread if spread else 0.0

    def span(self, z: float) -> Interval:
        """Fieller's interval: ratios r with (observed − r · expected)² ≤ z² (dispersion · r · expected + r² ·
        variance). Fieller, Journal of the Royal Statistical Society B 16 (1954) 175–185.
        """
        square = self.expected**2 - z * z * self.variance
        linear = -self.expected * (2 * self.observed + z * z * self.dispersion)
        ends = roots(square, linear, float(self.observed) ** 2)
        if ends is None:
            return Interval(0.0, float("inf"))
        return Interval(*ends) if square > 0 else Interval(ends[1], float("inf"))


@dataclass(frozen=True)
class Contacted:
    """A referrer whose first contact is looked at."""

    referrer: WatchedReferrer
    on: int
    before: list[int]
    # From the most alike to the least.
    keys: tuple[Key, ...]


@dataclass
class Lookalike:
    """A possible lookalike from one day on; by month the days looked at, what came, what was expected.

    Cut off on the day of their own contact.
    """

    referrer: WatchedReferrer
    on: int
    before: list[int]
    came: list[int]
    days: list[int]
    means: list[float]
    variances: list[float]

    def until(self, window: int) -> tuple[int, float, float]:
        """Sums over the window: came, expected, and the variance of the latter."""
        months = window // MONTH
        return sum(self.came[:months]), sum(self.means[:months]), sum(self.variances[:months])


class Comparison:
    """All contacts that can be looked at, each with its lookalikes."""

    def __init__(self, referrers: Sequence[WatchedReferrer], observed: Observed) -> None:
        self._referrers, self._observed = referrers, observed
        # Beginning of four weeks → those first contacted within them.
        self._contacted: defaultdict[int, list[Contacted]] = defaultdict(list)
        self.without_year = 0
        self._choose()

    def _choose(self) -> None:
        earliest = self._observed.began + YEAR
        for each in self._referrers:
            on = each.contacted_on
            if on is None or not each.kind or on >= self._observed.end:
                continue
            if on < earliest or not each.history.until(on):
                self.without_year += 1
                continue
            _, keys = alike(each, on)
            place = earliest + (on - earliest) // SLICE_DAYS * SLICE_DAYS
            self._contacted[place].append(Contacted(each, on, months_before(each.history, on), keys))

    @cached_property
    def contacted(self) -> list[Contacted]:
        return [each for _, several in sorted(self._contacted.items()) for each in several]

    @cached_property
    def _at_risk(self) -> dict[int, list[tuple[WatchedReferrer, int, tuple[Key, ...]]]]:
        """Beginning of four weeks → those not yet contacted in the middle of them, with their year and likeness."""
        found = {}
        for first in self._contacted:
            middle = first + SLICE_DAYS // 2
            found[first] = [
                (each, *alike(each, middle))
                for each in self._referrers
                if (each.contacted_on is None or each.contacted_on > middle) and each.history.until(middle)
            ]
        return found

    @cached_property
    def matched(self) -> list[tuple[Contacted, list[Lookalike]]]:
        """Those contacted who have lookalikes, with these; the closest kind of likeness of which there are enough."""
        found: list[tuple[Contacted, list[Lookalike]]] = []
        for first, several in sorted(self._contacted.items()):
            groups = self._groups[first]
            for each in several:
                key = next((key for key in each.keys if len(groups[key]) >= FEWEST_ALIKE), None)
                if key is not None:
                    found.append((each, groups[key]))
        return found

    @cached_property
    def _groups(self) -> dict[int, defaultdict[Key, list[Lookalike]]]:
        """Beginning of four weeks → likeness → those who share it, of the likenesses of those contacted then."""
        found: dict[int, defaultdict[Key, list[Lookalike]]] = {}
        for first, several in self._contacted.items():
            wanted = {key for each in several for key in each.keys}
            groups = found[first] = defaultdict(list)
            for referrer, _, keys in self._at_risk[first]:
                if keys[-1] in wanted:
                    one = self._followed(referrer, first + SLICE_DAYS // 2)
                    for key in keys:
                        if key in wanted:
                            groups[key].append(one)
        return found

    @cached_property
    def model(self) -> Model:
        """From all who were not yet contacted at the time, each four weeks anew; fills in what was expected of them."""
        prior = fitted((year for several in self._at_risk.values() for _, year, _ in several), YEAR)
        followed = list(
            {id(one): one for groups in self._groups.values() for group in groups.values() for one in group}.values()
        )
        some = followed[:: 1 + len(followed) // MOST_FORETOLD]
        model = Model(prior, best_kept(prior, [(one.before, one.came, one.days) for one in some]))
        for one in followed:
            foretold = model.foretold(one.before, one.came, one.days)
            one.means, one.variances = [each.mean for each in foretold], [each.variance for each in foretold]
        return model

    def _followed(self, referrer: WatchedReferrer, on: int) -> Lookalike:
        history, last = referrer.history, min(self._observed.end, referrer.contacted_on or self._observed.end)
        ends = [*range(on, min(on + WINDOWS[-1], last), MONTH), min(on + WINDOWS[-1], last)]
        came = history.between(ends)
        days = [after - before for before, after in pairwise(ends)]
        return Lookalike(referrer, on, months_before(history, on), came, days, [], [])

    def estimate(self, window: int, kind: str = "") -> Matched:
        """Over the days after contact; of one kind of contact only, if named. Unfinished windows are left out."""
        model = self.model
        sets: dict[int, tuple[list[Lookalike], list[Contacted]]] = {}
        for each, group in self.matched:
            if each.on + window <= self._observed.end and kind in ("", each.referrer.kind):
                sets.setdefault(id(group), (group, []))[1].append(each)
        observed = referrers = 0
        expected = from_rates = excess = 0.0
        pairs = 0
        left: defaultdict[int, float] = defaultdict(float)
        for group, several in sets.values():
            sums = [one.until(window) for one in group]
            came, ahead = sum(each[0] for each in sums), sum(each[1] for each in sums)
            factor = came / ahead
            theirs = [model.expected(each.before, window) for each in several]
            mean = sum(each.mean for each in theirs)
            expected += factor * mean
            from_rates += factor**2 * sum(each.variance for each in theirs)
            observed += sum(each.referrer.history.within(each.on, each.on + window) for each in several)
            referrers += len(several)
            for one, (seen, likely, variance) in zip(group, sums, strict=True):
                left[one.referrer.id] += mean / ahead * (seen - factor * likely) / (1 - likely / ahead)
                if factor:
                    excess += (seen - factor * likely) ** 2 / (factor * likely + factor**2 * variance)
            pairs += len(group) - 1
        dispersion = max(1.0, excess / pairs) if pairs else 1.0
        from_lookalikes = sum(each**2 for each in left.values()) * (len(left) / (len(left) - 1) if len(left) > 1 else 1)
        variance = dispersion * from_rates + from_lookalikes
        return Matched(referrers, observed, expected, dispersion, variance)

    def naive(self, window: int = MAIN_WINDOW) -> tuple[int, int]:
        """Referrals in the days before and after contact: what a comparison of both would say."""
        done = [each for each in self.contacted if each.on + window <= self._observed.end]
        return (
            sum(each.referrer.history.within(each.on - window, each.on) for each in done),
            sum(each.referrer.history.within(each.on, each.on + window) for each in done),
        )

    @property
    def kinds(self) -> list[str]:
        """Kinds of contact that came first with anybody."""
        return sorted({each.referrer.kind for each in self.contacted})


def alike(referrer: WatchedReferrer, on: int) -> tuple[int, tuple[Key, ...]]:
    """The count of the year before this day, and what somebody must share to look alike: most first."""
    history = referrer.history
    until = history.until(on)
    year = until - history.until(on - YEAR)
    close = (bisect_right(BANDS, year) - 1, _trend(year, until - history.until(on - RECENT)))
    return year, ((*close, referrer.specialty, referrer.distance), (*close, referrer.specialty), close)


def _trend(year: int, recent: int) -> int:
    """−1 when the last ninety days hold at most half of what the year before them would give, 1 at least twice."""
    if year < FEWEST_FOR_TREND:
        return 0
    usual = (year - recent) * RECENT / (YEAR - RECENT)
    return -1 if recent <= usual / 2 else int(recent >= usual * 2)
