"""Pages of those we look after: the list, how we look after one, contacts, potential referrers, hand-over."""

from typing import Any

from flask import abort, render_template, request, url_for

from intake import clock
from intake.accounts.auth.guards import roles
from intake.accounts.current import current_locations, current_staff
from intake.attribution.filters import queries as report_queries
from intake.directory.models import Location
from intake.directory.name_keys import normal, spelled_alike
from intake.id_filters import read_id
from intake.liaison.page.access import IN_CHARGE, PEOPLE, colleagues, staff_names
from intake.liaison.page.edges import BOTH, commit_and_go, of_party, overtaken, page_of, paged
from intake.liaison.page.parties import Party, party_of, party_of_physician
from intake.liaison.page.referrers import referrer_records, today
from intake.liaison.people import messages, queries
from intake.liaison.people.forms import RELATIONSHIP, WISHES, CareForm, ContactForm, HandOverForm
from intake.liaison.people.models import Goal
from intake.liaison.people.potential import MOST_SHOWN, potential_referrers
from intake.liaison.people.records import (
    add_contact,
    change_contact,
    change_relationship,
    hand_over,
    look_after,
    set_preference,
)
from intake.liaison.people.targets import due_offices, searched_names, targets, targets_at
from intake.web.http.route_guards import Pages

bp = Pages("relationships", __name__)

PAGE_SIZE = 50


@bp.get("/relationships", endpoint="targets", guard=roles(*PEOPLE))
def target_list() -> str:
    """Everybody looked after, those due first; of one owner, tier, name."""
    owner, tier = request.args.get("owner", ""), request.args.get("tier", "")
    text = request.args.get("q", "")[:100].strip()
    known, day = referrer_records(), today()
    found = due_offices(known, owner_id=read_id(owner))
    rows = [row for row in found if tier in ("", row.tier or "none") and (owner != "none" or row.owner_id is None)]
    alike: list[int] = []
    if words := normal(text).split():
        names = searched_names()
        rows = [row for row in rows if all(word in names[row.relationship_id] for word in words)]
        alike = [] if rows else spelled_alike(text, names)
    _, page, pages = paged(rows, PAGE_SIZE)
    return render_template(
        "liaison/people/targets.html",
        rows=targets_at(known, rows, (page - 1) * PAGE_SIZE, page * PAGE_SIZE),
        alike=sorted(targets(known, ids=alike), key=lambda each: alike.index(each.relationship_id)) if alike else [],
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


@of_party(bp, "care", "care", BOTH)
def care(found: Party) -> Any:
    """How we look after the party of the address, and what they wish."""
    form = _care_form(found)
    # Another location's, chosen here, stands otherwise than what was shown: that is said before it is overwritten.
    problem = overtaken(form, _care_form(found, at=form.location.data, formdata=None))
    if problem or not form.validate_on_submit():
        page = render_template("liaison/people/care.html", party=found, form=form, problem=problem)
        return page_of(form, page, problem)
    look_after(found, location_id=form.location.data, **form.care)
    set_preference(found, by_id=current_staff().id, **form.wishes)
    noted = "\n".join(each for each in (*form.care.values(), *form.wishes.values()) if isinstance(each, str))
    return commit_and_go(found.address, f"How we look after {found.name} is saved.", noted=noted, about=found.name)


@bp.post("/relationships/<int:relationship_id>/stop", endpoint="stop", guard=roles(*PEOPLE))
def stop(relationship_id: int) -> Any:
    found = queries.relationship(relationship_id)
    change_relationship(found, ended_at=clock.now())
    undo = url_for("relationships.resume", relationship_id=found.id)
    return commit_and_go(party_of(found).address, f"{party_of(found).name} falls due no more.", undo)


@bp.post("/relationships/<int:relationship_id>/resume", endpoint="resume", guard=roles(*PEOPLE))
def resume_care(relationship_id: int) -> Any:
    found = queries.relationship(relationship_id)
    change_relationship(found, ended_at=None)
    return commit_and_go(party_of(found).address, f"{party_of(found).name} is looked after again.")


@bp.post("/relationships/<int:relationship_id>/take", endpoint="take", guard=roles(*PEOPLE))
def take(relationship_id: int) -> Any:
    """Let the signed-in person look after them from now on."""
    found = queries.relationship(relationship_id)
    change_relationship(found, owner_id=current_staff().id)
    return commit_and_go(party_of(found).address, f"You look after {party_of(found).name} now.")


@of_party(bp, "contacts/new", "new_contact", BOTH)
def new_contact(found: Party) -> Any:
    form = ContactForm()
    if not form.validate_on_submit():
        return page_of(form, render_template("liaison/people/contact.html", form=form, party=found, contact=None))
    added = add_contact(found, by_id=current_staff().id, **form.facts)
    return commit_and_go(found.address, f"{added.name} is added.", noted=added.note, about=f"{added.name} {found.name}")


@bp.route("/relationships/contacts/<int:contact_id>", endpoint="contact", methods=BOTH, guard=roles(*PEOPLE))
def contact(contact_id: int) -> Any:
    found = queries.contact(contact_id)
    of, number = party_of(found), {"telephone_number": found.phone_e164 or ""}
    form = ContactForm(obj=found, data=number)
    problem = overtaken(form, ContactForm(obj=found, data=number, formdata=None))
    if problem or not form.validate_on_submit():
        page = render_template("liaison/people/contact.html", form=form, party=of, contact=found, problem=problem)
        return page_of(form, page, problem)
    change_contact(found, **form.facts)
    return commit_and_go(of.address, f"{found.name} is saved.", noted=found.note, about=f"{found.name} {of.name}")


@bp.post("/relationships/contacts/<int:contact_id>/gone", endpoint="contact_gone", guard=roles(*PEOPLE))
def contact_gone(contact_id: int) -> Any:
    """They don't work there any more, or they do after all."""
    found = queries.contact(contact_id)
    change_contact(found, gone_at=None if found.gone_at else clock.now())
    undo = url_for("relationships.contact_gone", contact_id=found.id)
    return commit_and_go(party_of(found).address, f"{found.name} {'has left' if found.gone_at else 'is there'}.", undo)


@bp.get("/relationships/potential", endpoint="potential", guard=roles(*PEOPLE))
def potential() -> str:
    """Clinicians near one of our locations who have sent nobody yet."""
    location = _location_asked()
    found = potential_referrers(location)
    rows, page, pages = paged(found, PAGE_SIZE)
    return render_template(
        "liaison/people/potential.html",
        location=location,
        locations=report_queries.locations(within=current_locations()),
        rows=rows,
        count=len(found),
        most=MOST_SHOWN,
        page=page,
        pages=pages,
    )


@bp.post("/relationships/potential/<int:physician_id>", endpoint="make_target", guard=roles(*PEOPLE))
def make_target(physician_id: int) -> Any:
    """One key: the signed-in person gets to know them."""
    found, location = party_of_physician(physician_id), _location_asked()
    made = look_after(found, location_id=location.id, owner_id=current_staff().id, goal=Goal.GET_TO_KNOW)
    undo = url_for("relationships.stop", relationship_id=made.id)
    back = url_for("relationships.potential", location=location.code)
    return commit_and_go(back, f"{found.name} is yours to get to know.", undo)


@bp.route("/relationships/hand-over", endpoint="hand_over", methods=BOTH, guard=roles(*IN_CHARGE))
def hand_over_page() -> Any:
    """Give all that somebody looks after to a colleague."""
    names = staff_names()
    form = HandOverForm(givers=sorted(names.items(), key=lambda each: each[1]), takers=colleagues())
    if not form.validate_on_submit():
        return page_of(form, render_template("liaison/people/hand_over.html", form=form))
    giver, taker = form.giver.data, form.taker.data
    moved = hand_over(from_id=giver, to_id=taker, location_ids=current_locations())
    told = messages.handed_over(names[giver], names[taker], *moved)
    return commit_and_go(url_for("relationships.targets", owner=taker), told)


def _care_form(found: Party, *, at: int | None = None, **sent: Any) -> CareForm:
    """What is known of the office, `at` a location if that looks after it; of one not looked after yet, the signed-in
    person's first location and name.
    """
    here = queries.relationships_of(found)
    mine = next((each for each in here if each.location_id == at), here[0] if here else None)
    wish = queries.preference_of(found)
    values: dict[str, Any] = {"location": min(current_locations()), "owner": str(current_staff().id)}
    if mine:
        values = {"location": mine.location_id, "owner": str(mine.owner_id or "")}
        values |= {name: getattr(mine, name) for name in RELATIONSHIP}
    if wish:
        values |= {name: getattr(wish, name) for name in WISHES}
    places = [(each.id, each.name) for each in report_queries.locations(within=current_locations())]
    return CareForm(locations=places, owners=colleagues(mine.owner_id if mine else None), data=values, **sent)


def _location_asked() -> Location:
    """The location of the address, else the reader's first."""
    here = report_queries.locations(within=current_locations())
    code = request.values.get("location", "")
    return next((each for each in here if each.code == code), here[0] if here else abort(404))
