"""The page that sets two of anything side by side."""

from typing import Any

from flask import render_template

from intake.accounts.auth.guards import roles
from intake.attribution.comparison import messages
from intake.attribution.comparison.request import compared_here
from intake.attribution.filters.access import READERS
from intake.attribution.filters.dimensions.people import PATIENT
from intake.attribution.filters.request import ComparisonRequest
from intake.attribution.page.blueprint import bp
from intake.attribution.page.opening import report_page
from intake.attribution.page.report_page import asked_here, choices, note_names
from intake.attribution.suppression.view import show_for_others

HERE = "reports.compare"


@bp.get("/reports/compare", endpoint="compare")
@report_page(ComparisonRequest)
@roles(*READERS)
def show_comparison() -> Any:
    asked = asked_here()
    if asked.problem:
        return render_template("attribution/layout/refused.html", asked=asked, **choices(asked, here=HERE)), 422
    if asked.leaving:
        return show_for_others(asked, HERE)
    found = compared_here(asked)
    if found.is_of_patients:
        note_names(PATIENT, "report.patients", len(found.options))
    page = render_template(
        "attribution/comparison/comparison.html", asked=asked, found=found, said=messages, **choices(asked, here=HERE)
    )
    return (page, 422) if found.problem else page
