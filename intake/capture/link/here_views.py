"""The poster's address: a patient in the waiting room finds their visit on their own phone.

By the day's room code, date of birth and initials, all at once: nothing is told about anybody before all three are
right, guesses are counted, and the page causes no text.
"""

from datetime import timedelta
from typing import Any

from flask import Response, abort, request, url_for

from intake import clock
from intake.accounts.audit import audit_trail
from intake.accounts.auth import throttle
from intake.accounts.current import Actor
from intake.capture.link.views import preferred_language, whose
from intake.capture.patient_flow import birth_dates, display_settings, queries
from intake.capture.patient_flow.display_settings import Display
from intake.capture.patient_flow.handover import AlreadyAnswered, practice_languages
from intake.capture.patient_flow.initials import are_initials_of
from intake.capture.patient_flow.links import issue_link
from intake.capture.patient_flow.pages import onward, page
from intake.capture.patient_flow.room_codes import is_room_code
from intake.capture.patient_flow.text_input import InputRefused
from intake.db import db
from intake.directory.models import Location, Visit
from intake.directory.patients.queries import find_location_by_code
from intake.web.http.route_guards import Pages, public
from intake.web.wall import location_wall

bp = Pages("here", __name__)
bp.context_processor(whose)

WINDOW = timedelta(minutes=10)
# Wrong tries of a waiting room's whole network, which has one address, and of everybody who tries this room.
ALLOWED_AN_ADDRESS, ALLOWED_A_ROOM = 60, 100
# Some write their whole name.
MOST_LETTERS = 60
BOXES = ("day", "month", "year")
ENTERED = (*BOXES, "initials", "code")
# Which fields a problem is about; the others are about the date.
ABOUT = {
    "problem.too_often": (),
    "problem.room_code": ("code",),
    "problem.initials_missing": ("initials",),
    "problem.not_found_here": ("date", "initials"),
    "problem.cannot_tell": ("date", "initials"),
}


@bp.get("/here/<place>", guard=public("the poster in the waiting room leads here; shows nobody"))
def ask(place: str) -> Response:
    return _page(_location(place), _display())


@bp.post("/here/<place>")
@public("finds a visit of today by room code, date of birth and initials; counted per address and room")
def find(place: str) -> Response:
    location, display = _location(place), _display()
    location_wall.let_see([location.id])
    if display_settings.was_pressed():
        return _page(location, display)
    # The count commits on its own, and the transaction of the reads above would be in its way.
    location_id = location.id
    db.session.commit()
    address = throttle.address_bucket(request.remote_addr)
    claimed = throttle.claim([throttle.bucket("here", address)], allowed=ALLOWED_AN_ADDRESS, window=WINDOW)
    in_room = claimed and throttle.claim(
        [throttle.bucket("here room", location_id)], allowed=ALLOWED_A_ROOM, window=WINDOW
    )
    location = db.session.get_one(Location, location_id)
    try:
        if not claimed or not in_room:
            raise InputRefused("problem.too_often")
        visit = _visit(location, display)
    except InputRefused as problem:
        return _page(location, display, status=429 if problem.key == "problem.too_often" else 422, problem=problem)
    db.session.commit()
    visit_id = visit.id
    throttle.forget([*claimed, *in_room])
    try:
        token = issue_link(db.session.get_one(Visit, visit_id), None)
    except AlreadyAnswered:
        return onward(url_for("link.thanks"))
    db.session.commit()
    return display_settings.remember(onward(url_for("link.open_link", token=token)), display)


def _visit(location: Location, display: Display) -> Visit:
    """Return the one visit that is meant. Raises InputRefused; which of the three is wrong is told of the code only."""
    if not is_room_code(request.form.get("code", "")[:40], location):
        audit_trail.record_refusal("room_code.refused", actor=Actor("system"), location_id=location.id)
        raise InputRefused("problem.room_code")
    today = clock.clinic_today(location.time_zone)
    boxes = [request.form.get(name, "")[:100] for name in BOXES]
    born = birth_dates.read_birth_date(*boxes, language=display.language.code, today=today)
    typed = request.form.get("initials", "")[:MOST_LETTERS]
    if not any(map(str.isalpha, typed)):
        raise InputRefused("problem.initials_missing")
    meant = [visit for visit in queries.arrivals_born(location, born) if are_initials_of(typed, visit.patient)]
    people = {visit.patient_id for visit in meant}
    if len(people) != 1:
        raise InputRefused("problem.cannot_tell" if people else "problem.not_found_here")
    return meant[0]


def _location(place: str) -> Location:
    location = find_location_by_code(place[:20].upper())
    return location if location is not None and location.active else abort(404)


def _display() -> Display:
    offered = practice_languages()
    return display_settings.current("here", offered=offered, language=preferred_language(offered))


def _page(location: Location, display: Display, *, status: int = 200, problem: InputRefused | None = None) -> Response:
    about: dict[str, Any] = {
        "problem": problem,
        "wrong": ABOUT.get(problem.key, ("date",)) if problem else (),
        "location": location,
        "order": birth_dates.parts_order(display.language.code),
        "example": birth_dates.example(display.language.code),
        "entered": {name: request.form.get(name, "") for name in ENTERED},
    }
    return page("capture/link/here.html", display, status=status, **about)
