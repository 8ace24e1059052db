"""Answers that tablets took without a connection and that fit no visit, or several: the desk says whose they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import abort, redirect, render_template, request, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response

from intake import clock
from intake.accounts.auth.guards import roles
from intake.accounts.current import current_locations, current_staff
from intake.capture.kiosk.late_answers import put_aside, settle
from intake.capture.kiosk.late_entry import LateEntry, read_entry
from intake.capture.models import LateAnswer
from intake.capture.patient_flow.handover import practice_languages
from intake.capture.patient_flow.initials import are_initials_of
from intake.capture.patient_flow.queries import find_offered_physician
from intake.capture.patient_flow.text_input import InputRefused, tidy
from intake.db import db
from intake.directory import registry_names
from intake.directory.models import DID_NOT_COME, Patient, Visit
from intake.directory.patients import queries as directory
from intake.directory.patients.new_patients import visits_to_ask
from intake.id_filters import read_id
from intake.survey.models import Outcome
from intake.survey.outcomes import OUTCOMES, WITHOUT_SOURCE
from intake.survey.question.choices import choices_ever
from intake.survey.recording.record_answer import NothingToAnswer, SubmissionReused
from intake.web.http.route_guards import Pages
from intake.web.ui.template_context import tell

bp = Pages("desk_late", __name__)

MOST_CANDIDATES = 8
MOST_SHOWN = 50


@dataclass(frozen=True)
class LateLine:
    """A waiting answer as the desk sees it: what was entered, what was said, and whose it may be."""

    waiting: LateAnswer
    initials: str
    born: str
    said: str
    candidates: Sequence[Visit]


@bp.get("/desk/late", guard=roles("front_desk", "manager"))
def late() -> str:
    """List the answers that wait, the oldest first."""
    return _list()


@bp.post("/desk/late/<int:late_id>", guard=roles("front_desk", "manager"))
def decide(late_id: int) -> Response | tuple[str, int]:
    """Record the answer as the chosen visit's, or put it aside."""
    waiting = _waiting(late_id)
    visit_id = read_id(request.form.get("visit", ""))
    if visit_id is None:
        put_aside(waiting, current_staff())
        db.session.commit()
        tell("Put aside.", undo=url_for("desk_late.bring_back", late_id=waiting.id))
        return redirect(url_for("desk_late.late"), 303)
    visit = directory.visit(visit_id, within=current_locations())
    try:
        settle(waiting, visit, current_staff())
    except (InputRefused, SubmissionReused, NothingToAnswer):
        db.session.rollback()
        return _list(problem=late_id), 422
    db.session.commit()
    return redirect(url_for("desk_recording.visit", visit_id=visit_id), 303)


@bp.post("/desk/late/<int:late_id>/bring-back", guard=roles("front_desk", "manager"))
def bring_back(late_id: int) -> Response:
    """Put an answer that was put aside on the list again."""
    waiting = _waiting(late_id)
    if waiting.visit_id is None:
        waiting.settled_at = waiting.settled_by_id = None
        db.session.commit()
    return redirect(url_for("desk_late.late"), 303)


def count_waiting(location_id: int) -> int:
    """Return how many answers of this location's tablets wait for the desk."""
    query = select(func.count()).where(LateAnswer.location_id == location_id, LateAnswer.settled_at.is_(None))
    return db.session.execute(query).scalar_one()


def _waiting(late_id: int) -> LateAnswer:
    query = select(LateAnswer).where(LateAnswer.id == late_id, LateAnswer.location_id.in_(current_locations()))
    return db.session.scalars(query.with_for_update()).one_or_none() or abort(404)


def _list(problem: int | None = None) -> str:
    query = (
        select(LateAnswer)
        .where(LateAnswer.settled_at.is_(None), LateAnswer.location_id.in_(current_locations()))
        .options(joinedload(LateAnswer.location), joinedload(LateAnswer.device))
        .order_by(LateAnswer.given_at, LateAnswer.id)
        .limit(MOST_SHOWN)
    )
    lines = [_line(waiting) for waiting in db.session.scalars(query)]
    return render_template("capture/waiting_room/late.html", lines=lines, problem=problem)


def _line(waiting: LateAnswer) -> LateLine:
    entry = read_entry(waiting.content, waiting.given_at)
    typed = " / ".join(tidy(entry.who.get(name, ""))[:20] for name in ("month", "day", "year") if entry.who.get(name))
    return LateLine(waiting, entry.initials, typed, _said(entry), _candidates(waiting, entry))


def _said(entry: LateEntry) -> str:
    """Return what was said in a few words, as the tiles had it."""
    labels = {each.code: each.label for top in choices_ever(practice_languages()[0]) for each in (top, *top.children)}
    parts = []
    for page in entry.pages:
        form = page.form
        if (outcome := form.get("do", "")) in WITHOUT_SOURCE:
            parts.append(OUTCOMES[Outcome(outcome)].label)
        parts += [labels.get(code, code) for code in form.getlist("source")]
        picked = read_id(form.get("physician", ""))
        physician = find_offered_physician(picked, once=True) if picked else None
        if physician is not None:
            parts.append(registry_names.physician_name(physician.first_name, physician.last_name, physician.credential))
        elif text := tidy(form.get("text", "")):
            parts.append(f"“{text}”")
    return "; ".join(dict.fromkeys(part for part in parts if part))


def _candidates(waiting: LateAnswer, entry: LateEntry) -> list[Visit]:
    """Return new patients of that day and location, the likeliest first: by date of birth, then by initials."""
    day: date = clock.clinic_day(waiting.given_at, waiting.location.time_zone)
    query = (
        select(Visit)
        .join(Patient, Patient.id == Visit.patient_id)
        .where(Visit.location_id == waiting.location_id, Visit.visit_date == day, Visit.status.not_in(DID_NOT_COME))
        .options(joinedload(Visit.patient))
        .order_by(Visit.scheduled_at, Visit.id)
    )
    visits = list(db.session.scalars(query))
    to_ask = visits_to_ask([visit.id for visit in visits])
    likely = sorted(
        (visit for visit in visits if visit.id in to_ask),
        key=lambda visit: (
            visit.patient.birth_date != waiting.birth_date,
            not are_initials_of(entry.initials, visit.patient),
        ),
    )
    return likely[:MOST_CANDIDATES]
