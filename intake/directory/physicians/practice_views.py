"""Pages of the referring practices, the groups that physicians work in."""

from typing import Any

from flask import redirect, render_template, request
from werkzeug.wrappers import Response

from intake import phone
from intake.accounts.auth.guards import roles
from intake.accounts.current import current_locations
from intake.db import db
from intake.directory.blueprint import bp
from intake.directory.models import ReferringPractice
from intake.directory.npi import referring_practices as verbs
from intake.directory.npi.specialties import specialty_names
from intake.directory.physician_search.referral_counts import REFERRALS
from intake.directory.physicians import queries
from intake.directory.physicians import records as physician_verbs
from intake.directory.physicians.card import may_edit
from intake.directory.physicians.forms import ReferringPracticeForm
from intake.directory.record_links import PRACTICE_PAGE, practice_address
from intake.web.ui.template_context import tell

TAKEN = "There is a practice of this name in this city already."
LONGEST_SEARCH = 200


@bp.get("/physicians/practices", guard=roles("front_desk", "manager", "liaison", "administrator"))
def practices() -> str:
    return render_template("directory/physicians/practices.html", practices=queries.practices_with_members())


@bp.get("/physicians/practices/new", endpoint="new_practice")
@bp.post("/physicians/practices/new", guard=roles("manager", "administrator"))
def add_practice() -> Response | tuple[str, int]:
    form = ReferringPracticeForm()
    if form.validate_on_submit():
        try:
            practice = verbs.add_practice(**form.facts)
        except verbs.NameTaken:
            form.name.errors = [TAKEN]
        else:
            db.session.commit()
            tell(f"{practice.name} is added. Say below who works there.")
            return redirect(practice_address(practice.id), 303)
    return _form_page(form, None)


@bp.get("/physicians/practices/<int:practice_id>", guard=roles("front_desk", "manager", "liaison", "administrator"))
def practice(practice_id: int) -> Any:
    """Who works there, for the desk; whoever reads reports is led to the page that holds everything."""
    found = queries.practice(practice_id)
    if page := PRACTICE_PAGE.filled(found.id):
        return redirect(page, 302)
    return render_template("directory/physicians/practice.html", **members_part(found))


def members_part(found: ReferringPractice) -> dict[str, Any]:
    """What the template of those who work in a practice takes, with what the search for others finds."""
    members = queries.members_of(found.id)
    text = request.args.get("q", "")[:LONGEST_SEARCH].strip()
    hits = [row for row in queries.physicians_matching(text)[:10] if row.referring_practice_id != found.id]
    return {
        "practice": found,
        "members": members,
        "referrals": REFERRALS.filled.new_patients([row.id for row in members], within=current_locations()),
        "specialties": specialty_names({row.taxonomy_code for row in (*members, *hits)}),
        "text": text,
        "hits": hits,
        "may_edit": may_edit(),
    }


@bp.get("/physicians/practices/<int:practice_id>/change", endpoint="edit_practice")
@bp.post("/physicians/practices/<int:practice_id>/change", guard=roles("manager", "administrator"))
def change_practice(practice_id: int) -> Response | tuple[str, int]:
    found = queries.practice(practice_id)
    form = ReferringPracticeForm(
        obj=found, phone_number=phone.national(found.phone_e164), nicknames=", ".join(verbs.nicknames_of(found.id))
    )
    if form.validate_on_submit():
        try:
            verbs.change_practice(found, **form.facts)
        except verbs.NameTaken:
            form.name.errors = [TAKEN]
        else:
            db.session.commit()
            tell(f"{found.name} is saved.")
            return redirect(practice_address(found.id), 303)
    return _form_page(form, found)


@bp.post("/physicians/practices/<int:practice_id>/members", guard=roles("manager", "administrator"))
def add_member(practice_id: int) -> Response:
    return _set_practice(queries.practice(practice_id), practice_id)


@bp.post("/physicians/practices/<int:practice_id>/members/remove", guard=roles("manager", "administrator"))
def remove_member(practice_id: int) -> Response:
    return _set_practice(queries.practice(practice_id), None)


def _form_page(form: ReferringPracticeForm, practice: ReferringPractice | None) -> tuple[str, int]:
    page = render_template("directory/physicians/practice_form.html", form=form, practice=practice)
    return page, 422 if form.is_submitted() else 200


def _set_practice(practice: ReferringPractice, into: int | None) -> Response:
    physician = queries.find_physician(request.form.get("physician", 0, type=int))
    if physician is None:
        tell("Choose a physician first.", kind="problem")
    else:
        physician_verbs.set_practice(physician, into)
        db.session.commit()
        tell(f"{'Added to' if into else 'Taken out of'} {practice.name}.")
    return redirect(practice_address(practice.id), 303)
