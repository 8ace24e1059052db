"""Texting hours of a location: its own, else the practice's."""

from dataclasses import dataclass
from datetime import datetime, time

from sqlalchemy import select

from intake.config import Settings
from intake.db import db
from intake.directory.models import Location, Practice
from intake.sms.consent import phone_hours
from intake.sms.models import TextPlan

# 47 CFR 64.1200(c)(1); whatever a location chooses lies inside.
EARLIEST, LATEST = time(8, 0), time(21, 0)


@dataclass(frozen=True)
class OpenHours:
    """Hours on the recipient's clock: from `opens` until just before `closes`."""

    opens: time
    closes: time


def open_hours(location_id: int | None, settings: Settings) -> OpenHours:
    """Return the hours of the location's plan, else those of the settings."""
    if settings.texts_reach_nobody:
        return OpenHours(time.min, time.max)
    row = None
    if location_id is not None:
        row = db.session.execute(
            select(TextPlan.opens, TextPlan.closes).where(TextPlan.location_id == location_id)
        ).one_or_none()
    if row is None or row.opens is None or row.closes is None:
        return OpenHours(settings.quiet_until, settings.quiet_from)
    return OpenHours(max(row.opens, EARLIEST), min(row.closes, LATEST))


def next_open(
    moment: datetime, *, phone_e164: str, location_id: int | None, settings: Settings
) -> tuple[datetime, datetime] | None:
    """Return the window for this phone that `moment` is in, or the next one; None: never."""
    zone = db.session.scalar(select(Location.time_zone).where(Location.id == location_id)) or db.session.scalar(
        select(Practice.time_zone)
    )
    open_ = open_hours(location_id, settings)
    return phone_hours.next_window(
        moment, phone_e164=phone_e164, practice_zone=zone or "UTC", opens=open_.opens, closes=open_.closes
    )
