"""Pages of those we look after: the list, how we look after one, contacts, potential referrers, hand-over."""

from typing import Any

from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from intake import clock
from intake.accounts.auth.guards import roles
from intake.accounts.current import current_locations, current_staff
from intake.attribution.filters import queries as report_queries
from intake.db import db
from intake.directory.models import Location
from intake.directory.name_keys import normal
from intake.id_filters import read_id
from intake.liaison.page.access import IN_CHARGE, PEOPLE, home_location_id
from intake.liaison.page.parties import Party, party_named, party_of, party_of_physician
from intake.liaison.page.referrers import referrer_records, today
from intake.liaison.page.staff_names import colleagues, staff_names
from intake.liaison.people import messages, queries
from intake.liaison.people.forms import CareForm, ContactForm, HandOverForm
from intake.liaison.people.models import Goal, OfficeContact
from intake.liaison.people.potential import MOST_SHOWN, potential_referrers
from intake.liaison.people.records import (
    add_contact,
    change_contact,
    change_relationship,
    hand_over,
    look_after,
    resume,
    set_preference,
    stop_looking_after,
)
from intake.liaison.people.targets import due_offices, ids_called, targets_at
from intake.web.http.route_guards import Pages
from intake.web.ui.template_context import tell

bp = Pages("relationships", __name__)

PAGE_SIZE = 50
BOTH = ("GET", "POST")


@bp.get("/relationships", endpoint="targets", guard=roles(*PEOPLE))
def target_list() -> str:
    """Everybody looked after, those due first; of one owner, tier, name."""
    owner, tier = request.args.get("owner", ""), request.args.get("tier", "")
    text = request.args.get("q", "")[:100].strip()
    known, day = referrer_records(), today()
    found = due_offices(known, owner_id=read_id(owner))
    rows = [row for row in found if tier in ("", row.tier or "none") and (owner != "none" or row.owner_id is None)]
    if words := normal(text).split():
        called = ids_called(words)
        rows = [row for row in rows if row.relationship_id in called]
    pages = max(1, -(-len(rows) // PAGE_SIZE))
    page = min(max(1, request.args.get("page", 1, type=int)), pages)
    return render_template(
        "liaison/people/targets.html",
        rows=targets_at(known, rows, (page - 1) * PAGE_SIZE, page * PAGE_SIZE),
        count=len(rows),
        everybody=len(found),
        due_now=sum(1 for row in rows if row.day <= day),
        today=day,
        staff_names=staff_names(),
        people=colleagues(),
        owner=owner,
        tier=tier,
        text=text,
        page=page,
        pages=pages,
        words=messages,
    )


@bp.route("/relationships/physicians/<int:physician_id>/care", endpoint="care", methods=BOTH)
@bp.route("/relationships/practices/<int:practice_id>/care", endpoint="care", methods=BOTH, guard=roles(*PEOPLE))
def care(physician_id: int | None = None, practice_id: int | None = None) -> Response | tuple[str, int]:
    """How we look after the party of the address, and what they wish."""
    found = party_named(physician_id, practice_id)
    form = _care_form(found)
    if not form.validate_on_submit():
        page = render_template("liaison/people/care.html", party=found, form=form)
        return page, 422 if form.is_submitted() else 200
    look_after(found, location_id=form.location.data, **form.care)
    set_preference(found, by_id=current_staff().id, **form.wishes)
    db.session.commit()
    tell(f"How we look after {found.name} is saved.")
    return redirect(found.address, 303)


@bp.post("/relationships/<int:relationship_id>/stop", endpoint="stop", guard=roles(*PEOPLE))
def stop(relationship_id: int) -> Response:
    found = queries.relationship(relationship_id)
    of = party_of(found)
    stop_looking_after(found)
    db.session.commit()
    tell(f"{of.name} falls due no more.", undo=url_for("relationships.resume", relationship_id=found.id))
    return redirect(of.address, 303)


@bp.post("/relationships/<int:relationship_id>/resume", endpoint="resume", guard=roles(*PEOPLE))
def resume_care(relationship_id: int) -> Response:
    found = queries.relationship(relationship_id)
    of = party_of(found)
    resume(found)
    db.session.commit()
    tell(f"{of.name} is looked after again.")
    return redirect(of.address, 303)


@bp.post("/relationships/<int:relationship_id>/take", endpoint="take", guard=roles(*PEOPLE))
def take(relationship_id: int) -> Response:
    """Let the signed-in person look after them from now on."""
    found = queries.relationship(relationship_id)
    of = party_of(found)
    change_relationship(found, owner_id=current_staff().id)
    db.session.commit()
    tell(f"You look after {of.name} now.")
    return redirect(of.address, 303)


@bp.route("/relationships/physicians/<int:physician_id>/contacts/new", endpoint="new_contact", methods=BOTH)
@bp.route("/relationships/practices/<int:practice_id>/contacts/new", endpoint="new_contact", methods=BOTH)
@roles(*PEOPLE)
def new_contact(physician_id: int | None = None, practice_id: int | None = None) -> Response | tuple[str, int]:
    found = party_named(physician_id, practice_id)
    form = ContactForm()
    if not form.validate_on_submit():
        return _contact_page(form, found, None)
    added = add_contact(found, by_id=current_staff().id, **form.facts)
    db.session.commit()
    tell(f"{added.name} is added.")
    return redirect(found.address, 303)


@bp.get("/relationships/contacts/<int:contact_id>", endpoint="contact")
@bp.post("/relationships/contacts/<int:contact_id>", guard=roles(*PEOPLE))
def contact(contact_id: int) -> Response | tuple[str, int]:
    found = queries.contact(contact_id)
    form = ContactForm(obj=found, data={"telephone_number": found.phone_e164 or ""})
    if not form.validate_on_submit():
        return _contact_page(form, party_of(found), found)
    change_contact(found, **form.facts)
    db.session.commit()
    tell(f"{found.name} is saved.")
    return redirect(party_of(found).address, 303)


@bp.post("/relationships/contacts/<int:contact_id>/gone", endpoint="contact_gone", guard=roles(*PEOPLE))
def contact_gone(contact_id: int) -> Response:
    """They don't work there any more, or they do after all."""
    found = queries.contact(contact_id)
    change_contact(found, gone_at=None if found.gone_at else clock.now())
    db.session.commit()
    undo = url_for("relationships.contact_gone", contact_id=found.id)
    tell(f"{found.name} {'has left' if found.gone_at else 'is there'}.", undo=undo)
    return redirect(party_of(found).address, 303)


@bp.get("/relationships/potential", endpoint="potential", guard=roles(*PEOPLE))
def potential() -> str:
    """Clinicians near one of our locations who have sent nobody yet."""
    location = _location_asked()
    rows = potential_referrers(location)
    page = max(1, request.args.get("page", 1, type=int))
    pages = max(1, -(-len(rows) // PAGE_SIZE))
    page = min(page, pages)
    return render_template(
        "liaison/people/potential.html",
        location=location,
        locations=report_queries.locations(within=current_locations()),
        rows=rows[(page - 1) * PAGE_SIZE : page * PAGE_SIZE],
        count=len(rows),
        most=MOST_SHOWN,
        page=page,
        pages=pages,
    )


@bp.post("/relationships/potential/<int:physician_id>", endpoint="make_target", guard=roles(*PEOPLE))
def make_target(physician_id: int) -> Response:
    """One key: the signed-in person gets to know them."""
    found = party_of_physician(physician_id)
    location = _location_asked()
    made = look_after(found, location_id=location.id, owner_id=current_staff().id, goal=Goal.GET_TO_KNOW)
    db.session.commit()
    tell(f"{found.name} is yours to get to know.", undo=url_for("relationships.stop", relationship_id=made.id))
    return redirect(url_for("relationships.potential", location=location.code), 303)


@bp.get("/relationships/hand-over", endpoint="hand_over")
@bp.post("/relationships/hand-over", guard=roles(*IN_CHARGE))
def hand_over_page() -> Response | tuple[str, int]:
    """Give all that somebody looks after to a colleague."""
    form = HandOverForm(givers=sorted(staff_names().items(), key=lambda each: each[1]), takers=colleagues())
    if not form.validate_on_submit():
        page = render_template("liaison/people/hand_over.html", form=form)
        return page, 422 if form.is_submitted() else 200
    names = staff_names()
    moved = hand_over(
        from_id=form.giver.data, to_id=form.taker.data, location_ids=current_locations(), by_id=current_staff().id
    )
    db.session.commit()
    tell(
        f"{names[form.taker.data]} now looks after {moved[0]:,} of {names[form.giver.data]}'s relationships, with"
        f" {moved[1]:,} open promises and {moved[2]:,} open issues."
    )
    return redirect(url_for("relationships.targets", owner=form.taker.data), 303)


def _care_form(found: Party) -> CareForm:
    here = queries.relationships_of(found)
    mine, wish = (here[0] if here else None), queries.preference_of(found)
    values: dict[str, Any] = {"location": home_location_id(), "owner": str(current_staff().id)}
    if mine:
        values = {"location": mine.location_id, "owner": str(mine.owner_id or "")}
        values |= {name: getattr(mine, name) for name in ("tier", "tier_reason", "goal", "every_days")}
    if wish:
        names = ("hours", "referrals_by", "results_by", "do_not_visit", "note")
        values |= {name: getattr(wish, name) for name in names}
    owners = dict(colleagues())
    if mine and mine.owner_id and mine.owner_id not in owners:
        # Somebody who has left stays chosen until somebody else is.
        owners[mine.owner_id] = staff_names()[mine.owner_id]
    places = [(each.id, each.name) for each in report_queries.locations(within=current_locations())]
    return CareForm(locations=places, owners=list(owners.items()), data=values)


def _contact_page(form: ContactForm, found: Party, known: OfficeContact | None) -> tuple[str, int]:
    page = render_template("liaison/people/contact.html", form=form, party=found, contact=known)
    return page, 422 if form.is_submitted() else 200


def _location_asked() -> Location:
    """The location of the address, else the reader's first."""
    here = report_queries.locations(within=current_locations())
    code = request.values.get("location", "")
    return next((each for each in here if each.code == code), here[0] if here else abort(404))
