"""Texting at the desk: consent, sending by hand, the conversation, opt-out."""

from flask import request, url_for
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response

from intake import phone
from intake.accounts.audit import audit_trail
from intake.accounts.auth.guards import roles
from intake.accounts.current import current_locations, current_staff, is_background
from intake.capture.desk.queries import practice_language
from intake.capture.desk.views import done, place_of, render_page
from intake.capture.patient_flow.handover import language_of
from intake.capture.text.conversation.threads import thread_of
from intake.capture.text.planning.eligibility import (
    ON_ITS_WAY,
    TextEligibility,
    leaving_sentence,
    note_consent,
    text_eligibility,
)
from intake.capture.text.planning.planner import NotTextable, start_survey
from intake.config import Settings, current_settings
from intake.db import db
from intake.directory.models import Visit
from intake.directory.patients import queries as directory
from intake.directory.patients.records import change_patient
from intake.phone import NotAPhoneNumber
from intake.sms.consent.consent import SET_RIGHT_AT_DESK, record_opt_out, set_stop_right
from intake.sms.models import TextPlan
from intake.survey.question import wording
from intake.web.http.route_guards import Pages

bp = Pages("desk_texting", __name__)

NOT_A_NUMBER = "That isn’t a telephone number. Ten digits do, such as 518 555 0142."
SOURCES = {
    "desk": "at the desk",
    "kiosk": "on the tablet",
    "schedule": "in your practice system",
    "paper": "on paper",
    "start_word": "by texting START",
}


@bp.get("/desk/visits/<int:visit_id>/text", guard=roles("front_desk", "manager"))
def conversation(visit_id: int) -> str:
    """Show the conversation, or whether a text may be sent."""
    visit = directory.visit(visit_id, within=current_locations())
    audit_trail.record_reading("text.conversation", repeats=is_background(), **audit_trail.about(visit))
    return _page(visit)


@bp.post("/desk/visits/<int:visit_id>/text", guard=roles("front_desk", "manager"))
def send(visit_id: int) -> Response | tuple[str, int]:
    """Queue the survey of this visit; a worker sends it at once or at the next allowed hour."""
    visit = directory.visit(visit_id, within=current_locations())
    return _send(visit)


@bp.post("/desk/visits/<int:visit_id>/text-consent", guard=roles("front_desk", "manager"))
def agree(visit_id: int) -> Response | tuple[str, int]:
    """Record consent for the number shown or typed; with `then=send` queue the text too."""
    visit = directory.visit(visit_id, within=current_locations())
    typed = request.form.get("mobile", "").strip()[:40]
    try:
        number = phone.to_e164(typed) if typed else visit.patient.mobile_e164
    except NotAPhoneNumber:
        return _page(visit, problem=NOT_A_NUMBER, typed=typed), 422
    if number is None:
        return _page(visit, problem="Type the mobile number that the patient agreed for.", typed=typed), 422
    change_patient(visit.patient, mobile_e164=number)
    eligibility = text_eligibility(visit, current_settings())
    if eligibility.stopped_by and eligibility.stopped_by not in SET_RIGHT_AT_DESK:
        db.session.commit()
        return _page(visit, problem=eligibility.refusal), 422
    set_stop_right(number, patient_id=visit.patient_id)
    note_consent(visit, source="desk", staff_id=current_staff().id)
    if request.form.get("then") == "send":
        return _send(visit)
    db.session.commit()
    return done(visit, "agreed")


@bp.post("/desk/visits/<int:visit_id>/no-texts", guard=roles("front_desk", "manager"))
def no_texts(visit_id: int) -> Response:
    """Record an opt-out of this phone, for all visits."""
    visit = directory.visit(visit_id, within=current_locations())
    number = visit.patient.mobile_e164
    if number:
        record_opt_out(number, reason="staff")
        db.session.commit()
    return done(visit, "no-texts" if number else "no-number")


@bp.post("/desk/visits/<int:visit_id>/texts-again", guard=roles("front_desk", "manager"))
def texts_again(visit_id: int) -> Response:
    """Lift a stop that was inferred or noted at the desk, with the patient present; the phone’s own STOP stays."""
    visit = directory.visit(visit_id, within=current_locations())
    if visit.patient.mobile_e164:
        set_stop_right(visit.patient.mobile_e164, patient_id=visit.patient_id)
        db.session.commit()
    return done(visit, "texts-again")


def _send(visit: Visit) -> Response | tuple[str, int]:
    settings = current_settings()
    refusal = text_eligibility(visit, settings).refusal
    if refusal:
        # Consent just noted stays noted, whatever comes of the text.
        db.session.commit()
        return _page(visit, problem=refusal), 422
    plan = db.session.get(TextPlan, visit.location_id)
    try:
        with db.session.begin_nested():
            start_survey(visit, plan=plan, staff_id=current_staff().id)
    except (NotTextable, IntegrityError) as error:
        db.session.commit()
        again = text_eligibility(visit, settings).refusal
        return _page(visit, problem=str(error) if isinstance(error, NotTextable) else again), 422
    db.session.commit()
    return done(visit, "texted")


def _page(visit: Visit, *, problem: str = "", typed: str = "") -> str:
    settings = current_settings()
    eligibility: TextEligibility = text_eligibility(visit, settings)
    language = language_of(visit)
    return render_page(
        "text",
        visit=visit,
        place=place_of(visit),
        eligibility=eligibility,
        messages=thread_of(visit.id, language=practice_language(), time_zone=visit.location.time_zone),
        asks=wording.text("text.consent", language),
        asks_in=wording.language(language),
        sources=SOURCES,
        can_text=settings.texting,
        leaving=_waiting(visit, settings),
        problem=problem,
        typed=typed or phone.national(visit.patient.mobile_e164),
        correct=url_for("desk_recording.answer", visit_id=visit.id),
    )


def _waiting(visit: Visit, settings: Settings) -> str:
    """Return what a queued text waits for; empty when it leaves within seconds."""
    sentence = leaving_sentence(visit, settings)
    return "" if sentence == ON_ITS_WAY else sentence[0].upper() + sentence[1:]
