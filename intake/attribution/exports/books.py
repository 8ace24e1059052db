"""The tables of each report page for its files, and those of its edition for others.

Each is called within a request for its page, so that the address says what is asked for and the reader what is shown.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

from flask import abort

from intake.accounts.audit import audit_trail
from intake.attribution.breakdown import views as pages
from intake.attribution.breakdown.tables import cut_for_others
from intake.attribution.calls.tables import calls_book
from intake.attribution.comparison.request import compared_here
from intake.attribution.comparison.tables import comparison_for_others, comparison_sentences, comparison_tables
from intake.attribution.costs.costs import costs, is_whole
from intake.attribution.costs.tables import costs_for_others, costs_sentences, costs_table
from intake.attribution.drilldown.tables import coverage_table, cut_table, rows_table
from intake.attribution.filters.access import sees_names
from intake.attribution.filters.date_basis import Basis
from intake.attribution.filters.dimensions.people import PATIENT
from intake.attribution.filters.dimensions.visit_fields import STAFF
from intake.attribution.filters.queries import lists_under
from intake.attribution.filters.request import COVERAGE
from intake.attribution.monthly import tables as monthly
from intake.attribution.overview.report import overview
from intake.attribution.overview.shown import compared_with
from intake.attribution.overview.tables import changes_tables, sources_table
from intake.attribution.page.report_page import asked_here, note_names
from intake.attribution.page.scope import ReportScope
from intake.attribution.referrers import tables as referrers
from intake.attribution.reliability.report import trust
from intake.attribution.reliability.tables import trust_for_others, trust_sentences, trust_tables
from intake.attribution.returns.tables import returns_book
from intake.attribution.source_page import tables as source_page
from intake.attribution.suppression.suppressed import RULE, NotForOthers
from intake.attribution.tables.about import About, about_totals
from intake.attribution.tables.table import MOST_BARS, BarsBeside, Cell, Column, ReportTables, Table, interval
from intake.attribution.tables.visits import visits_heading
from intake.attribution.totals import messages
from intake.attribution.totals.coaching import AskerCoverage


def _totals() -> ReportTables:
    """Return the overview or a dimension, and coverage."""
    asked = _asked()
    if not asked.is_overview:
        return _cut(asked)
    report = overview(**asked.scope)
    tables = [sources_table(report), coverage_table(pages.report_of(asked), asked), *changes_tables(report)]
    return ReportTables(messages.OVERVIEW_PAGE, about_totals(asked, compared_with(report)), tables)


def _cut(asked: ReportScope) -> ReportTables:
    report = pages.report_of(asked)
    note_names(asked.by, "report.patients_exported", len(report.lines))
    bars, by_time = None, asked.by.is_calendar
    if (asked.by.is_ranked or by_time) and any(line.units for line in report.lines):
        named = sum(1 for line in report.lines if not line.is_remainder)
        bars = BarsBeside(
            f"{asked.by.title}, {asked.when}",
            visits_heading(report.view),
            len(report.lines) if by_time else min(MOST_BARS, named),
            over_time=by_time,
        )
    # Coverage of a dimension is a CSV file of its own.
    tables = [cut_table(report, asked, bars), coverage_table(report, asked, aside=True)]
    if asked.by == STAFF and asked.basis == Basis.VISIT:
        tables.append(_coaching(pages.asker_coverage_of(asked)))
    return ReportTables(asked.by.page, about_totals(asked, messages.compared_with(report)), tables)


def _coaching(found: AskerCoverage) -> Table:
    columns = [
        Column("Who asked", lambda row: row.name.label),
        Column("They asked", lambda row: row.replies.asked, Cell.COUNT),
        Column("Of these answered", lambda row: row.replies.answered, Cell.COUNT),
        Column("Share answered", lambda row: row.share if row.interval else None, Cell.SHARE),
        interval("Their 95%", lambda row: row.interval),
        Column("Beside everybody", found.said),
    ]
    return Table("How asking goes", columns, found.rows)


def _cut_for_others() -> ReportTables:
    asked = _asked()
    if asked.by.names_patients:
        abort(404)
    return _edition(asked.by.page, asked, cut_for_others(pages.report_of(asked), asked))


def _rows() -> ReportTables:
    """Return the visits behind a figure."""
    asked = _asked()
    lists = lists_under(asked.listing, asked.period)
    figure = pages.figure_of(asked)
    found = pages.counted_or_404(figure, lists)
    title = pages.title_or_404(figure, lists, found.visits)
    by, names = str(figure.by or COVERAGE), sees_names()
    audit_trail.record_reading("report.rows_exported", by=by, key=figure.key, visits=found.visits, names=names)
    visits = pages.every_visit(figure, lists, found.visits, names=names)
    about = [("Figure", title), ("Visits", found.visits), *about_totals(asked)]
    table = rows_table(visits, view=asked.view, names=names, basis=asked.basis)
    return ReportTables(f"Visits behind a figure: {title}", about, [table])


def _trust() -> ReportTables:
    asked = _asked()
    report = trust(**asked.scope)
    tables = [*trust_tables(report, asked), coverage_table(pages.report_of(asked), asked)]
    return ReportTables(messages.TRUST_PAGE, [*about_totals(asked), *trust_sentences(report, asked)], tables)


def _trust_for_others() -> ReportTables:
    asked = _asked()
    return _edition(messages.TRUST_PAGE, asked, trust_for_others(trust(**asked.scope), asked))


def _comparison() -> ReportTables:
    asked = _asked()
    found = compared_here(asked)
    if found.problem:
        abort(422)
    if found.is_of_patients:
        note_names(PATIENT, "report.patients_exported", len(found.options))
    about = [*comparison_sentences(found, asked.view), *about_totals(asked)]
    return ReportTables(f"Side by side {found.labels}", about, comparison_tables(found, asked.view))


def _comparison_for_others() -> ReportTables:
    asked = _asked()
    found = compared_here(asked)
    compared = f"{found.what.lower()}: {found.labels}" if found.labels else found.what.lower()
    table = comparison_for_others(found, asked.view)
    return _edition(messages.COMPARISON_PAGE, asked, table, [("Compared", compared)])


def _costs() -> ReportTables:
    asked = _asked()
    report, whole = costs(**asked.scope), is_whole(asked.location_ids)
    about = [*costs_sentences(report, whole=whole), *about_totals(asked)]
    return ReportTables(messages.COSTS_PAGE, about, [costs_table(report, whole=whole)])


def _costs_for_others() -> ReportTables:
    asked = _asked()
    report = costs(**asked.scope)
    table = costs_for_others(report, asked.view, whole=is_whole(asked.location_ids))
    return _edition(messages.COSTS_PAGE, asked, table, [("Months", messages.say_period(report.months))])


def _nothing_for_others(**_values: Any) -> NoReturn:
    raise NotForOthers("Visits and patients one by one never leave the practice.")


def _asked() -> ReportScope:
    asked = asked_here()
    if asked.problem:
        abort(422)
    return asked


def _edition(title: str, asked: ReportScope, table: Table, more: About | None = None) -> ReportTables:
    return ReportTables(f"{title[:1].lower()}{title[1:]}", [*(more or []), *about_totals(asked)], [table])


@dataclass(frozen=True)
class ReportExport:
    """Functions that make the tables of a page from the values in its path."""

    full: Callable[..., ReportTables]
    # Raises NotForOthers.
    for_others: Callable[..., ReportTables] = _nothing_for_others


# By the endpoint of the page.
EXPORTS = {
    "reports.totals": ReportExport(_totals, _cut_for_others),
    "reports.rows": ReportExport(_rows),
    "reports.trust": ReportExport(_trust, _trust_for_others),
    "reports.compare": ReportExport(_comparison, _comparison_for_others),
    "reports.costs": ReportExport(_costs, _costs_for_others),
    "referring.physicians": ReportExport(referrers.list_book, referrers.list_for_others),
    "referring.physician": ReportExport(referrers.physician_book, referrers.physician_for_others),
    "referring.sent": ReportExport(referrers.sent_book),
    "reports.month": ReportExport(monthly.month_book, monthly.month_for_others),
    "source_page.source": ReportExport(source_page.source_book, source_page.source_for_others),
    "referring.practice": ReportExport(referrers.practice_book, referrers.practice_for_others),
    "referring.practice_sent": ReportExport(referrers.practice_sent_book),
    "call_figures.calls": ReportExport(calls_book),
    "returns.returns": ReportExport(returns_book),
}
SUPPRESSED = {endpoint: export.for_others for endpoint, export in EXPORTS.items()}


def marked(book: ReportTables) -> ReportTables:
    """Return an edition for others with a mark that says so wherever its file goes."""
    about = [("Leaves the practice", f"yes: {RULE}"), *book.about]
    return ReportTables(f"For others: {book.title}", about, book.tables)
