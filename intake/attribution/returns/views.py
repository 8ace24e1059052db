"""The page of who comes again."""

from flask import render_template

from intake.attribution.filters.request import InsideRequest
from intake.attribution.page.scope import ReportScope
from intake.attribution.returns.tables import asked_returns
from intake.attribution.suppression.view import report_page
from intake.web.http.route_guards import Pages

bp = Pages("returns", __name__)


@bp.get("/reports/returns", endpoint="returns")
@report_page("Who comes again", InsideRequest)
def show_returns(asked: ReportScope) -> str:
    return render_template("attribution/returns/returns.html", found=asked_returns(asked))
