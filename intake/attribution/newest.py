"""The newest visits behind a figure, found without looking at all of them.

A figure may stand for a million visits, of which a page shows fifty. Its days are looked through from the newest, a
few and then ever more, until the page is full.
"""

from collections.abc import Iterator
from datetime import timedelta
from math import ceil
from typing import Any

from sqlalchemy import ColumnElement, Select, select

from intake.among import among, on_one_of
from intake.attribution.basis import Basis
from intake.attribution.cuts import Cut, Lists
from intake.attribution.figures import Figure, period_of, recorded_key, standing_visits
from intake.attribution.periods import Period
from intake.db import db
from intake.directory.models import ELIGIBLE_STATUSES, Visit, VisitType
from intake.survey.models import CoverageEntry, CreditEntry

FIRST_DAYS = 2
# Visits are not spread evenly over days.
ROOM = 1.5
FIRST_VISITS = 200
# Named one by one, days and source together lead straight to the entries; a longer list isn't worth it.
MOST_DAYS_NAMED = 400
NEWEST_FIRST = (Visit.visit_date.desc(), Visit.scheduled_at.desc(), Visit.id.desc())


def newest_standing(
    figure: Figure, lists: Lists, *, offset: int = 0, limit: int | None = None, of: int | None = None
) -> dict[int, int]:
    """Visit id → units, newest day first; all of them when there is no limit. `of`: how many there are, if known."""
    if limit is None or figure.basis != Basis.VISIT or figure.is_of_places:
        # Counted by another day than their own, visits lie on any day.
        return dict(_found(_in_order(figure, standing_visits(figure, lists)).offset(offset).limit(limit)))
    steps = _by_visits(figure, lists) if figure.by is None else _by_days(figure, lists, share=(offset + limit, of))
    standing: list[tuple[int, int]] = []
    for step in steps:
        standing += _found(step.limit(offset + limit - len(standing)))
        if len(standing) >= offset + limit:
            break
    return dict(standing[offset : offset + limit])


def _by_days(figure: Figure, lists: Lists, *, share: tuple[int, int | None]) -> Iterator[Select[Any]]:
    """Visits of the last days, then of twice as many before them, and so on.

    If it is known of how many visits some are wanted, the first days are as many as should hold these.
    """
    period = period_of(figure, recorded_key(figure, lists))
    wanted, of = share
    days = min(period.days, ceil(ROOM * period.days * wanted / of)) if of else FIRST_DAYS
    last = period.last_day
    while last >= period.first_day:
        first = max(period.first_day, last - timedelta(days=days - 1))
        yield _in_order(figure, standing_visits(figure, lists, _on(Period(first, last), figure)))
        last, days = first - timedelta(days=1), days * 2


def _on(period: Period, figure: Figure) -> ColumnElement[bool]:
    if figure.by in (Cut.SOURCE, Cut.KIND) and period.days <= MOST_DAYS_NAMED:
        return on_one_of(CreditEntry.day, [period.first_day + timedelta(days=each) for each in range(period.days)])
    return CreditEntry.day.between(period.first_day, period.last_day)


def _by_visits(figure: Figure, lists: Lists) -> Iterator[Select[Any]]:
    """Of the newest eligible visits those that count, then of ever more before them: most of them do."""
    last, days = figure.period.last_day, 1
    while last >= figure.period.first_day:
        first = max(figure.period.first_day, last - timedelta(days=days - 1))
        eligible = (
            select(Visit.id)
            .where(Visit.visit_date.between(first, last), Visit.location_id.in_(sorted(figure.location_ids)))
            .where(Visit.visit_type == VisitType.NEW, Visit.status.in_(sorted(ELIGIBLE_STATUSES)))
            .order_by(*NEWEST_FIRST)
        )
        skipped, visits = 0, FIRST_VISITS
        while ids := list(db.session.scalars(eligible.offset(skipped).limit(visits))):
            yield _in_order(figure, standing_visits(figure, lists, among(CoverageEntry.visit_id, ids)))
            if len(ids) < visits:
                break
            skipped, visits = skipped + visits, min(visits * 4, 10_000)
        last, days = first - timedelta(days=1), days * 2


def _in_order(figure: Figure, standing: Any) -> Select[Any]:
    counted = standing.subquery()
    return (
        select(counted.c.visit_id, counted.c.units)
        .join(Visit, Visit.id == counted.c.visit_id)
        .where(Visit.location_id.in_(sorted(figure.location_ids)))
        .order_by(*NEWEST_FIRST)
    )


def _found(query: Select[Any]) -> list[tuple[int, int]]:
    return [(row[0], int(row[1])) for row in db.session.execute(query)]
