"""New patients whose chart names who sent them, by physician and day; read from the chart's entries as they are now."""

from array import array
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import accumulate
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal_column, select

from intake.attribution.filters.periods import EARLIEST, Period
from intake.attribution.filters.queries import entries_within
from intake.attribution.referrers.status import History
from intake.attribution.rollup.period_cache import period_cache
from intake.db import db
from intake.survey.models import CoverageEntry, CreditEntry, PhysicianReferral


@dataclass(frozen=True, eq=False)
class ChartedDays:
    """Row of the list → day → new patients whose chart names them, and how many of these named them as well.

    `stamp` is another whenever anything of it may be.
    """

    stamp: Any = None
    charted: Mapping[int, Counter[int]] = field(default_factory=dict)
    both: Mapping[int, Counter[int]] = field(default_factory=dict)

    def beyond_said(self) -> dict[int, Counter[int]]:
        """Row → day → those whom only the chart knows."""
        return {row: days - self.both.get(row, Counter()) for row, days in self.charted.items()}


def history_of(by_day: Mapping[int, int]) -> History | None:
    """Counts by day as a history; None when there are none."""
    days = [day for day in sorted(by_day) if by_day[day]]
    return History(array("l", days), array("l", accumulate(by_day[day] for day in days))) if days else None


def charted_days(*, until: date, location_ids: Collection[int], counts_as: Mapping[int, int]) -> ChartedDays:
    """What charts say of new patients who came up to that day; merged physicians as one."""
    stamp = _stamp()
    if stamp is None:
        return ChartedDays()
    key = ("charted", stamp, until, frozenset(location_ids), frozenset(counts_as.items()))
    found: ChartedDays | None = period_cache().get(key)
    if found is None:
        found = _charted_days(key, until, location_ids, counts_as)
        period_cache().keep(key, found, rows=1 + sum(map(len, found.charted.values())) // 5)
    return found


def _stamp() -> Any:
    """None without entries of charts; else what changes with each of them, each answer and each visit that counts."""
    link = PhysicianReferral
    entries = db.session.execute(select(func.count(), func.sum(link.id)).where(_is_documented())).one()
    if not entries[0]:
        return None
    ledgers = select(func.max(CreditEntry.id).label("id"), select(func.max(CoverageEntry.id)).scalar_subquery())
    return (*map(int, entries), *db.session.execute(ledgers).one())


def _charted_days(key: Any, until: date, location_ids: Collection[int], counts_as: Mapping[int, int]) -> ChartedDays:
    charted: defaultdict[int, Counter[int]] = defaultdict(Counter)
    both: defaultdict[int, Counter[int]] = defaultdict(Counter)
    linked = charted_visits(Period(EARLIEST, until), location_ids=location_ids)
    credited = _credited(counts_as)
    for visit_id, day, physician_id in db.session.execute(linked):
        row = counts_as.get(physician_id, physician_id)
        charted[row][day.toordinal()] += 1
        if (visit_id, row) in credited:
            both[row][day.toordinal()] += 1
    return ChartedDays(key, charted, both)


def charted_visits(period: Period, *, location_ids: Collection[int]) -> Select[Any]:
    """SQL: (visit_id, day, physician_id) of the visits at which a new patient counts and whose chart names somebody.

    Day and location are the ledger's, which follow the visit's: an index holds them, and no visit is read.
    """
    entry, link = CoverageEntry, PhysicianReferral
    columns: Any = select(entry.visit_id, entry.day, link.physician_id)
    return (
        columns.join(link, link.visit_id == entry.visit_id)
        .where(_is_documented(), *entries_within(entry, period, location_ids))
        # Written out, as below.
        .where(literal_column("coverage_entry.eligible <> 0"))
        .group_by(entry.visit_id, entry.day, link.physician_id)
        .having(func.sum(entry.eligible) > 0)
    )


def _credited(counts_as: Mapping[int, int]) -> set[tuple[int, int]]:
    """(visit, row of the list) that answers name, of the visits whose chart names somebody."""
    entry, link = CreditEntry, PhysicianReferral
    columns: Any = select(entry.visit_id, entry.physician_id)
    query = (
        columns.where(entry.physician_id.is_not(None))
        .where(entry.visit_id.in_(select(link.visit_id).where(_is_documented())))
        .group_by(entry.visit_id, entry.physician_id)
        .having(func.sum(entry.any_units) > 0)
    )
    return {(row[0], counts_as.get(row[1], row[1])) for row in db.session.execute(query)}


def _is_documented() -> ColumnElement[bool]:
    """As `is_documented`, written out, since no partial index is found for a parameter."""
    return literal_column("physician_referral.evidence = 'documented' AND physician_referral.ended_at IS NULL")
