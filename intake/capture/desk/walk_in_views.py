"""Adding a walk-in, without a second chart of a person who has one."""

from datetime import date, timedelta

from flask import make_response, render_template, url_for
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response

from intake import clock
from intake.accounts.audit import audit_trail
from intake.accounts.auth.guards import roles
from intake.accounts.current import current_locations, current_staff
from intake.capture.desk import views
from intake.capture.desk.forms import WalkInForm
from intake.capture.desk.queries import practice_language
from intake.capture.desk.walk_in_queries import charts_of_person, lock_patient, providers_of_day, visits_today
from intake.capture.patient_flow.handover import practice_languages
from intake.capture.text.planning.eligibility import note_consent
from intake.config import current_settings
from intake.db import db
from intake.directory.models import Location, Patient, Visit, VisitStatus
from intake.directory.name_keys import normal
from intake.directory.patients import queries as directory
from intake.directory.patients.provisional import is_provisional, new_placeholder, provisional_chart
from intake.directory.patients.records import MrnTaken, add_patient, change_patient, set_facts
from intake.directory.patients.visits import add_visit
from intake.id_filters import read_id
from intake.survey.question import wording
from intake.web.http.route_guards import Pages

bp = Pages("desk_walk_in", __name__)

SEND_TWICE_SECONDS = 120
SOMEBODY_ELSES = "This chart number belongs to somebody else. Check it."


class SomebodyElsesChart(ValueError):
    """The chart number belongs to a person of another name."""


@bp.get("/desk/visits/new", guard=roles("front_desk", "manager"))
def new() -> Response:
    """Show the form for a walk-in."""
    place = views.chosen_place()
    if place is None:
        return make_response(render_template("capture/arrivals/no_location.html"))
    return _page(place, _form())


@bp.post("/desk/visits/new", guard=roles("front_desk", "manager"))
def add() -> Response:
    """Add the visit, and the patient unless there is a chart. Anything doubtful is asked on the form."""
    place = views.chosen_place()
    if place is None:
        return make_response(render_template("capture/arrivals/no_location.html"), 422)
    form = _form()
    if not form.validate_on_submit():
        return _page(place, form, status=422)
    try:
        patient = _known_chart(form)
    except SomebodyElsesChart:
        return _page(place, form, status=422)
    if patient is None and form.chart.data != "new":
        alike = charts_of_person(
            form.last_name.data or "", form.first_name.data or "", form.born, within=current_locations()
        )
        if alike:
            audit_trail.record("patients.searched", found=len(alike), location_id=place.location.id)
            db.session.commit()
            return _page(place, form, alike=alike, status=422)
    try:
        visit = _visit(form, patient, place.location)
    except (MrnTaken, IntegrityError):
        # The same form sent twice at once: the first one made the chart, and the second finds it now.
        db.session.rollback()
        visit = _visit(form, _known_chart(form), place.location)
    if visit is None:
        assert patient is not None
        today = visits_today(patient.id, place.location)
        return _page(place, form, already=today[0], status=422)
    _note_consent(form, visit)
    db.session.commit()
    return views.done(visit, "added")


def _note_consent(form: WalkInForm, visit: Visit) -> None:
    """Record consent for the number typed, which replaces the chart's."""
    if form.agrees.data and form.mobile_e164:
        change_patient(visit.patient, mobile_e164=form.mobile_e164)
        note_consent(visit, source="desk", staff_id=current_staff().id)


def _visit(form: WalkInForm, patient: Patient | None, location: Location) -> Visit | None:
    """Return the new visit, or the one just made when the form came twice; None when another visit of today exists."""
    if patient is not None:
        lock_patient(patient.id)
        today = visits_today(patient.id, location)
        for visit in today:
            by_hand = visit.appointment_id is None
            if by_hand and (clock.now() - visit.created_at).total_seconds() < SEND_TWICE_SECONDS:
                return visit
        if today and not form.again.data:
            return None
    else:
        patient = add_patient(
            mrn=form.mrn.data or new_placeholder(),
            first_name=form.first_name.data or "",
            last_name=form.last_name.data or "",
            birth_date=form.born,
            mobile_e164=form.mobile_e164,
            language=form.language.data or None,
        )
    return add_visit(
        patient_id=patient.id,
        location=location,
        scheduled_at=clock.now().replace(second=0, microsecond=0),
        visit_type=form.visit_type.data,
        status=VisitStatus.ARRIVED,
        provider=form.provider.data or "",
        language=form.language.data or None,
    )


def _known_chart(form: WalkInForm) -> Patient | None:
    """Return the patient whose chart this is. Raises SomebodyElsesChart, with the sentence on the form."""
    if chart := read_id(form.chart.data or ""):
        try:
            return _corrected(directory.patient(chart, within=current_locations()), form)
        except directory.NoSuchPatient:
            form.chart.data = ""
    if not form.mrn.data:
        return _just_added(form)
    known = directory.find_patient_by_mrn(form.mrn.data)
    if known is None or _is_same_person(known, form.last_name.data or "", form.first_name.data or "", form.born):
        return known
    sentence = SOMEBODY_ELSES
    try:
        directory.patient(known.id, within=current_locations())
        sentence = f"This is the chart of {known.first_name} {known.last_name}. Check the number or the name."
        audit_trail.record("patients.searched", found=1)
        db.session.commit()
    except directory.NoSuchPatient:
        # Seen at other locations only: whose chart it is stays there.
        pass
    form.mrn.errors = [sentence]
    raise SomebodyElsesChart


def _corrected(patient: Patient, form: WalkInForm) -> Patient:
    """Return the walk-in of a moment ago with what was corrected since; a real chart is the practice system's."""
    try:
        if is_provisional(patient.mrn):
            set_facts(patient, birth_date=form.born, mrn=form.mrn.data or None)
    except MrnTaken:
        form.mrn.errors = [SOMEBODY_ELSES]
        raise SomebodyElsesChart from None
    return patient


def _just_added(form: WalkInForm) -> Patient | None:
    """Return the chart that this very form, sent twice, has just made; it has no number to be known by."""
    last, first = form.last_name.data or "", form.first_name.data or ""
    return provisional_chart(last, first, form.born, since=clock.now() - timedelta(seconds=SEND_TWICE_SECONDS))


def _is_same_person(known: Patient, last_name: str, first_name: str, born: date | None) -> bool:
    same_name = normal(known.last_name) == normal(last_name) and normal(known.first_name) == normal(first_name)
    same_birth = born is not None and born == known.birth_date
    half = normal(known.last_name) == normal(last_name) or normal(known.first_name) == normal(first_name)
    return (same_name and (born is None or known.birth_date is None or same_birth)) or (same_birth and half)


def _form() -> WalkInForm:
    return WalkInForm([(code, wording.language(code).name) for code in practice_languages()])


def _page(
    place: views.ArrivalsPlace,
    form: WalkInForm,
    *,
    alike: list[Patient] | None = None,
    already: Visit | None = None,
    status: int = 200,
) -> Response:
    page = render_template(
        "capture/arrivals/new_visit.html",
        place=place,
        form=form,
        alike=alike or [],
        already=already,
        providers=providers_of_day(place.location.id, place.today),
        asks=wording.text("text.consent", practice_language()) if current_settings().texting else "",
        address=url_for("desk_walk_in.add", **place.query),
    )
    return make_response(page, status)
