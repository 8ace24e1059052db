"""The monthly report as tables for files."""

from typing import NoReturn

from intake.attribution.costs.tables import costs_table
from intake.attribution.monthly.advice import advice
from intake.attribution.monthly.report import MonthlyReport, PlaceMonth, monthly_report
from intake.attribution.monthly.views import month_of
from intake.attribution.overview.shown import compared_with
from intake.attribution.overview.tables import sources_table
from intake.attribution.page.report_page import asked_here
from intake.attribution.referrers.tables import COLUMNS
from intake.attribution.suppression.suppressed import NotForOthers
from intake.attribution.tables.about import about_totals
from intake.attribution.tables.table import Cell, Column, ReportTables, Table
from intake.attribution.totals.messages import say_period


def month_book() -> ReportTables:
    """Locations with their goals, sources, those new, back and quiet, costs, what to do."""
    asked = month_of(asked_here())
    report = monthly_report(asked.period, today=asked.today, location_ids=asked.location_ids)
    tables = [_places(report), sources_table(report.overview)]
    groups = (("New", report.new), ("Back", report.back), ("Gone quiet", report.quiet))
    tables += [Table(name, COLUMNS, rows) for name, rows in groups]
    if report.costs:
        tables.append(costs_table(report.costs, whole=True))
    tables.append(Table("What to do", [Column("What to do", lambda each: each.text)], advice(report)))
    about = about_totals(asked, compared_with(report.overview))
    return ReportTables(f"Monthly report {say_period(report.month)}", about, tables)


def month_for_others() -> NoReturn:
    """Refuse: it says what to do about people by name."""
    raise NotForOthers("This report says whom to call. Give others the overview, or one of its parts.")


def _places(report: MonthlyReport) -> Table:
    columns: list[Column] = [
        Column("Location", lambda place: place.location.name),
        Column("Eligible", lambda place: place.coverage.eligible, Cell.COUNT),
        Column("Answered", lambda place: place.coverage.answered, Cell.COUNT),
        Column("Coverage", _share, Cell.SHARE),
        Column("Goal, of 100", lambda place: place.coverage_goal, Cell.COUNT),
        Column("Not asked", lambda place: place.coverage.never_asked, Cell.COUNT),
        Column("Referrals", lambda place: place.referrals, Cell.COUNT),
        Column("Goal, referrals", lambda place: place.referrals_goal, Cell.COUNT),
    ]
    return Table("Locations", columns, report.places)


def _share(place: PlaceMonth) -> float | None:
    return place.coverage.share
