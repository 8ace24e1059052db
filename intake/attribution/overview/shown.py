"""The overview as pages and files show it: figures written out, changes weighed, bars and months placed."""

from dataclasses import dataclass

from intake.attribution.filters.periods import Period
from intake.attribution.overview.notable_changes import Noticed
from intake.attribution.overview.report import ReportOverview, SourceRow
from intake.attribution.totals import messages
from intake.attribution.totals.charts import Bar, bar, longest
from intake.attribution.totals.comparing import PeriodChange, period_change
from intake.attribution.totals.messages import are_enough, credits_shown, during, names_listed, say_period
from intake.survey.ledger.crediting import UNIT
from intake.survey.models import View
from intake.web.ui.formatting import percent, percents, say_month

MOST_ROWS = 14
# The drawing of twelve months: columns in a box of this size.
MONTH_WIDTH, MONTHS_HEIGHT = 8, 22


@dataclass(frozen=True)
class MonthColumn:
    """One month of a row: where it stands, how tall, and what it says."""

    x: int
    y: float
    height: float
    said: str


@dataclass(frozen=True)
class OverviewRow:
    """A source as it is shown."""

    line: SourceRow
    bar: Bar
    interval: str
    share_of_eligible: str
    before: PeriodChange | None
    year_before: PeriodChange | None
    months: tuple[MonthColumn, ...]


def rows_shown(report: ReportOverview) -> list[OverviewRow]:
    """The rows, most first, bars on one scale."""
    shown, enough = credits_shown(report.view, [row.units for row in report.lines]), are_enough(report.coverage)
    named = [row for row in report.lines if not row.is_remainder]
    top = max(longest(named, whiskers=enough), longest(report.lines, whiskers=False))
    return [
        _row(report, row, bar(row, text, top, whiskers=enough and not row.is_remainder))
        for row, text in zip(report.lines, shown, strict=True)
    ]


def _row(report: ReportOverview, row: SourceRow, drawn: Bar) -> OverviewRow:
    def beside(period: Period | None, units: int | None) -> PeriodChange | None:
        if period is None:
            return None
        days = report.days
        return period_change(row.units, units, view=report.view, days=days[report.period], days_before=days[period])

    return OverviewRow(
        line=row,
        bar=drawn,
        interval=percents(row.interval) if row.of else "–",
        share_of_eligible=percent(row.share_of(report.coverage.eligible)),
        before=beside(report.before, row.before_units),
        year_before=beside(report.year_before, row.year_before_units),
        months=_columns(report, row),
    )


def _columns(report: ReportOverview, row: SourceRow) -> tuple[MonthColumn, ...]:
    top = max((*row.months, UNIT))
    columns = []
    for number, (month, units) in enumerate(zip(report.months, row.months, strict=True)):
        height = round(MONTHS_HEIGHT * units / top, 1)
        known = report.is_on_record(month)
        said = f"{say_month(month.first_day)}: "
        said += credits_shown(report.view, [units])[0] if known else "before records began"
        columns.append(MonthColumn(number * MONTH_WIDTH, round(MONTHS_HEIGHT - height, 1), height, said))
    return tuple(columns)


def headline(report: ReportOverview) -> str:
    """Where patients come from, in a sentence; empty when nobody has said."""
    named = [row for row in report.lines if row.units and not row.is_remainder]
    answered = report.coverage.answered
    if not named or not answered:
        return ""
    first = named[0]
    (count,) = credits_shown(report.view, [first.units])
    verb = "is named most often" if report.view == View.ANY else "comes first"
    tied = [row for row in named if row.units == first.units]
    if len(tied) > 1:
        verb = "are named most often" if report.view == View.ANY else "come first"
        return f"{names_listed([row.name.label for row in tied])} {verb} with {count} each of {answered:,}."
    sentence = f"{first.name.label} {verb}: {count} of {answered:,}, {percent(first.share)}"
    if len(named) > 1:
        (second,) = credits_shown(report.view, [named[1].units])
        sentence += f"; then {named[1].name.label} with {second}"
    return f"{sentence}."


def noticed_parts(each: Noticed) -> list[tuple[str, str, Period]]:
    """('3', 'in 90 days', those days) and ('14', 'in the 90 before', those): a sentence whose counts open rows."""
    now, before = each.period, each.before
    follow = now.days == before.days and (now.first_day - before.last_day).days == 1 and not now.whole_months
    said = (f"in {now.days} days", f"in the {before.days} before") if follow else (during(now), during(before))
    return [(f"{each.now:,}", said[0], now), (f"{each.earlier:,}", said[1], before)]


def alarms_sentence(looked_at: int, false_alarms: float) -> str:
    """How far the list can be trusted, of as many rows as could be compared."""
    who = "One source or physician" if looked_at == 1 else f"{looked_at:,} sources and physicians"
    compared_with = f"{who} had enough visits to compare."
    if false_alarms < 0.05:
        return f"{compared_with} Luck alone would hardly ever put one here."
    return f"{compared_with} Luck alone would put about {false_alarms:.1f} of them here."


def compared_with(report: ReportOverview) -> str:
    """The spans that changes are measured against, in words, or why there is none."""
    said = messages.compared_with(report)
    return f"{said}; a year ago: {say_period(report.year_before)}" if report.year_before else said
