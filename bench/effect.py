"""Whether "Did it help?" calls what it should: simulated practices whose truth is known.

    ./dev bench effect [--practices N] [--quick]

1. Contacts that do nothing, each week with some of those whose 90-day count halved: what a comparison of the 90 days
   before and after says, and in how many practices the page calls anything an effect; also where rates drift.
2. Contacts in drawn order that bring 30 % more for 90 days, 120 referrers with gamma-distributed rates, 1.5 a month on
   average: how often it is called. Beside it the same effect on as many who were matched but not drawn.
3. How long the page takes to work it out for 3,000 referrers, half of them contacted.
"""

import argparse
import random
import sys
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import accumulate
from math import exp

from bench._figures import finish, milliseconds
from intake.attribution.referrers.status import History
from intake.liaison.effect.estimation.conclusion import conclude
from intake.liaison.effect.estimation.drawn_order import Draw, DrawnOrder, Due
from intake.liaison.effect.estimation.estimates import EffectVerdict
from intake.liaison.effect.estimation.lookalikes import Comparison
from intake.liaison.effect.estimation.referrers import MAIN_WINDOW, Observed, WatchedReferrer
from intake.liaison.effect.estimation.weekly import weeks_around

DAYS = 1095
FIRST_CONTACT = 480
A_MONTH = 1.5
MONTH_DAYS = 30.4
MOST_FALSE_CALLS = 0.06
LEAST_POWER = 0.80
MOST_SECONDS = 2.0
NOTHING, EFFECT = 1.0, 1.3


@dataclass(frozen=True)
class World:
    """How a practice is simulated. `drift` is the monthly standard deviation of the logarithm of rates."""

    referrers: int
    a_week: int
    weeks: int
    ratio: float
    drawn: bool
    drift: float = 0.0
    months: float = A_MONTH


AIMED = World(referrers=300, a_week=4, weeks=52, ratio=NOTHING, drawn=False)
WORLDS = {
    "nothing, aimed": AIMED,
    "nothing, aimed, drifting": World(300, 4, 52, NOTHING, False, drift=0.15),
    "nothing, drawn": World(120, 5, 24, NOTHING, True),
    "+30 %, drawn": World(120, 5, 24, EFFECT, True),
    "+30 %, matched": World(300, 5, 24, EFFECT, False),
}


class Practice:
    """One simulated practice."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.chance = world, random.Random(seed)
        self.rates = [self.chance.gammavariate(1, world.months) / MONTH_DAYS for _ in range(world.referrers)]
        self.days = [self._own_days(rate) for rate in self.rates]
        self.contacted: dict[int, int] = {}
        self.draws: list[Draw] = []
        for week in range(world.weeks):
            self._contact(FIRST_CONTACT + 7 * week)

    def _arrivals(self, rate: float, start: int, end: int) -> list[int]:
        found, at = [], start + self.chance.expovariate(rate)
        while at < end:
            found.append(int(at))
            at += self.chance.expovariate(rate)
        return found

    def _own_days(self, rate: float) -> list[int]:
        if not self.world.drift:
            return self._arrivals(rate, 0, DAYS)
        level, found = self.chance.gauss(0, 2 * self.world.drift), []
        for start in range(0, DAYS, 30):
            level = 0.9 * level + self.chance.gauss(0, self.world.drift)
            found += self._arrivals(rate * exp(level), start, min(start + 30, DAYS))
        return found

    def _contact(self, day: int) -> None:
        left = [each for each in range(self.world.referrers) if each not in self.contacted]
        if self.world.drawn:
            draw = Draw(((day, self.world.a_week),), (("due", tuple(Due(each, "", (day,)) for each in left)),), ())
            chosen = draw.repeated(self.chance)
            self.draws.append(Draw(draw.room, draw.strata, tuple(chosen)))
            self.contacted |= dict(chosen)
            return
        fell = []
        for each in left:
            lately, before = self._between(each, day - 90, day), self._between(each, day - 180, day - 90)
            if before and lately <= before / 2:
                fell.append(each)
        chosen = self.chance.sample(fell, min(len(fell), self.world.a_week))
        self.contacted |= dict.fromkeys(chosen, day)

    def _between(self, each: int, start: int, end: int) -> int:
        return bisect_left(self.days[each], end) - bisect_left(self.days[each], start)

    def referrers(self) -> list[WatchedReferrer]:
        found = []
        for each, days in enumerate(self.days):
            came, on = list(days), self.contacted.get(each)
            if on is not None and self.world.ratio > 1:
                came += self._arrivals(self.rates[each] * (self.world.ratio - 1), on, min(on + MAIN_WINDOW, DAYS))
            by_day = sorted(Counter(came).items())
            history = History(array("l", (day for day, _ in by_day)), array("l", accumulate(n for _, n in by_day)))
            likeness = (self.chance.choice("ab"), self.chance.choice("xyz"))
            found.append(WatchedReferrer(each, history, on, "" if on is None else "visit", *likeness))
        return found


@dataclass(frozen=True)
class Called:
    """What the page says of one practice."""

    anything: bool
    main: EffectVerdict
    ratio: float
    before_and_after: float


def called(world: World, seed: int) -> Called:
    practice = Practice(world, seed)
    people, observed = practice.referrers(), Observed(0, DAYS)
    order = DrawnOrder({each.id: each for each in people}, practice.draws, observed)
    found = conclude(Comparison(people, observed), order)
    effects = (EffectVerdict.MORE, EffectVerdict.FEWER)
    before, after = found.before_and_after
    main = found.main
    return Called(
        any(each.verdict in effects for each in found.all), main.verdict, main.ratio, after / before if before else 1.0
    )


def share(found: list[Called], holds: Callable[[Called], bool]) -> float:
    return sum(1 for each in found if holds(each)) / len(found)


def told(name: str, found: list[Called]) -> None:
    naive = sum(each.before_and_after for each in found) / len(found) - 1
    middle = sorted(each.ratio for each in found)[len(found) // 2]
    print(
        f"{name}: before and after {naive:+.0%}; the page's ratio {middle:.2f} in the middle;"
        f" called more {share(found, lambda each: each.main == EffectVerdict.MORE):.1%},"
        f" fewer {share(found, lambda each: each.main == EffectVerdict.FEWER):.1%},"
        f" anything at all {share(found, lambda each: each.anything):.1%}",
        flush=True,
    )


def worked_out() -> float:
    """Seconds for all that the page says of a large practice, matched and drawn."""
    practice = Practice(World(referrers=3000, a_week=15, weeks=50, ratio=NOTHING, drawn=True), 1)
    by_choice = Practice(World(referrers=3000, a_week=30, weeks=50, ratio=NOTHING, drawn=False), 2)
    people, observed = by_choice.referrers(), Observed(0, DAYS)
    drawn = {each.id: each for each in practice.referrers()}

    def work() -> None:
        comparison = Comparison(people, observed)
        conclude(comparison, DrawnOrder(drawn, practice.draws, observed))
        weeks_around(comparison, observed)

    return milliseconds(work) / 1000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--practices", type=int, default=1000)
    parser.add_argument("--quick", action="store_true", help="a tenth of the practices")
    asked = parser.parse_args()
    practices = asked.practices // 10 if asked.quick else asked.practices
    results: dict[str, list[Called]] = {}
    with ProcessPoolExecutor(2) as pool:
        for name, world in WORLDS.items():
            results[name] = list(pool.map(called, [world] * practices, range(practices), chunksize=5))
            told(name, results[name])
    seconds = worked_out()
    print(f"worked out for 3,000 referrers, 1,500 contacted: {seconds:.1f} s")
    false_calls = {
        name: share(results[name], lambda each: each.anything) for name in ("nothing, aimed", "nothing, drawn")
    }
    power = share(results["+30 %, drawn"], lambda each: each.main == EffectVerdict.MORE)
    return finish(
        {
            "practices": practices,
            "false_calls": false_calls,
            "power_drawn": power,
            "power_matched": share(results["+30 %, matched"], lambda each: each.main == EffectVerdict.MORE),
            "seconds": seconds,
            "holds": seconds <= MOST_SECONDS and max(false_calls.values()) <= MOST_FALSE_CALLS and power >= LEAST_POWER,
        }
    )


if __name__ == "__main__":
    sys.exit(main())
