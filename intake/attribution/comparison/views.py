"""The page that sets two of anything side by side."""

from typing import Any

from flask import render_template

from intake.attribution.comparison import messages
from intake.attribution.comparison.request import compared_here
from intake.attribution.filters.dimensions.people import PATIENT
from intake.attribution.filters.request import ComparisonRequest
from intake.attribution.page.blueprint import bp
from intake.attribution.page.report_page import choices, note_names
from intake.attribution.page.scope import ReportScope
from intake.attribution.suppression.view import report_page
from intake.attribution.totals.messages import COMPARISON_PAGE


@bp.get("/reports/compare", endpoint="compare")
@report_page(COMPARISON_PAGE, ComparisonRequest)
def show_comparison(asked: ReportScope) -> Any:
    found = compared_here(asked)
    if found.is_of_patients:
        note_names(PATIENT, "report.patients", len(found.options))
    page = render_template(
        "attribution/comparison/comparison.html", asked=asked, found=found, said=messages, **choices(asked)
    )
    return (page, 422) if found.problem else page
