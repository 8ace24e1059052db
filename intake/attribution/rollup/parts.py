"""A period put together from whole months and single days, with as few rows to add as possible."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from intake.attribution.filters.periods import Period, add_months, month_end
from intake.attribution.rollup.models import RollupSpan


@dataclass(frozen=True)
class Part:
    """Rollup rows of this span whose day lies between these two, both included; subtracted where `sign` is −1."""

    span: RollupSpan
    first: date
    last: date
    sign: int = 1


@lru_cache(maxsize=4_096)
def parts_of(period: Period) -> tuple[Part, ...]:
    """Parts that add up to the period. More than half a month is the month less the days that don't belong.

    So the month so far, which everybody looks at, is one row a source: of the days to come there are none.
    """
    parts: list[Part] = []
    for first in _months(period):
        end = month_end(first)
        inside = Period(max(first, period.first_day), min(end, period.last_day))
        if 2 * inside.days <= end.day:
            parts.append(Part(RollupSpan.DAY, inside.first_day, inside.last_day))
            continue
        previous = parts[-1] if parts else None
        if previous and previous.span == RollupSpan.MONTH and add_months(previous.last, 1) == first:
            parts[-1] = Part(RollupSpan.MONTH, previous.first, first)
        else:
            parts.append(Part(RollupSpan.MONTH, first, first))
        day = timedelta(days=1)
        outside = ((first, inside.first_day - day), (inside.last_day + day, end))
        parts[-1:-1] = [Part(RollupSpan.DAY, *days, sign=-1) for days in outside if days[0] <= days[1]]
    return tuple(parts)


def single_days(period: Period) -> tuple[Part, ...]:
    """The period as days, for sums that are asked for day by day."""
    return (Part(RollupSpan.DAY, period.first_day, period.last_day),)


def _months(period: Period) -> Iterator[date]:
    first = period.first_day.replace(day=1)
    while first <= period.last_day:
        yield first
        first = add_months(first, 1)
