"""Every physician's referrals day by day, read from the rollups and the ledger's rows after them."""

from array import array
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import accumulate
from typing import Any

from intake.attribution.filters.dimensions.calendar import MONTH
from intake.attribution.filters.lists import Lists
from intake.attribution.filters.periods import EARLIEST, Period
from intake.attribution.referrers.status import History, ReferrerStatus, Windows, status_of
from intake.attribution.rollup.co_mentions import person_members
from intake.attribution.rollup.period_cache import period_cache
from intake.attribution.rollup.physician_days import PhysicianDays, physician_days
from intake.attribution.rollup.reading import Rollups, Rows
from intake.attribution.totals.on_record import records_began
from intake.attribution.totals.sums import Sums
from intake.survey.ledger.crediting import UNIT

# A window with fewer eligible visits than two a day says too little about how often the clinic was open and asked.
LEAST_TO_ADJUST = 180

Histories = dict[int, History]


@dataclass(frozen=True)
class Records:
    """What is known of all physicians as of `windows.today`, at these locations."""

    windows: Windows
    histories: Histories
    standings: dict[int, ReferrerStatus] = field(default_factory=dict)


def records(*, today: date, location_ids: Collection[int], lists: Lists) -> Records:
    """Histories and statuses of every physician whose patients came to these locations; merged ones as one."""
    windows = _windows(today, location_ids, lists)
    period = Period(EARLIEST, today)
    rollups = Rollups(location_ids)
    folded, later = physician_days(rollups, period)
    together = rollups.physician_co_mentions(period)
    counts_as, scope = lists.physician_counts_as, frozenset(location_ids)
    read_as = (folded, scope, frozenset(counts_as.items()), frozenset(together.items()))

    # What was folded is kept; only physicians named since are looked at again.

    def settled() -> Records:
        histories = _histories(folded, {}, together, counts_as)
        return Records(windows, histories, _standings(histories, windows))

    found = _kept(("physicians", windows, *read_as), settled)
    if not later:
        return found
    key = ("physicians and since", windows, frozenset(later.items()), *read_as)
    touched: set[Any] = {counts_as.get(physician_id, physician_id) for physician_id, _ in later}

    def since() -> Records:
        fresh = _histories(folded, later, together, counts_as, only=touched)
        standings = {each: standing for each, standing in found.standings.items() if each not in touched}
        histories = {each: history for each, history in found.histories.items() if each not in touched}
        return Records(windows, histories | fresh, standings | _standings(fresh, windows))

    return _kept(key, since)


def _kept(key: Hashable, make: Callable[[], Records]) -> Records:
    found: Records | None = period_cache().get(key)
    if found is None:
        found = make()
        # Packed days take a tenth of the room that other rows do.
        days = sum(len(each.days) for each in found.histories.values())
        period_cache().keep(key, found, rows=10 * len(found.histories) + days // 10)
    return found


def _standings(histories: Histories, windows: Windows) -> dict[int, ReferrerStatus]:
    return {each: status_of(each, history, windows) for each, history in histories.items()}


def _histories(
    folded: PhysicianDays,
    later: Rows,
    together: Rows,
    counts_as: Mapping[int, int],
    *,
    only: Collection[int] | None = None,
) -> Histories:
    """Row of the list → its days and how many visits name it by each, of all rows or `only` some."""
    wanted: Callable[[int], bool] = (lambda row: True) if only is None else only.__contains__
    parts: dict[int, list[Iterable[tuple[int, int]]]] = {}
    for physician_id, (days, units) in folded.of_physician.items():
        row = counts_as.get(physician_id, physician_id)
        if wanted(row):
            parts.setdefault(row, []).append(zip(days, units, strict=True))
    for (physician_id, day), (amount,) in later.items():
        parts.setdefault(counts_as.get(physician_id, physician_id), []).append([(day.toordinal(), amount)])
    for row, taken in _named_twice(together, counts_as).items():
        if wanted(row):
            parts.setdefault(row, []).append((day, -visits * UNIT) for day, visits in taken.items())
    return {row: history for row, several in parts.items() if (history := _history(several))}


def _history(parts: list[Iterable[tuple[int, int]]]) -> History | None:
    """Several lists of days as one; None when they sum to nothing."""
    if len(parts) == 1:
        standing = [(day, units // UNIT) for day, units in parts[0] if units]
    else:
        by_day: Counter[int] = Counter()
        for part in parts:
            for day, units in part:
                by_day[day] += units
        standing = [(day, by_day[day] // UNIT) for day in sorted(by_day) if by_day[day]]
    if not standing:
        return None
    return History(array("l", (day for day, _ in standing)), array("l", accumulate(visits for _, visits in standing)))


def _named_twice(together: Rows, counts_as: Mapping[int, int]) -> dict[int, Counter[int]]:
    """Row → day → how often it was counted for visits that had been counted for it already."""
    found: dict[int, Counter[int]] = {}
    for (day, members), (visits,) in together.items():
        for row, times in Counter(counts_as.get(each, each) for each in person_members(members)).items():
            if times > 1 and visits:
                found.setdefault(row, Counter())[day.toordinal()] += (times - 1) * visits
    return found


def _windows(today: date, location_ids: Collection[int], lists: Lists) -> Windows:
    plain = Windows(today, records_began() or today)
    span = Period(plain.before_first_day, today)
    by_day = Sums(location_ids, lists).coverage_by(span, by=MONTH)
    now, before = (
        [part for day, part in by_day.items() if first <= day <= last and part.eligible > 0]
        for first, last in ((plain.first_day, today), (plain.before_first_day, plain.before_last_day))
    )
    if min(sum(part.eligible for part in each) for each in (now, before)) < LEAST_TO_ADJUST:
        return plain
    exposure, exposure_before = (
        len(each) * sum(part.answered for part in each) / sum(part.eligible for part in each) for each in (now, before)
    )
    if not (exposure and exposure_before):
        return plain
    return Windows(today, plain.records_began, exposure, exposure_before, adjusted=True)
