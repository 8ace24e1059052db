"""Columns over time, oldest on the left: where columns, gridlines and labels stand, in percent of the drawing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from intake.attribution.filters.dimensions.calendar import DAY, MONTH, WEEK, CalendarDimension
from intake.attribution.filters.periods import Period, add_months
from intake.attribution.totals.messages import hundredths_shown, say_period
from intake.attribution.totals.report import TotalLine, Totals
from intake.attribution.totals.shown_columns import rows_shown

# More than these melt into each other on a phone.
MOST = 120
# Columns end where the scale begins and a little before the edge, for the last label.
RIGHT = 98.5
MOST_LINES = 4
# How many labels fit side by side, by how wide they are: on a phone, and on a desk or a sheet of paper.
ROOM = {MONTH: (7, 20), WEEK: (5, 13), DAY: (5, 13)}
# Figures above all columns fit while they come to no more characters than this, on a phone and elsewhere.
CHARACTERS = (30, 84)
STEPS = {MONTH: (1, 2, 3, 6, 12, 24, 60), WEEK: (1, 2, 4, 8, 13, 26, 52), DAY: (1, 2, 7, 14, 28, 56)}


@dataclass(frozen=True)
class TimeColumn:
    """One month, week or day. `year_before` is where the same month of the year before ends; None if not known."""

    said: str
    shown: str
    x: float
    width: float
    top: float
    year_before: float | None
    is_part: bool
    is_most: bool
    line: TotalLine | None

    @property
    def middle(self) -> float:
        return round(self.x + self.width / 2, 3)


@dataclass(frozen=True)
class TimeLabel:
    """What stands below a column, and the year below that where it begins."""

    x: float
    text: str
    year: str


@dataclass(frozen=True)
class TimeChart:
    """Everything in the drawing. Heights are percent from its top, `lines` are (height, figure) of the gridlines."""

    columns: Sequence[TimeColumn]
    lines: Sequence[tuple[float, str]]
    left: float
    on_phone: Sequence[TimeLabel]
    elsewhere: Sequence[TimeLabel]
    # Whether every column has room for its figure.
    all_shown_on_phone: bool
    all_shown: bool
    has_parts: bool
    has_year_before: bool


def picture(
    report: Totals, *, today: date, year_before: Totals | None = None, began: date | None = None
) -> TimeChart | None:
    """The columns by month, week or day; None when there is nothing to draw or too much.

    `year_before`: the same days of the year before, by month, of which those since records `began` are drawn.
    """
    by = report.by
    assert isinstance(by, CalendarDimension)
    rows = {by.first_day(row.line.name.key): row for row in rows_shown(report)}
    spans = _spans(by, report, today)
    if not any(row.now for row in rows.values()) or len(spans) > MOST:
        return None
    earlier = _by_month_a_year_on(year_before, began)
    now = {span: rows[span.first_day].now if span.first_day in rows else 0 for span in spans}
    most = max(now.values())
    top = max([most, *(earlier.get(span.first_day, 0) for span in spans), 100])
    lines = [(_from_top(100 * each, top), f"{each:,}") for each in _round_steps(top // 100)]
    left = 4 + 1.9 * len(lines[-1][1]) if lines else 4
    slot = (RIGHT - left) / len(spans)
    width = slot * (0.72 if len(spans) > 2 else 0.3)
    decimals = any(row.with_decimals for row in rows.values())
    columns = []
    for number, span in enumerate(spans):
        units = now[span]
        shown = hundredths_shown(units, with_decimals=decimals)
        before = earlier.get(span.first_day)
        shown_before = "" if before is None else hundredths_shown(before, with_decimals=decimals)
        columns.append(
            TimeColumn(
                said=_said(report, span, shown, shown_before, today),
                shown=shown,
                x=round(left + number * slot + (slot - width) / 2, 3),
                width=round(width, 3),
                top=_from_top(units, top),
                year_before=None if before is None else _from_top(before, top),
                is_part=_is_part(report, span, today),
                is_most=units == most and most not in list(now.values())[:number],
                line=rows[span.first_day].line if span.first_day in rows else None,
            )
        )
    characters = sum(max(len(each.shown), 2) for each in columns)
    phone, wide = ROOM[by]
    return TimeChart(
        columns=columns,
        lines=lines,
        left=round(left, 2),
        on_phone=_labels(by, spans, columns, phone),
        elsewhere=_labels(by, spans, columns, wide),
        all_shown_on_phone=characters <= CHARACTERS[0],
        all_shown=characters <= CHARACTERS[1],
        has_parts=any(each.is_part and each.top < 100 for each in columns),
        has_year_before=any(each.year_before is not None for each in columns),
    )


def _spans(by: CalendarDimension, report: Totals, today: date) -> list[Period]:
    """Each month, week or day of the period, those in which nobody came too, up to today."""
    starts = [start for line in report.lines if (start := by.first_day(line.name.key))]
    first, last = report.period.first_day, min(report.period.last_day, today)
    if starts:
        last = max(last, starts[-1])
        # Nothing is on record before the first row of a period that began long before the practice did.
        first = starts[0] if (starts[0] - first).days > report.period.days / 2 else min(first, starts[0])
    return list(by.spans(first, last))


def _is_part(report: Totals, span: Period, today: date) -> bool:
    """Whether more of it lies outside the period, or is still to come."""
    return span.first_day < report.period.first_day or span.last_day > report.period.last_day or span.last_day >= today


def _by_month_a_year_on(report: Totals | None, began: date | None) -> dict[date, int]:
    """Hundredths of a visit by the month that they are set beside, where the whole of it is on record."""
    if report is None or began is None:
        return {}
    return {
        add_months(month, 12): row.now
        for row in rows_shown(report)
        if row.line.coverage and row.line.coverage.eligible
        if (month := MONTH.first_day(row.line.name.key)) and month >= began
    }


def _said(report: Totals, span: Period, shown: str, before: str, today: date) -> str:
    said = f"{say_period(span)}: {shown}"
    if span.last_day >= today:
        said += " so far"
    elif span.first_day < report.period.first_day or span.last_day > report.period.last_day:
        said += ", in part"
    return f"{said}; a year before {before}" if before else said


def _round_steps(most: int) -> list[int]:
    """Two to four round figures from zero up to the most; one where the most is one."""
    step = 1
    while most // step > MOST_LINES:
        # 1, 2, 5, 10, 20, 50, …
        step = step * 5 // 2 if str(step).startswith("2") else step * 2
    return list(range(step, most + 1, step))


def _labels(
    by: CalendarDimension, spans: Sequence[Period], columns: Sequence[TimeColumn], room: int
) -> list[TimeLabel]:
    """As many as fit, at even distances; months so that Januaries have one."""
    step = next((each for each in STEPS[by] if -(-len(spans) // each) <= room), -(-len(spans) // room))
    labels, year = [], None
    for number, (span, column) in enumerate(zip(spans, columns, strict=True)):
        first = span.first_day
        place = first.month - 1 if by == MONTH and step > 1 else number
        if step >= 24 and by == MONTH:
            place += 12 * first.year
        if place % step:
            continue
        text = f"{first:%b}" if by == MONTH else f"{first:%b} {first.day}"
        labels.append(TimeLabel(column.middle, text, "" if first.year == year else str(first.year)))
        year = first.year
    return labels


def _from_top(value: int, top: int) -> float:
    return round(100 - 100 * value / top, 2)
