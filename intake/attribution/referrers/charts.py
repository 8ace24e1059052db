"""A physician's months as columns and sparklines, in percent of the drawing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from intake.attribution.filters.periods import Period, add_months, month_end
from intake.attribution.referrers.status import History
from intake.web.ui.formatting import say_month

MONTHS_SHOWN = 24
MONTHS_SPARKED = 12


@dataclass(frozen=True)
class ReferrerMonth:
    """One month of a physician: visits, and those of the same month a year before."""

    period: Period
    # None before records began.
    visits: int | None
    # None where not all of it is on record: nobody knows.
    year_before: int | None
    x: float
    width: float
    height: float
    mark: float
    labelled: bool

    @property
    def label(self) -> str:
        return say_month(self.period.first_day)

    @property
    def short(self) -> str:
        return f"{self.period.first_day:%b}"


def months(history: History, today: date, *, began: date, shown: int = MONTHS_SHOWN) -> Sequence[ReferrerMonth]:
    """The months up to this one, which ends today, oldest first."""
    first = add_months(today.replace(day=1), 1 - shown)
    spans = [
        Period(start, min(month_end(start), today)) for start in (add_months(first, number) for number in range(shown))
    ]
    counts = [
        (history.count(*_ends(span)) if span.last_day >= began else None, _known(history, year_before(span), began))
        for span in spans
    ]
    top = max([1, *(max(now or 0, before or 0) for now, before in counts)])
    step = 100 / shown
    return [
        ReferrerMonth(
            period=span,
            visits=now,
            year_before=before,
            x=round(number * step + step * 0.15, 3),
            width=round(step * 0.7, 3),
            height=round(100 * (now or 0) / top, 2),
            mark=round(100 * (before or 0) / top, 2),
            labelled=span.first_day.month % 3 == 1,
        )
        for number, (span, (now, before)) in enumerate(zip(spans, counts, strict=True))
    ]


def sparkline(history: History, today: date) -> Sequence[tuple[float, float]]:
    """(x, height) of the last twelve months' bars in a box of 48 by 16."""
    first = add_months(today.replace(day=1), 1 - MONTHS_SPARKED)
    starts = [add_months(first, number) for number in range(MONTHS_SPARKED)]
    counts = [history.count(start, min(month_end(start), today)) for start in starts]
    top = max([1, *counts])
    return [(number * 4.0, round(16 * count / top, 1)) for number, count in enumerate(counts)]


def years(history: History, today: date) -> Sequence[tuple[Period, int]]:
    """Each calendar year since the first referral, newest first."""
    first = date.fromordinal(history.days[0]).year
    spans = [Period(date(year, 1, 1), min(date(year, 12, 31), today)) for year in range(today.year, first - 1, -1)]
    return [(span, history.count(*_ends(span))) for span in spans]


def _known(history: History, span: Period, began: date) -> int | None:
    return None if span.first_day < began else history.count(*_ends(span))


def year_before(span: Period) -> Period:
    """The month that a month, or this one so far, is counted beside."""
    first = add_months(span.first_day, -12)
    last = month_end(first) if span.last_day == month_end(span.last_day) else add_months(span.last_day, -12)
    return Period(first, last)


def _ends(span: Period) -> tuple[date, date]:
    return span.first_day, span.last_day
