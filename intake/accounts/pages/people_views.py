"""The pages of staff, for administrators, and those where somebody chooses a password."""

from collections.abc import Callable
from typing import Any

from flask import abort, redirect, render_template, url_for
from werkzeug.wrappers import Response

from intake.accounts import one_time_display
from intake.accounts.auth import sessions
from intake.accounts.auth.guards import roles
from intake.accounts.current import current_locations, current_staff
from intake.accounts.models import Staff
from intake.accounts.pages import queries
from intake.accounts.pages.blueprint import bp
from intake.accounts.pages.forms import NewPasswordForm, PersonForm
from intake.accounts.places import places
from intake.accounts.second_step import records as second_steps
from intake.accounts.single_sign_on import identities
from intake.accounts.staff import password_links, records
from intake.db import db
from intake.web.http.route_guards import public
from intake.web.ui.template_context import practice_facts, tell

TAKEN = "Somebody already signs in with this e-mail address."
LAST = "This is the only administrator. Make somebody else one first."
BEYOND = "You can give access only to locations where you work yourself."
MORE = "You can’t give this role: only an administrator who is a manager too makes somebody a manager."
ADDRESS = "They may do more than you. Only an administrator who is a manager too changes this address."
OWN = "Nobody gives themselves more to do or another location. Ask another administrator."
# Where on the form each is said.
REFUSALS = {
    records.EmailTaken: ("email", TAKEN),
    records.LastAdministrator: ("roles", LAST),
    records.BeyondReach: ("locations", BEYOND),
    records.BeyondRoles: ("roles", MORE),
    records.BeyondAddress: ("email", ADDRESS),
    records.OwnRights: ("roles", OWN),
}


@bp.get("/people", endpoint="people", guard=roles("administrator"))
def people_list() -> str:
    return render_template(
        "accounts/people.html",
        everybody=[each for each in queries.everybody() if records.may_manage(current_staff(), each)],
        last_sign_ins=queries.last_sign_ins(),
        role_words=records.ROLE_WORDS,
        time_zone=practice_facts()[1],
        asks_second_step=second_steps.asks_practice(),
    )


@bp.get("/people/new", guard=roles("administrator"))
def new_person() -> str:
    form = _form(None)
    if len(form.locations.choices) == 1:
        form.locations.data = [form.locations.choices[0].value]
    return render_template("accounts/person_new.html", form=form)


@bp.post("/people/new", guard=roles("administrator", fresh=True))
def add_person() -> Response | tuple[str, int]:
    form = _form(None)
    if not form.validate_on_submit():
        return render_template("accounts/person_new.html", form=form), 422
    chosen = form.roles.data or []
    try:
        staff = records.create_user(
            email=form.email.data or "",
            name=form.name.data or "",
            password=None,
            role=chosen[0],
            more_roles=chosen[1:],
            location_ids=form.locations.data or [],
            all_locations=form.all_locations.data,
            by=current_staff(),
        )
    except tuple(REFUSALS) as refused:
        known = records.just_added(email=form.email.data or "", name=form.name.data or "")
        if isinstance(refused, records.EmailTaken) and known and records.may_manage(current_staff(), known):
            tell(f"{known.name} is added already.", kind="info")
            return redirect(url_for("accounts.person", staff_id=known.id), 303)
        _say_why(form, refused)
        return render_template("accounts/person_new.html", form=form), 422
    return _show_password_link(staff)


@bp.get("/people/<int:staff_id>", guard=roles("administrator"))
def person(staff_id: int) -> str:
    staff = managed(staff_id)
    form = _form(
        staff,
        formdata=None,
        name=staff.name,
        email=staff.email,
        roles=[role.name for role in staff.roles],
        all_locations=staff.all_locations,
        locations=[location.id for location in staff.locations],
    )
    return _person_page(staff, form)


@bp.post("/people/<int:staff_id>", guard=roles("administrator", fresh=True))
def change_person(staff_id: int) -> Response | tuple[str, int]:
    staff = managed(staff_id)
    form = _form(staff)
    if not form.validate_on_submit():
        return _person_page(staff, form), 422
    try:
        signed_out = records.change(
            staff,
            email=form.email.data or "",
            name=form.name.data or "",
            roles=form.roles.data or [],
            location_ids=form.locations.data or [],
            all_locations=form.all_locations.data,
            by=current_staff(),
        )
    except tuple(REFUSALS) as refused:
        _say_why(form, refused)
        return _person_page(staff, form), 422
    myself = staff.id == current_staff().id
    if signed_out and myself:
        sessions.begin(staff)
    db.session.commit()
    tell(f"{staff.name} is saved." + (" They sign in again to go on." if signed_out and not myself else ""))
    return redirect(url_for("accounts.people"), 303)


@bp.post("/people/<int:staff_id>/deactivate", guard=roles("administrator"))
def deactivate_person(staff_id: int) -> Response:
    staff = managed(staff_id)
    try:
        records.deactivate(staff)
    except records.LastAdministrator:
        tell(LAST, kind="problem")
        return redirect(url_for("accounts.person", staff_id=staff_id), 303)
    db.session.commit()
    if staff.id == current_staff().id:
        return redirect(url_for("accounts.sign_in"), 303)
    tell(f"{staff.name} can't sign in any more.", undo=url_for("accounts.reactivate_person", staff_id=staff_id))
    return redirect(url_for("accounts.people"), 303)


@bp.post("/people/<int:staff_id>/reactivate", guard=roles("administrator", fresh=True))
def reactivate_person(staff_id: int) -> Response:
    return _act(staff_id, records.reactivate, "{} can sign in again.")


@bp.post("/people/<int:staff_id>/sign-out", guard=roles("administrator"))
def sign_person_out(staff_id: int) -> Response:
    return _act(staff_id, records.sign_out_everywhere, "{} is signed out everywhere.")


@bp.post("/people/<int:staff_id>/password-link", guard=roles("administrator", fresh=True))
def make_password_link(staff_id: int) -> Response:
    staff = managed(staff_id)
    try:
        return _show_password_link(staff)
    except records.BeyondRoles:
        tell(
            f"{staff.name} may do more than you. Only an administrator who is a manager too makes this link.",
            kind="problem",
        )
        return redirect(url_for("accounts.person", staff_id=staff_id), 303)


@bp.get("/set-password/<token>")
@public("a personal one-time link, 256 random bits; looking at it uses nothing up")
def choose_password(token: str) -> tuple[str, int]:
    link = password_links.find(token)
    if link is None:
        return render_template("accounts/password_link_gone.html"), 404
    return render_template("accounts/set_password.html", form=NewPasswordForm(), staff=link.staff), 200


@bp.post("/set-password/<token>", guard=public("a personal one-time link, 256 random bits"))
def set_password(token: str) -> Response | tuple[str, int]:
    link = password_links.find(token)
    if link is None:
        return render_template("accounts/password_link_gone.html"), 404
    form = NewPasswordForm()
    form.personal = what_is_known_of(link.staff)
    if not form.validate_on_submit():
        return render_template("accounts/set_password.html", form=form, staff=link.staff), 422
    if not password_links.use(link, form.new_password.data or ""):
        return render_template("accounts/password_link_gone.html"), 404
    db.session.commit()
    tell("Your password is set. Sign in with it now.")
    return redirect(url_for("accounts.sign_in"), 303)


def what_is_known_of(staff: Staff) -> list[str]:
    """Return what anybody knows about a person and would try first as their password."""
    return [staff.name, staff.email, practice_facts()[0]]


def _say_why(form: PersonForm, refused: Exception) -> None:
    name, sentence = REFUSALS[type(refused)]
    form[name].errors = [sentence]


def _show_password_link(staff: Staff) -> Response:
    token = password_links.issue(staff, by=current_staff())
    db.session.commit()
    one_time_display.put("password link", staff.id, token)
    return redirect(url_for("accounts.person", staff_id=staff.id), 303)


def _act(staff_id: int, verb: Callable[[Staff], None], sentence: str) -> Response:
    staff = managed(staff_id)
    verb(staff)
    db.session.commit()
    if staff.id == current_staff().id and verb is records.sign_out_everywhere:
        return redirect(url_for("accounts.sign_in"), 303)
    tell(sentence.format(staff.name))
    return redirect(url_for("accounts.person", staff_id=staff_id), 303)


def _person_page(staff: Staff, form: PersonForm) -> str:
    token = one_time_display.take("password link", staff.id)
    return render_template(
        "accounts/person.html",
        person=staff,
        form=form,
        link=url_for("accounts.choose_password", token=token, _external=True) if token else None,
        link_days=password_links.KEPT.days,
        myself=staff.id == current_staff().id,
        may_link=records.may_sign_in_as(current_staff(), staff),
        second_step=second_steps.state(staff),
        linked=identities.is_linked(staff),
        browsers=sessions.open_ones(staff),
        time_zone=practice_facts()[1],
    )


def managed(staff_id: int) -> Staff:
    """Return the member of staff; 404 also for one who works where this administrator doesn't."""
    staff = queries.staff_member(staff_id)
    return staff if records.may_manage(current_staff(), staff) else abort(404)


def _form(staff: Staff | None, **given: Any) -> PersonForm:
    """The form with the administrator's own locations: the active ones, and those this person already has."""
    form = PersonForm(**given)
    held = {location.id for location in staff.locations} if staff is not None else set()
    mine = current_locations()
    form.choose_among(place for place in places() if place.id in mine and (place.active or place.id in held))
    form.offers_all = current_staff().all_locations
    return form
