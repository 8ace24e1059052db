"""The one clock. Aware UTC everywhere inside; local time only at the edges."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def now() -> datetime:
    """This moment, aware, in UTC."""
    return datetime.now(UTC)


def clinic_day(moment: datetime, time_zone: str) -> date:
    """The calendar day that `moment` falls on in `time_zone` (an IANA name)."""
    return moment.astimezone(ZoneInfo(time_zone)).date()


def clinic_today(time_zone: str) -> date:
    return clinic_day(now(), time_zone)


def local(moment: datetime, time_zone: str) -> datetime:
    """`moment` on the wall clock of `time_zone`."""
    return moment.astimezone(ZoneInfo(time_zone))


def from_wall_clock(day: date, wall: time, time_zone: str) -> datetime:
    """UTC moment at which clocks in `time_zone` show `wall` on `day`.

    A wall time that daylight saving skips is moved forward by the gap; one that occurs twice means the first.
    """
    return datetime.combine(day, wall.replace(fold=0), ZoneInfo(time_zone)).astimezone(UTC)


def day_range(first_day: date, last_day: date, time_zone: str) -> tuple[datetime, datetime]:
    """Half-open UTC range [start, end) that covers both clinic days, whatever their lengths."""
    start = from_wall_clock(first_day, time.min, time_zone)
    end = from_wall_clock(last_day + timedelta(days=1), time.min, time_zone)
    return start, end


def parse(text: str) -> datetime:
    """A moment from its ISO form with an offset; raises ValueError for anything else."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a moment without an offset")
    return moment.astimezone(UTC)


def same_clocks(one: str, other: str, day: date) -> bool:
    """Whether the clocks of two zones show the same time at noon of that day."""
    noon = datetime.combine(day, time(12), UTC)
    return noon.astimezone(ZoneInfo(one)).utcoffset() == noon.astimezone(ZoneInfo(other)).utcoffset()
