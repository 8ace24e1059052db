"""Finding one's own visit of today on the tablet: date of birth, initials, the first name where these are shared."""

from dataclasses import replace
from datetime import date, timedelta

from flask import Response, request, url_for

from intake import clock
from intake.accounts.audit import audit_trail
from intake.accounts.auth import throttle
from intake.accounts.auth.guards import kiosk_device
from intake.accounts.current import current_device
from intake.capture.kiosk.views import owner_of, touch, waiting_display
from intake.capture.patient_flow import birth_dates, display_settings, queries, text_input
from intake.capture.patient_flow.display_settings import Display
from intake.capture.patient_flow.handover import AlreadyAnswered, hand_over
from intake.capture.patient_flow.initials import initials
from intake.capture.patient_flow.pages import onward, page
from intake.capture.patient_flow.text_input import InputRefused
from intake.db import db
from intake.directory.models import Visit
from intake.directory.name_keys import normal
from intake.survey.question import wording
from intake.web.http.route_guards import Pages

bp = Pages("finding", __name__)

# Somebody trying out birthdays gives up here; a patient who mistypes theirs does not.
ALLOWED = 10
WINDOW = timedelta(minutes=5)
NONE_OF_THESE = "none"


@bp.get("/kiosk/find", guard=kiosk_device)
def ask_birth_date() -> Response:
    return _page("capture/kiosk/find.html", waiting_display())


@bp.post("/kiosk/find", guard=kiosk_device)
def find() -> Response:
    """Find the visit by birth date, initials and, where these are the same, first name. One with an answer is thanked.

    Nobody's visit is opened before the patient has said that these are their initials: of twins only one may be here.
    """
    display = waiting_display()
    pressed = display_settings.was_pressed()
    if pressed and not request.form.get("born"):
        return _page("capture/kiosk/find.html", display)
    # The guard's transaction would be in the way of the count, which commits on its own; so would ours, below.
    db.session.commit()
    claimed = throttle.claim([throttle.bucket("kiosk find", current_device().id)], allowed=ALLOWED, window=WINDOW)
    try:
        if claimed is None:
            raise InputRefused("problem.too_often")
        born = _birth_date(display)
        said_back = request.form.get("born") == born.isoformat()
        visits = [] if not said_back and _is_interpreted() else _arrivals(born)
        initialled = _of_initials(visits)
        meant = _of_first_name(initialled) if len(initialled) > 1 and not pressed else initialled
    except InputRefused as problem:
        return _page("capture/kiosk/find.html", display, status=429 if claimed is None else 422, problem=problem)
    db.session.commit()
    if len(meant) == 1:
        throttle.forget(claimed)
        return _begin(meant[0], display)
    if not visits:
        throttle.forget(claimed)
        return _page("capture/kiosk/said_back.html", display, born=born)
    if not initialled:
        throttle.forget(claimed)
        audit_trail.record_reading("tablet.searched", found=len(visits), location_id=current_device().location_id)
        shown = list(dict.fromkeys(initials(visit.patient) for visit in visits))
        return _page("capture/kiosk/initials.html", display, shown=shown, born=born)
    typed = request.form.get("first_name", "")
    return _page("capture/kiosk/first_name.html", display, born=born, who=request.form.get("who", ""), typed=typed)


def _birth_date(display: Display) -> date:
    form, language = request.form, display.language.code
    boxes = (form.get("day", ""), form.get("month", ""), form.get("year", ""))
    return birth_dates.read_birth_date(*boxes, language=language, today=_today())


def _is_interpreted() -> bool:
    form = request.form
    boxes = (form.get("day", ""), form.get("month", ""), form.get("year", ""))
    return birth_dates.needs_saying_back(*boxes, today=_today())


def _today() -> date:
    return clock.clinic_today(current_device().location.time_zone)


def _arrivals(born: date) -> list[Visit]:
    visits = queries.arrivals_born(current_device().location, born)
    if not visits:
        raise InputRefused("problem.not_found")
    return visits


def _of_initials(visits: list[Visit]) -> list[Visit]:
    """Return the visits with the initials that were chosen; none while none are."""
    who = request.form.get("who", "")
    if who == NONE_OF_THESE:
        raise InputRefused("problem.ask_desk")
    return [visit for visit in visits if initials(visit.patient) == who]


def _of_first_name(visits: list[Visit]) -> list[Visit]:
    """Return the visits with the first name typed, all while none is. Raises InputRefused when it can't tell."""
    names = [normal(visit.patient.first_name) for visit in visits]
    typed = normal(text_input.words(request.form.get("first_name", ""), longest=text_input.LONGEST_NAME))
    found = [visit for visit, name in zip(visits, names, strict=True) if typed and _is_name(typed, name)]
    if len(set(names)) == 1 or ("first_name" in request.form and typed and len(found) != 1):
        raise InputRefused("problem.cannot_tell")
    return found or visits


def _is_name(typed: str, name: str) -> bool:
    """Return whether it is the name, or all of it but further first names: 'ana' for 'Ana Maria'."""
    same_first = typed.split()[:1] == name.split()[:1]
    return typed == name or (same_first and (typed in name or name in typed))


def _begin(visit: Visit, display: Display) -> Response:
    try:
        # Somebody who chose a language while finding themselves keeps it; the others get their visit's.
        language = None if display.reads_default else display.language.code
        handover = hand_over(visit, current_device(), None, language=language)
    except AlreadyAnswered:
        # Tells a stranger nothing: neither whether somebody answered nor what.
        last = queries.handover_just_ended(current_device().id, visit_id=visit.id)
        thanked = replace(display, owner=owner_of(last)) if last else display
        return display_settings.remember(onward(url_for("kiosk.thanks")), thanked)
    handover.begun_at = clock.now()
    touch(handover)
    db.session.commit()
    theirs = replace(display, owner=owner_of(handover), language=wording.language(handover.ask.language))
    return display_settings.remember(onward(url_for("kiosk.here")), theirs)


def _page(template: str, display: Display, *, status: int = 200, **values: object) -> Response:
    entered = {name: request.form.get(name, "") for name in ("day", "month", "year")}
    code = display.language.code
    about = {
        "entered": entered,
        "order": birth_dates.parts_order(code),
        "example": birth_dates.example(code),
        "say_birth_date": birth_dates.say_birth_date,
    }
    return page(template, display, status=status, **about, **values)
