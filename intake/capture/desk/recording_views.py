"""Recording, correcting and withdrawing an answer at the desk; marking arrivals."""

import uuid
from datetime import datetime

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from intake import clock
from intake.accounts.audit import audit_trail
from intake.accounts.auth.guards import roles
from intake.accounts.current import current_locations, current_staff
from intake.capture.answer_form.form import AnswerForm
from intake.capture.answer_form.people import look_up, resolve_people
from intake.capture.answer_form.readable_answers import (
    ChartedPhysician,
    ReadableAnswer,
    answers_of_visit,
    charted_physicians,
    current_answers,
    in_conflict,
    was_recorded,
)
from intake.capture.answer_form.return_reasons import reason_of
from intake.capture.answer_form.thanks_wishes import MayThank, record_wish
from intake.capture.desk import queries, reply_answers
from intake.capture.desk.answer_keys import keys_for
from intake.capture.desk.notices import latest_answer
from intake.capture.desk.reply_answers import TextedAnswer, texted_answer
from intake.capture.desk.return_views import may_be_asked
from intake.capture.desk.views import done, place_of, render_page
from intake.capture.patient_flow.handover import language_of, visits_on_tablets
from intake.capture.patient_flow.handover import take_back as take_off_tablets
from intake.capture.text.staff_pages.handling import put_back
from intake.db import db
from intake.directory.models import Visit, VisitStatus
from intake.directory.patients import queries as directory
from intake.directory.patients.visits import change_status, mark_arrived
from intake.id_filters import read_id
from intake.survey.answers.referrals import ReferralCycle, SelfReferral
from intake.survey.models import Channel, Outcome
from intake.survey.question.choices import SourceChoice, choices
from intake.survey.question.wording import DEFAULT_LANGUAGE
from intake.survey.recording.mentions import recorded_mentions
from intake.survey.recording.record_answer import NewAsk, Submission, SubmissionReused, record_answer, withdraw_answer
from intake.web.http.route_guards import Pages
from intake.web.ui.template_context import tell

bp = Pages("desk_recording", __name__)

# Undoing the same step twice must be one undoing: its submission id follows from the answer it undoes.
UNDOING = uuid.UUID("6f0c1d0e-7d0a-4a3c-9f57-0f4f2c1f6a51")


@bp.get("/desk/visits/<int:visit_id>", guard=roles("front_desk", "manager"))
def visit(visit_id: int) -> str:
    """Show one visit: its current answer, its history, and the actions."""
    found = directory.visit(visit_id, within=current_locations())
    language = queries.practice_language()
    history = answers_of_visit(visit_id, language=language)
    current_answer = current_answers([visit_id], language=language).get(visit_id)
    charted = charted_physicians([visit_id]).get(visit_id, ())
    audit_trail.record_reading("visit.answers", **audit_trail.about(found))
    return render_page(
        "visit",
        visit=found,
        place=place_of(found),
        current_answer=current_answer,
        history=history,
        charted=charted,
        conflicts=in_conflict(current_answer, charted),
        tablet=visits_on_tablets(found.location_id).get(visit_id),
        link_until=queries.open_link_until(visit_id),
        came_back=may_be_asked(found),
        return_reason=reason_of(visit_id),
        return_choices=choices(found.visit_date, language),
    )


@bp.get("/desk/visits/<int:visit_id>/answer", guard=roles("front_desk", "manager"))
def answer(visit_id: int) -> str:
    """Show the question's form with the current answer; `source` ticks one, `reply` fills in what a text says."""
    found = directory.visit(visit_id, within=current_locations())
    offered, current_answer = _on_offer(found)
    chosen = read_id(request.args.get("source", ""))
    form = AnswerForm.of(current_answer, offered) if current_answer else AnswerForm.blank(offered, chosen=chosen)
    texted = _texted(found)
    if texted is not None:
        reply_answers.propose(form, texted, found)
    return _form_page(found, form, offered, current_answer=current_answer)


@bp.post("/desk/visits/<int:visit_id>/answer", guard=roles("front_desk", "manager"))
def record(visit_id: int) -> Response | tuple[str, int]:
    """Record the answer, once however often it is sent. Where another came first, both are shown (409)."""
    found = directory.visit(visit_id, within=current_locations())
    offered, current_answer = _on_offer(found)
    form = AnswerForm.blank(offered)
    form.offer(current_answer)
    form.read(request.form)
    if request.form.get("find"):
        look_up(form, request.form["find"], within=current_locations())
        db.session.commit()
        return _form_page(found, form, offered, current_answer=current_answer), 200
    if not (form.check() and resolve_people(form, within=current_locations())):
        return _form_page(found, form, offered, current_answer=current_answer), 422
    if current_answer and current_answer.answer_id != form.seen and not was_recorded(form.submission_id):
        return _form_page(found, form, offered, current_answer=current_answer, overtaken=True), 409
    texted = _texted(found)
    # Whoever texts isn't at the desk.
    arrives = texted is None and arrives_by_answering(found)
    charted = charted_physicians([visit_id]).get(visit_id, ())
    try:
        recorded = record_answer(_submission(found, form, offered, charted, texted))
    except SelfReferral:
        form.refuse_person("That is the patient themselves. Choose who sent them, or keep the name as they said it.")
    except ReferralCycle:
        form.refuse_person("This patient sent that person, so it can't be the other way round. Keep the name as said.")
    except SubmissionReused:
        form.errors["form"] = "This page belonged to another visit. Check the name and record it again."
        form.submission_id = str(uuid.uuid4())
    else:
        if recorded.is_current:
            take_off_tablets(found, only_waiting=True)
            if form.wish:
                record_wish(found, MayThank(form.wish), staff_id=current_staff().id)
            if texted is not None:
                reply_answers.close(texted, staff_id=current_staff().id)
            db.session.commit()
            did = "corrected" if form.seen else "recorded"
            return _back_to_replies(found, texted, recorded.answer_id) if texted else done(found, did, arrived=arrives)
        # Another door was quicker by a moment: nothing of this is kept until somebody has seen both.
        db.session.rollback()
        found = directory.visit(visit_id, within=current_locations())
        return _form_page(found, form, offered, current_answer=_on_offer(found)[1], overtaken=True), 409
    db.session.rollback()
    return _form_page(
        directory.visit(visit_id, within=current_locations()), form, offered, current_answer=current_answer
    ), 422


@bp.post("/desk/visits/<int:visit_id>/take-back", guard=roles("front_desk", "manager"))
def take_back(visit_id: int) -> Response:
    """Withdraw the current answer: the patient counts as not asked again."""
    found = directory.visit(visit_id, within=current_locations())
    latest = latest_answer(visit_id)
    expected = request.form.get("answer", "")
    if latest is not None and str(latest.answer_id) == expected:
        withdraw_answer(visit_id=visit_id, submission_id=_follows(expected), staff_id=current_staff().id)
        db.session.commit()
        return done(found, "taken-back")
    return done(found, "taken-back" if latest and latest.submission_id == _follows(expected) else "changed")


@bp.post("/desk/visits/<int:visit_id>/undo", guard=roles("front_desk", "manager"))
def undo(visit_id: int) -> Response:
    """Restore what was current before answer `answer`, unless it has changed since."""
    found = directory.visit(visit_id, within=current_locations())
    undone = request.args.get("answer", "")
    counted = [each for each in answers_of_visit(visit_id, language=DEFAULT_LANGUAGE) if each.turn]
    counted.sort(key=lambda each: each.turn or 0)
    latest = counted.pop() if counted else None
    if latest is None or str(latest.answer_id) != undone:
        repeated = latest is not None and latest.submission_id == _follows(undone)
        return done(found, _what_stands(latest) if latest and repeated else "changed")
    previous = counted[-1] if counted and counted[-1].outcome != Outcome.WITHDRAWN else None
    if previous is not None:
        _bring_back(visit_id, previous, _follows(undone))
    elif latest.outcome != Outcome.WITHDRAWN:
        withdraw_answer(visit_id=visit_id, submission_id=_follows(undone), staff_id=current_staff().id)
    texted = _texted(found)
    if texted is not None:
        put_back(texted.text)
    if request.args.get("arrived") and found.status == VisitStatus.ARRIVED:
        change_status(found, VisitStatus.SCHEDULED)
    db.session.commit()
    if texted is not None:
        tell("The answer is taken back, and the reply waits again.", kind="info")
        return redirect(url_for("text_replies.replies"), 303)
    return done(found, "brought-back" if previous else "taken-back")


@bp.post("/desk/visits/<int:visit_id>/arrived", guard=roles("front_desk", "manager"))
def arrived(visit_id: int) -> Response:
    """Mark the patient as arrived."""
    found = directory.visit(visit_id, within=current_locations())
    mark_arrived(found, at=_arrival_time(found))
    db.session.commit()
    return done(found, "arrived")


@bp.post("/desk/visits/<int:visit_id>/not-arrived", guard=roles("front_desk", "manager"))
def not_arrived(visit_id: int) -> Response:
    """Undo an arrival."""
    found = directory.visit(visit_id, within=current_locations())
    if found.status == VisitStatus.ARRIVED:
        change_status(found, VisitStatus.SCHEDULED)
        db.session.commit()
    return done(found, "not-arrived")


def _texted(visit: Visit) -> TextedAnswer | None:
    """Return the text that is recorded as this visit's answer, if the page was opened from one."""
    return texted_answer(visit, request.values.get("reply", ""), within=current_locations())


def _back_to_replies(visit: Visit, texted: TextedAnswer, answer_id: int) -> Response:
    undo = url_for("desk_recording.undo", visit_id=visit.id, answer=answer_id, reply=texted.text.id)
    tell("Recorded as their answer. The reply is done.", undo=undo)
    return redirect(url_for("text_replies.replies"), 303)


def _submission(
    visit: Visit,
    form: AnswerForm,
    offered: list[SourceChoice],
    charted: tuple[ChartedPhysician, ...],
    texted: TextedAnswer | None,
) -> Submission:
    now = clock.now()
    staff_id = current_staff().id
    outcome, mentions = form.to_answer(charted, location_id=visit.location_id)
    asked = NewAsk(
        channel=Channel.TEXT if texted else Channel.DESK,
        language=language_of(visit),
        asked_at=texted.answered_at if texted else now,
        visit_id=visit.id,
        options=tuple(choice.code for choice in offered),
        staff_id=staff_id,
    )
    return Submission(
        submission_id=form.submission_id,
        ask=texted.survey.ask_id if texted and texted.survey else asked,
        outcome=outcome,
        answered_at=texted.answered_at if texted else now,
        mentions=mentions,
        verbatim=form.verbatim,
        staff_id=staff_id,
        corrects=bool(form.seen),
    )


def _bring_back(visit_id: int, previous: ReadableAnswer, submission_id: str) -> None:
    """Record the previous answer again, with its own ask, words and time."""
    record_answer(
        Submission(
            submission_id=submission_id,
            ask=previous.ask_id,
            visit_id=visit_id,
            outcome=Outcome(previous.outcome),
            answered_at=previous.answered_at,
            mentions=recorded_mentions(previous.answer_id),
            verbatim=previous.verbatim,
            staff_id=current_staff().id,
            corrects=True,
        )
    )


def arrives_by_answering(visit: Visit) -> bool:
    """Mark a scheduled patient who answers as arrived; return whether that changed anything."""
    if visit.status != VisitStatus.SCHEDULED or visit.visit_date > clock.clinic_today(visit.location.time_zone):
        return False
    mark_arrived(visit, at=_arrival_time(visit))
    return True


def _arrival_time(visit: Visit) -> datetime:
    """Return now; for an earlier day, the time of the appointment."""
    today = clock.clinic_today(visit.location.time_zone)
    return visit.scheduled_at if visit.visit_date < today else clock.now()


def _on_offer(visit: Visit) -> tuple[list[SourceChoice], ReadableAnswer | None]:
    language = queries.practice_language()
    return choices(visit.visit_date, language), current_answers([visit.id], language=language).get(visit.id)


def _what_stands(latest: ReadableAnswer) -> str:
    return "taken-back" if latest.outcome == Outcome.WITHDRAWN else "brought-back"


def _follows(answer_id: str) -> str:
    return str(uuid.uuid5(UNDOING, answer_id))


def _form_page(
    visit: Visit,
    form: AnswerForm,
    offered: list[SourceChoice],
    *,
    current_answer: ReadableAnswer | None,
    overtaken: bool = False,
) -> str:
    return render_page(
        "answer",
        visit=visit,
        place=place_of(visit),
        form=form,
        choices=offered,
        keys=keys_for(offered),
        texted=_texted(visit),
        current_answer=current_answer,
        charted=charted_physicians([visit.id]).get(visit.id, ()),
        overtaken=overtaken,
        quick_id=str(uuid.uuid4()),
    )
