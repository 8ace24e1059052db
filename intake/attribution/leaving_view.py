"""The page of a report that leaves the practice."""

from typing import Any

from flask import abort, render_template

from intake.attribution.asked import Asked
from intake.attribution.asking import choices
from intake.attribution.cuts import Cut
from intake.attribution.leaving import NotForOthers, for_others
from intake.attribution.totals import Totals


def show_for_others(asked: Asked, report: Totals) -> Any:
    """The cut as others may have it. 404 for the one by referring patient, whose rows are people."""
    if asked.by == Cut.PATIENT:
        abort(404)
    given, refusal = None, ""
    try:
        given = for_others(report)
    except NotForOthers as error:
        refusal = str(error)
    return render_template(
        "reports/leaving.html", asked=asked, report=report, given=given, refusal=refusal, **choices(asked)
    ), 422 if refusal else 200
