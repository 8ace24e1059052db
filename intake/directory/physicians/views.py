"""Pages of the physicians: search, view, add, change, set aside, merge."""

from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from intake import phone
from intake.accounts.auth.guards import roles
from intake.accounts.current import current_locations
from intake.db import db
from intake.directory.blueprint import bp
from intake.directory.models import Physician
from intake.directory.npi.specialties import specialty_name, specialty_names
from intake.directory.physician_search.referral_counts import REFERRALS
from intake.directory.physicians import queries
from intake.directory.physicians import records as verbs
from intake.directory.physicians.card import card_of, may_edit
from intake.directory.physicians.forms import PhysicianForm
from intake.directory.record_links import PHYSICIAN_PAGE, physician_address
from intake.directory.registry_names import proper
from intake.web.ui.template_context import tell

LONGEST_SEARCH = 200

bp.add_app_template_filter(proper, "proper")
bp.add_app_template_filter(phone.said, "said_phone")
bp.add_app_template_filter(phone.dialled, "dialled")


@bp.context_processor
def who_may_edit() -> dict[str, bool]:
    """`may_edit` in this room's templates: buttons that would be refused aren't shown."""
    return {"may_edit": may_edit()}


@bp.get("/physicians", endpoint="physicians", guard=roles("front_desk", "manager", "liaison", "administrator"))
def physician_list() -> str:
    text = request.args.get("q", "")[:LONGEST_SEARCH].strip()
    size = queries.directory_size()
    browsable = size <= queries.MOST_BROWSED
    everyone = browsable and request.args.get("who") == "all"
    pages, page, probably_nobody = 1, 1, False
    if text:
        rows, probably_nobody = queries.physicians_found(text)
    else:
        page = request.args.get("page", 1, type=int)
        rows, pages = queries.physicians_by_name(known_here=not everyone, page=page)
        page = min(max(page, 1), pages)
    part = bool(request.headers.get("HX-Request"))
    return render_template(
        "directory/physicians/_physicians.html" if part else "directory/physicians/physicians.html",
        rows=rows,
        specialties=specialty_names({row.taxonomy_code for row in rows}),
        referrals=REFERRALS.filled.new_patients([row.id for row in rows], within=current_locations()),
        text=text,
        probably_nobody=probably_nobody,
        size=size,
        browsable=browsable,
        everyone=everyone,
        page=page,
        pages=pages,
    )


@bp.get("/physicians/<int:physician_id>", endpoint="physician")
@roles("front_desk", "manager", "liaison", "administrator")
def physician_page(physician_id: int) -> Any:
    """The card alone for the desk; whoever reads reports is led to the page that holds everything."""
    found = queries.physician(physician_id)
    if page := PHYSICIAN_PAGE.filled(found.id):
        return redirect(page, 302)
    return render_template("directory/physicians/physician.html", **card_of(found))


@bp.get("/physicians/new", endpoint="new_physician")
@bp.post("/physicians/new", guard=roles("manager", "administrator"))
def add_physician() -> Response | tuple[str, int]:
    form = _form(last_name=request.args.get("name", "")[:80])
    alike: list[Physician] = []
    if form.validate_on_submit():
        alike = queries.likely_same(
            first_name=form.first_name.data or "", last_name=form.last_name.data or "", city=form.city.data or ""
        )
        if alike and request.form.get("sure") != "yes":
            return _form_page(form, None, alike)
        try:
            physician = verbs.add_physician(**form.facts)
        except verbs.NpiTaken as taken:
            alike = [_refused(form, taken)]
        else:
            db.session.commit()
            tell(f"{_name(physician)} is added.")
            return _physician_page(physician.id)
    return _form_page(form, None, alike)


@bp.get("/physicians/<int:physician_id>/change", endpoint="edit_physician")
@bp.post("/physicians/<int:physician_id>/change", guard=roles("manager", "administrator"))
def change_physician(physician_id: int) -> Response | tuple[str, int]:
    found = queries.physician(physician_id)
    form = _form(found, obj=found)
    alike: list[Physician] = []
    if form.validate_on_submit():
        try:
            verbs.change_physician(found, **form.facts)
        except verbs.NpiTaken as taken:
            alike = [_refused(form, taken)]
        else:
            db.session.commit()
            tell(f"{_name(found)} is saved.")
            return _physician_page(found.id)
    return _form_page(form, found, alike)


@bp.post("/physicians/<int:physician_id>/set-aside", guard=roles("manager", "administrator"))
def set_physician_aside(physician_id: int) -> Response:
    found = queries.physician(physician_id)
    verbs.set_aside(found)
    db.session.commit()
    back = url_for("directory.bring_physician_back", physician_id=found.id)
    tell(f"{_name(found)} is no longer offered.", undo=back)
    return _physician_page(found.id)


@bp.post("/physicians/<int:physician_id>/bring-back", guard=roles("manager", "administrator"))
def bring_physician_back(physician_id: int) -> Response:
    found = queries.physician(physician_id)
    verbs.bring_back(found)
    db.session.commit()
    if found.active:
        tell(f"{_name(found)} is offered again.")
    else:
        tell(f"The registry has deactivated the number of {_name(found)}.", kind="problem")
    return _physician_page(found.id)


def _form(found: Physician | None = None, **values: Any) -> PhysicianForm:
    practices = [
        (practice.id, f"{practice.name}, {practice.city}" if practice.city else practice.name)
        for practice, _ in queries.practices_with_members()
    ]
    keep = None
    if found is not None:
        if found.referring_practice and found.referring_practice_id not in {value for value, _ in practices}:
            # One that was merged stays this physician's own until somebody chooses another.
            practices.append((found.referring_practice.id, found.referring_practice.name))
        keep = {
            "code": found.taxonomy_code,
            "specialty": specialty_name(found.taxonomy_code),
            "state": found.state,
        }
    return PhysicianForm(practices=practices, keep=keep, **values)


def _form_page(form: PhysicianForm, found: Physician | None, alike: list[Physician]) -> tuple[str, int]:
    page = render_template(
        "directory/physicians/physician_form.html",
        form=form,
        physician=found,
        alike=alike,
        specialties=specialty_names({row.taxonomy_code for row in alike}),
    )
    return page, 422 if form.is_submitted() else 200


def _refused(form: PhysicianForm, taken: verbs.NpiTaken) -> Physician:
    """Say at the NPI who has it already; return that physician."""
    form.npi.errors = [f"{_name(taken.physician)} has this NPI already."]
    return taken.physician


def _physician_page(physician_id: int) -> Response:
    return redirect(physician_address(physician_id), 303)


def _name(physician: Physician) -> str:
    return f"{proper(physician.first_name)} {proper(physician.last_name)}".strip()
