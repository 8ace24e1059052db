"""How many days the practice was open: a month with a week of holidays has fewer patients and nothing is wrong."""

from collections.abc import Collection, Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from intake.attribution.filters.periods import Period
from intake.db import db
from intake.directory.models import ELIGIBLE_STATUSES, Location, Visit
from intake.ttl_cache import remembered


def clinic_days(periods: Iterable[Period], *, location_ids: Collection[int]) -> dict[Period, int]:
    """Days on which anybody, new or known, came to these locations; each location's days count.

    A minute old at most, since what is over seldom changes and every page asks.
    """
    return {each: _clinic_days(each, frozenset(location_ids)) for each in periods}


@remembered(seconds=60)
def _clinic_days(period: Period, location_ids: frozenset[int]) -> int:
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
    query = select(func.count()).select_from(step).where(step.c.day <= period.last_day, somebody_came)
    return int(db.session.scalar(query) or 0)
