"""The page that says how far the figures can be trusted."""

from typing import Any

from flask import render_template

from intake.accounts.auth.guards import roles
from intake.attribution import charts, trust_words
from intake.attribution.asking import asked_here, choices
from intake.attribution.blueprint import bp
from intake.attribution.leaving.view import show_for_others
from intake.attribution.request import TotalsRequest
from intake.attribution.seeing import READERS
from intake.attribution.taking.opening import report_page
from intake.attribution.trust import trust

HERE = "reports.trust"


@bp.get("/reports/trust", endpoint="trust")
@report_page(TotalsRequest)
@roles(*READERS)
def show_trust() -> Any:
    asked = asked_here()
    if asked.problem:
        return render_template("reports/refused.html", asked=asked, **choices(asked, here=HERE)), 422
    if asked.leaving:
        return show_for_others(asked, HERE)
    report = trust(**asked.scope)
    return render_template(
        "reports/trust.html",
        asked=asked,
        report=report,
        said=trust_words,
        strip=charts.strip(report.coverage),
        **choices(asked, here=HERE),
    )
