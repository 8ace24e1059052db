"""Finding one's own visit of today on the tablet, by date of birth alone."""

from dataclasses import replace
from datetime import timedelta

from flask import Blueprint, Response, request, url_for

from intake import clock
from intake.accounts.audit import audit_trail
from intake.accounts.auth import throttle
from intake.accounts.auth.guards import kiosk_device
from intake.accounts.current import current_device
from intake.capture.kiosk.views import owner_of, touch, waiting_display
from intake.capture.patient_flow import birth_dates, display_settings, queries
from intake.capture.patient_flow.display_settings import Display
from intake.capture.patient_flow.handover import AlreadyAnswered, hand_over
from intake.capture.patient_flow.pages import onward, page
from intake.capture.patient_flow.text_input import InputRefused
from intake.db import db
from intake.directory.models import Visit
from intake.survey.question import wording

bp = Blueprint("finding", __name__)

# Somebody trying out birthdays gives up here; a patient who mistypes theirs does not.
ALLOWED = 10
WINDOW = timedelta(minutes=5)
EXAMPLE = {"day": "14", "month": "3", "year": "1985"}


@bp.get("/kiosk/find")
@kiosk_device
def ask_birth_date() -> Response:
    return _page("capture/kiosk/find.html", waiting_display())


@bp.post("/kiosk/find")
@kiosk_device
def find() -> Response:
    """Find the visit, by initials when two share the day; one with an answer is thanked like any other."""
    display = waiting_display()
    if display_settings.was_pressed():
        return _page("capture/kiosk/find.html", display)
    # The guard's transaction would be in the way of the count, which commits on its own; so would ours, below.
    db.session.commit()
    claimed = throttle.claim([throttle.bucket("kiosk find", current_device().id)], allowed=ALLOWED, window=WINDOW)
    try:
        if claimed is None:
            raise InputRefused("problem.too_often")
        visits = _visits_found(display)
        visit = _meant(visits)
    except InputRefused as problem:
        return _page("capture/kiosk/find.html", display, status=429 if claimed is None else 422, problem=problem)
    db.session.commit()
    throttle.forget(claimed)
    if visit is None:
        audit_trail.record_reading("tablet.searched", found=len(visits), location_id=current_device().location_id)
        return _page("capture/kiosk/initials.html", display, visits=visits)
    return _begin(visit, display)


def initials(visit: Visit) -> str:
    """Return a patient's initials: 'A. B.'."""
    letters = [name.strip()[:1].upper() for name in (visit.patient.first_name, visit.patient.last_name)]
    return " ".join(f"{letter}." for letter in letters if letter)


def _visits_found(display: Display) -> list[Visit]:
    form, location = request.form, current_device().location
    born = birth_dates.read_birth_date(
        form.get("day", ""),
        form.get("month", ""),
        form.get("year", ""),
        language=display.language.code,
        today=clock.clinic_today(location.time_zone),
    )
    visits = queries.arrivals_born(location, born)
    if not visits:
        raise InputRefused("problem.not_found")
    return visits


def _meant(visits: list[Visit]) -> Visit | None:
    """Return the visit meant; None while none of several is chosen. Raises InputRefused when initials can't tell."""
    if len(visits) == 1:
        return visits[0]
    if len({initials(visit) for visit in visits}) < len(visits):
        raise InputRefused("problem.not_found")
    wanted = request.form.get("who", "")
    return next((visit for visit in visits if initials(visit) == wanted), None)


def _begin(visit: Visit, display: Display) -> Response:
    try:
        # Somebody who chose a language while finding themselves keeps it; the others get their visit's.
        language = None if display.reads_default else display.language.code
        handover = hand_over(visit, current_device(), None, language=language)
    except AlreadyAnswered:
        # Tells a stranger nothing: neither whether somebody answered nor what.
        return display_settings.remember(onward(url_for("kiosk.thanks")), display)
    handover.begun_at = clock.now()
    touch(handover)
    db.session.commit()
    theirs = replace(display, owner=owner_of(handover), language=wording.language(handover.ask.language))
    return display_settings.remember(onward(url_for("kiosk.here")), theirs)


def _page(template: str, display: Display, *, status: int = 200, **values: object) -> Response:
    entered = {name: request.form.get(name, "") for name in ("day", "month", "year")}
    order = birth_dates.parts_order(display.language.code)
    example = " / ".join(EXAMPLE[part] for part in order)
    shown = {"entered": entered, "order": order, "example": example, "initials": initials}
    return page(template, display, status=status, **shown, **values)
