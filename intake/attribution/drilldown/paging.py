"""The newest visits behind a figure, found without looking at all of them.

A figure may stand for a million visits, of which a page shows fifty. Its days are looked through from the newest, a
few and then ever more, until the page is full.
"""

from collections.abc import Iterator
from datetime import timedelta
from math import ceil
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select

from intake.attribution.drilldown.figures import Figure, counted_visits, period_of, recorded_key
from intake.attribution.filters.date_basis import Basis
from intake.attribution.filters.dimensions.sources import SourceDimension
from intake.attribution.filters.lists import Lists
from intake.attribution.filters.periods import Period
from intake.db import db
from intake.directory.models import ELIGIBLE_STATUSES, Visit, VisitType
from intake.id_filters import among
from intake.survey.models import CoverageEntry, CreditEntry

FIRST_DAYS = 2
# Named one by one, days and source together lead straight to the entries; a longer list isn't worth it.
MOST_DAYS_NAMED = 400
# Visits are not spread evenly over days, and not all that are eligible stand in a part of coverage.
ROOM = 1.5
MOST_VISITS = 10_000
NEWEST_FIRST = (Visit.visit_date.desc(), Visit.scheduled_at.desc(), Visit.id.desc())


def newest_visits(
    figure: Figure, lists: Lists, *, offset: int = 0, limit: int | None = None, of: int | None = None
) -> dict[int, int]:
    """Visit id → units, newest day first; all of them when there is no limit. `of`: how many there are, if known."""
    if limit is None or figure.basis != Basis.VISIT or figure.is_of_places:
        # Counted by another day than their own, visits lie on any day.
        return dict(_found(_in_order(figure, lists).offset(offset).limit(limit)))
    wanted = offset + limit
    standing: list[tuple[int, int]] = []
    for some in _by_visits(figure, wanted) if figure.by is None else _by_days(figure, lists, wanted, of):
        standing += _found(_in_order(figure, lists, some).limit(wanted - len(standing)))
        if len(standing) >= wanted:
            break
    return dict(standing[offset:wanted])


def _by_days(figure: Figure, lists: Lists, wanted: int, of: int | None) -> Iterator[ColumnElement[bool]]:
    """Entries of the last days, then of twice as many before them, and so on.

    If it is known of how many visits some are wanted, the first days are as many as should hold these.
    """
    period = period_of(figure, recorded_key(figure, lists))
    days = min(period.days, ceil(ROOM * period.days * wanted / of)) if of else FIRST_DAYS
    last = period.last_day
    while last >= period.first_day:
        first = max(period.first_day, last - timedelta(days=days - 1))
        there = CreditEntry.day.between(first, last)
        if isinstance(figure.by, SourceDimension) and days <= MOST_DAYS_NAMED:
            there = CreditEntry.day.in_([last - timedelta(days=each) for each in range((last - first).days + 1)])
        yield there
        last, days = first - timedelta(days=1), days * 2


def _by_visits(figure: Figure, wanted: int) -> Iterator[ColumnElement[bool]]:
    """Entries of the newest eligible visits, then of ever more before them: most of them count."""
    last, days = figure.period.last_day, 1
    while last >= figure.period.first_day:
        first = max(figure.period.first_day, last - timedelta(days=days - 1))
        skipped, visits = 0, min(ceil(ROOM * wanted), MOST_VISITS)
        while ids := _eligible(figure, Period(first, last), skipped=skipped, wanted=visits):
            yield among(CoverageEntry.visit_id, ids)
            if len(ids) < visits:
                break
            skipped, visits = skipped + visits, min(visits * 4, MOST_VISITS)
        last, days = first - timedelta(days=1), days * 2


def _eligible(figure: Figure, days: Period, *, skipped: int, wanted: int) -> list[int]:
    # A new patient whose first appointment fell through may count at one that isn't typed new.
    counted = select(CoverageEntry.id).where(CoverageEntry.visit_id == Visit.id, CoverageEntry.eligible > 0)
    query = (
        select(Visit.id)
        .where(Visit.visit_date.between(days.first_day, days.last_day), among(Visit.location_id, _places(figure)))
        .where(or_(Visit.visit_type == VisitType.NEW, counted.exists()), Visit.status.in_(sorted(ELIGIBLE_STATUSES)))
    )
    return list(db.session.scalars(query.order_by(*NEWEST_FIRST).offset(skipped).limit(wanted)))


def _in_order(figure: Figure, lists: Lists, *some: ColumnElement[bool]) -> Select[Any]:
    counted = counted_visits(figure, lists, *some).subquery()
    return (
        select(counted.c.visit_id, counted.c.units)
        .join(Visit, Visit.id == counted.c.visit_id)
        .where(among(Visit.location_id, _places(figure)))
        .order_by(*NEWEST_FIRST)
    )


def _places(figure: Figure) -> list[int]:
    return sorted(figure.location_ids)


def _found(query: Select[Any]) -> list[tuple[int, int]]:
    return [(row[0], int(row[1])) for row in db.session.execute(query)]
