"""Answers that a tablet kept while it was offline: recorded once, with their own time."""

from datetime import datetime, timedelta
from urllib.parse import parse_qsl

from flask import Blueprint, Flask, Response, request
from werkzeug.datastructures import MultiDict

from intake import clock, log
from intake.accounts.auth.guards import kiosk_device
from intake.accounts.current import current_device
from intake.capture.kiosk import sealing
from intake.capture.models import Handover
from intake.capture.patient_flow import queries
from intake.capture.patient_flow.handover import practice_languages
from intake.capture.patient_flow.session import BACK, SEARCH, PatientSession
from intake.capture.patient_flow.text_input import InputRefused
from intake.db import db
from intake.survey.recording.record_answer import SubmissionReused

bp = Blueprint("late", __name__)

MOST_FIELDS = 200
KEPT, NEVER = 204, 422


def init_app(app: Flask) -> None:
    app.jinja_env.globals["late_key"] = sealing.public_key


@bp.post("/kiosk/late")
@kiosk_device
def late() -> Response:
    """Record a late answer. 204: recorded, now or before. 422: never will be, so the tablet may forget it."""
    try:
        opened = sealing.open_sealed(request.form.get("sealed", ""))
        form = MultiDict(parse_qsl(opened.form, keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError:
        return _never("unreadable")
    held = queries.held_visit(current_device().id, form.get("handover", "")[:40], lock=True)
    if held is None:
        return _never("unknown")
    if held.handover.visit.patient.erased_at is not None:
        return _never("erased")
    try:
        _take(held.handover, form, opened.language)
    except (InputRefused, SubmissionReused):
        db.session.rollback()
        return _never("says nothing new")
    db.session.commit()
    return Response(status=KEPT)


def _take(handover: Handover, form: MultiDict[str, str], language: str) -> None:
    """Record it unless it was before. Raises InputRefused for what says nothing new."""
    if queries.has_answer(handover.ask_id, form.get("submission_id", "")):
        return
    spoken = language if language in practice_languages() else handover.ask.language
    patient_session = PatientSession(handover, spoken, device_id=handover.device_id, answered_at=_given_at(handover))
    if form.get("do", "") in (BACK, SEARCH) or patient_session.is_step_done(form.get("step", "")):
        raise InputRefused("problem.choose_one")
    patient_session.take(form)


def _given_at(handover: Handover) -> datetime:
    """Return when it was given, by how long it waited (a tablet's clock may be wrong); never before the ask."""
    waited = request.form.get("waited", "")
    seconds = int(waited) if waited.isascii() and waited.isdigit() and len(waited) < 9 else 0
    return max(clock.now() - timedelta(seconds=seconds), handover.handed_at)


def _never(reason: str) -> Response:
    log.logger().warning("late_answer_not_taken", reason=reason, device=current_device().id)
    return Response(status=NEVER)
