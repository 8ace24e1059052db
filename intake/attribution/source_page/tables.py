"""One source as tables for files, and its months for others."""

from typing import Any

from flask import abort

from intake.attribution.filters.lists import lists_as_of_now
from intake.attribution.page.report_page import asked_here
from intake.attribution.page.scope import ReportScope
from intake.attribution.source_page.report import SourcePart, SourceReport, source_report
from intake.attribution.suppression import suppressed
from intake.attribution.tables.about import About, printed_on
from intake.attribution.tables.table import BarsBeside, Cell, Column, ReportTables, Table
from intake.attribution.totals.messages import VIEW_LABELS, VIEW_SENTENCES, say_period
from intake.survey.models import View
from intake.web.ui.template_context import practice_name

COUNTED = "New patients"


def source_book(source_id: int) -> ReportTables:
    """Months, years, and the last twelve months by location, channel and what is below."""
    asked, report = _read(source_id)
    columns = [
        Column("Month", lambda month: month.label),
        Column("From", lambda month: month.period.first_day, Cell.DAY),
        Column(COUNTED, lambda month: month.visits, Cell.COUNT),
        Column("A year before", lambda month: month.year_before, Cell.COUNT),
    ]
    years = [Column("Year", lambda row: str(row[0].first_day.year)), Column(COUNTED, lambda row: row[1], Cell.COUNT)]
    parts = (("Location", report.places), ("Channel", report.channels), ("Source", report.below))
    tables = [
        Table("Months", columns, report.months, BarsBeside(report.name.label, COUNTED, len(report.months))),
        Table("Years", years, report.years),
        *(_parts(*each) for each in parts),
    ]
    about = [*_about(asked, report), ("Last 12 months", report.visits), ("The year before", report.before)]
    if report.cost:
        about.append(("Spent in 12 months ($)", report.cost.cents / 100))
    return ReportTables(f"{report.name.label} month by month", about, tables)


def source_for_others(source_id: int) -> ReportTables:
    """The months alone, small counts hidden."""
    asked, report = _read(source_id)
    months = [month for month in report.months if month.visits is not None]
    counts = suppressed.list_counts([month.visits or 0 for month in months], [month.label for month in months])
    columns = [
        suppressed.label_column("Month"),
        Column("From", lambda row: row.record.period.first_day, Cell.DAY),
        suppressed.count_column(COUNTED),
    ]
    bars = BarsBeside(report.name.label, COUNTED, len(months) if counts.rows_shown else 0)
    table = suppressed.table(columns, [(month.label, month) for month in months], counts, bars=bars)
    return ReportTables(f"{report.name.label} month by month", _about(asked, report), [table])


def _read(source_id: int) -> tuple[ReportScope, SourceReport]:
    asked, lists = asked_here(), lists_as_of_now()
    if source_id not in lists.sources:
        abort(404)
    kept = lists.source_counts_as.get(source_id, source_id)
    return asked, source_report(kept, today=asked.today, location_ids=asked.location_ids, lists=lists)


def _parts(heading: str, rows: Any) -> Table:
    columns = [Column(heading, lambda part: part.name.label), Column(COUNTED, _visits, Cell.COUNT)]
    return Table(f"By {heading.lower()}, 12 months", columns, rows)


def _visits(part: SourcePart) -> int:
    return part.visits


def _about(asked: ReportScope, report: SourceReport) -> About:
    return [
        ("Practice", practice_name()),
        ("Source", report.name.label),
        ("As of", asked.today),
        ("Last 12 months are", say_period(report.year)),
        ("Locations", asked.where),
        ("View", VIEW_LABELS[View.PRIMARY]),
        ("What that means", VIEW_SENTENCES[View.PRIMARY]),
        ("Counted", "by day of visit"),
        ("Printed on", printed_on()),
    ]
