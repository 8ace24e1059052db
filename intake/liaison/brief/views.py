"""The brief of a physician or a practice, their time line, and the room's parts of their own pages."""

from datetime import timedelta

from flask import render_template, request

from intake.accounts.auth.guards import roles
from intake.attribution.filters.lists import lists_as_of_now
from intake.attribution.referrers import messages as report_messages
from intake.liaison.brief.brief import brief, referring_ids
from intake.liaison.brief.timeline import timeline
from intake.liaison.page.access import PEOPLE, is_in_charge
from intake.liaison.page.parties import party_named
from intake.liaison.page.referrers import referrer_records
from intake.liaison.page.staff_names import staff_names
from intake.liaison.people import messages as people_messages
from intake.liaison.touchpoints import queries as touchpoints
from intake.liaison.touchpoints.kinds import KINDS
from intake.liaison.touchpoints.views import touchpoint_form
from intake.web.http.route_guards import Pages

bp = Pages("brief", __name__)

MOST_YEARS = 10


@bp.get("/relationships/physicians/<int:physician_id>/brief", endpoint="brief")
@bp.get("/relationships/practices/<int:practice_id>/brief", endpoint="brief", guard=roles(*PEOPLE))
def brief_page(physician_id: int | None = None, practice_id: int | None = None) -> str:
    found = brief(party_named(physician_id, practice_id))
    return render_template(
        "liaison/brief/brief.html",
        brief=found,
        party=found.party,
        names=touchpoints.names_met(found.touchpoints),
        form=touchpoint_form(found.party),
        staff_names=staff_names(),
        kinds=KINDS,
        in_charge=is_in_charge(),
        words=report_messages,
        people_words=people_messages,
    )


@bp.get("/relationships/physicians/<int:physician_id>/history", endpoint="history")
@bp.get("/relationships/practices/<int:practice_id>/history", endpoint="history", guard=roles(*PEOPLE))
def history_page(physician_id: int | None = None, practice_id: int | None = None) -> str:
    """The last year, or with `years` more of them."""
    party = party_named(physician_id, practice_id)
    years = min(max(1, request.args.get("years", 1, type=int)), MOST_YEARS)
    known = referrer_records()
    since = known.windows.today - timedelta(days=365 * years)
    ids = referring_ids(party, lists_as_of_now())
    return render_template(
        "liaison/brief/history.html",
        party=party,
        entries=timeline(party, ids, since=since, known=known),
        years=years,
        since=since,
        most=MOST_YEARS,
    )
