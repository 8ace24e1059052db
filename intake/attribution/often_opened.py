"""The visits of figures that are opened most: of sources, physicians, patients, and of coverage.

They say the same as `figures.standing_visits`. But their statements are made once and given values, since putting one
together takes longer than its answer, and a database plans one that it knows no second time.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from sqlalchemy import Integer, bindparam, func, select

from intake.among import among_given, database_kind, given, given_days, on_one_given
from intake.attribution.basis import Basis
from intake.attribution.cuts import Lists, members_of
from intake.attribution.figures import Figure, coverage_held, period_of, recorded_key
from intake.attribution.periods import Period
from intake.attribution.queries import UNITS
from intake.db import db
from intake.directory.models import ELIGIBLE_STATUSES, Visit, VisitType
from intake.survey.crediting import UNIT
from intake.survey.models import CoverageEntry, CreditEntry, View

# Named one by one, days and source together lead straight to the entries; a longer list isn't worth it.
MOST_DAYS_NAMED = 400
NEWEST_FIRST = (Visit.visit_date.desc(), Visit.scheduled_at.desc(), Visit.id.desc())

Standing = list[tuple[int, int]]


@dataclass(frozen=True)
class Often:
    """A figure whose entries are those that hold one of `members` in `column`."""

    view: View
    column: str
    members: list[int]
    period: Period
    location_ids: frozenset[int]

    def counted(self) -> tuple[int, int]:
        """How many visits stand in it, and what they add up to."""
        statement = _counted(database_kind(), self.column, self.view)
        row = db.session.execute(statement, self._values(self.period, named=False)).one()
        return int(row[0]), int(row[1] or 0)

    def newest(self, days: Period, wanted: int) -> Standing:
        """(visit, units) of the newest in these days of it."""
        # Entries of a person lie in order of days already.
        named = self.column == "source_id" and days.days <= MOST_DAYS_NAMED
        statement = _newest(database_kind(), self.column, self.view, named)
        return _found(statement, self._values(days, named=named) | {"wanted": wanted})

    def _values(self, days: Period, *, named: bool) -> dict[str, Any]:
        each = [days.first_day + timedelta(days=number) for number in range(days.days)] if named else []
        span = {"days": given_days(each)} if named else {"first_day": days.first_day, "last_day": days.last_day}
        return {"members": given(self.members), "places": given(sorted(self.location_ids)), **span}


def often(figure: Figure, lists: Lists) -> Often | None:
    """The figure as one of these, if it is one. Raises NoSuchFigure."""
    if figure.by is None or figure.also or figure.besides or figure.basis != Basis.VISIT:
        return None
    key = recorded_key(figure, lists)
    members = members_of(figure.by, key, lists, figure.level)
    return Often(figure.view, *members, period_of(figure, key), figure.location_ids) if members else None


def eligible_newest(period: Period, location_ids: Collection[int], *, skipped: int, wanted: int) -> list[int]:
    """The newest eligible visits of these days."""
    values = {"first_day": period.first_day, "last_day": period.last_day, "places": given(sorted(location_ids))}
    return list(db.session.scalars(_eligible(database_kind()), values | {"skipped": skipped, "wanted": wanted}))


def of_coverage(figure: Figure, visit_ids: Collection[int], wanted: int) -> Standing:
    """(visit, 0) of the newest among these that stand in a figure of coverage. Raises NoSuchFigure."""
    values = {
        "visit_ids": given(visit_ids),
        "places": given(sorted(figure.location_ids)),
        "first_day": figure.period.first_day,
        "last_day": figure.period.last_day,
    }
    return _found(_of_coverage(database_kind(), figure.key), values | {"wanted": wanted})


def _found(statement: Any, values: dict[str, Any]) -> Standing:
    return [(row[0], int(row[1])) for row in db.session.execute(statement, values)]


@cache
def _counted(kind: str, column: str, view: View) -> Any:
    counted = _standing(kind, column, view, False).subquery()
    return select(func.count(), func.sum(counted.c.units)).select_from(counted)


@cache
def _newest(kind: str, column: str, view: View, named: bool) -> Any:
    return _in_order(kind, _standing(kind, column, view, named))


def _standing(kind: str, column: str, view: View, named: bool) -> Any:
    entry, total = CreditEntry, func.sum(UNITS[view])
    units, stands = (func.min(UNIT), total > 0) if view == View.ANY else (total, total != 0)
    return (
        select(entry.visit_id, units.label("units"))
        .where(among_given(getattr(entry, column), "members", kind), among_given(entry.location_id, "places", kind))
        .where(on_one_given(entry.day, "days", kind) if named else _between(entry.day))
        .group_by(entry.visit_id)
        .having(stands)
    )


@cache
def _eligible(kind: str) -> Any:
    return (
        select(Visit.id)
        .where(_between(Visit.visit_date), among_given(Visit.location_id, "places", kind))
        .where(Visit.visit_type == VisitType.NEW, Visit.status.in_(sorted(ELIGIBLE_STATUSES)))
        .order_by(*NEWEST_FIRST)
        .offset(bindparam("skipped", type_=Integer))
        .limit(bindparam("wanted", type_=Integer))
    )


@cache
def _of_coverage(kind: str, key: str) -> Any:
    entry = CoverageEntry
    standing = (
        select(entry.visit_id, func.min(0).label("units"))
        .where(among_given(entry.visit_id, "visit_ids", kind), among_given(entry.location_id, "places", kind))
        .where(_between(entry.day))
        .group_by(entry.visit_id)
        .having(coverage_held(key))
    )
    return _in_order(kind, standing)


def _in_order(kind: str, standing: Any) -> Any:
    counted = standing.subquery()
    return (
        select(counted.c.visit_id, counted.c.units)
        .join(Visit, Visit.id == counted.c.visit_id)
        .where(among_given(Visit.location_id, "places", kind))
        .order_by(*NEWEST_FIRST)
        .limit(bindparam("wanted", type_=Integer))
    )


def _between(day: Any) -> Any:
    return day.between(bindparam("first_day", type_=day.type), bindparam("last_day", type_=day.type))
