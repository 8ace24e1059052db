"""The page that says how far the figures can be trusted."""

from typing import Any

from flask import render_template

from intake.accounts.auth.guards import roles
from intake.attribution.filters.access import READERS
from intake.attribution.filters.request import TotalsRequest
from intake.attribution.page.blueprint import bp
from intake.attribution.page.opening import report_page
from intake.attribution.page.report_page import asked_here, choices
from intake.attribution.reliability import messages
from intake.attribution.reliability.report import trust
from intake.attribution.suppression.view import show_for_others
from intake.attribution.totals import charts

HERE = "reports.trust"


@bp.get("/reports/trust", endpoint="trust")
@report_page(TotalsRequest)
@roles(*READERS)
def show_trust() -> Any:
    asked = asked_here()
    if asked.problem:
        return render_template("attribution/layout/refused.html", asked=asked, **choices(asked, here=HERE)), 422
    if asked.leaving:
        return show_for_others(asked, HERE)
    report = trust(**asked.scope)
    return render_template(
        "attribution/reliability/reliability.html",
        asked=asked,
        report=report,
        said=messages,
        strip=charts.strip(report.coverage),
        **choices(asked, here=HERE),
    )
