"""The page that says how far the figures can be trusted."""

from flask import render_template

from intake.attribution.filters.request import TotalsRequest
from intake.attribution.page.blueprint import bp
from intake.attribution.page.report_page import choices
from intake.attribution.page.scope import ReportScope
from intake.attribution.reliability import messages
from intake.attribution.reliability.report import trust
from intake.attribution.suppression.view import report_page
from intake.attribution.totals import charts
from intake.attribution.totals.messages import TRUST_PAGE


@bp.get("/reports/trust", endpoint="trust")
@report_page(TRUST_PAGE, TotalsRequest)
def show_trust(asked: ReportScope) -> str:
    report = trust(**asked.scope)
    return render_template(
        "attribution/reliability/reliability.html",
        asked=asked,
        report=report,
        said=messages,
        strip=charts.strip(report.coverage),
        **choices(asked),
    )
