"""The brief of a physician or a practice, their time line, and the room's parts of their own pages."""

from datetime import timedelta

from flask import render_template, request

from intake.attribution.referrers import messages as report_messages
from intake.liaison.brief.brief import brief
from intake.liaison.brief.timeline import timeline
from intake.liaison.page.access import is_in_charge, staff_names
from intake.liaison.page.edges import of_party
from intake.liaison.page.parties import Party
from intake.liaison.page.referrers import referrer_records
from intake.liaison.people import messages as people_messages
from intake.liaison.touchpoints import queries as touchpoints
from intake.liaison.touchpoints.kinds import KINDS
from intake.liaison.touchpoints.views import first_kind, touchpoint_form
from intake.web.http.route_guards import Pages

bp = Pages("brief", __name__)

MOST_YEARS = 10


@of_party(bp, "brief", "brief")
def brief_page(party: Party) -> str:
    found = brief(party)
    return render_template(
        "liaison/brief/brief.html",
        brief=found,
        party=party,
        names=touchpoints.names_met(found.touchpoints),
        form=touchpoint_form(party, kind=first_kind(found.preferences)),
        no_visits=any(each.do_not_visit for each in found.preferences),
        staff_names=staff_names(),
        kinds=KINDS,
        in_charge=is_in_charge(),
        words=report_messages,
        people_words=people_messages,
    )


@of_party(bp, "history", "history")
def history_page(party: Party) -> str:
    """The last year, or with `years` more of them."""
    years = min(max(1, request.args.get("years", 1, type=int)), MOST_YEARS)
    known = referrer_records()
    since = known.windows.today - timedelta(days=365 * years)
    entries = timeline(party, since=since, known=known)
    shown = {"party": party, "entries": entries, "years": years, "since": since, "most": MOST_YEARS}
    return render_template("liaison/brief/history.html", **shown)
