"""The page of patients who sent somebody: staff say which record a name means. Nothing is matched by machine."""

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from intake.accounts.audit import audit_trail
from intake.accounts.auth.guards import roles
from intake.accounts.current import current_locations, current_staff
from intake.db import db
from intake.directory.patients import queries
from intake.directory.patients.queries import NoSuchPatient
from intake.survey.answers.referrals import ReferralCycle, SelfReferral
from intake.survey.recording.decisions import DecidedMeaning, decide, undo_decisions
from intake.survey.review.counts import counts, manages_review
from intake.survey.review.referrers import (
    NamedPerson,
    candidates,
    match_decision,
    matched_people,
    named_person,
    unmatched_people,
)
from intake.web.http.route_guards import Pages, reads_only
from intake.web.http.url_converters import row_number
from intake.web.ui.template_context import name_rows, tell

bp = Pages("review_people", __name__)
bp.record(lambda setup: name_rows(setup.app, "mention", lambda each: _again(each).name))

ROLES = ("front_desk", "manager", "administrator")
# Each is looked for among all patients while the page waits.
A_PAGE = 4
LATELY = 10
NOBODY = "nobody"


@bp.get("/review/people", guard=roles(*ROLES))
def people() -> str:
    """Names without a record, with patients they may mean."""
    return _page()


@bp.post("/review/people/<int:mention_id>/find", guard=roles(*ROLES))
@reads_only
def find(mention_id: int) -> str:
    """The same page with other patients to choose from. A POST: the name must not stand in an address."""
    named = named_person(mention_id, within=current_locations())
    return _page(named=named, wanted=request.form.get("find", "").strip()[:100])


@bp.post("/review/people/<int:mention_id>", guard=roles(*ROLES))
def match(mention_id: int) -> Response | tuple[str, int]:
    """Link the record that was chosen, or keep that it is no patient here."""
    named = named_person(mention_id, within=current_locations())
    chosen = request.form.get("patient", "")
    referring = None
    if chosen != NOBODY:
        try:
            referring = queries.patient(row_number(chosen) or 0, within=current_locations())
        except NoSuchPatient:
            return _page(named=named, problem="Choose who it was, or say that they are no patient here."), 422
    meaning = DecidedMeaning(named.source_id, referring_patient_id=referring.id if referring else None)
    try:
        made = decide([named.mention_id], meaning, staff_id=current_staff().id)
    except SelfReferral:
        db.session.rollback()
        return _page(named=_again(mention_id), problem="That is the patient themselves. Choose who sent them."), 422
    except ReferralCycle:
        db.session.rollback()
        first = _again(mention_id).visit.patient.first_name
        problem = f"{first} sent that person, so it can’t be the other way round. Choose somebody else."
        return _page(named=_again(mention_id), problem=problem), 422
    db.session.commit()
    undo = url_for("review_people.undo", decision_id=made[0])
    if referring is None:
        text, names = "“{name}” is no patient here. The name stays with the answer.", {"name": ("mention", mention_id)}
    else:
        text = "{referrer} sent {patient}."
        names = {"referrer": ("patients", referring.id), "patient": ("patients", named.visit.patient_id)}
    tell(text, undo=undo, names=names)
    return redirect(url_for("review_people.people"), 303)


@bp.post("/review/people/undo/<int:decision_id>", guard=roles(*ROLES))
def undo(decision_id: int) -> Response:
    """Take a match back: the name waits again."""
    decision = match_decision(decision_id, within=current_locations())
    undo_decisions([decision.id])
    audit_trail.record("mention.undone", subject_kind="mention", subject_id=decision.mention_id, decision=decision.id)
    db.session.commit()
    tell("Undone: the name waits for a match again.")
    return redirect(url_for("review_people.people"), 303)


def _again(mention_id: int) -> NamedPerson:
    return named_person(mention_id, within=current_locations())


def _page(*, named: NamedPerson | None = None, wanted: str = "", problem: str = "") -> str:
    within = current_locations()
    waiting = unmatched_people(within=within, limit=A_PAGE)
    count = len(waiting) if len(waiting) < A_PAGE else None
    if named is not None and all(each.mention_id != named.mention_id for each in waiting):
        waiting.insert(0, named)
    instead = {named.mention_id: wanted} if named is not None and wanted else {}
    lately = matched_people(within=within, limit=LATELY)
    audit_trail.record_reading("review.read", people=len(waiting))
    return render_template(
        "survey/review/people.html",
        waiting=waiting,
        found=candidates(waiting, instead=instead, within=within),
        lately=lately,
        at=named.mention_id if named else None,
        wanted=wanted,
        problem=problem,
        counts=counts(within=within, people=count),
        manages=manages_review(),
        NOBODY=NOBODY,
        time_zone=queries.practice().time_zone,
    )
