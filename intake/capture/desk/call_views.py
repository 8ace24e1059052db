"""Pages of callers: record a call, correct it, match it to a visit."""

import uuid

from flask import make_response, redirect, render_template, request, session, url_for
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response

from intake import clock
from intake.accounts.audit import audit_trail
from intake.accounts.auth.guards import roles
from intake.accounts.current import current_locations, current_staff
from intake.capture.answer_form.form import AnswerForm
from intake.capture.answer_form.people import look_up, patients_called, resolve_people
from intake.capture.answer_form.readable_answers import (
    ReadableAnswer,
    answers_of_caller,
    current_answers,
    current_answers_of_callers,
    was_recorded,
)
from intake.capture.call import queries, records, slip
from intake.capture.call.queries import CallsShown
from intake.capture.call.records import Call, CallerAnswer, MatchedElsewhere
from intake.capture.call.slip import CallerKind, CallResult, WhyNot
from intake.capture.desk.answer_keys import keys_for
from intake.capture.desk.forms import CallForm
from intake.capture.desk.notices import summary
from intake.capture.desk.queries import practice_language
from intake.capture.desk.recording_views import arrives_by_answering
from intake.capture.desk.views import REMEMBERED_LOCATION, done, place_of
from intake.capture.models import CallSlip
from intake.capture.patient_flow.handover import take_back as take_off_tablets
from intake.db import db
from intake.directory.models import Caller, Location, Visit, VisitStatus
from intake.directory.patients import queries as directory
from intake.directory.patients.records import LONGEST_QUERY
from intake.directory.patients.visits import change_status
from intake.id_filters import read_id
from intake.survey.answers.referrals import ReferralCycle, SelfReferral
from intake.survey.question.choices import SourceChoice, choices
from intake.survey.recording.record_answer import SubmissionReused
from intake.web.http.route_guards import Pages, reads_only
from intake.web.ui.template_context import name_rows, tell

bp = Pages("calls", __name__)


LAST_SLIP = "last_slip"
OWN_PATIENT = (
    "This caller named that very patient as who sent them, so it can’t be their visit. Correct the call first."
)


@bp.get("/desk/calls", guard=roles("front_desk", "manager"))
def callers() -> Response:
    """The form for a call that comes in, and the latest callers below it."""
    locations = directory.locations(within=current_locations())
    if not locations:
        return make_response(render_template("capture/arrivals/no_location.html"))
    usual = next((each.id for each in locations if each.id == session.get(REMEMBERED_LOCATION)), locations[0].id)
    form = CallForm(locations, location=usual)
    question = AnswerForm.blank(_on_offer(locations[0]))
    return _page(locations, form, question)


@bp.post("/desk/calls", guard=roles("front_desk", "manager"))
def note() -> Response:
    """Note the call. Sent twice it is noted once."""
    locations = directory.locations(within=current_locations())
    if not locations:
        return make_response(render_template("capture/arrivals/no_location.html"), 422)
    form = CallForm(locations)
    location = next((each for each in locations if each.id == form.location.data), locations[0])
    offered = _on_offer(location)
    question = AnswerForm.blank(offered)
    question.read(request.form)
    # A form that recorded no answer is known by the browser that sent it last.
    if was_recorded(question.submission_id) or question.submission_id == session.get(LAST_SLIP):
        return redirect(url_for("calls.callers"), 303)
    if request.form.get("find"):
        look_up(question, request.form["find"], within=current_locations())
        db.session.commit()
        return _page(locations, form, question)
    valid = form.validate_on_submit()
    # Whoever hung up was not asked; what came of a call is kept all the same.
    unasked = bool(form.result.data or form.on_paper.data) and question.is_empty
    if not (valid and (unasked or question.check()) and resolve_people(question, within=current_locations())):
        db.session.rollback()
        return _page(locations, form, question, status=422)
    call = Call(form.first_name.data or "", form.last_name.data or "", form.phone_e164, location, form.to_slip())
    try:
        spoken = None if unasked else _caller_answer(question, offered)
        caller = records.note_call(call, spoken, staff=current_staff())
        db.session.commit()
    except (SubmissionReused, IntegrityError):
        # The same form sent twice at once: the other one noted it.
        db.session.rollback()
        return redirect(url_for("calls.callers"), 303)
    if call.slip and call.slip.kind == CallerKind.EXISTING and queries.charts_of(caller, within=current_locations()):
        tell("A chart with that number or name is there; the call’s page shows it.", kind="info")
    session[REMEMBERED_LOCATION] = location.id
    session[LAST_SLIP] = question.submission_id
    if remark := directory.closed_remark(form.days.get("due"), today=form.today, within=[location.id]):
        tell(f"Call next:{remark}", kind="info")
    if unasked:
        tell("Call noted.")
    else:
        undo = url_for("calls.take_back", caller_id=caller.id)
        tell("Call noted: {answer}.", undo=undo, names={"answer": ("call", caller.id)})
    return redirect(url_for("calls.callers"), 303)


@bp.post("/desk/calls/<int:caller_id>/outcome", guard=roles("front_desk", "manager"))
def outcome(caller_id: int) -> Response:
    """Note what came of calling back."""
    found = queries.caller(caller_id, within=current_locations())
    today = clock.clinic_today(_location_of(found).time_zone)
    result, why = request.form.get("result", ""), request.form.get("why_not", "")
    problem = ""
    due_on = None
    try:
        due_on = slip.read_day(request.form.get("due", "")[:40], today)
    except slip.NotADay:
        problem = "Type a day to come, such as 12/4, fri or +3."
    if result not in slip.RESULTS:
        problem = "Choose what came of it."
    elif result == CallResult.NOT_BOOKED and why not in slip.WHY_NOT:
        problem = "Choose why they weren’t booked."
    if problem:
        return _caller_page(found, problem=problem, status=422)
    why_not = WhyNot(why) if why in slip.WHY_NOT else None
    records.record_outcome(found, CallResult(result), why_not=why_not, due_on=due_on, staff=current_staff())
    db.session.commit()
    remark = directory.closed_remark(due_on, today=today, within=[found.location_id])
    tell(f"Noted: {slip.RESULTS[CallResult(result)].lower()}.{remark}")
    return redirect(url_for("calls.callers", show=CallsShown.TO_CALL), 303)


@bp.get("/desk/calls/<int:caller_id>", guard=roles("front_desk", "manager"))
def caller(caller_id: int) -> Response:
    """Show one caller: their answers, and the visits that may be theirs."""
    return _caller_page(queries.caller(caller_id, within=current_locations()))


@bp.post("/desk/calls/<int:caller_id>/find", guard=roles("front_desk", "manager"))
@reads_only
def find_visit(caller_id: int) -> Response:
    """Show the page with visits of whom `q` may mean. By POST: a name must not be in an address."""
    found = queries.caller(caller_id, within=current_locations())
    return _caller_page(found, text=request.form.get("q", "").strip()[:LONGEST_QUERY])


@bp.get("/desk/calls/<int:caller_id>/answer", guard=roles("front_desk", "manager"))
def answer(caller_id: int) -> Response:
    """The question's form with what the caller said, to correct it."""
    found = queries.caller(caller_id, within=current_locations())
    current_answer, offered = _answered(found), _on_offer(_location_of(found))
    return _answer_page(found, AnswerForm.of(current_answer, offered) if current_answer else AnswerForm.blank(offered))


@bp.post("/desk/calls/<int:caller_id>/answer", guard=roles("front_desk", "manager"))
def correct(caller_id: int) -> Response:
    """Record the corrected answer; the first one stays as history."""
    found = queries.caller(caller_id, within=current_locations())
    offered = _on_offer(_location_of(found))
    form = AnswerForm.blank(offered)
    form.offer(_answered(found))
    form.read(request.form)
    if request.form.get("find"):
        look_up(form, request.form["find"], within=current_locations())
        db.session.commit()
        return _answer_page(found, form)
    if not (form.check() and resolve_people(form, within=current_locations())):
        db.session.rollback()
        return _answer_page(found, form, status=422)
    try:
        followed = records.correct_call(found, _caller_answer(form, offered), staff=current_staff())
    except SubmissionReused:
        form.errors["form"] = "This page belonged to another call. Check the name and record it again."
    except (SelfReferral, ReferralCycle):
        form.refuse_person("The call belongs to that very patient’s visit. Choose who sent them, or keep the name.")
    else:
        db.session.commit()
        visit = "follows" if followed else "keeps what was recorded there"
        tell("The call is corrected." + (f" The visit {visit}." if found.visit_id else ""))
        return redirect(url_for("calls.caller", caller_id=caller_id), 303)
    db.session.rollback()
    form.submission_id = str(uuid.uuid4())
    return _answer_page(queries.caller(caller_id, within=current_locations()), form, status=422)


@bp.post("/desk/calls/<int:caller_id>/take-back", guard=roles("front_desk", "manager"))
def take_back(caller_id: int) -> Response:
    """Withdraw a call recorded by mistake; it stays in the list and counts nowhere."""
    found = queries.caller(caller_id, within=current_locations())
    if found.visit_id is None and records.withdraw(found, staff=current_staff()):
        db.session.commit()
    tell("Taken back. The call counts nowhere.")
    return redirect(url_for("calls.callers"), 303)


@bp.post("/desk/calls/<int:caller_id>/match", guard=roles("front_desk", "manager"))
def match(caller_id: int) -> Response:
    """Match the caller to a visit."""
    found = queries.caller(caller_id, within=current_locations())
    chosen = read_id(request.form.get("visit", ""))
    if chosen is None:
        return _caller_page(found, problem="Choose a visit.", status=422)
    visit = directory.visit(chosen, within=current_locations())
    try:
        records.match(found, visit, staff=current_staff())
    except MatchedElsewhere:
        problem = "Somebody matched this call to another visit meanwhile. Take that apart first."
    except (SelfReferral, ReferralCycle):
        problem = OWN_PATIENT
    else:
        db.session.commit()
        undo = url_for("calls.unmatch", caller_id=caller_id)
        tell("The call belongs to {patient} now.", undo=undo, names={"patient": ("patients", visit.patient_id)})
        return redirect(url_for("calls.caller", caller_id=caller_id), 303)
    db.session.rollback()
    return _caller_page(queries.caller(caller_id, within=current_locations()), problem=problem, status=422)


@bp.post("/desk/calls/<int:caller_id>/unmatch", guard=roles("front_desk", "manager"))
def unmatch(caller_id: int) -> Response:
    """Undo the match."""
    found = queries.caller(caller_id, within=current_locations())
    if records.unmatch(found, staff=current_staff()):
        db.session.commit()
        tell("The call belongs to no visit now.")
    return redirect(url_for("calls.caller", caller_id=caller_id), 303)


@bp.post("/desk/visits/<int:visit_id>/call", guard=roles("front_desk", "manager"))
def accept(visit_id: int) -> Response:
    """Match the call shown on the visit's line, from the list; whoever was expected has arrived."""
    visit = directory.visit(visit_id, within=current_locations())
    chosen = read_id(request.form.get("caller", ""))
    if chosen is None:
        return redirect(url_for("desk.arrivals", **place_of(visit).query), 303)
    found = queries.caller(chosen, within=current_locations())
    arrives = arrives_by_answering(visit)
    try:
        records.match(found, visit, staff=current_staff())
    except (MatchedElsewhere, SelfReferral, ReferralCycle):
        db.session.rollback()
        return redirect(url_for("calls.caller", caller_id=found.id), 303)
    take_off_tablets(visit, only_waiting=True)
    db.session.commit()
    return done(visit, "call-accepted", arrived=arrives)


@bp.post("/desk/visits/<int:visit_id>/call/undo", guard=roles("front_desk", "manager"))
def undo_acceptance(visit_id: int) -> Response:
    """Undo `accept`: the visit has what it had before, and the call waits again."""
    visit = directory.visit(visit_id, within=current_locations())
    if found := queries.call_of(visit_id, within=current_locations()):
        records.unmatch(found, staff=current_staff())
        if request.args.get("arrived") and visit.status == VisitStatus.ARRIVED:
            change_status(visit, VisitStatus.SCHEDULED)
        db.session.commit()
    return done(visit, "call-undone")


def _on_offer(location: Location) -> list[SourceChoice]:
    return choices(clock.clinic_today(location.time_zone), practice_language())


def _caller_answer(form: AnswerForm, offered: list[SourceChoice]) -> CallerAnswer:
    outcome, mentions = form.to_answer()
    return CallerAnswer(
        submission_id=form.submission_id,
        outcome=outcome,
        mentions=mentions,
        verbatim=form.verbatim,
        options=[choice.code for choice in offered],
        language=practice_language(),
    )


def _page(locations: list[Location], form: CallForm, question: AnswerForm, *, status: int = 200) -> Response:
    wanted = request.args.get("show", "")
    which = CallsShown(wanted) if wanted in list(CallsShown) else CallsShown.OPEN
    shown = queries.callers(
        within=current_locations(),
        page=read_id(request.args.get("page", "")) or 1,
        shown=which,
        language=practice_language(),
    )
    keys = keys_for([line.choice for line in question.lines if line.parent_id is None])
    page = render_template(
        "capture/call/calls.html",
        locations=locations,
        form=form,
        question=question,
        shown=shown,
        which=which,
        keys=keys,
        reason_keys=slip.reason_keys(slip.reasons(), set(keys.values())),
        slip=slip,
    )
    audit_trail.record_reading("calls.listed", callers=len(shown.lines))
    return make_response(page, status)


def _caller_page(found: Caller, *, text: str = "", problem: str = "", status: int = 200) -> Response:
    within = current_locations()
    noted = db.session.get(CallSlip, found.id)
    is_existing = noted is not None and noted.kind == CallerKind.EXISTING and found.visit_id is None
    looked_up = patients_called(text, within=within) if text and found.visit_id is None else []
    visit = _visit_of(found)
    suggested = queries.suggestions(found, within=within) if found.visit_id is None else []
    by_name = queries.visits_of([hit.id for hit in looked_up], within=within) if looked_up else []
    shown = [each.visit for each in suggested] + by_name + ([visit] if visit else [])
    page = render_template(
        "capture/call/caller.html",
        person=found,
        location=_location_of(found),
        history=answers_of_caller(found.id, language=practice_language()),
        current_answer=_answered(found),
        visit=visit,
        suggested=suggested,
        by_name=by_name,
        answered=current_answers([each.id for each in shown], language=practice_language()),
        text=text,
        problem=problem,
        typed=request.form,
        slip=slip,
        noted=noted,
        outcomes=queries.outcomes_of(found.id),
        charts=queries.charts_of(found, within=within) if is_existing else [],
        is_existing=is_existing,
    )
    audit_trail.record_reading("caller.read", **audit_trail.about(found))
    return make_response(page, status)


def _answer_page(found: Caller, form: AnswerForm, *, status: int = 200) -> Response:
    page = render_template("capture/call/caller_answer.html", person=found, location=_location_of(found), question=form)
    return make_response(page, status)


def _location_of(found: Caller) -> Location:
    return directory.location(found.location_id, within=current_locations())


def _answered(found: Caller) -> ReadableAnswer | None:
    return current_answers_of_callers([found.id], language=practice_language()).get(found.id)


def _visit_of(found: Caller) -> Visit | None:
    """Return the call's visit; None also when it is at a location that this person doesn't work at."""
    if found.visit_id is None:
        return None
    try:
        return directory.visit(found.visit_id, within=current_locations())
    except directory.NoSuchVisit:
        return None


def _answer_in_words(caller_id: int) -> str:
    current_answer = current_answers_of_callers([caller_id], language=practice_language()).get(caller_id)
    return summary(current_answer).removesuffix(".")


bp.record(lambda setup: name_rows(setup.app, "call", _answer_in_words))
