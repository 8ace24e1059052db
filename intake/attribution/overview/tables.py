"""The overview as tables for files."""

from decimal import Decimal

from intake.attribution.overview.report import ReportOverview, SourceRow
from intake.attribution.tables.table import MOST_BARS, BarsBeside, Cell, Column, Table, interval
from intake.attribution.tables.visits import visits_column, visits_heading, visits_number


def sources_table(report: ReportOverview) -> Table:
    """Sources with their shares, what they are compared with, and their months."""
    columns = [
        Column("Source", lambda row: row.name.label),
        visits_column(report.view),
        Column("Share of answered", lambda row: row.share, Cell.SHARE),
        interval("95%", lambda row: row.interval if row.of else None),
        Column("Share of eligible", lambda row: row.share_of(report.coverage.eligible), Cell.SHARE),
        Column("Visits before", lambda row: visits_number(row.before_units), Cell.COUNT),
        Column("Visits a year ago", lambda row: visits_number(row.year_before_units), Cell.COUNT),
        *(
            Column(f"{month.first_day:%b %Y}", lambda row, at=at: _of_month(report, row, at), Cell.COUNT)
            for at, month in enumerate(report.months)
        ),
    ]
    named = sum(1 for row in report.lines if row.units and not row.is_remainder)
    bars = BarsBeside("Where patients come from", visits_heading(report.view), min(MOST_BARS, named))
    return Table("Sources", columns, report.lines, bars)


def _of_month(report: ReportOverview, row: SourceRow, at: int) -> int | Decimal | None:
    """Empty before records began."""
    return visits_number(row.months[at]) if report.is_on_record(report.months[at]) else None


def changes_tables(report: ReportOverview) -> list[Table]:
    """What changed by more than luck, as the page says it; none where nothing can be compared."""
    found = report.notable
    if found is None:
        return []
    columns = [
        Column("Changed", lambda each: each.name.label),
        Column("Visits lately", lambda each: each.now, Cell.COUNT),
        Column("Visits before", lambda each: each.earlier, Cell.COUNT),
        Column("Lately from", lambda each: each.period.first_day, Cell.DAY),
        Column("Lately to", lambda each: each.period.last_day, Cell.DAY),
        Column("Before from", lambda each: each.before.first_day, Cell.DAY),
    ]
    return [Table("What changed", columns, found.noticed)]
