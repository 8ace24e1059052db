"""The overview: where patients come from, beside the period before, the same days of last year and the months between.

Every sum is read once, month by month, and shared by whatever needs it.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from itertools import chain
from typing import Any

from intake.attribution.filters.date_basis import Basis, DatedSums
from intake.attribution.filters.dimensions.sources import SOURCE
from intake.attribution.filters.lists import Level, Lists, ListVersion
from intake.attribution.filters.periods import Period, add_months, month_end
from intake.attribution.filters.queries import Coverage, lists_under
from intake.attribution.overview.notable_changes import Notable, notable, spans_compared
from intake.attribution.totals.channels import credit_at_top
from intake.attribution.totals.clinic_days import clinic_days
from intake.attribution.totals.on_record import comparable, records_began
from intake.attribution.totals.report import TotalLine, Totals, in_order
from intake.attribution.totals.sums import Sums, sums_on
from intake.survey.models import View

MONTHS = 12


@dataclass(frozen=True)
class SourceRow(TotalLine):
    """A source at the top of the list; `months` are its last twelve, oldest first."""

    year_before_units: int | None = None
    months: tuple[int, ...] = ()


@dataclass(frozen=True)
class ReportOverview(Totals):
    """One screen of figures. `before` and `year_before` are None when nobody is on record for those days."""

    lines: tuple[SourceRow, ...]
    year_before: Period | None = None
    coverage_year_before: Coverage = field(default_factory=Coverage)
    months: tuple[Period, ...] = ()
    # How many days each span was open, each location's days counted.
    days: dict[Period, int] = field(default_factory=dict)
    notable: Notable | None = None

    def is_on_record(self, month: Period) -> bool:
        """Whether records had begun by the end of this month: before that nobody knows who came."""
        return self.began is not None and month.last_day >= self.began


def overview(
    *,
    period: Period,
    view: View,
    location_ids: Collection[int],
    listing: ListVersion = ListVersion.TODAY,
    basis: Basis = Basis.VISIT,
) -> ReportOverview:
    """The overview of these days at these locations; everything compared is read under one list.

    Twelve months and what changed are there by the day of the visit only: `months` is empty and `notable` None else.
    `notable` is None, too, while the days that these would stand beside aren't on record.
    """
    lists, before, year_before = lists_under(listing, period), period.before(), period.year_before()
    if year_before == before:
        year_before = None
    by_visit = basis == Basis.VISIT
    months = last_months(period.last_day) if by_visit else ()
    noticed = spans_compared(period) if by_visit else []
    spans = [each for each in (period, before, year_before, *chain(*noticed), *months) if each]
    sums = sums_on(basis, location_ids=location_ids, lists=lists, ahead=spans)
    # Before records began nobody came, which is no change.
    began = records_began()
    before, year_before = (comparable(period, each, sums, began) for each in (before, year_before))
    coverage = sums.coverage(period)
    open_in = {each for each in (period, before, year_before, *chain(*noticed)) if each}
    days = clinic_days(open_in, location_ids=location_ids)
    noticed = [each for each in noticed if comparable(*each, sums, began)]
    return ReportOverview(
        period=period,
        before=before,
        view=view,
        by=SOURCE,
        coverage=coverage,
        coverage_before=sums.coverage(before) if before else Coverage(),
        lines=tuple(_rows(_Spans(period, before, year_before, months, view), sums, lists, coverage)),
        rolled_up=(),
        year_before=year_before,
        coverage_year_before=sums.coverage(year_before) if year_before else Coverage(),
        months=months,
        days=days,
        notable=notable(noticed, view=view, sums=sums, lists=lists, days=days) if noticed else None,
        began=began,
    )


def last_months(last_day: date) -> tuple[Period, ...]:
    """The calendar month of that day and the eleven before it, oldest first."""
    firsts = [add_months(last_day.replace(day=1), number - MONTHS + 1) for number in range(MONTHS)]
    return tuple(Period(first, month_end(first)) for first in firsts)


@dataclass(frozen=True)
class _Spans:
    period: Period
    before: Period | None
    year_before: Period | None
    months: tuple[Period, ...]
    view: View


def _rows(asked: _Spans, sums: Sums | DatedSums, lists: Lists, coverage: Coverage) -> list[SourceRow]:
    def credit(period: Period | None) -> dict[Any, int]:
        return credit_at_top(sums, period, view=asked.view, lists=lists)

    now, before, year_before = credit(asked.period), credit(asked.before), credit(asked.year_before)
    months = [credit(month) for month in asked.months]
    rows = [
        SourceRow(
            name=name,
            units=now.get(key, 0),
            of=coverage.answered,
            before_units=before.get(key, 0) if asked.before else None,
            year_before_units=year_before.get(key, 0) if asked.year_before else None,
            months=tuple(month.get(key, 0) for month in months),
            is_remainder=name.key.startswith("-"),
            level=Level.ROLLED_UP,
        )
        for key, name in SOURCE.names({*now, *before, *year_before}, lists).items()
    ]
    return sorted(rows, key=in_order)
