"""The page that a referring office opens by a link, and the making of that link; only a hash of its token is kept."""

from datetime import date, timedelta
from typing import Any

from flask import abort, g, render_template, request, url_for
from sqlalchemy import ColumnElement, select, update

from intake import clock
from intake.accounts import one_time_display
from intake.accounts.audit import audit_trail
from intake.accounts.auth.guards import roles
from intake.accounts.current import Actor, current_locations, current_staff
from intake.accounts.tokens import hash_token, new_link_token
from intake.attribution.filters.lists import lists_as_of_now
from intake.attribution.filters.queries import practice_time_zone
from intake.attribution.referrers.queries import records_counted_as
from intake.config import current_settings
from intake.db import db
from intake.liaison.loops import queries
from intake.liaison.loops.messages import UNSURE
from intake.liaison.loops.models import OfficeLink
from intake.liaison.loops.owed import LOOK_BACK
from intake.liaison.loops.referrals import Referral, referral, referrals
from intake.liaison.loops.stages import LABELS
from intake.liaison.page.edges import commit_and_go
from intake.liaison.page.referrers import today
from intake.web.http.route_guards import Pages, public

bp = Pages("office", __name__)
SHOWN_ONCE = "office_link"
VALID = timedelta(days=30)


@bp.post("/relationships/referrals/<int:referral_id>/office-link", guard=roles("front_desk", "manager"))
def make_link(referral_id: int) -> Any:
    """Make a link for the office of this referral, shown once on the next page; or end it."""
    found = referral(referral_id)
    back = url_for("loops.one", referral_id=found.id)
    if not found.is_sure and not request.form.get("end"):
        abort(409, UNSURE)
    revoke_office_links(found.physician_id)
    if request.form.get("end"):
        return commit_and_go(back, "The office’s link is closed.")
    one_time_display.put(SHOWN_ONCE, found.id, _issue(found))
    return commit_and_go(back, "The link is made; the one before is closed.")


@bp.get(
    "/office/<token>",
    guard=public(
        "a referring office's own referrals by number or initials, opened by an unguessable link that expires"
    ),
)
def office(token: str) -> tuple[str, int] | str:
    """Show the office its referrals of the last 180 days. Changes nothing; wrong, old and closed links look alike."""
    link = db.session.scalars(select(OfficeLink).where(OfficeLink.token_hash == hash_token(token), _is_open())).first()
    if link is None:
        return render_template("liaison/loops/office_closed.html"), 404
    g.actor = Actor("link", link.id)
    lists = lists_as_of_now()
    kept = lists.physician_counts_as.get(link.physician_id, link.physician_id)
    ids = records_counted_as(kept, lists)
    theirs = referrals(since=today() - LOOK_BACK, location_ids=link.location_ids, physician_ids=ids)
    found = [each for each in reversed(theirs) if each.is_sure]
    subject = {"subject_kind": "physician", "subject_id": kept}
    audit_trail.record_reading("office_link.opened", repeats=True, **subject, link=link.id)
    return render_template(
        "liaison/loops/office.html",
        office=queries.offices([kept])[kept],
        rows=found,
        initials={row_id: queries.initials(name) for row_id, name in queries.people(found).items()},
        labels=LABELS,
        until=clock.clinic_day(link.expires_at, practice_time_zone()),
    )


def revoke_office_links(physician_id: int) -> None:
    """End every link of this physician's office. Flushes."""
    ended = update(OfficeLink).where(OfficeLink.physician_id == physician_id, OfficeLink.revoked_at.is_(None))
    for row in db.session.execute(ended.values(revoked_at=clock.now()).returning(OfficeLink.id)).all():
        audit_trail.record("office_link.revoked", subject_kind="physician", subject_id=physician_id, link=row.id)


def open_until(physician_id: int) -> date | None:
    """The day until which a link of this office may be opened; None where there is none."""
    query = select(OfficeLink.expires_at).where(OfficeLink.physician_id == physician_id, _is_open())
    expires_at = db.session.scalar(query.limit(1))
    return clock.clinic_day(expires_at, practice_time_zone()) if expires_at else None


def _issue(found: Referral) -> str:
    """The address of a new link."""
    token, now = new_link_token(), clock.now()
    link = OfficeLink(
        token_hash=hash_token(token),
        physician_id=found.physician_id,
        location_ids=sorted(current_locations()),
        created_at=now,
        created_by_id=current_staff().id,
        expires_at=now + VALID,
    )
    db.session.add(link)
    db.session.flush()
    audit_trail.record("office_link.issued", subject_kind="physician", subject_id=found.physician_id, link=link.id)
    return f"{current_settings().public_url}/office/{token}"


def _is_open() -> ColumnElement[bool]:
    return OfficeLink.revoked_at.is_(None) & (OfficeLink.expires_at > clock.now())
