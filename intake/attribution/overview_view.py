"""The first page of the reports."""

from flask import abort, render_template

from intake.attribution import charts, overview_shown
from intake.attribution.asked import Asked
from intake.attribution.asking import choices
from intake.attribution.overview import overview


def show_overview(asked: Asked) -> str:
    """The overview page of what was asked for."""
    if asked.page > 1:
        abort(404)
    report = overview(**asked.scope)
    rows = overview_shown.rows_shown(report)
    return render_template(
        "reports/overview.html",
        asked=asked,
        report=report,
        shown=overview_shown,
        rows=rows[: overview_shown.MOST_ROWS],
        left_out=rows[overview_shown.MOST_ROWS :],
        strip=charts.strip(report.coverage),
        **choices(asked),
    )
