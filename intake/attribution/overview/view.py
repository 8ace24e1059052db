"""The first page of the reports."""

from flask import abort, render_template

from intake.attribution.filters.dimensions.people import PHYSICIAN
from intake.attribution.overview import shown
from intake.attribution.overview.report import overview
from intake.attribution.page.report_page import choices
from intake.attribution.page.scope import ReportScope
from intake.attribution.totals import charts
from intake.slots import PagePlace

# Physicians who changed by the states of their own list, which a later folder knows.
PHYSICIANS_CHANGED: PagePlace[ReportScope] = PagePlace("overview: physicians who changed")


def show_overview(asked: ReportScope) -> str:
    """The overview page of what was asked for."""
    if asked.page > 1:
        abort(404)
    report = overview(**asked.scope)
    rows = shown.rows_shown(report)
    physicians = PHYSICIANS_CHANGED.shown(asked)
    noticed = report.notable.noticed if report.notable else ()
    if physicians:
        # One rule for whoever is named: theirs counts the charts, too.
        noticed = tuple(each for each in noticed if each.by != PHYSICIAN)
    return render_template(
        "attribution/overview/overview.html",
        asked=asked,
        report=report,
        shown=shown,
        rows=rows[: shown.MOST_ROWS],
        left_out=rows[shown.MOST_ROWS :],
        strip=charts.strip(report.coverage),
        noticed=noticed,
        physicians=physicians,
        **choices(asked),
    )
