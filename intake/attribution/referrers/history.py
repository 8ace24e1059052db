"""Every physician's referrals day by day: said, from the rollups and the ledger's rows after them, and charted."""

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from intake.attribution.filters.lists import Lists
from intake.attribution.filters.periods import EARLIEST, Period
from intake.attribution.referrers.charted import ChartedDays, charted_days, history_of
from intake.attribution.referrers.status import History, ReferrerStatus, Windows, status_of
from intake.attribution.rollup.co_mentions import person_members
from intake.attribution.rollup.period_cache import period_cache
from intake.attribution.rollup.physician_days import PhysicianDays, physician_days
from intake.attribution.rollup.reading import Rollups, Rows
from intake.attribution.totals.clinic_days import days_open
from intake.attribution.totals.on_record import records_began
from intake.attribution.totals.sums import Sums
from intake.once_a_look import once_a_look
from intake.survey.ledger.crediting import UNIT

# A window with fewer eligible visits than two a day says too little about how often the clinic was open and asked.
LEAST_TO_ADJUST = 180

Histories = dict[int, History]


@dataclass(frozen=True)
class KnownBy:
    """How a physician's referrals are known: when the chart and when an answer named them last, and how many did in
    the trailing 90 days. `both` are in `charted` and in `said`.
    """

    last_charted: date | None
    last_said: date | None
    charted: int
    said: int
    both: int


@dataclass(frozen=True)
class Records:
    """What is known of all physicians as of `windows.today`, at these locations."""

    windows: Windows
    histories: Histories
    standings: dict[int, ReferrerStatus] = field(default_factory=dict)
    charted: ChartedDays = field(default_factory=ChartedDays)

    def known_by(self, row: int) -> KnownBy:
        """How the referrals of this row of the list are known."""
        history, windows = self.histories[row], self.windows
        charted = self.charted.charted.get(row, Counter())
        both = self.charted.both.get(row, Counter())
        of_charts, first = sorted(charted), windows.first_day.toordinal()
        said = (
            day
            for place in range(len(history.days) - 1, -1, -1)
            if history.count_at(place) > charted[day := history.days[place]] - both[day]
        )
        lately = [sum(count for day, count in each.items() if day >= first) for each in (charted, both)]
        last_said = next(said, None)
        return KnownBy(
            last_charted=date.fromordinal(of_charts[-1]) if of_charts else None,
            last_said=date.fromordinal(last_said) if last_said else None,
            charted=lately[0],
            said=history.count(windows.first_day, windows.today) - lately[0] + lately[1],
            both=lately[1],
        )


def records(*, today: date, location_ids: Collection[int], lists: Lists) -> Records:
    """Histories and statuses of every physician whose patients came to these locations; merged ones as one.

    Read once for a look at a page, whose parts all ask for them.
    """
    key = (today, frozenset(location_ids), frozenset(lists.physician_counts_as.items()))
    return once_a_look("referrers", key, lambda: _records(today, location_ids, lists))


def _records(today: date, location_ids: Collection[int], lists: Lists) -> Records:
    windows = _windows(today, location_ids, lists)
    period = Period(EARLIEST, today)
    rollups = Rollups(location_ids)
    folded, later = physician_days(rollups, period)
    together = rollups.physician_co_mentions(period)
    # No row is 0: our own people have none.
    counts_as = lists.physician_counts_as | dict.fromkeys(lists.own_physicians, 0)
    scope = frozenset(location_ids)
    charted = charted_days(until=today, location_ids=location_ids, counts_as=counts_as)
    only_charted = charted.beyond_said()
    read_as = (folded, scope, frozenset(counts_as.items()), frozenset(together.items()), charted.stamp)

    # What was folded is kept; only physicians named since are looked at again.

    def settled() -> Records:
        histories = _histories(folded, {}, together, counts_as, only_charted)
        return Records(windows, histories, _standings(histories, windows), charted)

    found = _kept(("physicians", windows, *read_as), settled)
    if not later:
        return found
    key = ("physicians and since", windows, frozenset(later.items()), *read_as)
    touched: set[Any] = {counts_as.get(physician_id, physician_id) for physician_id, _ in later}

    def since() -> Records:
        fresh = _histories(folded, later, together, counts_as, only_charted, only=touched)
        standings = {each: standing for each, standing in found.standings.items() if each not in touched}
        histories = {each: history for each, history in found.histories.items() if each not in touched}
        return Records(windows, histories | fresh, standings | _standings(fresh, windows), charted)

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
    only_charted: Mapping[int, Counter[int]],
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
    for row, added in only_charted.items():
        if wanted(row):
            parts.setdefault(row, []).append((day, visits * UNIT) for day, visits in added.items())
    return {row: history for row, several in parts.items() if row > 0 and (history := _history(several))}


def _history(parts: list[Iterable[tuple[int, int]]]) -> History | None:
    """Several lists of days as one; None when they sum to nothing."""
    if len(parts) == 1:
        return history_of({day: units // UNIT for day, units in parts[0] if units})
    by_day: Counter[int] = Counter()
    for part in parts:
        for day, units in part:
            by_day[day] += units
    return history_of({day: units // UNIT for day, units in by_day.items()})


def _named_twice(together: Rows, counts_as: Mapping[int, int]) -> dict[int, Counter[int]]:
    """Row → day → how often it was counted for visits that had been counted for it already."""
    found: dict[int, Counter[int]] = {}
    for (day, members), (visits,) in together.items():
        for row, times in Counter(counts_as.get(each, each) for each in person_members(members)).items():
            if times > 1 and visits:
                found.setdefault(row, Counter())[day.toordinal()] += (times - 1) * visits
    return found


def _windows(today: date, location_ids: Collection[int], lists: Lists) -> Windows:
    began = records_began() or today
    days = days_open(Period(min(began, today), today), location_ids=location_ids)
    plain = Windows(today, began, days_open=days)
    spans = (Period(plain.first_day, today), Period(plain.before_first_day, plain.before_last_day))
    exposure, exposure_before = (plain.open_between(each.first_day, each.last_day) for each in spans)
    if not (exposure and exposure_before):
        return plain
    plain = replace(plain, exposure=float(exposure), exposure_before=float(exposure_before))
    sums = Sums(location_ids, lists, spans)
    now, before = (sums.coverage(each) for each in spans)
    if min(now.eligible, before.eligible) < LEAST_TO_ADJUST or not (now.share and before.share):
        return plain
    return replace(
        plain,
        exposure=exposure * now.share,
        exposure_before=exposure_before * before.share,
        coverage_ratio=now.share / before.share,
        adjusted=True,
    )
