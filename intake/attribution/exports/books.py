"""The tables of each report page for a workbook or a CSV file, read from what the page itself reads.

Each is called within a request for its page, so that the address says what is asked for and the reader what is shown.
"""

from collections.abc import Callable
from typing import Any

from flask import abort

from intake.accounts.audit import audit_trail
from intake.attribution.breakdown import views as pages
from intake.attribution.comparison.files import comparison_said, comparison_sheets
from intake.attribution.comparison.request import compared_here
from intake.attribution.costs.costs import costs, is_whole
from intake.attribution.costs.files import costs_said, costs_sheet
from intake.attribution.drilldown.tables import coverage_table, cut_table, rows_table, visits_number
from intake.attribution.filters.access import sees_names
from intake.attribution.filters.date_basis import Basis
from intake.attribution.filters.dimensions.people import PATIENT
from intake.attribution.filters.dimensions.visit_fields import STAFF
from intake.attribution.filters.queries import lists_under
from intake.attribution.filters.request import COVERAGE
from intake.attribution.overview.report import ReportOverview, overview
from intake.attribution.page.report_page import asked_here, note_names
from intake.attribution.page.scope import Asked
from intake.attribution.referrers import files as physician_files
from intake.attribution.reliability.files import trust_said, trust_sheets
from intake.attribution.reliability.report import trust
from intake.attribution.tables.about import about_totals
from intake.attribution.tables.workbook import Bars, Sheet, Workbook
from intake.attribution.totals import messages
from intake.attribution.totals.coaching import AskerCoverage
from intake.attribution.totals.report import Totals

MOST_BARS = 12


def totals_book() -> Workbook:
    """The overview or a cut, and coverage."""
    asked = _asked()
    if asked.is_overview:
        report = overview(**asked.scope)
        sheets = [_overview_sheet(report), _coverage(asked), *_noticed(report)]
        return Workbook(messages.OVERVIEW_PAGE, about_totals(asked), sheets)
    return _cut_book(asked)


def rows_book() -> Workbook:
    """The visits behind a figure."""
    asked = asked_here()
    if asked.problem:
        abort(422)
    lists = lists_under(asked.listing, asked.period)
    figure = pages.figure_of(asked)
    found = pages.counted_or_404(figure, lists)
    title = pages.title_or_404(figure, lists, found.visits)
    by, names = str(figure.by or COVERAGE), sees_names()
    audit_trail.record_reading("report.rows_exported", by=by, key=figure.key, visits=found.visits, names=names)
    rows = pages.every_visit(figure, lists, found.visits, names=names)
    header, cells = rows_table(rows, view=messages.VIEW_LABELS[asked.view], names=names, basis=asked.basis)
    about = [("Figure", title), ("Visits", found.visits), *about_totals(asked)]
    return Workbook(
        f"Visits behind a figure: {title}", about, [Sheet("Visits", header, cells, texts=frozenset({"MRN"}))]
    )


def trust_book() -> Workbook:
    """How sure the shares are, who asks, what is shown first."""
    asked = _asked()
    report = trust(**asked.scope)
    about = [*about_totals(asked), *trust_said(report, asked)]
    return Workbook(messages.TRUST_PAGE, about, [*trust_sheets(report, asked), _coverage(asked)])


def comparison_book() -> Workbook:
    """Two of anything."""
    asked = _asked()
    found = compared_here(asked)
    if found.problem:
        abort(422)
    if found.is_of_patients:
        note_names(PATIENT, "report.patients_exported", len(found.options))
    about = [*comparison_said(found, asked.view), *about_totals(asked)]
    return Workbook(f"Side by side {found.labels}", about, comparison_sheets(found, asked.view))


def costs_book() -> Workbook:
    """What was spent, and what it brought."""
    asked = _asked()
    report, whole = costs(**asked.scope), is_whole(asked.location_ids)
    about = [*costs_said(report, whole=whole), *about_totals(asked)]
    return Workbook(messages.COSTS_PAGE, about, [costs_sheet(report, whole=whole)])


BOOKS: dict[str, Callable[..., Workbook]] = {
    "reports.totals": totals_book,
    "reports.rows": rows_book,
    "reports.trust": trust_book,
    "reports.compare": comparison_book,
    "reports.costs": costs_book,
    "referring.physicians": physician_files.list_book,
    "referring.physician": physician_files.physician_book,
    "referring.sent": physician_files.sent_book,
}


def _asked() -> Asked:
    asked = asked_here()
    if asked.problem:
        abort(422)
    return asked


def _cut_book(asked: Asked) -> Workbook:
    report = pages.report_of(asked)
    note_names(asked.by, "report.patients_exported", len(report.lines))
    header, rows = cut_table(report, asked)
    bars = None
    if asked.by != STAFF and any(line.units for line in report.lines):
        count = len(report.lines) if asked.by.is_calendar else min(MOST_BARS, _named(report))
        title, by_time = f"{asked.by.title}, {asked.when}", asked.by.is_calendar
        bars = Bars(title, header[3], count, over_time=by_time) if count else None
    sheets = [Sheet(asked.by.heading, header, rows, bars=bars), _coverage(asked, report, aside=True)]
    if asked.by == STAFF and asked.basis == Basis.VISIT:
        sheets.append(_coaching(pages.asker_coverage_of(asked)))
    return Workbook(asked.by.page, about_totals(asked), sheets)


def _named(report: Totals) -> int:
    return sum(1 for line in report.lines if not line.is_remainder)


def _coverage(asked: Asked, report: Totals | None = None, *, aside: bool = False) -> Sheet:
    header, rows = coverage_table(report or pages.report_of(asked), asked)
    bars = Bars(f"Coverage, {asked.when}", header[1], 5)
    # Of a cut it is a file of its own.
    return Sheet("Coverage", header, list(rows), bars=bars, aside=aside)


def _overview_sheet(report: ReportOverview) -> Sheet:
    visits = f"Visits ({messages.VIEW_LABELS[report.view]})"
    header = ["Source", visits, "Share of answered", "95% from", "95% to", "Share of eligible"]
    header += ["Visits before", "Visits a year ago", *(f"{month.first_day:%b %Y}" for month in report.months)]
    rows = []
    for row in report.rows:
        low, high = row.interval
        cells: list[Any] = [row.name.label, visits_number(row.units), row.share]
        cells += [low, high] if row.of else [None, None]
        cells += [row.share_of_eligible, visits_number(row.before_units), visits_number(row.year_before_units)]
        rows.append([*cells, *(visits_number(units) for units in row.months)])
    shown = sum(1 for row in report.rows if row.units and not row.is_remainder)
    bars = Bars("Where patients come from", visits, min(MOST_BARS, shown)) if shown else None
    return Sheet("Sources", header, rows, bars=bars)


def _noticed(report: ReportOverview) -> list[Sheet]:
    """What changed by more than luck, as the page says it."""
    found = report.notable
    if found is None:
        return []
    header = ["Changed", "Visits lately", "Visits in as many days before", "Lately from", "Lately to", "Before from"]
    days = [found.period.first_day, found.period.last_day, found.before.first_day]
    return [Sheet("What changed", header, [[each.name.label, each.now, each.before, *days] for each in found.noticed])]


def _coaching(found: AskerCoverage) -> Sheet:
    header = ["Who asked", "They asked", "Of these answered", "Share answered", "Their 95% from", "Their 95% to"]
    rows: list[list[Any]] = []
    for row in found.rows:
        shares = [row.share, *row.interval] if row.interval else [None, None, None]
        rows.append([row.name.label, row.replies.asked, row.replies.answered, *shares, found.said(row)])
    return Sheet("How asking goes", [*header, "Beside everybody"], rows)
