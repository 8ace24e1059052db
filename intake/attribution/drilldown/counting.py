"""How many visits stand behind a figure."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from intake.attribution.drilldown.figures import (
    MEASURES,
    Figure,
    NoSuchFigure,
    counted_visits,
    period_of,
    recorded_key,
)
from intake.attribution.filters.dimensions.people import PersonDimension
from intake.attribution.filters.lists import Lists
from intake.attribution.totals.sums import sums_on
from intake.db import db
from intake.survey.ledger.crediting import UNIT
from intake.survey.models import View


@dataclass(frozen=True)
class Counted:
    """How many visits stand behind a figure, and what they add up to."""

    visits: int
    units: int


def counted(figure: Figure, lists: Lists) -> Counted:
    """Number of visits behind the figure and their sum, which is the figure."""
    sums = sums_on(figure.basis, location_ids=figure.location_ids, lists=lists)
    if figure.also or figure.besides or figure.is_of_places:
        return _counted_one_by_one(figure, lists)
    if figure.by is None:
        if figure.key not in MEASURES:
            raise NoSuchFigure(figure.key)
        coverage = sums.coverage(figure.period)
        return Counted(int(getattr(coverage, figure.key.replace("-", "_"))), 0)
    key = recorded_key(figure, lists)
    if isinstance(figure.by, PersonDimension) and figure.by.people_in(key, lists):
        # One person's entries are few, and an index has them; the rollups would give everybody's.
        return _counted_one_by_one(figure, lists)
    period = period_of(figure, key)

    def credit(view: View) -> int:
        found = sums.credit(period, by=figure.by, view=view, level=figure.level)  # type: ignore[arg-type]
        return sum(found.values()) if isinstance(key, date) else found.get(key, 0)

    units = credit(figure.view)
    # A row with a part of a visit is named in it: under "any mention" that is one whole visit.
    visits = units if figure.view != View.FRACTIONAL else credit(View.ANY)
    return Counted(visits // UNIT, units)


def _counted_one_by_one(figure: Figure, lists: Lists) -> Counted:
    standing = counted_visits(figure, lists).subquery()
    row = db.session.execute(select(func.count(), func.sum(standing.c.units)).select_from(standing)).one()
    return Counted(int(row[0]), int(row[1] or 0))
