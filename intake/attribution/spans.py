"""A period put together from whole months and single days, with as few rows to add as possible."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache

from intake.attribution.models import Span
from intake.attribution.periods import Period, add_months, month_end


@dataclass(frozen=True)
class Part:
    """Tallies of this span whose day lies between these two, both included; taken away where `sign` is −1."""

    span: Span
    first: date
    last: date
    sign: int = 1

    @property
    def days(self) -> "Part":
        """The same days, whether added or taken away."""
        return self if self.sign == 1 else replace(self, sign=1)


@lru_cache(maxsize=4_096)
def parts_of(period: Period) -> tuple[Part, ...]:
    """Parts that add up to the period. More than half a month is the month less the days that don't belong."""
    parts: list[Part] = []
    for first in _months(period):
        end = month_end(first)
        inside = Period(max(first, period.first_day), min(end, period.last_day))
        if 2 * inside.days <= end.day:
            parts.append(Part(Span.DAY, inside.first_day, inside.last_day))
            continue
        previous = parts[-1] if parts else None
        if previous and previous.span == Span.MONTH and add_months(previous.last, 1) == first:
            parts[-1] = Part(Span.MONTH, previous.first, first)
        else:
            parts.append(Part(Span.MONTH, first, first))
        parts[-1:-1] = _days_less(first, inside, end)
    return tuple(parts)


def odd_days(periods: Collection[Period]) -> list[Part]:
    """The stretches of single days that these periods need beside whole months, each once."""
    return list({part.days: None for period in periods for part in parts_of(period) if part.span == Span.DAY})


def _months(period: Period) -> Iterator[date]:
    first = period.first_day.replace(day=1)
    while first <= period.last_day:
        yield first
        first = add_months(first, 1)


def _days_less(first: date, inside: Period, end: date) -> list[Part]:
    day = timedelta(days=1)
    less = []
    if first < inside.first_day:
        less.append(Part(Span.DAY, first, inside.first_day - day, sign=-1))
    if inside.last_day < end:
        less.append(Part(Span.DAY, inside.last_day + day, end, sign=-1))
    return less
