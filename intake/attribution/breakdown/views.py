"""Totals by a dimension, the visits behind each figure, and both as CSV files."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from flask import abort, render_template, url_for
from werkzeug.wrappers import Response

from intake.accounts.audit import audit_trail
from intake.accounts.auth.guards import roles
from intake.accounts.current import holds
from intake.accounts.models import RoleName
from intake.attribution.drilldown import option_positions
from intake.attribution.drilldown.counting import Counted, counted
from intake.attribution.drilldown.figures import MEASURES, Figure, NoSuchFigure, days_of_row, recorded_key
from intake.attribution.drilldown.tables import coverage_table, cut_table, rows_table
from intake.attribution.drilldown.visits import VisitRow, visit_rows
from intake.attribution.filters import queries
from intake.attribution.filters.access import READERS, sees_names
from intake.attribution.filters.date_basis import Basis
from intake.attribution.filters.dimensions.calendar import MONTH, CalendarDimension
from intake.attribution.filters.dimensions.sources import source_name
from intake.attribution.filters.dimensions.visit_fields import LOCATION, STAFF
from intake.attribution.filters.lists import Level, Lists, ListVersion
from intake.attribution.filters.request import COVERAGE, FiguresRequest, RowsRequest, TotalsRequest, takes
from intake.attribution.overview.view import show_overview
from intake.attribution.page.blueprint import bp
from intake.attribution.page.opening import rows_a_page
from intake.attribution.page.report_page import asked_here, choices, note_names
from intake.attribution.page.scope import ReportScope, today_at
from intake.attribution.suppression.view import report_page
from intake.attribution.totals import (
    charts,
    messages,
    time_columns,
)
from intake.attribution.totals.clinic_days import clinic_days
from intake.attribution.totals.coaching import AskerCoverage, asker_coverage
from intake.attribution.totals.comparing import PeriodChange, period_change
from intake.attribution.totals.messages import OVERVIEW_PAGE
from intake.attribution.totals.report import TotalLine, Totals, totals
from intake.attribution.totals.shown_columns import rows_shown, shown_sum
from intake.web.ui.downloads import csv_response
from intake.web.ui.template_context import say_day

LINES_A_PAGE = 100
VISITS_A_PAGE = 50
VISITS_A_STEP = 500


@bp.get("/reports", endpoint="totals")
@report_page(OVERVIEW_PAGE, TotalsRequest)
def show_totals(asked: ReportScope) -> str:
    if asked.is_overview:
        return show_overview(asked)
    report = report_of(asked)
    note_names(asked.by, "report.patients", len(report.lines))
    rows = rows_shown(report)
    a_page = rows_a_page(LINES_A_PAGE)
    pages = max(1, -(-len(rows) // a_page))
    if asked.page > pages:
        abort(404)
    here = slice((asked.page - 1) * a_page, asked.page * a_page)
    drawing = charts.chart(report) if asked.by.is_ranked else charts.BarChart([])
    elsewhere = rows[: here.start] + rows[here.stop :]
    return render_template(
        "attribution/totals/totals.html",
        asked=asked,
        report=report,
        rows=rows[here],
        elsewhere=shown_sum(report, elsewhere) if elsewhere else None,
        total=shown_sum(report, rows),
        pages=pages,
        pages_of=lambda asked: lambda number: asked.address(page=number),
        bars=drawing.bars,
        left_out=drawing.left_out,
        columns=_columns(asked, report) if asked.by.is_calendar else None,
        strip=charts.strip(report.coverage),
        weigh=_weighing(asked, report),
        eligible_of=lambda line: _eligible_of(asked, line),
        # Whoever was asked and never answered belongs to no other day than that of the visit.
        askers=asker_coverage_of(asked) if asked.by == STAFF and asked.basis == Basis.VISIT else None,
        **choices(asked),
    )


def _columns(asked: ReportScope, report: Totals) -> time_columns.TimeChart | None:
    """The chart of a report by the calendar; months beside those of the year before."""
    earlier = asked.period.year_before() if asked.by == MONTH else None
    before = totals(**(asked.scope | {"period": earlier}), by=MONTH, compare=False) if earlier else None
    return time_columns.picture(
        report,
        today=today_at(asked.locations, queries.practice_time_zone()),
        year_before=before,
        began=report.began,
    )


def _weighing(asked: ReportScope, report: Totals) -> Callable[[TotalLine], PeriodChange | None]:
    """Whether a row differs from the period before by more than luck, given the days that both were open."""
    spans = [report.period, report.before] if report.before else [report.period]
    days = clinic_days(spans, location_ids=asked.location_ids) if report.total_before_units is not None else {}

    def weigh(line: TotalLine) -> PeriodChange | None:
        if report.before is None or line.before_units is None:
            return None
        open_now, open_before = days[report.period], days[report.before]
        return period_change(line.units, line.before_units, view=report.view, days=open_now, days_before=open_before)

    return weigh


def _eligible_of(asked: ReportScope, line: TotalLine) -> str:
    """Address of the eligible visits of a row that has coverage of its own."""
    key = line.name.key
    if asked.by == LOCATION:
        return asked.rows("eligible", measure=True, location=next(each for each in asked.locations if each.code == key))
    if isinstance(asked.by, CalendarDimension):
        return asked.rows("eligible", measure=True, period=days_of_row(asked.by, key, asked.period))
    return asked.rows("eligible", measure=True, also=(asked.by, key))


def asker_coverage_of(asked: ReportScope) -> AskerCoverage:
    """How asking goes for each member of staff in the days asked for."""
    lists = queries.lists_under(asked.listing, asked.period)
    return asker_coverage(period=asked.period, location_ids=asked.location_ids, lists=lists)


@bp.get("/reports/export")
@takes(FiguresRequest)
@roles(*READERS, fresh=True)
def export_totals() -> Response:
    asked = asked_here()
    if asked.problem:
        abort(400, asked.problem)
    if asked.leaving:
        abort(404)
    of_coverage = isinstance(asked.request, FiguresRequest) and asked.request.of_coverage
    report = report_of(asked)
    note_names(asked.by, "report.patients_exported", len(report.lines))
    table = coverage_table(report, asked) if of_coverage else cut_table(report, asked)
    return csv_response(_file_name(asked, COVERAGE if of_coverage else str(asked.by)), table.header, table.rows)


@bp.get("/reports/rows", endpoint="rows")
@report_page("Visits behind a figure", RowsRequest)
def show_rows(asked: ReportScope) -> str:
    lists = queries.lists_under(asked.listing, asked.period)
    figure = figure_of(asked)
    found = counted_or_404(figure, lists)
    title = title_or_404(figure, lists, found.visits)
    a_page = rows_a_page(VISITS_A_PAGE)
    pages = max(1, -(-found.visits // a_page))
    if asked.page > pages:
        abort(404)
    visits = visit_rows(
        figure, lists, names=sees_names(), offset=(asked.page - 1) * a_page, limit=a_page, of=found.visits
    )
    audit_trail.record_reading("report.rows", by=_by(figure), key=figure.key, visits=len(visits), names=sees_names())
    return render_template(
        "attribution/drilldown/rows.html",
        asked=asked,
        figure=figure,
        title=title,
        found=found,
        visits=visits,
        said_on={day: say_day(day) for day in {visit.day for visit in visits}},
        pages=pages,
        rows_pages=lambda asked, again: lambda number: asked.address("reports.rows", page=number, **again),
        names=sees_names(),
        # Where it is asked, recorded and corrected.
        visit_page=url_for("desk_recording.visit", visit_id=0).removesuffix("0") if holds(RoleName.MANAGER) else "",
        words=messages,
        again={"by": _by(figure), "key": figure.key, "level": str(figure.level), **_narrowed(figure)},
    )


@bp.get("/reports/rows/export")
@takes(RowsRequest)
@roles(*READERS, fresh=True)
def export_rows() -> Response:
    asked = asked_here()
    if asked.problem:
        abort(400, asked.problem)
    if asked.leaving:
        abort(404)
    lists = queries.lists_under(asked.listing, asked.period)
    figure = figure_of(asked)
    found = counted_or_404(figure, lists)
    audit_trail.record_reading("report.rows_exported", by=_by(figure), key=figure.key, visits=found.visits)
    names = sees_names()
    visits = every_visit(figure, lists, found.visits, names=names)
    table = rows_table(visits, view=asked.view, names=names, basis=asked.basis)
    name = _file_name(asked, f"{_by(figure)}-{figure.key.strip('-')}-visits")
    return csv_response(name, table.header, table.rows)


def report_of(asked: ReportScope) -> Totals:
    return totals(**asked.scope, by=asked.by)


def figure_of(asked: ReportScope) -> Figure:
    of = asked.request
    assert isinstance(of, RowsRequest)
    by = None if of.of_coverage else asked.by
    if of.besides and by is None:
        # Coverage knows no sources.
        abort(404)
    also = (of.and_by, of.and_key) if of.and_by else None
    return Figure(asked.period, asked.location_ids, asked.view, by, of.key, of.level, asked.basis, also, of.besides)


def counted_or_404(figure: Figure, lists: Lists) -> Counted:
    try:
        return counted(figure, lists)
    except NoSuchFigure:
        abort(404)


def title_or_404(figure: Figure, lists: Lists, visits: int) -> str:
    if figure.also:
        # What it is narrowed to has a name under the same rules.
        other, own = figure.also
        narrower = title_or_404(replace(figure, by=other, key=own, also=None, level=Level.EACH), lists, visits)
        return f"{title_or_404(replace(figure, also=None), lists, visits)}, {narrower}"
    if figure.besides:
        labels = {source.code: source_name(lists, source.id).label for source in lists.sources.values()}
        left_out = ", ".join(labels[code] for code in figure.besides)
        return f"{title_or_404(replace(figure, besides=()), lists, visits)}, all but {left_out}"
    if figure.is_of_places:
        return option_positions.title_of(figure.key)
    if figure.by is None:
        return MEASURES.get(figure.key) or abort(404)
    key = recorded_key(figure, lists)
    named = figure.by.names({key}, lists).get(key)
    # A name is shown only to whoever sees a visit that it stands behind.
    if named is None or (figure.by.is_private and not visits):
        abort(404)
    return named.label


def _narrowed(figure: Figure) -> dict[str, str]:
    also = {"and-by": str(figure.also[0]), "and-key": figure.also[1]} if figure.also else {}
    return also | ({"besides": ",".join(figure.besides)} if figure.besides else {})


def _by(figure: Figure) -> str:
    return str(figure.by) if figure.by else COVERAGE


def every_visit(figure: Figure, lists: Lists, count: int, *, names: bool) -> Iterator[VisitRow]:
    for offset in range(0, count, VISITS_A_STEP):
        yield from visit_rows(figure, lists, names=names, offset=offset, limit=VISITS_A_STEP)


def _file_name(asked: ReportScope, what: str) -> str:
    days = f"{asked.period.first_day.isoformat()}-to-{asked.period.last_day.isoformat()}"
    listing = "" if asked.listing == ListVersion.TODAY else f"-as-{asked.listing}"
    basis = "" if asked.basis == Basis.VISIT else f"-by-{asked.basis}"
    return f"intake-{what}-{asked.view}-{days}{basis}{listing}"
