"""Whether a period is on record well enough to set another beside it."""

from datetime import date
from typing import Any

from sqlalchemy import func, select

from intake import clock
from intake.attribution.filters.date_basis import DatedSums
from intake.attribution.filters.periods import Period
from intake.attribution.filters.queries import practice_time_zone
from intake.attribution.totals.sums import Sums
from intake.db import db
from intake.survey.models import CoverageEntry


def records_began() -> date | None:
    """The first day of which anything is counted, anywhere; None while nothing is."""
    began: Any = db.session.scalar(select(func.min(CoverageEntry.day)))
    return began


def is_to_come(period: Period) -> bool:
    """Whether it ends after today and after the last day of which anything is counted."""
    if period.last_day <= clock.clinic_today(practice_time_zone()):
        return False
    last: Any = db.session.scalar(select(func.max(CoverageEntry.day)))
    return last is None or period.last_day > last


def on_record(period: Period, sums: Sums | DatedSums, began: date | None) -> bool:
    """Whether it is over, somebody eligible came in it, and records began in its first two thirds or before.

    Beside a year of which five weeks are on record everything would look grown, beside days to come everything shrunk.
    """
    if is_to_come(period) or began is None or (began - period.first_day).days > period.days * 2 // 3:
        return False
    return bool(sums.coverage(period).eligible)
