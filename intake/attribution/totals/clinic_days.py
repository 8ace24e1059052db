"""How many days the practice was open: a month with a week of holidays has fewer patients and nothing is wrong."""

from collections.abc import Collection, Iterable
from datetime import date

from sqlalchemy import Subquery, func, select
from sqlalchemy.orm import aliased

from intake.attribution.filters.periods import Period
from intake.db import db
from intake.directory.models import ELIGIBLE_STATUSES, Location, Visit
from intake.web.ttl_cache import remembered


def clinic_days(periods: Iterable[Period], *, location_ids: Collection[int]) -> dict[Period, int]:
    """Days on which anybody, new or known, came to these locations; each location's days count.

    A minute old at most, since what is over seldom changes and every page asks.
    """
    return {each: _clinic_days(each, frozenset(location_ids)) for each in periods}


def days_open(period: Period, *, location_ids: Collection[int]) -> tuple[int, ...]:
    """The days, as ordinals and ascending, on which anybody came to any of these locations. A minute old at most."""
    return _days_open(period, frozenset(location_ids))


@remembered(seconds=60)
def _days_open(period: Period, location_ids: frozenset[int]) -> tuple[int, ...]:
    days = _open_days(period, location_ids)
    return tuple(sorted({_ordinal(day) for (day,) in db.session.execute(select(days.c.day).distinct())}))


@remembered(seconds=60)
def _clinic_days(period: Period, location_ids: frozenset[int]) -> int:
    return int(db.session.scalar(select(func.count()).select_from(_open_days(period, location_ids))) or 0)


def _ordinal(day: date | str) -> int:
    # A day found in several steps comes from SQLite as text.
    return (day if isinstance(day, date) else date.fromisoformat(day)).toordinal()


def _open_days(period: Period, location_ids: frozenset[int]) -> Subquery:
    """(location_id, day) on which anybody came there."""
    came = aliased(Visit)

    def next_day(location_id: object, after: object) -> object:
        # From one day to the next along the index, however many visits a day has.
        later = select(func.min(Visit.visit_date)).where(Visit.location_id == location_id, after)  # type: ignore[arg-type]
        return later.scalar_subquery()

    first = next_day(Location.id, Visit.visit_date >= period.first_day)
    step = (
        select(Location.id.label("location_id"), first.label("day"))  # type: ignore[attr-defined]
        .where(Location.id.in_(sorted(location_ids)))
        .cte("step", recursive=True)
    )
    onward = next_day(step.c.location_id, Visit.visit_date > step.c.day)
    step = step.union_all(select(step.c.location_id, onward).where(step.c.day < period.last_day))  # type: ignore[call-overload]
    somebody_came = (
        select(came.id)
        .where(came.location_id == step.c.location_id, came.visit_date == step.c.day)
        .where(came.status.in_(sorted(ELIGIBLE_STATUSES)))
        .exists()
    )
    return select(step.c.location_id, step.c.day).where(step.c.day <= period.last_day, somebody_came).subquery()
