"""The newest visits behind a figure, found without looking at all of them.

A figure may stand for a million visits, of which a page shows fifty. Its days are looked through from the newest, a
few and then ever more, until the page is full.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from math import ceil
from typing import Any

from sqlalchemy import ColumnElement, Select, select

from intake.attribution.basis import Basis
from intake.attribution.cuts import Cut, Lists
from intake.attribution.figures import Figure, period_of, recorded_key, standing_visits
from intake.attribution.often_opened import (
    MOST_DAYS_NAMED,
    NEWEST_FIRST,
    Often,
    Standing,
    eligible_newest,
    of_coverage,
    often,
)
from intake.attribution.periods import Period
from intake.db import db
from intake.directory.models import Visit
from intake.survey.models import CoverageEntry, CreditEntry

FIRST_DAYS = 2
# Visits are not spread evenly over days, and not all that are eligible stand in a part of coverage.
ROOM = 1.5
MOST_VISITS = 10_000

# Reads so many of one stretch of days.
Step = Callable[[int], Standing]


def newest_standing(
    figure: Figure, lists: Lists, *, offset: int = 0, limit: int | None = None, of: int | None = None
) -> dict[int, int]:
    """Visit id → units, newest day first; all of them when there is no limit. `of`: how many there are, if known."""
    if limit is None or figure.basis != Basis.VISIT or figure.is_of_places:
        # Counted by another day than their own, visits lie on any day.
        return dict(_found(_in_order(figure, standing_visits(figure, lists)).offset(offset).limit(limit)))
    wanted = offset + limit
    steps = _by_visits(figure, lists, wanted) if figure.by is None else _by_days(figure, lists, wanted, of)
    standing: Standing = []
    for step in steps:
        standing += step(wanted - len(standing))
        if len(standing) >= wanted:
            break
    return dict(standing[offset:wanted])


def _by_days(figure: Figure, lists: Lists, wanted: int, of: int | None) -> Iterator[Step]:
    """Visits of the last days, then of twice as many before them, and so on.

    If it is known of how many visits some are wanted, the first days are as many as should hold these.
    """
    quick = often(figure, lists)
    period = quick.period if quick else period_of(figure, recorded_key(figure, lists))
    days = min(period.days, ceil(ROOM * period.days * wanted / of)) if of else FIRST_DAYS
    last = period.last_day
    while last >= period.first_day:
        first = max(period.first_day, last - timedelta(days=days - 1))
        yield _within(figure, lists, quick, Period(first, last))
        last, days = first - timedelta(days=1), days * 2


def _within(figure: Figure, lists: Lists, quick: Often | None, days: Period) -> Step:
    if quick:
        return lambda wanted: quick.newest(days, wanted)
    there = CreditEntry.day.between(days.first_day, days.last_day)
    if figure.by in (Cut.SOURCE, Cut.KIND) and days.days <= MOST_DAYS_NAMED:
        there = CreditEntry.day.in_([days.first_day + timedelta(days=each) for each in range(days.days)])
    return _of_entries(figure, lists, there)


def _by_visits(figure: Figure, lists: Lists, wanted: int) -> Iterator[Step]:
    """Of the newest eligible visits those that count, then of ever more before them: most of them do."""
    last, days = figure.period.last_day, 1
    while last >= figure.period.first_day:
        first = max(figure.period.first_day, last - timedelta(days=days - 1))
        skipped, visits = 0, min(ceil(ROOM * wanted), MOST_VISITS)
        while ids := eligible_newest(Period(first, last), figure.location_ids, skipped=skipped, wanted=visits):
            yield _among_visits(figure, lists, ids)
            if len(ids) < visits:
                break
            skipped, visits = skipped + visits, min(visits * 4, MOST_VISITS)
        last, days = first - timedelta(days=1), days * 2


def _among_visits(figure: Figure, lists: Lists, ids: list[int]) -> Step:
    if figure.also is None:
        return lambda wanted: of_coverage(figure, ids, wanted)
    return _of_entries(figure, lists, CoverageEntry.visit_id.in_(ids))


def _of_entries(figure: Figure, lists: Lists, there: ColumnElement[bool]) -> Step:
    return lambda wanted: _found(_in_order(figure, standing_visits(figure, lists, there)).limit(wanted))


def _in_order(figure: Figure, standing: Any) -> Select[Any]:
    counted = standing.subquery()
    return (
        select(counted.c.visit_id, counted.c.units)
        .join(Visit, Visit.id == counted.c.visit_id)
        .where(Visit.location_id.in_(sorted(figure.location_ids)))
        .order_by(*NEWEST_FIRST)
    )


def _found(query: Select[Any]) -> Standing:
    return [(row[0], int(row[1])) for row in db.session.execute(query)]
