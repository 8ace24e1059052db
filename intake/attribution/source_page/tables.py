"""One source as tables for files, and its months for others."""

from typing import Any

from flask import abort

from intake.attribution.filters.lists import lists_as_of_now
from intake.attribution.page.report_page import asked_here
from intake.attribution.page.scope import ReportScope
from intake.attribution.referrers.tables import months_and_years, months_for_others
from intake.attribution.source_page.report import SourcePart, SourceReport, source_report
from intake.attribution.tables.about import About, about
from intake.attribution.tables.table import Cell, Column, ReportTables, Table
from intake.attribution.totals.messages import VIEW_LABELS, VIEW_SENTENCES, say_period
from intake.survey.models import View

COUNTED = "New patients"


def source_book(source_id: int) -> ReportTables:
    """Months, years, and the last twelve months by location, channel and what is below."""
    asked, report = _read(source_id)
    parts = (("Location", report.places), ("Channel", report.channels), ("Source", report.below))
    tables = months_and_years(report.name.label, COUNTED, report.months, report.years)
    tables += [_parts(*each) for each in parts]
    said = [*_about(asked, report), ("Last 12 months", report.visits), ("The year before", report.before)]
    if report.cost:
        said.append(("Spent in 12 months ($)", report.cost.cents / 100))
    return ReportTables(f"{report.name.label} month by month", said, tables)


def source_for_others(source_id: int) -> ReportTables:
    """The months alone, small counts hidden."""
    asked, report = _read(source_id)
    months = [month for month in report.months if month.visits is not None]
    table = months_for_others(report.name.label, COUNTED, months)
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
    return about(
        ("Source", report.name.label),
        ("As of", asked.today),
        ("Last 12 months are", say_period(report.year)),
        ("Locations", asked.where),
        ("View", VIEW_LABELS[View.PRIMARY]),
        ("What that means", VIEW_SENTENCES[View.PRIMARY]),
        ("Counted", "by day of visit"),
    )
