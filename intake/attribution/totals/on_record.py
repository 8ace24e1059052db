"""Whether a period is wholly on record, so that another may be set beside it."""

from datetime import date
from typing import Any

from sqlalchemy import func, select

from intake import clock
from intake.attribution.filters.date_basis import DatedSums
from intake.attribution.filters.periods import Period
from intake.attribution.filters.queries import practice_time_zone
from intake.attribution.totals.sums import Sums
from intake.db import db
from intake.directory.models import Location
from intake.once_a_look import once_a_look
from intake.survey.models import CoverageEntry


def records_began() -> date | None:
    """The first day of which anything is counted, anywhere; None while nothing is."""
    first: Any = select(func.min(CoverageEntry.day))
    return once_a_look("records_began", None, lambda: db.session.scalar(first))


def is_to_come(period: Period) -> bool:
    """Whether it ends after today, by every clock of ours, and after the last day of which anything is counted."""
    if period.last_day <= clock.clinic_today(practice_time_zone()):
        return False
    zones = db.session.scalars(select(Location.time_zone).distinct())
    if any(period.last_day <= clock.clinic_today(zone) for zone in zones):
        return False
    last: Any = db.session.scalar(select(func.max(CoverageEntry.day)))
    return last is None or period.last_day > last


def are_on_record(began: date | None, *periods: Period) -> bool:
    """Whether all days of each are on record: records had begun, and none is still to come.

    Beside days without records everything would look grown, beside days to come everything shrunk.
    """
    if began is None or any(period.first_day < began for period in periods):
        return False
    return not any(is_to_come(period) for period in periods)


def comparable(period: Period, other: Period | None, sums: Sums | DatedSums, began: date | None) -> Period | None:
    """The other period where both are on record and somebody eligible came in it; else None, nothing to compare with.

    A period that begins before records did has none before it, so it is compared with nothing either.
    """
    if other is None or not are_on_record(began, period, other):
        return None
    return other if sums.coverage(other).eligible else None
