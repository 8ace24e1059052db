"""Answers that a tablet took while it was offline: recorded once, with their own time, or left to the desk."""

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Response, request
from sqlalchemy import select

from intake import clock, log
from intake.accounts import sealing
from intake.accounts.audit import audit_trail
from intake.accounts.auth.guards import locked_device_too
from intake.accounts.current import current_device
from intake.accounts.models import KioskDevice, Staff
from intake.capture.kiosk.late_entry import LateEntry, UnreadableEntry, as_kept, read_entry, replay
from intake.capture.models import Handover, LateAnswer
from intake.capture.patient_flow import queries, text_input
from intake.capture.patient_flow.initials import are_initials_of
from intake.capture.patient_flow.text_input import InputRefused
from intake.capture.patient_flow.urgent_words import heed
from intake.db import db
from intake.directory.models import ReferralSource, Visit
from intake.survey.models import Answer, Channel
from intake.survey.question.choices import choices, drawn_order
from intake.survey.recording.record_answer import NewAsk, NothingToAnswer, SubmissionReused, save_ask
from intake.web.http.route_guards import Pages

bp = Pages("late", __name__)

TAKEN_IN, NEVER = 204, 422


@bp.post("/kiosk/late", guard=locked_device_too)
def late() -> Response:
    """Take in a late answer. 204: recorded or left to the desk, now or before. 422: it can't be opened or read.

    Which patient it is about is never guessed: what fits nobody, or several, waits for the desk.
    """
    try:
        content = sealing.open_sealed(request.form.get("sealed", ""))
        entry = read_entry(content, _given_at())
        content = as_kept(content)
    except (sealing.CannotUnseal, UnreadableEntry):
        log.logger().warning("late_answer_not_read", device=current_device().id)
        return Response(status=NEVER)
    device = current_device()
    if not _is_left_to_desk(entry, content):
        handover = _handover_of(entry, device)
        if handover is not None and handover.visit.patient.erased_at is not None:
            # Nothing of whoever was erased is kept, here or on the tablet.
            return Response(status=TAKEN_IN)
        if handover is None or not _recorded(entry, handover):
            db.session.rollback()
            leave_to_desk(entry, content, db.session.get_one(KioskDevice, device.id))
    db.session.commit()
    return Response(status=TAKEN_IN)


def settle(waiting: LateAnswer, visit: Visit, staff: Staff) -> None:
    """Record a waiting answer as this visit's, for which the desk vouches. Flushes.

    Raises InputRefused, SubmissionReused or NothingToAnswer where nothing can be recorded of it.
    """
    entry = read_entry(waiting.content, waiting.given_at)
    replay(entry, _turn_of(entry, visit, waiting.device_id))
    # It is an answer now, which can be corrected, withdrawn and erased like any other.
    waiting.visit_id, waiting.birth_date, waiting.content = visit.id, None, {}
    put_aside(waiting, staff)


def put_aside(waiting: LateAnswer, staff: Staff) -> None:
    """Take the answer off the desk's list. Flushes."""
    waiting.settled_at, waiting.settled_by_id = clock.now(), staff.id
    audit_trail.record(
        "late_answer.settled",
        subject_kind="visit" if waiting.visit_id else "late_answer",
        subject_id=waiting.visit_id or waiting.id,
        location_id=waiting.location_id,
        late_answer=waiting.id,
    )
    db.session.flush()


def leave_to_desk(entry: LateEntry, content: dict[str, Any], device: KioskDevice) -> None:
    """Keep the answer for the desk to say whose it is. Flushes."""
    day = clock.clinic_day(entry.given_at, device.location.time_zone)
    waiting = LateAnswer(
        entry_id=entry.entry_id,
        location_id=device.location_id,
        device_id=device.id,
        given_at=entry.given_at,
        received_at=clock.now(),
        birth_date=entry.birth_date(day),
        content=content,
    )
    db.session.add(waiting)
    db.session.flush()
    _heed_words(entry)
    audit_trail.record("late_answer.kept", **audit_trail.about(waiting))


def _heed_words(entry: LateEntry) -> None:
    """Words that speak of danger reach somebody before it is known whose they are."""
    for page in entry.pages:
        try:
            submission_id = text_input.submission_id(page.form.get("submission_id", ""))
        except InputRefused:
            continue
        heed(
            page.form.get("text", ""),
            None,
            channel=Channel.KIOSK,
            submission_id=submission_id,
            at=page.at or entry.given_at,
            step=page.form.get("step", ""),
        )


def _recorded(entry: LateEntry, handover: Handover) -> bool:
    try:
        return replay(entry, handover)
    except (InputRefused, SubmissionReused, NothingToAnswer):
        return False


def _is_left_to_desk(entry: LateEntry, content: dict[str, Any]) -> bool:
    """Return whether the desk has it; pages added since are added there, or to the visit that it was found to be."""
    query = select(LateAnswer).where(LateAnswer.entry_id == entry.entry_id).with_for_update()
    waiting = db.session.scalars(query).one_or_none()
    if waiting is not None and waiting.settled_at is None:
        waiting.content = content
        _heed_words(entry)
    return waiting is not None and waiting.visit_id is None


def _handover_of(entry: LateEntry, device: KioskDevice) -> Handover | None:
    """Return whose turn it was: as the pages name it, as recorded before, or the one visit that it fits."""
    if entry.handover:
        held = queries.held_at(device.location_id, entry.handover)
        return held.handover if held else None
    earlier = (
        select(Handover)
        .join(Answer, Answer.ask_id == Handover.ask_id)
        .where(Answer.submission_id.in_(entry.submission_ids))
        .limit(1)
    )
    if (known := db.session.scalars(earlier).first()) is not None:
        return known
    day = clock.clinic_day(entry.given_at, device.location.time_zone)
    born = entry.birth_date(day)
    visits = [] if born is None else queries.arrivals_born(device.location, born, day=day)
    meant = [visit for visit in visits if are_initials_of(entry.initials, visit.patient)]
    # Two visits of one patient on a day are answered at the first.
    if len({visit.patient_id for visit in meant}) != 1:
        return None
    return _turn_of(entry, meant[0], device.id)


def _turn_of(entry: LateEntry, visit: Visit, device_id: int) -> Handover:
    """Save that the question was put when it was, with the options that stood there. Flushes."""
    known = db.session.scalars(select(ReferralSource.code).where(ReferralSource.code.in_(entry.options)))
    codes = set(known)
    offered = tuple(code for code in entry.options if code in codes) or tuple(
        choice.code for choice in drawn_order(choices(visit.visit_date, entry.language))
    )
    ask = save_ask(
        NewAsk(
            channel=Channel.KIOSK,
            language=entry.language,
            asked_at=entry.given_at,
            visit_id=visit.id,
            options=offered,
            device_id=device_id,
        )
    )
    handover = Handover(
        device_id=device_id,
        visit_id=visit.id,
        ask_id=ask.id,
        handed_at=entry.given_at,
        begun_at=entry.given_at,
        ended_at=clock.now(),
        steps_done=[],
    )
    db.session.add(handover)
    db.session.flush()
    return handover


def _given_at() -> datetime:
    """Return when it was given by the tablet's reckoning of our time; never in the future.

    Earlier versions of its script only say how long it waited.
    """
    at, waited = request.form.get("at", ""), request.form.get("waited", "")
    now = clock.now()
    if at.isascii() and at.isdigit() and len(at) < 15:
        return min(now, datetime.fromtimestamp(int(at) / 1000, UTC))
    seconds = int(waited) if waited.isascii() and waited.isdigit() and len(waited) < 9 else 0
    return now - timedelta(seconds=seconds)
