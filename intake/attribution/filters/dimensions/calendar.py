"""Dimensions by the calendar: month, week, day."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, ClassVar

from flask import has_app_context
from sqlalchemy import select

from intake.attribution.filters.dimensions.dimension import RowName
from intake.attribution.filters.dimensions.visit_fields import VisitDimension
from intake.attribution.filters.lists import Lists
from intake.attribution.filters.periods import Period, month_end, week_start
from intake.db import db
from intake.directory.models import Practice
from intake.web.ttl_cache import remembered
from intake.web.ui.formatting import say_long_date, say_month

SUNDAY = 7


@dataclass(frozen=True, kw_only=True, eq=False)
class CalendarDimension(VisitDimension):
    """Rows are spans of days in order, each called by its first day. Sums are read by day, and `folded` into these."""

    group: str = "Time"
    rollup_column: str | None = "day"
    is_covered: bool = True
    is_ranked: bool = False
    is_calendar: ClassVar[bool] = True
    # Before the name of a span in a sentence.
    within: str
    # First day of the span that a day lies in; last day of the span that begins on a day; its name.
    start: Callable[[date], date]
    end: Callable[[date], date]
    name: Callable[[date], RowName]

    def spans(self, first: date, last: date) -> Iterator[Period]:
        """The spans from the one that `first` lies in to that of `last`, in order."""
        start = self.start(first)
        while start <= last:
            yield Period(start, self.end(start))
            start = self.end(start) + timedelta(days=1)

    def folded(self, by_day: Mapping[date, Any]) -> dict[Any, Any]:
        """Sums of days added up by span."""
        spans: dict[date, Any] = {}
        for day, amount in by_day.items():
            first = self.start(day)
            spans[first] = spans[first] + amount if first in spans else amount
        return spans

    def days_of(self, row: date, period: Period) -> Period:
        """The days of the period that lie in this row."""
        return Period(max(row, period.first_day), min(self.end(row), period.last_day))

    def first_day(self, key: str) -> date | None:
        """First day of the span that an address calls `key`; None when there is none."""
        try:
            day = date.fromisoformat(key if len(key) == 10 else f"{key}-01")
        except ValueError:
            return None
        return day if self.name(day).key == key and self.start(day) == day else None

    def _names(self, rows: list[Any], lists: Lists) -> Mapping[Any, RowName]:
        return {row: self.name(row) for row in rows}

    def _row_of_key(self, key: str, lists: Lists, location_ids: Collection[int]) -> Any:
        return self.first_day(key)


def week_begins() -> int:
    """The weekday on which the practice's weeks begin: 1 for Monday to 7 for Sunday. A minute old at most."""
    return _week_begins() if has_app_context() else SUNDAY


@remembered(seconds=60)
def _week_begins() -> int:
    return db.session.scalar(select(Practice.week_starts_on)) or SUNDAY


MONTH = CalendarDimension(
    "month",
    "Month",
    page="Time, by month",
    within="in",
    start=lambda day: day.replace(day=1),
    end=month_end,
    name=lambda first: RowName(f"{first:%Y-%m}", say_month(first)),
)
WEEK = CalendarDimension(
    "week",
    "Week",
    page="Time, by week",
    within="in the",
    start=lambda day: week_start(day, week_begins()),
    end=lambda first: first + timedelta(days=6),
    name=lambda first: RowName(first.isoformat(), f"Week of {say_long_date(first)}"),
)
DAY = CalendarDimension(
    "day",
    "Day",
    page="Time, by day",
    within="on",
    start=lambda day: day,
    end=lambda day: day,
    name=lambda day: RowName(day.isoformat(), f"{day:%A}, {say_long_date(day)}"),
)
