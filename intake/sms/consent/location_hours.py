"""Texting hours of a location: its own, else the practice's."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from phonenumbers import timezone
from sqlalchemy import select

from intake.config import Settings
from intake.db import db
from intake.directory.models import Location, Practice
from intake.sms.models import TextPlan

UNKNOWN_ZONE = "Etc/Unknown"
SEARCH_DAYS = 8
# Each lies in one zone, and not every number of theirs is known to the table of numbers.
TERRITORY_ZONES = {
    "AS": "Pacific/Pago_Pago",
    "GU": "Pacific/Guam",
    "MP": "Pacific/Saipan",
    "PR": "America/Puerto_Rico",
    "VI": "America/St_Thomas",
}


@lru_cache(maxsize=4096)
def zones_of(phone_e164: str) -> frozenset[str]:
    """Return the IANA zones that the number may be in; none when that can't be told."""
    number = phonenumbers.parse(phone_e164, None)
    if phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.TOLL_FREE:
        return frozenset()
    territory = TERRITORY_ZONES.get(phonenumbers.region_code_for_number(number) or "")
    if territory:
        return frozenset({territory})
    zones = timezone.time_zones_for_number(number)
    # A number that any zone of the country could hold tells nothing more than the practice's own zone does.
    return (
        frozenset(zone for zone in zones if zone != UNKNOWN_ZONE and _exists(zone)) if len(zones) < 6 else frozenset()
    )


def window_containing(
    moment: datetime, *, phone_e164: str, practice_zone: str, opens: time, closes: time
) -> tuple[datetime, datetime] | None:
    """Return the window [start, end) in UTC around `moment`; None when this phone may not be texted then."""
    zones = zones_of(phone_e164) | {practice_zone}
    start, end = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    for zone in zones:
        day = moment.astimezone(ZoneInfo(zone)).date()
        zone_start, zone_end = _window(day, zone, opens, closes)
        if not zone_start <= moment < zone_end:
            return None
        start, end = max(start, zone_start), min(end, zone_end)
    return start, end


def next_window(
    moment: datetime, *, phone_e164: str, practice_zone: str, opens: time, closes: time
) -> tuple[datetime, datetime] | None:
    """Return the window that `moment` is in, else the next one; None when the zones never open together."""
    zones = zones_of(phone_e164) | {practice_zone}
    candidates = {moment}
    for zone in zones:
        first = moment.astimezone(ZoneInfo(zone)).date()
        for offset in range(SEARCH_DAYS):
            candidates.add(_window(first + timedelta(days=offset), zone, opens, closes)[0])
    for candidate in sorted(candidates):
        if candidate < moment:
            continue
        found = window_containing(
            candidate, phone_e164=phone_e164, practice_zone=practice_zone, opens=opens, closes=closes
        )
        if found is not None:
            return candidate, found[1]
    return None


def _window(day: date, zone: str, opens: time, closes: time) -> tuple[datetime, datetime]:
    # Wall-clock times of that day: on a daylight-saving day they stay 9 and 20 o'clock, whatever the day's length.
    at = ZoneInfo(zone)
    return (
        datetime.combine(day, opens, at).astimezone(UTC),
        datetime.combine(day, closes, at).astimezone(UTC),
    )


def _exists(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        return False
    return True


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
    return next_window(
        moment, phone_e164=phone_e164, practice_zone=zone or "UTC", opens=open_.opens, closes=open_.closes
    )
