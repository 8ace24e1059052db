"""The first page of the reports."""

from flask import abort, render_template

from intake.attribution.overview import shown
from intake.attribution.overview.report import overview
from intake.attribution.page.report_page import choices
from intake.attribution.page.scope import ReportScope
from intake.attribution.totals import charts


def show_overview(asked: ReportScope) -> str:
    """The overview page of what was asked for."""
    if asked.page > 1:
        abort(404)
    report = overview(**asked.scope)
    rows = shown.rows_shown(report)
    return render_template(
        "attribution/overview/overview.html",
        asked=asked,
        report=report,
        shown=shown,
        rows=rows[: shown.MOST_ROWS],
        left_out=rows[shown.MOST_ROWS :],
        strip=charts.strip(report.coverage),
        **choices(asked),
    )
