"""The page that a referring office opens by its link, and the making of that link."""

from flask import g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from intake import clock
from intake.accounts import one_time_display
from intake.accounts.audit import audit_trail
from intake.accounts.auth.guards import roles
from intake.accounts.current import Actor, current_locations, current_staff
from intake.attribution.filters.lists import lists_as_of_now
from intake.attribution.filters.queries import practice_time_zone
from intake.db import db
from intake.liaison.loops import queries
from intake.liaison.loops.office_links import (
    find_office_link,
    issue_office_link,
    office_rows,
    revoke_office_links,
)
from intake.liaison.loops.referrals import referral
from intake.web.http.route_guards import Pages, public
from intake.web.ui.template_context import tell

bp = Pages("office", __name__)
SHOWN_ONCE = "office_link"


@bp.post("/relationships/referrals/<int:referral_id>/office-link", guard=roles("front_desk", "manager"))
def make_link(referral_id: int) -> Response:
    """Make a link for the office of this referral, shown once on the next page; or end it."""
    found = referral(referral_id, within=current_locations(), lists=lists_as_of_now())
    if request.form.get("end"):
        revoke_office_links(found.physician_id)
        tell("The office’s link is closed.")
    else:
        address = issue_office_link(found, location_ids=current_locations(), staff=current_staff())
        one_time_display.put(SHOWN_ONCE, found.id, address)
    db.session.commit()
    return redirect(url_for("loops.one", referral_id=found.id), 303)


@bp.get("/office/<token>")
@public("a referring office's own referrals by number or initials, opened by an unguessable link that expires")
def office(token: str) -> Response | tuple[str, int] | str:
    """Show the office its referrals. Changes nothing; wrong, old and closed links all look alike."""
    link = find_office_link(token)
    if link is None:
        return render_template("liaison/loops/office_closed.html"), 404
    g.actor = Actor("link", link.id)
    today, lists = clock.clinic_today(practice_time_zone()), lists_as_of_now()
    kept = lists.physician_counts_as.get(link.physician_id, link.physician_id)
    rows = office_rows(link, today=today, lists=lists)
    audit_trail.record_reading(
        "office_link.opened", repeats=True, subject_kind="physician", subject_id=kept, link=link.id
    )
    until = clock.clinic_day(link.expires_at, practice_time_zone())
    return render_template("liaison/loops/office.html", office=queries.offices([kept])[kept], rows=rows, until=until)
