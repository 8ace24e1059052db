"""What changed by more than luck, in a sentence each, and how many of them luck alone would have written."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from itertools import zip_longest
from typing import Any

from intake.attribution.filters.date_basis import DatedSums
from intake.attribution.filters.dimensions.dimension import Dimension, RowName
from intake.attribution.filters.dimensions.people import PHYSICIAN
from intake.attribution.filters.dimensions.sources import SOURCE
from intake.attribution.filters.lists import Level, Lists
from intake.attribution.filters.periods import Period
from intake.attribution.statistics.counts import TOO_FEW
from intake.attribution.statistics.tails import binomial_at_least, binomial_at_most, binomial_rare
from intake.attribution.totals.channels import credit_at_top
from intake.attribution.totals.sums import Sums
from intake.survey.ledger.crediting import UNIT
from intake.survey.models import View

# Stricter than the mark in the table, since every physician is looked at and most have not changed.
SURE = 0.02
SHORTEST = 60
USUAL = 90
MOST_SAID = 6
LOOKED_AT: tuple[Dimension, ...] = (SOURCE, PHYSICIAN)
Spans = tuple[Period, Period]
# Dimension, row, count now and before, p, days.
Found = tuple[Dimension, Any, int, int, float, Spans]


@dataclass(frozen=True)
class Noticed:
    """One row whose count differs between two spans of days, `period` and `before` it."""

    by: Dimension
    name: RowName
    level: Level
    now: int
    earlier: int
    p: float
    period: Period
    before: Period

    @property
    def change(self) -> int:
        return self.now - self.earlier


@dataclass(frozen=True)
class Notable:
    """`noticed` are the largest changes of `found`; `looked_at` rows had enough visits to be compared.

    `compared` are the days, the longest last. Had nothing changed at all,
    `false_alarms` of them would be expected to be found all the same.
    """

    compared: Sequence[Spans]
    noticed: tuple[Noticed, ...]
    found: int
    looked_at: int
    false_alarms: float


def spans_compared(period: Period) -> list[Spans]:
    """The period and the one before; for a short one the last 90 days, too, since it holds little to tell luck by.

    What ended within these 90 days shows only in the period itself.
    """
    asked = [period]
    if period.days < SHORTEST:
        asked.append(Period(period.last_day - timedelta(days=USUAL - 1), period.last_day))
    return [(now, before) for now in asked if (before := now.before())]


def notable(
    compared: Sequence[Spans],
    *,
    view: View,
    sums: Sums | DatedSums,
    lists: Lists,
    days: Mapping[Period, int],
) -> Notable:
    """Sources and physicians whose counts differ by the exact conditional test, given days open in both spans.

    Physicians, who send few, are looked at in the longest spans only; a source is named once, by the first it differs
    in.
    """
    looked_at, false_alarms = set[tuple[Dimension, Any]](), 0.0
    found: dict[tuple[Dimension, Any], Found] = {}
    for spans in compared:
        open_now, open_before = (days[each] for each in spans)
        if not open_now or not open_before:
            continue
        share = open_now / (open_now + open_before)
        for by in LOOKED_AT if spans == compared[-1] else (SOURCE,):
            for key, now, before in _pairs(by, spans, view=view, sums=sums, lists=lists):
                if now + before < TOO_FEW:
                    continue
                looked_at.add((by, key))
                alarms = alarms_of(now + before, share)
                false_alarms += alarms.rate
                if not alarms.low < now < alarms.high:
                    p = two_sided_p(now, now + before, share)
                    found.setdefault((by, key), (by, key, now, before, p, spans))
    ordered = sorted(found.values(), key=lambda each: (-abs(each[2] - each[3]), each[4]))
    named = tuple(_named(largest(ordered), lists))
    return Notable(compared, named, len(found), len(looked_at), false_alarms)


def largest(found: Sequence[Found]) -> list[Found]:
    """The largest changes of each dimension in equal parts: a physician's fall from 13 to 0 is a small one of a source.

    Where one has fewer the others take its place.
    """
    parts = [[each for each in found if each[0] == by] for by in LOOKED_AT]
    by_turns = [each for turn in zip_longest(*parts) for each in turn if each]
    return [each for each in found if each in by_turns[:MOST_SAID]]


@lru_cache(maxsize=20_000)
def two_sided_p(now: int, both: int, share: float) -> float:
    """As statistics.counts.change has it, without the interval: thousands of rows are looked at."""
    return min(1.0, 2 * min(binomial_at_most(now, both, share), binomial_at_least(now, both, share)))


@dataclass(frozen=True)
class Alarms:
    """Counts up to `low` and from `high` on are called a change; by luck alone that many come with chance `rate`."""

    low: int
    high: int
    rate: float


@lru_cache(maxsize=20_000)
def alarms_of(both: int, share: float) -> Alarms:
    """The counts that the test calls a change, given both counts together.

    The rate is never more than SURE, and less for small counts, whose p comes in large steps.
    """
    low, below = binomial_rare(both, share, SURE / 2)
    high, above = binomial_rare(both, 1 - share, SURE / 2)
    return Alarms(low, both - high, below + above)


def _pairs(
    by: Dimension, spans: Spans, *, view: View, sums: Sums | DatedSums, lists: Lists
) -> Iterator[tuple[Any, int, int]]:
    def credit(period: Period) -> dict[Any, int]:
        if by == SOURCE:
            return credit_at_top(sums, period, view=view, lists=lists)
        return sums.physicians(period, view=view)

    now, before = credit(spans[0]), credit(spans[1])
    for key in sorted({*now, *before}):
        # What nobody is named for is no source that could have changed.
        if key > 0:
            yield key, round(now.get(key, 0) / UNIT), round(before.get(key, 0) / UNIT)


def _named(found: Collection[Found], lists: Lists) -> Iterator[Noticed]:
    names = {by: by.names({key for each, key, *_ in found if each == by}, lists) for by in LOOKED_AT}
    for by, key, now, before, p, spans in found:
        level = Level.ROLLED_UP if by == SOURCE else Level.EACH
        yield Noticed(by, names[by][key], level, now, before, p, *spans)
