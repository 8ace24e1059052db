"""Formats of days, spans of days, moments, numbers and shares, as people in the United States write them.

Patients' pages in other languages have formats of their own, with their wording.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from intake import clock

DASH = "–"


def say_day(value: date, today: date | None = None) -> str:
    """Format a day: 'Tue, Mar 3', with the year when it isn't this one."""
    today = today or clock.now().date()
    text = f"{value:%a}, {value:%b} {value.day}"
    return text if value.year == today.year else f"{text}, {value.year}"


def say_date(value: date) -> str:
    """Format a date: 'Mar 3, 1975'."""
    return f"{value:%b} {value.day}, {value.year}"


def say_long_date(value: date) -> str:
    """Format a date for headings and sentences: 'March 3, 1975'."""
    return f"{value:%B} {value.day}, {value.year}"


def say_month(value: date) -> str:
    """Format a month: 'March 2026'."""
    return f"{value:%B %Y}"


def say_span(first: date, last: date) -> str:
    """Format a span: 'November 2026', 'November 1–22, 2026', 'March 1 – November 22, 2026', '2026'."""
    if first == last:
        return say_long_date(first)
    if _whole_months(first, last):
        return _say_months(first, last)
    if first.year != last.year:
        return f"{say_long_date(first)} {DASH} {say_long_date(last)}"
    if first.month == last.month:
        return f"{first:%B} {first.day}{DASH}{last.day}, {last.year}"
    return f"{first:%B} {first.day} {DASH} {say_long_date(last)}"


def _say_months(first: date, last: date) -> str:
    if (first.month, last.month) == (1, 12):
        return str(first.year) if first.year == last.year else f"{first.year}{DASH}{last.year}"
    if (first.year, first.month) == (last.year, last.month):
        return say_month(first)
    start = f"{first:%B}" if first.year == last.year else say_month(first)
    return f"{start} {DASH} {say_month(last)}"


def say_during(first: date, last: date) -> str:
    """Format a span within a sentence: 'on November 22, 2026', 'in November 2026', 'from November 1 to 22, 2026'."""
    span = say_span(first, last)
    if first == last:
        return f"on {span}"
    if DASH not in span:
        return f"in {span}"
    return f"from {span.replace(f' {DASH} ', ' to ').replace(DASH, ' to ')}"


def _whole_months(first: date, last: date) -> bool:
    return first.day == 1 and last < date.max and (last + timedelta(days=1)).day == 1


def say_time(value: datetime, time_zone: str) -> str:
    """Format a time: '2:05 pm' on the clocks of `time_zone`."""
    moment = clock.local(value, time_zone)
    return f"{moment.hour % 12 or 12}:{moment:%M} {'am' if moment.hour < 12 else 'pm'}"


def say_moment(value: datetime, time_zone: str) -> str:
    """Format a moment: 'Tue, Mar 3, 2:05 pm' on the clocks of `time_zone`, with the year when it isn't this one."""
    return f"{say_day(clock.local(value, time_zone).date())}, {say_time(value, time_zone)}"


def say_when(value: datetime, time_zone: str) -> str:
    """Format a moment: 'today 2:05 pm', 'yesterday 2:05 pm', 'Tue, Mar 3, 2:05 pm', on the clocks of `time_zone`."""
    today, day = clock.clinic_today(time_zone), clock.clinic_day(value, time_zone)
    words = {0: "today", 1: "yesterday", -1: "tomorrow"}.get((today - day).days)
    return f"{words} {say_time(value, time_zone)}" if words else f"{say_day(day, today)}, {say_time(value, time_zone)}"


def say_number(value: float, digits: int = 0) -> str:
    """Format a number: '12,345', with `digits` decimals."""
    return f"{value:,.{digits}f}"


def percent(share: float | None, digits: int = 1) -> str:
    """Format a share: '48.0%', or a dash where there is nothing to divide by."""
    return DASH if share is None else f"{share * 100:.{digits}f}%"


def percents(ends: Sequence[float], digits: int = 1) -> str:
    """Format both ends of an interval: '21.5–39.3%'."""
    low, high = ends
    return f"{low * 100:.{digits}f}{DASH}{percent(high, digits)}"
