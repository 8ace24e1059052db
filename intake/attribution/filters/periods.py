"""Spans of clinic days that a report covers, and the one it is compared with."""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

from intake.directory.dates import AmbiguousDate, UnreadableDate, read_date
from intake.web.ui.formatting import say_long_date

EARLIEST = date(1990, 1, 1)
LATEST = date(2100, 12, 31)


class UnreadablePeriod(ValueError):
    """The days given are no period; the message is a sentence for the reader who typed them."""


@dataclass(frozen=True)
class Period:
    """Clinic days from first to last, both included."""

    first_day: date
    last_day: date

    @property
    def days(self) -> int:
        return (self.last_day - self.first_day).days + 1

    @property
    def whole_months(self) -> int:
        """How many calendar months this is exactly; 0 when it begins or ends within one."""
        if self.first_day.day != 1 or self.last_day != month_end(self.last_day):
            return 0
        return (self.last_day.year - self.first_day.year) * 12 + self.last_day.month - self.first_day.month + 1

    def before(self) -> "Period | None":
        """The period it is compared with; None when there is no calendar that far back.

        Whole months go with as many months before; a month so far with the same days of the month before, since
        comparing ten days with a whole month only says that the month isn't over; a year so far likewise with the same
        days of the year before; any other span with one as long.
        """
        if self.first_day - timedelta(days=self.days + 366) < date(1900, 1, 1):
            return None
        new_year = date(self.first_day.year, 1, 1)
        if self.first_day == new_year and month_end(new_year) < self.last_day < add_months(new_year, 12):
            return self.year_before()
        if months := self.whole_months:
            first = add_months(self.first_day, -months)
            return Period(first, self.first_day - timedelta(days=1))
        if self.first_day.day == 1 and self.last_day <= month_end(self.first_day):
            first = add_months(self.first_day, -1)
            return Period(first, min(first + timedelta(days=self.days - 1), month_end(first)))
        return Period(self.first_day - timedelta(days=self.days), self.first_day - timedelta(days=1))

    def year_before(self) -> "Period | None":
        """The same days of the year before; a month that ends with February keeps its end. None before all calendars.

        A span of more than a year is not compared with one that it overlaps.
        """
        if self.first_day.year <= 1900:
            return None
        last = add_months(self.last_day, -12)
        if self.whole_months:
            last = month_end(last)
        return Period(add_months(self.first_day, -12), last) if last < self.first_day else None


def month_end(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def week_start(day: date, begins: int) -> date:
    """The first day of its week; `begins` is the weekday of that, 1 for Monday to 7 for Sunday."""
    return day - timedelta(days=(day.isoweekday() - begins) % 7)


def add_months(day: date, months: int) -> date:
    """The same day of the month that many months on, or that month's last day when it is shorter."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def this_month(today: date) -> Period:
    """The month so far."""
    return Period(today.replace(day=1), today)


PRESETS = {
    "today": "Today",
    "last-7-days": "Last 7 days",
    "this-month": "This month",
    "last-month": "Last month",
    "last-90-days": "Last 90 days",
    "this-year": "This year",
    "last-12-months": "Last 12 months",
}


def preset(name: str, today: date) -> Period | None:
    """The period of that name as of `today`; None for a name that isn't one of PRESETS."""
    last_month_end = today.replace(day=1) - timedelta(days=1)
    found = {
        "today": Period(today, today),
        "last-7-days": Period(today - timedelta(days=6), today),
        "this-month": this_month(today),
        "last-month": Period(last_month_end.replace(day=1), last_month_end),
        "last-90-days": Period(today - timedelta(days=89), today),
        "this-year": Period(today.replace(month=1, day=1), today),
        # Twelve full months, so that no season is counted one and a half times.
        "last-12-months": Period(add_months(last_month_end.replace(day=1), -11), last_month_end),
    }
    return found.get(name)


def read_period(first: str | None, last: str | None, *, today: date) -> Period:
    """The period between two days as typed; this month when neither is given. Raises UnreadablePeriod.

    A first day alone runs to today, a last day alone from the beginning of its month.
    """
    first, last = (first or "").strip(), (last or "").strip()
    if not first and not last:
        return this_month(today)
    if not last:
        first_day = _read(first, "first")
        return Period(first_day, max(first_day, today))
    # In the order in which they stand on the page, so that the first thing wrong is the one that is named.
    typed_first = _read(first, "first") if first else None
    last_day = _read(last, "last")
    first_day = typed_first or last_day.replace(day=1)
    if first_day > last_day:
        raise UnreadablePeriod(
            f"The first day, {say_long_date(first_day)}, is after the last day, {say_long_date(last_day)}. Swap them."
        )
    return Period(first_day, last_day)


def _read(text: str, which: str) -> date:
    shown = text if len(text) <= 40 else text[:40] + "…"
    try:
        day = read_date(text)
    except AmbiguousDate:
        raise UnreadablePeriod(
            f"The {which} day, “{shown}”, could mean two days. Write it as month/day/year, such as 11/05/2026."
        ) from None
    except (UnreadableDate, OverflowError):
        raise UnreadablePeriod(
            f"The {which} day, “{shown}”, is not a day of the calendar. Write it as month/day/year, such as 11/05/2026."
        ) from None
    if not EARLIEST <= day <= LATEST:
        raise UnreadablePeriod(
            f"The {which} day must lie between {say_long_date(EARLIEST)} and {say_long_date(LATEST)}."
        )
    return day
