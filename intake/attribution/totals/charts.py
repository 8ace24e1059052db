"""Where bars, marks and whiskers stand, in percent of the width, so that a picture fits any screen and paper."""

from collections.abc import Sequence
from dataclasses import dataclass

from intake.attribution.filters.dimensions.people import PersonDimension
from intake.attribution.filters.queries import Coverage
from intake.attribution.totals.messages import are_enough
from intake.attribution.totals.report import TotalLine, Totals
from intake.attribution.totals.shown_columns import rows_shown, shown_sum
from intake.survey.ledger.crediting import UNIT
from intake.survey.outcomes import REPLIES, address_of
from intake.web.ui.formatting import percent

MOST_BARS = 12


@dataclass(frozen=True)
class Bar:
    """One bar from zero. `before`, `low`, `high` and `width` are percent of the drawing's width."""

    label: str
    shown: str
    share: str
    width: float
    before: float | None
    low: float | None
    high: float | None
    line: TotalLine
    is_rest: bool = False


@dataclass(frozen=True)
class Segment:
    """A part of the coverage strip, in percent."""

    name: str
    start: float
    width: float


@dataclass(frozen=True)
class BarChart:
    """The bars of a report, and a sentence on what the table holds beside them."""

    bars: Sequence[Bar]
    left_out: str = ""


def chart(report: Totals) -> BarChart:
    """The longest bars of a report that isn't by the calendar; none when there is nothing to draw."""
    # By person the rest is most of it and would press every person's bar flat.
    by_person = isinstance(report.by, PersonDimension)
    rows = [row for row in rows_shown(report) if row.now or row.before]
    if by_person:
        rows = [row for row in rows if not row.line.is_remainder]
    if not any(row.now for row in rows):
        return BarChart([])
    kept, rest = rows[:MOST_BARS], rows[MOST_BARS:]
    whiskers = are_enough(report.coverage)
    top = longest([row.line for row in kept], whiskers=whiskers)
    left_out = ""
    if rest:
        left_out = f"The table holds {len(rest)} more, {shown_sum(report, rest).credit} visits together."
    elif by_person:
        left_out = "The table also holds the visits that nobody named stands behind."
    return BarChart([bar(row.line, row.credit, top, whiskers=whiskers) for row in kept], left_out)


def longest(lines: Sequence[TotalLine], *, whiskers: bool) -> float:
    """How many visits the whole width stands for, so that the longest bar and whisker fit."""
    reach = [line.interval[1] * line.of for line in lines if whiskers]
    return max([*reach, *(max(line.units, line.before_units or 0) / UNIT for line in lines), 1])


def bar(line: TotalLine, shown: str, top: float, *, whiskers: bool) -> Bar:
    """The bar of a row on the scale from zero to `top`; `shown` is its credit as it is written."""
    low, high = line.interval
    return Bar(
        label=line.name.label,
        shown=shown,
        share=percent(line.share),
        width=percent_of(line.units / UNIT, top),
        before=None if line.before_units is None else percent_of(line.before_units / UNIT, top),
        low=percent_of(low * line.of, top) if whiskers else None,
        high=percent_of(high * line.of, top) if whiskers else None,
        line=line,
        is_rest=line.is_remainder,
    )


def strip(coverage: Coverage) -> Sequence[Segment]:
    """The parts of the eligible from left to right; empty when there are none."""
    if coverage.eligible <= 0:
        return []
    parts = {
        **{address_of(outcome): coverage.of(outcome) for outcome in REPLIES},
        "no-reply": coverage.awaiting,
        "not-asked": coverage.never_asked,
    }
    segments, start = [], 0.0
    for name, count in parts.items():
        width = 100 * max(count, 0) / coverage.eligible
        if width:
            segments.append(Segment(name, round(start, 3), round(width, 3)))
        start += width
    return segments


def percent_of(value: float, top: float) -> float:
    """Where a value ends on a scale from zero to `top`."""
    return round(100 * value / top, 2)
