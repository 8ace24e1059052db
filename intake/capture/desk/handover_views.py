"""Handing a visit to a tablet of its location, or to the patient's phone by a personal link."""

from flask import request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from intake import clock
from intake.accounts.auth.guards import roles
from intake.accounts.current import current_locations, current_staff
from intake.capture.desk.queries import open_link_until
from intake.capture.desk.views import done, place_of, render_page
from intake.capture.patient_flow import display_settings, handover
from intake.capture.patient_flow.handover import AlreadyAnswered, WrongTablet, practice_languages
from intake.capture.patient_flow.links import issue_link, link_url, revoke_links
from intake.capture.patient_flow.pages import page
from intake.db import db
from intake.directory.models import Visit
from intake.directory.patients import queries as directory
from intake.web.http.route_guards import Pages
from intake.web.ui.qr_code import qr_code

bp = Pages("desk_handing", __name__)


@bp.get("/desk/visits/<int:visit_id>/tablet", guard=roles("front_desk", "manager"))
def tablet(visit_id: int) -> str:
    """The tablets of this location to choose from, and what is on them."""
    return _tablet_page(directory.visit(visit_id, within=current_locations()))


@bp.post("/desk/visits/<int:visit_id>/tablet", guard=roles("front_desk", "manager"))
def hand(visit_id: int) -> Response | tuple[str, int]:
    """Hand the visit to the tablet that was chosen."""
    visit = directory.visit(visit_id, within=current_locations())
    chosen = request.form.get("device", "")
    device = next((each for each in handover.tablets(visit.location_id) if str(each.id) == chosen), None)
    if device is None:
        return _tablet_page(visit, "That tablet isn’t in use any more. Choose another one."), 422
    if handover.visits_on_tablets(visit.location_id).get(visit_id) == device.name:
        return done(visit, "handed")
    try:
        handover.hand_over(visit, device, current_staff())
    except AlreadyAnswered:
        return _tablet_page(visit, "This visit has an answer already. Correct it at the desk instead."), 422
    except WrongTablet:
        return _tablet_page(visit, "That tablet isn’t in use any more. Choose another one."), 422
    db.session.commit()
    return done(visit, "handed")


@bp.post("/desk/visits/<int:visit_id>/off-tablet", guard=roles("front_desk", "manager"))
def take_off(visit_id: int) -> Response:
    """Take the visit off its tablet."""
    visit = directory.visit(visit_id, within=current_locations())
    handover.take_back(visit)
    db.session.commit()
    return done(visit, "off-tablet")


@bp.get("/desk/visits/<int:visit_id>/link", guard=roles("front_desk", "manager"))
def link(visit_id: int) -> str:
    """Offer a personal link; only the POST makes one."""
    return _link_page(directory.visit(visit_id, within=current_locations()))


@bp.post("/desk/visits/<int:visit_id>/link", guard=roles("front_desk", "manager"))
def show_link(visit_id: int) -> str | Response | tuple[str, int]:
    """Make a link and show it once, as a QR code: only a hash is kept. Earlier ones stop working.

    With `screen` the code stands alone on the whole screen, without this or any other patient's name.
    """
    visit = directory.visit(visit_id, within=current_locations())
    try:
        address = link_url(issue_link(visit, current_staff()))
    except AlreadyAnswered:
        return _link_page(visit, problem="This visit has an answer already. Correct it at the desk instead."), 422
    db.session.commit()
    if request.form.get("screen"):
        display = display_settings.current("desk", offered=practice_languages(), language=handover.language_of(visit))
        home_url = url_for("desk.arrivals", **place_of(visit).query)
        return page(
            "capture/patient_flow/own_phone.html", display, qr=_drawing(address), home_url=home_url, seconds=180
        )
    return _link_page(visit, address=address)


@bp.post("/desk/visits/<int:visit_id>/revoke-link", guard=roles("front_desk", "manager"))
def revoke(visit_id: int) -> Response:
    """Revoke the personal links of this visit."""
    visit = directory.visit(visit_id, within=current_locations())
    revoke_links(visit)
    db.session.commit()
    return done(visit, "link-revoked")


def _tablet_page(visit: Visit, problem: str = "") -> str:
    busy = handover.visits_on_tablets(visit.location_id)
    return render_page(
        "tablet",
        visit=visit,
        place=place_of(visit),
        tablets=handover.tablets(visit.location_id),
        busy={name for visit_id, name in busy.items() if visit_id != visit.id},
        here=busy.get(visit.id),
        now=clock.now(),
        problem=problem,
    )


def _drawing(address: str) -> Markup:
    return qr_code(address, label="QR code of the personal link")


def _link_page(visit: Visit, address: str = "", problem: str = "") -> str:
    return render_page(
        "link",
        visit=visit,
        place=place_of(visit),
        address=address,
        code=_drawing(address) if address else "",
        until=open_link_until(visit.id),
        problem=problem,
    )
