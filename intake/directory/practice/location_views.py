"""The practice's locations, for administrators."""

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from intake import phone
from intake.accounts.auth.guards import roles
from intake.accounts.current import current_locations
from intake.db import db
from intake.directory.blueprint import bp
from intake.directory.models import Location
from intake.directory.patients import queries
from intake.directory.practice import locations
from intake.directory.practice.forms import LocationForm
from intake.web.ui.template_context import tell

TAKEN = "Another location has this code. Choose a different one."
LAST = "This is the only open location. Add another one first."


@bp.get("/locations", endpoint="locations", guard=roles("administrator"))
def location_list() -> str:
    within = current_locations()
    mine = [location for location in locations.locations() if location.id in within]
    return render_template("directory/practice/locations.html", locations=mine)


@bp.get("/locations/new", endpoint="new_location")
@bp.post("/locations/new", guard=roles("administrator", everywhere=True))
def add_location() -> Response | tuple[str, int]:
    form = LocationForm()
    if form.validate_on_submit():
        try:
            location = locations.add_location(**form.facts)
        except locations.CodeTaken:
            form.code.errors = [TAKEN]
        else:
            db.session.commit()
            tell(f"{location.name} is added. Say under People who works there.")
            return redirect(url_for("directory.locations"), 303)
    return _form_page(form, None)


@bp.get("/locations/<int:location_id>", endpoint="location")
@bp.post("/locations/<int:location_id>", guard=roles("administrator"))
def change_location(location_id: int) -> Response | tuple[str, int]:
    found = queries.location(location_id, within=current_locations())
    form = LocationForm(obj=found, phone_number=phone.national(found.phone_e164))
    if form.validate_on_submit():
        try:
            locations.change_location(found, **form.facts)
        except locations.CodeTaken:
            form.code.errors = [TAKEN]
        else:
            db.session.commit()
            tell(f"{found.name} is saved.")
            return redirect(url_for("directory.locations"), 303)
    return _form_page(form, found)


@bp.post("/locations/<int:location_id>/close", guard=roles("administrator"))
def close_location(location_id: int) -> Response:
    found = queries.location(location_id, within=current_locations())
    try:
        locations.close_location(found)
    except locations.LastLocation:
        tell(LAST, kind="problem")
        return redirect(url_for("directory.location", location_id=location_id), 303)
    db.session.commit()
    tell(f"{found.name} is closed.", undo=url_for("directory.reopen_location", location_id=location_id))
    return redirect(url_for("directory.locations"), 303)


@bp.post("/locations/<int:location_id>/reopen", guard=roles("administrator"))
def reopen_location(location_id: int) -> Response:
    found = queries.location(location_id, within=current_locations())
    locations.reopen_location(found)
    db.session.commit()
    tell(f"{found.name} is open again.")
    return redirect(url_for("directory.locations"), 303)


def _form_page(form: LocationForm, location: Location | None) -> tuple[str, int]:
    page = render_template("directory/practice/location.html", form=form, location=location)
    return page, 422 if form.is_submitted() else 200
