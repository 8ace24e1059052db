"""The page of who comes again."""

from flask import render_template

from intake import clock
from intake.accounts.auth.guards import roles
from intake.accounts.current import current_locations
from intake.attribution.filters.access import READERS
from intake.attribution.filters.dimensions.sources import source_name
from intake.attribution.filters.lists import lists_as_of_now
from intake.attribution.filters.periods import Period, add_months
from intake.attribution.filters.queries import practice_time_zone
from intake.attribution.returns.figures import reasons_to_return, repeat_rows
from intake.web.http.route_guards import Pages

bp = Pages("returns", __name__)
# Whoever came first within the last weeks had no time to come again.
FIRST_MONTHS, LAST_MONTHS = 15, 3


@bp.get("/reports/returns", guard=roles(*READERS))
def returns() -> str:
    today, lists = clock.clinic_today(practice_time_zone()), lists_as_of_now()
    first = Period(add_months(today, -FIRST_MONTHS), add_months(today, -LAST_MONTHS))
    location_ids = current_locations()
    rows = repeat_rows(period=first, location_ids=location_ids, lists=lists)
    year = Period(add_months(today, -12), today)
    back = reasons_to_return(period=year, location_ids=location_ids, lists=lists)
    return render_template(
        "attribution/returns/returns.html",
        rows=rows,
        back=back,
        period=first,
        names={each: source_name(lists, each).label for each in {row.source_id for row in rows} | {*back} if each},
    )
