"""The name proposed for a page that somebody is about to save."""

from sqlalchemy import select

from intake.attribution.filters.dimensions.dimension import Dimension
from intake.attribution.filters.periods import PRESETS, UnreadablePeriod, read_period
from intake.attribution.filters.request import TotalsRequest
from intake.attribution.page.opening import OpenedPage
from intake.attribution.saved.records import LONGEST_NAME
from intake.attribution.totals.messages import say_period
from intake.clock import clinic_today
from intake.db import db
from intake.directory.models import Location


def name_of(page: OpenedPage, *, time_zone: str) -> str:
    """'Sources, this month', 'Time, May 2026, Riverside': the page, its days, its location; for whoever may open it."""
    asked, parts = page.request, [page.name]
    if isinstance(asked, TotalsRequest):
        if page.endpoint == "reports.totals" and asked.by:
            parts = [asked.by.page if isinstance(asked.by, Dimension) else "Time"]
        parts.append(_days(asked, time_zone))
    if asked.location:
        parts.append(db.session.scalar(select(Location.name).where(Location.code == asked.location)) or "")
    if asked.leaving:
        parts.append("for others")
    return ", ".join(filter(None, parts))[:LONGEST_NAME]


def _days(asked: TotalsRequest, time_zone: str) -> str:
    if asked.preset or not (asked.first or asked.last):
        return PRESETS.get(asked.preset, "").lower()
    try:
        return say_period(read_period(asked.first, asked.last, today=clinic_today(time_zone)))
    except UnreadablePeriod:
        return ""
