"""The page of what comes of new-patient calls."""

from flask import render_template, request

from intake import clock
from intake.accounts.auth.guards import roles
from intake.accounts.current import current_locations
from intake.attribution.calls.figures import call_figures, new_patient_calls
from intake.attribution.filters.periods import Period, add_months
from intake.attribution.filters.queries import practice_time_zone
from intake.capture.call.slip import NOT_SERVABLE, WHY_NOT
from intake.id_filters import read_id
from intake.web.http.route_guards import Pages

bp = Pages("call_figures", __name__)
MONTHS = (1, 3, 12)


@bp.get("/reports/calls", guard=roles("manager", "administrator"))
def calls() -> str:
    today = clock.clinic_today(practice_time_zone())
    months = read_id(request.args.get("months", "")) or MONTHS[1]
    months = months if months in MONTHS else MONTHS[1]
    period = Period(add_months(today, -months), today)
    figures = call_figures(new_patient_calls(period=period, location_ids=current_locations()))
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
