"""Notices after a step at the desk: what was done, for whom, and its undo."""

from flask import url_for

from intake.accounts.current import current_locations
from intake.capture.answer_form.readable_answers import ReadableAnswer, answers_of_visit
from intake.capture.desk.queries import has_namesake, practice_language, tell_apart
from intake.capture.patient_flow.handover import visits_on_tablets
from intake.capture.text.planning.eligibility import leaving_sentence
from intake.config import current_settings
from intake.directory.models import Visit, VisitType
from intake.directory.patients import queries as directory
from intake.survey.models import Outcome
from intake.survey.outcomes import OUTCOMES
from intake.web.ui.template_context import tell

NOTES = {
    "recorded": "{name}: {answer}.",
    "call-accepted": "{name}, as said on the telephone: {answer}.",
    "call-undone": "The call belongs to no visit again.",
    "corrected": "{name}, corrected: {answer}.",
    "brought-back": "{name}, as before: {answer}.",
    "taken-back": "Taken back. {name} has no answer now{again}.",
    "changed": "The answer of {name} has changed since, so nothing was taken back.",
    "arrived": "{name} has arrived.",
    "not-arrived": "{name} is expected again.",
    "handed": "{name} is on {tablet}.",
    "off-tablet": "{name} is no longer on a tablet.",
    "added": "{name} is on the list.",
    "texted": "{name}: {leaving}",
    "agreed": "{name} agreed to texts.",
    "no-texts": "Nothing is texted to {name}’s phone any more.",
    "no-number": "There is no mobile number for {name}, so nothing is texted anyway.",
    "texts-again": "{name} can be texted again.",
    "link-revoked": "The personal link of {name} no longer works.",
}
# Undoing steps one after the other goes past these: undoing an undoing would do the step again.
TOLD_ONLY = frozenset({"changed", "taken-back", "brought-back", "not-arrived", "off-tablet", "call-undone"})


def show_step_notice(visit_id: int, did: str, *, arrived: bool = False) -> None:
    """Show the notice of step `did`. `arrived`: recording also marked the person as arrived."""
    if did not in NOTES:
        return
    try:
        visit = directory.visit(visit_id, within=current_locations())
    except directory.NoSuchVisit:
        return
    latest = latest_answer(visit_id)
    again = " and can be asked again" if visit.visit_type == VisitType.NEW else ""
    sentence = NOTES[did].format(
        name=_name(visit),
        answer=summary(latest).removesuffix("."),
        again=again,
        leaving=leaving_sentence(visit, current_settings()) if did == "texted" else "",
        tablet=visits_on_tablets(visit.location_id).get(visit_id, "the tablet"),
    )
    tell(sentence, undo=_undo(visit, did, latest, arrived), kind="info" if did in TOLD_ONLY else "done")


def _name(visit: Visit) -> str:
    """Return the patient's name, with birth date and chart number where somebody else's could be meant."""
    patient = visit.patient
    name = f"{patient.first_name} {patient.last_name}".strip()
    return f"{name} ({tell_apart(patient.birth_date, patient.mrn)})" if has_namesake(visit) else name


def summary(answer: ReadableAnswer | None) -> str:
    """Return the answer in a few words: 'Doctor · Maria Gonzalez, MD; Your website'."""
    outcome = Outcome(answer.outcome) if answer else Outcome.WITHDRAWN
    if answer is None or outcome != Outcome.ANSWERED:
        return OUTCOMES[outcome].told
    parts = [" · ".join(part for part in (source.label, source.who) if part) for source in answer.sources]
    return "; ".join(part for part in parts if part) or answer.verbatim or "answered"


def latest_answer(visit_id: int) -> ReadableAnswer | None:
    """The visit's current answer, also a withdrawn one."""
    counted = [answer for answer in answers_of_visit(visit_id, language=practice_language()) if answer.turn]
    return max(counted, key=lambda answer: answer.turn or 0, default=None)


def _undo(visit: Visit, did: str, latest: ReadableAnswer | None, arrived: bool) -> str | None:
    if did in ("recorded", "corrected", "taken-back") and latest:
        facts = {"visit_id": visit.id, "answer": latest.answer_id, "arrived": 1 if arrived else None}
        return url_for("desk_recording.undo", **facts)  # type: ignore[arg-type]
    if did == "call-accepted":
        return url_for("calls.undo_acceptance", visit_id=visit.id, arrived=1 if arrived else None)
    if did == "arrived":
        return url_for("desk_recording.not_arrived", visit_id=visit.id)
    if did == "no-texts":
        return url_for("desk_texting.texts_again", visit_id=visit.id)
    if did == "handed":
        return url_for("desk_handing.take_off", visit_id=visit.id)
    return None
