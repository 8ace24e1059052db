"""The page of what comes of new-patient calls."""

from flask import render_template

from intake.attribution.calls.tables import MONTHS, asked_calls
from intake.attribution.filters.request import MonthsRequest
from intake.attribution.page.scope import ReportScope
from intake.attribution.suppression.view import report_page
from intake.capture.call.slip import NOT_SERVABLE, WHY_NOT
from intake.web.http.route_guards import Pages

bp = Pages("call_figures", __name__)


@bp.get("/reports/calls", endpoint="calls")
@report_page("New-patient calls", MonthsRequest, ("manager", "administrator"))
def show_calls(asked: ReportScope) -> str:
    months, period, figures = asked_calls(asked)
    return render_template(
        "attribution/calls/calls.html",
        figures=figures,
        together=figures.together,
        months=months,
        offered=MONTHS,
        period=period,
        why_labels=WHY_NOT,
        not_servable=NOT_SERVABLE,
    )
