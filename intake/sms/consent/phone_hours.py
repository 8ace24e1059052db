"""Hours in which a phone may be texted, in the practice's zone and every zone its number may be in.

47 CFR 64.1200(c)(1) forbids before 8 and after 21 o'clock where the called person is; the practice's own window lies
inside that. An area code is not a time zone, since people take numbers along: so the window must be open in the
practice's zone and in all zones the number may belong to. Toll-free numbers belong to none and use the practice's.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from phonenumbers import timezone

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
